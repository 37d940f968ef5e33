"""Writes of reasons, releases and activations."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from firstline import events
from firstline.accounts.principals import Principal
from firstline.decisions import actions as decision_actions
from firstline.errors import FirstlineError
from firstline.procedures import access, bundle, definition, rules, scenarios
from firstline.procedures.bundle import Bundle
from firstline.procedures.definition import Definition
from firstline.procedures.events import ReleaseActivated, ReleaseDeployed
from firstline.procedures.models import Activation, Reason, Release
from firstline.procedures.problems import Notebook, Problem, ProcedureProblems
from firstline.procedures.reader import read_yaml
from firstline.processes import actions as process_actions

MAX_REASONS_BYTES = 1024 * 1024
# Deployments wait for each other, so that sequences have no gaps; any number that nobody else uses.
_DEPLOY_LOCK = 7_250_001


def deploy_folder(*, path: Path, principal: Principal | None, now: datetime) -> Release:
    """Deploy a procedure's folder as an immutable release, once its scenarios pass; the same content is the same release.

    Raises: ProcedureProblems with every mistake, in which case nothing was deployed.
    """
    read, problems = bundle.read_folder(path)
    procedure, mistakes = definition.read(read)
    if problems or mistakes:
        raise ProcedureProblems([*problems, *mistakes])
    known = Release.objects.filter(id=read.id).first()
    if known is not None:
        return known
    failures = [
        Problem(file=result.file, place=result.name, message=failure)
        for result in scenarios.run_all(read, procedure)
        for failure in result.failures
    ]
    if failures:
        raise ProcedureProblems(failures)
    return _deploy(read, procedure, principal, now)


@transaction.atomic
def _deploy(read: Bundle, procedure: Definition, principal: Principal | None, now: datetime) -> Release:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEPLOY_LOCK])
    known = Release.objects.filter(id=read.id).first()
    if known is not None:
        return known
    last = Release.objects.filter(procedure_key=procedure.key).aggregate(last=Max("sequence"))["last"] or 0
    release = Release.objects.create(
        id=read.id,
        procedure_key=procedure.key,
        sequence=last + 1,
        version=procedure.version,
        notes=procedure.notes,
        names=dict(procedure.names),
        process_id=procedure.process_id,
        files=dict(read.files),
        deployed_at=now,
        deployed_by=principal.id if principal else None,
    )
    process_actions.deploy(release_id=release.id, xml=read.files["process.bpmn"].encode())
    decision_actions.deploy(
        release_id=release.id, files=read.within("decisions", ".dmn"), now=now, deployed_by=release.deployed_by
    )
    events.announce(
        ReleaseDeployed(release_id=release.id, procedure_key=release.procedure_key, sequence=release.sequence)
    )
    return release


@transaction.atomic
def activate(
    *,
    release_id: str,
    principal: Principal | None,
    now: datetime,
    brand: str = "",
    from_at: datetime | None = None,
    share: int = 100,
) -> UUID:
    """Use a release for new cases, from now on or from a later moment; running cases stay on theirs.

    `principal` is None for the command line. Units: `share` in per cent. Raises: Forbidden, AccessDenied, FirstlineError.
    """
    if principal is not None:
        access.require_may_activate(principal)
        release = access.access_release(principal, release_id)
    else:
        release = Release.objects.get(id=release_id)
    begins = from_at or now
    if begins < now:
        raise FirstlineError(
            _("A release can't be put into use in the past. Choose a later moment."), code="activation-in-the-past"
        )
    if not 1 <= share <= 100:
        raise FirstlineError(_("The share is a whole number from 1 to 100 per cent."), code="bad-share")
    made = Activation.objects.create(
        brand=brand,
        procedure_key=release.procedure_key,
        release=release,
        from_at=begins,
        share=share,
        activated_at=now,
        activated_by=principal.id if principal else None,
    )
    events.announce(
        ReleaseActivated(
            release_id=release.id, procedure_key=release.procedure_key, brand=brand, from_at=begins, share=share
        )
    )
    return made.id


@transaction.atomic
def load_reasons(path: Path) -> int:
    """Take over the taxonomy of a `reasons.yaml`; reasons that are no longer in it are retired. Gives how many there are.

    Raises: ProcedureProblems.
    """
    notes = Notebook(file=path.name)
    nodes = rules.read_reasons(read_yaml(_read_text(path, notes), notes), notes)
    if notes.problems:
        raise ProcedureProblems(notes.problems)
    kept: dict[str, Reason] = {}
    for node in nodes:
        kept[node.key], _made = Reason.objects.update_or_create(
            brand=node.brand,
            key=node.key,
            defaults={
                "parent": kept.get(node.parent_key),
                "names": dict(node.names),
                "kind": node.kind,
                "procedure_key": node.procedure_key,
                "keywords": node.keywords,
                "notes": node.notes,
                "ask": node.ask,
                "position": node.position,
                "is_retired": False,
            },
        )
    Reason.objects.exclude(id__in=[reason.id for reason in kept.values()]).update(is_retired=True)
    return len(nodes)


def _read_text(path: Path, notes: Notebook) -> str:
    try:
        if path.is_symlink() or path.stat().st_size > MAX_REASONS_BYTES:
            notes.add("", "The file must be an ordinary one of at most 1 MB.")
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        notes.add("", f"The file can't be read: {error}.")
        return ""
