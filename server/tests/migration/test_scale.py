"""With a million instances a migration still finds its next ones, and its lists their rows, by an index and in its order."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firstline import clock
from firstline.migration import queries
from firstline.migration.models import Finding, Migration, Move
from firstline.processes import queries as process_queries

pytestmark = pytest.mark.django_db

ID = UUID("01890000-0000-7000-8000-00000000000f")


@pytest.fixture
def migration() -> Migration:
    return Migration.objects.create(
        source_id=ID, target_id=ID, from_release_id="1", release_id="2", made_at=clock.now(), changed_at=clock.now()
    )


def plans(ask: Callable[[], object]) -> list[str]:
    """Ask PostgreSQL how it would find rows, were its tables large."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    found = []
    with connection.cursor() as cursor:
        # Of small tables it would rather read and sort everything.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        for query in asked.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


def test_lists_are_read_in_order_from_an_index(migration: Migration) -> None:
    finding = Finding.objects.create(migration=migration, code="gone", element_id="a", message="", blocks=True)
    for state, finding_id, index in (
        ("moved", None, "migration_move_list"),
        ("", finding.id, "migration_move_finding"),
    ):
        (plan,) = plans(
            lambda state=state, finding_id=finding_id: queries.moves(
                migration, state=state, finding_id=finding_id, after=ID, limit=51
            )
        )
        assert index in plan
        assert "Sort" not in plan
        assert "Seq Scan" not in plan


def test_the_worker_finds_its_next_ones_by_an_index(migration: Migration) -> None:
    waiting = Move.objects.filter(migration=migration, state="movable").order_by("tries", "instance_id")
    (plan,) = plans(lambda: list(waiting.values_list("id", flat=True)[:50]))
    assert "migration_move_state" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("after", [None, ("p", ID)])
def test_a_dry_run_finds_its_next_ones_by_an_index(after: tuple[str, UUID] | None) -> None:
    (plan,) = plans(lambda: process_queries.running_roots(ID, after=after, limit=50))
    assert "processes_instance_version" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan
