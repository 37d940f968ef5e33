"""The results as a page."""

from typing import Any

from growth import SUBJECTS
from page import table
from peers import ENGINES, OURS
from shapes import SHAPES

Results = dict[str, Any]
_PEERS = [engine.name for engine in ENGINES if engine.name != OURS]

_HEAD = """# BPMN side by side

Written by `.venv/bin/python benchmarks/bpmn`. The median of {rounds} rounds in which all engines took turns, each on
one core; of a round, the best of its batches, in processor time. {cpu}, {cores} cores, {system}, Python {python}, Node {node}; load {load:.1f} when the run
ended.

All run the same processes (`shapes.py`), read once before. Every engine's path through each is checked first: the same
elements, each as often. Ours is production's `advance`: all facts are kept, the state is carried from step to step, ids
are as long as those of production (though counted, not drawn at random), and a service task is a job that somebody completes
by a command of its own; the others call a function. SpiffWorkflow's conditions are Python, those of bpmn-engine JavaScript functions compiled before, ours FEEL.
"""


def report(results: Results) -> str:
    """Write the page."""
    parts = [_HEAD.format(rounds=results["rounds"], **results["machine"]), _instances(results), _state(results)]
    if "growth" in results:
        parts.append(_growth(results))
    return "\n".join([*parts, _engines(results)])


def _figure(results: Results, engine: str, key: str) -> float | None:
    figure: float | None = results["figures"].get(engine, {}).get(key)
    return figure


def _shown(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if figure >= 20 else f"{figure:.2f}"


def _ratio(one: float | None, other: float | None) -> str:
    return "–" if one is None or not other else f"{one / other:.1f}"


def _instances(results: Results) -> str:
    rows = []
    for shape in SHAPES:
        ours = _figure(results, OURS, shape.name)
        others = [_figure(results, peer, shape.name) for peer in _PEERS]
        elements = None if ours is None else ours * len(shape.visited)
        times = [_ratio(ours, other) for other in others]
        label = f"{shape.name} ({len(shape.visited)} elements)"
        rows.append([label, _shown(ours), _shown(elements), *map(_shown, others), *times])
    head = ["instances a second", "ours", "ours, elements a second", *_PEERS, *(f"ours : {peer}" for peer in _PEERS)]
    return "## Instances from start to end\n\n" + table(head, rows)


def _state(results: Results) -> str:
    labels = {
        "bytes at register": "bytes at the first task",
        "bytes at handle": "bytes at the second task",
        "milliseconds a step": "restore, one task on, save: ms",
    }
    rows = []
    for key, label in labels.items():
        ours = _figure(results, OURS, key)
        others = [_figure(results, peer, key) for peer in _PEERS]
        rows.append([label, *map(_shown, (ours, *others)), *(_ratio(other, ours) for other in others)])
    head = ["COMPLAINT", "ours", *_PEERS, *(f"{peer} : ours" for peer in _PEERS)]
    told = (
        "The state of a waiting instance as JSON, without the model. Ours is what `bpmn.codec` writes of it; the facts are"
        " the history and no part of it.\n"
    )
    return f"## The state of a complaint that waits\n\n{told}\n" + table(head, rows)


def _growth(results: Results) -> str:
    rows = []
    for subject in SUBJECTS:
        found = results["growth"][subject.name]
        sizes = [f"{one['size']:,}" for one in found]
        times = [f"{one['seconds'] / one['size'] * 1e6:.0f}" for one in found]
        memory = [f"{one['peak_kib'] / 1024:.1f}" for one in found]
        label = f"{subject.name}, {sizes[-1]}"
        rows.append([label, *times, *memory, f"{found[-1]['peak_kib'] * 1024 / found[-1]['size']:,.0f}"])
    parts = ("n/8", "n/4", "n/2", "n")
    head = ["", *(f"µs, {part}" for part in parts), *(f"MiB, {part}" for part in parts), "bytes each"]
    told = (
        "Time per item, round, element or branch, and the most memory in use beyond what was there before, for an eighth, a"
        " quarter, half and all. Equal times are linear growth. All facts of a step are in memory until it ends, so memory"
        " grows with a long step; with pauses, as the server makes them, a step is over after 200 elements.\n"
    )
    return f"## Growth\n\n{told}\n" + table(head, rows)


def _engines(results: Results) -> str:
    lines = ["## The engines\n"]
    for engine in ENGINES:
        missing = results["missing"].get(engine.name)
        lines.append(f"- {engine.name} {results['versions'].get(engine.name, '')}: {missing or 'all shapes'}")
    return "\n".join(lines) + "\n"
