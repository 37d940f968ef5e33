"""Fill the desk: everything that is shown of one contact, in a fixed number of queries."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.cases import queries as case_queries
from firstline.cases.access import visible_cases
from firstline.cases.models import Case
from firstline.cases.web import steps
from firstline.cases.web.guide import Addresses, Guide
from firstline.contacts import queries as contact_queries
from firstline.contacts.access import WORKING_ROLES, visible_contacts
from firstline.contacts.models import Contact, Engagement
from firstline.customers import queries as customer_queries
from firstline.customers.web.words import FIELDS
from firstline.desktop import rules, screens
from firstline.desktop.models import DeskDraft, OpenedTile, Reveal
from firstline.desktop.queries.tiles import ask_tiles
from firstline.desktop.templatetags.desktop import day
from firstline.identity import access as identity_access
from firstline.identity import queries as identity_queries
from firstline.identity.adapters.loaded import policy_of
from firstline.identity.rules import words
from firstline.identity.rules.authority import is_in_force
from firstline.identity.rules.standing import Standing as SpeakersStanding
from firstline.procedures import queries as procedure_queries
from firstline.procedures.release import Standing
from firstline.processes import queries as process_queries
from firstline.sources import queries as source_queries

TINTS = 5
MAX_BLOCKS = 4


def desk_of(
    *,
    contact: Contact,
    principal: Principal,
    language: str,
    now: datetime,
    case_id: UUID | None = None,
    is_expert: bool = False,
    is_opened: bool = False,
    entered: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    error: str = "",
) -> screens.Desk:
    """Show a contact; `case_id` is the case whose guide is wanted, else the one where something is to be done.

    When it `is_opened`, its systems are asked as soon as it is known which: while the rest is gathered, drawn and sent, they think.
    """
    person = _person(contact, language)
    reasons = contact_queries.reasons_of(contact.id, language=language)
    open_rows = (
        case_queries.open_cases_of(customer_id=person.id, principal=principal, language=language, now=now)
        if person
        else []
    )
    known = {row.id: row for row in open_rows}
    others = [one.case_id for one in reasons if one.case_id not in known]
    known |= {row.id: row for row in case_queries.case_rows(others, language=language, now=now)} if others else {}
    # Two reasons may be the same thing.
    chosen = [known[id_] for id_ in dict.fromkeys(one.case_id for one in reasons) if id_ in known]
    tabs = _tabs(chosen, case_id, principal)
    current = next((tab for tab in tabs if tab.is_current), None)
    case = _case(current, principal)
    tiles = _tiles(contact, principal, case, chosen, language) if person else ()
    if tiles and is_opened:
        ask_tiles(contact=contact, keys=[one.key for one in tiles], principal=principal, is_awaited=False)
    guide = None
    if case is not None and current is not None:
        guide = steps.guide_of(
            case=case,
            principal=principal,
            language=language,
            now=now,
            addresses=lambda task_id: addresses_of(contact.id, task_id),
            contact_id=contact.id,
            tint=current.tint,
            is_expert=is_expert,
            note_address=reverse("desktop:note", args=[contact.id, case.id]),
            entered=entered,
            errors=errors,
            error=error,
        )
    conversation = contact_queries.conversation(contact)
    drafts = dict(DeskDraft.objects.filter(contact=contact).values_list("kind", "text"))
    spoken = [
        message.text for message in conversation if message.direction == "in" and message.contact_id == contact.id
    ]
    suggested = procedure_queries.suggested_reasons(
        "\n".join([contact.subject, *spoken, drafts.get(DeskDraft.Kind.SUMMARY, "")]),
        brand=contact.brand.key,
        at_most=4,
    )
    tints = {one.reason_key: tabs[number].tint for number, one in enumerate(chosen)}
    standings = _standings(open_rows, language)
    open_cases = tuple(_open_case(row, {one.id for one in chosen}, standings.get(row.id)) for row in open_rows)
    names = procedure_queries.reason_names(language)
    return screens.Desk(
        head=_head(contact, principal, now),
        person=person,
        candidates=_candidates(contact),
        open_cases=open_cases,
        suggestions=tuple(
            screens.Suggestion(
                reason_key=one.reason_key, label=names.get(one.reason_key, one.reason_key), words=one.words
            )
            for one in suggested
            if one.reason_key not in tints
        ),
        reasons=tuple(
            screens.ReasonChoice(key=one.key, label=one.name, path=" › ".join(one.path), has_procedure=not one.is_gap)
            for one in procedure_queries.reason_choices(language, brand=contact.brand.key, now=now)
        ),
        messages=tuple(_message(one, contact, tints, names) for one in conversation),
        answer=_answer(contact, person, chosen, drafts, now),
        tabs=tabs,
        guide=guide,
        tiles=tiles,
        more_tiles=_more_tiles(contact, principal, tiles, language) if person else (),
        said_fields=() if person else tuple({"name": name, "label": FIELDS[name]} for name in rules.SAID),
        case_shown=current.case_id if current else None,
        wrap_up=screens.WrapUp(
            summary=drafts.get(DeskDraft.Kind.SUMMARY, contact.summary),
            reasons=tabs,
            promises=tuple(_promise(one) for row in chosen for one in row.promises if not one.is_kept),
            proposed=_proposed_promise(case, guide, chosen, now),
            after_work_since=_after_work_since(contact, principal),
        ),
        greeting=_greeting(contact, person, open_cases),
    )


# --- who ---------------------------------------------------------------------------------------------------------


def _head(contact: Contact, principal: Principal, now: datetime) -> screens.Head:
    represented = contact.customer if contact.customer_id != contact.speaker_id else None
    standing = identity_access.standing_of(contact_id=contact.id, customer_id=contact.customer_id)
    if contact.state == Contact.State.FINISHED:
        standing = standing.kept()  # it is about what was shown then
    return screens.Head(
        id=contact.id,
        number=contact.number,
        channel=contact.channel,
        state=contact.state,
        language=contact.language or "en",
        subject=contact.subject,
        address=contact.speaker_address,
        speaker_name=contact.speaker.name if contact.speaker else contact.speaker_name,
        received_at=contact.received_at,
        answered_at=contact.answered_at,
        held_at=contact.held_at,
        ended_at=contact.ended_at,
        authority=_authority(contact, standing, now) if represented else "self",
        represented=represented.name if represented else "",
        level=standing.level(now),
        verified_until=standing.until(now),
        verified_how=tuple(str(words.WAYS.get(one.way, one.way)) for one in standing.shown if now < one.until),
        is_by_judgement=_is_by_judgement(contact),
        agent=contact.agent.name if contact.agent else "",
        is_mine=contact.agent_id == principal.id,
        may_work=principal.is_any(WORKING_ROLES),
    )


def _authority(contact: Contact, standing: SpeakersStanding, now: datetime) -> str:
    """Say how far somebody may speak for another: none, claimed, proven, or over."""
    mandate = standing.mandate
    if mandate is None:
        return "none"
    if not is_in_force(mandate, today=identity_access.today_of(contact.brand, now)):
        return "over"
    return "proven" if mandate.is_proven else "claimed"


def _is_by_judgement(contact: Contact) -> bool:
    """Tell whether staff just say so themselves, and nothing else is open."""
    ways = [way.key for way in policy_of(contact.brand.key).ways if way.fits(contact.channel)]
    return ways == ["judgement"]


def is_shown(contact: Contact, *, now: datetime) -> bool:
    """Tell whether enough was shown in a contact to see what any place holds back."""
    standing = identity_access.standing_of(contact_id=contact.id, customer_id=contact.customer_id)
    return identity_access.may_see(standing, brand=contact.brand, view="", now=now)


def verification_of(contact: Contact, *, language: str, now: datetime) -> identity_queries.Panel | None:
    """Show how whoever speaks in a contact can be verified; None while nobody knows who it is."""
    if contact.speaker_id is None:
        return None
    return identity_queries.panel_of(
        contact_id=contact.id,
        speaker_id=contact.speaker_id,
        brand=contact.brand,
        channel=contact.channel,
        reasons=list(contact.reasons.values_list("reason_key", flat=True)),
        seen=seen_views(contact),
        language=language,
        now=now,
    )


def speaking_of(contact: Contact, *, principal: Principal, language: str, now: datetime) -> screens.SpeaksFor:
    """Show who may speak for whom in a contact: authorities of whoever speaks, and of others for the customer."""
    today = identity_access.today_of(contact.brand, now)
    rows = identity_queries.authorities_of(contact.customer_id, today=today) if contact.customer_id else []
    if contact.speaker_id:
        rows += identity_queries.spoken_for_by(contact.speaker_id, today=today)
    may_see = set(
        identity_access.visible_authorities(principal)
        .filter(id__in=[one.id for one in rows])
        .values_list("id", flat=True)
    )
    names = procedure_queries.reason_names(language)
    return screens.SpeaksFor(
        customer=contact.customer.name if contact.customer else "",
        speaker=contact.speaker.name if contact.speaker else "",
        is_for_other=contact.customer_id != contact.speaker_id,
        authorities=tuple(one for one in {one.id: one for one in rows}.values() if one.id in may_see),
        kinds=tuple(words.KINDS.items()),
        scopes=tuple(words.SCOPES.items()),
        reasons=tuple(
            (one.key, names.get(one.key, one.key))
            for one in procedure_queries.reason_choices(language, brand=contact.brand.key, now=now)
        ),
    )


def seen_views(contact: Contact) -> list[str]:
    """List the views behind whose masks somebody looked in a contact."""
    return list(Reveal.objects.filter(contact=contact).values_list("view_key", flat=True).distinct())


def _person(contact: Contact, language: str) -> screens.Person | None:
    if contact.customer_id is None:
        return None
    card = customer_queries.customer_card(contact.customer_id)
    return screens.Person(
        id=card.id,
        name=card.name,
        number=card.number,
        language=card.language,
        needs=card.needs,
        wishes=tuple(customer_queries.in_words(card.id, brand=card.brand, language=language)),
        salutation_line=card.salutation_line,
        email=card.email,
        phone=card.phone,
    )


def _candidates(contact: Contact) -> tuple[screens.Candidate, ...]:
    if contact.customer_id is not None:
        return ()
    return tuple(
        screens.Candidate(
            customer_id=UUID(one["customer_id"]),
            name=one["name"],
            number=one["number"],
            evidence=tuple(screens.Evidence(**proof) for proof in one["evidence"]),
        )
        for one in contact.candidates
    )


def _greeting(contact: Contact, person: screens.Person | None, open_cases: tuple[screens.OpenCase, ...]) -> str:
    """Write how to begin, in the customer's language: who speaks, and what they were promised."""
    if contact.channel != "phone":
        return ""
    with translation.override(contact.language or "en"):
        names = {"brand": contact.brand.name(contact.language or "en"), "name": person.name if person else ""}
        hello = (
            _("Hello %(name)s, this is %(brand)s.") if person else _("Hello, this is %(brand)s. May I ask your name?")
        )
        missed = next((one.promise for one in open_cases if one.promise and one.promise.is_missed), None)
        sorry = (
            _("You were to hear from us by %(day)s, and didn't. I am sorry; I see to it now.")
            % {"day": day(missed.due_at)}
            if missed
            else ""
        )
        return "\n\n".join(filter(None, (hello % names, sorry)))


