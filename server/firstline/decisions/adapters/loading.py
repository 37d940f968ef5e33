"""Models as the library takes them, read once per process: a version never changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import dmn
from firstline.decisions import forms, outline
from firstline.decisions.models import DecisionModel, ModelVersion
from firstline.decisions.outline import Outline
from firstline.errors import FirstlineError

# What zeebe:calledDecision may say about which version is meant.
LATEST = "latest"


class UnknownDecision(FirstlineError):
    """The release has no such decision."""

    code = "unknown-decision"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A version of a model, ready to decide; `version_id` is None for one deployed before versions were kept."""

    version_id: UUID | None
    model: dmn.Model
    outline: Outline
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def model_with(release_id: str, decision_id: str, *, binding: str = "") -> Loaded:
    """Give the loaded model that has the decision: the release's own, or with binding "latest" the one deployed last.

    Raises: UnknownDecision.
    """
    if binding == LATEST:
        return _latest_with(decision_id)
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


def _latest_with(decision_id: str) -> Loaded:
    found = (
        ModelVersion.objects.filter(decision_ids__contains=[decision_id])
        .order_by("-deployed_at", "-id")
        .values_list("id", flat=True)
        .first()
    )
    if found is None:
        raise UnknownDecision(f"No deployed model has the decision '{decision_id}'; deploy one under Decisions.")
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
    return Loaded(
        version_id=version_id,
        model=load(xml, imports=imports),
        outline=read,
        reads={decision.id: tuple(forms.reads(read, decision.id)) for decision in read.decisions},
    )


# --- the library -----------------------------------------------------------------------------------------------------


def load(xml: str, *, imports: Sequence[UUID] = (), beside: Iterable[str] = ()) -> dmn.Model:
    """Compile a model; `imports` are versions that it uses, `beside` models that are deployed with it.

    Raises: dmn.DmnProblems with every mistake.
    """
    return dmn.load(xml.encode())


def resolve(read: Outline) -> list[UUID]:
    """Find the versions that a model imports: of each namespace the latest."""
    found = (
        ModelVersion.objects.filter(namespace=space)
        .order_by("-deployed_at", "-id")
        .values_list("id", flat=True)
        .first()
        for _name, space in read.imports
    )
    return [one for one in found if one is not None]
