"""Questions and codes through the actions: each try counts, and nothing is learned but right or wrong."""

from datetime import timedelta

import pytest
from django.db import connection

from firstline import clock
from firstline.audit.models import AuditEntry
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.customers.models import Identifier
from firstline.errors import FirstlineError
from firstline.identity import actions, queries
from firstline.identity.access import may_see, standing_of
from firstline.identity.actions import LockedOut, NoCode, NotThisWay, QuestionGone, TooManyCodes
from firstline.identity.models import Attempt, CodeSending, Proof
from firstline.identity.rules.codes import code_of
from firstline.outbox.models import OutboxEntry

from .conftest import ANSWERS, Door

MINUTE = timedelta(minutes=1)


def level(door):
    return standing_of(contact_id=door.contact.id, customer_id=door.house.customer.id).level(clock.now())


def email_of(house):
    return Identifier.objects.get(customer=house.customer, kind="email")


def code_for(sending_id, settings):
    return code_of(sending_id, key=settings.SECRET_KEY.encode())


def test_enough_right_answers_verify_whoever_speaks_for_this_contact_and_a_time(door, bare_house):
    assert door.answer(right=True).level == "none"
    assert door.answer(right=True).level == "basic"
    assert level(door) == "basic"
    contact = Contact.objects.get(id=door.contact.id)
    assert (contact.verified_by, contact.verified_at) == (bare_house.agent, clock.now())
    assert door.question() is None
    other = Door(bare_house, bare_house.call(call_id="call-2"))
    assert level(other) == "none"
    with clock.fixed(clock.now() + 60 * MINUTE):
        assert level(door) == "none"


def test_what_was_said_is_kept_nowhere(door):
    key = door.question()
    said = {"born": "4.3.1980", "postcode": "50 667", "iban": "3 0 0 0"}[key]
    actions.answer_question(door.asking(), key=key, said=said)
    actions.answer_question(door.asking(), key=door.question(), said="my secret guess")
    with connection.cursor() as cursor:
        for model in (Attempt, AuditEntry, Proof):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {model._meta.db_table} t")
            kept = str(cursor.fetchone()[0])
            assert "secret guess" not in kept
            assert said not in kept
    assert {(one.action, one.data["is_right"]) for one in AuditEntry.objects.all()} == {
        ("identity.tried", True), ("identity.tried", False),
    }  # fmt: skip


def test_a_question_is_asked_once_and_only_the_one_that_is_shown_counts(door):
    first = door.question()
    others = set(ANSWERS) - {first}
    for key in (*others, "pet", "", "nothing"):
        with pytest.raises(QuestionGone):
            actions.answer_question(door.asking(), key=key, said="x")
    door.answer(right=False)
    with pytest.raises(QuestionGone):
        door.answer(right=True, key=first)
    assert Attempt.objects.count() == 1
    assert door.question() in others


def test_not_knowing_counts_as_wrong_and_an_empty_field_counts_as_nothing(door):
    with pytest.raises(FirstlineError, match="Write what the caller says"):
        actions.answer_question(door.asking(), key=door.question(), said=" ")
    assert Attempt.objects.count() == 0
    outcome = actions.answer_question(door.asking(), key=door.question(), said="", is_unknown=True)
    assert (outcome.is_right, outcome.clock.left) == (False, 2)


def test_wrong_answers_lock_across_contacts_and_agents_until_the_time_or_a_lead(door, bare_house):
    door.answer(right=False)
    door.answer(right=False)
    other = Door(bare_house, bare_house.call(call_id="call-2"))
    locked = other.answer(right=False, by=bare_house.lead)
    assert locked.clock.locked_until == clock.now() + 30 * MINUTE
    with pytest.raises(LockedOut, match="10:30"):
        other.answer(right=True)
    with pytest.raises(LockedOut):
        actions.send_code(other.asking(), identifier_id=email_of(bare_house).id, language="de")
    assert "identity.locked" in AuditEntry.objects.values_list("action", flat=True)
    with clock.fixed(clock.now() + 30 * MINUTE):
        assert other.answer(right=True).is_right
    with pytest.raises(FirstlineError, match="Say why"):
        actions.lift_lock(
            customer_id=bare_house.customer.id,
            reason=" ",
            principal=bare_house.principal(bare_house.lead),
            now=clock.now(),
        )
    actions.lift_lock(
        customer_id=bare_house.customer.id,
        reason="was at the counter",
        principal=bare_house.principal(bare_house.lead),
        now=clock.now(),
    )
    third = Door(bare_house, bare_house.call(call_id="call-3"))
    assert third.answer(right=True).clock.left == 3