# --- what is open ------------------------------------------------------------------------------------------------


def _standings(rows: list[case_queries.CaseRow], language: str) -> dict[UUID, Standing]:
    """Say of each case which of its steps it has reached, as its customer is told too."""
    releases = dict(
        Case.objects.filter(id__in=[row.id for row in rows], release__isnull=False).values_list("id", "release_id")
    )
    found = {}
    for row in rows:
        if row.id in releases:
            view = procedure_queries.release_view(releases[row.id])
            standing = view.standing([step.element_id for step in row.steps], language)
            if standing is not None:
                found[row.id] = standing
    return found


def _open_case(row: case_queries.CaseRow, chosen: set[UUID], standing: Standing | None) -> screens.OpenCase:
    step = row.steps[0] if row.steps else None
    return screens.OpenCase(
        id=row.id,
        number=row.number,
        reason=row.reason,
        step=standing.name if standing else step.name if step else "",
        standing=_("step %(number)d of %(of)d") % {"number": standing.number, "of": standing.of} if standing else "",
        step_since=step.since if step else None,
        opened_at=row.opened_at,
        promise=_promise(row.last_promise) if row.last_promise else None,
        is_chosen=row.id in chosen,
    )


def _promise(row: case_queries.PromiseRow) -> screens.Promise:
    return screens.Promise(text=row.text, due_at=row.due_at, is_missed=row.is_missed)


