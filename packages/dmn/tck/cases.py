# ruff: noqa: INP001 -- a program of its own, run from its folder
"""The DMN Technology Compatibility Kit's files: which cases there are, and what they say."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

import feel

_NAMESPACE = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Element = etree._Element  # noqa: SLF001 -- the type of every element has no public name


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case; it passes when every one of its results does.

    `invocable` names the decision service or business knowledge model that is called with the inputs; without it each
    result names a decision. An input of another model has the key `{namespace}name`.
    """

    level: str
    directory: str
    file: str
    id: str
    model: Path
    invocable: str | None
    inputs: dict[str, object]
    results: dict[str, object]

    @property
    def expects_null(self) -> bool:
        """Tell whether an engine that always answers null passes."""
        return all(value is None for value in self.results.values())


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that can't be read, here or by the engine; nothing equals it."""

    text: str


def content_hash(suite: Path) -> str:
    """Tell two copies of the suite apart: SHA-256 over the names and contents of all models and test files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in suite.rglob("*") if path.suffix in {".dmn", ".xml"}):
        digest.update(path.relative_to(suite).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_suite(suite: Path) -> Iterator[Case]:
    """Read every case of a suite, directory by directory."""
    for path in sorted(suite.rglob("*-test-*.xml")):
        yield from _read_file(path, path.parent.relative_to(suite).as_posix())


def _read_file(path: Path, directory: str) -> Iterator[Case]:
    root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    model = path.parent / (root.findtext(f"{_NAMESPACE}modelName") or "").strip()
    for element in root.iterchildren(f"{_NAMESPACE}testCase"):
        yield Case(
            level=path.parent.parent.name,
            directory=directory,
            file=path.stem,
            id=element.get("id", ""),
            model=model,
            invocable=element.get("invocableName"),
            inputs={_key(node): _value(node) for node in element.iterchildren(f"{_NAMESPACE}inputNode")},
            results={node.get("name", ""): _expected(node) for node in element.iterchildren(f"{_NAMESPACE}resultNode")},
        )


def _key(node: Element) -> str:
    namespace, name = node.get("namespace"), node.get("name", "")
    return f"{{{namespace}}}{name}" if namespace else name


def _expected(node: Element) -> object:
    expected = node.find(f"{_NAMESPACE}expected")
    return None if expected is None else _value(expected)


def _value(element: Element) -> object:
    """Read the value inside an element: a simple value, components of a context, or a list."""
    components = element.findall(f"{_NAMESPACE}component")
    if components:
        return {component.get("name", ""): _value(component) for component in components}
    listed = element.find(f"{_NAMESPACE}list")
    if listed is not None:
        return None if _is_nil(listed) else [_value(item) for item in listed.iterchildren(f"{_NAMESPACE}item")]
    simple = element.find(f"{_NAMESPACE}value")
    return None if simple is None or _is_nil(simple) else _simple(simple)


def _is_nil(element: Element) -> bool:
    return element.get(f"{_XSI}nil") in {"true", "1"}


def _simple(element: Element) -> object:
    kind = element.get(f"{_XSI}type", "").rpartition(":")[2]
    text = "".join(map(str, element.itertext()))
    try:
        return _SIMPLE.get(kind, _as_it_looks)(text if kind == "string" else text.strip())
    except (LookupError, ArithmeticError):
        return Unreadable(text)


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


def _as_it_looks(text: str) -> object:
    """Read a value without a type: a number or boolean when it is written as one, else a string."""
    try:
        return _boolean(text) if text in {"true", "false"} else Decimal(text)
    except InvalidOperation:
        return text


def _by_feel(function: str) -> Callable[[str], object]:
    expression = feel.compile_expression(f"{function}(text)")

    def read(text: str) -> object:
        value = expression.evaluate({"text": text}).value
        return Unreadable(text) if value is None else value

    return read


_SIMPLE: dict[str, Callable[[str], object]] = {
    "string": str,
    "boolean": _boolean,
    **dict.fromkeys(("decimal", "double", "float", "integer", "int", "long"), Decimal),
    "date": _by_feel("date"),
    "time": _by_feel("time"),
    "dateTime": _by_feel("date and time"),
    "duration": _by_feel("duration"),
    "dayTimeDuration": _by_feel("duration"),
    "yearMonthDuration": _by_feel("duration"),
}
