"""From a case to the guide that is shown of it, and from what was sent back to the action."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstline.accounts import queries as account_queries
from firstline.accounts.principals import Principal
from firstline.cases import actions, rules
from firstline.cases.models import Case, StepDraft
from firstline.cases.queries import kept_from
from firstline.cases.speaking import Speaking, speaking_about
from firstline.cases.web.guide import Addresses, Change, Guide, Mark, Page, PlannedChange, Write
from firstline.procedures import forms, guides
from firstline.procedures import queries as procedure_queries
from firstline.processes import queries as process_queries
from firstline.sources import actions as source_actions
from firstline.sources import queries as source_queries

AddressesOf = Callable[[UUID], Addresses]


def guide_of(
    *,
    case: Case,
    principal: Principal,
    language: str,
    now: datetime,
    addresses: AddressesOf,
    wanted: UUID | None = None,
    tint: int = 1,
    is_expert: bool = False,
    note_address: str = "",
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    error: str = "",
    contact_id: UUID | None = None,
) -> Guide:
    """Show where a case stands: the open step that this person may do (the `wanted` one, else their own), or what it waits for.

    `entered` and `errors` are what was refused just now, to be shown as it was entered; `contact_id` is the contact in which
    somebody speaks about it.
    """
    is_merged = case.state == Case.State.MERGED
    tasks = [] if is_merged else process_queries.open_tasks(business_ids=[case.id])
    kept = kept_from(tasks)
    may = [
        one
        for one in tasks
        if rules.may_work_on(
            principal,
            candidate_groups=one.candidate_groups,
            assignee=one.assignee,
            kept_from=kept.get(one.id, ()),
        )
    ]
    task = min(may, key=lambda one: (one.id != wanted, one.assignee != str(principal.id)), default=None)
    about: dict[str, Any] = {
        "case_id": case.id,
        "case_number": case.number,
        "reason": procedure_queries.reason_names(language).get(case.reason_key, case.reason_key),
        "language": case.language,
        "tint": tint,
        "writes": writes_of(case.id, language),
        "is_expert": is_expert,
        "error": error,
    }
    if task is None:
        is_gap, is_closed = case.release_id is None, case.state != Case.State.OPEN
        return Guide(
            **about,
            is_gap=is_gap,
            is_closed=is_closed,
            waits_for=""
            if is_gap
            else _waits_for(case, tasks, language, kept_from=[id_ for id_ in kept if principal.id in kept[id_]]),
            status="" if is_gap or is_closed else _status(case, [one.element_id for one in tasks]),
            note_address=note_address if tasks and not is_closed else "",
        )
    draft = StepDraft.objects.filter(task_id=task.id).select_related("updated_by").first() or StepDraft(task_id=task.id)
    speaking = speaking_about(case, contact_id=contact_id, now=now)
    page = _page(speaking, task, draft, language, entered or {}, errors or {})
    return Guide(
        **about,
        **page,
        step=_name(case, task, language),
        task_id=task.id,
        addresses=addresses(task.id),
        due_at=task.due_at,
        parked_until=draft.parked_until if draft.parked_until and draft.parked_until > now else None,
        parked_because=draft.parked_because,
        last_by=draft.updated_by.name if draft.updated_by and draft.updated_by_id != principal.id else "",
        last_at=draft.updated_at,
        teams=tuple(account_queries.team_names(language).items()),
    )


def _page(
    speaking: Speaking,
    task: Any,
    draft: StepDraft,
    language: str,
    entered: Mapping[str, Any],
    errors: Mapping[str, str],
) -> dict[str, Any]:
    case, now = speaking.case, speaking.now
    assert case.release_id is not None
    view = procedure_queries.step_view(
        release_id=case.release_id,
        element_id=task.element_id,
        form_id=task.form_id,
        variables=process_queries.variables_of_task(task.id),
    )
    known = speaking.answers(view.form)
    answers = {**draft.answers, **entered, **known}
    context = {**view.variables, **answers}
    prefix = f"t{task.id.hex[-6:]}-"
    if view.guide is None:
        fields = forms.fields(
            view.form, language=language, values=answers, errors=errors, context=context, prefix=prefix
        )
        fields = _answered_by_house(fields, known)
        page = Page(id=task.element_id, title=_name(case, task, language), fields=fields)
        return {"page": page, "is_last_page": True, "next_label": _("Complete this step")}
    trail = draft.trail or [view.guide.first.id]
    shown = guides.show_page(view.guide, trail, context, language=language, spoken=case.language, now=now)
    fields = forms.fields(
        view.form,
        language=language,
        values={**view.variables, **answers},
        errors=errors,
        only=shown.ask,
        context=context,
        prefix=prefix,
    )
    return {
        "page": Page(
            id=shown.id,
            title=shown.headline,
            say=shown.say,
            know=shown.know,
            fields=_answered_by_house(fields, known),
            has_preview=bool(shown.writes),
        ),
        "marks": _marks(view.guide, trail, context, language, now),
        "is_first_page": shown.is_first,
        "is_last_page": shown.is_last,
        "next_label": _next_label(shown),
    }


def _answered_by_house(fields: tuple[forms.Field, ...], known: Mapping[str, bool]) -> tuple[forms.Field, ...]:
    """Show what nobody ticks by hand, and what to do while it isn't so."""
    return tuple(
        replace(
            one,
            read_only=True,
            description=one.description
            if known[one.key]
            else _("Ticks itself when whoever is speaking is verified (Alt+V)."),
        )
        if one.key in known
        else one
        for one in fields
    )


