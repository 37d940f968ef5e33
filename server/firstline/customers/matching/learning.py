"""Learns the weights from customers themselves, by expectation maximisation; with answers, where there are some."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from firstline.customers.matching.blocking import blocked_pairs
from firstline.customers.matching.comparisons import COMPARISONS, Comparison, align, is_one_place, pattern
from firstline.customers.matching.model import Levels, Model, Table, shares
from firstline.customers.matching.profiles import Profile

RANDOM_PAIRS = 60_000
ROUNDS = 60
_SETTLED = 1e-4  # relative change of the share of duplicates
# One relative in a hundred is called the same.
_RELATIVES = (0.01, 0.005, 0.005, 0.01, 0.97)
_ASSUMED = 50  # pairs of relatives that this stands for
_PSEUDO = 0.5  # of a pair, for levels that weren't seen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Patterns of pairs and how often each was seen; of those with an answer, apart."""

    blocked: Mapping[tuple[Levels, bool | None], int]
    at_random: Mapping[Levels, int]
    in_one_place: Mapping[tuple[Levels, bool | None], int]
    all_pairs: int


def learn(
    profiles: Sequence[Profile], *, owners: Sequence[Hashable] | None = None, seed: int = 0, sample: int = RANDOM_PAIRS
) -> Model:
    """Learn how often each field agrees among the same, within households and among strangers.

    `owners` says whose each profile is, where that is known; without it, it is found out from the profiles alone. `sample` is
    the number of pairs drawn at random to see what agrees by chance.
    Source: Winkler, Using the EM Algorithm for Weight Computation in the Fellegi-Sunter Model (1988).
    """
    seen = _look(profiles, owners, random.Random(seed), sample)  # noqa: S311 -- a sample, no secret
    chance = _levels_of(Counter(seen.at_random))
    model = Model(
        same=_table(_first_same),
        household=_table(_first_household),
        strangers=chance,
        neighbours=chance,
        share_same=0.5 / max(len(profiles), 2),
        share_household=0.1 / max(len(profiles), 2),
    )
    for _ in range(ROUNDS):
        better = _maximise(model, seen, chance)
        is_settled = abs(better.share_same - model.share_same) < _SETTLED * model.share_same
        model = better
        if is_settled:
            break
    return model


def share_of_duplicates(model: Model, bits: Iterable[tuple[float, float]], *, all_pairs: int) -> Model:
    """Fit only the shares of duplicates and of households to another set of customers, weights staying as they were.

    Shape: per blocked pair the bits of being the same and of living together, as in `Assessment`.
    """
    known = list(bits)
    for _ in range(ROUNDS):
        same = household = 0.0
        for one in known:
            is_same, is_household = shares(model, *one)
            same, household = same + is_same, household + is_household
        better = replace(model, share_same=same / all_pairs, share_household=household / all_pairs)
        is_settled = abs(better.share_same - model.share_same) <= _SETTLED * model.share_same
        model = better
        if is_settled:
            break
    return model


def _look(profiles: Sequence[Profile], owners: Sequence[Hashable] | None, dice: random.Random, sample: int) -> _Seen:
    def compared(pairs: Iterable[tuple[int, int]]) -> Counter[tuple[Levels, bool | None]]:
        return Counter(
            (pattern(align(profiles[left], profiles[right])), None if owners is None else owners[left] == owners[right])
            for left, right in pairs
        )

    count = len(profiles)
    at_random = [(dice.randrange(count), dice.randrange(count)) for _ in range(sample)]
    chance: Counter[Levels] = Counter()
    for (levels, is_same), times in compared((one, other) for one, other in at_random if one != other).items():
        chance[levels] += 0 if is_same else times
    return _Seen(
        blocked=compared(blocked_pairs(profiles)),
        at_random=chance,
        in_one_place=compared(_pairs_in_one_place(profiles, dice)),
        all_pairs=count * (count - 1) // 2,
    )


