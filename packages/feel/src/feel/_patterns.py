"""Regular expressions of XPath, translated for the `regex` module (DMN 1.5, clause 10.3.4.3).

The language is XML Schema's with anchors, reluctant quantifiers, groups that don't capture and back-references:
XPath and XQuery Functions and Operators 3.1, clause 5.6. What isn't of that language, look-around for instance, is refused.
"""

import functools
from dataclasses import dataclass

import regex

from feel import _characters as characters
from feel import _limits
from feel.errors import Fault

_QUANTITY = regex.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{1,9})?)?\}")
_PROPERTY = regex.compile(r"\{([A-Za-z0-9-]+)\}")
_REFERENCE = regex.compile(r"\\(?P<sign>[\\$])?|\$(?P<digits>[0-9]+)?")
_MOST_PARTS = 5_000
"""Parts of a pattern, counted as often as they have to come: `regex` builds them all."""
_ANCHORS = {"^": "\\A", "$": "\\Z"}
# A line begins after each line feed but the last character's.
_LINE_ANCHORS = {"^": "(?:\\A|(?<=\\n)(?!\\Z))", "$": "(?=\\n|\\Z)"}

Replacement = tuple[str | int, ...]
"""Texts and numbers of groups, in the order of the replacement."""


@functools.lru_cache(maxsize=128)
def compile_pattern(pattern: str, flags: str) -> "regex.Pattern[str]":
    """Compile a pattern of XPath. Raises: Fault when it or a flag isn't one."""
    if len(pattern) > _limits.MAX_PATTERN:
        raise Fault("limit", f"the pattern is longer than {_limits.MAX_PATTERN} characters")
    for flag in flags:
        if flag not in "smixq":
            raise Fault("value", f"there is no flag “{flag}”")
    translated = _quoted(pattern, flags) if "q" in flags else _Translation(pattern, flags).run()
    try:
        return regex.compile(translated, regex.VERSION1, cache_pattern=False)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise Fault("value", f"the pattern can't be used: {error}") from None


@functools.lru_cache(maxsize=128)
def compile_consuming_pattern(pattern: str, flags: str) -> "regex.Pattern[str]":
    """Compile a pattern that may not match an empty string. Raises: Fault (FORX0003 of XPath), TimeoutError."""
    compiled = compile_pattern(pattern, flags)
    if compiled.search("", timeout=_limits.REGEX_SECONDS):
        raise Fault("value", "the pattern matches an empty string")
    return compiled


def read_replacement(text: str, flags: str, groups: int) -> Replacement:
    r"""Take a replacement apart: `$1` is a group, `\$` and `\\` the signs themselves. Raises: Fault."""
    if "q" in flags:
        return (text,)
    parts: list[str | int] = []
    at = 0
    for found in _REFERENCE.finditer(text):
        parts.append(text[at : found.start()])
        parts += _reference(found, groups)
        at = found.end()
    return tuple(part for part in (*parts, text[at:]) if part != "")


def _reference(found: "regex.Match[str]", groups: int) -> list[str | int]:
    if found["sign"]:
        return [found["sign"]]
    digits = found["digits"]
    if digits is None:
        raise Fault("value", "in a replacement “$” needs a digit behind it, and “\\” a “$” or “\\”")
    taken = next((size for size in range(len(digits), 1, -1) if int(digits[:size]) <= groups), 1)
    number = int(digits[:taken])
    return [*([number] if number <= groups else []), digits[taken:]]


def _quoted(pattern: str, flags: str) -> str:
    return "".join(map(characters.either_case if "i" in flags else characters.literal, pattern))


def _without_spaces(pattern: str) -> str:
    """Take white space out, except inside brackets."""
    kept: list[str] = []
    depth = 0
    for character in pattern:
        if character in characters.SPACES and not depth:
            continue
        escaped = bool(kept) and kept[-1] == "\\"
        if not escaped:
            depth = max(depth + {"[": 1, "]": -1}.get(character, 0), 0)
        # An escaped backslash must not escape what follows it.
        kept += ["\\", ""] if escaped and character == "\\" else [character]
    return "".join(kept)


@dataclass(slots=True)
class _Group:
    """An open bracket: its number if it captures, its place, and how many parts it has so far."""

    number: int | None
    at: int
    size: int = 0


