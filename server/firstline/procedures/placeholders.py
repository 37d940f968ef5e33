"""Texts with {placeholders}: FEEL in braces, filled from a case's context and written as the language has it.

    {customer.name}                                     the value of a FEEL expression
    {when redress = "credit"} ... {otherwise} ... {end}  one text or another
    {{ and }}                                           braces that are meant

Filling never interprets what it filled in: a customer's text with braces stays a text with braces.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

import feel
from feel import Expression

MAX_NESTING = 10


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The value of an expression."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class When:
    """One text when the condition is true, the other when it is anything else."""

    condition: Expression
    then: "Template"
    otherwise: "Template"


Piece = str | Placeholder | When
Template = tuple[Piece, ...]


class TemplateProblem(ValueError):
    """The text can't be used as it stands; `messages` says why."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("; ".join(messages))


def compile_template(text: str) -> Template:
    """Read a text with placeholders.

    Raises: TemplateProblem, with every mistake.

    >>> fill(
    ...     compile_template("Dear {name}, {when n > 1}{n} letters{otherwise}one letter{end}."),
    ...     {"name": "Ms Lind", "n": 2},
    ... )
    'Dear Ms Lind, 2 letters.'
    """
    reader = _Reader(text)
    template, _closed_by = reader.read(nesting=0)
    if reader.messages:
        raise TemplateProblem(reader.messages)
    return template


def expressions_of(template: Template) -> Iterator[Expression]:
    """Give every expression of a template, depth first."""
    for piece in template:
        if isinstance(piece, Placeholder):
            yield piece.expression
        elif isinstance(piece, When):
            yield piece.condition
            yield from expressions_of(piece.then)
            yield from expressions_of(piece.otherwise)


def fill(
    template: Template,
    context: Mapping[str, object],
    *,
    language: str = "en",
    missing: str = "",
    now: datetime | None = None,
) -> str:
    """Write a template out; a value that isn't there is written as `missing`."""
    return "".join(_written(piece, context, language=language, missing=missing, now=now) for piece in template)


def written(value: object, *, language: str, missing: str = "") -> str:
    """Write one value as a reader of `language` expects it.

    >>> written(Decimal("1234.50"), language="de"), written(date(2026, 11, 21), language="nl")
    ('1.234,50', '21 november 2026')
    """
    if value is None:
        return missing
    if isinstance(value, bool):
        return _YES_NO.get(language, _YES_NO["en"])[not value]
    if isinstance(value, int | float | Decimal):
        return _number(Decimal(str(value)), language)
    if isinstance(value, datetime):
        return format_datetime(value, "long", locale=language)
    if isinstance(value, date):
        return format_date(value, "long", locale=language)
    if isinstance(value, time):
        return format_time(value, "short", locale=language)
    if isinstance(value, list | tuple):
        return ", ".join(written(item, language=language, missing=missing) for item in value)
    return str(value)


_YES_NO = {"en": ("yes", "no"), "de": ("ja", "nein"), "nl": ("ja", "nee")}


def _number(value: Decimal, language: str) -> str:
    exponent = value.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale=language)


def _written(piece: Piece, context: Mapping[str, object], *, language: str, missing: str, now: datetime | None) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Placeholder):
        return written(piece.expression.evaluate(context, now=now).value, language=language, missing=missing)
    holds = piece.condition.evaluate(context, now=now).value is True
    return fill(piece.then if holds else piece.otherwise, context, language=language, missing=missing, now=now)


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.messages: list[str] = []

    def read(self, *, nesting: int) -> tuple[Template, str]:
        """Read up to the end of the text, or to the {otherwise} or {end} that closes this level."""
        pieces: list[Piece] = []
        while self.at < len(self.text):
            pieces.append(self._plain())
            if self.at >= len(self.text):
                break
            start, inside = self.at, self._inside()
            if inside in {"otherwise", "end"}:
                if nesting:
                    return tuple(filter(None, pieces)), inside
                self._problem(start, f"{{{inside}}} has no {{when ...}} before it.")
            elif inside.startswith("when "):
                pieces.append(self._when(start, inside.removeprefix("when "), nesting + 1))
            elif inside:
                pieces.extend(Placeholder(expression) for expression in self._compiled(start, inside))
        return tuple(filter(None, pieces)), ""

    def _plain(self) -> str:
        found: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if self.text[self.at : self.at + 2] in {"{{", "}}"}:
                self.at += 1
            elif character == "{":
                break
            found.append(character)
            self.at += 1
        return "".join(found)

    def _inside(self) -> str:
        """Read from "{" to the "}" that closes it, past FEEL's own braces and texts."""
        start, depth, in_text = self.at, 0, False
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if in_text:
                if character == "\\":
                    self.at += 1
                in_text = character != '"'
            elif character == '"':
                in_text = True
            elif character in "{}":
                depth += 1 if character == "{" else -1
                if not depth:
                    inside = self.text[start + 1 : self.at - 1].strip()
                    if not inside:
                        self._problem(start, "{} is empty; write {{ and }} for braces that are meant.")
                    return inside
        self._problem(start, "This brace is never closed; write {{ for a brace that is meant.")
        return ""

    def _when(self, start: int, condition: str, nesting: int) -> When | str:
        if nesting > MAX_NESTING:
            self._problem(start, f"{{when ...}} is nested deeper than {MAX_NESTING} levels.")
            self.at = len(self.text)
            return ""
        compiled = self._compiled(start, condition)
        then, closed_by = self.read(nesting=nesting)
        otherwise: Template = ()
        if closed_by == "otherwise":
            otherwise, closed_by = self.read(nesting=nesting)
        if closed_by != "end":
            self._problem(start, "{when ...} is never closed with {end}.")
        return When(compiled[0], then, otherwise) if compiled else ""

    def _compiled(self, start: int, text: str) -> list[Expression]:
        try:
            return [feel.compile_expression(text)]
        except feel.FeelSyntaxError as error:
            for problem in error.problems:
                self._problem(start, f"{{{text}}}: {problem.message}")
            return []

    def _problem(self, start: int, message: str) -> None:
        line = self.text.count("\n", 0, start) + 1
        self.messages.append(f"line {line}: {message}")
