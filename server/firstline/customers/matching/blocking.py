"""Which pairs are worth a look: those that share a key made of the beginnings of two fields."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from firstline.customers.matching.phonetics import sound
from firstline.customers.matching.profiles import Profile

_MANY = 80  # profiles under one key: it tells nobody apart


def blocking_keys(one: Profile) -> frozenset[int]:
    """Give the keys under which a profile is found, as 64-bit numbers that a database can index.

    Two fields of each pair may be wrong in all but their beginnings, and any field may be wrong altogether, while another pair holds.

    >>> left = Profile(given_name="jack", family_name="browne", postcode="4030", house_number="34")
    >>> right = Profile(given_name="browne", family_name="jack", postcode="4030")
    >>> bool(blocking_keys(left) & blocking_keys(right))
    True
    """
    return frozenset(_number(key) for key in _keys(one))


def blocked_pairs(profiles: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Go through the pairs of places in the sequence that share a key, each once, the smaller first."""
    under: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(profiles):
        for key in blocking_keys(one):
            under[key].append(place)
    seen: set[tuple[int, int]] = set()
    for places in under.values():
        if len(places) <= _MANY:
            seen.update(combinations(places, 2))
    yield from sorted(seen)


def _keys(one: Profile) -> Iterator[str]:
    names = [name.replace(" ", "") for name in (one.given_name, one.family_name) if name]
    lines = [line.replace(" ", "")[:5] for line in (one.street, one.extra_line) if line]
    town = one.town.replace(" ", "")[:4]
    # Whatever the order in which its digits were heard.
    digits = "".join(sorted(one.postcode))
    yield from (f"p{phone}" for phone in one.phones)
    yield from (f"e{email}" for email in one.emails)
    if one.organisation:
        yield from _joint("o", one.organisation.replace(" ", "")[:6], (one.postcode, town, *lines))
    for name in names:
        yield from _joint("n", name[:3], (one.postcode, town, one.birth_date, *lines))
        yield from _joint("s", sound(name), (digits, town, one.birth_date))
        yield from _joint("h", name[:4], (one.house_number,))
    if len(names) > 1:
        yield "g" + " ".join(sorted(name[:4] for name in names))
        yield "f" + " ".join(sorted(sound(name) for name in names))
    for line in lines:
        yield from _joint("l", line, (one.postcode, town, one.house_number))
    yield from _joint("t", one.postcode, (one.house_number,))


def _joint(kind: str, first: str, others: tuple[str, ...]) -> Iterator[str]:
    for place, other in enumerate(others):
        if first and other:
            yield f"{kind}{min(place, 3)}{first} {other}"


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