def _tabs(rows: list[case_queries.CaseRow], wanted: UUID | None, principal: Principal) -> tuple[screens.Tab, ...]:
    tabs = [
        screens.Tab(
            case_id=row.id,
            number=row.number,
            reason=row.reason,
            tint=number % TINTS + 1,
            is_current=False,
            is_waiting=row.state == Case.State.OPEN and not row.is_gap and not rules.has_step_for(principal, row),
            is_closed=row.state != Case.State.OPEN,
            has_missed_promise=row.has_missed_promise,
        )
        for number, row in enumerate(rows)
    ]
    if not tabs:
        return ()
    # The last one added is what is being talked about, unless something else is asked for or only another goes on.
    current = next((tab for tab in tabs if tab.case_id == wanted), None) or next(
        (tab for tab in reversed(tabs) if not tab.is_waiting and not tab.is_closed), tabs[-1]
    )
    return tuple(replace(tab, is_current=tab is current) for tab in tabs)


def _case(current: screens.Tab | None, principal: Principal) -> Case | None:
    if current is None:
        return None
    return visible_cases(principal).select_related("brand", "customer").filter(id=current.case_id).first()


def addresses_of(contact_id: UUID, task_id: UUID) -> Addresses:
    """Say where the guide's buttons lead at the desk."""
    return Addresses.led_by(lambda name: reverse(f"desktop:{name}", args=[contact_id, task_id]))


