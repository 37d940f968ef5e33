"""Built-ins on strings (DMN 1.5, clause 10.3.4.3). Positions count characters from 1, or from the end from -1."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

import regex

from feel import _limits, _patterns
from feel._builtins._signature import builtin
from feel._operations._arithmetic import joined
from feel._run import Run
from feel.errors import Fault

_BATCH = 1_000


def _substring(string: str, start: Decimal, length: Decimal | None = None) -> str:
    """Take the part of a string from a position on, as long as `length` says, or to the end.

    Null when the position is 0 or outside the string, or the length is below 1. A length that reaches beyond the end
    takes what is there. Fractions are cut off.

        substring("hello", 2) → "ello"
        substring("hello", -3, 2) → "ll"
        substring("hello", 6) → null
    """
    at = int(start)
    if not 0 < abs(at) <= len(string):
        raise Fault("value", "the start position lies outside the string")
    if length is not None and length < 1:
        raise Fault("value", "the length must be 1 or more")
    first = at - 1 if at > 0 else len(string) + at
    return string[first:] if length is None else string[first : first + int(length)]


def _string_length(string: str) -> Decimal:
    r"""Count the characters (Unicode code points) of a string.

    string length("grün") → 4
    string length("\U01F600") → 1
    """
    return Decimal(len(string))


def _upper_case(string: str) -> str:
    """Write a string in upper case, as Unicode has it.

    upper case("straße 1a") → "STRASSE 1A"
    """
    return string.upper()


def _lower_case(string: str) -> str:
    """Write a string in lower case, as Unicode has it.

    lower case("ABC4") → "abc4"
    """
    return string.lower()


def _substring_before(string: str, match: str) -> str:
    """Take what stands before the first `match`; nothing when it isn't there.

    substring before("mia@example.org", "@") → "mia"
    substring before("mia", "@") → ""
    """
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


def _substring_after(string: str, match: str) -> str:
    """Take what stands after the first `match`; nothing when it isn't there.

    substring after("mia@example.org", "@") → "example.org"
    substring after("mia", "@") → ""
    substring after("mia", "") → "mia"
    """
    return string.partition(match)[2] if match else string


def _contains(string: str, match: str) -> bool:
    """Tell whether `match` stands somewhere in a string.

    contains("foobar", "oba") → true
    contains("foobar", "OBA") → false
    """
    return match in string


def _starts_with(string: str, match: str) -> bool:
    """Tell whether a string begins with `match`.

    starts with("foobar", "foo") → true
    """
    return string.startswith(match)


def _ends_with(string: str, match: str) -> bool:
    """Tell whether a string ends with `match`.

    ends with("foobar", "bar") → true
    """
    return string.endswith(match)


def _matches(run: Run, string: str, pattern: str, flags: str | None = None) -> bool:
    """Tell whether a pattern, a regular expression of XPath, matches somewhere in a string.

    Flags: `i` ignores case, `s` lets the dot match line ends, `m` lets `^` and `$` match at each line, `x` ignores
    white space in the pattern, `q` takes the pattern as plain text. Null when the pattern or a flag can't be read.

        matches("foobar", "^fo*b") → true
        matches("FOOBAR", "o+", "i") → true
        matches("beta", "[a-z-[aeiou]]{2}") → false
        matches("foobar", "o(?=b)") → null
    """
    compiled = _patterns.compile_pattern(pattern, flags or "")
    return run.search(lambda seconds: compiled.search(string, timeout=seconds)) is not None


def _replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    r"""Put a replacement in the place of every match of a pattern; patterns and flags are those of `matches`.

    In the replacement `$1` is what the first group caught, `$0` the whole match; `\$` and `\\` are the signs themselves.
    Null when a pattern or replacement can't be read, or when the pattern matches an empty string.

        replace("banana", "a(n)", "<$1>") → "b<n><n>a"
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") → "[1=ab][2=]cd"
        replace("a.b.c", ".", "-", "q") → "a-b-c"
        replace("abc", "x*", "-") → null
    """
    compiled = _consuming(run, pattern, flags or "")
    parts = _patterns.read_replacement(replacement, flags or "", compiled.groups)
    pieces: list[str] = []
    length = at = 0
    for found in _found(run, compiled, string):
        caught = [part if isinstance(part, str) else found[part] or "" for part in parts]
        pieces += [string[at : found.start()], *caught]
        at = found.end()
        length += sum(map(len, caught))
        if length > _limits.MAX_STRING:
            break
    return joined(run, *pieces, string[at:])


def _split(run: Run, string: str, delimiter: str) -> list[object]:
    r"""Cut a string at every match of a pattern, a regular expression of XPath.

    Null when the pattern can't be read or matches an empty string.

        split("John Doe", "\s") → ["John", "Doe"]
        split("a;b;;c", ";") → ["a", "b", "", "c"]
        split("a.b", "\.") → ["a", "b"]
    """
    parts: list[object] = []
    at = 0
    for found in _found(run, _consuming(run, delimiter, ""), string):
        parts.append(string[at : found.start()])
        at = found.end()
    return [*parts, string[at:]]


def _consuming(run: Run, pattern: str, flags: str) -> "regex.Pattern[str]":
    return run.search(lambda _: _patterns.compile_consuming_pattern(pattern, flags))


def _found(run: Run, compiled: "regex.Pattern[str]", string: str) -> Iterator["regex.Match[str]"]:
    """Give the matches, a batch at a time: all of them at once would fill the memory."""
    matches = run.search(lambda seconds: compiled.finditer(string, timeout=seconds))
    more = True
    while more:
        batch = run.search(lambda _: list(itertools.islice(matches, _BATCH)))
        run.spend(len(batch))
        yield from batch
        more = len(batch) == _BATCH


def _string_join(run: Run, items: list[object], delimiter: str | None = None) -> str:
    """Put strings together, with a delimiter between them; items that are null are left out.

    Null when an item is neither a string nor null.

        string join(["a", "b", "c"], " and ") → "a and b and c"
        string join(["a", null, "c"]) → "ac"
        string join([]) → ""
        string join([1, 2], ", ") → null
    """
    strings = [item for item in items if isinstance(item, str)]
    if len(strings) + items.count(None) < len(items):
        raise Fault("type", "every item must be a string")
    separator = delimiter or ""
    if sum(map(len, strings)) + len(separator) * len(strings) > _limits.MAX_STRING:
        raise Fault("limit", f"the string is longer than {_limits.MAX_STRING} characters")
    return joined(run, separator.join(strings))


def _trim(string: str) -> str:
    """Take white space off both ends of a string. Not in the standard.

    trim("  a b ") → "a b"
    """
    return string.strip()


def _is_blank(string: str) -> bool:
    """Tell whether a string is empty or white space alone. Not in the standard.

    is blank("  ") → true
    """
    return not string.strip()


STRING_BUILTINS = (
    builtin("substring(string: string, start position: number, length: number? =)", _substring),
    builtin("string length(string: string)", _string_length),
    builtin("upper case(string: string)", _upper_case),
    builtin("lower case(string: string)", _lower_case),
    builtin("substring before(string: string, match: string)", _substring_before),
    builtin("substring after(string: string, match: string)", _substring_after),
    builtin("contains(string: string, match: string)", _contains),
    builtin("starts with(string: string, match: string)", _starts_with),
    builtin("ends with(string: string, match: string)", _ends_with),
    builtin("matches(input: string, pattern: string, flags: string? =)", _matches, run=True),
    builtin("replace(input: string, pattern: string, replacement: string, flags: string? =)", _replace, run=True),
    builtin("split(string: string, delimiter: string)", _split, run=True),
    builtin("string join(list: list, delimiter: string? =)", _string_join, run=True),
    builtin("trim(string: string)", _trim),
    builtin("is blank(string: string)", _is_blank),
)
