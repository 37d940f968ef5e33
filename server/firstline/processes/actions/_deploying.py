"""Models are deployed."""

import hashlib
from uuid import UUID

from django.db import connection, transaction

import bpmn
from firstline import clock
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.processes import rules
from firstline.processes.adapters import correlation, starts
from firstline.processes.models import (
    Deployment,
)

# Deployments wait for each other, so that one of them is the newest; any number that nobody else uses.
_DEPLOY_LOCK = 7_250_003


class ModelRefused(FirstlineError):
    """The model has mistakes; `fields["problems"]` lists each with code, element id and sentence."""

    code = "model-refused"
    status = 422


@transaction.atomic
def deploy(*, release_id: str, xml: bytes | str) -> UUID:
    """Keep a model of a release; the same one a second time is the same deployment.

    What begins its processes by itself begins this version from now on, and no older one. Raises: ModelRefused.
    """
    data = xml.encode() if isinstance(xml, str) else xml
    try:
        model = _compiled(data)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEPLOY_LOCK])
        if found := starts.clashes(model, now=clock.now()):
            raise bpmn.ModelProblems(found)  # noqa: TRY301 -- told as those of the model itself
    except bpmn.ModelProblems as error:
        problems = [
            {"code": problem.code, "element_id": problem.element_id, "message": problem.message}
            for problem in error.problems
        ]
        raise ModelRefused(str(error), problems=problems) from error
    now = clock.now()
    deployment, made = Deployment.objects.get_or_create(
        release_id=release_id,
        digest=hashlib.sha256(data).hexdigest(),
        defaults={
            "xml": data.decode(),
            "process_ids": sorted(model.processes),
            "version_tags": {key: one.version_tag for key, one in model.processes.items() if one.version_tag},
            "deployed_at": now,
        },
    )
    if made:
        messages = starts.replace(deployment, model, now=now)
        correlation.take_buffered_by_starts(messages, now=now)
    crash_point("processes.deploy.before_commit")
    return deployment.id


def _compiled(data: bytes) -> bpmn.Model:
    """Compile a model that can run here. Raises: ModelProblems."""
    model = bpmn.compile_model(data)
    if found := rules.starts_that_never_happen(model):
        raise bpmn.ModelProblems(found)
    return model
