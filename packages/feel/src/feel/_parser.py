"""Tokens to nodes: precedence climbing over FEEL's grammar (DMN 1.5, clause 10.3.1.2).

A name may hold spaces and operators, so what it is depends on what is in scope: the longest name that is known wins.
After a mistake the parser goes on at the next comma, bracket or keyword, so that authors see all of them at once.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NoReturn

from feel import _nodes as n
from feel._lexer import Token, tokenize, unquote
from feel._limits import MAX_NESTING, MAX_PROBLEMS, MAX_TEXT
from feel._values import NUMBERS
from feel.errors import FeelSyntaxError, Problem

KEYWORDS = frozenset(
    {
        *("for", "in", "return", "if", "then", "else", "some", "every", "satisfies", "between", "and", "or"),
        *("instance", "function", "external", "null", "true", "false"),
    }
)
_CONSTANTS = {"null": None, "true": True, "false": False}
_LEVELS = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in"), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
}
_ARITHMETIC = 4
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LABEL_SYMBOLS = frozenset({".", "/", "-", "'", "+", "*", "**"})
_SPACES = re.compile(r"\s+")
_LONGEST_LABEL = 24
_PROPERTIES = ("time offset", "start included", "end included")

Names = dict[str, list[tuple[list[str], str]]]


class _Stop(Exception):
    """The construct at hand can't be read on."""


def index_names(names: Iterable[str]) -> Names:
    """Sort names by their first token, so that they can be found at a place in a text."""
    index: Names = {}
    for name in names:
        plain = name.isascii() and name.isidentifier()
        texts = [name] if plain else [token.text for token in tokenize(name)[0][:-1]]
        if texts and not (len(texts) == 1 and texts[0] in KEYWORDS):
            index.setdefault(texts[0], []).append((texts, name))
    return index


def parse_expression(text: str, names: Iterable[str], builtins: Names, types: Iterable[str] = ()) -> n.Node:
    """Parse one expression. Raises: FeelSyntaxError with every problem."""
    parser = _Parser(text, names, builtins, types)
    return parser.whole(parser.expression)


def parse_unary_tests(text: str, names: Iterable[str], builtins: Names, types: Iterable[str] = ()) -> n.Tests:
    """Parse the cell of a decision table. Raises: FeelSyntaxError with every problem."""
    parser = _Parser(text, names, builtins, types)
    node = parser.whole(parser.unary_tests)
    return node if isinstance(node, n.Tests) else n.Tests((node,), negated=False, position=0)


