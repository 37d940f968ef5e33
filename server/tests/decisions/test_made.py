"""Decisions that processes made: found by decision, version, rule, case and day; counted per rule; led to from the case."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstline import clock
from firstline.cases.models import Case
from firstline.decisions import queries
from firstline.decisions.models import Evaluation, ModelVersion
from firstline.decisions.outline import rule_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(house: Any) -> Case:
    found: Case = house.back_office_case()
    return found


def made(house: Any, person: str = "lead", **query: object) -> Any:
    return house.client(getattr(house, person)).get(reverse("decisions:made"), query)


def ids(answer: Any) -> list[Any]:
    return [row["made"].id for row in answer.context["rows"]]


def copies(number: int, **fields: Any) -> list[Evaluation]:
    """More decisions like the one that there is, one minute apart, oldest first."""
    pattern = Evaluation.objects.order_by("evaluated_at").first()
    assert pattern is not None
    return [
        Evaluation.objects.create(
            **{
                "business_id": pattern.business_id,
                "instance_id": pattern.instance_id,
                "element_id": pattern.element_id,
                "release_id": pattern.release_id,
                "version_id": pattern.version_id,
                "decision_id": pattern.decision_id,
                "value": pattern.value,
                "trace": pattern.trace,
                "matched": pattern.matched,
                "evaluated_at": pattern.evaluated_at - timedelta(minutes=number - place),
                **fields,
            }
        )
        for place in range(number)
    ]


def test_a_process_keeps_version_rules_inputs_and_result_with_its_step(house: Any, case: Case) -> None:
    one = Evaluation.objects.get(business_id=case.id)
    assert one.version is not None
    assert one.version.key == "complaint-assessment-model"
    assert one.instance_id == case.instance_id
    assert one.inputs["harm"] == "money"
    tables = queries.load_version(one.version_id).outline.tables()
    assert set(one.matched) <= {rule.key for table in tables.values() for rule in table.rules}
    assert one.matched


def test_the_case_leads_to_why_its_priority_is_so(house: Any, case: Case) -> None:
    one = Evaluation.objects.get(business_id=case.id)
    client = house.client(house.agent)
    where = reverse("decisions:evaluation", args=[one.id])
    assert where in client.get(reverse("cases:case", args=[case.id])).content.decode()
    answer = client.get(where)
    page = answer.content.decode()
    assert page.count('class="is-matched"') == len(one.matched)
    assert answer.context["marks"] != "[]"
    assert case.number in page
    assert "Try with these values" not in page
    # As the model names them, not as they were stored.
    assert [name for name, _value in answer.context["result"]] == ["severity", "team", "days"]
    assert [name for name, _value in answer.context["inputs"]][:2] == ["harm", "vulnerable"]


def test_decisions_are_found_by_decision_version_rule_case_and_day(house: Any, case: Case) -> None:
    one = Evaluation.objects.get(business_id=case.id)
    today = clock.now().date().isoformat()
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    other_rule = rule_key("complaint-assessment-table", "nothing")
    for query, found in (
        ({}, True),
        ({"decision": one.decision_id}, True),
        ({"decision": "other"}, False),
        ({"version": one.version_id}, True),
        ({"version": ModelVersion.objects.exclude(id=one.version_id)[0].id}, False),
        ({"version": one.version_id, "rule": one.matched[0]}, True),
        ({"rule": other_rule}, False),
        ({"case": case.number.lower()}, True),
        ({"case": "0000000"}, False),
        ({"from": today, "to": today}, True),
        ({"from": tomorrow}, False),
        ({"to": "2020-01-01"}, False),
        ({"from": "whenever", "to": "9999-12-31", "version": "x", "after": "x"}, True),
        ({"decision": "a\x00b", "rule": "\x00", "case": "\x00"}, False),
    ):
        assert (ids(made(house, **query)) == [one.id]) is found, query


def test_the_list_goes_on_by_key_without_counting(house: Any, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    copies(6)
    monkeypatch.setattr("firstline.decisions.web.made.PAGE_SIZE", 3)
    with CaptureQueriesContext(connection) as asked:
        first = made(house)
    assert not any("COUNT(" in one["sql"] for one in asked.captured_queries)
    second = made(house, after=first.context["page"].next)
    third = made(house, after=second.context["page"].next)
    seen = [*ids(first), *ids(second), *ids(third)]
    assert seen == list(Evaluation.objects.order_by("-evaluated_at", "-id").values_list("id", flat=True))
    assert third.context["page"].next == ""


def test_many_decisions_ask_the_database_as_often_as_one(house: Any, case: Case) -> None:
    made(house)
    with CaptureQueriesContext(connection) as few:
        made(house)
    copies(20)
    with CaptureQueriesContext(connection) as many:
        assert len(ids(made(house))) == 21
    assert len(many) == len(few)


def test_rules_are_counted_and_those_never_hit_are_seen_at_once(house: Any, case: Case) -> None:
    one = Evaluation.objects.get(business_id=case.id)
    copies(4)
    client = house.client(house.lead)
    answer = client.get(reverse("decisions:model", args=[one.version_id]), {"view": one.decision_id})
    table = answer.context["box"].table
    assert table.asked == 5
    hit = {row.rule.key: (row.hits, row.length) for row in table.rows if row.hits}
    assert hit == dict.fromkeys(one.matched, (5, 100))
    assert table.never == len(table.rows) - len(one.matched)
    page = answer.content.decode()
    assert f"{table.never} rules never matched." in page
    link = f"{reverse('decisions:made')}?version={one.version_id}&amp;rule="
    assert link in page
    stranger = house.client(house.stranger).get(reverse("decisions:model", args=[one.version_id]))
    assert stranger.context["box"].table.asked == 0


def test_only_the_last_decisions_are_counted(house: Any, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Evaluation.objects.get(business_id=case.id)
    copies(5, matched=[])
    monkeypatch.setattr("firstline.decisions.queries.COUNTED", 2)
    counted = queries.hits(principal=house.principal(house.lead), version_id=one.version_id)
    assert (counted.evaluations, set(counted.by_rule)) == (2, set(one.matched))


def test_a_decision_without_a_version_is_still_told(house: Any, case: Case) -> None:
    Evaluation.objects.update(version=None, diagnostics=["somewhere: It was null."])
    one = Evaluation.objects.get(business_id=case.id)
    page = house.client(house.agent).get(reverse("decisions:evaluation", args=[one.id])).content.decode()
    assert "somewhere: It was null." in page
    assert "dmn-diagram" not in page
    assert ids(made(house)) == [one.id]
