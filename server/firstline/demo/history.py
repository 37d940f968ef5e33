"""Some weeks of contacts, played through the product's own actions with the clock set back, so that the numbers show something.

Nothing is written around the actions: each case of the history went its way through its procedure, and each write into
the four systems. Then comes the state in which the demo's story begins.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from firstline import clock, ids
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import Principal, principal_for
from firstline.cases import actions as case_actions
from firstline.cases import queries as case_queries
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.contacts.ports import Sender
from firstline.customers import queries as customer_queries
from firstline.customers import rules as customer_rules
from firstline.customers.models import Customer
from firstline.feedback import actions as feedback_actions
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import SCALES
from firstline.identity import actions as identity_actions
from firstline.identity import queries as identity_queries
from firstline.identity.adapters.loaded import policy_of
from firstline.outbox import executor as outbox_executor
from firstline.processes import executor as process_executor

WEEKS = 6
CONTACTS = 90
SEED = 7
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What somebody answers at a step, and how long after it came up."""

    answers: Callable[[datetime], Answers]
    after: timedelta = timedelta(minutes=4)


def _in_days(now: datetime, days: int) -> str:
    return (now + timedelta(days=days)).date().isoformat()


def _one_of(moment: datetime, *values: Any) -> Any:
    """Vary what people say, the same way at every start."""
    return values[moment.minute % len(values)]


_ADDRESS: Mapping[str, Script] = {
    "take_address": Script(
        answers=lambda now: {
            "caller_verified": True,
            "street": "Am Hang",
            "house_number": "12",
            "postcode": "50667",
            "town": "Köln",
            "country": "DE",
            "valid_from": _in_days(now, 20),
            "supply": "post_only",
        }
    ),
}
_ANSWERED: Mapping[str, Script] = {
    "clarify_question": Script(
        answers=lambda _now: {
            "caller_verified": True,
            "invoice_number": "R-2026-0815",
            "question_kind": "unclear_item",
            "question_text": "What is the item for the meter?",
            "answered_now": "yes",
            "answer_given": "It is the yearly fee for the meter.",
        }
    ),
}
_CHECKED: Mapping[str, Script] = {
    "clarify_question": Script(
        answers=lambda now: {
            "caller_verified": True,
            "invoice_number": "R-2026-0815",
            "question_kind": _one_of(now, "too_high", "meter_reading", "too_high", "double_charged"),
            "question_text": "Twice as much as last year.",
            "amount_disputed": _one_of(now, "85", "640", "120"),
            "answered_now": "no",
        }
    ),
    "check_invoice": Script(
        after=timedelta(hours=26),
        answers=lambda _now: {
            "result": "corrected",
            "corrected_amount": "412.30",
            "result_text": "An estimated reading was too high.",
        },
    ),
}
_LEAVES: Mapping[str, Script] = {
    "take_cancellation": Script(
        answers=lambda now: {
            "caller_verified": True,
            "contract_number": "V-1001",
            "leaving_reason": "moving",
            "ends_on": _in_days(now, 40),
        }
    ),
}
_COMPLAINT: Mapping[str, Script] = {
    "receive_complaint": Script(
        answers=lambda now: {
            "complaint_about": _one_of(now, "billing", "service", "billing", "supply"),
            "complaint_text": "I was charged twice and nobody answered.",
            "happened_on": _in_days(now, -9),
            "harm": _one_of(now, "money", "none", "money"),
            "vulnerable": now.minute % 6 == 5,
            "repeated": now.minute % 4 == 3,
            "wish": "refund",
            "call_back_on": _in_days(now, 4),
        }
    ),
    "investigate": Script(
        after=timedelta(hours=30),
        answers=lambda _now: {"finding": "The instalment was booked twice.", "cause": "our_error"},
    ),
    "decide_response": Script(
        after=timedelta(hours=5),
        answers=lambda _now: {
            "outcome": "upheld",
            "redress": "apology",
            "response_text": "We booked your instalment twice, and we are sorry.",
        },
    ),
    "call_back": Script(
        after=timedelta(hours=20), answers=lambda _now: {"call_back_result": "accepted", "call_back_note": "Is glad."}
    ),
}
# What Petra Hoffmann says is part of the story.
_PETRAS = Script(
    answers=lambda now: {
        **_COMPLAINT["receive_complaint"].answers(now),
        "complaint_about": "billing",
        "harm": "money",
        "vulnerable": False,
        "repeated": False,
    }
)
# Reason, script, weight. Reasons without a procedure are in it, as in life.
_MIX: tuple[tuple[str, Mapping[str, Script], int], ...] = (
    ("invoice-question", _ANSWERED, 24),
    ("invoice-question", _CHECKED, 14),
    ("change-of-address", _ADDRESS, 20),
    ("complaint", _COMPLAINT, 12),
    ("cancellation", _LEAVES, 8),
    ("meter-reading", {}, 12),
    ("outage", {}, 6),
)
_CHANNELS = ("phone", "phone", "phone", "email", "email", "webform")


