"""Two versions side by side: what only the newer one knows is left to it, in order."""

from uuid import UUID

import pytest

from bpmn.testing import element, end, model, path, signal_definition, signal_reference, start
from firstline.processes import actions, executor, queries
from firstline.processes.adapters import taking
from firstline.processes.models import InboxEntry, Incident

from .conftest import NOON

pytestmark = pytest.mark.django_db
LISTENING = model(
    start(),
    element("intermediateCatchEvent", "wait", signal_reference("s")),
    end(),
    path("start", "wait", "end"),
    definitions=[signal_definition("s", "alarm")],
)


def newer_entry(instance_id: UUID) -> None:
    InboxEntry.objects.create(instance_id=instance_id, kind="of_tomorrow", created_at=NOON)


def test_an_entry_of_an_unknown_kind_waits_for_who_knows_it_and_holds_up_only_its_own_instance(run, monkeypatch):
    waiting, other = run(LISTENING), run(LISTENING)
    newer_entry(waiting)
    actions.broadcast_signal(signal_id="s1", name="alarm", variables={})
    assert executor.run_due() == 1
    assert executor.run_due() == 0
    assert queries.next_due_at() == NOON  # the signal that lies behind it
    assert [queries.instance(one).outcome for one in (waiting, other)] == ["", "completed"]
    assert not Incident.objects.exists()
    taken = []
    known = {kind.name: kind for kind in InboxEntry.Kind} | {"values": [*InboxEntry.Kind.values, "of_tomorrow"]}
    monkeypatch.setattr(InboxEntry, "Kind", type("Kind", (), known))
    monkeypatch.setattr(executor, "taking", lambda item, instance, known: taken.append(item.kind) or iter(()))
    assert executor.run_due() == 1
    assert taken == ["of_tomorrow"]


def test_a_worker_sleeps_when_there_is_nothing_but_what_it_does_not_know(run):
    newer_entry(run(LISTENING))
    assert executor.run_due() == 0
    assert queries.next_due_at() is None


def test_every_kind_is_taken():
    assert set(taking._TAKEN) == set(InboxEntry.Kind)
