"""What is written to four systems, which are away for a while, lose answers, get writes twice and late, and are written to by others."""

from collections.abc import Callable
from functools import partial

from bpmn.testing import (
    boundary,
    compensated,
    compensation,
    element,
    end,
    error_definition,
    error_reference,
    extensions,
    flow,
    gateway,
    path,
    start,
    subprocess,
    zeebe,
)
from tests.chaos.draft import Draft, Ends, Request
from tests.chaos.targets import SYSTEMS, back_office
from tests.chaos.targets.hands import NEW
from tests.chaos.targets.moods import named
from tests.chaos.targets.stores import OLD


def written(draft: Draft) -> Ends:
    """Every system gets it once, whatever lies between."""
    record = _account(draft)
    for system in SYSTEMS:
        _says(draft, system, record, stands=NEW, writes=1)
    return _everywhere(draft, [_write(draft, system, record) for system in SYSTEMS])


def changed_meanwhile(draft: Draft) -> Ends:
    """One account is changed after the agent has seen it: nothing is overwritten unseen, and a person decides anew."""
    other = draft.dice.choice(SYSTEMS)
    record = _account(draft, calm=other)
    draft.prepares(Request(do=lambda case: back_office.see(record)))
    draft.prepares(Request(do=lambda case: back_office.change(other, record)))
    for system in SYSTEMS:
        _says(draft, system, record, stands=NEW, writes=1, strange=int(system == other))
    draft.said[_command("change", "conflict", other, record)] += 1
    ways = [
        _write_again(draft, system, record) if system == other else _write(draft, system, record) for system in SYSTEMS
    ]
    return _everywhere(draft, ways)


def taken_back(draft: Draft) -> Ends:
    """One system refuses for good, so all that was written elsewhere is taken back."""
    refuses = draft.dice.choice(SYSTEMS)
    record = _account(draft, closed=refuses)
    id_, around = draft.new("sub"), draft.parts
    draft.parts = []
    ways = []
    for system in SYSTEMS:
        if system == refuses:
            ways.append(_refused(draft, system, record))
            continue
        into, out = _write(draft, system, record)
        undo = _service(draft, "undo", "source-compensate", system, record)
        draft.add(compensated(into, undo))
        draft.enters(undo)
        ways.append((into, out))
        _says(draft, system, record, stands=OLD, writes=2)
        draft.said[_command("compensation", "confirmed", system, record)] += 1
    first, throw, last = draft.new("start"), draft.new("throw"), draft.new("end")
    fork, sync = _everywhere(draft, ways)
    draft.add(start(first), element("intermediateThrowEvent", throw, compensation()), end(last))
    draft.add(path(first, fork), path(sync, throw, last))
    draft.enters(first, throw, last)
    draft.parts = [*around, subprocess(id_, *draft.parts)]
    draft.enters(id_)
    draft.said[f"stands {refuses} {record} {OLD}"] += 1
    draft.said[_command("change", "refused", refuses, record)] += 1
    return id_, id_


def put_right(draft: Draft) -> Ends:
    """What was confirmed is changed by somebody later: the comparison lists it, and it is put right."""
    other = draft.dice.choice(SYSTEMS)
    record = _account(draft, calm=other)
    for system in SYSTEMS:
        is_other = system == other
        _says(draft, system, record, stands=NEW, writes=1 + is_other, strange=int(is_other))
    draft.said[f"divergence repaired {other} {record}"] += 1
    draft.said[_command("repair", "confirmed", other, record)] += 1
    ways = [_write(draft, system, record) for system in SYSTEMS]
    _asks(draft, partial(back_office.change, other, record), partial(back_office.is_confirmed, other, record))
    _asks(draft, partial(back_office.compare, other, record), partial(back_office.may_be_compared, other, record))
    _asks(draft, partial(back_office.repair, other, record), partial(back_office.is_listed, other, record))
    return _everywhere(draft, ways)


def _asks(draft: Draft, do: Callable[[], object], is_due: Callable[[], bool]) -> None:
    draft.asks(Request(do=lambda case: do(), is_due=lambda case: is_due()))


def _account(draft: Draft, *, calm: str = "", closed: str = "") -> str:
    """Have an account in every system; between us and the system `calm` nothing lies."""
    moods = {system: _mood(draft) for system in SYSTEMS if system != calm}
    record = named(f"{draft.process}.{draft.new('account')}", moods)
    draft.prepares(Request(do=lambda case: back_office.open_accounts(record, closed=(closed,) if closed else ())))
    return record


def _mood(draft: Draft) -> dict[str, int]:
    chances = {"down": 0.3, "lost": 0.4, "twice": 0.3, "late": 0.3}
    return {what: draft.dice.randint(1, 2) for what, chance in chances.items() if draft.dice.random() < chance}


def _says(draft: Draft, system: str, record: str, *, stands: str, writes: int, strange: int = 0) -> None:
    draft.said[f"stands {system} {record} {stands}"] += 1
    draft.said[f"written {system} {record}"] += writes
    if strange:
        draft.said[f"changed by others {system} {record}"] += strange
    draft.said[_command("change", "confirmed", system, record)] += 1


def _command(kind: str, state: str, system: str, record: str) -> str:
    return f"{kind} {state} {system} {record}"


def _everywhere(draft: Draft, ways: list[Ends]) -> Ends:
    fork, sync = draft.new("fork"), draft.new("sync")
    draft.add(gateway("parallel", fork), gateway("parallel", sync))
    draft.add(*(flow(fork, into) + flow(out, sync) for into, out in ways))
    draft.enters(fork, sync)
    return fork, sync


def _service(draft: Draft, kind: str, job_type: str, system: str, record: str) -> str:
    id_ = draft.new(kind)
    headers = "".join(
        zeebe("header", key=key, value=value) for key, value in {"command": f"{system}.move", "of": record}.items()
    )
    work = extensions(zeebe("taskDefinition", type=job_type, retries="4"), zeebe("taskHeaders", headers))
    attributes = {"isForCompensation": "true"} if kind == "undo" else {}
    draft.add(element("serviceTask", id_, work, **attributes))
    return id_


def _write(draft: Draft, system: str, record: str) -> Ends:
    id_ = _service(draft, "write", "source-command", system, record)
    draft.enters(id_)
    return id_, id_


def _write_again(draft: Draft, system: str, record: str) -> Ends:
    """A person looks at the conflict, and has it written all the same."""
    into, decide = draft.new("into"), draft.task()
    id_, _ = _write(draft, system, record)
    draft.add(gateway("exclusive", into), flow(into, id_), path(_caught(draft, id_, "CONFLICT"), decide, into))
    draft.enters(into, times=2)
    draft.enters(id_)
    return into, id_


def _refused(draft: Draft, system: str, record: str) -> Ends:
    id_, _ = _write(draft, system, record)
    caught = _caught(draft, id_, "REFUSED")
    merge = draft.new("merge")
    draft.add(gateway("exclusive", merge), flow(id_, merge), flow(caught, merge))
    draft.enters(merge)
    return id_, merge


def _caught(draft: Draft, id_: str, code: str) -> str:
    draft.definitions.append(error_definition(f"{id_}_no", code))
    draft.add(boundary(f"{id_}_caught", id_, error_reference(f"{id_}_no")))
    draft.enters(f"{id_}_caught")
    return f"{id_}_caught"