def _next_label(shown: guides.PageView) -> str:
    """Name the effect of going on: nobody should press a button without knowing what it does."""
    if not shown.is_last:
        return _("Next")
    systems = len({write.source for write in shown.writes})
    if systems:
        return ngettext("Change it in %(count)d system", "Change it in %(count)d systems", systems) % {"count": systems}
    return _("Complete this step")


def _marks(
    guide: guides.Guide, trail: list[str], context: Mapping[str, Any], language: str, now: datetime
) -> tuple[Mark, ...]:
    whole = guides.whole_trail(guide, context, now=now)
    # Ahead lies what the answers so far lead to; when they contradict the walk, the walk counts.
    ahead = whole[len(trail) :] if whole[: len(trail)] == trail else []
    states = ["done"] * (len(trail) - 1) + ["now"] + ["next"] * len(ahead)
    pages = [guide.page(page_id) for page_id in [*trail, *ahead]]
    return tuple(
        Mark(label=page.headline.get(language) or page.headline.get("en", ""), state=state)
        for page, state in zip(pages, states, strict=True)
    )


def _name(case: Case, task: Any, language: str) -> str:
    return procedure_queries.step_name(case.release_id, task.element_id, language, otherwise=task.name)


def _status(case: Case, element_ids: list[str]) -> str:
    """Say to the customer where the case stands, in their language."""
    assert case.release_id is not None
    standing = procedure_queries.release_view(case.release_id).standing(element_ids, case.language)
    return standing.says if standing else source_queries.progress_of_case(case.id, language=case.language).sentence


def _waits_for(case: Case, tasks: list[Any], language: str, *, kept_from: Collection[UUID]) -> str:
    """Say who goes on, and why it isn't this person whom four eyes keep from one of the tasks."""
    teams = account_queries.team_names(language)
    assert case.release_id is not None
    release = procedure_queries.release_view(case.release_id)
    for task in tasks:
        where = ", ".join(teams.get(group, group) for group in task.candidate_groups)
        if where:
            standing = release.standing([task.element_id], language)
            named = {"team": where, "step": standing.name if standing else _name(case, task, language)}
            if task.id in kept_from:
                return _("Now with %(team)s: %(step)s. Not with you: %(why)s") % {**named, "why": rules.FOUR_EYES}
            return _("Now with %(team)s: %(step)s.") % named
    return _("Nothing to do here now. The process goes on by itself, and shows here when it needs somebody.")


def writes_of(case_id: UUID, language: str) -> tuple[Write, ...]:
    """Show how far the changes in the systems have come."""
    return tuple(
        Write(
            system=row.source_label,
            state=row.state,
            words=row.sentence,
            at=row.confirmed_at,
            is_wanted=row.kind == "change" and not row.is_superseded,
        )
        for row in source_queries.commands_of_case(case_id, language=language)
    )