def play(*, brand: Brand, contracts: Mapping[str, str], now: datetime) -> None:
    """Play the weeks before `now`, then set the story's scene; `contracts` are the contract numbers by customer number."""
    dice = random.Random(SEED)  # noqa: S311 -- made-up contacts
    people = people_of(brand)
    customers = list(Customer.objects.filter(brand=brand).order_by("created_at", "id")[20 : 20 + CONTACTS])
    for at, customer in zip(_moments(brand, now, dice), customers, strict=False):
        reason, script, _weight = dice.choices(_MIX, [weight for _, _, weight in _MIX])[0]
        script = _about(script, contracts.get(customer.number, ""))
        make_contact(
            brand,
            people,
            customer,
            channel=dice.choice(_CHANNELS),
            reason=reason,
            script=script,
            at=at,
            now=now,
            dice=dice,
        )
        if dice.random() < 0.15:
            again = at + timedelta(days=dice.randint(2, 9))
            if again < now - timedelta(hours=1):
                make_contact(
                    brand, people, customer, channel="phone", reason=reason, script=script, at=again, now=now, dice=dice
                )
    _say_how_it_was(brand, now, dice)
    _scene(brand, people, now)


def _say_how_it_was(brand: Brand, now: datetime, dice: random.Random) -> None:
    """Let most of those who were asked how it was answer within some days."""
    asked = Satisfaction.objects.filter(brand=brand, state=Satisfaction.State.ASKED).order_by("asked_at", "id")
    for asking in asked:
        assert asking.asked_at is not None
        at, scores = asking.asked_at + timedelta(hours=dice.randint(1, 60)), SCALES[asking.scale].scores
        if at < now and dice.random() < 0.7:
            with clock.fixed(at):
                # Of two throws the better one: most are content.
                score = max(dice.choice(scores), dice.choice(scores))
                feedback_actions.answer(satisfaction_id=asking.id, score=str(score), words="", now=at)


def _about(script: Mapping[str, Script], contract: str) -> Mapping[str, Script]:
    """Let the answers name the customer's own contract."""
    if script is not _LEAVES:
        return script
    step = script["take_cancellation"]
    return {
        "take_cancellation": Script(
            answers=lambda now: {**step.answers(now), "contract_number": contract}, after=step.after
        )
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    agents: tuple[Principal, ...]
    back_office: Principal


def people_of(brand: Brand) -> People:
    staff = [principal_for(user) for user in User.objects.filter(brands=brand).order_by("created_at", "id")]
    agents = tuple(one for one in staff if one.is_("agent"))
    return People(agents=agents, back_office=next(one for one in staff if one.is_("backoffice")))


def _moments(brand: Brand, now: datetime, dice: random.Random) -> Iterator[datetime]:
    """Give moments within office hours, oldest first, the last one an hour before `now`."""
    zone = ZoneInfo(brand.zone)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in range(WEEKS * 7, 0, -1)]
    working = [day for day in days if day.weekday() < 5]
    chosen = sorted(dice.choice(working) + timedelta(minutes=dice.randint(8 * 60, 17 * 60)) for _ in range(CONTACTS))
    yield from chosen


