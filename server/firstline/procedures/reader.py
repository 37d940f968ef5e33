"""Reading what authors wrote (YAML, translation sets, FEEL) piece by piece, so that all mistakes are found at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

import feel
from firstline.procedures.placeholders import Template, TemplateProblem, compile_template
from firstline.procedures.problems import LANGUAGES, Notebook

Texts = Mapping[str, str]
Templates = Mapping[str, Template]

# Enough for `<<: *write` in a guide; far too few for a text that unfolds to gigabytes.
MAX_ALIASES = 40
MAX_PARTS = 300


class _Loader(yaml.SafeLoader):
    """YAML's safe part, without what only attacks need."""

    aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            self.aliases += 1
            if self.aliases > MAX_ALIASES:
                raise yaml.YAMLError(f"more than {MAX_ALIASES} references (*name)")
        return super().compose_node(parent, index)


# A date in YAML stays the text that the author typed; only FEEL makes dates.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, notes: Notebook) -> "Part":
    """Read a file that holds one mapping; mistakes go to `notes`."""
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        notes.add(
            f"line {mark.line + 1}" if mark else "", f"This is not YAML: {getattr(error, 'problem', None) or error}."
        )
        content = {}
    return Part(content, "", notes)


class Part:
    """One mapping of a file; `end` tells of keys that nobody asked for."""

    def __init__(self, content: object, place: str, notes: Notebook) -> None:
        self.place, self.notes = place, notes
        self._asked: set[str] = set()
        if not isinstance(content, dict):
            notes.add(place, "A mapping (name: value) belongs here.")
            content = {}
        self._content: dict[Any, Any] = content

    def at(self, key: str) -> str:
        """Name the place of `key`."""
        return f"{self.place}.{key}" if self.place else key

    def problem(self, key: str, message: str) -> None:
        self.notes.add(self.at(key) if key else self.place, message)

    def has(self, key: str) -> bool:
        return key in self._content

    def raw(self, key: str) -> Any:
        """Give what stands at `key`, whatever it is."""
        self._asked.add(key)
        return self._content.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text; a number is taken as the text that the author typed."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self.problem(key, f"'{key}' is missing, or isn't a text.")
            return default or ""
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Give a list of texts; none when the key is absent."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, f"'{key}' must be a list of texts.")
            return ()
        return tuple(value)

    def texts(self, key: str, *, needed: bool = True) -> Texts:
        """Give a translation set: {en: ..., de: ..., nl: ...}, complete."""
        value = self.raw(key)
        if value is None and not needed:
            return {}
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.problem(key, f"'{key}' must be texts by language: {{en: ..., de: ..., nl: ...}}.")
            return dict.fromkeys(LANGUAGES, "")
        for language in LANGUAGES:
            if not str(value.get(language, "")).strip():
                self.problem(key, f"The translation '{language}' is missing.")
        for language in value.keys() - set(LANGUAGES):
            self.problem(key, f"'{language}' is none of the languages {', '.join(LANGUAGES)}.")
        return {language: value.get(language, "") for language in LANGUAGES}

    def templates(self, key: str) -> Templates:
        """Give a translation set whose texts hold {placeholders}; empty when the key is absent."""
        return {
            language: self._template(f"{key}.{language}", text)
            for language, text in self.texts(key, needed=False).items()
        }

    def expression(self, key: str) -> feel.Expression | None:
        """Give a FEEL expression (a leading "=" is allowed), or None when the key is absent."""
        value = self.raw(key)
        if value is None:
            return None
        return self._expression(key, value)

    def expressions(self, key: str) -> Mapping[str, feel.Expression]:
        """Give a mapping of names to FEEL expressions."""
        value = self.raw(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(key, f"'{key}' must be a mapping of names to FEEL expressions.")
            return {}
        found = {str(name): self._expression(f"{key}.{name}", text) for name, text in value.items()}
        return {name: expression for name, expression in found.items() if expression is not None}

    def parts(self, key: str) -> tuple["Part", ...]:
        """Give a list of mappings; none when the key is absent."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > MAX_PARTS:
            self.problem(key, f"'{key}' must be a list of at most {MAX_PARTS} mappings.")
            return ()
        return tuple(Part(item, f"{self.at(key)}[{number}]", self.notes) for number, item in enumerate(value, 1))

    def part(self, key: str) -> "Part":
        """Give the mapping below `key`; an empty one when it is absent."""
        value = self.raw(key)
        return Part({} if value is None else value, self.at(key), self.notes)

    def names(self) -> Sequence[str]:
        """List the keys, as if all were asked for: for mappings whose keys are data."""
        self._asked.update(str(key) for key in self._content)
        return [str(key) for key in self._content]

    def end(self) -> None:
        """Note keys that nobody asked for: most likely misspelt."""
        for key in self._content:
            if key not in self._asked:
                self.problem("", f"'{key}' is not known here; known are {', '.join(sorted(self._asked))}.")

    def _expression(self, key: str, value: object) -> feel.Expression | None:
        # YAML reads `true` and `5` as values; as FEEL they are the same.
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            return feel.compile_expression(text.removeprefix("="))
        except feel.FeelSyntaxError as error:
            self.problem(
                key,
                "; ".join(f"FEEL: {problem.message} (at character {problem.position})" for problem in error.problems),
            )
            return None

    def _template(self, key: str, text: str) -> Template:
        try:
            return compile_template(text)
        except TemplateProblem as error:
            for message in error.messages:
                self.problem(key, message)
            return ()
