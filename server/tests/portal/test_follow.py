"""The customer's page: what it says, in which language, to whom, and what it never says."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from firstline import clock
from firstline.accounts import actions as account_actions
from firstline.accounts.principals import principal_for, process_principal
from firstline.cases import actions as case_actions
from firstline.cases.links import FOLLOW
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.contacts.ports import Sender
from firstline.processes.models import Task
from firstline.sources.models import Command

from .conftest import NOW, Followed


def command(case: Case, source: str, state: str, **more: Any) -> None:
    Command.objects.create(
        case_id=case.id,
        source=source,
        command=f"{source}.change_address",
        customer_id=case.customer_id,
        key=f"{case.id}-{source}-{more}",
        state=state,
        **more,
    )


def write_to(case: Case, followed: Followed, *, subject: str, key: str, text: str = "...") -> Contact:
    contact_id = contact_actions.capture_contact(
        brand=followed.brand,
        channel="email",
        external_key=key,
        received_at=clock.now(),
        sender=Sender(email="sabine@example.test"),
        subject=subject,
        text=text,
        case_id=case.id,
    )
    return Contact.objects.get(id=contact_id)


def test_the_page_greets_by_name_and_says_what_was_asked_where_it_stands_and_by_when(followed: Followed) -> None:
    case = followed.open_case()
    Task.objects.filter(business_id=case.id).update(due_at=NOW + timedelta(days=3))
    page = followed.page(case)
    assert "Dear Ms Köhler," in page
    assert "Change of address" in page
    assert case.number in page
    assert 'aria-current="step"' in page
    assert page.count('data-state="next"') >= 1
    assert "between 18 November 2026 and 21 November 2026, Saturday" in page


def test_the_page_speaks_the_language_of_the_case_and_another_when_asked(followed: Followed) -> None:
    case = followed.open_case()
    german = Client().get(followed.address(case))
    assert german["Content-Language"] == "de"
    assert "Sehr geehrte Frau Köhler," in german.content.decode()
    assert "Wie es weitergeht" in german.content.decode()
    dutch = followed.page(case, language="nl")
    assert "Geachte mevrouw Köhler," in dutch
    assert "Wat er nu gebeurt" in dutch
    assert "Wie es weitergeht" in followed.page(case, language="xx")


def test_a_late_step_and_a_broken_promise_are_admitted(followed: Followed) -> None:
    case = followed.open_case()
    Task.objects.filter(business_id=case.id).update(due_at=NOW - timedelta(hours=1))
    with clock.fixed(NOW - timedelta(days=2)):
        case_actions.make_promise(
            case_id=case.id,
            text="We call you back",
            due_at=NOW - timedelta(days=1),
            principal=process_principal(),
            contact_id=None,
            now=clock.now(),
        )
    page = followed.page(case)
    assert "takes longer than we planned" in page
    assert "We call you back" in page
    assert "we are late" in page


def test_each_system_says_how_far_it_is_and_none_says_why(followed: Followed) -> None:
    case = followed.open_case()
    command(case, "master", "confirmed", confirmed_at=NOW)
    command(case, "orders", "refused", last_error="ORA-00001 internal")
    command(
        case,
        "billing",
        "waiting",
        last_error="psycopg.OperationalError at 10.0.0.7",
        next_attempt_at=NOW + timedelta(minutes=5),
    )
    page = followed.page(case)
    assert "1 of 3 systems updated" in page
    assert "it is tried again at 10:05" in page
    assert "a colleague is looking at it" in page
    for internal in ("ORA-00001", "OperationalError", "10.0.0.7"):
        assert internal not in page


def test_a_finished_case_says_so_and_promises_nothing_more(followed: Followed) -> None:
    case = followed.open_case()
    case_actions.close_case(case_id=case.id, outcome="internal-outcome-word", now=NOW)
    page = followed.page(case)
    assert "Everything was finished on" in page
    assert "What happens next" not in page
    assert 'data-state="next"' not in page
    assert "internal-outcome-word" not in page


def test_a_reason_without_a_procedure_still_has_steps(followed: Followed) -> None:
    page = followed.page(followed.open_case("tariff", nobody=True))
    assert "Being dealt with" in page
    assert "Dear Sir or Madam," in page


def test_messages_are_listed_by_subject_and_notes_staff_and_texts_stay_inside(followed: Followed) -> None:
    case = followed.open_case()
    write_to(case, followed, subject="My new flat", key="m1", text="the text of the mail")
    staff = account_actions.add_user(
        email="a@example.com", name="Agent Smith", password="long enough to be one", roles=["agent"]
    )

    case_actions.write_note(case_id=case.id, text="difficult customer", principal=principal_for(staff), now=NOW)
    page = followed.page(case)
    assert "My new flat" in page
    for inside in ("difficult customer", "Agent Smith", "the text of the mail"):
        assert inside not in page


def test_a_contact_that_somebody_else_made_about_the_case_is_not_shown(followed: Followed) -> None:
    case = followed.open_case()
    contact = write_to(case, followed, subject="From the neighbour Geheim", key="m2")
    Contact.objects.filter(id=contact.id).update(customer=followed.other, speaker=followed.other)
    assert "Geheim" not in followed.page(case)


def test_a_link_opens_its_own_case_and_nothing_else(followed: Followed) -> None:
    mine, theirs = followed.open_case(), followed.open_case(customer=followed.other)
    page = followed.page(mine)
    assert theirs.number not in page
    assert "Geheim" not in page
    client = Client()
    client.get(followed.address(mine))
    for path in ("/cases/", f"/cases/{mine.id}/", "/contacts/", "/numbers/"):
        assert client.get(path).status_code == 302, "the link is no login"


@pytest.mark.parametrize("change", ["cut", "letter", "other case", "nothing", "unsigned", "long", "nul"])
def test_a_changed_link_is_not_found_and_says_what_to_do(followed: Followed, change: str) -> None:
    mine, theirs = followed.open_case(), followed.open_case(customer=followed.other)
    token = FOLLOW.token(mine.id)
    payload, _colon, signature = token.partition(":")
    changed = {
        "cut": token[:-1],
        "letter": ("B" if token[0] != "B" else "C") + token[1:],
        "other case": f"{FOLLOW.token(theirs.id).partition(':')[0]}:{signature}",
        "nothing": "x",
        "unsigned": payload,
        "long": token + "A" * 5000,
        "nul": token + "%00",
    }[change]
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"/follow/{changed}/?language=nl", {} if method == "get" else {"text": "x"})
        assert answer.status_code == 404
        body = answer.content.decode()
        assert "Deze link werkt niet" in body
        assert "service@lindwerk.test" in body
        assert theirs.number not in body
    assert Contact.objects.count() == 0


def test_a_link_signed_for_something_else_opens_nothing(followed: Followed) -> None:
    case = followed.open_case()
    foreign = signing.Signer(salt="firstline.other").sign(FOLLOW.token(case.id).partition(":")[0])
    assert Client().get(f"/follow/{foreign}/").status_code == 404


def test_a_case_that_is_gone_answers_like_a_changed_link(followed: Followed) -> None:
    case = followed.open_case("tariff")
    address = followed.address(case)
    case.delete()
    assert Client().get(address).status_code == 404


def test_whoever_only_claimed_a_customer_number_is_not_told_whose_it_is(followed: Followed) -> None:
    contact_id = contact_actions.capture_contact(
        brand=followed.brand,
        channel="webform",
        external_key="f1",
        received_at=NOW,
        sender=Sender(name="Eve", email="eve@example.test", customer_number="104711"),
        text="",
    )
    case_id = contact_actions.add_reason(
        principal=process_principal(), contact_id=contact_id, reason_key="change-of-address", now=NOW
    )
    case = Case.objects.get(id=case_id)
    assert case.customer == followed.sabine
    page = followed.page(case)
    assert "Dear Eve," in page
    assert "Köhler" not in page
    Contact.objects.filter(id=contact_id).update(verified_at=NOW)
    assert "Dear Ms Köhler," in followed.page(case)


def test_the_page_stays_out_of_caches_and_search_engines(followed: Followed) -> None:
    answer = Client().get(followed.address(followed.open_case()))
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_fifty_messages_take_no_more_queries_than_one(followed: Followed) -> None:
    case = followed.open_case()
    write_to(case, followed, subject="One", key="m")
    few = queries_of(followed, case)
    for number in range(50):
        write_to(case, followed, subject=f"No. {number}", key=f"m{number}")
    assert queries_of(followed, case) == few


def queries_of(followed: Followed, case: Case) -> int:
    with CaptureQueriesContext(connection) as captured:
        followed.page(case)
    return len(captured)
