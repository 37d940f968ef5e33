"""The page of numbers, and the contacts or cases behind each."""

import math
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from firstline import clock
from firstline.errors import AccessDenied, FirstlineError
from firstline.insights import queries
from firstline.insights.access import Scope, access_numbers
from firstline.insights.queries import Chosen, FactRow, Question
from firstline.insights.web import board, words
from firstline.insights.web.periods import ChosenPeriod, chosen_period

PAGE = 50
MEASURED = {"turnaround", "handling", "tasks"}


def numbers(request: HttpRequest) -> HttpResponse:
    """Show every figure, compared with the period before."""
    scope = access_numbers(request)
    chosen, now, before = _asked(request, scope)
    sections = board.lay_out(chosen, now, before, language=_language())
    return render(
        request, "insights/numbers.html", {"sections": sections, "chosen": chosen, "repeat_choices": (3, 7, 14, 30, 90)}
    )


def figure(request: HttpRequest, figure: str) -> HttpResponse:
    """List the contacts or cases behind a figure, or behind one bar of it."""
    scope = access_numbers(request)
    if figure not in queries.FIGURES:
        raise AccessDenied(_("There is no such figure. Choose one on the page of numbers."))
    chosen, question, _before = _asked(request, scope)
    part = _chosen_part(request)
    rows = queries.behind(figure, question, part, language=_language(), after=_after(request), limit=PAGE + 1)
    shown, more = rows[:PAGE], len(rows) > PAGE
    asked = {
        name: value for name, value in request.GET.dict().items() if name in {"channel", "reason", "team", "value"}
    }
    return render(
        request,
        "insights/figure.html",
        {
            "figure": figure,
            "title": words.title(figure),
            "formula": words.formula(figure, repeat_days=question.repeat_days),
            "of": queries.FIGURES[figure].of,
            "chosen": chosen,
            "filters": _filters(asked, figure),
            "rows": [
                (row, _url(figure, row), _measured(figure, row), board.channel_names().get(row.channel, row.channel))
                for row in shown
            ],
            "value_label": _value_label(figure),
            "next": chosen.query(**asked, after=f"{shown[-1].rank!r}~{shown[-1].id}") if more else "",
            "back": chosen.query(),
        },
    )


def _asked(request: HttpRequest, scope: Scope) -> tuple[ChosenPeriod, Question, Question]:
    now = clock.now()
    chosen = chosen_period(request.GET, now=now, zone=queries.zone())
    question = Question(scope=scope, period=chosen.period, now=now, repeat_days=chosen.repeat_days)
    return chosen, question, replace(question, period=chosen.before)


def _chosen_part(request: HttpRequest) -> Chosen:
    value = request.GET.get("value")
    if value not in (None, "0", "1"):
        raise FirstlineError(_("This address can't be understood. Go back to the numbers and choose there."))
    parts = {name: request.GET.get(name) for name in ("channel", "reason", "team")}
    if any("\x00" in (text or "") for text in parts.values()):
        raise FirstlineError(_("This address can't be understood. Go back to the numbers and choose there."))
    return Chosen(**parts, value=float(value) if value else None)


def _after(request: HttpRequest) -> tuple[float, UUID] | None:
    text = request.GET.get("after", "")
    if not text:
        return None
    rank, _tilde, last = text.partition("~")
    try:
        found = float(rank), UUID(last)
    except ValueError:
        found = math.nan, UUID(int=0)
    if not math.isfinite(found[0]):
        raise FirstlineError(_("This address can't be understood. Go back to the numbers and choose there."))
    return found


def _filters(asked: dict[str, str], figure: str) -> list[str]:
    labels = board.Labels(_language())
    found = [labels.name(name, asked[name]) for name in ("channel", "reason", "team") if name in asked]
    return [*found, *([_measured_value(figure, float(asked["value"]))] if asked.get("value") else [])]


def _value_label(figure: str) -> str:
    labels = {
        "turnaround": _("From opening to end"), "handling": _("Handling time"), "tasks": _("Waiting for"),
        "first-time-right": _("Right?"), "complaints": _("State"),
    }  # fmt: skip
    return labels.get(figure, "")


def _measured(figure: str, row: FactRow) -> str:
    return words.duration(row.value) if figure in MEASURED else _measured_value(figure, row.value)


def _measured_value(figure: str, value: float) -> str:
    if figure == "first-time-right":
        return _("yes") if value else _("no, came again")
    if figure == "complaints":
        return _("open") if value else _("closed")
    return ""


def _url(figure: str, row: FactRow) -> str:
    name = "contacts:contact" if queries.FIGURES[figure].of == "contacts" else "cases:case"
    try:
        return reverse(name, args=[row.about])
    except NoReverseMatch:
        return ""


def _language() -> str:
    return (get_language() or "en").split("-")[0]
