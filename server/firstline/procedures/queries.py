"""Reads of reasons and releases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline import clock
from firstline.decisions.ports import ReleaseName
from firstline.errors import FirstlineError
from firstline.procedures import release as releases
from firstline.procedures import rules
from firstline.procedures import suggest as suggesting
from firstline.procedures.forms import Form
from firstline.procedures.guides import Guide
from firstline.procedures.models import Activation, Reason, Release
from firstline.procedures.release import ReleaseView
from firstline.procedures.suggest import Suggestion
from firstline.procedures.texts import Message
from firstline.remembered import once_a_page
from firstline.sources import queries as source_queries


class UnknownReason(FirstlineError):
    """There is no such reason."""

    code = "unknown-reason"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """A reason in one language, with its place in the tree."""

    key: str
    brand: str
    name: str
    # The names from the root to the parent, such as ("Invoices and payment",).
    path: tuple[str, ...]
    depth: int
    kind: str
    is_leaf: bool
    procedure_key: str
    # A leaf that starts nothing: it has no procedure, or none of its releases is in use.
    is_gap: bool
    has_web_form: bool
    parent_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """What is shown at a user task: its guide, its form, and the variables that both read."""

    release: ReleaseView
    element_id: str
    guide: Guide | None
    form: Form | None
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRow:
    brand: str
    from_at: datetime
    share: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release in the list of a procedure."""

    id: str
    sequence: int
    version: str
    notes: str
    deployed_at: datetime
    deployed_by: UUID | None
    activations: tuple[ActivationRow, ...]

    @property
    def is_in_use(self) -> bool:
        """Whether new cases get it now, all or some."""
        return any(activation.is_current for activation in self.activations)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRow:
    """A procedure with its releases, newest first."""

    key: str
    name: str
    releases: tuple[ReleaseRow, ...]


# --- reasons ---------------------------------------------------------------------------------------------------------


def reason(key: str, *, brand: str = "") -> Reason:
    """Give the reason `key`, the brand's own if it has one.

    Raises: UnknownReason.
    """
    found = Reason.objects.filter(key=key, brand__in={"", brand}).order_by("-brand").first()
    if found is None:
        raise UnknownReason(f"There is no reason '{key}'. Choose one from the list.")
    return found


def notes_left_out(*, procedure_key: str | None = None) -> list[str]:
    """Name the commands by which reasons (of one procedure, or all) have something noted, and which no system here knows."""
    found = Reason.objects.filter(is_retired=False)
    if procedure_key is not None:
        found = found.filter(procedure_key=procedure_key)
    commands = {note["command"] for notes in found.values_list("notes", flat=True) for note in notes}
    return sorted(one for one in commands if not source_queries.is_connected(one))


def notes_of(key: str, *, brand: str = "") -> list[dict[str, Any]]:
    """List what is noted in back-office systems of a reason: command, when, and parameters as FEEL."""
    found = Reason.objects.filter(key=key, brand__in={"", brand}).order_by("-brand").first()
    return list(found.notes) if found else []


def ask_of(key: str, *, brand: str = "") -> dict[str, Any]:
    """Say how customers with a reason are asked how it was: scale, after_hours, every_days, purpose; {} = they aren't."""
    found = Reason.objects.filter(key=key, brand__in={"", brand}).order_by("-brand").first()
    return dict(found.ask) if found else {}


def reason_names(language: str) -> dict[str, str]:
    """Name all reasons, by key; retired ones too, since old contacts speak of them."""
    return {one.key: _in(one.names, language) for one in _all_reasons()}


def reason_texts() -> dict[str, tuple[str, ...]]:
    """Name all reasons in every language that they have a name in, by key."""
    return {one.key: tuple(dict.fromkeys(one.names.values())) for one in _all_reasons()}


@once_a_page
def _all_reasons() -> tuple[Reason, ...]:
    """Give the reasons of all brands, in the order of the tree; retired ones first, so that what has their key now stands for it."""
    return tuple(Reason.objects.defer("notes", "ask").order_by("-is_retired", "position"))