def make_contact(
    brand: Brand,
    people: People,
    customer: Customer,
    *,
    channel: str,
    reason: str,
    script: Mapping[str, Script],
    at: datetime,
    now: datetime,
    dice: random.Random,
) -> Contact:
    agent = dice.choice(people.agents)
    contact_id = _arrive(brand, customer, agent, channel, at)
    begun = at + timedelta(seconds=dice.randint(5, 40) if channel == "phone" else dice.randint(600, 20_000))
    talk = timedelta(seconds=dice.randint(120, 600))
    with clock.fixed(begun):
        if channel == "phone":
            call_id = Contact.objects.get(id=contact_id).external_key
            contact_actions.answer_call(call_id=call_id, at=begun, agent_id=agent.id)
        contact_actions.take_contact(principal=agent, contact_id=contact_id, now=begun)
        if Contact.objects.get(id=contact_id).customer_id is None:
            contact_actions.choose_customer(principal=agent, contact_id=contact_id, customer=customer)
        case_id = contact_actions.add_reason(principal=agent, contact_id=contact_id, reason_key=reason, now=begun)
        _verify(contact_id, reason, agent, now=begun)
    _walk(case_id, agent, script, at=begun, until=begun + talk, now=now, teams={"frontdesk"})
    finished = begun + talk + timedelta(seconds=dice.randint(20, 180))
    with clock.fixed(begun + talk):
        if channel == "phone":
            contact_actions.end_call(call_id=Contact.objects.get(id=contact_id).external_key, at=begun + talk)
    with clock.fixed(finished):
        if not script:
            case_actions.close_gap(principal=agent, case_id=case_id, outcome="answered", now=finished)
        contact_actions.finish_contact(principal=agent, contact_id=contact_id, summary="", now=finished)
        _drain()
    _walk(case_id, people.back_office, script, at=finished, until=now, now=now, teams=set())
    return Contact.objects.get(id=contact_id)


def _verify(contact_id: UUID, reason: str, agent: Principal, *, now: datetime) -> None:
    """Let whoever speaks show who they are, where their reason needs it; in a way that asks no system."""
    contact = Contact.objects.select_related("brand").get(id=contact_id)
    if policy_of(contact.brand.key).for_reason(reason) == "none" or contact.speaker_id is None:
        return
    asking = contact_actions.asking_in(contact, principal=agent, now=now)
    if contact.channel != "phone":
        identity_actions.note_shown(asking, way="letter", fields={"compared": "signature of the contract"})
        return
    number = identity_queries.proven(contact.speaker_id, kind=customer_rules.PHONE, now=now)[0]
    identity_actions.note_shown(asking, way="callback", fields={"number": str(number.id)})


def _arrive(brand: Brand, customer: Customer, agent: Principal, channel: str, at: datetime) -> Any:
    card = customer_queries.customer_card(customer.id)
    with clock.fixed(at):
        if channel == "phone":
            return contact_actions.open_call(
                brand=brand, call_id=f"history-{ids.new_id()}", number=card.phone, agent_id=agent.id, at=at
            )
        return contact_actions.capture_contact(
            brand=brand,
            channel=channel,
            external_key=f"history-{ids.new_id()}",
            received_at=at,
            sent_at=at,
            sender=Sender(name=card.name, email=card.email),
            subject=_SUBJECTS.get(card.language, _SUBJECTS["en"]),
            text=_TEXTS.get(card.language, _TEXTS["en"]).format(name=card.name, number=card.number),
        )


