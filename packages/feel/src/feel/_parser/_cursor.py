"""Where the parser stands in its text: tokens, scopes, and how it gets on after a mistake."""

from collections.abc import Callable
from typing import NoReturn

from feel import _nodes as n
from feel._lexer import Token, tokenize
from feel._limits import MAX_NESTING, MAX_PROBLEMS, MAX_TEXT
from feel._parser._hints import hinted
from feel._parser._scopes import Names, longest_name
from feel.errors import FeelSyntaxError, Problem

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


Rule = Callable[["Cursor"], n.Node]


class Stop(Exception):
    """The construct at hand can't be read on."""


class Cursor:
    """Stands at a token. Rules are functions of a cursor: they take tokens from it and give a node.

    `expression` and `arithmetic` are the two rules that the others come back to.
    """

    def __init__(
        self,
        text: str,
        scopes: list[Names],
        properties: Names,
        types: Names,
        expression: Rule,
        arithmetic: "Callable[[Cursor, n.Node | None], n.Node]",
    ) -> None:
        if len(text) > MAX_TEXT:
            problem = Problem("too_long", f"The text is longer than {MAX_TEXT} characters", MAX_TEXT)
            raise FeelSyntaxError(text[:100], (problem,))
        self.text = text
        self.tokens, self.problems = tokenize(text)
        self.texts = ['"' if token.kind == "string" else token.text for token in self.tokens]
        self.i = 0
        self.scopes = scopes
        self.types = types
        self.properties = properties
        """What may follow a dot, or stand in a filter, beside plain words."""
        self.filters = 0
        """How many filters surround this place: the entries of their items are in scope, though nobody knows them."""
        self.nesting = 0
        self.bracket_ends = False
        """Whether “[” may be the end of a range here."""
        self._expression = expression
        self._arithmetic = arithmetic

    def whole(self, rule: Rule) -> n.Node:
        """Apply a rule to the whole text."""
        node: n.Node | None = None
        try:
            node = rule(self)
            if self.token.kind != "end":
                self.fail("unexpected", f"{self.found()} doesn't belong here")
        except Stop:
            pass
        except RecursionError:
            # The caller itself stands deep in the stack.
            self.problems.append(Problem("too_deep", "The text is nested too deeply", self.token.position))
        if self.problems or node is None:
            unique = {problem.position: problem for problem in reversed(self.problems)}
            ordered = [unique[position] for position in sorted(unique)]
            raise FeelSyntaxError(self.text, tuple(hinted(self.text, ordered[:MAX_PROBLEMS])))
        return node

    def expression(self) -> n.Node:
        """Parse an expression of any kind."""
        return self._expression(self)

    def arithmetic(self, *, after: n.Node | None = None) -> n.Node:
        """Parse an expression without comparisons and what is looser; it may go on after a node that was read."""
        return self._arithmetic(self, after)

    def known(self, scopes: list[Names] | None = None) -> tuple[str, int]:
        """Find the longest known name that starts here, and the number of its tokens."""
        return longest_name(self.texts, self.i, reversed(self.scopes if scopes is None else scopes))

    @property
    def token(self) -> Token:
        """The token at hand."""
        return self.tokens[self.i]

    def at(self, text: str) -> bool:
        """Tell whether the token at hand is this one."""
        return self.texts[self.i] == text

    def advance(self) -> Token:
        """Go on to the next token, and give the one that was at hand."""
        token = self.tokens[self.i]
        if token.kind != "end":
            self.i += 1
        return token

    def take(self, text: str) -> bool:
        """Go on if the token at hand is this one, and tell whether it was."""
        if self.at(text):
            self.advance()
            return True
        return False

    def expect(self, text: str) -> Token:
        """Take this token; anything else is a mistake."""
        if not self.at(text):
            self.fail("expected", f"“{text}” is expected, not {self.found()}")
        return self.advance()

    def found(self) -> str:
        """Name the token at hand, for a sentence."""
        return "the end of the text" if self.token.kind == "end" else f"“{self.token.text}”"

    def fail(self, code: str, message: str) -> NoReturn:
        """Note a mistake at the token at hand, and leave the construct."""
        self.problems.append(Problem(code, message, self.token.position))
        raise Stop

    def guarded(self, rule: Rule, *stops: str) -> n.Node:
        """Apply a rule; after a mistake go on at one of the stops, when there is one before this bracket closes."""
        start = self.token.position
        bracket_ends, filters, nesting, scopes = self.bracket_ends, self.filters, self.nesting, len(self.scopes)
        try:
            return rule(self)
        except Stop:
            self.bracket_ends, self.filters, self.nesting = bracket_ends, filters, nesting
            del self.scopes[scopes:]
            self._skip_to(stops)
            return n.Literal(None, start)

    def _skip_to(self, stops: tuple[str, ...]) -> None:
        depth = 0
        while self.token.kind != "end":
            text = self.texts[self.i]
            if depth == 0 and text in stops:
                return
            if text in _CLOSING:
                if depth == 0:
                    break
                depth -= 1
            elif text in _OPENING:
                depth += 1
            self.advance()
        raise Stop

    def items(self, rule: Rule, closer: str) -> list[n.Node]:
        """Parse rules between commas up to and with the closing bracket."""
        items: list[n.Node] = []
        while not self.take(closer):
            if items:
                self.expect_comma(closer)
            items.append(self.guarded(rule, ",", closer))
        return items

    def expect_comma(self, closer: str) -> None:
        """Take a comma; where there is none, go on at the next one."""
        if self.take(","):
            return
        self.problems.append(
            Problem("expected", f"“,” or “{closer}” is expected, not {self.found()}", self.token.position)
        )
        self._skip_to((",", closer))
        self.take(",")

    def deeper(self, rule: Rule) -> n.Node:
        """Apply a rule one level deeper."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
        node = rule(self)
        self.nesting -= 1
        return node