def _reasons_in_use(brand: str) -> list[Reason]:
    return [one for one in _all_reasons() if not one.is_retired and one.brand in {"", brand}]


def reason_tree(language: str, *, brand: str = "", now: datetime | None = None) -> tuple[ReasonRow, ...]:
    """List the reasons in use in the order of the tree, gaps marked."""
    found = _reasons_in_use(brand)
    by_id = {one.id: one for one in found}
    parents = {one.parent_id for one in found}
    in_use = _releases_in_use(brand=brand, at=now or clock.now())
    rows = []
    for one in found:
        path = _path(one, by_id)
        is_leaf = one.id not in parents
        release_id = in_use.get(one.procedure_key)
        rows.append(
            ReasonRow(
                key=one.key,
                brand=one.brand,
                name=_in(one.names, language),
                path=tuple(_in(node.names, language) for node in path),
                depth=len(path),
                kind=one.kind,
                is_leaf=is_leaf,
                procedure_key=one.procedure_key,
                is_gap=is_leaf and release_id is None,
                has_web_form=release_id is not None and releases.view(release_id).web_form() is not None,
                parent_key=path[-1].key if path else "",
            )
        )
    return tuple(rows)


def reason_choices(language: str, *, brand: str = "", now: datetime | None = None) -> tuple[ReasonRow, ...]:
    """List the reasons that can be chosen for a contact: the leaves of the tree."""
    return tuple(row for row in reason_tree(language, brand=brand, now=now) if row.is_leaf)


def gaps(language: str, *, brand: str = "", now: datetime | None = None) -> tuple[ReasonRow, ...]:
    """List the reasons that start nothing."""
    return tuple(row for row in reason_tree(language, brand=brand, now=now) if row.is_gap)


def suggested_reasons(
    text: str, *, brand: str = "", language: str | None = None, at_most: int = 3
) -> tuple[Suggestion, ...]:
    """Suggest reasons from a customer's words, each with the words that led to it."""
    words = [
        suggesting.ReasonWords(key=one.key, keywords=one.keywords) for one in _reasons_in_use(brand) if one.keywords
    ]
    return suggesting.suggest(text, words, language=language, at_most=at_most)


# --- releases --------------------------------------------------------------------------------------------------------


def active_release(*, reason_key: str, brand: str, at: datetime, case_id: UUID) -> Release | None:
    """Choose the release of a new case; None when its reason has no procedure in use: a gap."""
    procedure_key = reason(reason_key, brand=brand).procedure_key
    if not procedure_key:
        return None
    chosen = rules.choose_release(_activations(procedure_key), brand=brand, at=at, case_id=case_id)
    return Release.objects.defer("files").get(id=chosen) if chosen else None


def release_view(release_id: str) -> ReleaseView:
    """Give a release ready for use.

    Raises: UnknownRelease.
    """
    return releases.view(release_id)


def release_of_process(release_id: str, process_id: str) -> ReleaseView | None:
    """Give the release whose own process this is; None when it is no procedure's, or one that others call."""
    is_there = Release.objects.filter(id=release_id, process_id=process_id).exists()
    return releases.view(release_id) if is_there else None


def step_view(*, release_id: str, element_id: str, form_id: str, variables: Mapping[str, Any]) -> StepView:
    """Give what is shown at a user task."""
    view = releases.view(release_id)
    return StepView(
        release=view, element_id=element_id, guide=view.guide(element_id), form=view.form(form_id), variables=variables
    )


def step_name(release_id: str | None, element_id: str, language: str, *, otherwise: str) -> str:
    """Name a user task in a language; `otherwise` is its name where the case has no release with such an element."""
    view = releases.view(release_id) if release_id else None
    known = view is not None and element_id in view.definition.outline.elements
    return view.element_name(element_id, language) if view is not None and known else otherwise


