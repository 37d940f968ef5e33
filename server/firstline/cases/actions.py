"""Writes about cases. Each is one transaction and announces what happened."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from feel import Expression
from firstline import events, ids
from firstline.accounts import queries as account_queries
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import LEAD, Principal, principal_for
from firstline.audit import actions as audit
from firstline.cases import rules, searching
from firstline.cases.events import CaseChanged, CaseClosed, CaseOpened, PromiseMade, StepBegun, StepLeft
from firstline.cases.models import Case, Note, Promise, StepDraft
from firstline.cases.numbers import next_number
from firstline.cases.queries import kept_from
from firstline.cases.speaking import Speaking, speaking_about
from firstline.cases.survivors import survivors_of, these_cases
from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer
from firstline.errors import Conflict, FirstlineError, Forbidden
from firstline.identity import actions as identity_actions
from firstline.procedures import forms, guides
from firstline.procedures import queries as procedure_queries
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.processes.ports import Business
from firstline.processes.queries import TaskRow

OUTCOME_DONE = "done"
LATEST_PROMISE = timedelta(days=3653)


class BadAnswers(FirstlineError):
    """The form of this step isn't filled in as it must be; `errors` maps the field's key to a sentence."""

    code = "bad-answers"
    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(_("Some answers are missing or don't fit; they are marked."), errors=dict(errors))
        self.errors = dict(errors)


class UnknownBrand(FirstlineError):
    """The procedure speaks of a brand that there isn't."""

    code = "unknown-brand"
    status = 404


class StepGone(Conflict):
    code = "step-gone"


class GuideUnfinished(Conflict):
    code = "guide-unfinished"


class NotYourStep(Forbidden):
    code = "not-your-step"


class FourEyes(NotYourStep):
    """Somebody else must look at what this person did."""

    code = "four-eyes"


class StepTaken(Conflict):
    code = "step-taken"


class CaseMerged(Conflict):
    """The case goes on as another one."""

    code = "case-merged"


@transaction.atomic
def open_case(
    *,
    brand: Brand,
    customer: Customer | None,
    reason_key: str,
    contact_id: UUID | None,
    channel: str,
    language: str = "",
    subject: str = "",
    principal: Principal,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
) -> UUID:
    """Open a case for a reason: its procedure's process starts on the release in use; without one the case is a gap.

    `answers` are variables that are known already, such as those of a web form.
    """
    reason = procedure_queries.reason(reason_key)
    case_id = ids.new_id()
    release = procedure_queries.active_release(reason_key=reason_key, brand=brand.key, at=now, case_id=case_id)
    case = Case.objects.create(
        id=case_id,
        number=next_number(),
        brand=brand,
        customer=customer,
        reason_key=reason_key,
        release_id=release.id if release else None,
        subject=subject,
        language=(customer.language if customer else language) or "en",
        contact_id=contact_id,
        channel=channel,
        opened_at=now,
        opened_by_id=principal.id if principal.kind == "staff" else None,
    )
    searching.note(case)
    events.announce(CaseOpened(case_id=case.id, contact_id=contact_id, reason_key=reason.key))
    crash_point("cases.open.before_start")
    if release is not None:
        variables = {**start_variables(case, now=now), **(answers or {})}
        case.instance_id = process_actions.start_instance(
            release_id=release.id, process_id=release.process_id, business_id=case.id, variables=variables
        )
        # The process may have run to its end at once; only the instance is ours to note.
        Case.objects.filter(id=case.id).update(instance_id=case.instance_id)
    return case.id


def lock_case(case_id: UUID) -> None:
    """Keep others from changing a case until this transaction ends."""
    Case.objects.select_for_update(of=("self",)).filter(id=case_id).first()


def lock_step(task_id: UUID) -> None:
    """Keep others from changing what was answered in a step until this transaction ends."""
    StepDraft.objects.select_for_update().filter(task_id=task_id).first()


