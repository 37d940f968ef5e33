"""Regular expressions of XPath: what they match, what is refused, and what stays bounded."""

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel
from feel import _patterns

MATCHES = [
    # atoms and anchors
    ("abc", "b", "", True),
    ("", "", "", True),
    ("abc", "", "", True),
    ("abc", "^b", "", False),
    ("ab\n", "b$", "", False),
    ("a|b", "a\\|b", "", True),
    ("a$b", "a\\$b", "", True),
    ("-", "\\-", "", True),
    ("ab", "^*a", "", True),
    ("xb", "a|b|c", "", True),
    ("", "^(|a)$", "", True),
    # line ends
    ("a\nb", "a.b", "", False),
    ("a\rb", "a.b", "", False),
    ("a\u2028b", "a.b", "", True),
    ("a\nb", "a.b", "s", True),
    ("a\nb", "^b$", "", False),
    ("a\nb\nc", "^b$", "m", True),
    ("a\n", "^$", "m", False),
    ("a\n\n", "^$", "m", True),
    ("a\rb", "^b", "m", False),
    # quantifiers
    ("aaa", "^a{3}$", "", True),
    ("aaa", "^a{4,}$", "", False),
    ("aaa", "^a{1,2}?$", "", False),
    ("b", "^a{0}b$", "", True),
    ("a+?", "^a\\+\\?$", "", True),
    # classes
    ("é", "^\\w$", "", True),
    ("+", "^\\w$", "", True),
    ("_", "^\\w$", "", False),
    ("٣", "^\\d$", "", True),
    ("²", "^\\d$", "", False),
    ("\u00a0", "\\s", "", False),
    ("\v", "\\S", "", True),
    (":é", "^\\i\\c$", "", True),
    ("-", "^\\i$", "", False),
    ("-", "^\\c$", "", True),
    (" ", "^\\C\\I?$", "", True),
    ("Ǆ", "^\\p{Lu}$", "", True),
    ("a", "^\\P{Lu}$", "", True),
    ("α", "^\\p{IsGreek}\\P{IsBasicLatin}?$", "", True),
    ("ÿ", "^\\p{IsLatin-1Supplement}$", "", True),
    ("\U0001f600", "^.$", "", True),
    ("\U0001f600", "^[\U0001f5ff-\U0001f601]$", "", True),
    # sets
    ("b", "^[a-z-[aeiou]]$", "", True),
    ("e", "^[a-z-[aeiou]]$", "", False),
    ("e", "^[a-z-[a-z-[aeiou]]]$", "", True),
    ("1", "^[^a-z-[0-9]]$", "", False),
    ("-", "^[a-]$", "", True),
    ("-", "^[-a]$", "", True),
    ("-", "^[^-a]$", "", False),
    ("-", "^[a-c-e]$", "", True),
    ("-", "^[a--[b]]$", "", True),
    ("-", "^[\\d-z]$", "", True),
    ("^", "^[a^]$", "", True),
    ("]", "^[\\]]$", "", True),
    ("&", "^[a&&b]$", "", True),
    ("~", "^[!-~]$", "", True),
    ("\t", "^[\\n-\\r]$", "", False),
    (".", "^[.]$", "", True),
    ("a", "^[.]$", "", False),
    # back-references
    ("abab", "^(ab)\\1$", "", True),
    ("abba", "^(a)(b)\\2\\1$", "", True),
    ("aa0", "^(a)\\10$", "", True),
    ("abcdefghijj", "^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10$", "", True),
    ("ac", "^(?:a|(b))\\1c$", "", True),
    ("aa", "^(?:a)(a)?\\1$", "", False),
    # flags
    ("ABC", "b", "i", True),
    ("\u212a", "k", "i", True),
    ("ſ", "S", "i", True),
    ("Σ", "ς", "i", True),
    ("q", "[^Q]", "i", False),
    ("i", "[A-Z-[OI]]", "i", False),
    ("x", "[A-Z-[OI]]", "i", True),
    ("a", "\\p{Lu}", "i", False),
    ("aA", "^(a)\\1$", "i", True),
    ("ßss", "^(ß)\\1$", "i", False),
    ("ab", " a\tb\n", "x", True),
    ("a b", "a[ ]b", "x", True),
    ("ab c", "a\\ s?b\\s c", "x", True),
    ("\\ a", "\\\\[ ]a", "x", True),
    ("a.b", ".b", "q", True),
    ("axb", ".b", "q", False),
    ("A.B", "a.b", "qi", True),
    ("a b", " ", "qx", True),
    ("a\nB", "a.b", "si", True),
]

