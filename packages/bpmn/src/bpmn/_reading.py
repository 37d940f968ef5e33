"""What a program reads: for whoever checks, before it runs, that somebody sets it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from bpmn._program import Node, Program
from feel import Expression


def expressions_before_results(program: Program) -> Iterator[tuple[str, Expression]]:
    """List every expression with the element or flow where it stands, but for output mappings.

    Those read the result of their own element as well, whose names only the worker knows.
    """
    for node in program.nodes:
        yield from ((node.id, formula) for formula in _formulas(node) if isinstance(formula, Expression))
        yield from ((flow.id, flow.condition) for flow in node.outgoing if flow.condition is not None)


def _formulas(node: Node) -> Iterator[object]:
    yield from (mapping.source for mapping in node.inputs)
    # A behaviour and a trigger are values whose fields are what they compute; a catch event holds its trigger.
    for part in (node.behaviour, node.trigger):
        yield from _fields(part)
        yield from (formula for inner in _fields(part) for formula in _fields(inner))


def _fields(value: object) -> tuple[object, ...]:
    if not is_dataclass(value) or isinstance(value, Expression):
        return ()
    return tuple(getattr(value, one.name) for one in fields(value))
