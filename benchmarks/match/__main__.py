"""How well the same customers are found: `python benchmarks/match [ENTITIES] [--made-up] [--learn]`, see README.md."""

import argparse
import json
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "server"), str(Path(__file__).parent)]

import measure  # noqa: E402 -- beside this file, found through the path above

from firstline.customers import matching  # noqa: E402 -- as above

DATA = Path(os.environ.get("FIRSTLINE_DATA") or ROOT.parent / "shared/data") / "entities"
WEIGHTS = ROOT / "server/firstline/customers/matching/weights.json"


def main() -> None:
    """Print how good the pairs and the desk's guesses are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entities", nargs="*", type=Path, help="files of FEBRL's form; febrl1 to 3 when left out")
    parser.add_argument("--calls", type=int, default=10_000, help="callers at the desk, per thing they say")
    parser.add_argument(
        "--made-up",
        type=int,
        default=0,
        metavar="N",
        help="measure with N made-up people instead, and the weights that are shipped",
    )
    parser.add_argument("--learn", action="store_true", help="learn the shipped weights anew from made-up people")
    chosen = parser.parse_args()
    if chosen.learn:
        learn_shipped()
    elif chosen.made_up:
        made_up(chosen.made_up, calls=chosen.calls)
    else:
        febrl(
            [one for one in chosen.entities if one.name] or [DATA / f"febrl{number}.csv" for number in (1, 2, 3)],
            calls=chosen.calls,
        )


def febrl(files: list[Path], *, calls: int) -> None:
    """Learn on febrl1, measure on the files."""
    learned_on = DATA / "febrl1.csv"
    missing = [str(path) for path in (learned_on, *files) if not path.is_file()]
    if missing:
        sys.exit(
            f"Not there: {', '.join(missing)}. Set FIRSTLINE_DATA to the folder with entities/, or name the files."
        )
    first = measure.read_febrl(learned_on)
    for title, owners in (
        ("with the answers of febrl1", first.owners),
        ("from febrl1 without its answers; only the threshold by them", None),
    ):
        model = measure.with_threshold(matching.learn(first.profiles, owners=owners), first)
        print(f"\nLearned {title}: called the same from {model.threshold:.2f} on")
        print_pairs(model, {path.name: measure.read_febrl(path) for path in files})
        if owners:
            print_weights(model)
            print_desk(
                model,
                {path.name: measure.read_febrl(path) for path in files},
                calls=calls,
                said=list(measure.SAID)[:-1],
            )


def made_up(people: int, *, calls: int) -> None:
    """Measure the shipped weights on people they weren't learned from."""
    model = matching.Model.from_json(json.loads(WEIGHTS.read_text(encoding="utf-8")))
    records = {f"seed {seed}": measure.make_records(people=people, seconds=people // 3, seed=seed) for seed in (2, 3)}
    print_pairs(model, records)
    print_desk(model, records, calls=calls, said=list(measure.SAID))


def learn_shipped() -> None:
    """Learn from made-up people and keep what was learned."""
    records = measure.make_records(people=12_000, seconds=4_000, seed=1)
    model = with_unseen(matching.learn(records.profiles, owners=records.owners))
    model = measure.with_threshold(model, records)
    WEIGHTS.write_text(json.dumps(model.as_json(), indent=1) + "\n", encoding="utf-8")
    print_weights(model)


def with_unseen(model: matching.Model) -> matching.Model:
    """Let fields that made-up people don't have weigh as the field that is most like them."""
    like = {"organisation": "family_name", "region": "town", "extra_line": "street"}
    tables = {
        name: {**getattr(model, name), **{unseen: getattr(model, name)[seen] for unseen, seen in like.items()}}
        for name in ("same", "household", "strangers", "neighbours")
    }
    return replace(model, **tables)


def print_pairs(model: matching.Model, files: dict[str, measure.Records]) -> None:
    """Print precision, recall and F1 over all pairs of each file."""
    print(f"{'pairs':16}{'records':>9}{'precision':>11}{'recall':>9}{'F1':>9}")
    for name, records in files.items():
        found = measure.score(measure.probabilities(model, records), records, threshold=model.threshold)
        print(f"{name:16}{len(records.profiles):9}{found.precision:11.4f}{found.recall:9.4f}{found.f1:9.4f}")


def print_weights(model: matching.Model) -> None:
    """Print what each level of each field says, in bits, before rare values count more."""
    print("\nweights (bits by level, best level first)")
    for name, same in model.same.items():
        if len(set(same)) > 1:
            bits = (math.log2(one / other) for one, other in zip(same, model.strangers[name], strict=True))
            print(f"  {name:14}", *(f"{one:7.1f}" for one in bits))


def print_desk(model: matching.Model, files: dict[str, measure.Records], *, calls: int, said: list[str]) -> None:
    """Print who was first, and how often a wrong person was certain."""
    print(f"\n{'desk: callers say':32}{'calls':>8}{'right first':>13}{'and certain':>13}{'wrong certain':>15}")
    for name, records in files.items():
        for what in said:
            found = measure.at_the_desk(model, records, said=measure.SAID[what], calls=calls, seed=1)
            first, certain = found.right_first / found.customers, found.right_certain / found.customers
            print(f"{name[:9]:10}{what[:21]:22}{found.calls:8}{first:13.2%}{certain:13.2%}{found.wrong_certain:15}")


main()
