"""Built-ins on strings (DMN 1.5, clause 10.3.4.3). Positions count characters from 1, or from the end from -1."""

from decimal import Decimal

import regex

from feel import _limits
from feel._builtins._signature import builtin
from feel._operations._arithmetic import joined
from feel._run import Run
from feel.errors import Fault

_FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": regex.VERBOSE}
_REFERENCE = regex.compile(r"\\\\|\\\$|\$(\d)|\\")


def _substring(string: str, start: Decimal, length: Decimal | None = None) -> str:
    at = int(start)
    if not 0 < abs(at) <= len(string):
        raise Fault("value", "the start position lies outside the string")
    if length is not None and length < 1:
        raise Fault("value", "the length must be 1 or more")
    first = at - 1 if at > 0 else len(string) + at
    return string[first:] if length is None else string[first : first + int(length)]


def _substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


def _substring_after(string: str, match: str) -> str:
    if not match:
        return string
    return string.partition(match)[2]


def _pattern(pattern: str, flags: str | None) -> "regex.Pattern[str]":
    if len(pattern) > _limits.MAX_PATTERN:
        raise Fault("limit", f"the pattern is longer than {_limits.MAX_PATTERN} characters")
    bits = 0
    for flag in flags or "":
        if flag == "q":
            pattern = regex.escape(pattern)
        elif flag in _FLAGS:
            bits |= _FLAGS[flag]
        else:
            raise Fault("value", f"there is no flag “{flag}”")
    try:
        return regex.compile(pattern, bits | regex.VERSION0)
    except (regex.error, RecursionError, OverflowError) as error:
        raise Fault("value", f"the pattern can't be read: {error}") from None


def _matches(run: Run, string: str, pattern: str, flags: str | None = None) -> bool:
    compiled = _pattern(pattern, flags)
    return run.search(lambda seconds: compiled.search(string, timeout=seconds)) is not None


def _replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    compiled = _pattern(pattern, flags)
    template = _REFERENCE.sub(lambda found: _reference(found, compiled.groups), replacement)
    if flags and "q" in flags:
        template = replacement.replace("\\", "\\\\")
    try:
        result = run.search(lambda seconds: compiled.sub(template, string, timeout=seconds))
    except (regex.error, IndexError):
        raise Fault("value", "the replacement can't be read") from None
    return joined(run, result)


def _reference(found: "regex.Match[str]", groups: int) -> str:
    """Turn `$1` into Python's form; a group that isn't there stands for nothing."""
    if found[1] is not None:
        return f"\\g<{found[1]}>" if int(found[1]) <= groups else ""
    return {"\\\\": "\\\\", "\\$": "$"}.get(found[0], "\\\\")


def _split(run: Run, string: str, delimiter: str) -> list[object]:
    compiled = _pattern(delimiter, None)
    parts: list[object] = []
    at = 0
    for found in run.search(lambda seconds: list(compiled.finditer(string, timeout=seconds))):
        run.spend(1)
        parts.append(string[at : found.start()])
        at = found.end()
    return [*parts, string[at:]]


def _string_join(run: Run, items: list[object], delimiter: str | None = None) -> str:
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        raise Fault("type", "every item must be a string")
    separator = delimiter or ""
    strings = [str(text) for text in texts]
    if sum(map(len, strings)) + len(separator) * len(strings) > _limits.MAX_STRING:
        raise Fault("limit", f"the string is longer than {_limits.MAX_STRING} characters")
    return joined(run, separator.join(strings))


STRING_BUILTINS = (
    builtin("substring(string: string, start position: number, length: number? =)", _substring),
    builtin("string length(string: string)", lambda string: Decimal(len(string))),
    builtin("upper case(string: string)", str.upper),
    builtin("lower case(string: string)", str.lower),
    builtin("substring before(string: string, match: string)", _substring_before),
    builtin("substring after(string: string, match: string)", _substring_after),
    builtin("contains(string: string, match: string)", lambda string, match: match in string),
    builtin("starts with(string: string, match: string)", str.startswith),
    builtin("ends with(string: string, match: string)", str.endswith),
    builtin("matches(input: string, pattern: string, flags: string? =)", _matches, run=True),
    builtin("replace(input: string, pattern: string, replacement: string, flags: string? =)", _replace, run=True),
    builtin("split(string: string, delimiter: string)", _split, run=True),
    builtin("string join(list: list, delimiter: string? =)", _string_join, run=True),
    builtin("trim(string: string)", str.strip),
    builtin("is blank(string: string)", lambda string: not string.strip()),
)