def test_who_guesses_doesnt_begin_anew_with_a_duplicate(door, bare_house):
    twin = customer_actions.create_customer(brand=bare_house.brand, number="104712", family_name="Kruger")
    customer_actions.merge_customers(
        survivor_id=bare_house.customer.id, merged_id=twin.id, reason="same", principal=bare_house.principal(bare_house.lead), now=clock.now()
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(contact_id=door.contact.id, customer=twin, way="questions", what=str(n), is_right=False, at=clock.now())
        for n in range(3)
    )
    with pytest.raises(LockedOut):
        door.answer(right=True)


def test_other_ways_stay_open_while_it_is_locked(door, bare_house):
    door.lock()
    with pytest.raises(LockedOut):
        actions.note_shown(door.asking(), way="relay", fields={"service": "Tess"})
    panel = queries.panel_of(
        contact_id=door.contact.id, speaker_id=bare_house.customer.id, brand=bare_house.brand, channel="phone",
        reasons=["bank-details"], seen=(), language="en", now=clock.now(),
    )  # fmt: skip
    assert {one.key for one in panel.ways} == {"callback", "document", "letter"}
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "x7k9"})
    assert level(door) == "strong"
    assert Proof.objects.get().detail == "passport …X7K9"


@pytest.mark.parametrize(
    ("way", "fields"),
    [
        ("document", {"kind": "passport", "last": "12"}),
        ("document", {"kind": "library card", "last": "1234"}),
        ("document", {"kind": "passport", "last": "1 34"}),
        ("callback", {"number": "00000000-0000-0000-0000-000000000000"}),
        ("callback", {"number": ""}),
        ("letter", {"compared": " \x00 "}),
        ("relay", {}),
        ("judgement", {"note": "I know her voice"}),
        ("questions", {}),
        ("telepathy", {}),
    ],
)
def test_what_says_nothing_shows_nothing(door, way, fields):
    with pytest.raises(NotThisWay):
        actions.note_shown(door.asking(), way=way, fields=fields)
    assert level(door) == "none"


def test_a_call_back_counts_at_a_number_known_for_a_day_and_only_on_the_phone(door, bare_house):
    number = Identifier.objects.get(customer=bare_house.customer, kind="phone")
    fields = {"number": str(number.id)}
    Identifier.objects.filter(id=number.id).update(verified_at=clock.now() - timedelta(hours=3))
    with pytest.raises(NotThisWay):
        actions.note_shown(door.asking(), way="callback", fields=fields)
    Identifier.objects.filter(id=number.id).update(verified_at=clock.now() - timedelta(days=1))
    mail = Door(bare_house, bare_house.mail())
    with pytest.raises(NotThisWay):
        actions.note_shown(mail.asking(), way="callback", fields=fields)
    actions.note_shown(door.asking(), way="callback", fields=fields)
    assert level(door) == "basic"
    assert Proof.objects.get().detail == "••• 2233"


# --- codes -----------------------------------------------------------------------------------------------------------


def send(door, **more):
    return actions.send_code(door.asking(**more), identifier_id=email_of(door.house).id, language="de")


def test_a_code_verifies_once(door, settings):
    code = code_for(send(door), settings)
    outcome = actions.check_code(door.asking(), said=f"{code[:3]} {code[3:]}")
    assert (outcome.is_right, outcome.level) == (True, "strong")
    assert level(door) == "strong"
    with pytest.raises(NoCode):
        actions.check_code(door.asking(), said=code)
    assert Proof.objects.count() == 1


def test_the_code_stands_nowhere_in_the_database(door, settings):
    code = code_for(send(door), settings)
    for row in (CodeSending.objects.values().get(), OutboxEntry.objects.filter(kind="identity.code").values().get()):
        assert code not in str(row)
    assert "sabine@" not in str(AuditEntry.objects.values().get())


def test_a_code_of_another_contact_is_worth_nothing(door, bare_house, settings):
    code = code_for(send(door), settings)
    other = Door(bare_house, bare_house.call(call_id="call-2"))
    with pytest.raises(NoCode):
        actions.check_code(other.asking(), said=code)
    send(other)
    assert not actions.check_code(other.asking(), said=code).is_right
    assert level(other) == "none"


