"""Who does jobs of which type: a function of the house, or a worker outside."""

from bpmn import facts
from firstline.processes.models import Job
from firstline.push import actions as push
from firstline.wiring import wiring

# What a web process that holds open requests of workers listens to.
AUDIENCE = "jobs:"


def is_done_here(type_: str) -> bool:
    """Tell whether a function of the house does jobs of this type (`JOB_WORKERS` in config/subscriptions.py)."""
    return type_ in wiring().JOB_WORKERS


def types_done_here() -> list[str]:
    """List the types of jobs that functions of the house do."""
    return list(wiring().JOB_WORKERS)


def external_type(fact: facts.JobCreated | facts.JobRetried) -> str:
    """Give the type of a job that waits for workers outside, "" when it is done here."""
    if isinstance(fact, facts.JobCreated):
        return "" if is_done_here(fact.type) else fact.type
    # A job stays where it began, whatever the wiring says today.
    found: str | None = Job.objects.filter(id=fact.id, is_external=True).values_list("type", flat=True).first()
    return found or ""


def tell_workers(type_: str) -> None:
    """Wake those who wait for jobs of this type, once this transaction is committed."""
    push.hint(audience=AUDIENCE + type_, kind="jobs", id=type_)
