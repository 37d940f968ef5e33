"""Names in scope, found by their first token."""

from collections.abc import Iterable

from feel._lexer import tokenize

KEYWORDS = frozenset(
    {
        *("for", "in", "return", "if", "then", "else", "some", "every", "satisfies", "between", "and", "or"),
        *("instance", "function", "external", "null", "true", "false"),
    }
)

Names = dict[str, list[tuple[list[str], str]]]
"""By first token: all tokens of a name, and the name."""


def index_names(names: Iterable[str]) -> Names:
    """Sort names by their first token, so that they can be found at a place in a text."""
    index: Names = {}
    for name in names:
        plain = name.isascii() and name.isidentifier()
        texts = [name] if plain else [token.text for token in tokenize(name)[0][:-1]]
        if texts and not (len(texts) == 1 and texts[0] in KEYWORDS):
            index.setdefault(texts[0], []).append((texts, name))
    return index


def longest_name(texts: list[str], at: int, scopes: Iterable[Names]) -> tuple[str, int]:
    """Find the longest name that starts at a place among the tokens, and the number of its tokens."""
    best, length = "", 0
    for scope in scopes:
        for tokens, name in scope.get(texts[at], ()):
            if len(tokens) > length and texts[at : at + len(tokens)] == tokens:
                best, length = name, len(tokens)
    return best, length