class _Parser:
    def __init__(self, text: str, names: Iterable[str], builtins: Names, types: Iterable[str]) -> None:
        if len(text) > MAX_TEXT:
            problem = Problem("too_long", f"The text is longer than {MAX_TEXT} characters", MAX_TEXT)
            raise FeelSyntaxError(text[:100], (problem,))
        self._text = text
        self._tokens, self._problems = tokenize(text)
        self._texts = ['"' if token.kind == "string" else token.text for token in self._tokens]
        self._i = 0
        self._scopes: list[Names] = [builtins, index_names(names)]
        self._types = [TYPES, index_names(types)]
        self._properties = index_names(_PROPERTIES)
        self._filters = 0
        self._nesting = 0
        self._bracket_ends = False

    def whole(self, rule: Callable[[], n.Node]) -> n.Node:
        """Apply a rule to the whole text."""
        node: n.Node | None = None
        try:
            node = rule()
            if self._token.kind != "end":
                self._fail("unexpected", f"{self._found()} doesn't belong here")
        except _Stop:
            pass
        except RecursionError:
            # The caller itself stands deep in the stack.
            self._problems.append(Problem("too_deep", "The text is nested too deeply", self._token.position))
        if self._problems or node is None:
            unique = {problem.position: problem for problem in reversed(self._problems)}
            ordered = [unique[position] for position in sorted(unique)]
            raise FeelSyntaxError(self._text, tuple(ordered[:MAX_PROBLEMS]))
        return node

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._i]

    def _at(self, text: str) -> bool:
        return self._texts[self._i] == text

    def _advance(self) -> Token:
        token = self._tokens[self._i]
        if token.kind != "end":
            self._i += 1
        return token

    def _take(self, text: str) -> bool:
        if self._at(text):
            self._advance()
            return True
        return False

    def _expect(self, text: str) -> Token:
        if not self._at(text):
            self._fail("expected", f"“{text}” is expected, not {self._found()}")
        return self._advance()

    def _found(self) -> str:
        return "the end of the text" if self._token.kind == "end" else f"“{self._token.text}”"

    def _fail(self, code: str, message: str) -> NoReturn:
        self._problems.append(Problem(code, message, self._token.position))
        raise _Stop

    def _guarded(self, rule: Callable[[], n.Node], *stops: str) -> n.Node:
        """Apply a rule; after a mistake go on at one of the stops, when there is one before this bracket closes."""
        start = self._token.position
        bracket_ends, filters, nesting, scopes = self._bracket_ends, self._filters, self._nesting, len(self._scopes)
        try:
            return rule()
        except _Stop:
            self._bracket_ends, self._filters, self._nesting = bracket_ends, filters, nesting
            del self._scopes[scopes:]
            self._skip_to(stops)
            return n.Literal(None, start)

    def _skip_to(self, stops: tuple[str, ...]) -> None:
        depth = 0
        while self._token.kind != "end":
            text = self._texts[self._i]
            if depth == 0 and text in stops:
                return
            if text in _CLOSING:
                if depth == 0:
                    break
                depth -= 1
            elif text in _OPENING:
                depth += 1
            self._advance()
        raise _Stop

    def _items(self, rule: Callable[[], n.Node], closer: str) -> list[n.Node]:
        """Parse rules between commas up to and with the closing bracket."""
        items: list[n.Node] = []
        while not self._take(closer):
            if items:
                self._expect_comma(closer)
            items.append(self._guarded(rule, ",", closer))
        return items

    def _expect_comma(self, closer: str) -> None:
        if self._take(","):
            return
        self._problems.append(
            Problem("expected", f"“,” or “{closer}” is expected, not {self._found()}", self._token.position)
        )
        self._skip_to((",", closer))
        self._take(",")

    # Names

    def _known(self, scopes: list[Names]) -> tuple[str, int]:
        """Find the longest known name that starts here, and the number of its tokens."""
        best, length = "", 0
        for scope in reversed(scopes):
            for texts, name in scope.get(self._texts[self._i], ()):
                if len(texts) > length and self._texts[self._i : self._i + len(texts)] == texts:
                    best, length = name, len(texts)
        return best, length

    def _word_count(self) -> int:
        end = self._i
        while self._tokens[end].kind == "name" and self._texts[end] not in KEYWORDS:
            end += 1
        return end - self._i

    def _written(self, count: int) -> str:
        first, last = self._tokens[self._i], self._tokens[self._i + count - 1]
        return _SPACES.sub(" ", self._text[first.position : last.end])

    def _name(self) -> n.Node:
        position = self._token.position
        name, count = self._known(self._scopes)
        words = self._word_count()
        # The keys of a filtered context aren't known here, so words in a row are taken as one name.
        if count < (words if self._filters else min(words, 1)):
            count = words if self._filters else 1
            name = self._written(count)
        if not count:
            self._fail("expected_expression", f"An expression is expected, not {self._found()}")
        self._i += count
        return n.Name(name, position)

    def _property(self) -> str:
        name, count = self._known([self._properties])
        words = self._word_count()
        if words > count or not count:
            # After a dot a keyword may be a name too, as in `request.in`.
            count = words or (1 if self._token.kind == "name" else 0)
            if not count:
                self._fail("expected_name", f"A name is expected after “.”, not {self._found()}")
            name = self._written(count)
        self._i += count
        return name

    def _label(self, *ends: str) -> str | None:
        """Read a name that is being declared and that one of the ends follows; None when there is none."""
        if self._token.kind != "name":
            return None
        for end in range(self._i + 1, min(self._i + _LONGEST_LABEL, len(self._tokens))):
            if self._texts[end] in ends:
                label = self._written(end - self._i)
                self._i = end
                return label
            token = self._tokens[end]
            if token.kind not in {"name", "number"} and token.text not in _LABEL_SYMBOLS:
                return None
        return None

    def _declared(self, what: str, *ends: str) -> str:
        label = self._label(*ends)
        if label is None:
            self._fail("expected_name", f"The name of {what} is expected, not {self._found()}")
        return label

    # Expressions

    def expression(self) -> n.Node:
        """Parse an expression of any kind."""
        outer, self._bracket_ends = self._bracket_ends, False
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self._problems.append(
                Problem("too_deep", f"The text is nested deeper than {MAX_NESTING} levels", self._token.position)
            )
            self._i = len(self._tokens) - 1
            raise _Stop
        node = self._binary(1)
        self._nesting -= 1
        self._bracket_ends = outer
        return node

    def _binary(self, level: int, left: n.Node | None = None) -> n.Node:
        node = self._operand() if left is None else left
        while (own := self._operator_level()) >= level:
            operator = self._advance()
            if operator.text in {"and", "or"}:
                node = self._logic(node, operator, own)
            elif operator.text == "between":
                node = self._between(node, operator)
            elif operator.text == "in":
                node = n.In(node, self._in_tests(), operator.position)
            else:
                node = n.Binary(operator.text, node, self._binary(own + 1), operator.position)
        return node

    def _operator_level(self) -> int:
        return _LEVELS.get(self._texts[self._i], 0)

    def _logic(self, first: n.Node, operator: Token, level: int) -> n.Node:
        operands = [first, self._binary(level + 1)]
        while self._take(operator.text):
            operands.append(self._binary(level + 1))
        return n.Logic(operator.text, tuple(operands), operator.position)

    def _between(self, value: n.Node, operator: Token) -> n.Node:
        low = self._binary(_ARITHMETIC)
        self._expect("and")
        return n.Between(value, low, self._binary(_ARITHMETIC), operator.position)

    def _operand(self) -> n.Node:
        if self._at("-"):
            # Written in a row, they nest without a bracket.
            minus = self._advance()
            return n.Negate(self._deeper(self._operand), minus.position)
        node = self._postfix(self._primary())
        while self._at("instance") and self._texts[self._i + 1] == "of":
            position = self._advance().position
            self._advance()
            node = n.InstanceOf(node, self._type(), position)
        return node

    def _deeper(self, rule: Callable[[], n.Node]) -> n.Node:
        """Apply a rule one level deeper."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self._fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
        node = rule()
        self._nesting -= 1
        return node

    def _postfix(self, node: n.Node) -> n.Node:
        while True:
            if self._at("."):
                position = self._advance().position
                node = n.Path(node, self._property(), position)
            elif self._at("[") and not (self._bracket_ends and self._ends_range()):
                node = self._filter(node)
            elif self._at("("):
                node = self._call(node)
            else:
                return node

    def _ends_range(self) -> bool:
        following = self._tokens[self._i + 1]
        if following.kind == "symbol":
            return following.text not in {"(", "[", "-", "@", "?", "{"}
        return following.kind == "end" or following.text in KEYWORDS - _CONSTANTS.keys() - {
            "if",
            "for",
            "some",
            "every",
        }

    def _primary(self) -> n.Node:
        token = self._token
        if token.kind == "number":
            self._advance()
            return n.Literal(self._number(token), token.position)
        if token.kind == "string":
            self._advance()
            return n.Literal(unquote(token.text), token.position)
        if token.kind == "symbol":
            return self._bracketed(token)
        if token.text in KEYWORDS and self._known(self._scopes)[1] < 2:
            return self._keyword(token)
        return self._name()

    def _number(self, token: Token) -> Decimal:
        value = NUMBERS.create_decimal(token.text) if len(token.text) < 200 else None
        if value is None:
            self._problems.append(Problem("number", "A number has too many digits", token.position))
            return Decimal(0)
        return value

    def _bracketed(self, token: Token) -> n.Node:
        match token.text:
            case "(":
                return self._parenthesis()
            case "[":
                return self._list_or_range()
            case "]" if self._texts[self._i + 1] not in {"", ",", ")", "]", "}"}:
                self._advance()
                return self._range_from(self.expression(), token, included=False)
            case "{":
                return self._context()
            case "@":
                return self._temporal()
            case "?":
                self._advance()
                return n.Name("?", token.position)
        return self._name()

    def _keyword(self, token: Token) -> n.Node:
        match token.text:
            case "null" | "true" | "false":
                self._advance()
                return n.Literal(_CONSTANTS[token.text], token.position)
            case "if":
                return self._if()
            case "for":
                return self._for()
            case "some" | "every":
                return self._quantified()
            case "function":
                return self._lambda()
        return self._fail("expected_expression", f"An expression is expected, not {self._found()}")

    def _parenthesis(self) -> n.Node:
        opening = self._advance()
        if self._texts[self._i] in _COMPARISONS:
            operator, operand = self._advance().text, self._binary(_ARITHMETIC)
            self._expect(")")
            if operator == "!=":
                sides = (_half_open(side, operand, opening.position) for side in "<>")
                return n.ListOf(tuple(sides), opening.position)
            return _half_open(operator, operand, opening.position)
        node = self._guarded(self.expression, ")", "..")
        if self._at(".."):
            return self._range_from(node, opening, included=False)
        self._expect(")")
        return node

    def _list_or_range(self) -> n.Node:
        opening = self._advance()
        if self._take("]"):
            return n.ListOf((), opening.position)
        first = self._guarded(self.expression, ",", "]", "..")
        if self._at(".."):
            return self._range_from(first, opening, included=True)
        items = [first]
        while not self._take("]"):
            self._expect_comma("]")
            items.append(self._guarded(self.expression, ",", "]"))
        return n.ListOf(tuple(items), opening.position)

    def _range_from(self, start: n.Node, opening: Token, *, included: bool) -> n.Node:
        self._expect("..")
        outer, self._bracket_ends = self._bracket_ends, True
        end = self._binary(_ARITHMETIC)
        self._bracket_ends = outer
        if self._texts[self._i] not in {"]", ")", "["}:
            self._fail("expected", f"The end of the range, “]” or “)”, is expected, not {self._found()}")
        closing = self._advance().text
        return n.RangeOf(start, end, included, closing == "]", opening.position)

    def _temporal(self) -> n.Node:
        position = self._advance().position
        if self._token.kind != "string":
            self._fail("expected", f"A string is expected after “@”, not {self._found()}")
        return n.Temporal(unquote(self._advance().text), position)

    def _context(self) -> n.Node:
        opening = self._advance()
        entries: list[tuple[str, n.Node]] = []
        scope: Names = {}
        self._scopes.append(scope)

        def entry() -> n.Node:
            key = unquote(self._advance().text) if self._token.kind == "string" else self._declared("an entry", ":")
            self._expect(":")
            own = index_names((key,))
            for index in (scope, self._properties):
                for first, found in own.items():
                    index.setdefault(first, []).extend(found)
            value = self.expression()
            entries.append((key, value))
            return value

        self._items(entry, "}")
        self._scopes.pop()
        return n.ContextOf(tuple(entries), opening.position)

    def _filter(self, value: n.Node) -> n.Node:
        opening = self._advance()
        self._filters += 1
        self._scopes.append(index_names(("item",)))
        condition = self._guarded(self.expression, "]")
        self._scopes.pop()
        self._filters -= 1
        self._expect("]")
        return n.Filter(value, condition, opening.position)

    def _call(self, callee: n.Node) -> n.Node:
        self._advance()
        labels: list[str] = []

        def argument() -> n.Node:
            label = self._label(":")
            if label is not None:
                self._advance()
                labels.append(label)
            return self.expression()

        arguments = tuple(self._items(argument, ")"))
        if labels and len(labels) != len(arguments):
            position = self._tokens[self._i - 1].position
            self._problems.append(Problem("mixed_arguments", "Either all arguments are named or none is", position))
        return n.Call(callee, arguments, tuple(labels) if labels else None, callee.position)

    # Keywords

    def _if(self) -> n.Node:
        position = self._advance().position
        condition = self._guarded(self.expression, "then")
        self._expect("then")
        then = self._guarded(self.expression, "else")
        self._expect("else")
        return n.If(condition, then, self.expression(), position)

    def _for(self) -> n.Node:
        position = self._advance().position
        iterators = self._iterators("return")
        self._scopes.append(index_names(("partial",)))
        body = self.expression()
        del self._scopes[-len(iterators) - 1 :]
        return n.For(iterators, body, position)

    def _quantified(self) -> n.Node:
        quantifier = self._advance()
        iterators = self._iterators("satisfies")
        condition = self.expression()
        del self._scopes[-len(iterators) :]
        return n.Quantified(quantifier.text == "every", iterators, condition, quantifier.position)

    def _iterators(self, end: str) -> tuple[tuple[str, n.Node], ...]:
        iterators: list[tuple[str, n.Node]] = []
        while not iterators or self._take(","):
            if self._nesting + len(iterators) > MAX_NESTING:
                # Every variable is a loop inside the one before.
                self._fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
            name = self._declared("a variable", "in")
            self._expect("in")
            domain = self._guarded(self._domain, ",", end)
            iterators.append((name, domain))
            self._scopes.append(index_names((name,)))
        self._expect(end)
        return tuple(iterators)

    def _domain(self) -> n.Node:
        start = self.expression()
        if not self._at(".."):
            return start
        position = self._advance().position
        return n.RangeOf(start, self.expression(), start_included=True, end_included=True, position=position)

    def _lambda(self) -> n.Node:
        position = self._advance().position
        self._expect("(")
        parameters: list[tuple[str, n.Type | None]] = []
        while not self._take(")"):
            if parameters:
                self._expect(",")
            name = self._declared("a parameter", ":", ",", ")")
            parameters.append((name, self._type() if self._take(":") else None))
        if self._take("external"):
            if not self._at("{"):
                self._fail("expected", f"“{{” is expected, not {self._found()}")
            return n.Lambda(tuple(parameters), None, position, self._context())
        self._scopes.append(index_names(name for name, _ in parameters))
        body = self.expression()
        self._scopes.pop()
        return n.Lambda(tuple(parameters), body, position)

    def _type(self) -> n.Type:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self._fail("too_deep", f"The text is nested deeper than {MAX_NESTING} levels")
        known, count = self._known(self._types)
        if not count:
            if self._token.kind != "name":
                self._fail("expected_type", f"A type is expected, not {self._found()}")
            known, count = self._token.text, 1
        self._i += count
        while self._at(".") and self._tokens[self._i + 1].kind == "name":
            self._advance()
            known += "." + self._advance().text
        node = self._type_arguments(known) if self._take("<") else n.Type(known)
        self._nesting -= 1
        return node

    def _type_arguments(self, name: str) -> n.Type:
        arguments: list[n.Type] = []
        fields: list[str] = []
        while not self._take(">"):
            if arguments:
                self._expect(",")
            if name == "context":
                fields.append(self._declared("a field", ":"))
                self._expect(":")
            arguments.append(self._type())
        if name == "function":
            self._expect("->")
            arguments.insert(0, self._type())
        return n.Type(name, tuple(arguments), tuple(fields))

    # Unary tests

    def unary_tests(self) -> n.Node:
        """Parse the whole cell: `-`, tests, or not(tests)."""
        if self._at("-") and self._tokens[1].kind == "end":
            self._advance()
            return n.Tests((), negated=False, position=0)
        if self._at("not") and self._texts[1] == "(" and (negated := self._negated()):
            return negated
        tests = [self._guarded(self._test, ",")] if self._token.kind != "end" else []
        while self._take(","):
            last = self._guarded(self._test, ",")
            tests.append(last)
        if not tests:
            self._fail("expected_expression", "A test is expected; write “-” when anything will do")
        return n.Tests(tuple(tests), negated=False, position=0)

    def _negated(self) -> n.Node | None:
        """Parse not(tests); None when what follows shows that it's a call in a longer expression."""
        problems = len(self._problems)
        self._i = 2
        tests = self._items(self._test, ")")
        if self._token.kind == "end" and tests:
            return n.Tests(tuple(tests), negated=True, position=0)
        del self._problems[problems:]
        self._i = 0
        return None

    def _test(self) -> n.Node:
        if self._texts[self._i] in _COMPARISONS:
            operator = self._advance()
            return n.Comparison(operator.text, self._binary(_ARITHMETIC), operator.position)
        return self.expression()

    def _in_tests(self) -> n.Tests:
        position = self._token.position
        if not self._at("("):
            test = self._test() if self._texts[self._i] in _COMPARISONS else self._binary(_ARITHMETIC)
            return n.Tests((test,), negated=False, position=position)
        opening = self._advance()
        tests = [self._guarded(self._test, ",", ")", "..")]
        if self._at(".."):
            return self._one_test(self._range_from(tests[0], opening, included=False), position)
        while self._take(","):
            tests.append(self._guarded(self._test, ",", ")"))
        self._expect(")")
        if len(tests) == 1 and not isinstance(tests[0], n.Comparison):
            # It was a mere bracket: what follows may go on with it.
            return self._one_test(tests[0], position)
        return n.Tests(tuple(tests), negated=False, position=position)

    def _one_test(self, node: n.Node, position: int) -> n.Tests:
        return n.Tests((self._binary(_ARITHMETIC, self._postfix(node)),), negated=False, position=position)


def _half_open(operator: str, operand: n.Node, position: int) -> n.RangeOf:
    """Read `(< 5)` as the range that it stands for."""
    below, above = operator in {"<", "<=", "="}, operator in {">", ">=", "="}
    return n.RangeOf(
        start=operand if above else None,
        end=operand if below else None,
        start_included=operator in {">=", "="},
        end_included=operator in {"<=", "="},
        position=position,
        single=operator == "=",
    )


TYPES = index_names(
    (
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "list",
        "context",
        "range",
        "function",
    )
)