REFUSED = [
    *("(", ")", "a)", "(a", "[", "[a", "]", "a]", "{", "}", "a{", "a{}", "a{,2}", "a{2,1}", "a{x}", "a{1", "[]", "[^]"),
    *("*", "+a", "?", "a**", "a*+", "a{1}{2}", "a???", "(*a)", "a|*", "(?=a)", "(?!a)", "(?<=a)", "(?<n>a)", "(?i)a", "(?>a)"),
    *("\\", "a\\", "\\b", "\\A", "\\Z", "\\x41", "\\u0041", "\\e", "\\/", "\\'", "\\_", "\\ ", "\\p", "\\pL", "\\p{", "\\p{}"),
    *("\\p{Xx}", "\\p{Cs}", "\\p{Latin}", "\\p{IsNowhere}", "\\p{IsNoBlock}", "\\p{ Lu}", "\\p{^Lu}", "\\P{L&}"),
    *("[z-a]", "[a-\\d]", "[[a]", "[a[b]]", "[[:alpha:]]", "[-[a]]", "[a-[b]c]", "[a-[b]", "[\\b]", "[a-[]]"),
    *("\\1", "\\0", "(a)\\2", "(a\\1)", "(a)[\\1]", "[\\0]", "\\1(a)", "(?:a)\\1"),
]  # fmt: skip

REPLACED = [
    ("abracadabra", "bra", "*", "", "a*cada*"),
    ("abracadabra", "a.*?a", "*", "", "*c*bra"),
    ("abracadabra", "a(.)", "a$1$1", "", "abbraccaddabbra"),
    ("AAAA", "A+?", "b", "", "bbbb"),
    ("darted", "^(.*?)d(.*)$", "$1c$2", "", "carted"),
    ("abc", "(b)", "[$0$1]", "", "a[bb]c"),
    ("abc", "b", "\\$1\\\\", "", "a$1\\c"),
    ("abc", "(b)", "$2", "", "ac"),
    ("abc", "(b)", "$12", "", "ab2c"),
    ("abc", "b", "$0$0", "", "abbc"),
    ("ab", "(a)|(b)", "<$1$2>", "", "<a><b>"),
    ("a.c", ".", "$1\\", "q", "a$1\\c"),
    ("Ab", "a", "x", "i", "xb"),
    ("a\nb", "^", "x", "m", None),
    ("abc", "x", "y", "", "abc"),
    ("", "a", "b", "", ""),
    ("abc", "b", "$", "", None),
    ("abc", "b", "$x", "", None),
    ("abc", "b", "\\n", "", None),
    ("abc", "b", "\\", "", None),
    ("abc", "b?", "x", "", None),
    ("abc", "(", "x", "", None),
    ("abc", "b", "x", "g", None),
]

SPLIT = [
    ("John Doe", "\\s", ["John", "Doe"]),
    (";a;;b;", ";", ["", "a", "", "b", ""]),
    ("a1b22c", "[0-9]+", ["a", "b", "c"]),
    ("abc", "x", ["abc"]),
    ("", ";", [""]),
    ("a.b", ".", ["", "", "", ""]),
    ("abc", "", None),
    ("abc", "x*", None),
    ("abc", "(", None),
]


def _kinds(evaluation: feel.Evaluation) -> list[str]:
    return [found.kind for found in evaluation.diagnostics]


@pytest.mark.parametrize(("text", "pattern", "flags", "value"), MATCHES)
def test_matches_as_xpath_says(text: str, pattern: str, flags: str, value: bool) -> None:
    evaluation = feel.evaluate("matches(t, p, f)", {"t": text, "p": pattern, "f": flags})
    assert (evaluation.value, evaluation.diagnostics) == (value, ())


@pytest.mark.parametrize("pattern", REFUSED)
@pytest.mark.parametrize("call", ["matches(t, p)", 'replace(t, p, "")', "split(t, p)"])
def test_what_is_no_pattern_of_xpath_is_null_and_a_diagnostic(call: str, pattern: str) -> None:
    evaluation = feel.evaluate(call, {"t": "abc", "p": pattern})
    assert (evaluation.value, _kinds(evaluation)) == (None, ["value"])


@pytest.mark.parametrize("flags", ["p", "X", " ", "g", "ii p", "S"])
def test_unknown_flags_are_null(flags: str) -> None:
    evaluation = feel.evaluate('matches("a", "a", f)', {"f": flags})
    assert (evaluation.value, _kinds(evaluation)) == (None, ["value"])


@pytest.mark.parametrize(("text", "pattern", "replacement", "flags", "value"), REPLACED)
def test_replaces_as_xpath_says(text: str, pattern: str, replacement: str, flags: str, value: object) -> None:
    scope = {"t": text, "p": pattern, "r": replacement, "f": flags}
    evaluation = feel.evaluate("replace(t, p, r, f)", scope)
    assert evaluation.value == value
    assert _kinds(evaluation) == ([] if value is not None else ["value"])


@pytest.mark.parametrize(("text", "delimiter", "value"), SPLIT)
def test_splits_as_xpath_says(text: str, delimiter: str, value: object) -> None:
    assert feel.evaluate("split(t, d)", {"t": text, "d": delimiter}).value == value


