"""The measure itself: what is learned finds the second records, and what is counted is right."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firstline.customers import matching
from firstline.customers.matching import profile

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    """Load a module beside this file under a name of its own: other benchmarks have a `measure`, too."""
    spec = importlib.util.spec_from_file_location(f"match_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.modules["made_up"] = _load("made_up")
measure = _load("measure")
SMALL = measure.make_records(people=500, seconds=170, seed=1)
OTHERS = measure.make_records(people=500, seconds=170, seed=2)


@pytest.fixture(scope="module")
def model() -> matching.Model:
    return matching.learn(SMALL.profiles, owners=SMALL.owners, sample=5_000)


def test_what_was_learned_of_some_people_finds_others(model: matching.Model) -> None:
    learned = measure.with_threshold(model, SMALL)
    found = measure.score(measure.probabilities(learned, OTHERS), OTHERS, threshold=learned.threshold)
    assert found.precision > 0.9
    assert found.recall > 0.85


def test_it_is_learned_without_answers_too() -> None:
    learned = matching.learn(SMALL.profiles, sample=5_000)
    assert learned.share_same == pytest.approx(_true_share(SMALL), rel=0.25)
    assert learned.same["family_name"][0] > 0.6 > learned.strangers["family_name"][0]


def test_the_right_one_is_first_for_who_says_everything(model: matching.Model) -> None:
    found = measure.at_the_desk(model, OTHERS, said=measure.SAID["everything"], calls=300, seed=1)
    assert found.customers == 200
    assert found.right_first >= 190
    assert found.wrong_certain == 0


def test_a_score_counts_also_the_pairs_that_were_never_looked_at() -> None:
    records = measure.Records(profiles=[profile(family_name=name) for name in "abcd"], owners=["1", "1", "1", "2"])
    found = measure.score({(0, 1): 0.9, (0, 3): 0.8, (1, 2): 0.1}, records, threshold=0.5)
    assert (found.precision, found.recall) == (0.5, pytest.approx(1 / 3))
    assert found.f1 == pytest.approx(0.4)


def _true_share(records: Any) -> float:
    pairs = [(one, other) for place, one in enumerate(records.owners) for other in records.owners[place + 1 :]]
    return sum(one == other for one, other in pairs) / len(pairs)
