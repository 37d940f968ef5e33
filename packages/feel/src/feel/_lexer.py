"""Text to tokens. Names with spaces are put together by the parser, which knows what is in scope."""

import re
from dataclasses import dataclass

from feel.errors import Problem

# DMN 1.5, grammar rule 28: what a name may start with, and what may follow.
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"

_TOKEN = re.compile(
    rf"""
      (?P<space>[\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+|//[^\n]*|/\*.*?\*/)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<name>[{_START}][{_PART}]*)
    | (?P<symbol>\.\.|\*\*|->|<=|>=|!=|[-+*/()\[\]{{}},:=<>@.?'])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


@dataclass(slots=True)
class Token:
    """`kind` is number, string, name, symbol or end; `text` as written, `end` the position after it."""

    kind: str
    text: str
    position: int
    end: int


def tokenize(text: str) -> tuple[list[Token], list[Problem]]:
    """Cut a text into tokens; what can't be read becomes a problem and is left out."""
    tokens: list[Token] = []
    problems: list[Problem] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            problems.append(_unreadable(text, position))
            position = len(text) if text[position] == '"' or text.startswith("/*", position) else position + 1
            continue
        kind = match.lastgroup or ""
        if kind == "symbol" and match.group() == "/" and text.startswith("/*", position):
            problems.append(_unreadable(text, position))
            break
        if kind != "space":
            tokens.append(Token(kind, match.group(), position, match.end()))
        position = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens, problems


def _unreadable(text: str, position: int) -> Problem:
    if text[position] == '"':
        return Problem("unterminated_string", "A string isn't closed: its second quotation mark is missing", position)
    if text[position] == "/":
        return Problem("unterminated_comment", "A comment isn't closed: */ is missing", position)
    return Problem("unexpected_character", f"“{text[position]}” has no meaning here", position)


def unquote(token: str) -> str:
    """Read the value of a string token: quotation marks off, escapes resolved."""
    if "\\" not in token:
        return token[1:-1]
    value = _ESCAPE.sub(_unescape, token[1:-1])
    # Two escapes may spell one character beyond the basic plane; a lone half can't be stored anywhere.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in token else value


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] in "uU" and len(escape) > 1:
        number = int(escape[1:], 16)
        return chr(number) if number <= 0x10FFFF else match[0]
    return _SIMPLE_ESCAPES.get(escape, match[0])
