"""Reading a definition key by key, so that all its mistakes are found at once, each with its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast

import yaml

Path = tuple[str | int, ...]
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}
LANGUAGES = ("en", "de", "nl")
# A definition is read by people: nothing they would read has more values, aliases counted wherever they stand.
MAX_VALUES = 20_000
Texts = dict[str, str]
_Choice = TypeVar("_Choice", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake of an author: where it is, and what to do about it."""

    file: str
    line: int
    place: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.place}: {self.message}"


@dataclass(slots=True, kw_only=True)
class Notebook:
    """The mistakes found in one file so far."""

    file: str
    # Written on a screen: then it reaches fewer secrets than what somebody put on the server's disk.
    is_from_screen: bool = False
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Path, code: str, message: str) -> None:
        line = next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 1)
        place = ".".join(str(step) for step in path) or "(file)"
        self.problems.append(Problem(file=self.file, line=line, place=place, code=code, message=message))


class Part:
    """One mapping of a definition; `end` tells of the keys that nobody asked for."""

    def __init__(self, content: object, path: Path, notes: Notebook) -> None:
        self.path = path
        self.notes = notes
        self._asked: set[str] = set()
        if not isinstance(content, dict):
            notes.add(path, "no-mapping", "A mapping (name: value) belongs here.")
            content = {}
        self._content: dict[str, Any] = content

    def problem(self, key: str, code: str, message: str) -> None:
        """Note a mistake at `key`, or at this part when `key` is ''."""
        self.notes.add((*self.path, key) if key else self.path, code, message)

    def has(self, key: str) -> bool:
        return key in self._content

    def keys(self) -> list[str]:
        """List the keys that are there."""
        return [key for key in self._content if isinstance(key, str)]

    def raw(self, key: str, default: object = None) -> Any:
        """Give the value as it is."""
        self._asked.add(key)
        return self._content.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text; one that is missing without a `default` is a mistake."""
        value = self.raw(key, default)
        if value is None:
            self.problem(key, "missing", f"'{key}' is missing.")
            return ""
        if not isinstance(value, str):
            self.problem(key, "no-text", f"'{key}' must be a text; put it in quotes.")
            return ""
        return value

    def choice(self, key: str, options: Sequence[_Choice], default: _Choice | None = None) -> _Choice:
        """Give one of `options`."""
        value = self.text(key, default)
        if value and value not in options:
            self.problem(key, "no-choice", f"'{value}' isn't one of {', '.join(options)}.")
        # Else there is a problem, and nobody uses what was read.
        return cast(_Choice, value)

    def boolean(self, key: str, *, default: bool) -> bool:
        """Give true or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.problem(key, "no-boolean", f"'{key}' must be true or false.")
            return default
        return value

    def integer(self, key: str, default: int, *, at_most: int) -> int:
        """Give a whole number from 1 to `at_most`."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= at_most:
            self.problem(key, "no-number", f"'{key}' must be a whole number from 1 to {at_most}.")
            return default
        return value

    def duration(self, key: str, default: str) -> timedelta:
        """Give a time such as '800 ms', '25 s', '1 h'."""
        return self._duration(key, self.raw(key, default), default)

    def durations(self, key: str, default: Sequence[str]) -> tuple[timedelta, ...]:
        """Give a list of times."""
        value = self.raw(key, list(default))
        if not isinstance(value, list) or not value:
            self.problem(key, "no-list", f"'{key}' must be a list of times such as [1 s, 5 s, 1 min].")
            value = list(default)
        return tuple(self._duration(key, item, default[0]) for item in value)

    def _duration(self, key: str, value: object, default: str) -> timedelta:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.problem(key, "no-duration", f"'{value}' is no time; write it as '800 ms', '25 s', '5 min', '1 h'.")
            found = _DURATION.fullmatch(default)
            assert found is not None, default
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])

    def texts(self, key: str, *, needed: bool = True) -> Texts:
        """Give a translation set: {en: ..., de: ..., nl: ...}, English at least."""
        value = self.raw(key)
        if value is None and not needed:
            return {}
        if not isinstance(value, dict) or not all(isinstance(word, str) for pair in value.items() for word in pair):
            self.problem(key, "no-texts", f"'{key}' must be texts by language, such as {{en: ..., de: ..., nl: ...}}.")
            return {"en": key}
        if "en" not in value:
            self.problem(key, "no-english", f"'{key}' needs an English text; the other languages fall back to it.")
        for language in value.keys() - set(LANGUAGES):
            self.problem(key, "unknown-language", f"'{language}' is none of {', '.join(LANGUAGES)}.")
        return {"en": next(iter(value.values()), key), **value}

    def strings(self, key: str) -> tuple[str, ...]:
        """Give a list of texts, empty when there is none."""
        value = self.raw(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, "no-list", f"'{key}' must be a list of texts.")
            return ()
        return tuple(value)

    def mapping(self, key: str) -> dict[str, Any]:
        """Give a mapping from texts to whatever, as it is; empty when there is none."""
        value = self.raw(key) or {}
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            self.problem(key, "no-mapping", f"'{key}' must be a mapping (name: value).")
            return {}
        return value

    def part(self, key: str) -> "Part":
        """Give the mapping below `key`."""
        if not self.has(key):
            self.problem(key, "missing", f"'{key}' is missing.")
            return Part({}, (*self.path, key), self.notes)
        return Part(self.raw(key), (*self.path, key), self.notes)

    def without(self, *keys: str) -> "Part":
        """Give the same part as if `keys` weren't there; what is asked of it counts as asked of this one."""
        other = Part({key: value for key, value in self._content.items() if key not in keys}, self.path, self.notes)
        other._asked = self._asked
        return other

    def parts(self, key: str, *, needed: bool = True) -> Iterator["Part"]:
        """Give the mappings of the list below `key`."""
        value = self.raw(key, [])
        if not isinstance(value, list) or (needed and not value):
            self.problem(key, "no-list", f"'{key}' must be a list with at least one entry.")
            return
        for index, item in enumerate(value):
            yield Part(item, (*self.path, key, index), self.notes)

    def named_parts(self, key: str) -> Iterator[tuple[str, "Part"]]:
        """Give the mappings below `key` with their names."""
        value = self.raw(key, {})
        if not isinstance(value, dict):
            self.problem(key, "no-mapping", f"'{key}' must be a mapping from names to definitions.")
            return
        for name, item in value.items():
            path = (*self.path, key, str(name))
            if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                self.notes.add(path, "bad-name", f"'{name}' is no name; use small letters, digits and _.")
            yield str(name), Part(item, path, self.notes)

    def end(self) -> None:
        """Note every key that was never asked for: a slip of the pen is no comment."""
        for key in self._content:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.problem(str(key), "unknown-key", f"'{key}' means nothing here; known are {known}.")


