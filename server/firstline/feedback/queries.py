"""Reads of what customers say about how they were served."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from firstline.cases.models import Case
from firstline.customers import queries as customer_queries
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import SCALES, Scale, Tone, figure, mean

YEAR = timedelta(days=365)
State = Satisfaction.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One asking as people read it."""

    id: UUID
    case_id: UUID | None
    case_number: str
    reason_key: str
    scale: Scale
    state: str
    why: str
    score: int | None
    tone: Tone | None
    words: str
    noted_by: str
    at: datetime


def rows_of(customer_id: UUID, *, limit: int = 50) -> list[Row]:
    """List what a customer was asked and said, the last on top."""
    found = Satisfaction.objects.filter(customer_id__in=customer_queries.same_as(customer_id)).select_related("case")
    return [_row(one) for one in found.order_by("-planned_at", "-id")[:limit]]


def _row(one: Satisfaction) -> Row:
    scale = SCALES[one.scale]
    return Row(
        id=one.id,
        case_id=one.case_id,
        case_number=one.case.number if one.case else "",
        reason_key=one.reason_key,
        scale=scale,
        state=one.state,
        why=one.why,
        score=one.score,
        tone=None if one.score is None else scale.tone(one.score),
        words=one.words,
        noted_by=one.noted_by,
        at=one.answered_at or one.asked_at or one.planned_at,
    )


def to_be_asked(customer_id: UUID) -> list[Row]:
    """List what a colleague asks when they speak with a customer next."""
    return [one for one in rows_of(customer_id) if one.state == State.IN_PERSON]


def cases_to_ask_about(customer_id: UUID, *, limit: int = 10) -> list[Case]:
    """List a customer's latest cases of which they haven't said yet how it was."""
    answered = Satisfaction.objects.filter(state=State.ANSWERED, case__isnull=False).values("case_id")
    theirs = Case.objects.filter(customer_id__in=customer_queries.same_as(customer_id)).exclude(id__in=answered)
    return list(theirs.select_related("brand", "customer").order_by("-opened_at", "-id")[:limit])


def satisfaction_facts(customer_ids: Sequence[UUID], *, now: datetime) -> dict[str, Any]:
    """Say how content a customer was last, and within a year on average: 0 to 100; None for no answer."""
    given = Satisfaction.objects.filter(customer_id__in=customer_ids, state=State.ANSWERED, answered_at__lte=now)
    rows = list(given.order_by("-answered_at", "-id").values_list("scale", "score", "answered_at")[:100])
    percents = [(SCALES[scale].percent(score), at) for scale, score, at in rows if score is not None]
    lately = [percent for percent, at in percents if at and at > now - YEAR]
    return {
        "last_satisfaction": percents[0][0] if percents else None,
        "satisfaction_12_months": round(Decimal(sum(lately)) / len(lately)) if lately else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How often one score was given; `length` is its share of the most frequent, in per cent."""

    score: int
    count: int
    tone: Tone
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What the answers of one month come to."""

    first: date
    answers: int
    figure: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the answers about one reason come to, on one scale."""

    reason_key: str
    scale: Scale
    asked: int
    answers: int
    figure: int | None
    mean: Decimal | None
    bars: tuple[Bar, ...]
    months: tuple[Month, ...]


def figures(brands: Iterable[str], *, now: datetime) -> list[Figures]:
    """Say how content customers were within a year, by reason and scale, the most answers on top."""
    of_year = Satisfaction.objects.filter(brand__key__in=list(brands), asked_at__gt=now - YEAR, asked_at__lte=now)
    asked = {
        (one["reason_key"], one["scale"]): one["count"]
        for one in of_year.values("reason_key", "scale").annotate(count=Count("id"))
    }
    counted = (
        of_year.filter(Q(state=State.ANSWERED))
        .annotate(month=TruncMonth("answered_at"))
        .values_list("reason_key", "scale", "score", "month")
        .annotate(count=Count("id"))
    )
    answers: dict[tuple[str, str], dict[date, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for reason_key, scale, score, month, count in counted:
        answers[reason_key, scale][month.date()][score] = count
    found = [_figures(key, answers[key], count) for key, count in asked.items()]
    return sorted(found, key=lambda one: (-one.answers, one.reason_key))


def _figures(key: tuple[str, str], by_month: dict[date, dict[int, int]], asked: int) -> Figures:
    reason_key, scale = key[0], SCALES[key[1]]
    total: dict[int, int] = defaultdict(int)
    for counts in by_month.values():
        for score, count in counts.items():
            total[score] += count
    most = max(total.values(), default=1)
    return Figures(
        reason_key=reason_key,
        scale=scale,
        asked=asked,
        answers=sum(total.values()),
        figure=figure(scale, total),
        mean=mean(total),
        bars=tuple(
            Bar(score=one, count=total[one], tone=scale.tone(one), length=round(100 * total[one] / most))
            for one in reversed(scale.scores)
        ),
        months=tuple(
            Month(first=first, answers=sum(counts.values()), figure=figure(scale, counts))
            for first, counts in sorted(by_month.items())
        ),
    )