def test_a_newer_code_voids_the_older_and_time_voids_both(door, settings):
    older = code_for(send(door), settings)
    with clock.fixed(clock.now() + MINUTE):
        newer_id = send(door)
        assert not actions.check_code(door.asking(), said=older).is_right
    with clock.fixed(clock.now() + 11 * MINUTE), pytest.raises(NoCode):
        actions.check_code(door.asking(), said=code_for(newer_id, settings))


def test_in_writing_a_code_counts_until_the_next_day_and_its_level_for_a_week(bare_house, settings):
    door = Door(bare_house, bare_house.mail())
    code = code_for(send(door), settings)
    with clock.fixed(clock.now() + timedelta(hours=23)):
        assert actions.check_code(door.asking(), said=code).is_right
    with clock.fixed(clock.now() + timedelta(days=7)):  # whoever answers it does so on another day
        assert level(door) == "strong"
    with clock.fixed(clock.now() + timedelta(days=8)):
        assert level(door) == "none"


def test_three_wrong_codes_end_it(door, settings):
    code = code_for(send(door), settings)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _time in range(2):
        assert not actions.check_code(door.asking(), said=wrong).is_right
    assert actions.check_code(door.asking(), said=wrong).clock.locked_until is not None
    with pytest.raises(LockedOut):
        actions.check_code(door.asking(), said=code)
    with clock.fixed(clock.now() + timedelta(hours=1)), pytest.raises(NoCode):
        actions.check_code(door.asking(), said=code)


def test_codes_go_only_to_addresses_known_for_a_day(door, bare_house):
    mine = email_of(bare_house)
    Identifier.objects.filter(id=mine.id).update(is_verified=False)
    with pytest.raises(FirstlineError, match="proven at least a day ago"):
        send(door)
    Identifier.objects.filter(id=mine.id).update(is_verified=True, verified_at=clock.now())
    with pytest.raises(FirstlineError, match="proven at least a day ago"):
        send(door)
    phone = Identifier.objects.get(customer=bare_house.customer, kind="phone")
    with pytest.raises(FirstlineError, match="proven at least a day ago"):  # there is no gateway for text messages
        actions.send_code(door.asking(), identifier_id=phone.id, language="de")
    stranger = customer_actions.create_customer(
        brand=bare_house.brand, family_name="Evil",
        identifiers=[customer_actions.NewIdentifier(kind="email", value="evil@example.test", is_verified=True)],
    )  # fmt: skip
    theirs = Identifier.objects.get(customer=stranger, kind="email")
    with pytest.raises(FirstlineError, match="proven at least a day ago"):
        actions.send_code(door.asking(), identifier_id=theirs.id, language="de")
    assert CodeSending.objects.count() == 0


def test_nobody_gets_more_codes_than_the_policy_says(door, bare_house):
    for _time in range(5):
        send(door)
    with pytest.raises(TooManyCodes):
        send(door, by=bare_house.lead)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        send(door)
    CodeSending.objects.bulk_create(
        CodeSending(
            contact_id=door.contact.id, customer=customer_actions.create_customer(brand=bare_house.brand, family_name="X"),
            kind="email", address="x@example.test", language="de", at=clock.now(), until=clock.now(), by_id=bare_house.agent.id,
        ) for _time in range(20)
    )  # fmt: skip
    CodeSending.objects.filter(customer=bare_house.customer).delete()
    with pytest.raises(TooManyCodes, match="You sent"):
        send(door)
    send(door, by=bare_house.lead)


def test_sensitive_fields_show_with_the_level_that_they_need(door, bare_house):
    def seen():
        standing = standing_of(contact_id=door.contact.id, customer_id=bare_house.customer.id)
        return may_see(standing, brand=bare_house.brand, view="files.person", now=clock.now())

    assert not seen()
    actions.note_shown(door.asking(), way="relay", fields={"service": "Tess"})
    assert seen()


def test_a_question_whose_answer_was_looked_at_isnt_asked(door, bare_house):
    policy = door.asking().policy
    assert set(queries.askable(bare_house.customer.id, policy=policy)) == set(ANSWERS)  # of the pet nothing is known
    assert queries.askable(bare_house.customer.id, policy=policy, seen=["files.person"]) == {}