def _pairs_in_one_place(profiles: Sequence[Profile], dice: random.Random) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(profiles):
        if one.postcode:
            places[one.postcode].append(place)
    pairs: list[tuple[int, int]] = []
    for together in places.values():
        few = dice.sample(together, min(len(together), 12))
        pairs.extend(combinations(few, 2))
    return dice.sample(pairs, min(len(pairs), RANDOM_PAIRS // 2))


def _maximise(model: Model, seen: _Seen, chance: Table) -> Model:
    same, household = _Tally(), _Tally()
    for (levels, answer), times in seen.blocked.items():
        is_same, is_household = _expect(model, levels, answer)
        same.add(levels, is_same * times)
        household.add(levels, is_household * times)
    near = _Tally()
    for (levels, answer), times in seen.in_one_place.items():
        near.add(levels, (1 - sum(_expect(model, levels, answer))) * times)
    share = same.pairs / seen.all_pairs
    has_answers = any(answer is not None for _, answer in seen.blocked)
    same_table = same.table()
    return Model(
        same=same_table,
        household=_known_household(household.table(), pairs=household.pairs, has_answers=has_answers),
        strangers=chance if has_answers else _without_duplicates(chance, same_table, share),
        neighbours=near.table(),
        share_same=share,
        share_household=household.pairs / seen.all_pairs,
    )


def _expect(model: Model, levels: Levels, answer: bool | None) -> tuple[float, float]:  # noqa: FBT001 -- the answer is the datum
    if answer:
        return 1.0, 0.0
    bits = household_bits = 0.0
    for field, level in zip(COMPARISONS, levels, strict=True):
        if level is None:
            continue
        is_near = field.depends_on_place and is_one_place(levels, of=field.name)
        by_chance = (model.neighbours if is_near else model.strangers)[field.name][level]
        gain = math.log2(model.same[field.name][level] / by_chance)
        bits += gain
        if field.in_household == "as oneself":
            household_bits += gain
        elif field.in_household == "as learned":
            household_bits += math.log2(model.household[field.name][level] / by_chance)
    if answer is None:
        return shares(model, bits, household_bits)
    return 0.0, shares(replace(model, share_same=0.0), -1000.0, household_bits)[1]


class _Tally:
    """Counts levels by field, in parts of pairs."""

    def __init__(self) -> None:
        self.pairs = 0.0
        self._counts = [[_PSEUDO] * len(field.levels) for field in COMPARISONS]

    def add(self, levels: Levels, pairs: float) -> None:
        self.pairs += pairs
        for counts, level in zip(self._counts, levels, strict=True):
            if level is not None:
                counts[level] += pairs

    def table(self) -> Table:
        return {
            field.name: tuple(one / sum(counts) for one in counts)
            for field, counts in zip(COMPARISONS, self._counts, strict=True)
        }


def _levels_of(patterns: Mapping[Levels, int]) -> Table:
    tally = _Tally()
    for levels, times in patterns.items():
        tally.add(levels, times)
    return tally.table()


def _without_duplicates(chance: Table, same: Table, share: float) -> Table:
    """Take the duplicates that are among pairs at random out of what is seen by chance."""
    return {
        name: tuple(
            max(seen - share * among_same, seen / 20) for seen, among_same in zip(levels, same[name], strict=True)
        )
        for name, levels in chance.items()
    }


def _table(first: Callable[[Comparison], tuple[float, ...]]) -> Table:
    return {field.name: first(field) for field in COMPARISONS}


def _first_same(field: Comparison) -> tuple[float, ...]:
    rest = len(field.levels) - 1
    return (0.9, *([0.1 / rest] * rest))


def _known_household(learned: Table, *, pairs: float, has_answers: bool) -> Table:
    # Without answers, a wrong given name can't be told from a relative's: what is assumed of relatives has to stay.
    if not has_answers:
        return {**learned, "given_name": _RELATIVES}
    known = pairs / (pairs + _ASSUMED)
    mixed = zip(learned["given_name"], _RELATIVES, strict=True)
    return {**learned, "given_name": tuple(known * seen + (1 - known) * assumed for seen, assumed in mixed)}


def _first_household(field: Comparison) -> tuple[float, ...]:
    if field.name == "given_name":
        return _RELATIVES
    rest = len(field.levels) - 1
    return (0.6, *([0.4 / rest] * rest))