@pytest.mark.parametrize(
    "pattern",
    [
        "a" * 2_001,
        "((a?){1000}){1000}",
        "(((a{100}){100}){100}){100}",
        "(a|b){999999999,}",
        "(" * 900 + ")" * 900,
        "[a-" * 600 + "[b]" + "]" * 600,
    ],
)
def test_patterns_are_bounded(pattern: str) -> None:
    evaluation = feel.evaluate("matches(t, p)", {"t": "a" * 100, "p": pattern})
    assert (evaluation.value, _kinds(evaluation)) == (None, ["limit"])


def test_a_replacement_that_grows_too_long_is_refused() -> None:
    evaluation = feel.evaluate('replace(t, "a", r)', {"t": "a" * 100_000, "r": "$0" * 50_000})
    assert (evaluation.value, _kinds(evaluation)) == (None, ["limit"])


@pytest.mark.parametrize("pattern", ["^.{0,999999999}$", "^(a?){0,999999}$", "^a{1000}$", "^(a{10}){100}$"])
def test_long_repetitions_are_fine(pattern: str) -> None:
    assert feel.evaluate("matches(t, p)", {"t": "a" * 1_000, "p": pattern}).value is True


TEXTS = st.text(alphabet="ab\n -[](){}|^$.*+?\\pPLsdwi1&~", max_size=12)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["", "i", "m", "s", "x", "q", "smix"]))
def test_any_text_is_a_pattern_or_refused(text: str, pattern: str, flags: str) -> None:
    scope = {"t": text, "p": pattern, "f": flags}
    found = feel.evaluate("matches(t, p, f)", scope)
    whole = pattern if "q" in flags else "$0"
    replaced = feel.evaluate("replace(t, p, w, f)", {**scope, "w": whole})
    assert (found.value is None) is (_kinds(found) != [])
    assert replaced.value in {text, None}
    assert found.value is not None or replaced.value is None


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_pieces_and_matches_make_the_whole(text: str, pattern: str) -> None:
    scope = {"t": text, "p": pattern}
    pieces = feel.evaluate("split(t, p)", scope).value
    if pieces is None:
        assert feel.evaluate('replace(t, p, "")', scope).value is None
    else:
        assert feel.evaluate('string join(split(t, p), "|") = replace(t, p, "|")', scope).value is True


def test_compiled_patterns_are_kept_within_a_bound() -> None:
    for number in range(1_000):
        feel.evaluate("matches(t, p)", {"t": "", "p": f"a{number}"})
    assert _patterns.compile_pattern.cache_info().currsize <= 128


CHARACTERS = [*string.ascii_letters, *"019-^[]&~ \t\né²Σσςſ\u212aİıß"]
SIMPLE = {
    "\\d": lambda c: unicodedata.category(c) == "Nd",
    "\\S": lambda c: c not in " \t\n\r",
    "\\p{Lu}": lambda c: unicodedata.category(c) == "Lu",
    "\\P{L}": lambda c: not unicodedata.category(c).startswith("L"),
    "\\w": lambda c: unicodedata.category(c)[0] not in "PZC",
}


def _written(character: str) -> str:
    return "\\" + character if character in "-^[]\\" else character


def _like(one: str, other: str) -> bool:
    return one.lower() == other.lower() or one.upper() == other.upper()


single = st.sampled_from(CHARACTERS).map(lambda c: (_written(c), lambda x, i: x == c or (i and _like(x, c))))
spans = st.tuples(st.sampled_from(CHARACTERS), st.sampled_from(CHARACTERS)).map(
    lambda ends: (
        f"{_written(min(ends))}-{_written(max(ends))}",
        lambda x, i: any(x == y or (i and _like(x, y)) for y in map(chr, range(ord(min(ends)), ord(max(ends)) + 1))),
    )
)
escapes = st.sampled_from(sorted(SIMPLE)).map(lambda name: (name, lambda x, _: SIMPLE[name](x)))


@st.composite
def sets(draw, depth=0):
    parts = draw(st.lists(single | spans | escapes, min_size=1, max_size=4))
    negated = draw(st.booleans())
    less = draw(sets(depth + 1)) if depth < 2 and draw(st.booleans()) else None
    text = "[" + "^" * negated + "".join(part for part, _ in parts) + (f"-{less[0]}" if less else "") + "]"

    def holds(x, i):
        return any(test(x, i) for _, test in parts) is not negated and not (less and less[1](x, i))

    return text, holds


@settings(deadline=None)
@given(sets(), st.sampled_from(CHARACTERS), st.booleans())
def test_a_set_holds_what_its_parts_say(chosen, character, any_case) -> None:
    text, holds = chosen
    flags = "i" if any_case else ""
    assert feel.evaluate("matches(t, p, f)", {"t": character, "p": text, "f": flags}).value is holds(
        character, any_case
    )


@pytest.mark.parametrize("count", [999, 1_000, 1_001, 2_500])
def test_every_match_of_many_is_found(count: int) -> None:
    evaluation = feel.evaluate('count(split(t, ";"))', {"t": ";" * count})
    assert evaluation.value == count + 1
