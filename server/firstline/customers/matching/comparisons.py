"""How two profiles are compared, field by field. Adding a field is a line in the table at the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from firstline.customers.matching.phonetics import sound
from firstline.customers.matching.profiles import Profile

SAME = 0
TEXT = ("same", "one letter apart", "alike", "similar", "different")
NUMBER = ("same", "one digit apart", "different")
ORDER = ("in order", "exchanged")
_SIMILAR_SHARE = 0.34  # of the letters may differ
_SIMILAR_JARO_WINKLER = 0.9
_LONG_WORD = 6  # letters, in which two wrong ones are still alike
_EXCHANGE_GAIN = 2  # levels that two fields must gain together before they count as exchanged


@dataclass(slots=True, kw_only=True)  # millions are made: frozen ones take four times as long
class Pair:
    """Two profiles, with the fields of one put in the order of the other where that fits much better."""

    left: Profile
    right: Profile
    names_exchanged: bool = False
    lines_exchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One field: its levels, best first; how a pair's is found (None: not known on one side)."""

    name: str
    levels: tuple[str, ...]
    level: Callable[[Pair], int | None]
    # The values that are counted: agreeing on a rare one says more. Fields that are exchanged share a pool.
    values: Callable[[Profile], tuple[str, ...]] = lambda _one: ()
    pool: str = ""
    # Strangers in one place agree more often on this, because towns have one postcode and few streets.
    depends_on_place: bool = False
    # How two people of one household agree on it: as one with oneself, as strangers do, or as learned.
    in_household: str = "as strangers"


