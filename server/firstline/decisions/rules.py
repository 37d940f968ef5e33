"""What of a decision is kept: pure."""

from collections.abc import Mapping
from typing import Any

import dmn
from firstline.codec import CodecError, encode


def inputs_of(model: dmn.Model, decision_id: str, context: Mapping[str, object]) -> dict[str, Any]:
    """Pick what the decision could read, so that a trace doesn't copy the whole case."""
    read = next((decision.inputs for decision in model.decisions if decision_id in {decision.id, decision.name}), ())
    return {name: storable(context.get(name)) for name in read}


def storable(value: object) -> Any:
    """Give the value as it can be kept; functions and ranges, which can't, as text."""
    if isinstance(value, Mapping):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    try:
        encode(value)
    except CodecError:
        return str(value)
    return value


def in_words(diagnostic: dmn.Diagnostic) -> str:
    """Say what went wrong where."""
    return f"{diagnostic.element_id}: {diagnostic.message}" if diagnostic.element_id else diagnostic.message
