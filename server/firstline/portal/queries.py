"""What the customer's page shows. Only what is meant for customers comes in here: no notes, no names of staff, no errors of systems."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from firstline.cases import queries as case_queries
from firstline.cases.models import Case
from firstline.cases.survivors import survivor_for_customer, these_cases
from firstline.contacts.models import Contact, ContactReason, Message
from firstline.customers import queries as customer_queries
from firstline.customers import rules as customer_rules
from firstline.portal import rules
from firstline.portal.rules import Expected, State
from firstline.procedures import queries as procedure_queries
from firstline.procedures import release as releases
from firstline.processes import queries as process_queries
from firstline.sources import queries as source_queries
from firstline.sources.queries import CommandRow

MAX_MESSAGES = 100
DONE, WAITING, LOOKED_AT, UNDER_WAY = "done", "waiting", "looked-at", "under-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, in the customer's words."""

    label: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """What we said that we would do."""

    text: str
    due_at: datetime
    is_kept: bool
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """One of our systems in which something is changed for the customer."""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message between the customer and us: when and about what, not its text."""

    subject: str
    is_ours: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPage:
    """Everything on the page of one case."""

    case_id: UUID
    greeting: str
    number: str
    # Of the case that this link was made for, when it goes on as the one shown; "" = it is the one shown.
    own_number: str
    reason: str
    brand: str
    zone: ZoneInfo
    opened_at: datetime
    closed_at: datetime | None
    is_over: bool
    was_stopped: bool
    steps: tuple[Step, ...]
    says: str
    expected: Expected | None
    promises: tuple[PromiseView, ...]
    systems: tuple[SystemView, ...]
    messages: tuple[MessageView, ...]

    @property
    def systems_done(self) -> int:
        """How many systems have it."""
        return sum(one.state == DONE for one in self.systems)


def follow_page(case: Case, *, language: str, now: datetime) -> FollowPage:
    """Gather the page of a case in `language`: of the one that it goes on as, when they were merged.

    Whoever only claimed on a form to be the customer sees nothing of the customer's other cases.
    """
    own, claimed = case, _claimed(case)
    case = own if claimed is not None else survivor_for_customer(own)
    row = case_queries.case_row(case.id, language=language, now=now)
    zone = ZoneInfo(case.brand.zone)
    is_over = case.state in {Case.State.CLOSED, Case.State.CANCELLED}
    steps, says = _steps(case, language, is_over=is_over)
    due = min((one.due_at for one in row.steps if one.due_at is not None), default=None)
    return FollowPage(
        case_id=case.id,
        greeting=_greeting(own, claimed, language),
        number=case.number,
        own_number="" if own.id == case.id else own.number,
        reason=procedure_queries.reason_names(language).get(case.reason_key, case.reason_key),
        brand=case.brand.name(language),
        zone=zone,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        is_over=is_over,
        was_stopped=case.state == Case.State.CANCELLED,
        steps=steps,
        says=says,
        expected=None if is_over else rules.expected(due, now=now, zone=zone),
        promises=tuple(
            PromiseView(
                text=one.text, due_at=one.due_at, is_kept=one.is_kept, is_late=one.is_missed and not one.is_kept
            )
            for one in row.promises
        ),
        systems=_systems(case.id, language),
        messages=_messages(case),
    )


def _claimed(case: Case) -> Contact | None:
    """Give the form on which somebody only claimed to be the customer of this case."""
    if case.contact_id is None:
        return None
    return Contact.objects.filter(id=case.contact_id, channel="webform", verified_at=None).first()


def _greeting(case: Case, claimed: Contact | None, language: str) -> str:
    """Greet the customer by name; whoever only claimed on a form to be that customer, by the name that they gave.

    Otherwise the form would tell anybody whose number it is that they typed in.
    """
    customer = case.customer
    if claimed is not None or customer is None:
        name = claimed.speaker_name if claimed else ""
        return customer_rules.salutation_line(
            language=language, salutation="", title="", given_name="", family_name=name, organisation_name=""
        )
    return customer_rules.salutation_line(
        language=language,
        salutation=customer.salutation,
        title=customer.title,
        given_name=customer.given_name,
        family_name=customer.family_name,
        organisation_name=customer.organisation_name,
    )


def _steps(case: Case, language: str, *, is_over: bool) -> tuple[tuple[Step, ...], str]:
    """Lay out the procedure's visible steps; a reason without a procedure has three of its own."""
    release = releases.view(case.release_id) if case.release_id else None
    visible = release.steps(language) if release else ()
    if release is None or not visible:
        with translation.override(language):
            labels = [pgettext("case", "Received"), pgettext("case", "Being dealt with"), pgettext("case", "Finished")]
            says = _("A colleague is looking into it and gets in touch with you.")
        states = rules.step_states(3, standing=2, is_over=is_over)
        return tuple(Step(label=label, state=state) for label, state in zip(labels, states, strict=True)), says
    standing = release.standing(_elements(case), language)
    states = rules.step_states(len(visible), standing=standing.number if standing else None, is_over=is_over)
    steps = tuple(Step(label=one.name, state=state) for one, state in zip(visible, states, strict=True))
    return steps, standing.says if standing else visible[0].says


def _elements(case: Case) -> list[str]:
    """List the elements of the process in which the case stands now, whether a person or a machine is at work there."""
    if case.instance_id is None:
        return []
    return [one.element_id for one in process_queries.active_elements(case.instance_id)]


# How far a system is from its end, the nearest first.
_FURTHEST = (DONE, UNDER_WAY, WAITING, LOOKED_AT)
_STATES = {"confirmed": DONE, "waiting": WAITING, "conflict": LOOKED_AT, "refused": LOOKED_AT}


def _systems(case_id: UUID, language: str) -> tuple[SystemView, ...]:
    """List our systems, of each the change that is furthest from its end; why one doesn't work yet is our own business."""
    slowest: dict[str, CommandRow] = {}
    for row in source_queries.commands_of_case(case_id, language=language):
        if row.kind == "change" and not row.is_superseded:
            known = slowest.setdefault(row.source, row)
            slowest[row.source] = max(known, row, key=lambda one: _FURTHEST.index(_STATES.get(one.state, UNDER_WAY)))
    return tuple(_system(row) for row in slowest.values())


def _system(row: CommandRow) -> SystemView:
    state = _STATES.get(row.state, UNDER_WAY)
    if state == WAITING and row.next_attempt_at is None:
        state = UNDER_WAY
    at = row.confirmed_at if state == DONE else row.next_attempt_at if state == WAITING else None
    return SystemView(name=row.source_label, state=state, at=at)


def _messages(case: Case) -> tuple[MessageView, ...]:
    """List what this customer and we wrote about the case; a contact that somebody else made about it isn't theirs to see."""
    about = ContactReason.objects.filter(case_id__in=these_cases(case.id)).values("contact_id")
    found = Message.objects.filter(contact_id__in=about)
    if case.customer_id is not None:
        found = found.filter(contact__customer_id__in=customer_queries.same_as(case.customer_id))
    rows = found.order_by("-at", "-id").values_list("subject", "direction", "at")[:MAX_MESSAGES]
    return tuple(
        MessageView(subject=subject, is_ours=direction == Contact.Direction.OUT, at=at)
        for subject, direction, at in rows
    )
