"""The exact state at any past moment is rebuilt from the facts: of processes made at random, step by step, and of recorded histories."""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from bpmn import Program, State, Step, advance, codec, commands, compile_model
from firstline import ids
from firstline.processes import housekeeping, queries, rules
from firstline.processes.adapters import partitions
from firstline.processes.adapters.partitions import Month
from firstline.processes.adapters.stepping import advance_over
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.models import Deployment, HistoryStep, Instance

from .conftest import NOON

# The generator of the library's own tests, under the name by which pytest knows it too.
sys.path.append(str(Path(__file__).parents[3]))
from packages.bpmn.tests.generating import examples
from packages.bpmn.tests.recording import FOLDER as RECORDINGS
from packages.bpmn.tests.test_random_processes import processes

MOST_STEPS = 25
HISTORY = "processes_historystep"


def numbered(instance_id: UUID) -> Callable[[], str]:
    numbers = count(1)
    return lambda: str(UUID(int=instance_id.int + next(numbers)))


class Both:
    """One instance, in memory as a whole and in the database in slices; what it was after each step is remembered."""

    def __init__(self, xml: bytes, *, made: UUID | None = None) -> None:
        self.program: Program = compile_model(xml).processes["p"]
        deployment, _ = Deployment.objects.get_or_create(release_id="r", digest="d", defaults={"process_ids": ["p"]})
        # Room for the ids of its elements behind its own.
        instance_id = UUID(int=(made or ids.new_id()).int & ~0xFFFF)
        self.instance = Instance.objects.create(id=instance_id, deployment=deployment, process_id="p")
        self.state, self.now = State(), NOON
        self.snapshots: list[tuple[datetime, int, Any]] = []
        self._new_ids = (numbered(instance_id), numbered(instance_id))

    def do(self, command: commands.Command) -> None:
        whole = advance(self.program, self.state, command, self.now, self._new_ids[0])
        store = PostgresStore(self.instance, self.program)
        sliced = advance_over(store, self.program, command, now=self.now, new_id=self._new_ids[1])
        assert isinstance(whole, Step)
        assert isinstance(sliced, tuple), sliced
        store.save(*sliced, now=self.now)
        self.state.adopt(whole.after)
        self.snapshots.append((self.now, self.instance.sequence, codec.state_to_data(self.state)))

    def answer(self, wait: tuple[str, str], n: int) -> None:
        row = self.state.waits.get(wait)
        # Some steps are made in the same moment.
        self.now = max(self.now + timedelta(minutes=n % 2), row.due_at or self.now)
        made: dict[str, commands.Command] = {
            "timer": commands.TriggerTimer(timer_id=row.id),
            "signal": commands.DeliverSignal(name="go", variables={"n": n}),
            "condition": commands.SetVariables(variables={"n": n}),
        }
        self.do(made.get(row.kind) or commands.CompleteTask(task_id=row.id, variables={"n": n}))

    def play(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        """Start it, and answer what it waits for, until it ends or for a while."""
        variables = {"n": draw(st.integers(0, 3)), "odd": draw(st.booleans())}
        self.do(commands.Start(instance_id=str(self.instance.id), variables=variables))
        while not self.state.head().outcome and len(self.snapshots) < MOST_STEPS:
            self.answer(draw(st.sampled_from(sorted(self.state.waits.rows))), draw(st.integers(0, 3)))

    def is_rebuilt(self) -> None:
        """Check what it was after every step, and at every moment in which something happened."""
        for _, sequence, snapshot in self.snapshots:
            assert codec.state_to_data(queries.state_at(self.instance.id, sequence=sequence)) == snapshot
        last_of = {at: sequence for at, sequence, _ in self.snapshots}
        assert {at: queries.sequence_at(self.instance.id, at) for at in last_of} == last_of


@pytest.mark.django_db
@examples(30)
@given(xml=processes(), data=st.data())
def test_the_state_after_every_step_and_at_every_moment_is_rebuilt_exactly(xml, data):
    both = Both(xml)
    assert queries.sequence_at(both.instance.id, NOON) == 0
    both.play(data.draw)
    both.is_rebuilt()


@pytest.mark.django_db
@examples(8)
@given(xml=processes(), data=st.data())
def test_what_has_aged_out_takes_nothing_from_the_past_of_others(xml, data):
    """Instances of four months: one whose partition was never made, one that is dropped, two that stay."""
    with transaction.atomic(), override_settings(FIRSTLINE_RETENTION_DAYS=30):
        this = _new_months()
        made = {
            "rest": UUID(int=this.first_id.int - 2**32),
            "next": _within(this.next),
            "later": _within(this.next.next),
        }
        staying = {name: Both(xml, made=id_) for name, id_ in made.items()}
        going = Both(xml, made=_within(this))
        for both in (*staying.values(), going):
            both.play(data.draw)
        assert _tables() == {f"{HISTORY}_rest", this.table, this.next.table, this.next.next.table}
        Instance.objects.filter(id=going.instance.id).update(ended_at=NOON)
        long_after = max(NOON, this.next.begins_at) + timedelta(days=31)
        Instance.objects.exclude(id=going.instance.id).update(ended_at=None)
        assert housekeeping.delete_instances(now=long_after) == 1
        assert this in housekeeping.drop_months(now=long_after)
        assert queries.facts_of(going.instance.id) == []
        for both in staying.values():
            both.is_rebuilt()
        transaction.set_rollback(True)


def _new_months() -> Month:
    """Make the partitions anew, and give the first of them."""
    for month in list(partitions.months()):
        assert partitions.drop(month)
    return partitions.make_ahead()[0]


def _within(month: Month) -> UUID:
    return UUID(int=month.first_id.int + 2**90)


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT tableoid::regclass::text FROM {HISTORY}")
        return {table for (table,) in cursor.fetchall()}


# --- of other releases ---

RECORDED = sorted(RECORDINGS.glob("*/*.json"))


@pytest.mark.django_db
@pytest.mark.parametrize("file", RECORDED, ids=lambda file: f"{file.parent.name} {file.stem}")
def test_a_history_that_a_release_has_recorded_is_read_from_its_rows(file: Path):
    instance_id, sequence = ids.new_id(), 0
    kept: dict[int, Any] = {}
    for step in json.loads(file.read_text(encoding="utf-8"))["steps"]:
        parts = [msgspec.to_builtins(rules.split_fact(codec.fact_from_data(data))) for data in step["facts"]]
        HistoryStep.objects.create(
            instance_id=instance_id,
            sequence=sequence + 1,
            at=datetime.fromisoformat(step["at"]),
            facts=[data for data, _ in parts],
            values={str(place): held for place, (_, held) in enumerate(parts) if held is not None} or None,
        )
        sequence += len(parts)
        kept[sequence] = codec.state_to_data(codec.state_from_data(step["state"]))
    assert {one: codec.state_to_data(queries.state_at(instance_id, sequence=one)) for one in kept} == kept
