"""The page of numbers, laid out: for each figure what it is, how it compares, how it comes about, and its charts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from firstline.accounts import queries as account_queries
from firstline.insights import queries, rules
from firstline.insights.queries import Measured, Question, Slice
from firstline.insights.web import words
from firstline.insights.web.charts import Chart, DayChart, chart, day_chart
from firstline.insights.web.periods import ChosenPeriod
from firstline.procedures import queries as procedure_queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One more fact of a figure."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One figure on the page."""

    key: str
    title: str
    headline: str
    headline_label: str
    url: str
    compared: str
    formula: str
    lines: tuple[Line, ...] = ()
    charts: tuple[Chart, ...] = ()
    days: DayChart | None = None
    hint: str = ""


class Labels:
    """The names of channels, reasons and teams in the language of the page."""

    def __init__(self, language: str) -> None:
        self._names = {
            "reason": procedure_queries.reason_names(language),
            "team": account_queries.team_names(language),
            "channel": channel_names(),
        }
        self._none = {
            "reason": _("without a reason yet"),
            "team": _("whoever talks to the customer"),
            "channel": _("unknown"),
        }

    def name(self, dimension: str, key: str) -> str:
        """Name one channel, reason or team."""
        return self._names[dimension].get(key) or key or self._none[dimension]


def channel_names() -> dict[str, str]:
    """Name the channels."""
    return {
        "email": _("E-mail"), "phone": _("Phone"), "webform": _("Web form"), "chat": _("Chat"), "letter": _("Letter"),
        "sms": _("SMS"), "social": _("Social media"), "counter": pgettext("channel", "Counter"),
    }  # fmt: skip


