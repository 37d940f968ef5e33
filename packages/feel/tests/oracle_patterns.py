"""A naive matcher of XPath's regular expressions: a tree, and every way through a text in order of preference."""

from collections.abc import Iterator
from dataclasses import dataclass

Groups = dict[int, str]
Ways = Iterator[tuple[int, Groups]]


@dataclass(frozen=True)
class Sign:
    """A character, `.`, `^` or `$`."""

    text: str


@dataclass(frozen=True)
class Chosen:
    """One of several characters, or none of them."""

    characters: str
    negated: bool


@dataclass(frozen=True)
class Sequence:
    parts: tuple["Tree", ...]


@dataclass(frozen=True)
class Choice:
    branches: tuple["Tree", ...]


@dataclass(frozen=True)
class Group:
    inner: "Tree"
    captures: bool


@dataclass(frozen=True)
class Repeated:
    inner: "Tree"
    least: int
    most: int
    reluctant: bool


@dataclass(frozen=True)
class Back:
    """A reference to one of the groups that are complete before it; a plain `a` when there is none."""

    pick: int


Tree = Sign | Chosen | Sequence | Choice | Group | Repeated | Back


class Writer:
    """Writes a tree as a pattern and numbers its groups."""

    def __init__(self) -> None:
        self.count = 0
        self.closed: list[int] = []
        self.numbers: dict[int, int] = {}
        self.references: dict[int, int | None] = {}

    def write(self, tree: Tree) -> str:
        match tree:
            case Sign(text):
                return text
            case Chosen(characters, negated):
                return f"[{'^' * negated}{characters}]"
            case Sequence(parts):
                return "".join(map(self.write, parts))
            case Choice(branches):
                return "(?:" + "|".join(map(self.write, branches)) + ")"
            case Group(inner, captures):
                return self._group(tree, inner, captures)
            case Repeated(inner, least, most, reluctant):
                return f"(?:{self.write(inner)}){{{least},{most}}}" + "?" * reluctant
            case Back(pick):
                number = self.closed[pick % len(self.closed)] if self.closed else None
                self.references[id(tree)] = number
                # The brackets keep a digit that follows apart.
                return "a" if number is None else f"(?:\\{number})"

    def _group(self, tree: Group, inner: Tree, captures: bool) -> str:
        if not captures:
            return f"(?:{self.write(inner)})"
        self.count += 1
        number = self.numbers[id(tree)] = self.count
        text = f"({self.write(inner)})"
        self.closed.append(number)
        return text


class Matcher:
    """Goes through a text by a tree that was written."""

    def __init__(self, writer: Writer, text: str, flags: str) -> None:
        self._writer = writer
        self._text = text
        self._flags = flags

    def first(self, tree: Tree, start: int) -> tuple[int, int] | None:
        """Find the first match from a place on."""
        for at in range(start, len(self._text) + 1):
            for end, _ in self._ways(tree, at, {}):
                return at, end
        return None

    def _same(self, one: str, other: str) -> bool:
        if len(one) != len(other):
            return False
        return one == other or ("i" in self._flags and one.lower() == other.lower())

    def _holds(self, sign: str, character: str) -> bool:
        if sign == ".":
            return "s" in self._flags or character not in "\r\n"
        return self._same(sign, character)

    def _at_start(self, at: int) -> bool:
        return at == 0 or ("m" in self._flags and self._text[at - 1] == "\n" and at < len(self._text))

    def _at_end(self, at: int) -> bool:
        return at == len(self._text) or ("m" in self._flags and self._text[at] == "\n")

    def _ways(self, tree: Tree, at: int, groups: Groups) -> Ways:
        match tree:
            case Sign("^" | "$" as sign):
                if self._at_start(at) if sign == "^" else self._at_end(at):
                    yield at, groups
            case Sign(sign):
                if at < len(self._text) and self._holds(sign, self._text[at]):
                    yield at + 1, groups
            case Chosen(characters, negated):
                if at < len(self._text) and any(self._same(c, self._text[at]) for c in characters) is not negated:
                    yield at + 1, groups
            case Sequence(parts):
                yield from self._sequence(parts, at, groups)
            case Choice(branches):
                for branch in branches:
                    yield from self._ways(branch, at, groups)
            case Group(inner):
                number = self._writer.numbers.get(id(tree), 0)
                for end, found in self._ways(inner, at, groups):
                    yield end, {**found, number: self._text[at:end]}
            case Repeated():
                yield from self._repeated(tree, 0, at, groups)
            case Back():
                number = self._writer.references[id(tree)]
                wanted = "a" if number is None else groups.get(number, "")
                if self._same(self._text[at : at + len(wanted)], wanted):
                    yield at + len(wanted), groups

    def _sequence(self, parts: tuple[Tree, ...], at: int, groups: Groups) -> Ways:
        if not parts:
            yield at, groups
            return
        for middle, found in self._ways(parts[0], at, groups):
            yield from self._sequence(parts[1:], middle, found)

    def _repeated(self, tree: Repeated, count: int, at: int, groups: Groups) -> Ways:
        if tree.reluctant and count >= tree.least:
            yield at, groups
        if count < tree.most:
            for end, found in self._ways(tree.inner, at, groups):
                yield from self._repeated(tree, count + 1, end, found)
        if not tree.reluctant and count >= tree.least:
            yield at, groups


def replaced(tree: Tree, writer: Writer, text: str, flags: str) -> str | None:
    """Put every match in angle brackets; None when an empty text matches."""
    if Matcher(writer, "", flags).first(tree, 0) is not None:
        return None
    matcher = Matcher(writer, text, flags)
    result, at = "", 0
    while (found := matcher.first(tree, at)) is not None and found[1] > found[0]:
        result += text[at : found[0]] + "<" + text[found[0] : found[1]] + ">"
        at = found[1]
    return result + text[at:]