@transaction.atomic
def open_case_of_process(
    *, release_id: str, process_id: str, instance_id: UUID, variables: Mapping[str, Any], now: datetime
) -> Business | None:
    """Open the case of a process that began by itself, on the release that it runs, if its procedure has one for that.

    `variables` are what the event brought. Raises: UnknownBrand, UnknownReason.
    """
    release = procedure_queries.release_of_process(release_id, process_id)
    own = release.definition.own_case if release is not None else None
    if own is None:
        return None
    brand = Brand.objects.filter(key=own.brand).first()
    if brand is None:
        raise UnknownBrand(_("There is no brand '%(key)s', for which this procedure opens cases.") % {"key": own.brand})
    customer = _customer_of(brand, own.customer, variables, now)
    case = Case.objects.create(
        number=next_number(),
        brand=brand,
        customer=customer,
        reason_key=procedure_queries.reason(own.reason).key,
        release_id=release_id,
        language=customer.language if customer else (brand.languages or ["en"])[0],
        instance_id=instance_id,
        opened_at=now,
    )
    searching.note(case)
    events.announce(CaseOpened(case_id=case.id, contact_id=None, reason_key=case.reason_key))
    return Business(id=case.id, variables=start_variables(case, now=now))


def _customer_of(
    brand: Brand, number: Expression | None, variables: Mapping[str, Any], now: datetime
) -> Customer | None:
    """Find whose case it is by the customer's number, which an expression reads from what the event brought."""
    value = number.evaluate(variables, now=now).value if number is not None else None
    if value is None:
        return None
    return Customer.objects.filter(brand=brand, number=str(value)).first()


def start_variables(case: Case, *, now: datetime) -> dict[str, Any]:
    """Say what a procedure knows from its first step on."""
    return {
        "case": {"id": str(case.id), "number": case.number},
        "customer": customer_variables(case.customer),
        "customer_id": str(case.customer_id) if case.customer_id else None,
        "channel": case.channel,
        "reason": case.reason_key,
        "today": _today(case, now),
    }


def _today(case: Case, now: datetime) -> date:
    return now.astimezone(ZoneInfo(case.brand.zone)).date()


def customer_variables(customer: Customer | None) -> dict[str, Any]:
    """Describe a customer to guides and processes."""
    if customer is None:
        nobody = {"id": None, "number": "", "name": "", "salutation": "", "language": "", "kind": ""}
        return {**nobody, "needs": [], "preferred_channel": ""}
    card = customer_queries.customer_card(customer.id)
    return {
        "id": str(card.id),
        "number": card.number,
        "name": card.name,
        "salutation": card.salutation_line,
        "language": card.language,
        "kind": card.kind,
        "needs": list(card.need_keys),
        "preferred_channel": card.preferred_channel,
    }


@transaction.atomic
def set_customer(*, case_id: UUID, customer: Customer) -> None:
    """Say whose case it is, when that became known only later; the process learns it too."""
    case = Case.objects.get(id=case_id)
    if case.customer_id == customer.id:
        return
    if case.instance_id and case.state == Case.State.OPEN:
        # The engine's row is locked before the case's, as when a process ends and closes its case.
        _tell_process(case.instance_id, {"customer": customer_variables(customer), "customer_id": str(customer.id)})
    case.customer, case.language = customer, customer.language
    case.save(update_fields=["customer", "language"])
    searching.note(case)
    events.announce(CaseChanged(case_id=case.id))


def _tell_process(instance_id: UUID, variables: Mapping[str, Any]) -> None:
    try:
        process_actions.set_variables(instance_id=instance_id, variables=variables)
    except process_actions.Refused:
        return  # it has ended meanwhile, and needs to know nothing more


# --- steps ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    *,
    principal: Principal,
    task_id: UUID,
    answers: Mapping[str, Any],
    readings: Mapping[str, str] | None = None,
    now: datetime,
) -> StepDraft:
    """Keep what was answered so far, valid or not; nobody's draft is ever thrown away by another."""
    draft = _draft(principal, task_id, now=now)
    draft.answers = {**draft.answers, **answers}
    if readings:
        draft.readings = {**draft.readings, **readings}
    return _save_draft(draft, principal, now)


@transaction.atomic
def turn_page(
    *, principal: Principal, task_id: UUID, answers: Mapping[str, Any], now: datetime, contact_id: UUID | None = None
) -> StepDraft:
    """Go on to the guide's next page, as the answers say; the answers of this page must be valid.

    Raises: BadAnswers.
    """
    draft = _draft(principal, task_id, now=now)
    view = _step_view(task_id)
    draft.answers = {**draft.answers, **answers}
    draft.answers |= _speaking(draft, view, principal, contact_id, now).answers(view.form)
    if view.guide is not None:
        page = guides.current_page(view.guide, draft.trail)
        _values, errors = forms.validate(
            view.form, draft.answers, only=page.ask, today=_today(draft.case, now), context=view.variables
        )
        if errors:
            raise BadAnswers(errors)
        draft.trail = guides.walk_on(view.guide, draft.trail, {**view.variables, **draft.answers})
    return _save_draft(draft, principal, now)