# --- what was said -----------------------------------------------------------------------------------------------


def _message(
    row: contact_queries.MessageRow, contact: Contact, tints: dict[str, int], names: dict[str, str]
) -> screens.Message:
    is_here = row.contact_id == contact.id
    marks = (
        procedure_queries.suggested_reasons(row.text, brand=contact.brand.key, at_most=TINTS)
        if is_here and row.direction == "in"
        else ()
    )
    # Reasons that were chosen keep their tint; suggested ones take those that are left.
    free = [tint for tint in range(1, TINTS + 1) if tint not in tints.values()]
    tint_of = {
        **{
            one.reason_key: tint
            for one, tint in zip([m for m in marks if m.reason_key not in tints], free, strict=False)
        },
        **tints,
    }
    stretches = [
        rules.sentence_around(
            row.text,
            start=span.start,
            end=span.end,
            tint=tint_of[one.reason_key],
            label=names.get(one.reason_key, one.reason_key),
        )
        for one in marks
        if one.reason_key in tint_of
        for span in one.spans
    ]
    return screens.Message(
        direction=row.direction,
        author=row.author,
        channel=row.channel,
        subject=row.subject,
        pieces=rules.marked(row.text, stretches),
        at=row.at,
        quoted=row.quoted,
        problems=row.problems,
        attachments=tuple(
            screens.Attachment(
                name=one.name, url=reverse("contacts:attachment", args=[row.contact_id, one.id]), size=one.size
            )
            for one in row.attachments
        ),
        is_of_this_contact=is_here,
    )


def _answer(
    contact: Contact,
    person: screens.Person | None,
    chosen: list[case_queries.CaseRow],
    drafts: dict[str, str],
    now: datetime,
) -> screens.AnswerBox | None:
    may_answer = contact.channel in {"email", "webform"} and contact.state != Contact.State.FINISHED
    if not may_answer or "@" not in contact.speaker_address:
        return None
    return screens.AnswerBox(
        to=contact.speaker_address,
        subject=contact.subject,
        text=drafts.get(DeskDraft.Kind.ANSWER, ""),
        language=contact.language or "en",
        blocks=_blocks(contact, person, chosen, now),
    )


def _blocks(
    contact: Contact, person: screens.Person | None, chosen: list[case_queries.CaseRow], now: datetime
) -> tuple[screens.Block, ...]:
    """Offer what the answer may be composed of: the salutation, and the texts of every reason's procedure."""
    blocks = [screens.Block(key="salutation", label=_("Salutation"), text=person.salutation_line)] if person else []
    cases = Case.objects.filter(id__in=[row.id for row in chosen], release__isnull=False, instance_id__isnull=False)
    for case in cases.order_by("opened_at"):
        assert case.release_id is not None
        assert case.instance_id is not None
        release = procedure_queries.release_view(case.release_id)
        context = {
            **process_queries.variables_of_instance(case.instance_id),
            "writes": source_queries.writes_of_case(case.id),
        }
        for key in release.text_keys()[:MAX_BLOCKS]:
            message = release.text(key, contact.language or "en").fill(context, now=now)
            blocks.append(screens.Block(key=f"{case.number}-{key}", label=message.subject, text=message.body))
    return tuple(blocks)


# --- the customer ------------------------------------------------------------------------------------------------


