"""The exact state at any past moment is rebuilt from the facts: of processes made at random, step by step."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn import Program, State, Step, advance, codec, commands, compile_model
from firstline import ids
from firstline.processes import queries
from firstline.processes.adapters.stepping import advance_over
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.models import Deployment, Instance

from .conftest import NOON

# The generator of the library's own tests, under the name by which pytest knows it too.
sys.path.append(str(Path(__file__).parents[3]))
from packages.bpmn.tests.generating import examples
from packages.bpmn.tests.test_random_processes import processes

MOST_STEPS = 25


def numbered(instance_id: UUID) -> Callable[[], str]:
    numbers = count(1)
    return lambda: str(UUID(int=instance_id.int + next(numbers)))


class Both:
    """One instance, in memory as a whole and in the database in slices; what it was after each step is remembered."""

    def __init__(self, xml: bytes) -> None:
        self.program: Program = compile_model(xml).processes["p"]
        deployment, _ = Deployment.objects.get_or_create(release_id="r", digest="d", defaults={"process_ids": ["p"]})
        # Room for the ids of its elements behind its own.
        instance_id = UUID(int=ids.new_id().int & ~0xFFFF)
        self.instance = Instance.objects.create(id=instance_id, deployment=deployment, process_id="p")
        self.state, self.now = State(), NOON
        self.snapshots: list[tuple[int, Any]] = []
        self._new_ids = (numbered(instance_id), numbered(instance_id))

    def do(self, command: commands.Command) -> None:
        whole = advance(self.program, self.state, command, self.now, self._new_ids[0])
        store = PostgresStore(self.instance, self.program)
        sliced = advance_over(store, self.program, command, now=self.now, new_id=self._new_ids[1])
        assert isinstance(whole, Step)
        assert isinstance(sliced, tuple), sliced
        store.save(*sliced, now=self.now)
        self.state.adopt(whole.after)
        self.snapshots.append((self.instance.sequence, codec.state_to_data(self.state)))

    def answer(self, wait: tuple[str, str], n: int) -> None:
        row = self.state.waits.get(wait)
        self.now = max(self.now, row.due_at or self.now)
        made: dict[str, commands.Command] = {
            "timer": commands.TriggerTimer(timer_id=row.id),
            "signal": commands.DeliverSignal(name="go", variables={"n": n}),
            "condition": commands.SetVariables(variables={"n": n}),
        }
        self.do(made.get(row.kind) or commands.CompleteTask(task_id=row.id, variables={"n": n}))


@pytest.mark.django_db
@examples(30)
@given(xml=processes(), data=st.data())
def test_the_state_after_every_step_is_rebuilt_exactly(xml, data):
    both = Both(xml)
    variables = {"n": data.draw(st.integers(0, 3)), "odd": data.draw(st.booleans())}
    both.do(commands.Start(instance_id=str(both.instance.id), variables=variables))
    while not both.state.head().outcome and len(both.snapshots) < MOST_STEPS:
        both.answer(data.draw(st.sampled_from(sorted(both.state.waits.rows))), data.draw(st.integers(0, 3)))
    for sequence, snapshot in both.snapshots:
        assert codec.state_to_data(queries.state_at(both.instance.id, sequence=sequence)) == snapshot