@lru_cache(maxsize=100_000)
def text_level(left: str, right: str) -> int | None:
    """Compare two names or words: 0 the same, 4 different, None when one is missing.

    >>> [text_level("meier", other) for other in ("meier", "meyer", "mayr", "schulz", "")]
    [0, 1, 2, 4, None]
    """
    if not left or not right:
        return None
    one, other = left.replace(" ", ""), right.replace(" ", "")
    if one == other:
        return SAME
    longest = max(len(one), len(other))
    apart = OSA.distance(one, other, score_cutoff=longest // 2 + 1)
    if apart == 1 and longest > 2:
        return 1
    if (apart == 2 and longest >= _LONG_WORD) or _is_part(left, right) or sound(one) == sound(other):
        return 2
    if apart / longest <= _SIMILAR_SHARE or JaroWinkler.similarity(one, other) > _SIMILAR_JARO_WINKLER:
        return 3
    if min(len(one), len(other)) == 1 and one[0] == other[0]:
        return 3
    return 4


def number_level(left: str, right: str) -> int | None:
    """Compare two numbers: 0 the same, 1 one digit wrong or two exchanged, 2 different, None when one is missing.

    >>> [number_level("12a", other) for other in ("12a", "12", "21a", "7", "")]
    [0, 1, 1, 2, None]
    """
    if not left or not right:
        return None
    if left == right:
        return SAME
    return 1 if max(len(left), len(right)) > 1 and OSA.distance(left, right, score_cutoff=1) == 1 else 2


def align(left: Profile, right: Profile) -> Pair:
    """Put exchanged names and address lines of one of the two into the order of the other, whichever way they come.

    >>> left = Profile(given_name="jack", family_name="browne")
    >>> align(left, Profile(given_name="brown", family_name="jack")).names_exchanged
    True
    """
    names = _is_exchanged((left.given_name, left.family_name), (right.given_name, right.family_name))
    lines = _is_exchanged((left.street, left.extra_line), (right.street, right.extra_line))
    if names and (left.given_name, left.family_name) > (right.given_name, right.family_name):
        left = replace(left, given_name=left.family_name, family_name=left.given_name)
    elif names:
        right = replace(right, given_name=right.family_name, family_name=right.given_name)
    if lines and (left.street, left.extra_line) > (right.street, right.extra_line):
        left = replace(left, street=left.extra_line, extra_line=left.street)
    elif lines:
        right = replace(right, street=right.extra_line, extra_line=right.street)
    return Pair(left=left, right=right, names_exchanged=names, lines_exchanged=lines)


def pattern(pair: Pair) -> tuple[int | None, ...]:
    """Compare all fields, in the order of the table."""
    return tuple(one.level(pair) for one in COMPARISONS)


def _is_exchanged(left: tuple[str, str], right: tuple[str, str]) -> bool:
    if left == right or not all((any(left), any(right))):
        return False
    straight = _likeness(left[0], right[0]) + _likeness(left[1], right[1])
    crossed = _likeness(left[0], right[1]) + _likeness(left[1], right[0])
    return crossed > straight + _EXCHANGE_GAIN


def _likeness(left: str, right: str) -> float:
    level = text_level(left, right)
    return 0.5 if level is None else 4 - level


def _has_names(one: Profile) -> bool:
    return bool(one.given_name and one.family_name)


def _has_lines(one: Profile) -> bool:
    return bool(one.street and one.extra_line)


def _is_part(left: str, right: str) -> bool:
    if " " not in left and " " not in right:
        return False
    one, other = set(left.split()), set(right.split())
    return one != other and (one <= other or other <= one)


def _best(level: Callable[[str, str], int | None], left: frozenset[str], right: frozenset[str]) -> int | None:
    found = [known for one in left for other in right if (known := level(one, other)) is not None]
    return min(found, default=None)


def _date_level(left: str, right: str) -> int | None:
    level = number_level(left, right)
    is_turned = level == 2 and left[:4] == right[:4] and (left[4:6], left[6:]) == (right[6:], right[4:6])
    return 1 if is_turned else level


def _text(
    name: str, *, pool: str = "", depends_on_place: bool = False, in_household: str = "as strangers"
) -> Comparison:
    return Comparison(
        name=name,
        levels=TEXT,
        level=lambda pair: text_level(getattr(pair.left, name), getattr(pair.right, name)),
        values=lambda one: (getattr(one, name).replace(" ", ""),),
        pool=pool or name,
        depends_on_place=depends_on_place,
        in_household=in_household,
    )


def _number(
    name: str, *, in_household: str = "as strangers", level: Callable[[str, str], int | None] = number_level
) -> Comparison:
    return Comparison(
        name=name,
        levels=NUMBER,
        level=lambda pair: level(getattr(pair.left, name), getattr(pair.right, name)),
        values=lambda one: (getattr(one, name),),
        pool=name,
        in_household=in_household,
    )


def _several(name: str, *, levels: tuple[str, ...], level: Callable[[str, str], int | None]) -> Comparison:
    return Comparison(
        name=name,
        levels=levels,
        level=lambda pair: _best(level, getattr(pair.left, name), getattr(pair.right, name)),
        values=lambda one: tuple(getattr(one, name)),
        pool=name,
        in_household="as learned",
    )


COMPARISONS: tuple[Comparison, ...] = (
    _text("given_name", pool="name", in_household="as learned"),
    _text("family_name", pool="name", in_household="as learned"),
    Comparison(
        name="name_order",
        levels=ORDER,
        level=lambda pair: int(pair.names_exchanged) if _has_names(pair.left) and _has_names(pair.right) else None,
        in_household="as learned",
    ),
    _text("organisation"),
    _number("birth_date", level=_date_level),
    _text("street", pool="line", depends_on_place=True, in_household="as oneself"),
    _text("extra_line", pool="line", depends_on_place=True, in_household="as oneself"),
    Comparison(
        name="line_order",
        levels=ORDER,
        level=lambda pair: int(pair.lines_exchanged) if _has_lines(pair.left) and _has_lines(pair.right) else None,
        in_household="as oneself",
    ),
    _number("house_number", in_household="as oneself"),
    _number("postcode", in_household="as oneself"),
    _text("town", depends_on_place=True, in_household="as oneself"),
    _text("region", depends_on_place=True, in_household="as oneself"),
    _several("phones", levels=NUMBER, level=number_level),
    _several("emails", levels=TEXT, level=text_level),
)
NAMES = tuple(one.name for one in COMPARISONS)
_POSTCODE, _TOWN = NAMES.index("postcode"), NAMES.index("town")


def is_one_place(levels: tuple[int | None, ...], *, of: str) -> bool:
    """Tell whether the pair is known to be of one place, as `of` (which may be the town itself) sees it."""
    return levels[_POSTCODE] == SAME or (of != "town" and levels[_TOWN] == SAME)
