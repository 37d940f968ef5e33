"""External functions (DMN 1.5, clause 10.3.2.13.3): the Java functions of the table, and those that the host gives.

Nothing else can be reached: what an author writes is only ever looked up in these tables.
"""

from collections.abc import Callable, Mapping

from feel._external._java import JAVA
from feel._external._values import normal_type, to_feel, to_java
from feel._values import Function
from feel.errors import Fault

Functions = Mapping[str, Callable[..., object]]
"""The host's: `class.method(types)` without spaces, or `document#model` of PMML, to a Python function."""


def external_function(parameters: tuple[str, ...], specification: object, functions: Functions) -> Function:
    """Give the function that a specification names: `{java: {class:, method signature:}}`, or `pmml` alike.

    Raises: Fault when there is none.
    """
    kind, parts = _kind(specification)
    if kind == "pmml":
        return _modelled(parameters, f"{_text(parts, 'document')}#{_text(parts, 'model')}", functions)
    method, opening, rest = _text(parts, "method signature").partition("(")
    if not opening or not rest.rstrip().endswith(")"):
        raise Fault("call", "A method signature looks like this: max(double, double)")
    types = [normal_type(part) for part in rest.strip()[:-1].split(",") if part.strip()]
    name = f"{_text(parts, 'class').strip()}.{method.strip()}({','.join(types)})"
    found = functions.get(name) or JAVA.get(name)
    if found is None:
        raise Fault("call", f"The external function {name} isn't available here")
    return Function(parameters, _converting(found, types), name=name)


def _kind(specification: object) -> tuple[str, dict[str, object]]:
    if isinstance(specification, dict) and len(specification) == 1:
        (kind, parts), *_ = specification.items()
        if kind in {"java", "pmml"} and isinstance(parts, dict):
            return kind, parts
    raise Fault("call", "An external function is given as {java: {class:, method signature:}} or as {pmml: ...}")


def _text(parts: dict[str, object], key: str) -> str:
    text = parts.get(key)
    if not isinstance(text, str):
        raise Fault("call", f"The external function needs a “{key}”")
    return text


def _modelled(parameters: tuple[str, ...], name: str, functions: Functions) -> Function:
    found = functions.get(name)
    if found is None:
        raise Fault("call", f"The model {name} isn't available here")
    return Function(parameters, lambda *values: to_feel(found(*values), ""), name=name)


def _converting(function: Callable[..., object], types: list[str]) -> Callable[..., object]:
    """Convert arguments to what the signature asks for, and the result back; no result where Java has an error."""

    def call(*values: object) -> object:
        arguments = _java_arguments(values, types)
        try:
            result = function(*arguments)
        except (ArithmeticError, ValueError):
            raise Fault("value", "The external function has no result for these values") from None
        return to_feel(result, types[0] if types else "")

    return call


def _java_arguments(values: tuple[object, ...], types: list[str]) -> list[object]:
    several = bool(types) and types[-1].startswith("[L")
    single = types[:-1] if several else types
    if len(values) < len(single) or (len(values) > len(single) and not several):
        wanted = f"{len(types)} argument{'s' * (len(types) != 1)}"
        raise Fault("call", f"The external function takes {wanted}, not {len(values)}")
    arguments = [to_java(value, kind) for value, kind in zip(values, single, strict=False)]
    rest = values[len(single) :]
    if several:
        arguments += [to_java(value, types[-1][2:-1]) for value in rest]
    return arguments
