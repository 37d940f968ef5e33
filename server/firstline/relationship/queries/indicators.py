"""Figures beside the contact, each with its formula and what it was made of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import ngettext

from firstline.money import Money
from firstline.relationship.definition import Definition, Indicator
from firstline.relationship.queries.facts import Standing
from firstline.relationship.rules import Known, outcome, tone_of
from firstline.sources.rules.tiles import in_language
from firstline.sources.rules.values import shown

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A fact that a figure was made of."""

    name: str
    label: str
    text: str
    source: str
    read_at: datetime | None
    is_last_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure as people see it; `problems` say why there is none."""

    key: str
    label: str
    explanation: str
    text: str
    tone: str
    formula: str
    used: tuple[Used, ...]
    problems: tuple[str, ...]


def indicators(definition: Definition, standing: Standing, *, language: str) -> list[Shown]:
    """Work out all of a brand's figures for one customer."""
    return [_shown(one, standing, language) for one in definition.indicators]


def used_facts(facts: tuple[Known, ...], language: str) -> tuple[Used, ...]:
    """Write facts for people."""
    return tuple(
        Used(
            name=one.name,
            label=one.label,
            text=one.missing or written(one.value, unit=one.unit, language=language),
            source=one.source,
            read_at=one.read_at,
            is_last_known=one.is_last_known,
        )
        for one in facts
    )


def _shown(one: Indicator, standing: Standing, language: str) -> Shown:
    found = outcome(one.formula, standing.facts, now=standing.at)
    said = one.values.get(str(found.value))
    text = in_language(said, language) if said else ""
    return Shown(
        key=one.key,
        label=in_language(one.label, language),
        explanation=in_language(one.explanation, language) if one.explanation else "",
        text=text or written(found.value, unit=one.unit, language=language, currency=one.currency),
        tone=tone_of(found.value, one.tones, standing.facts),
        formula=one.formula.text,
        used=used_facts(found.used, language),
        problems=found.problems,
    )


def written(value: Any, *, unit: str, language: str, currency: str = "EUR") -> str:
    """Write a value as people do, in its unit; a dash when there is none.

    >>> written(Decimal("1234.5"), unit="money", language="en")
    '€1,234.50'
    >>> written(Decimal("12.345"), unit="percent", language="en")
    '12.3 %'
    """
    if value is None:
        return NOTHING
    if isinstance(value, list):
        return ngettext("%(n)d entry", "%(n)d entries", len(value)) % {"n": len(value)}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number(Decimal(value), unit, language, currency)
    return shown(value, language)


def _number(value: Decimal, unit: str, language: str, currency: str) -> str:
    if unit == "money":
        return shown(Money(value, currency), language)
    if unit == "percent":
        return f"{shown(round(value, 1), language)} %"
    if unit == "days":
        return ngettext("%(n)s day", "%(n)s days", int(value)) % {"n": shown(int(value), language)}
    return shown(round(value, 2), language)
