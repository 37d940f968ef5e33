"""Outputs and output entries: fixed values are computed and compared with the output's type and values only once."""

import re
from dataclasses import replace

import feel
from dmn import _xml
from dmn._frame import Evaluator
from dmn._scope import Reader
from dmn._tables._table import Cell, Output
from dmn._types import constraints
from dmn._xml import Element

_CHEAP = re.compile(r"""(date|time|date and time|duration)\("[^"]*"\)|((?!\bin\b)[^(\[{])*""")
"""Texts that can't loop or search, so that their value may be computed when the table is read."""


def read_output(element: Element, names: frozenset[str], reader: Reader) -> Output:
    """Read an output column."""
    name = element.get("name") or ""
    kind = reader.type_of(element)
    allowed = read_allowed(element, "outputValues", names, reader)
    ranked = allowed or next(constraints(kind), None)
    output = Output(
        name=name,
        label=element.get("label") or name or "the output",
        element_id=_xml.identity(element),
        type=None if kind is None or kind.kind == "Any" else kind,
        default=None,
        allowed=allowed,
        priorities=() if ranked is None else ranked.split(),
    )
    default = _xml.child(element, "defaultOutputEntry")
    if default is None or not _xml.text_of(default):
        return output
    return replace(output, default=read_cell(default, output, names, reader))


def read_allowed(element: Element, kind: str, names: frozenset[str], reader: Reader) -> feel.UnaryTests | None:
    """Read the input or output values of a column; None when it has none."""
    allowed = _xml.child(element, kind)
    text = _xml.text_of(allowed)
    return None if allowed is None or not text else reader.tests(text, allowed, names)


def read_cell(element: Element, output: Output, names: frozenset[str], reader: Reader) -> Cell:
    """Read an output entry; a fixed one that is no value of the output is a warning."""
    # An empty entry, and the dash that some modellers write, stand for null.
    text = _xml.text_of(element)
    text = "null" if text in {"", "-"} else text
    element_id = _xml.identity(element)
    expression = reader.expression(text, element, names)
    if expression is None:
        return Cell(element_id=element_id, text=text, names=frozenset(), value=None, compute=None)
    cell = Cell(
        element_id=element_id,
        text=text,
        names=expression.names,
        value=None,
        compute=_computing(expression, element_id),
    )
    tried = expression.evaluate() if not expression.names and _CHEAP.fullmatch(text) else None
    # A list or context is made anew each time, as its reader may change it.
    if tried is None or tried.diagnostics or isinstance(tried.value, list | dict | feel.Function):
        return cell
    if _fits(tried.value, output):
        return replace(cell, value=tried.value, compute=None)
    reader.warning("output_value", element, f"{text} is no value of {output.label}")
    return cell


def _fits(value: object, output: Output) -> bool:
    typed = output.type is None or value is None or output.type.holds(value)
    return typed and (output.allowed is None or output.allowed.evaluate(value).value is True)


def _computing(expression: feel.Expression, element_id: str) -> Evaluator:
    return lambda frame, scope: frame.value(expression.evaluate(scope, now=frame.now), element_id)
