"""Scales, what answers come to, and what reasons.yaml may say about asking."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firstline.feedback import rules
from firstline.feedback.rules import SCALES
from firstline.procedures.problems import Notebook
from firstline.procedures.reader import read_yaml
from firstline.procedures.rules import SCALES as NAMED
from firstline.procedures.rules import read_reasons

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HEAD = "reasons:\n  - key: a\n    names: {en: A, de: A, nl: A}\n    kind: question\n"


@pytest.mark.parametrize(
    ("scale", "score", "percent", "tone"),
    [
        ("csat", 1, 0, "bad"), ("csat", 2, 25, "bad"), ("csat", 3, 50, "warn"), ("csat", 4, 75, "good"), ("csat", 5, 100, "good"),
        ("nps", 0, 0, "bad"), ("nps", 6, 60, "bad"), ("nps", 7, 70, "warn"), ("nps", 8, 80, "warn"), ("nps", 9, 90, "good"),
        ("effort", 3, 33, "bad"), ("effort", 4, 50, "warn"), ("effort", 5, 67, "good"), ("effort", 7, 100, "good"),
    ],
)  # fmt: skip
def test_each_score_has_its_place_on_its_scale(scale: str, score: int, percent: int, tone: str) -> None:
    assert (SCALES[scale].percent(score), SCALES[scale].tone(score)) == (percent, tone)


@pytest.mark.parametrize(
    ("scale", "counts", "figure", "mean"),
    [
        ("csat", {}, None, None),
        ("csat", {4: 1, 5: 1, 3: 1, 1: 1}, 50, "3.2"),
        ("nps", {10: 5, 9: 1, 8: 2, 6: 1, 0: 1}, 40, "8.1"),
        ("nps", {0: 3}, -100, "0.0"),
        ("effort", {5: 1, 4: 2}, 33, "4.3"),
    ],
)
def test_what_many_answers_come_to(scale: str, counts: dict[int, int], figure: int | None, mean: str | None) -> None:
    assert rules.figure(SCALES[scale], counts) == figure
    found = rules.mean(counts)
    assert (None if found is None else str(found)) == mean


def test_nobody_is_asked_again_too_soon() -> None:
    every = timedelta(days=90)
    assert rules.is_too_soon(NOW - timedelta(days=89), every=every, now=NOW)
    assert not rules.is_too_soon(NOW - timedelta(days=90), every=every, now=NOW)
    assert not rules.is_too_soon(None, every=every, now=NOW)


def test_the_scales_that_reasons_name_are_those_that_there_are() -> None:
    assert set(NAMED) == set(SCALES)


def read(text: str) -> tuple[list[Any], list[str]]:
    notes = Notebook(file="reasons.yaml")
    return read_reasons(read_yaml(text, notes), notes), [str(one) for one in notes.problems]


def test_a_reason_asks_as_its_parent_unless_it_says_otherwise() -> None:
    child = "      - {key: %s, names: {en: B, de: B, nl: B}%s}\n"
    found, problems = read(
        HEAD + "    ask: {scale: nps, every_days: 30}\n    children:\n" + child % ("b", "") + child % ("c", ", ask: {}")
    )
    assert problems == []
    asked = {"scale": "nps", "after_hours": 24, "every_days": 30, "purpose": "surveys"}
    assert {one.key: one.ask for one in found} == {"a": asked, "b": asked, "c": {}}


def test_mistakes_about_asking_are_all_said() -> None:
    _found, problems = read(HEAD + "    ask: {scale: stars, after_hours: -1, every_days: soon, wehn: 3}\n")
    said = "\n".join(problems)
    assert len(problems) == 4
    for word in ("stars", "after_hours", "every_days", "wehn"):
        assert word in said
