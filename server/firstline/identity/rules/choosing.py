"""Which question is asked next: at random, but for one contact always in the same order, and none twice."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was asked in this contact, and whether the answer was right."""

    key: str
    is_right: bool


def in_order(keys: Collection[str], *, contact_id: UUID) -> list[str]:
    """Shuffle questions for one contact: who calls again gets another order, who looks again the same.

    >>> in_order({"a", "b", "c"}, contact_id=UUID(int=1)) == in_order(["c", "b", "a"], contact_id=UUID(int=1))
    True
    """
    return sorted(keys, key=lambda key: hashlib.sha256(contact_id.bytes + key.encode()).digest())


def next_question(
    kinds: Mapping[str, str], asked: Sequence[Asked], *, needed: Mapping[str, int], right: int, contact_id: UUID
) -> str | None:
    """Choose what to ask next; None when enough was answered, or what is left can't be enough.

    `kinds` are the questions that can be asked, by key, each with its kind; `needed` says how many of which kinds must be
    right, `right` how many altogether. A question that was asked is spent, whatever the answer was.
    """
    good = Counter(kinds[one.key] for one in asked if one.is_right and one.key in kinds)
    missing = {kind: count - good[kind] for kind, count in needed.items() if count > good[kind]}
    more = max(right - good.total(), sum(missing.values()))
    spent = {one.key for one in asked}
    free = [key for key in in_order(kinds, contact_id=contact_id) if key not in spent]
    left = Counter(kinds[key] for key in free)
    if more <= 0 or len(free) < more or any(left[kind] < count for kind, count in missing.items()):
        return None
    return next((key for key in free if kinds[key] in missing), free[0])


def is_passed(kinds: Mapping[str, str], asked: Sequence[Asked], *, needed: Mapping[str, int], right: int) -> bool:
    """Tell whether enough was answered right, of the kinds that are needed."""
    good = Counter(kinds[one.key] for one in asked if one.is_right and one.key in kinds)
    return good.total() >= right and all(good[kind] >= count for kind, count in needed.items())
