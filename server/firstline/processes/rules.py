"""What is decided without the database: values at the border, and what of a fact may be erased."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from bpmn import Model, Problem, StartEvent, codec, facts
from firstline.money import Money

# The field of a fact that holds values of people; it is stored apart, so that it can be erased by itself.
_VALUES_OF: Mapping[str, str] = {
    facts.VariableSet.__name__: "value",
    facts.CallStarted.__name__: "variables",
    facts.InstanceEnded.__name__: "variables",
    facts.MessageThrown.__name__: "variables",
    facts.SignalThrown.__name__: "variables",
    facts.EscalationThrown.__name__: "variables",
    facts.RoundsBegan.__name__: "items",
}
ERASED = {"$context": {"erased": True}}


def starts_that_nobody_makes(model: Model) -> tuple[Problem, ...]:
    """Find start events that wait for something: cases start processes here, and nothing else does."""
    return tuple(
        Problem(
            "start_event",
            start.node.id,
            f"The start event '{start.node.id}' waits for a {_what_starts(start)}, which starts nothing here; make it one without a trigger.",
        )
        for program in model.processes.values()
        for start in program.starts
        if start.node.triggers
    )


def _what_starts(start: StartEvent) -> str:
    if start.message_name is not None:
        return "message"
    if start.signal_name is not None:
        return "signal"
    return "moment" if start.timer is not None else "condition"


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
    if isinstance(value, list | tuple):
        return [as_variable(item) for item in value]
    return value


def split_fact(fact: facts.Fact) -> tuple[dict[str, Any], Any]:
    """Take a fact apart for the history: what stays for ever, and the values that may be erased."""
    data = codec.fact_to_data(fact)
    field = _VALUES_OF.get(data["fact"])
    return data, {"held": data.pop(field)} if field else None


def join_fact(data: Mapping[str, Any], values: Mapping[str, Any] | None) -> facts.Fact:
    """Put a fact together again; erased values read as a context that says so."""
    field = _VALUES_OF.get(data["fact"])
    if field is None:
        return codec.fact_from_data(data)
    return codec.fact_from_data({**data, field: values["held"] if values else ERASED})