class _Translation:
    """One pass over a pattern. `_at` is the place of the next character; `_atom` the size of what a quantifier may repeat."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._text = _without_spaces(pattern) if "x" in flags else pattern
        self._any_case = "i" in flags
        self._anchors = _LINE_ANCHORS if "m" in flags else _ANCHORS
        self._dot = characters.ANY if "s" in flags else characters.NO_LINE_END
        self._at = 0
        self._atom = 0
        self._groups = 0
        self._open = [_Group(None, 0)]
        self._closed: set[int] = set()

    def run(self) -> str:
        """Translate the whole pattern. Raises: Fault."""
        parts: list[str] = []
        while self._at < len(self._text):
            parts.append(self._next())
        if len(self._open) > 1:
            raise self._wrong("the bracket isn't closed", self._open[-1].at)
        return "".join(parts)

    def _next(self) -> str:
        character = self._take()
        if character == "(":
            return self._opening()
        if character == "|":
            self._atom = 0
            return "|"
        if character in "?*+{":
            return self._quantifier(character)
        if character == ")":
            return self._closing()
        self._grow(1)
        return self._written(character)

    def _grow(self, atom: int, times: int = 1) -> None:
        self._atom = atom
        self._open[-1].size += atom * times
        if self._open[-1].size > _MOST_PARTS:
            raise Fault("limit", "the pattern repeats too much")

    def _written(self, character: str) -> str:
        if character == "\\":
            return self._escape()
        if character == "[":
            return self._set(1)
        if character == ".":
            return self._dot
        if character in self._anchors:
            return f"(?:{self._anchors[character]})"
        if character in "]}":
            raise self._wrong(f"“{character}” needs a backslash before it", self._at - 1)
        return characters.either_case(character) if self._any_case else characters.literal(character)

    # Groups

    def _opening(self) -> str:
        captures = not self._text.startswith("?:", self._at)
        self._groups += captures
        self._open.append(_Group(self._groups if captures else None, self._at - 1))
        if len(self._open) > _limits.MAX_NESTING:
            raise Fault("limit", f"the pattern is nested deeper than {_limits.MAX_NESTING} levels")
        self._atom = 0
        self._at += 0 if captures else 2
        return "(" if captures else "(?:"

    def _closing(self) -> str:
        if len(self._open) == 1:
            raise self._wrong("the bracket was never opened", self._at - 1)
        group = self._open.pop()
        if group.number is not None:
            self._closed.add(group.number)
        self._grow(group.size + 1)
        return ")"

    def _quantifier(self, sign: str) -> str:
        if not self._atom:
            raise self._wrong(f"“{sign}” has nothing before it to repeat", self._at - 1)
        if sign == "{":
            sign = self._quantity()
        self._atom = 0
        if self._text.startswith("?", self._at):
            self._at += 1
            sign += "?"
        return sign

    def _quantity(self) -> str:
        found = _QUANTITY.match(self._text, self._at - 1)
        if found is None:
            raise self._wrong("a quantity is written {2}, {2,} or {2,3}", self._at - 1)
        if found[3] is not None and int(found[1]) > int(found[3]):
            raise self._wrong("the quantity's lower bound is above its upper one", self._at - 1)
        self._grow(self._atom, int(found[1]))
        self._at = found.end()
        return str(found[0])

    # Escapes

    def _escape(self) -> str:
        sign = self._peek()
        if sign.isascii() and sign.isdigit():
            return self._back_reference()
        one = characters.ONE.get(sign)
        if one is None:
            return self._many()
        self._at += 1
        return characters.either_case(one) if self._any_case else characters.literal(one)

    def _many(self) -> str:
        """Take an escape that stands for many characters; the backslash is already taken."""
        sign = self._take()
        if sign in characters.MANY:
            return characters.MANY[sign]
        found = _PROPERTY.match(self._text, self._at) if sign in {"p", "P"} else None
        written = None if found is None else characters.with_property(found[1], negated=sign == "P")
        if found is None or written is None:
            raise self._wrong("there is no such escape", self._at - 2)
        self._at = found.end()
        return written

    def _back_reference(self) -> str:
        start = self._at
        number = int(self._take())
        while self._peek().isascii() and self._peek().isdigit() and number * 10 + int(self._peek()) <= self._groups:
            number = number * 10 + int(self._take())
        if number not in self._closed:
            raise self._wrong(f"there is no complete group {number} before", start - 1)
        # A group that took no part stands for nothing.
        reference = f"\\g<{number}>"
        return f"(?({number}){f'(?i-f:{reference})' if self._any_case else reference})"

    # Sets

    def _set(self, depth: int) -> str:
        """Take the rest of a set in brackets; `-[…]` at its end takes characters out of it."""
        if depth > _limits.MAX_NESTING:
            raise Fault("limit", f"the pattern is nested deeper than {_limits.MAX_NESTING} levels")
        negated = self._text.startswith("^", self._at)
        self._at += negated
        start, parts = self._at, []
        while self._peek() != "]" and not self._text.startswith("-[", self._at):
            parts.append(self._part())
        if not parts:
            raise self._wrong("a set needs a character", start)
        whole = f"[{'^' if negated else ''}{''.join(parts)}]"
        if self._take() == "]":
            return whole
        self._at += 1
        less = self._set(depth + 1)
        if self._take() != "]":
            raise self._wrong("nothing may follow what is taken out of a set", self._at - 1)
        return f"[{whole}--{less}]"

    def _part(self) -> str:
        first = self._one()
        if first is None:
            return self._many()
        last = first
        if self._peek() == "-" and not self._text.startswith(("-[", "-]", "--["), self._at):
            self._at += 1
            start = self._at
            last = self._one() or ""
            if last < first:
                raise self._wrong("a range goes from a lower to a higher character", start)
        return characters.span(first, last, any_case=self._any_case)

    def _one(self) -> str | None:
        """Take one character of a set; None before an escape that stands for many, its backslash taken."""
        character = self._take()
        if character == "[":
            raise self._wrong("“[” needs a backslash before it", self._at - 1)
        if character != "\\":
            return character
        one = characters.ONE.get(self._peek())
        self._at += one is not None
        return one

    # Text

    def _peek(self) -> str:
        """Look at the next character; nothing at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        if self._at == len(self._text):
            raise self._wrong("it ends too early", self._at)
        self._at += 1
        return self._text[self._at - 1]

    def _wrong(self, reason: str, at: int) -> Fault:
        return Fault("value", f"the pattern can't be read at its character {at + 1}: {reason}")
