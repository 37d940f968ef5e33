"""The demo's story, played over HTTP against the running demo, each step checked where it must have left a trace.

The database, the four systems and the mail that customers got are looked at directly, not through the product's screens.
It can be played again and again: every time it finds the promise that was missed, and moves Petra Hoffmann to another house number.
"""

import re
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import psycopg
from django.conf import settings

from firstline import clock
from firstline.cases.links import FOLLOW
from firstline.cases.models import Case
from firstline.contacts.models import Contact, Engagement
from firstline.demo import generate, mailbox, places
from firstline.demo.browser import Person, Refused, hidden_fields, words_of
from firstline.identity.adapters.loaded import policy_of
from firstline.identity.models import Proof
from firstline.identity.queries import askable
from firstline.money import Money
from firstline.processes import queries as process_queries
from firstline.sources import queries as source_queries

PATIENCE_SECONDS = 45.0
STREET, TOWN, POSTCODE = "Am Wehr", "Köln", "50667"


class Unexpected(Exception):
    """A state that the story expects wasn't seen."""


@dataclass
class Stage:
    """What the story is told with."""

    base: str
    say: Callable[[str], None]
    steps: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    def step(self, text: str) -> None:
        """Begin a step."""
        self.steps += 1
        self.say(f"\n{self.steps:>2}. {text}")

    def see(self, what: str, *, when: Callable[[], Any]) -> Any:
        """Wait until `when` gives something true, say so, and give it back.

        Raises: Unexpected.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := when()):
            if time.monotonic() > deadline:
                raise Unexpected(f"not seen: {what}")
            time.sleep(0.1)
        self.say(f"    seen: {what}")
        return found


def play(*, port: int) -> int:
    """Play it; 0 when everything was seen, 1 when not."""
    stage = Stage(base=f"http://127.0.0.1:{port}", say=_say)
    people: list[Person] = []
    try:
        _health(stage)
        _call(stage, people)
        _mail_and_forms(stage, people)
        _numbers(stage, people)
    except (Unexpected, Refused, httpx.HTTPError) as failed:
        stage.say(f"\nFAILED: {failed}")
        return 1
    except Exception:  # noqa: BLE001 -- whatever it is, the story wasn't seen
        stage.say(f"\nFAILED:\n{traceback.format_exc()}")
        return 1
    finally:
        for person in people:
            person.close()
    stage.say(f"\nThe story is told: {stage.steps} steps, every expected state seen.")
    return 0


def _health(stage: Stage) -> None:
    try:
        httpx.get(f"{stage.base}/health/", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        raise Unexpected(f"no demo answers at {stage.base}; start it with `make demo` first ({error})") from None


# --- the call --------------------------------------------------------------------------------------------------------


def _call(stage: Stage, people: list[Person]) -> None:
    petra = _person("petra")
    stage.step("Anna is at her desk; all systems are on; Petra Hoffmann's call rings.")
    anna = _log_in(stage, people, "anna@lindwerk.example")
    for system in ("billing", "master", "orders", "payments"):
        anna.press(f"/demo/switch/{system}/", to="on")
        anna.press(f"/demo/switch/{system}/", to="fast")
    began = clock.now()
    anna.press("/demo/ring/", number=petra.phone)
    contact: Contact = stage.see(
        "a contact in the register, Petra Hoffmann recognised by her number, on Anna's screen",
        when=lambda: Contact.objects.filter(
            channel="phone",
            received_at__gte=began,
            customer__number=petra.printed_number,
            agent__email="anna@lindwerk.example",
        ).first(),
    )
    desk = f"/desk/{contact.id}/"
    stage.see("her open complaint first, with the missed promise", when=lambda: "missed" in words_of(anna.read(desk)))
    stage.see(
        "the call answered, and its handling time running",
        when=lambda: Engagement.objects.filter(contact=contact, ended_at=None).exists(),
    )

    stage.step("Anna goes on with the complaint, and adds an invoice question and a change of address.")
    complaint = Case.objects.filter(customer=contact.customer, reason_key="complaint", state="open").order_by(
        "opened_at"
    )[0]
    anna.press(f"{desk}continue/{complaint.id}/")
    for reason in ("invoice-question", "change-of-address"):
        anna.press(f"{desk}reason/", reason=reason)
    cases = stage.see(
        "three reasons, two of them with new cases of their own",
        when=lambda: (
            {one.reason_key: one.case for one in contact.reasons.select_related("case")}
            if contact.reasons.count() == 3
            else None
        ),
    )

    stage.step("She is led through the invoice question.")
    _verify(stage, anna, contact)
    invoice = petra.contracts[0].invoices[-1].number if petra.contracts[0].invoices else "R-1"
    _walk(
        anna,
        desk,
        cases["invoice-question"],
        {
            "caller_verified": "on", "invoice_number": invoice, "question_kind": "unclear_item", "question_text": "Wofür ist der Posten Messung?",
            "answered_now": "yes", "answer_given": "Das ist die jährliche Gebühr für den Zähler.",
        },
    )  # fmt: skip
    stage.see("the case closed", when=lambda: _state(cases["invoice-question"]) == "closed")

    stage.step("Billing is switched off. She takes the new address, sees what will change where, and writes.")
    anna.press("/demo/switch/billing/", to="off")
    number = f"{int(began.timestamp()) % 9000 + 1}"
    before = _billing(petra)
    address = cases["change-of-address"]
    _walk(
        anna,
        desk,
        address,
        {
            "caller_verified": "on", "street": STREET, "house_number": number, "postcode": POSTCODE, "town": TOWN, "country": "DE",
            "valid_from": (began + timedelta(days=14)).date().isoformat(), "supply": "post_only",
        },
    )  # fmt: skip
    stage.see("the customer master has the new address", when=lambda: f"{STREET} {number}" in _master(petra))
    stage.see("the order system has it", when=lambda: _orders(petra) == (STREET, number))
    stage.see("the payments have it", when=lambda: _payments(petra) == (STREET, number))
    stage.see("3 of 4 systems written", when=lambda: _writes(address) == (3, 4))
    if _billing(petra) != before:
        raise Unexpected("billing was written although it is off")

    stage.step("She hangs up, writes a line, and finishes.")
    anna.press(f"{desk}hang-up/")
    stage.see(
        "her after-work counted", when=lambda: Engagement.objects.filter(contact=contact, kind="after_work").exists()
    )
    sent_before = len(mailbox.messages(places.mailbox_folder(), to=petra.email))
    anna.press(f"{desk}finish/", summary="Rechnung erklärt, neue Anschrift aufgenommen.")
    stage.see("the contact finished", when=lambda: Contact.objects.get(id=contact.id).state == "finished")
    letter = stage.see(
        "one message to Petra about all of it",
        when=lambda: (
            mailbox.messages(places.mailbox_folder(), to=petra.email)[0]
            if len(mailbox.messages(places.mailbox_folder(), to=petra.email)) > sent_before
            else None
        ),
    )
    _insist("Sehr geehrte Frau Hoffmann" in letter.text, "it greets her by name, in German")
    _insist("3 von 4" in letter.text, "it says that 3 of 4 systems have the address")
    _insist(
        address.number in letter.text and cases["invoice-question"].number in letter.text, "it speaks of both cases"
    )
    follow = f"/follow/{FOLLOW.token(address.id)}/"
    _insist(follow in letter.text, "it holds the link to her page")
    stranger = Person(stage.base)
    people.append(stranger)
    stage.see("her page says 3 of 4 too", when=lambda: "3 von 4" in words_of(stranger.read(follow)))

    stage.step("Billing is switched on again; nobody touches anything.")
    anna.press("/demo/switch/billing/", to="on")
    stage.see("billing has the new address", when=lambda: _billing(petra) == (STREET, number))
    stage.see("4 of 4 systems written", when=lambda: _writes(address) == (4, 4))
    stage.see("the case closed", when=lambda: _state(address) == "closed")
    stage.see(
        "Petra told that it is done",
        when=lambda: (
            any(
                address.number in one.subject or address.number in one.text
                for one in mailbox.messages(places.mailbox_folder(), to=petra.email)[:1]
            )
            and len(mailbox.messages(places.mailbox_folder(), to=petra.email)) >= sent_before + 2
        ),
    )
    if len(mailbox.messages(places.mailbox_folder(), to=petra.email)) != sent_before + 2:
        raise Unexpected("Petra got more than the two messages")


def _verify(stage: Stage, agent: Person, contact: Contact) -> None:
    """Answer the questions as the caller would, until enough is right; a wrong answer is said to be wrong, and no more."""
    address = f"/desk/{contact.id}/verify/"
    known = askable(contact.speaker_id or contact.id, policy=policy_of(contact.brand.key))
    for _question in range(4):
        asked = re.search(r'name="key" value="(\w+)"', agent.read(address))
        if asked is None:
            break
        value = known[asked[1]][0]
        said = str(value.amount) if isinstance(value, Money) else str(value)
        _insist(said not in words_of(agent.read(address)), "the answer isn't on her screen")
        agent.press(address, way="questions", key=asked[1], said=said)
    stage.see(
        "whoever speaks verified, by questions to two systems",
        when=lambda: Proof.objects.filter(contact_id=contact.id, way="questions", level="basic").exists(),
    )


def _walk(person: Person, desk: str, case: Case, answers: dict[str, str]) -> None:
    """Press Next on each page of the case's step, as the form stands filled in, until the step is done."""
    (task,) = process_queries.open_tasks(business_ids=[case.id])
    for _ in range(12):
        person.press(f"{desk}step/{task.id}/next/", **answers)
        done = process_queries.task(task.id)
        if done is None or not done.is_open:
            return
    raise Unexpected(f"the step '{task.name}' doesn't come to its end")


