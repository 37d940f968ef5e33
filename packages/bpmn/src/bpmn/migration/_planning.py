"""Which element of the new program takes the place of which of the old one, and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

from bpmn._program import Flow, Node, Program
from bpmn.errors import MappingProblems, Problem
from bpmn.migration._kinds import Kind, kind_of, shown

Reason = Literal["chosen", "process", "same_id", "same_place", "only_one_left", "other_kind", "ambiguous", "gone"]
"""Why a pair is one, or why there is none.

"same_place" = same name and kind, between the same neighbours; "only_one_left" = a flow into the same join. Without a pair:
"chosen" by a person, "other_kind" = the element of that id is of another kind now, "ambiguous" = several are alike, "gone".
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An element of the old program, and the one that takes its place; "" = it has none."""

    old_id: str
    new_id: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why one instance can't move (`blocks`), or what changes for it when it does.

    `element_id` is of the old program where there is one, else of the new.
    """

    code: str
    element_id: str
    message: str
    blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A mapping of two programs: every element of the old one, and the flows at which tokens may wait."""

    old: Program
    new: Program
    pairs: Mapping[str, Pair]
    flows: Mapping[str, Pair]

    def place_of(self, node: Node) -> Node | None:
        """Find the element that takes the place of one of the old program."""
        return self.new.by_id.get(self.pairs[node.id].new_id)

    @property
    def added(self) -> tuple[str, ...]:
        """List the elements of the new program that take the place of none."""
        taken = {pair.new_id for pair in self.pairs.values()}
        return tuple(id_ for id_ in self.new.by_id if id_ not in taken)


def plan(old: Program, new: Program, overrides: Mapping[str, str] | None = None) -> Plan:
    """Map the elements of `old` to those of `new`.

    The same id and kind is a pair; then what has the same name and kind, between the same neighbours, where only one has.
    `overrides` come first: element of the old program -> of the new one, "" = no place. Several may share one place.
    Raises: MappingProblems, with every mistake in `overrides`.
    """
    chosen = overrides or {}
    problems = tuple(_problems(old, new, chosen))
    if problems:
        raise MappingProblems(problems)
    matching = _Matching(old, new, chosen)
    matching.match()
    return Plan(old=old, new=new, pairs=matching.in_order(), flows=_flows(new, matching))


def _problems(old: Program, new: Program, chosen: Mapping[str, str]) -> Iterator[Problem]:
    for old_id, new_id in chosen.items():
        before, after = old.by_id.get(old_id), new.by_id.get(new_id)
        if before is None:
            yield Problem("unknown_element", old_id, f"The old version has no element '{old_id}'.")
        elif before is old.root:
            yield Problem("process", old_id, "The process itself is mapped by itself; leave it out.")
        elif new_id and after is None:
            yield Problem("unknown_target", old_id, f"The new version has no element '{new_id}'.")
        elif after is not None and kind_of(before) != kind_of(after):
            is_, becomes = shown(kind_of(before)), shown(kind_of(after))
            message = f"'{old_id}' is a {is_}, '{new_id}' a {becomes}; choose an element of the same kind."
            yield Problem("other_kind", old_id, message)


Neighbour = tuple[str, ...]
Likeness = tuple[str, Kind, str, tuple[tuple[Neighbour, int], ...]]


@dataclass(slots=True)
class _Matching:
    """Pairs so far; `places` is the other way round, of those that are found automatically."""

    old: Program
    new: Program
    chosen: Mapping[str, str]
    pairs: dict[str, Pair] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def match(self) -> None:
        self._add(self.old.root.id, self.new.root.id, "process")
        for old_id, new_id in self.chosen.items():
            self._add(old_id, new_id, "chosen")
        for node in self.old.nodes:
            same = self.new.by_id.get(node.id)
            if node.id not in self.pairs and same is not None and kind_of(same) == kind_of(node):
                self._add(node.id, node.id, "same_id")
        while self._match_alike():
            pass
        free = {self._likeness(node, is_old=False) for node in self.new.nodes if node.id not in self.places}
        for node in self.old.nodes:
            if node.id not in self.pairs:
                self._add(node.id, "", self._why_not(node, free - {None}))

    def in_order(self) -> dict[str, Pair]:
        return {node.id: self.pairs[node.id] for node in self.old.nodes}

    def _add(self, old_id: str, new_id: str, reason: Reason) -> None:
        self.pairs[old_id] = Pair(old_id=old_id, new_id=new_id, reason=reason)
        if new_id:
            self.places.setdefault(new_id, old_id)

    def _match_alike(self) -> bool:
        """Pair what only one on each side is like; each new pair may make others so."""
        found = False
        for old_id, new_ids in self._alike().items():
            if len(new_ids) == 1:
                self._add(old_id, new_ids[0], "same_place")
                found = True
        return found

    def _alike(self) -> dict[str, list[str]]:
        """List for each element without a pair those that are like it; none for elements that are like each other."""
        before: dict[Likeness, list[str]] = {}
        after: dict[Likeness, list[str]] = {}
        for node in self.old.nodes:
            if node.id not in self.pairs:
                _append(before, self._likeness(node, is_old=True), node.id)
        for node in self.new.nodes:
            if node.id not in self.places:
                _append(after, self._likeness(node, is_old=False), node.id)
        return {ids[0]: after.get(likeness, []) for likeness, ids in before.items() if len(ids) == 1}

    def _likeness(self, node: Node, *, is_old: bool) -> Likeness | None:
        """Describe an element by what it is and what is around it; None = nothing around it is known yet, nor has it a name."""
        around = [self._name_of(other, is_old=is_old) for other in _around(node)]
        scope = self._name_of(node.scope, is_old=is_old) if node.scope is not None else ()
        if not node.name and not (around and all(name[0] == "at" for name in around)):
            return None
        return (node.name, kind_of(node), " ".join(scope), tuple(sorted(Counter(around).items())))

    def _name_of(self, node: Node, *, is_old: bool) -> Neighbour:
        """Name a neighbour by the new element that it is, or else by what it looks like."""
        pair = self.pairs.get(node.id) if is_old else None
        place = pair.new_id if pair is not None else "" if is_old else node.id if node.id in self.places else ""
        return ("at", place) if place else ("like", node.name, *kind_of(node))

    def _why_not(self, node: Node, free: AbstractSet[Likeness | None]) -> Reason:
        if node.id in self.new.by_id:
            return "other_kind"
        return "ambiguous" if self._likeness(node, is_old=True) in free else "gone"


def _append(found: dict[Likeness, list[str]], likeness: Likeness | None, id_: str) -> None:
    if likeness is not None:
        found.setdefault(likeness, []).append(id_)


def _around(node: Node) -> Iterator[Node]:
    """List what stands around an element: behind and before it, and what it is attached to."""
    yield from (flow.source for flow in node.incoming)
    yield from (flow.target for flow in node.outgoing)
    if node.attached_to is not None:
        yield node.attached_to


# --- flows ---


def _flows(new: Program, matching: _Matching) -> dict[str, Pair]:
    """Map the flows into elements where tokens can wait: by their id, where they come from, or as the only one left."""
    found: dict[str, Pair] = {}
    for node in matching.old.nodes:
        place = new.by_id.get(matching.pairs[node.id].new_id)
        if node.joining is not None and place is not None:
            found.update(_into(node, place, matching))
    return found


def _into(node: Node, place: Node, matching: _Matching) -> dict[str, Pair]:
    found: dict[str, Pair] = {}
    ways: tuple[tuple[Reason, str], ...] = (("same_id", "id"), ("same_place", "source"), ("only_one_left", ""))
    for reason, by in ways:
        taken = {pair.new_id for pair in found.values()}
        before = [flow for flow in node.incoming if flow.id not in found]
        after = [flow for flow in place.incoming if flow.id not in taken]
        for flow in before:
            fits = [other for other in after if _fits(flow, other, by, matching)]
            rivals = [other for other in before if any(_fits(other, one, by, matching) for one in fits)]
            if len(fits) == len(rivals) == 1:
                found[flow.id] = Pair(old_id=flow.id, new_id=fits[0].id, reason=reason)
    return found


def _fits(flow: Flow, other: Flow, by: str, matching: _Matching) -> bool:
    if by == "id":
        return flow.id == other.id
    return not by or matching.pairs[flow.source.id].new_id == other.source.id


def without_place(pair: Pair) -> str:
    """Say why an element of the old program has no place."""
    return {
        "chosen": "it was chosen that it has no place",
        "other_kind": "the element of that id is of another kind now",
        "ambiguous": "several elements are like it; choose one",
    }.get(pair.reason, "there is none like it; choose one")