def web_form(*, reason_key: str, brand: str, at: datetime) -> Form | None:
    """Give the form that customers fill in for a reason; None when it has none."""
    procedure_key = reason(reason_key, brand=brand).procedure_key
    release_id = _releases_in_use(brand=brand, at=at).get(procedure_key)
    return releases.view(release_id).web_form() if release_id else None


def render_message(
    *, release_id: str, key: str, language: str, context: Mapping[str, Any], now: datetime | None = None
) -> Message:
    """Write out a message text of a release for a case.

    Raises: UnknownRelease, UnknownText.
    """
    return releases.view(release_id).text(key, language).fill(context, now=now)


def procedures(language: str, *, now: datetime | None = None) -> tuple[ProcedureRow, ...]:
    """List the procedures with their releases and what is in use."""
    at = now or clock.now()
    rows: dict[str, list[ReleaseRow]] = {}
    names: dict[str, Mapping[str, str]] = {}
    activations = list(Activation.objects.order_by("from_at", "id"))
    for release in Release.objects.defer("files").order_by("procedure_key", "-sequence"):
        names.setdefault(release.procedure_key, release.names)
        mine = [activation for activation in activations if activation.release_id == release.id]
        rows.setdefault(release.procedure_key, []).append(
            ReleaseRow(
                id=release.id,
                sequence=release.sequence,
                version=release.version,
                notes=release.notes,
                deployed_at=release.deployed_at,
                deployed_by=release.deployed_by,
                activations=tuple(
                    ActivationRow(
                        brand=one.brand,
                        from_at=one.from_at,
                        share=one.share,
                        is_current=one in _current(activations, one, at),
                    )
                    for one in mine
                ),
            )
        )
    return tuple(
        ProcedureRow(key=key, name=_in(names[key], language), releases=tuple(found)) for key, found in rows.items()
    )


def procedure_key_of(release_id: str) -> str:
    """Say of which procedure a release is; "" when there is no such release."""
    return Release.objects.filter(id=release_id).values_list("procedure_key", flat=True).first() or ""


def release_names(release_ids: Iterable[str], language: str) -> dict[str, ReleaseName]:
    """Name releases as people know them, by id."""
    in_use = set(_releases_in_use(brand="", at=clock.now()).values())
    return {
        one.id: ReleaseName(id=one.id, name=_in(one.names, language), sequence=one.sequence, is_in_use=one.id in in_use)
        for one in Release.objects.filter(id__in=list(release_ids)).defer("files")
    }


def _current(activations: list[Activation], like: Activation, at: datetime) -> list[Activation]:
    """List the activations of a procedure and brand that take new cases at a moment: from the newest to the first full one."""
    same = [
        one
        for one in activations
        if (one.procedure_key, one.brand) == (like.procedure_key, like.brand) and one.from_at <= at
    ]
    found: list[Activation] = []
    for one in reversed(same):
        found.append(one)
        if one.share == 100:
            break
    return found


def _activations(procedure_key: str) -> list[rules.InUse]:
    return [_in_use(one) for one in Activation.objects.filter(procedure_key=procedure_key)]


def _releases_in_use(*, brand: str, at: datetime) -> dict[str, str]:
    """Give per procedure the release that most new cases get."""
    found: dict[str, str] = {}
    due = Activation.objects.filter(from_at__lte=at, brand__in={"", brand}).order_by("brand", "from_at", "id")
    for one in due:
        if one.share == 100 or one.procedure_key not in found:
            found[one.procedure_key] = one.release_id
    return found


def _in_use(one: Activation) -> rules.InUse:
    return rules.InUse(id=one.id, release_id=one.release_id, brand=one.brand, from_at=one.from_at, share=one.share)


def _path(one: Reason, by_id: Mapping[UUID, Reason]) -> list[Reason]:
    path: list[Reason] = []
    parent = by_id.get(one.parent_id) if one.parent_id else None
    while parent is not None:
        path.insert(0, parent)
        parent = by_id.get(parent.parent_id) if parent.parent_id else None
    return path


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en", "")
