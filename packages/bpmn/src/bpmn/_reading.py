"""What a program reads: for whoever checks, before it runs, that somebody sets it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from bpmn._program import Node, Program
from feel import Expression

# What is looked at when something has ended, and may read what that has brought.
_AFTERWARDS = frozenset({"output", "completion", "complex", "condition", "activation"})


def expressions_before_results(program: Program) -> Iterator[tuple[str, Expression]]:
    """List every expression with the element or flow where it stands, but for output mappings and what ends a loop.

    Those read the result of their own element as well, whose names only the worker knows.
    """
    for node in program.nodes:
        for one in filter(None, (node, node.inner)):
            yield from ((one.id, formula) for formula in _formulas(one))
        yield from ((flow.id, flow.condition) for flow in node.outgoing if flow.condition is not None)


def _formulas(node: Node) -> Iterator[Expression]:
    for mapping in node.inputs:
        yield from _expressions(mapping.source)
    for association in node.data_inputs:
        yield from _expressions(association.transformation)
    yield from _expressions(node.behaviour)
    for trigger in node.triggers:
        yield from _expressions(trigger)


def _expressions(value: object) -> Iterator[Expression]:
    """List what a behaviour or trigger computes: its fields, and theirs."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)
    elif is_dataclass(value):
        for one in fields(value):
            if one.name not in _AFTERWARDS:
                yield from _expressions(getattr(value, one.name))
