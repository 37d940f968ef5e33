"""Boxed expressions (DMN 1.5, clause 10.2): one compiling function per element, in the table at the end."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._scope import Reader
from dmn._tables import compile_table
from dmn._xml import Element

MAX_NESTING = 24
Compile = Callable[[Element, frozenset[str], Reader], Evaluator]


def compile_boxed(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile the boxed expression that an element is."""
    if sum(1 for _ in element.iterancestors()) > MAX_NESTING * 2:
        reader.problem("too_deep", element, "Boxed expressions are nested too deeply")
        return _nothing
    return _ELEMENTS[_xml.kind(element)](element, names, reader)


def compile_inside(element: Element, names: frozenset[str], reader: Reader) -> Evaluator | None:
    """Compile the first boxed expression among an element's children; None when there is none."""
    inner = _xml.child(element, *_ELEMENTS)
    return None if inner is None else compile_boxed(inner, names, reader)


def _nothing(_frame: Frame, _scope: Scope) -> None:
    return None


def _part(element: Element, kind: str, names: frozenset[str], reader: Reader) -> Evaluator:
    part = _xml.child(element, kind)
    inner = None if part is None else compile_inside(part, names, reader)
    if inner is None:
        reader.problem("missing_part", element, f"<{kind}> with an expression is missing")
        return _nothing
    return inner


def _literal(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    language = element.get("expressionLanguage", "")
    if language and "feel" not in language.lower():
        reader.problem("expression_language", element, f"Only FEEL can be used, not {language}")
        return _nothing
    text = _xml.text_of(element)
    if not text:
        reader.problem("empty_expression", element, "The expression is empty")
        return _nothing
    return reader.evaluator(text, element, names)


def _context(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    entries: list[tuple[str | None, Evaluator]] = []
    known = names
    for entry in _xml.children(element, "contextEntry"):
        variable = _xml.child(entry, "variable")
        name = None if variable is None else variable.get("name")
        compiled = compile_inside(entry, known | {name} if name else known, reader)
        if compiled is None:
            reader.problem("missing_part", entry, "The entry has no expression")
            continue
        entries.append((name, compiled))
        known = known | {name} if name else known

    def evaluate(frame: Frame, scope: Scope) -> object:
        inner = dict(scope)
        result: dict[str, object] = {}
        for name, compiled in entries:
            value = compiled(frame, inner)
            if name is None:
                return value
            inner[name] = result[name] = value
        return result

    return evaluate


def _invocation(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    callee = compile_inside(element, names, reader)
    bindings: dict[str, Evaluator] = {}
    for binding in _xml.children(element, "binding"):
        parameter = _xml.child(binding, "parameter")
        value = compile_inside(binding, names, reader)
        if parameter is None or not parameter.get("name"):
            reader.problem("missing_part", binding, "The binding has no parameter")
            continue
        bindings[parameter.get("name", "")] = value or _nothing
    if callee is None:
        reader.problem("missing_part", element, "The invocation names no function")
        return _nothing
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        function = callee(frame, scope)
        if not isinstance(function, feel.Function):
            return frame.note("call", "What is invoked isn't a function", element_id)
        arguments = {name: value(frame, scope) for name, value in bindings.items()}
        if function.parameters == ("*",):
            return function.call(*arguments.values())
        if arguments.keys() != set(function.parameters):
            return frame.note("call", f"The parameters are: {', '.join(function.parameters)}", element_id)
        return function.call(*(arguments[name] for name in function.parameters))

    return evaluate


def compile_function(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    """Compile a function definition, of a business knowledge model or boxed, to one that gives the function."""
    kind = element.get("kind", "FEEL")
    element_id = _xml.identity(element)
    if kind != "FEEL":
        return lambda frame, _scope: frame.note("call", f"Functions of kind {kind} aren't run", element_id)
    parameters = tuple(parameter.get("name", "") for parameter in _xml.children(element, "formalParameter"))
    body = compile_inside(element, names | set(parameters), reader)
    if body is None:
        return lambda frame, _scope: frame.note("logic", "The function has no logic", element_id)

    def evaluate(frame: Frame, scope: Scope) -> object:
        def call(*arguments: object) -> object:
            return body(frame, {**scope, **dict(zip(parameters, arguments, strict=True))})

        return frame.function(parameters, element_id, call)

    return evaluate


def _list(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    items = [compile_boxed(item, names, reader) for item in _xml.children(element, *_ELEMENTS)]
    return lambda frame, scope: [item(frame, scope) for item in items]


def _relation(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    columns = [column.get("name", "") for column in _xml.children(element, "column")]
    rows: list[list[Evaluator]] = []
    for row in _xml.children(element, "row"):
        cells = [compile_boxed(cell, names, reader) for cell in _xml.children(row, *_ELEMENTS)]
        if len(cells) != len(columns):
            reader.problem("row_width", row, f"The row needs {len(columns)} cells")
        rows.append(cells)

    def evaluate(frame: Frame, scope: Scope) -> object:
        return [{name: cell(frame, scope) for name, cell in zip(columns, row, strict=True)} for row in rows]

    return evaluate


def _conditional(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    condition, then, otherwise = (_part(element, kind, names, reader) for kind in ("if", "then", "else"))
    return lambda frame, scope: (then if condition(frame, scope) is True else otherwise)(frame, scope)


def _iterated(feel_text: str, part: str) -> Compile:
    """Compile an iterator by handing its parts to the FEEL construct of the same meaning."""

    def compile_iterator(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
        variable = element.get("iteratorVariable") or "item"
        domain = _part(element, "in", names, reader)
        body = _part(element, part, names | {variable, "partial"}, reader)
        element_id = _xml.identity(element)

        def evaluate(frame: Frame, scope: Scope) -> object:
            def turn(item: object, partial: object = None) -> object:
                fields = item if part == "match" and isinstance(item, dict) else {}
                return body(frame, {**scope, **fields, variable: item, "partial": partial})

            parameters = ("item", "partial") if part == "return" else ("item",)
            context = {"domain": domain(frame, scope), "turn": feel.Function(parameters, turn)}
            return frame.value(iterate.evaluate(context), element_id)

        return evaluate

    iterate = feel.compile_expression(feel_text, names=("domain", "turn"))
    return compile_iterator


_ELEMENTS: dict[str, Compile] = {
    "literalExpression": _literal,
    "decisionTable": compile_table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": compile_function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _iterated("for item in domain return turn(item, partial)", "return"),
    "some": _iterated("some item in domain satisfies turn(item)", "satisfies"),
    "every": _iterated("every item in domain satisfies turn(item)", "satisfies"),
    "filter": _iterated("domain[turn(item)]", "match"),
}