@transaction.atomic
def turn_back(*, principal: Principal, task_id: UUID, answers: Mapping[str, Any], now: datetime) -> StepDraft:
    """Go back to the page before; answers are kept."""
    draft = _draft(principal, task_id, now=now)
    draft.answers = {**draft.answers, **answers}
    draft.trail = draft.trail[:-1] or draft.trail
    return _save_draft(draft, principal, now)


@transaction.atomic
def park_step(*, principal: Principal, task_id: UUID, because: str, until: datetime, now: datetime) -> StepDraft:
    """Put a step aside with a reason; it comes back by itself."""
    draft = _draft(principal, task_id, now=now)
    draft.parked_until, draft.parked_because = until, because.replace("\x00", "")[:300]
    _leave(draft, principal, now)
    return _save_draft(draft, principal, now)


@transaction.atomic
def complete_step(
    *, principal: Principal, task_id: UUID, answers: Mapping[str, Any], now: datetime, contact_id: UUID | None = None
) -> None:
    """Complete a step: the whole form must be valid, then the engine goes on, all in one transaction.

    What it writes may need whoever speaks in `contact_id` to be verified (without one: in the contact that opened the case).
    Raises: BadAnswers, GuideUnfinished, NotShown, NotYourStep, StepGone.
    """
    draft = _draft(principal, task_id, now=now)
    view = _step_view(task_id)
    draft.answers = {**draft.answers, **answers}
    speaking = _speaking(draft, view, principal, contact_id, now)
    merged = {**draft.answers, **speaking.answers(view.form)}
    fields = guides.fields_on_trail(view.guide, draft.trail) if view.guide is not None else None
    values, errors = forms.validate(
        view.form, merged, only=fields, today=_today(draft.case, now), context=view.variables
    )
    if errors:
        raise BadAnswers(errors)
    context = {**view.variables, **merged}
    if view.guide is not None and not guides.leads_to_end(view.guide, draft.trail, context, now=now):
        raise GuideUnfinished(_("The guide isn't at its end yet. Go back a page, then on to its end."))
    if view.guide is not None:
        speaking.insist(view.guide, draft.trail, forms.typed_answers(view.form, context))
    variables = dict(values)
    if draft.readings:
        variables["readings"] = draft.readings
    task = _open_task(task_id)
    crash_point("cases.step.before_engine")
    assert principal.id is not None
    process_actions.complete_task(task_id=task_id, variables=variables, completed_by=principal.id)
    _leave(draft, principal, now)
    draft.delete()
    crash_point("cases.step.after_engine")
    events.announce(CaseChanged(case_id=draft.case_id))
    _audit_apart(principal, task)


def _audit_apart(principal: Principal, task: TaskRow) -> None:
    """Note that a second person did what the first one mustn't do, too."""
    if task.separate_from:
        first = sorted(str(one) for one in kept_from([task]).get(task.id, ()))
        audit.record(
            actor_id=principal.id, actor=principal.name, action="step.done-by-second", about=task.business_id,
            data={"step": task.element_id, "first": first},
        )  # fmt: skip


def _speaking(
    draft: StepDraft, view: "procedure_queries.StepView", principal: Principal, contact_id: UUID | None, now: datetime
) -> Speaking:
    """Say who speaks about a step's case; a tick that they are verified counts as that, where the policy leaves it to staff."""
    case = draft.case
    speaking = speaking_about(case, contact_id=contact_id, now=now)
    is_ticked = any(forms.typed_answers(view.form, draft.answers).get(key) is True for key in _ticks(view))
    if not is_ticked or contact_id is None or case.customer_id is None or speaking.standing.speaks_for_other:
        return speaking
    if speaking.standing.level(now) == "none" and not speaking.answers(view.form):
        asking = identity_actions.Asking(
            contact_id=contact_id,
            speaker_id=case.customer_id,
            brand=case.brand.key,
            channel=case.channel,
            by=principal,
            now=now,
        )
        with suppress(identity_actions.LockedOut):
            identity_actions.note_judgement(asking)
    return speaking


