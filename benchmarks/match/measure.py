"""How well the same people are found: pairs over a whole file, and one caller at the desk."""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import made_up

from firstline.customers import matching
from firstline.customers.matching.model import shares
from firstline.customers.matching.profiles import Profile

# What people at the desk ask for first: what of a record a caller has said so far.
SAID = {
    "name, postcode, house number": ("given_name", "family_name", "postcode", "house_number"),
    "name, street, town": ("given_name", "family_name", "street", "town"),
    "name and whole address": (
        "given_name",
        "family_name",
        "street",
        "house_number",
        "postcode",
        "town",
        "extra_line",
        "region",
    ),
    "everything": (
        "given_name",
        "family_name",
        "street",
        "house_number",
        "postcode",
        "town",
        "birth_date",
        "phones",
        "emails",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Profiles, and whose each of them is."""

    profiles: list[Profile]
    owners: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good a set of pairs is."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Give the harmonic mean of both."""
        return (
            2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskScore:
    """Of callers who are customers: who was first. Of all: whom a wrong person was shown as certain."""

    calls: int
    customers: int
    right_first: int
    right_certain: int
    wrong_certain: int


def read_febrl(path: Path) -> Records:
    """Read records of FEBRL's form without national id and date of birth; the owner is the number in `rec_id`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    profiles = [
        matching.profile(
            given_name=row["given_name"],
            family_name=row["surname"],
            street=row["address_1"],
            house_number=row["street_number"],
            extra_line=row["address_2"],
            postcode=row["postcode"],
            town=row["suburb"],
            region=row["state"],
        )
        for row in rows
    ]
    return Records(profiles=profiles, owners=[row["rec_id"].split("-")[1] for row in rows])


def make_records(*, people: int, seconds: int, seed: int) -> Records:
    """Make up people of whom some come a second time."""
    dice = random.Random(seed)
    rows, town = made_up.make_people(count=people, seed=seed)
    rows += [made_up.again(dice.choice(rows[:people]), town, dice) for _ in range(seconds)]
    return Records(profiles=[profile_of(row) for row in rows], owners=[row["owner"] for row in rows])


def profile_of(row: made_up.Row) -> Profile:
    """Turn a made-up person into what is compared."""
    plain = {name: value for name, value in row.items() if name not in {"owner", "phone", "email"}}
    return matching.profile(**plain, phones=[row["phone"]], emails=[row["email"]])


def probabilities(model: matching.Model, records: Records) -> dict[tuple[int, int], float]:
    """Give the probability of being the same for all pairs worth a look; shares are fitted to the file, weights aren't."""
    profiles = records.profiles
    frequencies = matching.count_values(profiles)
    bits = {}
    for left, right in matching.blocked_pairs(profiles):
        found = matching.assess(model, profiles[left], profiles[right], frequencies=frequencies)
        bits[left, right] = (found.bits, found.household_bits)
    fitted = matching.share_of_duplicates(model, bits.values(), all_pairs=len(profiles) * (len(profiles) - 1) // 2)
    return {pair: shares(fitted, *known)[0] for pair, known in bits.items()}


def score(found: dict[tuple[int, int], float], records: Records, *, threshold: float) -> Score:
    """Count pairs at or above the threshold against all true ones, also those that were never looked at."""
    owners = records.owners
    called = [pair for pair, probability in found.items() if probability >= threshold]
    right = sum(owners[left] == owners[other] for left, other in called)
    true_pairs = sum(times * (times - 1) // 2 for times in Counter(owners).values())
    return Score(precision=right / max(len(called), 1), recall=right / max(true_pairs, 1))


def with_threshold(model: matching.Model, records: Records) -> matching.Model:
    """Choose the probability from which on pairs are called the same: the middle one of those with the best F1."""
    found = probabilities(model, records)
    tried = [place / 100 for place in range(1, 100)]
    scores = {threshold: score(found, records, threshold=threshold).f1 for threshold in tried}
    best = [threshold for threshold in tried if scores[threshold] == max(scores.values())]
    return replace(model, threshold=best[len(best) // 2])


def at_the_desk(model: matching.Model, records: Records, *, said: Sequence[str], calls: int, seed: int) -> DeskScore:
    """Let people call: each says these fields of one of their records, while another one is in the customer base.

    Every third caller isn't in it: the record was taken out, everybody else stays.
    """
    dice = random.Random(seed)
    base, others = _split(records)
    frequencies = matching.count_values(records.profiles[place] for place in base.values())
    under: dict[int, set[str]] = defaultdict(set)
    for owner, place in base.items():
        for key in matching.blocking_keys(records.profiles[place]):
            under[key].add(owner)
    tally: Counter[str] = Counter()
    for number in range(calls):
        place = dice.choice(others)
        owner, is_stranger = records.owners[place], number % 3 == 2
        whole = records.profiles[place]
        spoken = Profile(**{field: getattr(whole, field) for field in said})
        nearby = set().union(*(under[key] for key in matching.blocking_keys(spoken)))
        nearby -= {owner} if is_stranger else set()
        guesses = matching.guess(
            model,
            spoken,
            {one: records.profiles[base[one]] for one in nearby},
            customers=len(base),
            frequencies=frequencies,
        )
        first = guesses[0] if guesses else None
        tally["customers"] += not is_stranger
        tally["right_first"] += bool(first and first.key == owner)
        tally["right_certain"] += bool(first and first.key == owner and first.is_certain)
        tally["wrong_certain"] += bool(first and first.key != owner and first.is_certain)
    return DeskScore(
        calls=calls,
        customers=tally["customers"],
        right_first=tally["right_first"],
        right_certain=tally["right_certain"],
        wrong_certain=tally["wrong_certain"],
    )


def _split(records: Records) -> tuple[dict[str, int], list[int]]:
    base: dict[str, int] = {}
    others = []
    for place, owner in enumerate(records.owners):
        if owner in base:
            others.append(place)
        else:
            base[owner] = place
    return base, others
