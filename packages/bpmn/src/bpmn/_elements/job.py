"""A step for a machine: service and send tasks, message throw and end events; script and business rule tasks by choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from lxml import etree

from bpmn import facts
from bpmn._evaluate import Failure, compute_text, evaluate, shown
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader

DEFAULT_RETRIES = "3"
MAX_RETRIES = 1000


@dataclass(frozen=True, slots=True)
class Job:
    """A worker for `type` gets the headers and the variables that it sees."""

    type: Formula
    retries: int | Formula
    headers: Mapping[str, str]

    kind: ClassVar = "job"

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.emit(self.opening(run, node, at))

    def opening(self, run: Run, node: Node, at: ElementInstance) -> facts.JobCreated:
        type_ = compute_text(run, self.type, at, "The type of a job")
        retries = self.retries if isinstance(self.retries, int) else _retries(evaluate(run, self.retries, at))
        return facts.JobCreated(run.new_id(), at.id, node.id, type_, retries, self.headers)


def _retries(value: object) -> int:
    """Read what a formula gave. Raises: Failure."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = Decimal(value)
    if isinstance(value, Decimal) and 0 <= value <= MAX_RETRIES and value == int(value):
        return int(value)
    raise Failure("expression", f"The retries of a job must be 0 to {MAX_RETRIES}, not {shown(value)}.")


def _known(retries: Formula) -> int | Formula:
    """Read the number now if it is written as it stands; what is none is said when the job begins."""
    try:
        return _retries(retries)
    except Failure:
        return retries


def read(reader: "Reader", element: etree._Element) -> Job:
    """Read `zeebe:taskDefinition` and `zeebe:taskHeaders`."""
    definition = reader.extension(element, "taskDefinition")
    type_ = definition.get("type", "") if definition is not None else ""
    if not type_.strip():
        reader.problem("job_type", element, "has no job type (zeebe:taskDefinition type)")
    retries = definition.get("retries") if definition is not None else None
    return Job(
        reader.formula(type_, element, "job type"),
        _known(reader.formula(retries or DEFAULT_RETRIES, element, "retries")),
        reader.pairs(element, "taskHeaders", "header", "key"),
    )