# --- mail and forms --------------------------------------------------------------------------------------------------


def _mail_and_forms(stage: Stage, people: list[Person]) -> None:
    joost, mehmet = _person("joost"), _person("mehmet")
    sven = _log_in(stage, people, "sven@lindwerk.example")

    stage.step("Joost van den Berg writes a mail with two matters in it.")
    began = clock.now()
    subject = f"Verhuizing en factuur {int(began.timestamp())}"
    sven.press(
        "/demo/mail/",
        **{"from": f"Joost van den Berg <{joost.email}>", "subject": subject},
        text="Goedendag,\n\nwij gaan verhuizen; mijn nieuwe adres volgt. En de laatste factuur begrijp ik niet.\n\nGroeten, Joost",
    )
    contact: Contact = stage.see(
        "the mail in the register, Joost recognised by his address",
        when=lambda: Contact.objects.filter(
            channel="email", subject=subject, customer__number=joost.printed_number
        ).first(),
    )
    _insist(bool(contact.messages.get().raw_file_id), "its raw original kept")
    desk = f"/desk/{contact.id}/"
    page = stage.see("Sven has it on his desk", when=lambda: sven.read(desk))
    _insist("change-of-address" in page and "invoice-question" in page, "both reasons are suggested from his words")

    stage.step("Sven opens the change of address, and answers in Dutch.")
    sven.press(f"{desk}reason/", reason="change-of-address")
    case = stage.see(
        "a case", when=lambda: Case.objects.filter(contact_id=contact.id, reason_key="change-of-address").first()
    )
    got = len(mailbox.messages(places.mailbox_folder(), to=joost.email))
    sven.press(
        f"{desk}answer/",
        text="Geachte heer van den Berg,\n\nwilt u ons uw nieuwe adres sturen?\n\nMet vriendelijke groet",
    )
    answer = stage.see(
        "the answer in Joost's mailbox",
        when=lambda: (
            mailbox.messages(places.mailbox_folder(), to=joost.email)[0]
            if len(mailbox.messages(places.mailbox_folder(), to=joost.email)) > got
            else None
        ),
    )
    _insist(answer.subject == f"Re: {subject}", "under his own subject")
    sven.press(f"{desk}finish/", summary="Nieuw adres gevraagd.")
    stage.see("the contact finished", when=lambda: Contact.objects.get(id=contact.id).state == "finished")
    stage.see(
        "the case stays open, its step in the front desk's list",
        when=lambda: _state(case) == "open" and case.number in sven.read("/work/"),
    )

    stage.step("Mehmet Kaya fills in the form for a cancellation.")
    visitor = Person(stage.base)
    people.append(visitor)
    form = visitor.read("/forms/cancellation/?language=de")
    known = set(Case.objects.filter(reason_key="cancellation").values_list("id", flat=True))
    thanks = visitor.press(
        "/forms/cancellation/?language=de",
        **hidden_fields(form),
        sender_name=mehmet.name, sender_email=mehmet.email, sender_number=mehmet.printed_number, contract_number=mehmet.contracts[0].number, leaving_reason="price", ends_on=(clock.now() + timedelta(days=45)).date().isoformat(),
    )  # fmt: skip
    cancellation: Case = stage.see(
        "a case for Mehmet, who was recognised",
        when=lambda: (
            Case.objects.filter(reason_key="cancellation", customer__number=mehmet.printed_number)
            .exclude(id__in=known)
            .first()
        ),
    )
    _insist(cancellation.number in words_of(thanks.text), "the page tells him its number")
    stage.see("it waits in the work list", when=lambda: cancellation.number in sven.read("/work/"))

    stage.step("Somebody unknown writes.")
    unknown, address = f"Who are you {int(began.timestamp())}", f"somebody.{int(began.timestamp())}@new.example"
    sven.press("/demo/mail/", **{"from": address, "subject": unknown}, text="Hello, can I become a customer?")
    stranger: Contact = stage.see(
        "a contact without a customer", when=lambda: Contact.objects.filter(subject=unknown, customer=None).first()
    )
    desk = f"/desk/{stranger.id}/"
    sven.read(desk)
    sven.press(f"{desk}customer/new/", given_name="Sam", family_name="Newman", email=address)
    stage.see(
        "made a customer in one step",
        when=lambda: Contact.objects.filter(id=stranger.id, customer__family_name="Newman").exists(),
    )
    sven.press(f"{desk}finish/", summary="Interested; sent to sales.")


