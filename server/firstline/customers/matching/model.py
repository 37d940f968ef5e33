"""What was learned, and the score of a pair that it leads to, field by field."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from firstline.customers.matching.comparisons import COMPARISONS, SAME, Comparison, Pair, align, is_one_place, pattern
from firstline.customers.matching.frequencies import Frequencies
from firstline.customers.matching.profiles import Profile

Levels = tuple[int | None, ...]
Table = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How often each level of each field is seen, by what a pair of records really is.

    Shape: tables of field name -> probability of each of its levels, adding up to 1. Shares are of all pairs.
    """

    same: Table
    household: Table
    strangers: Table
    # Strangers who live in one place, for fields that depend on it.
    neighbours: Table
    share_same: float
    share_household: float
    # From this probability on, a pair is called the same.
    threshold: float = 0.5

    def as_json(self) -> dict[str, object]:
        """Write the model as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Model":
        """Read a model that `as_json` wrote.

        Raises: KeyError, TypeError when it is none.
        """
        return cls(
            same=_table(written["same"]),
            household=_table(written["household"]),
            strangers=_table(written["strangers"]),
            neighbours=_table(written["neighbours"]),
            share_same=float(written["share_same"]),
            share_household=float(written["share_household"]),
            threshold=float(written["threshold"]),
        )


def _table(written: Mapping[str, Sequence[float]]) -> Table:
    return {field.name: tuple(written[field.name]) for field in COMPARISONS}


@dataclass(slots=True, kw_only=True)  # millions are made: frozen ones take four times as long
class Evidence:
    """What one field says: `bits` doubles (or, below 0, halves) the odds of being the same as often as it says."""

    field: str
    level: str
    bits: float
    # The same against somebody else in the same household, who explains equal addresses as well.
    household_bits: float


@dataclass(slots=True, kw_only=True)  # as above
class Assessment:
    """What a pair is, with which probability, and why. `bits` and `household_bits` are against two strangers."""

    probability: float
    household: float
    bits: float
    household_bits: float
    evidence: tuple[Evidence, ...]


def assess(model: Model, left: Profile, right: Profile, *, frequencies: Frequencies) -> Assessment:
    """Say with which probability two records are one and the same customer, and what each field adds to that."""
    pair = align(left, right)
    evidence = weigh(model, pair, pattern(pair), frequencies=frequencies)
    bits = sum(one.bits for one in evidence)
    household_bits = sum(one.household_bits for one in evidence)
    same, household = shares(model, bits, household_bits)
    return Assessment(
        probability=same, household=household, bits=bits, household_bits=household_bits, evidence=evidence
    )


def probability(model: Model, left: Profile, right: Profile, *, frequencies: Frequencies) -> float:
    """Say with which probability two records are one and the same customer, and nothing else: as `assess`, in less time."""
    pair = align(left, right)
    bits = household_bits = 0.0
    for _field, _level, some, of_household in _weighed(model, pair, pattern(pair), frequencies):
        bits, household_bits = bits + some, household_bits + of_household
    return shares(model, bits, household_bits)[0]


def shares(model: Model, bits: float, household_bits: float) -> tuple[float, float]:
    """Give the probabilities of being the same and of living together; the rest is being strangers.

    Units: bits against strangers, as in `Assessment`.
    """
    logs = (
        math.log2(max(model.share_same, 1e-300)) + bits,
        math.log2(max(model.share_household, 1e-300)) + household_bits,
        math.log2(max(1 - model.share_same - model.share_household, 1e-300)),
    )
    highest = max(logs)
    same, household, strangers = (2 ** max(one - highest, -1000) for one in logs)
    return same / (same + household + strangers), household / (same + household + strangers)


def weigh(model: Model, pair: Pair, levels: Levels, *, frequencies: Frequencies) -> tuple[Evidence, ...]:
    """Weigh each field that both sides know."""
    return tuple(
        Evidence(field=field.name, level=field.levels[level], bits=bits, household_bits=household_bits)
        for field, level, bits, household_bits in _weighed(model, pair, levels, frequencies)
    )


def _weighed(
    model: Model, pair: Pair, levels: Levels, frequencies: Frequencies
) -> Iterator[tuple[Comparison, int, float, float]]:
    for field, level in zip(COMPARISONS, levels, strict=True):
        if level is not None:
            by_chance = _by_chance(model, field, pair, levels, level, frequencies)
            bits = math.log2(model.same[field.name][level] / by_chance)
            yield field, level, bits, _household_bits(model, field, level, bits, by_chance)


def _by_chance(
    model: Model, field: Comparison, pair: Pair, levels: Levels, level: int, frequencies: Frequencies
) -> float:
    if field.depends_on_place and is_one_place(levels, of=field.name):
        return model.neighbours[field.name][level]
    shared = set(field.values(pair.left)) & set(field.values(pair.right)) if level == SAME and field.pool else None
    if shared and frequencies.total:
        return max(frequencies.share(field.pool, value) for value in shared)
    return model.strangers[field.name][level]


def _household_bits(model: Model, field: Comparison, level: int, bits: float, by_chance: float) -> float:
    if field.in_household == "as oneself":
        return bits
    if field.in_household == "as strangers":
        return 0.0
    return math.log2(model.household[field.name][level] / by_chance)