def _ticks(view: "procedure_queries.StepView") -> tuple[str, ...]:
    return view.form.verified_keys if view.form is not None else ()


@transaction.atomic
def complete_whole_step(*, principal: Principal, task_id: UUID, answers: Mapping[str, Any], now: datetime) -> None:
    """Complete a step of which everything is known at once: its guide is walked as far as the answers lead.

    Raises: BadAnswers, also for answers that the form doesn't ask; GuideUnfinished, NotYourStep, StepGone.
    """
    draft = _draft(principal, task_id, now=now)
    view = _step_view(task_id)
    if unknown := set(answers) - set(view.form.keys if view.form is not None else ()):
        raise BadAnswers(dict.fromkeys(sorted(unknown), _("The form doesn't ask this.")))
    draft.answers = {**draft.answers, **answers}
    if view.guide is not None:
        draft.trail = guides.whole_trail(view.guide, {**view.variables, **draft.answers}, now=now)
    _save_draft(draft, principal, now)
    complete_step(principal=principal, task_id=task_id, answers={}, now=now)


@transaction.atomic
def claim_step(*, principal: Principal, task_id: UUID, now: datetime) -> None:
    """Take a step: it is on this person's list from now on. Taking one's own again changes nothing.

    Raises: StepTaken when a colleague has it, NotYourStep, StepGone.
    """
    draft = _draft(principal, task_id, now=now)
    _claim(draft, principal)


@transaction.atomic
def begin_step(*, principal: Principal, task_id: UUID, now: datetime) -> None:
    """Set to work on a step, away from any contact: it is taken, comes back from where it was parked, and the time counts.

    Raises: StepTaken, NotYourStep, StepGone.
    """
    draft = _draft(principal, task_id, now=now)
    _claim(draft, principal)
    draft.parked_until, draft.parked_because = None, ""
    draft.save(update_fields=["parked_until", "parked_because"])
    assert principal.id is not None
    events.announce(StepBegun(case_id=draft.case_id, task_id=task_id, user_id=principal.id, at=now))


@transaction.atomic
def release_step(*, principal: Principal, task_id: UUID, now: datetime) -> None:
    """Give a step back to its team; the answers so far stay with it. A team lead may give back anybody's.

    Raises: StepTaken, NotYourStep, StepGone.
    """
    draft = _locked_draft(task_id, now=now)
    assignee = _assignee(task_id)
    if assignee != str(principal.id) and not principal.is_(LEAD):
        _insist_may_do(principal, task_id)
        if assignee:
            raise _taken(assignee)
    _leave(draft, principal, now)
    process_actions.assign_task(task_id=task_id, assignee="")
    events.announce(CaseChanged(case_id=draft.case_id))


@transaction.atomic
def assign_step(*, principal: Principal, task_id: UUID, user: User, now: datetime) -> None:
    """Give a step to somebody who may do it; only a team lead does that.

    Raises: Forbidden, NotYourStep, StepGone.
    """
    if not principal.is_(LEAD):
        raise Forbidden(_("Only team leads hand out work. Take the step yourself, or ask your team lead."))
    # Whom four eyes keep from doing it may still say who does.
    draft, task = _locked_draft(task_id, now=now), _open_task(task_id)
    theirs = principal_for(user)
    may_see = Case.objects.filter(id=draft.case_id, brand__key__in=theirs.brands).exists()
    if user.id in kept_from([task]).get(task_id, ()):
        raise FourEyes(
            _("%(name)s began this case or did an earlier step of it. Choose somebody else.") % {"name": user.name}
        )
    if not may_see or not rules.may_work_on(theirs, candidate_groups=task.candidate_groups, assignee=""):
        raise NotYourStep(_("%(name)s isn't in a team that does this step.") % {"name": user.name})
    process_actions.assign_task(task_id=task_id, assignee=str(user.id))
    events.announce(CaseChanged(case_id=draft.case_id))


@transaction.atomic
def resume_step(*, principal: Principal, task_id: UUID, now: datetime) -> StepDraft:
    """Go on with a parked step before its time."""
    draft = _draft(principal, task_id, now=now)
    draft.parked_until, draft.parked_because = None, ""
    return _save_draft(draft, principal, now)


