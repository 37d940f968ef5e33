from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from worktime.errors import NaiveMomentError


def utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise NaiveMomentError(f"{moment.isoformat()} has no zone: pass an aware moment.")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Intervals:
    """A set of moments, held as disjoint half-open spans `[start, end)` in UTC, earliest first.

    Build it with `Intervals.of(...)`, which sorts, joins and drops empty spans. `|` is in either, `&` in both, `-` in
    the first but not in the second: opening hours minus pauses is `working & agreed - paused`.

    >>> nine, noon, one = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 12, 13))
    >>> (Intervals.of((nine, one)) - Intervals.of((noon, one))).duration
    datetime.timedelta(seconds=10800)
    """

    spans: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, *spans: tuple[datetime, datetime]) -> Self:
        joined: list[tuple[datetime, datetime]] = []
        for start, end in sorted((utc(start), utc(end)) for start, end in spans):
            if start >= end:
                continue
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return cls(tuple(joined))

    @property
    def duration(self) -> timedelta:
        return sum((end - start for start, end in self.spans), timedelta())

    def __contains__(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self.spans)

    def __or__(self, other: "Intervals") -> "Intervals":
        return Intervals.of(*self.spans, *other.spans)

    def __and__(self, other: "Intervals") -> "Intervals":
        return Intervals.of(*_overlaps(self.spans, other.spans))

    def __sub__(self, other: "Intervals") -> "Intervals":
        return self & Intervals(_gaps(other.spans))


Spans = tuple[tuple[datetime, datetime], ...]
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


def _overlaps(left: Spans, right: Spans) -> Iterable[tuple[datetime, datetime]]:
    i = j = 0
    while i < len(left) and j < len(right):
        yield max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1


def _gaps(spans: Spans) -> Spans:
    starts = (BEGINNING, *(end for _, end in spans))
    ends = (*(start for start, _ in spans), END)
    return tuple(zip(starts, ends, strict=True))
