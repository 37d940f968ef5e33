"""Every crash point that the code names, and which suite lets a process die there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import firstline

# On the way of a change of address, by phone, mail or web form.
ON_THE_WAY = frozenset(
    {
        "cases.open.before_start",
        "cases.step.after_engine",
        "cases.step.before_engine",
        "channels.webform.captured",
        "contacts.capture.before_announce",
        "correspondence.bundle.before_commit",
        "correspondence.send.after_smtp",
        "email.handle.before_commit",
        "email.receive.stored",
        "outbox.delivered",
        "outbox.settled",
        "outbox.taken",
        "processes.due.after_commit",
        "processes.due.before_commit",
        "processes.job.begun",
        "processes.job.taken",
        "processes.job.worked",
        "processes.step.advanced",
        "processes.step.after_commit",
        "processes.step.before_commit",
        "processes.step.locked",
        "processes.step.saved",
        "sources.command.before_confirm",
        "sources.command.before_write",
        "sources.command.confirmed",
        "sources.command.after_write",
        "sources.command.noted",
        "sources.command.read",
        "sources.command.written",
        "sources.rest.after_answer",
        "sources.rest.before_send",
        "sources.sql.after_commit",
        "sources.sql.before_commit",
        "sources.sql.key_taken",
    }
)
# No message is correlated, nothing deployed, begun by time, decided or compared there, and no worker outside has a job; these have
# tests of their own.
ELSEWHERE = frozenset(
    {
        "customers.import.before_commit",
        "correspondence.code.after_smtp",
        "decisions.decide.before_commit",
        "identity.code.before_commit",
        "migration.check.before_write",
        "migration.move.before_commit",
        "operations.batch.before_commit",
        "operations.batch.tried",
        "processes.deploy.before_commit",
        "processes.jobs.before_handing_out",
        "processes.jobs.handed_out",
        "processes.lease.answered",
        "processes.lease.before_commit",
        "processes.message.before_commit",
        "processes.retention.before_commit",
        "processes.signal.before_commit",
        "processes.start.triggered",
        "processes.step.job_done",
        "relationship.sweep.looked",
        "sources.reconciliation.checked",
        "sources.repair.confirmed",
        "webhooks.sent",
    }
)

# Those of connectors that the demo has none of: the connectors' contract lets each of them die (tests/sources/connectors).
CONNECTORS = Path(firstline.__file__).parent / "sources" / "connectors"


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Find every call of `crash_point` in the code."""
    for path in Path(firstline.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "crash_point":
                yield path, node
