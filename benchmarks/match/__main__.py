"""How well the same customers are found, and how fast: `python benchmarks/match [ENTITIES] [--made-up N] [--people N] [--keep] [--learn]`, see README.md."""

import argparse
import json
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "server"), str(HERE), str(HERE.parent / "harness")]

import measure  # noqa: E402 -- beside this file, found through the path above
import online  # noqa: E402 -- as above
import page  # noqa: E402 -- in the harness
import report  # noqa: E402 -- beside this file
import taking_in  # noqa: E402 -- as above
from own_database import on_a_copy, own_database  # noqa: E402 -- as above

from firstline.customers import matching  # noqa: E402 -- as above

DATA = Path(os.environ.get("FIRSTLINE_DATA") or ROOT.parent / "shared/data") / "entities"
WEIGHTS = ROOT / "server/firstline/customers/matching/weights.json"
_MACHINE = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
# Who says everything may be shown as certain; that at most one in 10,000 is a wrong one takes 30,000 calls to show.
MORE = {"everything": 3}
Told = dict[str, tuple[str, Any]]  # by heading: the tables, and the figures in them


def main() -> None:
    """Print how good the pairs and the desk's guesses are, and how fast."""
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
    parser.add_argument(
        "--people", type=int, default=0, metavar="N", help="measure with N customers in PostgreSQL instead"
    )
    parser.add_argument(
        "--rows", type=int, default=30_000, metavar="N", help="rows of the file that they are taken in beside"
    )
    parser.add_argument(
        "--folder", type=Path, help="where the database with these customers is kept; filled when it is empty"
    )
    parser.add_argument("--keep", action="store_true", help="measure all of it, and write RESULTS.md")
    parser.add_argument("--learn", action="store_true", help="learn the shipped weights anew from made-up people")
    chosen = parser.parse_args()
    if chosen.learn:
        learn_shipped()
        return
    if chosen.keep:
        chosen.made_up, chosen.people = chosen.made_up or 6_000, chosen.people or 1_000_000
    before = os.getloadavg()[0]
    told: Told = {}
    if chosen.keep or not (chosen.made_up or chosen.people):
        files = [one for one in chosen.entities if one.name] or [DATA / f"febrl{number}.csv" for number in (1, 2, 3)]
        _tell(told, febrl(files, calls=chosen.calls))
    if chosen.made_up:
        _tell(told, made_up(chosen.made_up, calls=chosen.calls))
    if chosen.people:
        _tell(told, in_postgresql(chosen.people, rows=chosen.rows, folder=chosen.folder))
    if chosen.keep:
        _keep(told, load=(before, os.getloadavg()[0]))


def _tell(told: Told, found: Told) -> None:
    """Print it as it comes, and remember it."""
    for title, (tables, _figures) in found.items():
        print(f"## {title}\n\n{tables}", flush=True)
    told |= found


def _keep(told: Told, *, load: tuple[float, float]) -> None:
    command = " ".join(["python benchmarks/match", *sys.argv[1:]])
    tables = {title: shown for title, (shown, _) in told.items()}
    figures = {title: report.plain(found) for title, (_, found) in told.items()}
    page.write(HERE, report.whole(tables, command=command, machine=_MACHINE, load=load), figures)


def febrl(files: list[Path], *, calls: int) -> Told:
    """Learn on febrl1, measure on the files."""
    learned_on = DATA / "febrl1.csv"
    missing = [str(path) for path in (learned_on, *files) if not path.is_file()]
    if missing:
        sys.exit(
            f"Not there: {', '.join(missing)}. Set FIRSTLINE_DATA to the folder with entities/, or name the files."
        )
    first = measure.read_febrl(learned_on)
    records = {path.stem: measure.read_febrl(path) for path in files}
    taught = measure.with_threshold(matching.learn(first.profiles, owners=first.owners), first)
    alone = measure.with_threshold(matching.learn(first.profiles, owners=None), first)
    print(report.weights(taught))
    with_answers, without = _pairs(taught, records), _pairs(alone, records)
    desk = _desk(taught, records, calls=calls, said=list(measure.SAID)[:-1])
    return {
        "Pairs, learned with the answers of febrl1": (report.pairs(with_answers), with_answers),
        "Pairs, learned from febrl1 without its answers; only the threshold by them": (report.pairs(without), without),
        "At the desk, learned with the answers of febrl1": (report.desk(desk), desk),
    }


def made_up(people: int, *, calls: int) -> Told:
    """Measure the shipped weights on people they weren't learned from."""
    model = matching.Model.from_json(json.loads(WEIGHTS.read_text(encoding="utf-8")))
    records = {f"seed {seed}": measure.make_records(people=people, seconds=people // 3, seed=seed) for seed in (2, 3)}
    pairs, desk = _pairs(model, records), _desk(model, records, calls=calls, said=list(measure.SAID))
    return {
        f"Pairs among {people:,} made-up people, with the weights that are shipped": (report.pairs(pairs), pairs),
        "At the desk, the same": (report.desk(desk), desk),
    }


def in_postgresql(people: int, *, rows: int, folder: Path | None) -> Told:
    """Fill a database, or take the one in the folder; let people call; take a file in beside them, which doesn't stay."""
    with own_database(folder):
        base = online.Base(people)
        print(base.filled, flush=True)
        waited = list(base.callers(online.CALLS))
        with on_a_copy():
            done = taking_in.take_in(taking_in.beside(base.rows, base.town, rows=rows), base.brand)
    return {
        f"One caller among {people:,} customers in PostgreSQL": (report.waited(waited), waited),
        f"A file taken in beside {people:,} customers": (report.taken_in(done), done),
    }


def learn_shipped() -> None:
    """Learn from made-up people and keep what was learned."""
    records = measure.make_records(people=12_000, seconds=4_000, seed=1)
    model = with_unseen(matching.learn(records.profiles, owners=records.owners))
    model = measure.with_threshold(model, records)
    WEIGHTS.write_text(json.dumps(model.as_json(), indent=1) + "\n", encoding="utf-8")
    print(report.weights(model))


def with_unseen(model: matching.Model) -> matching.Model:
    """Let fields that made-up people don't have weigh as the field that is most like them."""
    like = {"organisation": "family_name", "region": "town", "extra_line": "street"}
    tables = {
        name: {**getattr(model, name), **{unseen: getattr(model, name)[seen] for unseen, seen in like.items()}}
        for name in ("same", "household", "strangers", "neighbours")
    }
    return replace(model, **tables)


def _pairs(model: matching.Model, sets: dict[str, measure.Records]) -> report.Pairs:
    return [
        (name, len(one.profiles), measure.score(measure.probabilities(model, one), one, threshold=model.threshold))
        for name, one in sets.items()
    ]


def _desk(model: matching.Model, sets: dict[str, measure.Records], *, calls: int, said: list[str]) -> report.Desk:
    return [
        (name, what, measure.at_the_desk(model, one, said=measure.SAID[what], calls=calls * MORE.get(what, 1), seed=1))
        for name, one in sets.items()
        for what in said
    ]


main()
