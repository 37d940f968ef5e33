"""Reads of decision models and of the decisions made with them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from firstline.accounts import queries as account_queries
from firstline.accounts.principals import Principal
from firstline.decisions.access import visible_cases, visible_evaluations
from firstline.decisions.adapters.loading import LATEST, Loaded, UnknownDecision, findings_of, load_version, model_with
from firstline.decisions.models import DecisionModel, Evaluation, ModelVersion
from firstline.decisions.ports import ReleaseName, ReleaseNames
from firstline.wiring import wiring

__all__ = ["LATEST", "Loaded", "UnknownDecision", "findings_of", "load_version", "model_with"]

MAX_VERSIONS = 100
MAX_WORDS = 6
MAX_CHOICES = 200
# How many of the last decisions the counts of rules are about.
COUNTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """A decision made for a case: what went in, what came out, which rules led there."""

    id: UUID
    decision_id: str
    element_id: str
    evaluated_at: datetime
    inputs: Mapping[str, Any]
    value: Any
    trace: Sequence[Any]
    diagnostics: Sequence[str]
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version of a model in a list."""

    id: UUID
    key: str
    number: int
    name: str
    deployed_at: datetime
    deployed_by: str
    decisions: tuple[str, ...] = ()
    releases: tuple[ReleaseName, ...] = ()

    @property
    def is_in_use(self) -> bool:
        """Whether a release that new cases get has it."""
        return any(release.is_in_use for release in self.releases)


# --- models ----------------------------------------------------------------------------------------------------------