def _tiles(
    contact: Contact, principal: Principal, case: Case | None, chosen: list[case_queries.CaseRow], language: str
) -> tuple[screens.TileSlot, ...]:
    """Reserve the places of the tiles that matter: for this step or reason, else the first that there are; then of those opened."""
    labels = source_queries.view_labels(language, principal=principal)
    keys: tuple[str, ...] = ()
    if case is not None and case.release_id is not None:
        row = next(one for one in chosen if one.id == case.id)
        view = procedure_queries.release_view(case.release_id)
        keys = view.tiles(element_id=row.steps[0].element_id if row.steps else "", reason=row.reason_key)
    wanted = [key for key in keys if key in labels] or list(labels)[: rules.DEFAULT_TILES]
    opened = OpenedTile.objects.filter(contact=contact).order_by("opened_at", "id").values_list("view_key", flat=True)
    wanted += [key for key in opened if key in labels]
    return tuple(_slot(contact.id, key, labels[key]) for key in dict.fromkeys(wanted))


def _more_tiles(
    contact: Contact, principal: Principal, shown: tuple[screens.TileSlot, ...], language: str
) -> tuple[screens.TileSlot, ...]:
    """List what else the systems tell this person."""
    known = {one.key for one in shown}
    labels = source_queries.view_labels(language, principal=principal)
    return tuple(_slot(contact.id, key, label) for key, label in labels.items() if key not in known)


def reveals(
    *, principal: Principal, language: str, before: tuple[datetime, UUID] | None, limit: int
) -> list[screens.RevealRow]:
    """List who looked at what is masked, in contacts of this person's brands, the last on top; `before`: where the page before ended."""
    query = Reveal.objects.filter(contact__in=visible_contacts(principal))
    if before is not None:
        at, last = before
        query = query.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    labels = source_queries.view_labels(language)
    found = query.select_related("user", "contact", "customer").order_by("-at", "-id")[:limit]
    return [
        screens.RevealRow(
            id=one.id,
            at=one.at,
            who=one.user.name,
            what=labels.get(one.view_key, one.view_key),
            customer_id=one.customer_id,
            customer=one.customer.name,
            contact_id=one.contact_id,
            contact_number=one.contact.number,
        )
        for one in found
    ]


def _slot(contact_id: UUID, key: str, label: str) -> screens.TileSlot:
    source, _colon, title = label.partition(": ")
    return screens.TileSlot(key=key, title=title, source=source, url=reverse("desktop:tile", args=[contact_id, key]))


def _proposed_promise(
    case: Case | None, guide: Guide | None, chosen: list[case_queries.CaseRow], now: datetime
) -> screens.Promise | None:
    """Propose what was promised and missed, else what the procedure has its agents promise."""
    missed = next((one.last_promise for one in chosen if case and one.id == case.id and one.has_missed_promise), None)
    if missed is not None:
        return screens.Promise(text=missed.text, due_at=now + timedelta(days=1), is_missed=False)
    if case is None or case.release_id is None or guide is None or guide.task_id is None:
        return None
    variables = process_queries.variables_of_task(guide.task_id)
    found = procedure_queries.release_view(case.release_id).promise(variables, case.language, now=now)
    if found is None or found.due is None:
        return None
    due = found.due if isinstance(found.due, datetime) else datetime.combine(found.due, time(18))
    due = due if timezone.is_aware(due) else timezone.make_aware(due)
    return screens.Promise(text=found.text, due_at=due, is_missed=False) if due > now else None


def _after_work_since(contact: Contact, principal: Principal) -> datetime | None:
    assert principal.id is not None
    return (
        Engagement.objects.filter(contact=contact, user_id=principal.id, ended_at=None, kind=Engagement.Kind.AFTER_WORK)
        .values_list("started_at", flat=True)
        .first()
    )


# --- before a contact --------------------------------------------------------------------------------------------


def queue_of(
    *, principal: Principal, language: str
) -> tuple[list[contact_queries.ContactRow], list[contact_queries.ContactRow]]:
    """List what this person has begun, and what waits for anybody."""
    assert principal.id is not None
    return contact_queries.unfinished_of(agent_id=principal.id, language=language), contact_queries.waiting(
        principal=principal, language=language, limit=30
    )


def calls_for(principal: Principal) -> list[Contact]:
    """List the calls that ring for this person, or run without having been looked at, youngest first."""
    live = Contact.objects.filter(
        agent_id=principal.id, channel="phone", state__in=[Contact.State.RINGING, Contact.State.OPEN]
    )
    return list(live.select_related("customer").order_by("-received_at")[:3])
