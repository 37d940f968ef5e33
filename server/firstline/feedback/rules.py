"""Scales on which customers say how content they are, and what many answers come to, as pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

Tone = Literal["good", "warn", "bad"]
# So long a link can be answered.
VALID = timedelta(days=30)
MAX_WORDS = 2000
# Of a short link: 59 bits of chance, without letters that are taken for others.
CODE_LENGTH = 12
CODE_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A question with whole numbers for an answer, the best last; from `good` on an answer is good, up to `bad` it is bad."""

    label: Any
    question: Any
    low: int
    high: int
    bad: int
    good: int
    # What the two ends mean.
    low_words: Any
    high_words: Any
    # What many answers come to: the share of good ones, or that minus the share of bad ones.
    figure_label: Any
    is_net: bool = False

    @property
    def scores(self) -> range:
        """All answers that there are, the worst first."""
        return range(self.low, self.high + 1)

    def tone(self, score: int) -> Tone:
        """Say how good an answer is."""
        return "good" if score >= self.good else "bad" if score <= self.bad else "warn"

    def percent(self, score: int) -> int:
        """Place an answer between the worst (0) and the best (100), so that scales can be compared."""
        return round(100 * (score - self.low) / (self.high - self.low))


SCALES: Mapping[str, Scale] = {
    "csat": Scale(
        label=_("Satisfaction (1 to 5)"),
        question=_("How content are you with how we dealt with it?"),
        low=1,
        high=5,
        bad=2,
        good=4,
        low_words=_("not at all"),
        high_words=_("very"),
        figure_label=_("content (4 or 5)"),
    ),
    "nps": Scale(
        label=_("Recommendation (0 to 10)"),
        question=_("How likely is it that you recommend us to others?"),
        low=0,
        high=10,
        bad=6,
        good=9,
        low_words=_("not at all likely"),
        high_words=_("very likely"),
        figure_label=_("net promoter score"),
        is_net=True,
    ),
    "effort": Scale(
        label=_("Effort (1 to 7)"),
        question=_("We made it easy for you. Do you agree?"),
        low=1,
        high=7,
        bad=3,
        good=5,
        low_words=_("not at all"),
        high_words=_("fully"),
        figure_label=_("easy (5 to 7)"),
    ),
}
DEFAULT_SCALE = "csat"


def figure(scale: Scale, counts: Mapping[int, int]) -> int | None:
    """Say what many answers come to: the good ones in per cent, of a net scale minus the bad ones; None for no answers.

    Shape: `counts` from a score to how often it was given.

    >>> figure(SCALES["csat"], {5: 3, 1: 1}), figure(SCALES["nps"], {10: 1, 0: 1, 7: 2})
    (75, 0)
    """
    total = sum(counts.values())
    if not total:
        return None
    by_tone = {"good": 0, "warn": 0, "bad": 0}
    for score, count in counts.items():
        by_tone[scale.tone(score)] += count
    return round(100 * (by_tone["good"] - (by_tone["bad"] if scale.is_net else 0)) / total)


def mean(counts: Mapping[int, int]) -> Decimal | None:
    """Give the mean of many answers, None for none.

    >>> mean({5: 1, 2: 1})
    Decimal('3.5')
    """
    total = sum(counts.values())
    return round(Decimal(sum(score * count for score, count in counts.items())) / total, 1) if total else None


def is_too_soon(last_asked_at: datetime | None, *, every: timedelta, now: datetime) -> bool:
    """Tell whether somebody was asked so lately that they are left in peace."""
    return last_asked_at is not None and now - last_asked_at < every
