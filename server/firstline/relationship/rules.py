"""From facts to stages and figures, as pure functions; every figure keeps the facts that it was made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

import feel
from firstline.money import Money

# What Firstline itself knows of every customer, by the names that formulas use: how it is said, and its unit.
OWN_FACTS: Mapping[str, tuple[Any, str]] = {
    "customer_kind": (_("Person or organisation"), "text"),
    "known_since": (_("Known since"), "date"),
    "known_days": (_("Days for which they are known"), "days"),
    "open_cases": (_("Open cases"), "number"),
    "cases_12_months": (_("Cases opened within 12 months"), "number"),
    "open_complaints": (_("Open complaints"), "number"),
    "complaints_12_months": (_("Complaints within 12 months"), "number"),
    "contacts_90_days": (_("Contacts within 90 days"), "number"),
    "contacts_12_months": (_("Contacts within 12 months"), "number"),
    "days_since_contact": (_("Days since the last contact"), "days"),
    "promises_12_months": (_("Promises due within the last 12 months"), "number"),
    "broken_promises_12_months": (_("Of these, broken or kept late"), "number"),
    "last_satisfaction": (_("Last satisfaction, 0 to 100"), "number"),
    "satisfaction_12_months": (_("Satisfaction within 12 months, 0 to 100"), "number"),
}
# The contracts that the systems know, as a list of contexts: number, product, state, from, until.
CONTRACTS = "contracts"
CONTRACT_KEYS = frozenset({"number", "product", "state", "from", "until"})
CONTRACTS_LABEL = _("Contracts in the systems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A fact about one customer: its value, where and when it was read, and why it isn't known, where it isn't."""

    name: str
    label: str
    unit: str
    value: Any = None
    source: str = ""
    read_at: datetime | None = None
    # Why nothing is known; "" = it is.
    missing: str = ""
    # Whether it is old because its source didn't answer now.
    is_last_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a formula gives: a value, the facts that it named, and why there is no value."""

    value: Any
    used: tuple[Known, ...]
    # The facts that aren't known, or what FEEL says.
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract as a system knows it."""

    number: str
    product: str
    product_name: str
    state: str
    state_text: str
    from_on: date | None
    until_on: date | None

    def as_context(self) -> dict[str, Any]:
        """Write it as formulas see it."""
        return {
            "number": self.number,
            "product": self.product,
            "state": self.state,
            "from": self.from_on,
            "until": self.until_on,
        }


def outcome(formula: feel.Expression, facts: Mapping[str, Known], *, now: datetime) -> Outcome:
    """Evaluate a formula over facts; one that names a fact which isn't known gives nothing, and says which."""
    used = tuple(facts[name] for name in sorted(formula.names) if name in facts)
    missing = tuple(one.missing for one in used if one.missing)
    if missing:
        return Outcome(value=None, used=used, problems=tuple(dict.fromkeys(missing)))
    context = {one.name: plain(one.value) for one in used}
    found = formula.evaluate(context, now=now)
    problems = tuple(one.message for one in found.diagnostics) if found.value is None else ()
    return Outcome(value=found.value, used=used, problems=problems)


def tone_of(value: Any, tones: Mapping[str, feel.UnaryTests], facts: Mapping[str, Known]) -> str:
    """Give the first tone whose test a value passes, "" for none."""
    if value is None:
        return ""
    context = {name: plain(one.value) for name, one in facts.items() if not one.missing}
    return next((tone for tone, test in tones.items() if test.evaluate(value, context).value is True), "")


def plain(value: Any) -> Any:
    """Write a value as formulas see it: an amount without its currency.

    >>> plain([{"open": Money(Decimal("1.50"), "EUR")}])
    [{'open': Decimal('1.50')}]
    """
    match value:
        case Money():
            return value.amount
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def storable(value: Any) -> Any:
    """Write a value so that it can be kept beside a change of stage: no lists of contracts, only how many."""
    if isinstance(value, list | tuple):
        return len(value)
    return value if isinstance(value, None | bool | int | str | Decimal | date | Money) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage as a line of steps shows it: done, now or next."""

    key: str
    label: str
    state: str


def steps(stages: Sequence[tuple[str, str]], current: str) -> list[Step]:
    """Lay the stages out as steps: done before the current one, next after it.

    Shape: `stages` as (key, label).

    >>> [one.state for one in steps([("a", "A"), ("b", "B"), ("c", "C")], "b")]
    ['done', 'now', 'next']
    """
    keys = [key for key, _label in stages]
    here = keys.index(current) if current in keys else -1
    return [
        Step(key=key, label=label, state="now" if n == here else "done" if n < here else "next")
        for n, (key, label) in enumerate(stages)
    ]