# --- the numbers -----------------------------------------------------------------------------------------------------


def _numbers(stage: Stage, people: list[Person]) -> None:
    stage.step("Clara, the team lead, looks at the numbers.")
    clara = _log_in(stage, people, "clara@lindwerk.example")
    page = stage.see("the page", when=lambda: words_of(clara.read("/numbers/")))
    for word in ("Contacts", "Turnaround", "Handling time", "First", "Complaints"):
        _insist(word in page, f"'{word}' on it")


# --- looking directly ------------------------------------------------------------------------------------------------


def _log_in(stage: Stage, people: list[Person], email: str) -> Person:
    person = Person(stage.base)
    people.append(person)
    return person.log_in(email)


def _person(key: str) -> generate.Customer:
    return generate.make_world(count=len(generate.STORY), today=clock.now().date()).story[key]


def _state(case: Case) -> str:
    return Case.objects.values_list("state", flat=True).get(id=case.id)


def _writes(case: Case) -> tuple[int, int]:
    progress = source_queries.progress_of_case(UUID(str(case.id)))
    return progress.done, progress.total


def _billing(customer: generate.Customer) -> tuple[str, str]:
    """Read the address in billing, past Firstline and past the switch, as its own administrator."""
    parameters = {**settings.DATABASES["default"], "OPTIONS": {}}
    name = (places.systems_folder() / "billing.name").read_text().strip()
    with psycopg.connect(
        dbname=name,
        user=parameters["USER"],
        password=parameters["PASSWORD"] or None,
        host=parameters["HOST"],
        port=parameters["PORT"] or None,
    ) as connection:
        found = connection.execute(
            "SELECT street, house_no FROM billing.account WHERE account_no = %s", [customer.billing_ids[0]]
        ).fetchone()
    return found or ("", "")