def latest_versions(
    *, text: str = "", before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[VersionRow]:
    """List the models by their latest version, the last deployed first; `before` is where the last page ended."""
    newer = ModelVersion.objects.filter(key=OuterRef("key"), number__gt=OuterRef("number"))
    query = ModelVersion.objects.filter(~Exists(newer))
    for word in text.lower().split()[:MAX_WORDS]:
        query = query.filter(search_text__contains=word)
    if before is not None:
        at, last = before
        query = query.filter(Q(deployed_at__lt=at) | Q(deployed_at=at, id__lt=last))
    return _version_rows(query.order_by("-deployed_at", "-id")[:limit])


def versions_of(key: str, *, language: str) -> list[VersionRow]:
    """List the versions of a model, newest first, each with the releases that use it."""
    return _version_rows(ModelVersion.objects.filter(key=key).order_by("-number")[:MAX_VERSIONS], language=language)


def _version_rows(query: QuerySet[ModelVersion], *, language: str = "") -> list[VersionRow]:
    found = list(query.defer("xml", "search_text"))
    people = account_queries.names_of_staff({one.deployed_by for one in found if one.deployed_by})
    releases = _releases([one.id for one in found], language) if language else {}
    return [
        VersionRow(
            id=one.id,
            key=one.key,
            number=one.number,
            name=one.name,
            deployed_at=one.deployed_at,
            deployed_by=people.get(one.deployed_by, "") if one.deployed_by else "",
            decisions=tuple(one.decision_names or one.decision_ids),
            releases=tuple(releases.get(one.id, ())),
        )
        for one in found
    ]


def _releases(version_ids: Sequence[UUID], language: str) -> dict[UUID, list[ReleaseName]]:
    uses = list(
        DecisionModel.objects.filter(version_id__in=version_ids)
        .order_by("-deployed_at")
        .values_list("version_id", "release_id")
    )
    names = release_names({release for _version_id, release in uses}, language)
    found: dict[UUID, list[ReleaseName]] = {}
    for version_id, release in uses:
        if version_id is not None and release in names:
            found.setdefault(version_id, []).append(names[release])
    return found


def release_names(release_ids: Iterable[str], language: str) -> Mapping[str, ReleaseName]:
    """Name releases of procedures, which stand above."""
    path: str = wiring().RELEASE_NAMES
    names: ReleaseNames = import_string(path)
    return names(release_ids, language)


# --- decisions made --------------------------------------------------------------------------------------------------


def evaluations_of(business_id: UUID) -> tuple[EvaluationRow, ...]:
    """List the decisions made for a case, oldest first."""
    found = Evaluation.objects.filter(business_id=business_id).order_by("evaluated_at", "id")
    return tuple(
        EvaluationRow(
            id=one.id,
            decision_id=one.decision_id,
            element_id=one.element_id,
            evaluated_at=one.evaluated_at,
            inputs=one.inputs,
            value=one.value,
            trace=one.trace,
            diagnostics=one.diagnostics,
            version_id=one.version_id,
        )
        for one in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which decisions are looked for; empty fields don't narrow it."""

    decision_id: str = ""
    version_id: UUID | None = None
    # As `outline.rule_key` names it.
    rule: str = ""
    case_number: str = ""
    from_at: datetime | None = None
    before_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """A decision that was made, in a list."""

    id: UUID
    at: datetime
    decision: str
    model: str
    number: int | None
    version_id: UUID | None
    business_id: UUID | None
    case_number: str
    value: Any
    # "2, 4", or "Priority: 2; Team: 1" when several tables were asked.
    rules: str
    has_problems: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """How often rules matched in the last decisions made with a version."""

    evaluations: int = 0
    by_decision: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)


def made(
    *, principal: Principal, asked: Asked, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[MadeRow]:
    """List the decisions made, the last on top; `before` is where the last page ended."""
    query = _narrowed(visible_evaluations(principal), asked, principal)
    if before is not None:
        at, last = before
        query = query.filter(Q(evaluated_at__lt=at) | Q(evaluated_at=at, id__lt=last))
    found = list(
        query.select_related("version")
        .defer("version__xml", "version__search_text", "inputs")
        .order_by("-evaluated_at", "-id")[:limit]
    )
    numbers = case_numbers({one.business_id for one in found if one.business_id}, principal)
    return [_made_row(one, numbers) for one in found]


def _narrowed(query: QuerySet[Evaluation], asked: Asked, principal: Principal) -> QuerySet[Evaluation]:
    if asked.case_number:
        cases = visible_cases(principal).filter(number__iexact=asked.case_number)
        query = query.filter(business_id__in=list(cases.values_list("id", flat=True)[:2]))
    narrowing = {
        "decision_id": asked.decision_id or None,
        "version_id": asked.version_id,
        "matched__contains": [asked.rule] if asked.rule else None,
        "evaluated_at__gte": asked.from_at,
        "evaluated_at__lt": asked.before_at,
    }
    return query.filter(**{name: value for name, value in narrowing.items() if value is not None})


def case_numbers(case_ids: Iterable[UUID], principal: Principal) -> dict[UUID, str]:
    """Give the numbers of cases that this principal may see."""
    return dict(visible_cases(principal).filter(id__in=list(case_ids)).values_list("id", "number"))


def _made_row(one: Evaluation, numbers: Mapping[UUID, str]) -> MadeRow:
    version = one.version
    names = dict(zip(version.decision_ids, version.decision_names, strict=False)) if version else {}
    return MadeRow(
        id=one.id,
        at=one.evaluated_at,
        decision=names.get(one.decision_id, one.decision_id),
        model=version.name if version else "",
        number=version.number if version else None,
        version_id=one.version_id,
        business_id=one.business_id,
        case_number=numbers.get(one.business_id, "") if one.business_id else "",
        value=one.value,
        rules=_rules(one.trace, names),
        has_problems=bool(one.diagnostics),
    )


def _rules(trace: Sequence[Any], names: Mapping[str, str]) -> str:
    tables = [entry for entry in trace if "table" in entry]
    parts = []
    for entry in tables:
        numbers = ", ".join(str(rule["number"]) for rule in entry.get("rules", ())) or "–"
        asked = str(entry.get("decision") or entry["table"])
        parts.append(numbers if len(tables) == 1 else f"{names.get(asked, asked)}: {numbers}")
    return "; ".join(parts)


def hits(*, principal: Principal, version_id: UUID) -> Hits:
    """Count how often each rule matched in the last decisions that this principal may see."""
    last = (
        visible_evaluations(principal)
        .filter(version_id=version_id)
        .order_by("-evaluated_at", "-id")
        .values_list("decision_id", "matched")[:COUNTED]
    )
    by_decision, by_rule = Counter[str](), Counter[str]()
    for decision_id, matched in last:
        by_decision[decision_id] += 1
        by_rule.update(matched)
    return Hits(evaluations=by_decision.total(), by_decision=by_decision, by_rule=by_rule)


def decision_choices() -> list[tuple[str, str]]:
    """List the decisions that latest versions have, with their names, for a filter."""
    newer = ModelVersion.objects.filter(key=OuterRef("key"), number__gt=OuterRef("number"))
    rows = ModelVersion.objects.filter(~Exists(newer)).values_list("decision_ids", "decision_names")[:MAX_CHOICES]
    return sorted(
        {key: name for ids, names in rows for key, name in zip(ids, names or ids, strict=False)}.items(),
        key=lambda one: one[1].lower(),
    )
