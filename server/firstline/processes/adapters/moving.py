"""One instance over a store, on its way to another deployment; and the plans for that, kept per pair of deployments."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from bpmn import NeedMore, Problem, Program, State, migration
from firstline.processes.adapters.programs import model_of
from firstline.processes.ports import Store

_KEPT = 32

Mapped = tuple[tuple[str, str], ...]
"""What somebody has chosen: (element of the old model, of the new one, "" = no place), in order."""

_Result = TypeVar("_Result")


@lru_cache(maxsize=_KEPT)
def plans(old_id: UUID, new_id: UUID, mapped: Mapped = ()) -> Mapping[str, migration.Plan]:
    """Map each process of a deployment to that of the same id, or the only one to the only one. Raises: MappingProblems."""
    old, new = model_of(old_id).processes, model_of(new_id).processes
    chosen = dict(mapped)
    found: dict[str, migration.Plan] = {}
    problems: list[Problem] = []
    for process_id, program in old.items():
        target = _target(process_id, old, new)
        if target is None:
            continue
        own = {id_: place for id_, place in chosen.items() if id_ in program.by_id}
        try:
            found[process_id] = migration.plan(program, target, own)
        except migration.MappingProblems as error:
            problems.extend(error.problems)
    known = {id_ for plan in found.values() for id_ in plan.old.by_id}
    unknown = (id_ for id_ in chosen if id_ not in known and not problems)
    problems += [Problem("unknown_element", id_, f"The old version has no element '{id_}'.") for id_ in unknown]
    if problems:
        raise migration.MappingProblems(tuple(problems))
    return found


def _target(process_id: str, old: Mapping[str, Program], new: Mapping[str, Program]) -> Program | None:
    if process_id in new:
        return new[process_id]
    return next(iter(new.values())) if len(old) == len(new) == 1 else None


def tried(store: Store, move: Callable[[State], _Result | NeedMore]) -> tuple[State, _Result]:
    """Move with as much of the state as the move asks for; gives the slice and what came of it, nothing saved."""
    state, asked = store.begin(), set[object]()
    while True:
        result = move(state)
        if not isinstance(result, NeedMore):
            return state, result
        if set(result.keys) <= asked:
            raise RuntimeError(f"the store doesn't load {result.keys}")
        asked.update(result.keys)
        store.load(state, result.keys)
