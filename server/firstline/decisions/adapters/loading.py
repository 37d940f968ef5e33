"""Models as the library takes them, read once per process: a version never changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import dmn
from firstline.decisions import forms, outline, rules
from firstline.decisions.models import DecisionModel, ModelVersion
from firstline.decisions.outline import Outline
from firstline.errors import FirstlineError

# What zeebe:calledDecision may say about which version is meant.
LATEST = "latest"
VERSION_TAG = "versionTag"


class UnknownDecision(FirstlineError):
    """The release has no such decision."""

    code = "unknown-decision"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loaded:
    """A version of a model, ready to decide; `version_id` is None for one deployed before versions were kept."""

    version_id: UUID | None
    model: dmn.Model
    outline: Outline
    # What decisions declare that they read.
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reads(self, decision_id: str) -> tuple[str, ...]:
        """Name all that a decision reads, declared or not."""
        return _reads(self, decision_id)


def model_with(release_id: str, decision_id: str, *, binding: str = "", version_tag: str = "") -> Loaded:
    """Give the loaded model that has the decision: the release's own, or the one deployed last, or that of the tag deployed last.

    Raises: UnknownDecision.
    """
    if binding == LATEST:
        return _latest_with(decision_id)
    if binding == VERSION_TAG:
        return _latest_with(decision_id, version_tag)
    found = (
        DecisionModel.objects.filter(release_id=release_id, decision_ids__contains=[decision_id])
        .values_list("id", "version_id")
        .first()
    )
    if found is None:
        raise UnknownDecision(
            f"The release has no decision '{decision_id}'; add it to decisions/ and deploy the procedure again."
        )
    used_id, version_id = found
    return _version(version_id) if version_id else _without_version(used_id)


def load_version(version_id: UUID) -> Loaded:
    """Give a version ready to decide; it is read once per process, since it never changes."""
    return _version(version_id)


def _latest_with(decision_id: str, version_tag: str = "") -> Loaded:
    versions = ModelVersion.objects.filter(decision_ids__contains=[decision_id])
    if version_tag:
        versions = versions.filter(version_tags__contains={decision_id: version_tag})
    found = versions.order_by("-deployed_at", "-id").values_list("id", flat=True).first()
    if found is None:
        which = f" with the version tag '{version_tag}'" if version_tag else ""
        raise UnknownDecision(f"No deployed model has the decision '{decision_id}'{which}; deploy one under Decisions.")
    return _version(found)


@lru_cache(maxsize=256)
def _version(version_id: UUID) -> Loaded:
    version = ModelVersion.objects.get(id=version_id)
    return _loaded(version.id, version.xml, version.imports)


@lru_cache(maxsize=64)
def _without_version(used_id: UUID) -> Loaded:
    return _loaded(None, DecisionModel.objects.values_list("xml", flat=True).get(id=used_id), ())


def _loaded(version_id: UUID | None, xml: str, imports: Sequence[UUID]) -> Loaded:
    read = outline.read(xml)
    pinned = dict(ModelVersion.objects.filter(id__in=imports).values_list("namespace", "xml")) if imports else {}
    model = dmn.load(xml.encode(), imports={space: text.encode() for space, text in pinned.items()})
    inputs = {decision.id: decision.inputs for decision in model.decisions}
    return Loaded(version_id=version_id, model=model, outline=read, inputs=inputs)


@lru_cache(maxsize=1024)
def _reads(loaded: Loaded, decision_id: str) -> tuple[str, ...]:
    return tuple(forms.reads(loaded.outline, decision_id, inputs=loaded.inputs.get(decision_id, ())))


@lru_cache(maxsize=64)
def findings_of(version_id: UUID) -> tuple[dmn.Finding, ...]:
    """Check the tables of a version, once per process: what overlaps, what is missing, what can never happen."""
    return tuple(dmn.check_tables(_version(version_id).model))


# --- deploying -------------------------------------------------------------------------------------------------------


def check(xml: str, *, beside: Iterable[str]) -> None:
    """Compile a model with those that are deployed `beside` it, and what is deployed already.

    Raises: dmn.DmnProblems with every mistake.
    """
    with_it = rules.by_namespace(beside)

    def source(namespace: str) -> bytes | None:
        latest = _latest_of(namespace)
        return with_it.get(namespace) or (latest.xml.encode() if latest else None)

    dmn.load(xml.encode(), imports=source)


def resolve(read: Outline) -> list[UUID]:
    """Find the versions that a model imports, directly or through others: of each namespace the latest."""
    found: dict[str, UUID] = {}
    pending = [space for _name, space in read.imports]
    while pending:
        space = pending.pop(0)
        latest = None if space in found else _latest_of(space)
        if latest is not None:
            found[space] = latest.id
            pending.extend(inner for _name, inner in outline.read(latest.xml).imports)
    return list(found.values())


def _latest_of(namespace: str) -> ModelVersion | None:
    return ModelVersion.objects.filter(namespace=namespace).order_by("-deployed_at", "-id").first()
