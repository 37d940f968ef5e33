"""How the elements of one deployment are mapped to those of another, for whoever looks at it or changes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from bpmn import Node, migration
from firstline.processes.adapters.moving import Mapped, plans

__all__ = ["Mapped", "MappedElement", "as_mapped", "elements", "plans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedElement:
    """An element of the old model, the one that takes its place ("" = none), why, and which could."""

    id: str
    # What kind of element it is, by the standard's name.
    tag: str
    place_id: str
    # See `bpmn.migration.Pair`.
    reason: str
    choices: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether it is simply itself in both."""
        return self.id == self.place_id


def as_mapped(chosen: Mapping[str, str]) -> Mapped:
    """Bring what was chosen into one order."""
    return tuple(sorted(chosen.items()))


def elements(source_id: UUID, target_id: UUID, chosen: Mapping[str, str]) -> list[MappedElement]:
    """List the elements of every process of the old model, in its order, without the processes themselves."""
    found = plans(source_id, target_id, as_mapped(chosen)).values()
    return [row for plan in found for row in _elements(plan)]


def added(source_id: UUID, target_id: UUID, chosen: Mapping[str, str]) -> list[str]:
    """List the elements of the new model that take the place of none."""
    return [id_ for plan in plans(source_id, target_id, as_mapped(chosen)).values() for id_ in plan.added]


def _elements(plan: migration.Plan) -> Iterator[MappedElement]:
    alike: dict[migration.Kind, list[str]] = {}
    for node in plan.new.nodes:
        alike.setdefault(migration.kind_of(node), []).append(node.id)
    for node in plan.old.nodes:
        if node is not plan.old.root:
            yield _row(plan, node, tuple(alike.get(migration.kind_of(node), ())))


def _row(plan: migration.Plan, node: Node, choices: tuple[str, ...]) -> MappedElement:
    pair = plan.pairs[node.id]
    return MappedElement(id=node.id, tag=node.tag, place_id=pair.new_id, reason=pair.reason, choices=choices)
