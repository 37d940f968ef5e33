"""Writes of decision models and of the decisions made with them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

import dmn
from firstline.accounts.principals import Principal
from firstline.crashpoints import crash_point
from firstline.decisions import access, outline, rules
from firstline.decisions.adapters import loading
from firstline.decisions.models import DecisionModel, Evaluation, ModelVersion
from firstline.decisions.outline import Outline
from firstline.decisions.problems import DecisionProblems, ModelProblem
from firstline.decisions.queries import model_with

__all__ = ["DecisionProblems", "Deployed", "decide_for_instance", "deploy", "deploy_files"]

MAX_ID = 120
# Deployments wait for each other, so that numbers have no gaps; any number that nobody else uses.
_DEPLOY_LOCK = 7_250_002


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What became of a file: a new version, or the one that there was already."""

    file: str
    version_id: UUID
    name: str
    number: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A file without mistakes."""

    file: str
    xml: str
    outline: Outline


@transaction.atomic
def deploy(*, release_id: str, files: Mapping[str, str], now: datetime, deployed_by: UUID | None = None) -> None:
    """Keep the decision models of a release: file name -> DMN text. A second time changes nothing.

    Content that some version has already is that version: deploying an unchanged release makes none.
    Raises: DecisionProblems.
    """
    _wait_for_others()
    for one in _ordered(_check(files)):
        known = ModelVersion.objects.filter(key=one.outline.key, digest=_digest(one.xml)).order_by("-number").first()
        version = known or _add_version(one, now=now, deployed_by=deployed_by)
        DecisionModel.objects.get_or_create(
            release_id=release_id,
            file=one.file,
            defaults={
                "version": version,
                "xml": one.xml,
                "decision_ids": version.decision_ids,
                "deployed_at": now,
            },
        )


@transaction.atomic
def deploy_files(*, files: Mapping[str, str], principal: Principal, now: datetime) -> list[Deployed]:
    """Deploy decision models on their own: file name -> DMN text; all or none.

    A file that is the same as the latest version of its model makes no new one; going back to earlier content does.
    Raises: Forbidden, DecisionProblems.
    """
    access.require_may_deploy(principal)
    checked = _check(files)
    _wait_for_others()
    return [_deploy_one(one, principal=principal, now=now) for one in _ordered(checked)]


def _deploy_one(one: _Checked, *, principal: Principal, now: datetime) -> Deployed:
    latest = ModelVersion.objects.filter(key=one.outline.key).order_by("-number").first()
    is_new = latest is None or latest.digest != _digest(one.xml)
    version = _add_version(one, now=now, deployed_by=principal.id) if latest is None or is_new else latest
    return Deployed(file=one.file, version_id=version.id, name=version.name, number=version.number, is_new=is_new)


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEPLOY_LOCK])


def _add_version(one: _Checked, *, now: datetime, deployed_by: UUID | None) -> ModelVersion:
    read = one.outline
    last = ModelVersion.objects.filter(key=read.key).aggregate(last=Max("number"))["last"] or 0
    words = [read.name, read.key, *(word for node in read.decisions for word in (node.id, node.name))]
    return ModelVersion.objects.create(
        key=read.key,
        number=last + 1,
        name=read.name,
        namespace=read.namespace,
        digest=_digest(one.xml),
        xml=one.xml,
        decision_ids=[node.id for node in read.decisions],
        version_tags={node.id: node.version_tag for node in read.decisions if node.version_tag},
        decision_names=[node.name[:200] for node in read.decisions],
        search_text=" ".join(words).lower(),
        imports=loading.resolve(read),
        deployed_at=now,
        deployed_by=deployed_by,
    )


def _digest(xml: str) -> str:
    return hashlib.sha256(xml.encode()).hexdigest()


# --- checking ---


def _check(files: Mapping[str, str]) -> list[_Checked]:
    """Read every file.

    Raises: DecisionProblems with the mistakes of all of them.
    """
    checked: list[_Checked] = []
    problems: list[ModelProblem] = []
    for file, xml in files.items():
        try:
            loading.check(xml, beside=[text for other, text in files.items() if other != file])
        except dmn.DmnProblems as error:
            problems.extend(
                ModelProblem(file=file, element_id=one.element_id, message=one.message, position=one.position)
                for one in error.problems
            )
        else:
            checked.append(_Checked(file=file, xml=xml, outline=outline.read(xml)))
    problems.extend(_disputes(checked))
    if problems:
        raise DecisionProblems(problems)
    return checked


def _disputes(checked: Sequence[_Checked]) -> Iterator[ModelProblem]:
    """Find what can't be kept, or would name two things alike."""
    models: dict[str, str] = {}
    decisions: dict[str, str] = {}
    for one in checked:
        if one.outline.key in models:
            message = f"{models[one.outline.key]} is the same model: both have this id."
            yield ModelProblem(file=one.file, element_id=one.outline.key, message=message)
        models.setdefault(one.outline.key, one.file)
        for node in one.outline.decisions:
            if len(node.id) > MAX_ID:
                message = f"The id of a decision may have {MAX_ID} characters."
                yield ModelProblem(file=one.file, element_id=node.id[:MAX_ID], message=message)
            if node.id in decisions:
                message = f"{decisions[node.id]} has a decision of this id, too."
                yield ModelProblem(file=one.file, element_id=node.id, message=message)
            decisions.setdefault(node.id, one.file)


def _ordered(checked: Sequence[_Checked]) -> list[_Checked]:
    """Put models behind those that they import, so that these are there when they are looked for."""
    waiting, found = list(checked), []
    while waiting:
        asked = {one.outline.namespace for one in waiting}
        ready = [one for one in waiting if not asked & {space for _name, space in one.outline.imports}] or waiting[:1]
        found.extend(ready)
        waiting = [one for one in waiting if one not in ready]
    return found


# --- deciding --------------------------------------------------------------------------------------------------------


@transaction.atomic
def decide_for_instance(
    *,
    release_id: str,
    decision_id: str,
    context: Mapping[str, object],
    instance_id: UUID,
    business_id: UUID | None,
    element_id: str,
    now: datetime,
    binding: str = "",
    version_tag: str = "",
) -> object:
    """Make a decision for a business rule task and keep how it came about.

    `binding` "latest" asks the version deployed last, "versionTag" the one of that tag deployed last, else the release's own is
    asked. Raises: UnknownDecision.
    """
    loaded = model_with(release_id, decision_id, binding=binding, version_tag=version_tag)
    result = loaded.model.evaluate(decision_id, context, now=now)
    trace = rules.storable(result.trace)
    Evaluation.objects.create(
        business_id=business_id,
        instance_id=instance_id,
        element_id=element_id,
        release_id=release_id,
        version_id=loaded.version_id,
        decision_id=decision_id,
        inputs=rules.inputs_of(loaded.reads(decision_id), context),
        value=rules.storable(result.value),
        trace=trace,
        matched=rules.matched_in(trace),
        diagnostics=[rules.in_words(diagnostic) for diagnostic in result.diagnostics],
        evaluated_at=now,
    )
    crash_point("decisions.decide.before_commit")
    return result.value