def preview_of(
    *, case: Case, task_id: UUID, principal: Principal, language: str, is_verified: bool, now: datetime
) -> list[PlannedChange]:
    """Ask the systems what this step would change there; what was seen is kept, and compared before anything is written."""
    task = process_queries.task(task_id)
    if task is None or not task.is_open or case.release_id is None or case.customer_id is None:
        return []
    view = procedure_queries.step_view(
        release_id=case.release_id,
        element_id=task.element_id,
        form_id=task.form_id,
        variables=process_queries.variables_of_task(task_id),
    )
    draft = StepDraft.objects.filter(task_id=task_id).first()
    if view.guide is None or draft is None:
        return []
    context = forms.typed_answers(view.form, {**view.variables, **draft.answers})
    planned = guides.planned_writes(guides.current_page(view.guide, draft.trail), context, now=now)
    found = []
    for parameters in {repr(sorted(write.parameters.items())): write.parameters for write in planned}.values():
        commands = [write.command for write in planned if write.parameters == parameters]
        found += source_actions.previews(
            customer_id=case.customer_id,
            commands=commands,
            parameters=parameters,
            principal=principal,
            language=language,
            is_verified=is_verified,
        )
    # By command, and by system for models that write to each of them once.
    seen = [(one.command, str(one.reading_id)) for one in found if one.reading_id]
    readings = {**{command.partition(".")[0]: id_ for command, id_ in seen}, **dict(seen)}
    if readings:
        # Whoever completed the step while the systems were asked needs no readings any more.
        with suppress(actions.StepGone):
            actions.save_draft(principal=principal, task_id=task_id, answers={}, readings=readings, now=now)
    times = Counter(one.source for one in found)
    return [_planned(one, is_one_of_several=times[one.source] > 1) for one in found]


def _planned(one: source_actions.Preview, *, is_one_of_several: bool) -> PlannedChange:
    return PlannedChange(
        system=f"{one.source}, {one.label}" if is_one_of_several else one.source,
        label=one.label,
        state=one.state,
        problem=one.problem or (_("It stands there already; nothing changes.") if one.state == "same" else ""),
        changes=tuple(
            Change(where=row.where, before=row.old_text, after=row.new_text, is_changed=row.is_changed)
            for row in one.rows
        ),
    )


# --- what was sent back ----------------------------------------------------------------------------------------------


def answers_in(data: QueryDict) -> dict[str, Any]:
    """Read a page's answers; a tick box that was asked and isn't there was cleared."""
    control = {"csrfmiddlewaretoken", "asked", "_page"}
    answers: dict[str, Any] = {key: data[key] for key in data if key not in control}
    return {**answers, **{key: False for key in data.getlist("asked") if key not in data}}


def go_on(
    *, case: Case, task_id: UUID, principal: Principal, data: QueryDict, now: datetime, contact_id: UUID | None = None
) -> None:
    """Turn to the guide's next page; on the last page, complete the step.

    Raises: BadAnswers, NotShown, StepGone, NotYourStep.
    """
    answers = answers_in(data)
    guide, trail, context = _walk(speaking_about(case, contact_id=contact_id, now=now), task_id, answers)
    if guide is not None and data.get("_page", "") not in {"", guides.current_page(guide, trail).id}:
        return  # pressed twice, or a colleague has turned the page: what stands there now was not seen yet
    if guide is None or guides.is_last(guide, trail, context, now=now):
        actions.complete_step(principal=principal, task_id=task_id, answers=answers, now=now, contact_id=contact_id)
    else:
        actions.turn_page(principal=principal, task_id=task_id, answers=answers, now=now, contact_id=contact_id)


def _walk(
    speaking: Speaking, task_id: UUID, answers: Mapping[str, Any]
) -> tuple[guides.Guide | None, list[str], dict[str, Any]]:
    task, case = process_queries.task(task_id), speaking.case
    if task is None or not task.is_open or case.release_id is None:
        return None, [], {}
    view = procedure_queries.step_view(
        release_id=case.release_id,
        element_id=task.element_id,
        form_id=task.form_id,
        variables=process_queries.variables_of_task(task_id),
    )
    draft = StepDraft.objects.filter(task_id=task_id).first()
    trail, kept = (draft.trail, draft.answers) if draft else ([], {})
    return view.guide, trail, {**view.variables, **kept, **answers, **speaking.answers(view.form)}


def park(
    *, case: Case, task_id: UUID, principal: Principal, data: QueryDict, contact_id: UUID | None, now: datetime
) -> None:
    """Put a step aside; where it is wanted, the customer is promised that it goes on then."""
    hours = data.get("hours", "")[:4]
    until = now + timedelta(hours=int(hours) if hours.isdecimal() and 0 < int(hours) <= 24 * 14 else 24)
    because = data.get("because", "").strip() or _("no reason given")
    actions.park_step(principal=principal, task_id=task_id, because=because, until=until, now=now)
    if data.get("promise"):
        with translation.override(case.language):
            text = _("We go on with your request")
        actions.make_promise(
            case_id=case.id, text=text, due_at=until, principal=principal, contact_id=contact_id, now=now
        )