def read_yaml(text: str, notes: Notebook) -> object:
    """Read YAML into plain values and note in `notes` on which line each of them stands."""
    try:
        return _read(text, notes)
    except (RecursionError, _TooMuch):
        notes.add((), "too-much", "It is nested too deep, or has more values than anybody reads.")
    except (ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        notes.lines[()] = mark.line + 1 if mark else 1
        problem = str(getattr(error, "problem", None) or error)
        notes.add((), "broken-yaml", f"This isn't YAML: {problem}.{_hint(problem)}")
    return None


# What it comes of most often, by what the library says.
_HINTS = (
    ("'\\t'", "Indent with spaces, not with tabs."),
    ("mapping values are not allowed", "A text with a colon in it belongs in quotes."),
    (
        "expected <block end>",
        "This line, or one just above it, is indented differently from those that it belongs with.",
    ),
    ("could not find expected ':'", "A colon is missing in this line, or in the one above."),
    (
        "expected ',' or",
        "A comma or a bracket is missing here; a text with a comma or a colon in it belongs in quotes.",
    ),
)


def _hint(problem: str) -> str:
    return next((f" {hint}" for known, hint in _HINTS if known in problem), "")


def _read(text: str, notes: Notebook) -> object:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        return {} if node is None else _plain(loader, node, (), notes, set())
    finally:
        loader.dispose()


class _TooMuch(Exception):
    """More values than anybody reads."""


def _plain(loader: yaml.SafeLoader, node: Any, path: Path, notes: Notebook, above: set[int]) -> object:
    notes.lines[path] = node.start_mark.line + 1
    if len(notes.lines) > MAX_VALUES:
        raise _TooMuch
    if id(node) in above:
        notes.add(path, "alias", "A value can't hold itself.")
        return None
    inside = above | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, index), notes, inside) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, notes, inside)
    return loader.construct_object(node)


def _mapping(loader: yaml.SafeLoader, node: Any, path: Path, notes: Notebook, above: set[int]) -> dict[object, object]:
    found: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else str(key_node.tag)
        where = (*path, str(key))
        if key in found:
            notes.add(where, "twice", f"'{key}' stands here twice.")
        found[key] = _plain(loader, value_node, where, notes, above)
        notes.lines[where] = key_node.start_mark.line + 1
    return found
