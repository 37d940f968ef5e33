"""Makes up customers with their households, and the wrong spellings under which they come a second time.

Names, streets and towns are put together from syllables, common and rare ones as Zipf has it, so that nobody real is among
them. Each kind of mistake is in the table `MISTAKES`, with the share of second records that have it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

Row = dict[str, str]
_ONSETS = [
    "b",
    "br",
    "d",
    "f",
    "fr",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pf",
    "r",
    "s",
    "sch",
    "schm",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
    "th",
]
_VOWELS = ["a", "e", "i", "o", "u", "ei", "ie", "au", "ee", "oo", "ü", "ö", "ä"]
_CODAS = [
    "l",
    "ll",
    "n",
    "nn",
    "r",
    "rs",
    "ck",
    "k",
    "m",
    "t",
    "tt",
    "ng",
    "nd",
    "rt",
    "mann",
    "er",
    "en",
    "sen",
    "berg",
    "stein",
    "feld",
    "s",
]
_TYPES = ("straße", "straat", "street", "weg", "lane", "laan", "platz", "avenue")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What is heard alike, or written so in another country.
_SOUNDS = (
    ("ei", "ai"),
    ("ie", "i"),
    ("ck", "k"),
    ("ü", "ue"),
    ("ö", "oe"),
    ("ä", "ae"),
    ("tt", "t"),
    ("nn", "n"),
    ("ll", "l"),
    ("th", "t"),
    ("v", "f"),
    ("ee", "e"),
    ("mann", "man"),
)


class Town:
    """The pools out of which people and addresses are drawn."""

    def __init__(self, *, people: int, dice: random.Random) -> None:
        self._dice = dice
        self.families = _Pool(_names(dice, max(people // 8, 200), 2), dice)
        self.given = _Pool(_names(dice, 900, 2), dice)
        self.towns = _Pool(_names(dice, max(people // 400, 30), 2), dice, steep=0.7)
        self.streets = _Pool(
            tuple(
                f"{name}{dice.choice(_TYPES)}" if dice.random() < 0.7 else f"{name} {dice.choice(_TYPES)}"
                for name in _names(dice, max(people // 40, 100), 2)
            ),
            dice,
            steep=0.6,
        )
        self._postcodes = {
            name: [f"{dice.randrange(1000, 99999):05d}" for _ in range(1 + int(20 / (1 + place)))]
            for place, name in enumerate(self.towns.values)
        }

    def household(self, number: int) -> list[Row]:
        """Make the one to five people of a household."""
        dice = self._dice
        town = self.towns.draw()
        address = {
            "street": self.streets.draw(),
            "house_number": str(dice.randint(1, 90)) + dice.choice(("", "", "", "", "a", "b")),
            "postcode": dice.choice(self._postcodes[town]),
            "town": town,
            "region": "",
        }
        family, landline = self.families.draw(), _phone(dice)
        people = []
        for place in range(dice.choices((1, 2, 3, 4, 5), (45, 30, 12, 9, 4))[0]):
            other_name = place and dice.random() < 0.2
            given = people[0]["given_name"] if place and dice.random() < 0.01 else self.given.draw()
            born = date(1935, 1, 1) + timedelta(days=dice.randrange(27_000))
            people.append({
                "owner": f"{number}-{place}",
                "given_name": f"{given} {self.given.draw()}" if dice.random() < 0.06 else given,
                "family_name": self.families.draw() if other_name else family,
                "birth_date": born.strftime("%Y%m%d"),
                "phone": landline if dice.random() < 0.4 else _phone(dice),
                "email": f"{given}.{family}{dice.randrange(999)}@mail.example" if dice.random() < 0.7 else "",
                **address,
            })  # fmt: skip
        return people


class _Pool:
    """Values of which the first are common and the last rare."""

    def __init__(self, values: tuple[str, ...], dice: random.Random, *, steep: float = 0.9) -> None:
        self.values = values
        self._dice = dice
        self._weights = list(accumulate(1 / (place + 3) ** steep for place in range(len(values))))

    def draw(self) -> str:
        return self._dice.choices(self.values, cum_weights=self._weights)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A kind of mistake, and in which share of second records it is made."""

    name: str
    share: float
    make: Callable[[Row, Town, random.Random], None]


def make_people(*, count: int, seed: int) -> tuple[list[Row], Town]:
    """Make `count` people, each once, in households."""
    dice = random.Random(seed)
    town = Town(people=count, dice=dice)
    people: list[Row] = []
    number = 0
    while len(people) < count:
        people += town.household(number)
        number += 1
    return people[:count], town