def _master(customer: generate.Customer) -> str:
    """Ask the customer master over its own REST API."""
    folder = places.systems_folder() / "connections"
    url, token = ((folder / name).read_text().strip() for name in ("master.url", "master.token"))
    answer = httpx.get(
        f"{url}/persons/{customer.master_ids[0]}", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    return str(answer.raise_for_status().json()["address"]["streetLine"])


def _orders(customer: generate.Customer) -> tuple[str, str]:
    """Read the order system's file."""
    with sqlite3.connect(f"file:{places.systems_folder() / 'orders.sqlite'}?mode=ro", uri=True) as connection:
        found = connection.execute(
            "SELECT STRASSE, HAUSNR FROM KUNDE WHERE KD_NR = ?", [customer.order_ids[0]]
        ).fetchone()
    return found or ("", "")


def _payments(customer: generate.Customer) -> tuple[str, str]:
    """Read the file of the payments."""
    with sqlite3.connect(f"file:{places.systems_folder() / 'payments.sqlite'}?mode=ro", uri=True) as connection:
        found = connection.execute(
            "SELECT street, house_number FROM mandate WHERE customer_no = ?", [customer.number]
        ).fetchone()
    return found or ("", "")


def _insist(seen: bool, what: str) -> None:  # noqa: FBT001 -- reads as a sentence
    if not seen:
        raise Unexpected(f"not seen: {what}")
    _say(f"    seen: {what}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
