"""What the command line deploys: one procedure's folder, or a folder of procedures with their reasons."""

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from firstline import clock
from firstline.procedures import actions, queries
from firstline.procedures.models import Activation
from firstline.procedures.problems import Problem, ProcedureProblems


def deploy_tree(path: Path, *, activate: bool = False) -> list[str]:
    """Deploy `path`, or each procedure in it and its `reasons.yaml`, and say what was done, a line each.

    All or nothing. The first release of a procedure is put into use at once; a later one waits for its owner, unless
    `activate` is set. Raises: ProcedureProblems.
    """
    folders = (
        [path] if (path / "procedure.yaml").exists() else sorted(file.parent for file in path.glob("*/procedure.yaml"))
    )
    reasons = path / "reasons.yaml"
    if not folders and not reasons.exists():
        raise ProcedureProblems(
            [Problem(file=str(path), place="", message="There is no procedure.yaml here, nor in a folder below.")]
        )
    with transaction.atomic():
        lines = [_deploy(folder, activate=activate) for folder in folders]
        if reasons.exists():
            lines.append(f"reasons.yaml: {actions.load_reasons(reasons)} reasons")
            lines.extend((*_gaps(), *_left_out()))
    return lines


def _deploy(folder: Path, *, activate: bool) -> str:
    now = clock.now()
    try:
        release = actions.deploy_folder(path=folder, principal=None, now=now)
    except ProcedureProblems as error:
        located = (
            Problem(file=f"{folder.name}/{one.file}", place=one.place, message=one.message) for one in error.problems
        )
        raise ProcedureProblems(located) from error
    used = Activation.objects.filter(procedure_key=release.procedure_key)
    is_used = used.filter(release=release).exists()
    if not used.exists() or (activate and not is_used):
        actions.activate(release_id=release.id, principal=None, now=now)
        is_used = True
    state = "in use" if is_used else "not in use yet: put it into use under Procedures"
    return f"{release.procedure_key}: release {release.sequence} ({release.id[:12]}), {state}"


def _left_out() -> Iterator[str]:
    commands = queries.notes_left_out()
    if commands:
        yield f"Nothing is noted with {', '.join(commands)}: no such system is connected here"


def _gaps() -> Iterator[str]:
    gaps = queries.gaps("en")
    if gaps:
        yield f"{len(gaps)} reasons have no procedure yet: {', '.join(row.key for row in gaps)}"
