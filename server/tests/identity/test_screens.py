"""Verifying at the desk, on the customer's own page, and on the page of those who check papers."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse

from firstline import clock, crashpoints
from firstline.cases import actions as case_actions
from firstline.cases.models import Case, StepDraft
from firstline.cases.speaking import speaking_about
from firstline.contacts.models import Contact
from firstline.correspondence.adapters import codes
from firstline.customers.models import Identifier
from firstline.errors import FirstlineError
from firstline.identity import actions
from firstline.identity.access import NotShown
from firstline.identity.links import CONFIRM
from firstline.identity.models import Attempt, Authority, CodeSending, Lift, Proof
from firstline.identity.rules.codes import code_of
from firstline.outbox import executor as outbox_executor
from firstline.outbox.models import OutboxEntry

from .conftest import ANSWERS, Door

HTMX = {"HTTP_HX_REQUEST": "true"}
KNOWN = ("1980", "50667", "3000", "DE89")


def at(name: str, contact: Contact) -> str:
    return reverse(f"desktop:{name}", args=[contact.id])


def test_the_panel_asks_compares_and_never_shows_what_is_known(door, bare_house):
    agent: Client = bare_house.client(bare_house.agent)
    panel, said = at("verify", door.contact), []
    said.append(agent.get(panel, **HTMX).content.decode())
    key = door.question()
    said.append(agent.post(panel, {"way": "questions", "key": key, "said": "wrong"}, **HTMX).content.decode())
    assert "Wrong. 2 wrong answers more" in said[-1]
    for more in ("One more, please", "is verified in this contact"):
        key = door.question()
        said.append(agent.post(panel, {"way": "questions", "key": key, "said": ANSWERS[key]}, **HTMX).content.decode())
        assert more in said[-1]
    refused = agent.post(panel, {"way": "questions", "key": key, "said": ANSWERS[key]}, **HTMX)
    assert refused.status_code == 422
    assert "answered already" in refused.content.decode()
    assert not any(secret in page for page in said for secret in KNOWN)
    desk = agent.get(at("desk", door.contact)).content.decode()
    assert "verified: basic, until" in desk


def test_without_script_it_is_a_page_and_strangers_find_nothing(door, bare_house):
    agent = bare_house.client(bare_house.agent)
    assert "Verify who is speaking</h1>" in agent.get(at("verify", door.contact)).content.decode()
    answer = agent.post(at("verify", door.contact), {"way": "relay", "service": "Tess"}, follow=True)
    assert "counts as verified" in answer.content.decode()
    for name in ("verify", "speaks-for"):
        assert bare_house.client(bare_house.stranger).get(at(name, door.contact)).status_code == 404
        assert bare_house.client(bare_house.owner).get(at(name, door.contact)).status_code == 403


def test_one_press_isnt_enough_where_a_policy_asks(door, bare_house):
    answer = bare_house.client(bare_house.agent).post(at("verify", door.contact))
    assert answer.status_code == 422
    assert not Proof.objects.exists()


def test_tiles_hide_what_is_asked_until_whoever_speaks_is_verified(door, bare_house):
    agent = bare_house.client(bare_house.agent)
    tile = reverse("desktop:tile", args=[door.contact.id, "files.person"])
    hidden = agent.get(tile, **HTMX).content.decode()
    assert not any(secret in hidden for secret in KNOWN)
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    assert "50667" in agent.get(tile, **HTMX).content.decode()
    with clock.fixed(clock.now() + timedelta(hours=1)):
        assert "50667" not in agent.get(tile, **HTMX).content.decode()


def test_looking_behind_the_mask_takes_the_questions_away(door, bare_house):
    agent = bare_house.client(bare_house.agent)
    shown = agent.post(reverse("desktop:reveal", args=[door.contact.id, "files.person"]), **HTMX).content.decode()
    assert "50667" in shown
    assert 'value="questions"' not in agent.get(at("verify", door.contact), **HTMX).content.decode()
    refused = agent.post(at("verify", door.contact), {"way": "questions", "key": "postcode", "said": "50667"}, **HTMX)
    assert refused.status_code == 422
    assert not Attempt.objects.exists()


ADDRESS = {
    "street": "Am Hang", "house_number": "12", "postcode": "50667", "town": "Köln", "country": "DE",
    "valid_from": "2026-12-01", "supply": "post_only", "caller_verified": "true",
}  # fmt: skip


def test_a_step_that_writes_waits_for_the_level_and_ticks_the_box_itself(house):
    door = Door(house, house.call())
    agent = house.client(house.agent)
    agent.post(at("reason", door.contact), {"reason": "change-of-address"})
    case = Case.objects.get()
    task_id = house.step(case).id
    walk = {
        "principal": house.principal(house.agent),
        "task_id": task_id,
        "now": clock.now(),
        "contact_id": door.contact.id,
    }
    case_actions.turn_page(answers=ADDRESS, **walk)
    assert StepDraft.objects.get().trail[-1] == "not_identified"
    case_actions.turn_back(answers={}, **{key: walk[key] for key in ("principal", "task_id", "now")})
    actions.note_shown(door.asking(), way="relay", fields={"service": "Tess"})
    for _page in range(3):
        case_actions.turn_page(answers=ADDRESS, **walk)
    assert StepDraft.objects.get().trail == ["identify", "address", "supply", "check"]
    with pytest.raises(NotShown, match="strong verification"):
        case_actions.complete_step(answers={}, **walk)
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    # Away from the contact it goes on with what was shown there, also later.
    with clock.fixed(clock.now() + timedelta(days=2)):
        assert speaking_about(case, contact_id=None, now=clock.now()).standing.level(clock.now()) == "strong"
        assert speaking_about(case, contact_id=door.contact.id, now=clock.now()).standing.level(clock.now()) == "none"
    case_actions.complete_step(answers={}, **walk)
    assert not StepDraft.objects.exists()


# --- the customer's own page -----------------------------------------------------------------------------------------


@pytest.fixture
def sent(door, bare_house) -> CodeSending:
    mine = Identifier.objects.get(customer=bare_house.customer, kind="email")
    return CodeSending.objects.get(id=actions.send_code(door.asking(), identifier_id=mine.id, language="de"))


def code_for(sending: CodeSending, settings: Any) -> str:
    return code_of(sending.id, key=settings.SECRET_KEY.encode())


def test_the_message_says_the_code_and_the_link_in_the_readers_language(sent, settings):
    sender, to, raw = codes.message_of(sent, now=clock.now())
    text = raw.decode()
    assert (sender, to) == ("service@stadtwerke.example", "sabine@example.test")
    assert code_for(sent, settings) in text
    assert "Content-Language: de" in text
    assert codes.message_of(sent, now=clock.now())[2] == raw  # sent twice after a crash, it is the same message


def test_a_code_whose_sending_dies_is_sent_again_as_the_same_message(sent, monkeypatch, settings):
    went: list[bytes] = []
    monkeypatch.setattr("firstline.correspondence.adapters.smtp.send", lambda **mail: went.append(mail["raw"]))
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("correspondence.code.after_smtp"):
        outbox_executor.deliver_due()
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        outbox_executor.deliver_due()
        outbox_executor.deliver_due()
    assert [code_for(sent, settings) in raw.decode() for raw in went] == [True, True]
    assert len({raw.decode().partition("Message-ID: ")[2].splitlines()[0] for raw in went}) == 1
    assert CodeSending.objects.get().sent_at is not None


def test_a_code_that_dies_before_it_is_wanted_was_never_sent(door, bare_house):
    mine = Identifier.objects.get(customer=bare_house.customer, kind="email")
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("identity.code.before_commit"):
        actions.send_code(door.asking(), identifier_id=mine.id, language="de")
    assert not CodeSending.objects.exists()
    assert not OutboxEntry.objects.filter(kind="identity.code").exists()


def test_the_customer_confirms_alone_and_the_contact_knows(door, bare_house, sent, settings):
    page = reverse("confirm:confirm", args=[CONFIRM.token(sent.id)])
    anybody = Client()
    assert 'name="code"' in anybody.get(page).content.decode()
    wrong = anybody.post(page, {"code": "000000" if code_for(sent, settings) != "000000" else "000001"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.content.decode()
    done = anybody.post(page, {"code": code_for(sent, settings)}, follow=True).content.decode()
    assert 'name="code"' not in done
    proof = Proof.objects.get()
    assert (proof.contact_id, proof.level, proof.by, proof.by_id) == (door.contact.id, "strong", "", None)
    contact = Contact.objects.get(id=door.contact.id)
    assert contact.verified_at is not None
    assert contact.verified_by is None
    assert anybody.post(page, {"code": code_for(sent, settings)}).status_code == 409
    assert Proof.objects.count() == 1


def test_a_link_that_is_changed_or_old_asks_for_nothing(sent):
    token = CONFIRM.token(sent.id)
    assert Client().get(reverse("confirm:confirm", args=[token[:-1] + "x"])).status_code == 404
    with clock.fixed(clock.now() + timedelta(hours=1)):
        assert 'name="code"' not in Client().get(reverse("confirm:confirm", args=[token])).content.decode()


def test_an_older_link_is_void_once_a_newer_code_is_out(door, sent, settings):
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        mine = Identifier.objects.get(customer=sent.customer, kind="email")
        newer = CodeSending.objects.get(id=actions.send_code(door.asking(), identifier_id=mine.id, language="de"))
        old_page = reverse("confirm:confirm", args=[CONFIRM.token(sent.id)])
        assert Client().post(old_page, {"code": code_for(newer, settings)}).status_code == 409
    assert not Proof.objects.exists()


# --- those who check papers, and leads -------------------------------------------------------------------------------


def test_papers_are_checked_and_locks_ended_by_whom_it_concerns(door, bare_house, mother):
    authority_id = actions.note_authority(
        speaker=mother, customer=bare_house.customer, said=actions.NewAuthority(kind="guardian"),
        principal=bare_house.principal(bare_house.agent), now=clock.now(),
    )  # fmt: skip
    door.lock()
    page = reverse("identity:customer", args=[bare_house.customer.id])
    agent, clerk, lead = (bare_house.client(who) for who in (bare_house.agent, bare_house.clerk, bare_house.lead))
    assert "Locked until" in agent.get(page).content.decode()
    unlock = reverse("identity:unlock", args=[bare_house.customer.id])
    prove = reverse("identity:prove", args=[authority_id])
    assert [agent.post(url, {"reason": "x", "evidence": "x"}).status_code for url in (unlock, prove)] == [403, 403]
    assert clerk.post(unlock, {"reason": "x"}).status_code == 403
    assert bare_house.client(bare_house.stranger).post(prove, {"evidence": "x"}).status_code == 404
    clerk.post(prove, {"evidence": "court decision 12 XVII 34/26"})
    assert Authority.objects.get().proven_by == "Clerk"
    lead.post(unlock, {"reason": "was at the counter"})
    assert Lift.objects.get().reason == "was at the counter"
    shown = lead.get(page).content.decode()
    assert "Not locked" in shown
    assert "court decision 12 XVII 34/26" in shown
    agent.post(reverse("identity:revoke", args=[authority_id]), {"reason": "letter of 3 May"})
    assert Authority.objects.get().revoked_because == "letter of 3 May"


def test_speaking_for_somebody_is_chosen_noted_and_refused_in_words(door, bare_house, mother):
    agent = bare_house.client(bare_house.agent)
    said = {"who": "other", "other": str(mother.id), "kind": "parent", "scope": "all"}
    for wrong in ({"max_amount": "much"}, {"from_on": "2026-99-01"}, {"kind": "king"}, {"scope": "reasons"}):
        answer = agent.post(at("note-authority", door.contact), {**said, **wrong}, **HTMX)
        assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert agent.get(at("speakers", door.contact) + "?q=erna").content.decode().count('name="other"') == 1
    agent.post(at("note-authority", door.contact), said, **HTMX)
    assert "Erna Krüger speaks for them (authority claimed)" in agent.get(at("desk", door.contact)).content.decode()
    agent.post(at("speaks-for", door.contact), {"self": "1"}, **HTMX)
    assert Contact.objects.get(id=door.contact.id).customer == mother
    agent.post(at("speaks-for", door.contact), {"authority": str(Authority.objects.get().id)}, **HTMX)
    assert Contact.objects.get(id=door.contact.id).customer == bare_house.customer
    assert agent.post(at("speaks-for", door.contact), {"authority": "x"}, **HTMX).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_none_goes_uncounted(door, sent, settings):
    """Twelve people guess at the same moment: three are heard, the others are told that it is locked."""
    wrong = [f"{number:06d}" for number in range(40) if f"{number:06d}" != code_for(sent, settings)][:12]
    heard: list[str] = []
    asking, together = door.asking(), threading.Barrier(len(wrong))

    def guess(said: str) -> None:
        try:
            together.wait(timeout=120)
            actions.check_code(asking, said=said)
            heard.append("heard")
        except FirstlineError as refused:
            heard.append(refused.code)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=guess, args=[said]) for said in wrong]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert sorted(heard) == ["heard"] * 3 + ["locked-out"] * 9
    assert Attempt.objects.filter(is_right=False).count() == 3