@transaction.atomic
def hand_over_step(*, principal: Principal, task_id: UUID, team: str, now: datetime, note: str = "") -> None:
    """Leave a step to another team, with what they should know; the answers so far go along.

    Raises: NotYourStep, StepGone.
    """
    draft = _draft(principal, task_id, now=now)
    if team not in account_queries.team_names("en"):
        raise FirstlineError(_("There is no such team. Choose one from the list."), code="unknown-team")
    _leave(draft, principal, now)
    process_actions.offer_task(task_id=task_id, candidate_groups=[team])
    if note.strip():
        write_note(case_id=draft.case_id, text=note, principal=principal, now=now)
    events.announce(CaseChanged(case_id=draft.case_id))


def _claim(draft: StepDraft, principal: Principal) -> None:
    # The draft's row is locked: of two who press at once, the second sees what the first did.
    assignee = _assignee(draft.task_id)
    if assignee == str(principal.id):
        return
    if assignee:
        raise _taken(assignee)
    process_actions.assign_task(task_id=draft.task_id, assignee=str(principal.id))
    events.announce(CaseChanged(case_id=draft.case_id))


def _assignee(task_id: UUID) -> str:
    task = process_queries.task(task_id)
    return task.assignee if task is not None else ""


def _taken(assignee: str) -> StepTaken:
    name = account_queries.names_of_staff({UUID(assignee)}).get(UUID(assignee), "") if _is_id(assignee) else assignee
    return StepTaken(_("%(name)s has this step already. Choose another, or ask them to give it back.") % {"name": name})


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _leave(draft: StepDraft, principal: Principal, now: datetime) -> None:
    assert principal.id is not None
    touched_at = draft.updated_at
    events.announce(
        StepLeft(case_id=draft.case_id, task_id=draft.task_id, user_id=principal.id, last_touched_at=touched_at, at=now)
    )


def _draft(principal: Principal, task_id: UUID, *, now: datetime) -> StepDraft:
    """Lock the draft of an open step for somebody who may do the step."""
    _insist_may_do(principal, task_id)
    draft = _locked_draft(task_id, now=now)
    # Whoever had the lock before may have handed it over.
    _insist_may_do(principal, task_id)
    return draft


def _locked_draft(task_id: UUID, *, now: datetime) -> StepDraft:
    task = _open_task(task_id)
    _insist_goes_on(_case_of(task))
    draft, made = StepDraft.objects.select_for_update().get_or_create(
        task_id=task_id, defaults={"case_id": _case_of(task), "updated_at": now}
    )
    # Whoever had the lock before may have completed the step.
    _open_task(task_id)
    view = _step_view(task_id) if made or not draft.trail else None
    if view is not None and view.guide is not None:
        draft.trail = [view.guide.first.id]
    return draft


def _insist_goes_on(case_id: UUID) -> None:
    """Raises: CaseMerged."""
    if Case.objects.filter(id=case_id, state=Case.State.MERGED).exists():
        number = Case.objects.values_list("number", flat=True).get(id=survivors_of([case_id])[case_id])
        raise CaseMerged(_("This case goes on as %(number)s. Go on there.") % {"number": number})


def _case_of(task: TaskRow) -> UUID:
    assert task.business_id is not None
    return task.business_id


def _open_task(task_id: UUID) -> TaskRow:
    task = process_queries.task(task_id)
    if task is None or task.business_id is None or not task.is_open:
        raise StepGone(_("This step is done already, or its case has moved on. Look at the case again."))
    return task


def _insist_may_do(principal: Principal, task_id: UUID) -> None:
    task = _open_task(task_id)
    if principal.id in kept_from([task]).get(task_id, ()):
        raise FourEyes(str(rules.FOUR_EYES))
    if not rules.may_work_on(principal, candidate_groups=task.candidate_groups, assignee=task.assignee):
        raise NotYourStep(_("This step is for the team %(team)s.") % {"team": ", ".join(task.candidate_groups)})


def _save_draft(draft: StepDraft, principal: Principal, now: datetime) -> StepDraft:
    draft.version += 1
    draft.updated_at, draft.updated_by_id = now, principal.id
    draft.save()
    return draft


def _step_view(task_id: UUID) -> "procedure_queries.StepView":
    task = process_queries.task(task_id)
    assert task is not None
    assert task.business_id is not None
    case = Case.objects.get(id=task.business_id)
    assert case.release_id is not None
    return procedure_queries.step_view(
        release_id=case.release_id,
        element_id=task.element_id,
        form_id=task.form_id,
        variables=process_queries.variables_of_task(task_id),
    )


