"""Boxed expressions (DMN 1.5, clause 10.2): one compiling function per element, in the table at the end."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Mapping

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._functions import compile_function, compile_invocation
from dmn._iterators import compile_filter, compile_for, compile_quantified
from dmn._scope import Compile, Reader, conforming
from dmn._tables import compile_table
from dmn._xml import Element


def _literal(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    language = element.get("expressionLanguage", "")
    if language and "feel" not in language.lower():
        reader.problem("expression_language", element, f"Only FEEL can be used, not {language}")
        return reader.mistaken(element)
    if _xml.child(element, "importedValues") is not None:
        reader.problem("imported_values", element, "Values can't be imported from other documents")
        return reader.mistaken(element)
    text = _xml.text_of(element)
    if not text:
        reader.problem("empty_expression", element, "The expression is empty")
        return reader.mistaken(element)
    return reader.evaluator(text, element, names)


def _context(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    entries: list[tuple[str | None, Evaluator]] = []
    known = names
    for entry in _xml.children(element, "contextEntry"):
        variable = _xml.child(entry, "variable")
        name = None if variable is None else variable.get("name")
        # A function may call itself by the name of its entry.
        compiled = _entry(entry, known | {name} if name else known, reader)
        if compiled is None:
            reader.problem("missing_part", entry, "The entry has no expression")
            continue
        if name and any(name == other for other, _ in entries):
            reader.problem("duplicate", entry, f"The context has two entries of the name “{name}”")
        entries.append((name, compiled))
        known = known | {name} if name else known

    def evaluate(frame: Frame, scope: Scope) -> object:
        inner = feel.Values(scope)
        result: dict[str, object] = {}
        for name, compiled in entries:
            value = compiled(frame, inner)
            if name is None:
                return value
            inner[name] = result[name] = value
        return result

    return evaluate


def _entry(entry: Element, names: frozenset[str], reader: Reader) -> Evaluator | None:
    stated = reader.type_of(_xml.child(entry, "variable"))
    definition = _xml.child(entry, "functionDefinition")
    if definition is not None and stated is not None and stated.kind != "function":
        # The type of a variable that holds a function may be that of its result.
        return compile_function(definition, names, reader, stated)
    compiled = reader.inside(entry, names)
    return None if compiled is None else conforming(compiled, stated, _xml.identity(entry))


def _list(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    items = [reader.boxed(item, names) for item in _xml.children(element, *ELEMENTS)]
    return lambda frame, scope: [item(frame, scope) for item in items]


def _relation(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    columns = [(column.get("name", ""), reader.type_of(column)) for column in _xml.children(element, "column")]
    if len(dict(columns)) < len(columns):
        reader.problem("duplicate", element, "The relation has two columns of the same name")
    rows: list[dict[str, Evaluator]] = []
    for row in _xml.children(element, "row"):
        cells = list(_xml.children(row, *ELEMENTS))
        if len(cells) != len(columns):
            reader.problem("row_width", row, f"The row needs {len(columns)} cells")
        rows.append(
            {
                name: conforming(reader.boxed(cell, names), kind, _xml.identity(cell))
                for (name, kind), cell in zip(columns, cells, strict=False)
            }
        )
    return lambda frame, scope: [{name: cell(frame, scope) for name, cell in row.items()} for row in rows]


def _conditional(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    condition, then, otherwise = (reader.part(element, kind, names) for kind in ("if", "then", "else"))
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        value = condition(frame, scope)
        if value is not None and not isinstance(value, bool):
            return frame.note("type", "The condition is neither true nor false", element_id)
        return (then if value else otherwise)(frame, scope)

    return evaluate


ELEMENTS: Mapping[str, Compile] = {
    "literalExpression": _literal,
    "decisionTable": compile_table,
    "context": _context,
    "invocation": compile_invocation,
    "functionDefinition": compile_function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": compile_for,
    "some": compile_quantified,
    "every": compile_quantified,
    "filter": compile_filter,
}
