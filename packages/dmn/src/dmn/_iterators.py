"""Boxed iterators and filters (DMN 1.5, clauses 10.2.2.8 to 10.2.2.11).

A condition that is neither true, false nor null makes the whole null.
"""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable, Iterator

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._scope import ENTRIES_OF_ITEMS, Reader
from dmn._xml import Element
from feel.errors import Fault

_ITEMS = feel.compile_expression("for item in domain return item", names=("domain",))


def compile_for(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    variable = _variable(element, reader)
    domain = reader.part(element, "in", names)
    body = reader.part(element, "return", names | {variable, "partial"})
    reads_partial = "partial" in _xml.content(_xml.child(element, "return"))
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        items = _items(frame, domain(frame, scope), element_id)
        if items is None:
            return None
        results: list[object] = []
        for item in items:
            frame.take_turns(1)
            inner = _inner(scope, {variable: item})
            if reads_partial:
                # What was computed so far is handed on as it is then: `partial` doesn't grow afterwards.
                frame.take_turns(len(results) // _CHEAP_COPIES)
                inner["partial"] = list(results)
            results.append(body(frame, inner))
        return results

    return _guarded(evaluate, element_id)


def compile_quantified(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile `some` or `every`; a turn that settles it ends it."""
    settling = _xml.kind(element) == "some"
    variable = _variable(element, reader)
    domain = reader.part(element, "in", names)
    condition = reader.part(element, "satisfies", names | {variable})
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        items = _items(frame, domain(frame, scope), element_id)
        if items is None:
            return None
        unknown = False
        for verdict in _verdicts(frame, items, lambda item: condition(frame, _inner(scope, {variable: item}))):
            if verdict is settling:
                return settling
            unknown = unknown or verdict is None
        return None if unknown else not settling

    return _guarded(evaluate, element_id)


def compile_filter(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    domain = reader.part(element, "in", names)
    condition = reader.part(element, "match", names | {"item", ENTRIES_OF_ITEMS})
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        value = domain(frame, scope)
        items = value if isinstance(value, list) else [] if value is None else [value]

        def match(item: object) -> object:
            fields = item if isinstance(item, dict) else {}
            return condition(frame, _inner(scope, {"item": item, **fields}))

        verdicts = _verdicts(frame, items, match)
        return [item for item, verdict in zip(items, verdicts, strict=True) if verdict is True]

    return _guarded(evaluate, element_id)


_CHEAP_COPIES = 10
"""So many references are copied in the time of one turn."""


def _variable(element: Element, reader: Reader) -> str:
    variable = element.get("iteratorVariable") or ""
    if not variable:
        reader.problem("missing_part", element, "The iterator has no variable")
    return variable


def _inner(scope: Scope, names: Scope) -> feel.Values:
    inner = feel.Values(scope)
    inner.update(names)
    return inner


def _items(frame: Frame, domain: object, element_id: str) -> list[object] | None:
    """Give what FEEL's own loop would go through."""
    items = frame.value(_ITEMS.evaluate({"domain": domain}), element_id)
    return items if isinstance(items, list) else None


def _verdicts(frame: Frame, items: list[object], condition: Callable[[object], object]) -> Iterator[bool | None]:
    for item in items:
        frame.take_turns(1)
        verdict = condition(item)
        if verdict is not None and not isinstance(verdict, bool):
            raise Fault("type", "A condition is neither true nor false")
        yield verdict


def _guarded(evaluate: Evaluator, element_id: str) -> Evaluator:
    """Make null and a note of a fault."""

    def guarded(frame: Frame, scope: Scope) -> object:
        try:
            return evaluate(frame, scope)
        except Fault as fault:
            return frame.note(fault.kind, fault.message, element_id)

    return guarded
