"""No page walks through a large table: each of its queries finds what it shows by an index, and counts no further than it says."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firstline.operations.queries import versions
from firstline.processes.models import Instance

from .samples import FORK, ORDER

pytestmark = pytest.mark.django_db

LARGE = ("instance", "incident", "elementinstance", "historystep", "variable", "task", "job", "timer", "subscription", "listener", "call", "join", "inboxentry")  # fmt: skip


def plans(shop: Any, address: str) -> list[tuple[str, str]]:
    """Ask PostgreSQL how it would find what a page shows, were its tables large: each query with its plan."""
    with CaptureQueriesContext(connection) as asked:
        assert shop.lead.get(address).status_code == 200
    found = []
    with connection.cursor() as cursor:
        # Of small tables it would rather read and sort everything.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        for query in asked.captured_queries:
            sql = query["sql"]
            if re.match(r"\s*(SELECT|WITH)", sql) and '"processes_' in sql.replace(" processes_", ' "processes_'):
                cursor.execute("EXPLAIN " + sql)
                found.append((sql, "\n".join(row[0] for row in cursor.fetchall())))
    return found


@pytest.mark.parametrize("state", ["running", "incident", "suspended", "completed"])
def test_lists_of_instances_are_read_in_order_from_an_index(shop: Any, state: str) -> None:
    instance_id = shop.start(ORDER, "order", ok=False, number=1)
    version = shop.at("version", Instance.objects.get(id=instance_id).deployment_id, "order")
    first = plans(shop, f"{version}?state={state}")
    assert first
    assert_found_by_index(first)
    index = {"incident": "processes_incident_version", "suspended": "processes_instance_suspended"}
    assert any(index.get(state, "processes_instance_version") in plan for _, plan in first)


def test_every_other_page_finds_its_rows_by_an_index(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=False, number=1)
    shop.start(FORK, "fork")
    for page in (
        shop.at("versions"),
        shop.at("incidents"),
        shop.at("instance", instance_id),
        shop.at("find") + f"?q={shop.case.number}",
    ):
        found = plans(shop, page)
        assert found
        assert_found_by_index(found)


def assert_found_by_index(found: list[tuple[str, str]]) -> None:
    for sql, plan in found:
        walked = re.findall(r"Seq Scan on processes_(\w+)", plan)
        assert not set(walked) & set(LARGE), f"{sql}\n{plan}"


def test_counts_end_where_they_say(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "COUNTED", 2)
    for _ in range(4):
        instance_id = shop.start(FORK, "fork")
    row = versions.version(Instance.objects.get(id=instance_id).deployment_id, "fork", language="en")
    assert (row.running.number, row.running.is_more) == (3, True)
    assert "1,000+" in shop.page("versions")


def test_a_list_is_read_no_further_than_its_page(shop: Any) -> None:
    for _ in range(3):
        instance_id = shop.start(FORK, "fork")
    version = shop.at("version", Instance.objects.get(id=instance_id).deployment_id, "fork")
    lists = [plan for sql, plan in plans(shop, version) if 'ORDER BY "processes_instance"."id" DESC' in sql]
    assert lists
    assert all(plan.startswith("Limit") and "Sort" not in plan for plan in lists)