# --- promises, notes, ends -------------------------------------------------------------------------------------------


@transaction.atomic
def make_promise(
    *, case_id: UUID, text: str, due_at: datetime, principal: Principal, contact_id: UUID | None, now: datetime
) -> UUID:
    """Note what the customer was told would happen, and by when."""
    if due_at <= now:
        raise FirstlineError(_("A promise lies in the future; choose a later date."), code="promise-in-the-past")
    if due_at > now + LATEST_PROMISE:
        raise FirstlineError(_("A promise lies within ten years; choose an earlier date."), code="promise-too-late")
    promise = Promise.objects.create(
        case_id=case_id,
        text=text.replace("\x00", "")[:300],
        due_at=due_at,
        made_at=now,
        made_by_id=principal.id,
        contact_id=contact_id,
    )
    events.announce(PromiseMade(case_id=case_id, promise_id=promise.id, due_at=due_at))
    events.announce(CaseChanged(case_id=case_id))
    return promise.id


@transaction.atomic
def keep_promise(*, promise_id: UUID, now: datetime) -> None:
    """Note that what was promised has happened."""
    promise = Promise.objects.select_for_update().get(id=promise_id)
    if promise.kept_at is None:
        promise.kept_at = now
        promise.save(update_fields=["kept_at"])
        events.announce(CaseChanged(case_id=promise.case_id))


@transaction.atomic
def keep_promises_of_step(*, case_id: UUID, instance_id: UUID, element_id: str, now: datetime) -> None:
    """Note that a step, now completed, has kept what its procedure proposed to promise; other promises stay open."""
    case = Case.objects.get(id=case_id)
    if case.release_id is None or case.instance_id != instance_id:
        return
    proposed = procedure_queries.release_view(case.release_id).definition.promise
    if proposed is None or proposed.kept_by != element_id:
        return
    kept = Promise.objects.filter(case=case, kept_at=None, withdrawn_at=None, text__in=list(proposed.texts.values()))
    kept.update(kept_at=now)


@transaction.atomic
def follow_release(*, case_id: UUID, instance_id: UUID, release_id: str) -> None:
    """Put a case onto the release that its process runs from now on; drafts keep their answers, and their place if it is there."""
    if not Case.objects.filter(id=case_id, instance_id=instance_id).update(release_id=release_id):
        return  # a called process: the case stays on its own
    view = procedure_queries.release_view(release_id)
    for draft in StepDraft.objects.select_for_update().filter(case_id=case_id):
        task = process_queries.task(draft.task_id)
        guide = view.guide(task.element_id) if task is not None else None
        if guide is None or not guide.has_pages(draft.trail):
            draft.trail = []
            draft.save(update_fields=["trail"])
    events.announce(CaseChanged(case_id=case_id))


@transaction.atomic
def write_note(*, case_id: UUID, text: str, principal: Principal, now: datetime) -> None:
    """Leave a note for colleagues."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise FirstlineError(_("Write something first."), code="empty-note")
    Note.objects.create(case_id=case_id, text=text, written_by_id=principal.id, written_at=now)
    searching.note(Case.objects.select_related("brand", "customer").get(id=case_id))
    events.announce(CaseChanged(case_id=case_id))


@transaction.atomic
def close_case(*, case_id: UUID, outcome: str, now: datetime) -> None:
    """End a case: with its process, or, for a reason without procedure, by hand. Open promises are kept with it."""
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if case.state != Case.State.OPEN:
        return
    case.state, case.outcome, case.closed_at = Case.State.CLOSED, outcome[:80], now
    case.save(update_fields=["state", "outcome", "closed_at"])
    Promise.objects.filter(case_id__in=these_cases(case.id), kept_at=None, withdrawn_at=None).update(kept_at=now)
    events.announce(CaseClosed(case_id=case.id, outcome=case.outcome))
    events.announce(CaseChanged(case_id=case.id))


def close_gap(*, principal: Principal, case_id: UUID, outcome: str, now: datetime) -> None:
    """Close a case whose reason has no procedure; one that has ends with its process."""
    case = Case.objects.get(id=case_id)
    if case.instance_id is not None:
        raise Conflict(_("This case has a procedure and ends with it. Complete its steps."), code="has-procedure")
    close_case(case_id=case_id, outcome=outcome or OUTCOME_DONE, now=now)
