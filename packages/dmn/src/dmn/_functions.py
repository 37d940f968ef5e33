"""Boxed functions and invocations (DMN 1.5, clauses 10.2.1.5 and 10.2.1.6)."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Mapping

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._scope import Reader, conforming, nothing
from dmn._xml import Element
from feel.errors import Fault

_ANY = feel.Type("Any")
UNSTATED = feel.Type("Null")
"""Stands for a result that may be anything, or whose type nobody stated: it conforms to whatever is asked for."""

_KINDS = ("FEEL", "Java", "PMML")


def compile_function(
    element: Element, names: frozenset[str], reader: Reader, variable: feel.Type | None = None
) -> Evaluator:
    """Compile a function definition, boxed or of a business knowledge model, to one that gives the function.

    `variable` is the type of the variable that holds it: that of the function itself, or of its result.
    """
    element_id = _xml.identity(element)
    parameters = list(_xml.children(element, "formalParameter"))
    formal = tuple(parameter.get("name", "") for parameter in parameters)
    if len(set(formal)) < len(formal):
        reader.problem("duplicate", element, "The function has two parameters of the same name")
    types = [reader.type_of(parameter) for parameter in parameters]
    logic = _xml.child(element, *(set(reader.elements) - {"functionDefinition"}))
    kind = _function_type(variable or reader.type_of(element), reader.type_of(logic), types)
    language = element.get("kind", "FEEL")
    if language not in _KINDS:
        reader.problem("function_kind", element, f"A function's kind is {', '.join(_KINDS)}, not {language}")
    body = reader.inside(element, names | set(formal) if language == "FEEL" else names)
    if body is None:
        return lambda frame, _scope: frame.note("logic", "The function has no logic", element_id)
    if language != "FEEL":
        return _external(language.lower(), formal, kind, body, reader, element_id)

    def evaluate(frame: Frame, scope: Scope) -> object:
        def call(*arguments: object) -> object:
            inner = feel.Values(scope)
            inner.update(zip(formal, arguments, strict=True))
            return body(frame, inner)

        return frame.function(formal, kind, element_id, call)

    return evaluate


def _function_type(stated: feel.Type | None, body: feel.Type | None, parameters: list[feel.Type | None]) -> feel.Type:
    """Put a function's type together; the type stated for it may be its own or that of its result."""
    own = stated.arguments if stated is not None and stated.kind == "function" else ()
    if len(own) == len(parameters) + 1:
        result, *others = own
    else:
        result, others = stated or body or _ANY, [_ANY] * len(parameters)
    result = UNSTATED if result == _ANY else result
    return feel.Type("function", (result, *(given or other for given, other in zip(parameters, others, strict=True))))


def _external(
    language: str, formal: tuple[str, ...], kind: feel.Type, body: Evaluator, reader: Reader, element_id: str
) -> Evaluator:
    def evaluate(frame: Frame, scope: Scope) -> object:
        try:
            found = feel.external_function(formal, {language: body(frame, scope)}, reader.functions)
        except Fault as fault:
            return frame.note(fault.kind, fault.message, element_id)
        return frame.function(formal, kind, element_id, found.call)

    return evaluate


def compile_invocation(element: Element, names: frozenset[str], reader: Reader) -> Evaluator:
    bindings: dict[str, Evaluator] = {}
    for binding in _xml.children(element, "binding"):
        parameter = _xml.child(binding, "parameter")
        value = reader.inside(binding, names)
        if parameter is None or not parameter.get("name"):
            reader.problem("missing_part", binding, "The binding has no parameter")
            continue
        name = parameter.get("name", "")
        if name in bindings:
            reader.problem("duplicate", binding, f"The parameter “{name}” is bound twice")
        bindings[name] = conforming(value or nothing, reader.type_of(parameter), _xml.identity(binding))
    callee = _xml.child(element, "literalExpression")
    text = _xml.text_of(callee)
    if callee is not None and text in feel.BUILTIN_NAMES - names:
        return _of_built_in(text, callee, bindings, reader)
    return _of_function(element, bindings, names, reader)


def _of_built_in(text: str, callee: Element, bindings: Mapping[str, Evaluator], reader: Reader) -> Evaluator:
    """Compile the invocation of a built-in to a FEEL call with named parameters."""
    variables = {name: f"argument{at}" for at, name in enumerate(bindings)}
    named = ", ".join(f"{name}: {variable}" for name, variable in variables.items())
    call = reader.evaluator(f"{text}({named})", callee, frozenset(variables.values()))
    return lambda frame, scope: call(
        frame, feel.Values((variables[name], value(frame, scope)) for name, value in bindings.items())
    )


def _of_function(
    element: Element, bindings: Mapping[str, Evaluator], names: frozenset[str], reader: Reader
) -> Evaluator:
    callee = reader.inside(element, names)
    if callee is None:
        reader.problem("missing_part", element, "The invocation names no function")
        return reader.mistaken(element)
    element_id = _xml.identity(element)

    def evaluate(frame: Frame, scope: Scope) -> object:
        function = callee(frame, scope)
        arguments = {name: value(frame, scope) for name, value in bindings.items()}
        if not isinstance(function, feel.Function) or function.parameters == ("*",):
            return frame.call(function, arguments.values(), element_id)
        if arguments.keys() != set(function.parameters):
            return frame.note("call", f"The parameters are: {', '.join(function.parameters)}", element_id)
        return frame.call(function, (arguments[name] for name in function.parameters), element_id)

    return evaluate
