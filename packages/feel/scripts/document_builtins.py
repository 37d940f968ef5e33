# ruff: noqa: INP001 -- a program of its own, run from its folder
"""Write docs/builtins.md from the docstrings of the built-ins: `python packages/feel/scripts/document_builtins.py`."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from feel._builtins import BUILTINS, FAMILIES, Builtin

PAGE = Path(__file__).parents[1] / "docs" / "builtins.md"
ARROW = " → "
_INTRODUCTION = """\
# Built-in functions

Generated from the docstrings by `scripts/document_builtins.py`; a test runs every example (`call → value`).

An argument that doesn't fit its parameter gives null and a diagnostic that says so; so does null, unless the parameter
is marked `?`. A list of one value stands for the value, a value for the list of it alone, and a date for its midnight
UTC. Parameters in brackets may be left out; `…` takes one or more. Every function can be called with named parameters:
`substring(string: "hello", start position: 2)`.
"""


def prose(name: str) -> str:
    """Give what the docstring of a built-in says, without its examples."""
    lines = [line for line in _documentation(name).splitlines() if ARROW not in line]
    return "\n".join(lines).strip()


def examples(name: str) -> list[tuple[str, str]]:
    """Give the examples of a built-in: each a call and its value, both FEEL."""
    lines = [line.strip() for line in _documentation(name).splitlines() if ARROW in line]
    return [(call, value) for call, _, value in (line.partition(ARROW) for line in lines)]


def _documentation(name: str) -> str:
    """Find the docstring: that of the first overload whose function has one with examples."""
    texts = (inspect.getdoc(overload.call) or "" for overload in BUILTINS[name])
    return next((text for text in texts if ARROW in text), "")


def page() -> str:
    """Write the whole page."""
    return "\n".join([_INTRODUCTION, *_lines()])


def _lines() -> Iterator[str]:
    for title, family in FAMILIES.items():
        yield f"{title}: " + " · ".join(f"[{name}](#{name.replace(' ', '-')})" for name in _names(family)) + "\n"
    for title, family in FAMILIES.items():
        yield f"## {title}\n"
        for name in _names(family):
            yield from _entry(name)


def _names(family: tuple[Builtin, ...]) -> list[str]:
    """List the names of a family, without those whose first overload belongs to another."""
    return list(dict.fromkeys(entry.name for entry in family if BUILTINS[entry.name][0] in family))


def _entry(name: str) -> Iterator[str]:
    yield f"### {name}\n"
    yield "```"
    yield from map(_signature, BUILTINS[name])
    yield "```\n"
    yield prose(name) + "\n"
    yield "```feel"
    yield from (call + ARROW + value for call, value in examples(name))
    yield "```\n"


def _signature(overload: Builtin) -> str:
    written = []
    for parameter in overload.parameters:
        null = "?" if parameter.null and parameter.types else ""
        text = f"{parameter.name}: {parameter.kind}{null}" + ("…" if parameter.many else "")
        written.append(f"[{text}]" if parameter.optional else text)
    return f"{overload.name}({', '.join(written)})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
