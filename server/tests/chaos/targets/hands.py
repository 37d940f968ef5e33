"""Those who write to the systems: our own workers, for whom the systems are far away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firstline.customers.models import Customer, Identifier
from firstline.outbox.ports import Delivery
from firstline.processes.ports import Job
from firstline.sources import handlers
from firstline.sources.models import Command, Reading
from tests.chaos.targets import moods

KIND = "source:target"
NEW = "New Street"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The job, with what a step for a person would have given to the process."""

    job: Job
    variables: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.job, name)


def write(job: Job) -> Mapping[str, Any]:
    """Write to a system; what is given back is different each time, and nobody's concern here."""
    moods.install()
    handlers.run_command(_asked(job))
    return {}


def take_back(job: Job) -> Mapping[str, Any]:
    moods.install()
    handlers.run_compensation(_asked(job))
    return {}


def compare(delivery: Delivery) -> None:
    moods.install()
    handlers.run_check(delivery)


def repair(delivery: Delivery) -> None:
    moods.install()
    handlers.run_repair(delivery)


def customer_of(record: str) -> Customer:
    return Identifier.objects.select_related("customer").get(kind=KIND, value=record).customer


def _asked(job: Job) -> Any:
    command, customer = job.headers["command"], customer_of(job.headers["of"])
    seen = Reading.objects.filter(customer_id=customer.id, view=command).order_by("-read_at", "-id").first()
    # Who decides a second time has looked at it once more.
    is_first = not Command.objects.filter(customer_id=customer.id, command=command).exclude(key=job.key).exists()
    variables = {
        "customer_id": str(customer.id),
        "parameters": {"street": NEW},
        "reading_id": str(seen.id) if seen and is_first else None,
    }
    return _Asked(job=job, variables=variables)