_SUBJECTS = {"en": "My contract with you", "de": "Mein Vertrag bei Ihnen", "nl": "Mijn contract bij u"}
_TEXTS = {
    "en": "Hello,\n\nplease look into my request and let me know.\nMy customer number is {number}.\n\nKind regards\n{name}",
    "de": "Guten Tag,\n\nbitte kümmern Sie sich um mein Anliegen.\nMeine Kundennummer ist {number}.\n\nMit freundlichen Grüßen\n{name}",
    "nl": "Goedendag,\n\nwilt u naar mijn verzoek kijken?\nMijn klantnummer is {number}.\n\nMet vriendelijke groet,\n{name}",
}


def _walk(
    case_id: Any,
    principal: Principal,
    script: Mapping[str, Script],
    *,
    at: datetime,
    until: datetime,
    now: datetime,
    teams: set[str],
) -> None:
    """Do the case's steps that come up before `until`, each some time after the one before; what comes later stays open."""
    moment = at
    for _ in range(12):
        with clock.fixed(moment):
            _drain()
            steps = case_queries.case_row(case_id, language="en", now=moment).steps
        step = next((one for one in steps if one.element_id in script and (not teams or teams & set(one.teams))), None)
        if step is None:
            return
        moment = min(moment + script[step.element_id].after, until) if teams else moment + script[step.element_id].after
        if moment >= now:
            return
        whoever = principal if not step.teams or set(step.teams) & principal.teams else _anybody(step.teams)
        with clock.fixed(moment):
            answer_step(whoever, step.task_id, script[step.element_id].answers(moment), now=moment)
            _drain()


def _anybody(teams: tuple[str, ...]) -> Principal:
    return principal_for(User.objects.filter(teams__key__in=teams).order_by("created_at", "id")[0])


def answer_step(principal: Principal, task_id: Any, answers: Answers, *, now: datetime) -> None:
    """Walk the guide of a step to its last page with `answers`, and complete it."""
    for _ in range(20):
        before = case_actions.save_draft(principal=principal, task_id=task_id, answers={}, now=now).trail
        if case_actions.turn_page(principal=principal, task_id=task_id, answers=answers, now=now).trail == before:
            break
    case_actions.complete_step(principal=principal, task_id=task_id, answers=answers, now=now)


def _drain() -> None:
    """Carry out what is due, as the worker would."""
    while process_executor.run_due(limit=50) + outbox_executor.deliver_due(limit=50):
        pass


def _scene(brand: Brand, people: People, now: datetime) -> None:
    """Petra Hoffmann complained last week; a call-back was promised for yesterday and forgotten."""
    petra = Customer.objects.get(
        brand=brand, given_name="Petra", family_name="Hoffmann", identifiers__value="petra.hoffmann@example.com"
    )
    at = now - timedelta(days=5)
    agent = people.agents[-1]
    card = customer_queries.customer_card(petra.id)
    call_id = f"history-{ids.new_id()}"
    with clock.fixed(at):
        contact_id = contact_actions.open_call(
            brand=brand, call_id=call_id, number=card.phone, agent_id=agent.id, at=at
        )
        contact_actions.answer_call(call_id=call_id, at=at, agent_id=agent.id)
        case_id = contact_actions.add_reason(principal=agent, contact_id=contact_id, reason_key="complaint", now=at)
    _walk(
        case_id,
        agent,
        {"receive_complaint": _PETRAS},
        at=at,
        until=at + timedelta(minutes=6),
        now=now,
        teams={"frontdesk"},
    )
    ended = at + timedelta(minutes=6)
    with clock.fixed(ended):
        case = Case.objects.get(id=case_id)
        case_actions.make_promise(
            case_id=case.id,
            text="Rückruf zur Beschwerde",
            due_at=now - timedelta(days=1),
            principal=agent,
            contact_id=contact_id,
            now=ended,
        )
        contact_actions.end_call(call_id=call_id, at=ended)
        contact_actions.finish_contact(
            principal=agent, contact_id=contact_id, summary="Doppelt abgebucht, wünscht Rückruf.", now=ended
        )
        _drain()
    _walk(
        case_id,
        people.back_office,
        {"investigate": _COMPLAINT["investigate"]},
        at=ended,
        until=now,
        now=now,
        teams=set(),
    )
