"""How common a value is among the customers: agreeing on a rare one says more."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from firstline.customers.matching.comparisons import COMPARISONS
from firstline.customers.matching.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """How many of `total` profiles have a value, by pool and value. What isn't there counts as had by one."""

    total: int = 0
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def share(self, pool: str, value: str) -> float:
        """Give the share of profiles that have this value.

        >>> Frequencies(total=100, counts={("town", "delft"): 4}).share("town", "delft")
        0.04
        """
        return max(self.counts.get((pool, value), 0), 1) / max(self.total, 1)


def values_of(one: Profile) -> set[tuple[str, str]]:
    """List the values of a profile that are counted, each with its pool."""
    return {(known.pool, value) for known in COMPARISONS for value in known.values(one) if value}


def count_values(profiles: Iterable[Profile]) -> Frequencies:
    """Count every value of every profile."""
    counts: Counter[tuple[str, str]] = Counter()
    total = 0
    for one in profiles:
        counts.update(values_of(one))
        total += 1
    return Frequencies(total=total, counts=counts)
