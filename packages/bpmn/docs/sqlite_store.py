# ruff: noqa: INP001 -- an example beside its text, in no package
"""A small store for the engine, on SQLite. `store.md` explains it; the tests play every kind of element on it."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bpmn import (
    ABSENT,
    Compensable,
    Incident,
    Join,
    Key,
    NeedMore,
    Program,
    Rejection,
    State,
    Step,
    Wait,
    advance,
    codec,
    commands,
    facts,
    first_keys,
)

# Everything carries the key of its instance, so that one that has ended is forgotten with a single condition.
SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (instance TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (instance TEXT, kind TEXT, key TEXT, data TEXT NOT NULL,
    PRIMARY KEY (instance, kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (instance TEXT, scope TEXT, id TEXT, element TEXT NOT NULL,
    PRIMARY KEY (instance, scope, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listeners (instance TEXT, kind TEXT, key TEXT, id TEXT,
    PRIMARY KEY (instance, kind, key, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS variables (instance TEXT, scope TEXT, name TEXT, value TEXT NOT NULL,
    PRIMARY KEY (instance, scope, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (instance TEXT, number INTEGER, fact TEXT NOT NULL,
    PRIMARY KEY (instance, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY, instance TEXT, fact TEXT NOT NULL);
"""
_OF_RUNNING_INSTANCES = ("rows", "places", "listeners", "variables")