def lay_out(chosen: ChosenPeriod, now: Question, before: Question, *, language: str) -> list[Section]:
    """Count every figure in both periods and lay the page out."""
    page = _Page(chosen=chosen, now=now, before=before, labels=Labels(language))
    return [
        page.contacts(),
        page.handling(),
        page.first_time_right(),
        page.turnaround(),
        page.complaints(),
        page.tasks(),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    chosen: ChosenPeriod
    now: Question
    before: Question
    labels: Labels

    def contacts(self) -> Section:
        now, before = self._both("contacts")
        counted = partial(
            self._chart, "contacts", now, before, value=lambda one: one.count, write=words.number, unit=_("Contacts")
        )
        days = rules.days_between(self.now.period.first, self.now.period.last)
        found = now.of("day")
        per_day = [
            (formats.date_format(day, "SHORT_DATE_FORMAT"), found.get(day.isoformat(), queries.NOTHING).count)
            for day in days
        ]
        return self._section(
            "contacts",
            headline=words.number(now.whole.count),
            headline_label=_("contacts from customers"),
            compared=words.compared(now.whole.count, before.whole.count, words.number),
            charts=(
                counted(dimension="channel", title=_("By channel")),
                counted(dimension="reason", title=_("By reason")),
            ),
            days=day_chart(per_day) if len(per_day) > 1 else None,
        )

    def turnaround(self) -> Section:
        now, before = self._both("turnaround")
        return self._section(
            "turnaround",
            headline=words.duration(now.whole.median),
            headline_label=_("from opening to end, median"),
            compared=words.compared(now.whole.median, before.whole.median, words.duration),
            lines=(*_spread(now.whole), self._counted_cases(now)),
            charts=(
                self._chart(
                    "turnaround",
                    now,
                    before,
                    dimension="reason",
                    title=_("Median by reason"),
                    unit=_("Median"),
                    value=_median,
                    write=words.duration,
                ),
            ),
        )

    def handling(self) -> Section:
        now, before = self._both("handling")
        mean = partial(self._chart, "handling", now, before, value=_mean, write=words.duration, unit=_("Mean"))
        return self._section(
            "handling",
            headline=words.duration(now.whole.mean),
            headline_label=_("per contact, mean"),
            compared=words.compared(now.whole.mean, before.whole.mean, words.duration),
            lines=(
                Line(label=_("Median"), text=words.duration(now.whole.median)),
                Line(label=_("Nine of ten within"), text=words.duration(now.whole.ninety)),
                Line(label=_("All together"), text=words.duration(now.whole.total)),
                Line(label=_("Contacts counted"), text=words.number(now.whole.count)),
            ),
            charts=(
                mean(dimension="reason", title=_("Mean by reason")),
                mean(dimension="channel", title=_("Mean by channel")),
            ),
        )

    def first_time_right(self) -> Section:
        now, before = self._both("first-time-right")
        again = now.whole.count - round(now.whole.total)
        hint = ""
        if not now.whole.count:
            hint = ngettext(
                "No contact of this period can be judged yet: that takes %(days)d day. Choose an earlier period, or fewer days.",
                "No contact of this period can be judged yet: that takes %(days)d days. Choose an earlier period, or fewer days.",
                self.now.repeat_days,
            ) % {"days": self.now.repeat_days}
        return self._section(
            "first-time-right",
            headline=words.percent(_share(now.whole)),
            headline_label=_("of the contacts needed no second one"),
            compared=words.compared_shares(_share(now.whole), _share(before.whole)),
            lines=(
                Line(label=_("Contacts judged"), text=words.number(now.whole.count)),
                Line(label=_("Came again"), text=words.number(again), url=self._url("first-time-right", value="0")),
            ),
            charts=(
                self._chart(
                    "first-time-right",
                    now,
                    before,
                    dimension="reason",
                    title=_("Share by reason"),
                    unit=_("Share"),
                    value=_share,
                    write=words.percent,
                    full=100,
                ),
            ),
            hint=hint,
        )

    def complaints(self) -> Section:
        now, before = self._both("complaints")
        cases, cases_before = self._both("cases")
        share = _float(rules.percentage(now.whole.count, cases.whole.count))
        share_before = _float(rules.percentage(before.whole.count, cases_before.whole.count))
        return self._section(
            "complaints",
            headline=words.number(now.whole.count),
            headline_label=_("complaints"),
            compared=words.compared(now.whole.count, before.whole.count, words.number),
            lines=(
                Line(
                    label=_("Share of all cases"),
                    text=f"{words.percent(share)}, {words.compared_shares(share, share_before)}",
                ),
                Line(label=_("Still open"), text=words.number(now.whole.total), url=self._url("complaints", value="1")),
                Line(label=_("Cases opened"), text=words.number(cases.whole.count), url=self._url("cases")),
            ),
            charts=(
                self._chart(
                    "complaints",
                    now,
                    before,
                    dimension="channel",
                    title=_("By channel"),
                    unit=_("Complaints"),
                    value=_count,
                    write=words.number,
                ),
            ),
        )

    def tasks(self) -> Section:
        now = queries.measure("tasks", self.now)
        waited = None if now.whole.first_at is None else (self.now.now - now.whole.first_at).total_seconds()
        by_team = partial(self._chart, "tasks", now, None, dimension="team")
        return self._section(
            "tasks",
            headline=words.number(now.whole.count),
            headline_label=_("steps wait for a person now"),
            compared="",
            lines=(Line(label=_("The oldest has waited"), text=words.duration(waited)),),
            charts=(
                by_team(title=_("By team"), unit=_("Tasks"), value=_count, write=words.number),
                by_team(title=_("Oldest by team"), unit=_("Waiting time"), value=self._oldest, write=words.duration),
            ),
        )

    def _oldest(self, one: Slice) -> float | None:
        return None if one.first_at is None else (self.now.now - one.first_at).total_seconds()

    def _counted_cases(self, measured: Measured) -> Line:
        return Line(label=_("Cases counted"), text=words.number(measured.whole.count))

    def _both(self, figure: str) -> tuple[Measured, Measured]:
        return queries.measure(figure, self.now), queries.measure(figure, self.before)

    def _section(self, figure: str, **fields: Any) -> Section:
        return Section(
            key=figure,
            title=words.title(figure),
            url=self._url(figure),
            formula=words.formula(figure, repeat_days=self.now.repeat_days),
            **fields,
        )

    def _chart(
        self,
        figure: str,
        now: Measured,
        before: Measured | None,
        *,
        dimension: str,
        title: str,
        unit: str,
        value: Callable[[Slice], float | None],
        write: Callable[[float | None], str],
        full: float = 0,
    ) -> Chart:
        slices: Mapping[str, Slice] | None = before.of(dimension) if before else None
        return chart(
            title=title,
            dimension={"channel": _("Channel"), "reason": _("Reason"), "team": _("Team")}[dimension],
            unit=unit,
            now=now.of(dimension),
            before=slices,
            value=value,
            write=write,
            label=partial(self.labels.name, dimension),
            url=lambda key: self._url(figure, **{dimension: key}),
            full=full,
        )

    def _url(self, figure: str, **more: str) -> str:
        return f"{reverse('insights:figure', args=[figure])}?{self.chosen.query(**more)}"


def _spread(whole: Slice) -> tuple[Line, ...]:
    return (
        Line(label=_("Mean"), text=words.duration(whole.mean)),
        Line(label=_("Nine of ten within"), text=words.duration(whole.ninety)),
    )


def _count(one: Slice) -> float | None:
    return one.count


def _mean(one: Slice) -> float | None:
    return one.mean


def _median(one: Slice) -> float | None:
    return one.median


def _share(one: Slice) -> float | None:
    return _float(rules.percentage(one.total, one.count))


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
