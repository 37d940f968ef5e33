"""Who is calling: the same weights for one person and the few customers who it may be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from firstline.customers.matching.frequencies import Frequencies
from firstline.customers.matching.model import Assessment, Model, assess
from firstline.customers.matching.profiles import Profile

Key = TypeVar("Key")
CERTAIN = 0.9999  # at most one wrong in ten thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes contact: the share that are customers, and of the others the share that live with one.

    Assumed low and high, so that nobody is taken for a relative too readily.
    """

    is_customer: float = 0.7
    lives_with_customer: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess(Generic[Key]):
    """A customer who it may be, with which probability, and why."""

    key: Key
    probability: float
    assessment: Assessment

    @property
    def is_certain(self) -> bool:
        """Tell whether it may be shown as a fact."""
        return self.probability >= CERTAIN


def guess(
    model: Model,
    said: Profile,
    among: Mapping[Key, Profile],
    *,
    customers: int,
    frequencies: Frequencies,
    caller: Caller | None = None,
) -> list[Guess[Key]]:
    """Say who it may be, the most probable first. At most one of them is right, and it may be nobody of them.

    `among` are those who share a key with what was said; all others of the `customers` are taken to be out of the question.
    """
    caller = caller or Caller()
    assessed = {key: assess(model, said, one, frequencies=frequencies) for key, one in among.items()}
    each = caller.is_customer / max(customers, 1)
    relative = (1 - caller.is_customer) * caller.lives_with_customer / max(customers, 1)
    nobody = (1 - caller.is_customer) * (1 - caller.lives_with_customer)
    nobody += sum(relative * _odds(one.household_bits) for one in assessed.values())
    total = nobody + sum(each * _odds(one.bits) for one in assessed.values())
    found = [
        Guess(key=key, probability=each * _odds(one.bits) / total, assessment=one) for key, one in assessed.items()
    ]
    return sorted(found, key=lambda one: (-one.probability, str(one.key)))


def _odds(bits: float) -> float:
    return math.exp2(min(bits, 900))