def again(row: Row, town: Town, dice: random.Random) -> Row:
    """Write a person down a second time, with at least one mistake."""
    second = dict(row)
    made = [one for one in MISTAKES if dice.random() < one.share]
    for one in made or [MISTAKES[0]]:
        one.make(second, town, dice)
    return second


def _typo(row: Row, town: Town, dice: random.Random) -> None:
    field = dice.choice([one for one in ("given_name", "family_name", "street", "town") if len(row[one]) > 2])
    row[field] = misspelt(row[field], dice, _LETTERS)


def misspelt(word: str, dice: random.Random, letters: str) -> str:
    """Leave a letter out, put one in, exchange two, or write a wrong one."""
    place = dice.randrange(len(word))
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + dice.choice(letters) + word[place:]
    if kind == 2:
        return (
            word[: place - 1] + word[place : place + 1] + word[place - 1 : place] + word[place + 1 :]
            if place
            else word[1:2] + word[:1] + word[2:]
        )
    return word[:place] + dice.choice(letters) + word[place + 1 :]


def _heard_wrong(row: Row, town: Town, dice: random.Random) -> None:
    field = dice.choice(("given_name", "family_name", "street"))
    fitting = [(one, other) for pair in _SOUNDS for one, other in (pair, pair[::-1]) if one in row[field]]
    if fitting:
        row[field] = row[field].replace(*dice.choice(fitting), 1)


def _wrong_digit(row: Row, town: Town, dice: random.Random) -> None:
    field = dice.choice([one for one in ("postcode", "house_number", "birth_date", "phone") if row[one]])
    row[field] = misspelt(row[field], dice, "0123456789") or row[field]


def _left_out(row: Row, town: Town, dice: random.Random) -> None:
    for field in dice.sample(("given_name", "birth_date", "house_number", "postcode", "phone", "email", "street"), 2):
        row[field] = ""


def _exchanged(row: Row, town: Town, dice: random.Random) -> None:
    row["given_name"], row["family_name"] = row["family_name"], row["given_name"] or row["family_name"]


def _initial(row: Row, town: Town, dice: random.Random) -> None:
    row["given_name"] = row["given_name"][:1]


def _part_of_name(row: Row, town: Town, dice: random.Random) -> None:
    row["given_name"] = row["given_name"].split(" ")[0]


def _moved(row: Row, town: Town, dice: random.Random) -> None:
    row.update(
        {
            field: value
            for field, value in town.household(0)[0].items()
            if field in {"street", "house_number", "postcode", "town"}
        }
    )


def _married(row: Row, town: Town, dice: random.Random) -> None:
    row["family_name"] = town.families.draw()


def _new_phone(row: Row, town: Town, dice: random.Random) -> None:
    row["phone"] = _phone(dice)


def _new_email(row: Row, town: Town, dice: random.Random) -> None:
    row["email"] = f"{town.given.draw()}{dice.randrange(9999)}@post.example"


def _day_and_month(row: Row, town: Town, dice: random.Random) -> None:
    born = row["birth_date"]
    row["birth_date"] = born[:4] + born[6:] + born[4:6]


MISTAKES: tuple[Mistake, ...] = (
    Mistake(name="typing error", share=0.45, make=_typo),
    Mistake(name="heard wrong", share=0.2, make=_heard_wrong),
    Mistake(name="wrong digit", share=0.2, make=_wrong_digit),
    Mistake(name="left out", share=0.35, make=_left_out),
    Mistake(name="names exchanged", share=0.05, make=_exchanged),
    Mistake(name="initial only", share=0.05, make=_initial),
    Mistake(name="first of two names", share=0.2, make=_part_of_name),
    Mistake(name="moved", share=0.06, make=_moved),
    Mistake(name="new family name", share=0.02, make=_married),
    Mistake(name="new phone", share=0.3, make=_new_phone),
    Mistake(name="new address of mail", share=0.2, make=_new_email),
    Mistake(name="day and month exchanged", share=0.02, make=_day_and_month),
)


def _names(dice: random.Random, count: int, syllables: int) -> tuple[str, ...]:
    made: dict[str, None] = {}
    while len(made) < count:
        parts = (
            dice.choice(_ONSETS) + dice.choice(_VOWELS) + (dice.choice(_CODAS) if dice.random() < 0.7 else "")
            for _ in range(dice.randint(1, syllables))
        )
        made["".join(parts)] = None
    return tuple(made)


def _phone(dice: random.Random) -> str:
    return f"+49{dice.randrange(10**9, 10**10)}"
