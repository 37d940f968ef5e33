"""What is decided without the database: values at the border, and what of a fact may be erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from bpmn import Model, ModelProblems, Problem, codec, commands, facts, start_waits
from firstline.money import Money

# The field of a fact that holds values of people; it is stored apart, so that it can be erased by itself.
_VALUES_OF: Mapping[type[facts.Fact], str] = {
    facts.VariableSet: "value",
    facts.CallStarted: "variables",
    facts.InstanceEnded: "variables",
    facts.MessageThrown: "variables",
    facts.SignalThrown: "variables",
    facts.EscalationThrown: "variables",
    facts.RoundsBegan: "items",
}
_VALUES_OF_NAMED: Mapping[str, str] = {kind.__name__: field for kind, field in _VALUES_OF.items()}
# The property of a user task that names the steps whose doers mustn't do it, too; and among them, whoever began the case.
SEPARATE_FROM, CASE_BEGAN = "separateFrom", "start"
ERASED = {"$context": {"erased": True}}


def starts_that_never_happen(model: Model) -> tuple[Problem, ...]:
    """Find start events that wait for what only an instance could know: a condition, a name or moment computed from variables."""
    found: list[Problem] = []
    for program in model.processes.values():
        try:
            start_waits(program, _SOME_DAY)
        except ModelProblems as error:
            found += error.problems
    return tuple(found)


# Whether a moment can be computed doesn't depend on the day.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def separate_from(properties: Mapping[str, str]) -> list[str]:
    """List the steps from which a user task is kept apart: ids of elements, or `start` for whoever began the case.

    >>> separate_from({"separateFrom": "start, take_refund"})
    ['start', 'take_refund']
    """
    return [part.strip() for part in properties.get(SEPARATE_FROM, "").split(",") if part.strip()]


JobCommand = commands.CompleteJob | commands.FailJob | commands.ThrowJobError


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """What a worker says of a job: that it is done, that it failed for good, or which error the model is to catch."""

    how: Literal["completed", "failed", "error"]
    variables: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""

    def command(self, job_id: str) -> JobCommand:
        """Say what the engine is to do."""
        match self.how:
            case "completed":
                return commands.CompleteJob(job_id=job_id, variables=as_variables(self.variables))
            case "failed":
                return commands.FailJob(job_id=job_id, message=self.message)
            case "error":
                variables = as_variables(self.variables)
                return commands.ThrowJobError(
                    job_id=job_id, error_code=self.code, message=self.message, variables=variables
                )


OperatorCommand = (
    commands.Suspend
    | commands.Resume
    | commands.Cancel
    | commands.CancelToken
    | commands.DiscardToken
    | commands.MoveToken
    | commands.StepBack
)


def as_variable(value: object) -> Any:
    """Turn what the house uses into what a process may hold: ids into texts, money into a context.

    >>> as_variable(Money(Decimal("1.10"), "EUR"))
    {'amount': Decimal('1.10'), 'currency': 'EUR'}
    """
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, Mapping):
        return {str(key): as_variable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_variable(item) for item in value]
    return value


def as_variables(values: Mapping[str, object]) -> dict[str, Any]:
    """Turn each of these into what a process may hold."""
    return {name: as_variable(value) for name, value in values.items()}


def split_fact(fact: facts.Fact) -> tuple[facts.Fact | dict[str, Any], Any]:
    """Take a fact apart for the history, as msgspec writes it: what stays for ever, and the values that may be erased."""
    field = _VALUES_OF.get(type(fact))
    if field is None:
        return codec.fact_as_json(fact), None
    data = codec.fact_to_data(fact)
    return data, {"held": data.pop(field)}


def join_fact(data: Mapping[str, Any], values: Mapping[str, Any] | None) -> facts.Fact:
    """Put a fact together again; erased values read as a context that says so."""
    field = _VALUES_OF_NAMED.get(data["fact"])
    if field is None:
        return codec.fact_from_data(data)
    return codec.fact_from_data({**data, field: values["held"] if values else ERASED})
