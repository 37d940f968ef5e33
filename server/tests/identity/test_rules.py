"""How often one may be wrong, what is asked next, how far an authority goes, and what is enough."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from firstline.identity.rules.authority import Deed, Mandate, objection
from firstline.identity.rules.choosing import Asked, in_order, is_passed, next_question
from firstline.identity.rules.codes import code_of, is_code, masked
from firstline.identity.rules.lockout import Happened, clock_of
from firstline.identity.rules.standing import Shown, Standing, lack

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = NOW.date()
MINUTE = timedelta(minutes=1)
CONTACT = UUID(int=7)


def clock(*happened, now=NOW):
    return clock_of(
        [Happened(what=what, at=NOW + minutes * MINUTE) for what, minutes in happened],
        at_most=3, locked=30 * MINUTE, forget=timedelta(days=1), now=now,
    )  # fmt: skip


def test_the_third_wrong_answer_locks_and_the_lock_ends_by_itself():
    three = [("wrong", -3), ("wrong", -2), ("wrong", -1)]
    assert clock(*three[:2]).left == 1
    locked = clock(*three)
    assert (locked.left, locked.locked_until) == (0, NOW + 29 * MINUTE)
    assert clock(*three, now=NOW + 28 * MINUTE).locked_until is not None
    after = clock(*three, now=NOW + 29 * MINUTE)
    assert (after.left, after.locked_until) == (3, None)


def test_a_level_reached_forgets_what_was_wrong_but_ends_no_lock():
    assert clock(("wrong", -3), ("wrong", -2), ("cleared", -1)).left == 3
    locked = [("wrong", -4), ("wrong", -3), ("wrong", -2), ("cleared", -1)]
    assert clock(*locked).locked_until == NOW + 28 * MINUTE


def test_a_lead_ends_a_lock_and_counting_begins_anew():
    lifted = [("wrong", -4), ("wrong", -3), ("wrong", -2), ("lifted", -1)]
    assert clock(*lifted).left == 3
    assert clock(*lifted, ("wrong", 0)).left == 2


def test_after_a_lock_one_wrong_answer_is_one_again():
    once = [("wrong", -60), ("wrong", -59), ("wrong", -58)]
    assert clock(*once, ("wrong", -5)).left == 2
    assert clock(*once, ("wrong", -5), ("wrong", -4), ("wrong", -3)).locked_until == NOW + 27 * MINUTE


def test_what_was_wrong_yesterday_doesnt_count():
    day = 24 * 60
    assert clock(("wrong", -day - 1), ("wrong", -2)).left == 2
    assert clock(("wrong", -day - 3), ("wrong", -day - 2), ("wrong", -2)).left == 2


def test_the_order_in_which_they_are_told_doesnt_matter():
    mixed = [("wrong", -1), ("lifted", -5), ("wrong", -3), ("wrong", -2)]
    assert clock(*mixed) == clock(*reversed(mixed))


KINDS = {"born": "personal", "postcode": "personal", "iban": "bank", "meter": "contract", "amount": "bank"}


def walk(rights, *, needed=None, right=2, kinds=KINDS):
    """Answer question after question; gives the keys that were asked."""
    asked = []
    for is_right in rights:
        key = next_question(kinds, asked, needed=needed or {}, right=right, contact_id=CONTACT)
        if key is None:
            break
        asked.append(Asked(key=key, is_right=is_right))
    return asked


def test_no_question_comes_twice_not_even_after_a_wrong_answer():
    asked = walk([False] * 9)
    assert len({one.key for one in asked}) == len(asked)


def test_it_ends_when_enough_is_right_or_what_is_left_cant_be_enough():
    assert len(walk([True] * 9)) == 2
    assert len(walk([False] * 9)) == 4  # of five, one is left then, and two are needed
    assert not is_passed(KINDS, walk([False] * 9), needed={}, right=2)


def test_kinds_that_are_needed_come_first():
    asked = walk([True] * 9, needed={"bank": 1, "contract": 1}, right=3)
    assert {KINDS[one.key] for one in asked[:2]} == {"bank", "contract"}
    assert is_passed(KINDS, asked, needed={"bank": 1, "contract": 1}, right=3)
    assert not is_passed(KINDS, asked[:2], needed={"bank": 1, "contract": 1}, right=3)


def test_a_kind_that_is_spent_ends_it():
    assert [one.key for one in walk([False] * 9, needed={"contract": 1}, right=1)] == ["meter"]


def test_each_contact_has_its_order():
    orders = {tuple(in_order(KINDS, contact_id=UUID(int=number))) for number in range(60)}
    assert len(orders) > 20
    assert {order[0] for order in orders} == set(KINDS)


def test_a_code_belongs_to_one_sending_and_one_key():
    codes = {code_of(UUID(int=number), key=b"k") for number in range(200)}
    assert len(codes) > 195
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    code = code_of(CONTACT, key=b"k")
    assert is_code(f" {code[:3]}-{code[3:]} ", CONTACT, key=b"k")
    assert not is_code(code, UUID(int=8), key=b"k")
    assert not is_code(code, CONTACT, key=b"other")
    for said in ("", code[:5], code + "0", "ab12cd", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        assert not is_code(said, CONTACT, key=b"k")


def test_of_an_address_little_is_shown():
    assert masked("ada.lind@example.org") == "a•••@example.org"
    assert "170111" not in masked("+491701112233")


PROVEN = Mandate(is_proven=True)
CHANGE = Deed(is_change=True, reason="cancellation", amounts=[Decimal(400)])


@pytest.mark.parametrize(
    ("mandate", "deed", "why"),
    [
        (None, CHANGE, "none"),
        (None, replace(CHANGE, needs_proof=False), None),
        (PROVEN, CHANGE, None),
        (replace(PROVEN, is_proven=False), CHANGE, "claimed"),
        (replace(PROVEN, is_proven=False), replace(CHANGE, needs_proof=False), None),
        (replace(PROVEN, is_revoked=True), CHANGE, "revoked"),
        (replace(PROVEN, from_on=TODAY + timedelta(1)), CHANGE, "not-yet"),
        (replace(PROVEN, from_on=TODAY, until_on=TODAY), CHANGE, None),
        (replace(PROVEN, until_on=TODAY - timedelta(1)), CHANGE, "ended"),
        (replace(PROVEN, scope="read"), CHANGE, "read-only"),
        (replace(PROVEN, scope="read"), Deed(is_change=False), None),
        (replace(PROVEN, scope="reasons", reasons=frozenset({"complaint"})), CHANGE, "other-reason"),
        (replace(PROVEN, scope="reasons", reasons=frozenset({"cancellation"})), CHANGE, None),
        (replace(PROVEN, max_amount=Decimal(399)), CHANGE, "amount"),
        (replace(PROVEN, max_amount=Decimal(400)), CHANGE, None),
        (replace(PROVEN, max_amount=Decimal(399)), replace(CHANGE, amounts=[Decimal(-400)]), "amount"),
    ],
)
def test_an_authority_goes_as_far_as_it_says(mandate, deed, why):
    assert objection(mandate, deed, today=TODAY) == why


def shown(level, *, minutes=30):
    return Shown(way="code", level=level, detail="", at=NOW, until=NOW + minutes * MINUTE, by="Petra")


def test_a_level_counts_until_its_time_and_the_highest_counts():
    me = Standing(speaker_id=CONTACT, customer_id=CONTACT, shown=(shown("basic", minutes=60), shown("strong")))
    assert (me.level(NOW), me.until(NOW)) == ("strong", NOW + 30 * MINUTE)
    assert (me.level(NOW + 30 * MINUTE), me.until(NOW + 30 * MINUTE)) == ("basic", NOW + 60 * MINUTE)
    assert (me.level(NOW + 60 * MINUTE), me.until(NOW + 60 * MINUTE)) == ("none", None)
    assert me.kept().level(NOW + timedelta(days=900)) == "strong"


def test_who_speaks_for_another_needs_both():
    me = Standing(speaker_id=CONTACT, customer_id=UUID(int=8), shown=(shown("strong"),))
    deed = Deed(is_change=False)
    assert lack(me, deed, needed="strong", now=NOW, today=TODAY).authority == "none"
    with_paper = replace(me, mandate=PROVEN)
    assert lack(with_paper, deed, needed="strong", now=NOW, today=TODAY) is None
    nobody_asked = replace(with_paper, shown=())
    assert lack(nobody_asked, deed, needed="basic", now=NOW, today=TODAY).level == "basic"


def test_dates_of_an_authority_are_days_of_the_brand():
    mandate = replace(PROVEN, until_on=date(2026, 11, 22))
    assert objection(mandate, CHANGE, today=date(2026, 11, 22)) is None
    assert objection(mandate, CHANGE, today=date(2026, 11, 23)) == "ended"