class SqliteStore:
    """Instances in a database; `carry_out` is the only way to change one."""

    def __init__(self, database: sqlite3.Connection, ids: Callable[[], str], *, pause_after: int | None = None) -> None:
        self._database = database
        self._ids = ids
        self._pause_after = pause_after
        # Transactions begin and end where this class says so.
        database.isolation_level = None
        database.executescript(SCHEMA)

    # --- one command ---

    def carry_out(
        self, program: Program, instance_id: str, command: commands.Command, now: datetime
    ) -> Step | Rejection:
        """Carry out a command in one transaction: state, history and effects together, or nothing."""
        # The lock comes before the first read, so that no other step of this instance can come between.
        self._database.execute("BEGIN IMMEDIATE")
        try:
            result = self._advance(program, instance_id, command, now)
            if isinstance(result, Step):
                self._save(instance_id, result)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return result

    def _advance(
        self, program: Program, instance_id: str, command: commands.Command, now: datetime
    ) -> Step | Rejection:
        state, wanted = self._begin(instance_id), first_keys(command)
        while True:
            self._load(instance_id, state, wanted)
            result = advance(program, state, command, now, self._ids, pause_after=self._pause_after)
            if not isinstance(result, NeedMore):
                return result
            wanted = result.keys

    # --- loading ---

    def _begin(self, instance_id: str) -> State:
        found = self._database.execute("SELECT data FROM instances WHERE instance = ?", [instance_id]).fetchone()
        if found is None:
            # There is nothing yet, and that is all there is to know: a complete state.
            return State()
        state = State(complete=False)
        state.instance = codec.instance_from_data(json.loads(found[0]))
        return state

    def _load(self, instance_id: str, state: State, keys: Iterable[Key]) -> None:
        for kind, *parts in keys:
            match kind:
                case "variable":
                    scope, name = parts
                    found = self._select("SELECT value FROM variables", instance_id, scope=scope, name=name)
                    state.variables.set(scope, name, next((_read(value) for (value,) in found), ABSENT))
                case "variables":
                    (scope,) = parts
                    state.variables.whole.add(scope)
                    for name, value in self._select("SELECT name, value FROM variables", instance_id, scope=scope):
                        state.variables.set(scope, name, _read(value))
                case "children":
                    (scope,) = parts
                    state.children.whole.add(("children", scope))
                    found = self._select("SELECT id, element FROM places", instance_id, scope=scope)
                    state.children.added[scope] = dict(found)
                case "positions":
                    (scope,) = parts
                    state.children.whole.add(("positions", scope))
                    found = self._select("SELECT id, element FROM places", instance_id, scope=scope)
                    counts = state.children.counts[scope] = {}
                    for _, element in found:
                        counts[element] = counts.get(element, 0) + 1
                case "signal" | "condition":
                    index = state.signals if kind == "signal" else state.conditions
                    index.whole.add(tuple(parts))
                    found = self._select("SELECT id FROM listeners", instance_id, kind=kind, key=_write(parts))
                    index.added[tuple(parts)] = {id_: None for (id_,) in found}
                case _:
                    # The other keys name one row; None says that there is none.
                    rows: dict[Any, object] = _TABLES[kind](state)
                    key = tuple(parts) if len(parts) > 1 else parts[0]
                    found = self._select("SELECT data FROM rows", instance_id, kind=kind, key=_write(key))
                    rows[key] = next((_row(kind, data) for (data,) in found), None)

    def _select(self, query: str, instance_id: str, **values: str) -> list[tuple[Any, ...]]:
        conditions = "".join(f" AND {name} = ?" for name in values)
        found = self._database.execute(f"{query} WHERE instance = ?{conditions}", [instance_id, *values.values()])
        return found.fetchall()

    # --- saving ---

    def _save(self, instance_id: str, step: Step) -> None:
        after, many = step.after, self._database.executemany
        self._execute("REPLACE INTO instances VALUES (?, ?)", instance_id, _write(codec.instance_to_data(after.head())))
        for kind, table in _TABLES.items():
            for key, row in table(after).items():
                self._execute(
                    "DELETE FROM rows WHERE instance = ? AND kind = ? AND key = ?", instance_id, kind, _write(key)
                )
                if row is not None:
                    self._execute("INSERT INTO rows VALUES (?, ?, ?, ?)", instance_id, kind, _write(key), _data(row))
        many(
            "DELETE FROM places WHERE instance = ? AND scope = ? AND id = ?",
            _pairs(instance_id, after.children.removed),
        )
        for scope, added in after.children.added.items():
            many("INSERT INTO places VALUES (?, ?, ?, ?)", [(instance_id, scope, *one) for one in added.items()])
        for kind, index in (("signal", after.signals), ("condition", after.conditions)):
            gone = "DELETE FROM listeners WHERE instance = ? AND kind = ? AND key = ? AND id = ?"
            many(gone, ((instance_id, kind, _write(key), id_) for key, ids in index.removed.items() for id_ in ids))
            new = ((instance_id, kind, _write(key), id_) for key, ids in index.added.items() for id_ in ids)
            many("INSERT INTO listeners VALUES (?, ?, ?, ?)", new)
        self._save_variables(instance_id, after)
        self._append(instance_id, step)
        if after.head().outcome:
            for table_ in _OF_RUNNING_INSTANCES:
                self._execute(f"DELETE FROM {table_} WHERE instance = ?", instance_id)  # noqa: S608 - names from above

    def _save_variables(self, instance_id: str, after: State) -> None:
        for scope in after.variables.dropped:
            self._execute("DELETE FROM variables WHERE instance = ? AND scope = ?", instance_id, scope)
        for scope, values in after.variables.values.items():
            for name, value in values.items():
                written = _write(codec.encode(value))
                self._execute("REPLACE INTO variables VALUES (?, ?, ?, ?)", instance_id, scope, name, written)

    def _append(self, instance_id: str, step: Step) -> None:
        for fact in step.facts:
            self._execute(
                "INSERT INTO history SELECT ?, coalesce(max(number), 0) + 1, ? FROM history WHERE instance = ?",
                instance_id, _write(codec.fact_to_data(fact)), instance_id,
            )  # fmt: skip
        for fact in step.effects:
            written = _write(codec.fact_to_data(fact))
            self._execute("INSERT INTO effects (instance, fact) VALUES (?, ?)", instance_id, written)

    def _execute(self, statement: str, *values: str) -> None:
        self._database.execute(statement, values)

    # --- what others read ---

    def history(self, instance_id: str) -> list[facts.Fact]:
        """Read all facts of an instance, in order."""
        found = self._database.execute("SELECT fact FROM history WHERE instance = ? ORDER BY number", [instance_id])
        return [codec.fact_from_data(json.loads(text)) for (text,) in found]

    def take_effects(self) -> Iterator[tuple[str, facts.Fact]]:
        """Give the wanted effects one by one, oldest first, each with its instance; it is done when the next is asked for."""
        while found := self._database.execute("SELECT * FROM effects ORDER BY number LIMIT 1").fetchone():
            number, instance_id, text = found
            yield instance_id, codec.fact_from_data(json.loads(text))
            self._database.execute("DELETE FROM effects WHERE number = ?", [number])


# --- rows as JSON ---

_TABLES: Mapping[str, Callable[[State], Any]] = {
    "element": lambda state: state.elements.rows,
    "wait": lambda state: state.waits.rows,
    "join": lambda state: state.joins.rows,
    "incident": lambda state: state.incidents.rows,
    "compensable": lambda state: state.compensables.rows,
}


def _data(row: Any) -> str:
    return _write(codec.encode(asdict(row)))


def _row(kind: str, data: str) -> object:
    values = _read(data)
    match kind:
        case "element":
            return codec.element_from_data(values)
        case "wait":
            return Wait(**{**values, "watches": tuple((scope, name) for scope, name in values["watches"])})
        case "join":
            return Join(**{**values, "taken": tuple(values["taken"])})
        case "incident":
            return Incident(**values)
        case _:
            return Compensable(**values)


def _pairs(instance_id: str, held: Mapping[str, Iterable[str]]) -> list[tuple[str, str, str]]:
    return [(instance_id, outer, inner) for outer, ids in held.items() for inner in ids]


def _write(data: object) -> str:
    return json.dumps(data)


def _read(text: str) -> Any:
    return codec.decode(json.loads(text))
