"""Which word counts, and what follows from it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from firstline.customers import consent, needs, relations
from firstline.customers.consent import Purpose, Word
from firstline.definitions import Notebook, Part, read_yaml

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def word(said: str, *, day: int = 0, way: str = "phone", noted: int | None = None) -> Word:
    at = NOON + timedelta(days=day)
    noted_at = at if noted is None else NOON + timedelta(days=noted)
    return Word(is_given=said == "yes", said_at=at, noted_at=noted_at, way=way)


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ([], "unknown"),
        ([word("yes")], "given"),
        ([word("yes"), word("no", day=1)], "withdrawn"),
        ([word("no"), word("yes", day=1)], "given"),
        ([word("no", day=1), word("yes")], "withdrawn"),
        # At the same moment the no counts, in whatever order they were noted.
        ([word("no"), word("yes")], "withdrawn"),
        ([word("yes"), word("no")], "withdrawn"),
        # An import brings what another system still believes.
        ([word("no"), word("yes", day=9, way="import")], "withdrawn"),
        ([word("yes", way="import")], "given"),
        ([word("no", way="import"), word("yes", day=1, way="import")], "withdrawn"),
        ([word("no"), word("yes", day=1), word("yes", day=2, way="import")], "given"),
        ([word("yes"), word("no", day=1, way="import")], "withdrawn"),
        # What was noted late was said early all the same.
        ([word("no", day=5), word("yes", day=1, noted=9)], "withdrawn"),
    ],
)
def test_the_word_that_counts(words: list[Word], counts: str) -> None:
    found = consent.word_that_counts(words)
    assert (found.state if found else "unknown") == counts


def test_of_customers_who_are_one_any_no_counts() -> None:
    assert consent.of_several([word("yes", day=3), word("no"), None]) == word("no")
    assert consent.of_several([word("yes"), word("yes", day=1)]) == word("yes", day=1)
    assert consent.of_several([None, None]) is None


@pytest.mark.parametrize(
    ("basis", "said", "channel", "allowed"),
    [
        ("consent", None, "email", False),
        ("consent", "yes", "email", True),
        ("consent", "no", "email", False),
        ("no-objection", None, "email", True),
        ("no-objection", "no", "email", False),
        ("no-objection", None, "phone", False),
        ("consent", "yes", "phone", False),
    ],
)
def test_what_is_allowed(basis: consent.Basis, said: str | None, channel: str, *, allowed: bool) -> None:
    purpose = Purpose(key="news", label={"en": "News"}, channels=("email",), basis=basis)
    assert consent.is_allowed(purpose, channel, word(said) if said else None) is allowed


def read(text: str) -> tuple[tuple[Purpose, ...], list[str]]:
    notes = Notebook(file="purposes.yaml")
    found = consent.read_purposes(Part(read_yaml(text, notes), (), notes))
    return found, [str(one) for one in notes.problems]


def test_purposes_are_read_with_all_mistakes_at_once() -> None:
    found, problems = read("purposes:\n  news:\n    label: {en: News}\n    channels: [email, letter]\n")
    assert found == (Purpose(key="news", label={"en": "News"}, channels=("email", "letter"), basis="consent"),)
    assert problems == []
    _found, problems = read("purposes:\n  News:\n    channels: [pigeon]\n    basis: hope\n    x: 1\n")
    assert [line.split(": ")[0] for line in problems] == [
        "purposes.yaml:2", "purposes.yaml:3", "purposes.yaml:2", "purposes.yaml:4", "purposes.yaml:5",
    ]  # fmt: skip
    assert "'pigeon' is none of email, phone" in problems[1]


@pytest.mark.parametrize(
    ("days", "start", "end", "words"),
    [
        ([], None, None, ""),
        ([1, 2, 3, 4, 5], time(9), time(17, 30), "Mon–Fri 09:00–17:30"),
        ([1, 2, 3, 5], time(10), None, "Mon–Wed, Fri from 10:00"),
        ([6, 7], None, time(12), "Sat, Sun until 12:00"),
        ([1, 2, 3, 4, 5, 6, 7], None, None, ""),
        ([9], None, None, ""),
    ],
)
def test_times_in_words(days: list[int], start: time | None, end: time | None, words: str) -> None:
    assert needs.reach(days, start, end) == words


def test_every_relation_can_be_chosen_from_both_ends() -> None:
    for kind in ("person", "organisation"):
        for value, _label in relations.choices(kind):
            found = relations.read_choice(value)
            assert found is not None
            key, is_backwards = found
            one, other = ("", kind) if is_backwards else (kind, "")
            assert one in ("", *filter(None, [relations.KINDS[key].one or one]))
            assert other in ("", *filter(None, [relations.KINDS[key].other or other]))
    assert relations.said("parent", is_backwards=True) == "child of"
    assert relations.said("partner", is_backwards=True) == "partner of"
    assert relations.said("gone", is_backwards=True) == "gone"
    assert not relations.fits("employee", one="organisation", other="organisation")
