"""One step of one instance over a store."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from bpmn import Decide, NeedMore, Perform, Program, Rejection, State, Step, advance, commands, first_keys
from firstline import ids
from firstline.processes.ports import Store


def advance_over(
    store: Store,
    program: Program,
    command: commands.Command,
    *,
    now: datetime,
    decide: Decide | None = None,
    perform: Perform | None = None,
    new_id: Callable[[], str] = ids.new_text,
) -> tuple[State, Step] | Rejection:
    """Advance with as much of the state as the step asks for; returns the slice and the step, nothing saved.

    Every attempt repeats the one before until it asks for more, so ids, decisions and what jobs gave are remembered in their order.
    """
    state = store.begin()
    missing = () if state.is_complete else first_keys(command)
    limit, pause_after = settings.FIRSTLINE_ENDLESS_AFTER, settings.FIRSTLINE_PAUSE_AFTER
    make_id = Remembered(new_id)
    make_decision, do_job = (Remembered(ask) if ask else None for ask in (decide, perform))
    remembered = [one for one in (make_id, make_decision, do_job) if one is not None]
    while True:
        if missing:
            store.load(state, missing)
        for one in remembered:
            one.rewind()
        result = advance(
            program,
            state,
            command,
            now,
            make_id,
            decide=make_decision,
            perform=do_job,
            limit=limit,
            pause_after=pause_after,
        )
        if isinstance(result, Step):
            return state, result
        if isinstance(result, Rejection):
            return result
        missing = _news(result, missing)


def _news(result: NeedMore, before: tuple[Any, ...]) -> tuple[Any, ...]:
    if set(result.keys) <= set(before):
        raise RuntimeError(f"the store doesn't load {result.keys}")
    return result.keys


class Remembered:
    """A function whose results are given again, in order, after `rewind`."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._made: list[Any] = []
        self._next = 0

    def rewind(self) -> None:
        self._next = 0

    def __call__(self, *arguments: Any) -> Any:
        if self._next == len(self._made):
            self._made.append(self._make(*arguments))
        self._next += 1
        return self._made[self._next - 1]
