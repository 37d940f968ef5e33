"""Facts and states as JSON, and back: typed, schema-versioned.

A value that JSON lacks is written as an object with one key that starts with "$", such as {"$decimal": "1.10"}; a context
that happens to look like that is wrapped in {"$context": ...}.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast, get_args

from msgspec.structs import asdict

from bpmn import facts
from bpmn._rows import Compensable, ElementInstance, Errand, Incident, Instance, Join, Pending, Rounds, Wait
from bpmn._state import State
from bpmn.errors import CodecError
from feel import MonthsDuration

_FACTS: Mapping[str, type[facts.Fact]] = {kind.__name__: kind for kind in get_args(facts.Fact)}
_ROWS: tuple[type, ...] = (Compensable, ElementInstance, Errand, Incident, Instance, Join, Pending, Rounds, Wait)
_DEFAULTS: Mapping[type, tuple[tuple[str, object], ...]] = {
    kind: tuple((one.name, one.default) for one in fields(kind)) for kind in _ROWS
}
_FIELDS: Mapping[type, tuple[str, ...]] = {kind: kind.__struct_fields__ for kind in _FACTS.values()}
# What they hold comes out of the model or of the caller's maker of ids, and is text, or None.
_IDS = frozenset({"id", "element_id", "element_instance_id", "flow_id", "scope_id"})
# Several of them.
_LISTS_OF_IDS = frozenset({"flow_ids"})
_OTHERS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(name for name in names if name not in _IDS) for kind, names in _FIELDS.items()
}


def fact_to_data(fact: facts.Fact) -> dict[str, Any]:
    """Turn a fact into what `json` can write.

    >>> fact_to_data(facts.JobCompleted("j1", "e1", "pay"))
    {'fact': 'JobCompleted', 'schema': 1, 'id': 'j1', 'element_instance_id': 'e1', 'element_id': 'pay'}
    """
    kind = type(fact)
    data = {"fact": kind.__name__, "schema": facts.SCHEMA_VERSION, **asdict(fact)}
    for name in _OTHERS[kind]:
        data[name] = pending_to_data(data[name]) if name == "pending" else encode(data[name])
    return data


def fact_as_json(fact: facts.Fact) -> "facts.Fact | dict[str, Any]":
    """Give what msgspec writes as what `fact_from_data` reads: the fact itself, where it holds nothing that JSON lacks.

    >>> fact = facts.JobCompleted("j1", "e1", "pay")
    >>> fact_as_json(fact) is fact
    True
    """
    for name in _OTHERS[type(fact)]:
        if not _is_json(getattr(fact, name)) and name not in _LISTS_OF_IDS:
            return fact_to_data(fact)
    return fact


def _is_json(value: object) -> bool:
    kind = type(value)
    if kind is str:
        return "\x00" not in cast(str, value)
    return kind in _AS_THEY_ARE or (kind in _CONTAINERS and not value)


_CONTAINERS = frozenset({tuple, list, dict})


def fact_from_data(data: Mapping[str, Any]) -> facts.Fact:
    """Turn what `fact_to_data` made back into the fact. Raises: CodecError."""
    kind = _FACTS.get(data.get("fact", ""))
    if kind is None or data.get("schema", 1) > facts.SCHEMA_VERSION:
        raise CodecError(f"This version doesn't know the fact {data.get('fact')!r} of schema {data.get('schema')!r}.")
    # What a fact didn't say yet when it was told has its default.
    values = {name: _READ.get(name, decode)(data[name]) for name in _FIELDS[kind] if name in data}
    for name in _TUPLES & values.keys():
        values[name] = tuple(values[name])
    return kind(**values)


_TUPLES = frozenset({"flow_ids", "candidate_groups", "candidate_users", "names", "scope_ids", "step_ids", "items"})


def state_to_data(state: State) -> dict[str, Any]:
    """Turn a complete state into what `json` can write; equal states give equal data, and what is empty isn't written."""
    data = {
        "elements": [_element_and_waits(state, row) for _, row in sorted(state.elements.rows.items()) if row],
        "joins": _rows(state.joins.rows),
        "incidents": _rows(state.incidents.rows),
        "compensables": _rows(state.compensables.rows),
        "variables": encode({scope: values for scope, values in sorted(state.variables.values.items()) if values}),
    }
    head = instance_to_data(state.instance) if state.instance else None
    return {"schema": _STATE_SCHEMA, "instance": head} | {name: part for name, part in data.items() if part}


def state_from_data(data: Mapping[str, Any]) -> State:
    """Turn what `state_to_data` made back into a complete state, also what it made in the form before. Raises: CodecError."""
    if data["schema"] > _STATE_SCHEMA:
        raise CodecError(f"This version doesn't know states of schema {data['schema']!r}.")
    state = State()
    if data["instance"]:
        state.instance = instance_from_data(data["instance"])
    for row in data.get("elements", ()):
        _put_element_and_waits(state, row)
    for row in data.get("waits", ()):
        _put_wait(state, row)
    for row in data.get("joins", ()):
        join = Join(**{**row, "taken": tuple(row.get("taken", ()))})
        state.joins.put((join.scope_id, join.element_id), join)
    for row in data.get("incidents", ()):
        state.incidents.put(row["id"], Incident(**row))
    for row in data.get("compensables", ()):
        state.compensables.put((row["scope_id"], str(row["order"])), Compensable(**row))
    for scope_id, values in decode(data.get("variables", {})).items():
        for name, value in values.items():
            state.variables.set(scope_id, name, value)
    return state


_STATE_SCHEMA = 2
"""From 2 on, waits lie in their element instances, in the order in which they were opened; in 1 they were rows beside them."""


def _element_and_waits(state: State, element: ElementInstance) -> dict[str, Any]:
    """Write an element instance with its waits: of each what the element instance doesn't say, and of it what the head doesn't."""
    data = element_to_data(element)
    if data["scope_id"] in {None, state.head().id}:
        del data["scope_id"]
    if element.waits:
        data["waits"] = [_wait_inside(state.waits.get(key), element) for key in element.waits]
    return data


def _wait_inside(wait: Wait, element: ElementInstance) -> dict[str, Any]:
    data = _row(wait)
    del data["element_instance_id"]
    if wait.element_id == element.element_id:
        del data["element_id"]
    return data


def _put_element_and_waits(state: State, data: Mapping[str, Any]) -> None:
    head = state.head().id
    around = {} if data["id"] == head else {"scope_id": head}
    waits = data.get("waits", ())
    inside = [wait for wait in waits if isinstance(wait, Mapping)]
    if inside:
        data = {**data, "waits": [(wait["kind"], wait["id"]) for wait in inside]}
    element = element_from_data({"scope_id": None, **around, **data})
    state.elements.put(element.id, element)
    for wait in inside:
        _put_wait(state, {"element_instance_id": element.id, "element_id": element.element_id, **wait})


def _put_wait(state: State, data: Mapping[str, Any]) -> None:
    wait = Wait(**{name: decode(value) for name, value in data.items()})
    wait.watches = tuple((scope_id, name) for scope_id, name in wait.watches)
    state.waits.put((wait.kind, wait.id), wait)
    if wait.kind == "signal":
        state.signals.add((wait.name,), wait.id)
    for watch in wait.watches:
        state.conditions.add(watch, wait.id)


def instance_to_data(instance: Instance) -> dict[str, Any]:
    """Turn the head of an instance into what `json` can write."""
    data = _row(instance)
    if instance.call_id is None:
        del data["call_id"]
    return data


def instance_from_data(data: Mapping[str, Any]) -> Instance:
    """Turn what `instance_to_data` made back into the head; what is missing has its default."""
    pending = data.get("pending")
    return Instance(**{"call_id": None, **data, "pending": pending_from_data(pending) if pending is not None else None})


def pending_to_data(pending: Pending) -> dict[str, Any]:
    """Turn what is pending into what `json` can write."""
    return _row(pending)


def pending_from_data(data: Mapping[str, Any]) -> Pending:
    """Turn what `pending_to_data` made back; what is missing has its default."""
    values = {name: tuple(value) for name, value in data.items() if name != "entered"}
    values["tokens"] = tuple((flow_id, scope_id) for flow_id, scope_id in values.get("tokens", ()))
    values["errands"] = tuple(Errand(**errand) for errand in values.get("errands", ()))
    return Pending(**values, entered=data.get("entered", 0))


def element_to_data(element: ElementInstance) -> dict[str, Any]:
    """Turn an element instance's row into what `json` can write."""
    return _row(element)


def element_from_data(data: Mapping[str, Any]) -> ElementInstance:
    """Turn what `element_to_data` made back into the row; what is missing has its default."""
    values = dict(data)
    values["waits"] = tuple((kind, id_) for kind, id_ in values.get("waits", ()))
    for name, kind in (("rounds", Rounds), ("errand", Errand)):
        if values.get(name) is not None:
            values[name] = kind(**values[name])
    return ElementInstance(**values)


def _rows(rows: Mapping[Any, object]) -> list[dict[str, Any]]:
    return [_row(row) for _, row in sorted(rows.items())]


def _row(row: object) -> dict[str, Any]:
    """Write what differs from the defaults, which few parts of most rows do."""
    values = ((name, getattr(row, name), default) for name, default in _DEFAULTS[type(row)])
    return {name: _part(name, value) for name, value, default in values if value != default}


def _part(name: str, value: object) -> Any:
    if name == "waiting":
        return value
    if isinstance(value, tuple) and name == "errands":
        return [_row(errand) for errand in value]
    return _row(value) if isinstance(value, Rounds | Errand | Pending) else encode(value)


def encode(value: object) -> Any:
    """Turn a value into what `json` can write. Raises: CodecError.

    >>> encode({"amount": Decimal("1.10")})
    {'amount': {'$decimal': '1.10'}}
    """
    kind = type(value)
    # What most are comes first, by the type that it is; after that whatever else may count as one of them.
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, str):
        if "\x00" in value:
            raise CodecError("A text holds the character NUL, which can't be stored; remove it.")
        return value
    if kind in _WRITERS:
        tag, write = _WRITERS[kind]
        return {tag: write(value)}
    if isinstance(value, _SEQUENCES):
        return [encode(item) for item in value]
    if isinstance(value, _MAPPINGS):
        encoded = {encode(str(key)): encode(item) for key, item in value.items()}
        looks_tagged = len(encoded) == 1 and next(iter(encoded)).startswith("$")
        return {"$context": encoded} if looks_tagged else encoded
    if isinstance(value, int):
        return value
    for kind, (tag, write) in _WRITERS.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    raise CodecError(f"A value of type {type(value).__name__} can't be kept.")


_AS_THEY_ARE = frozenset({bool, int, type(None)})
_SEQUENCES = (list, tuple)
# What most are comes first: asking the abstract one takes long.
_MAPPINGS = (dict, Mapping)


def decode(value: Any) -> Any:
    """Turn what `encode` made back into the value; tuples come back as lists."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag == "$context":
            return {key: decode(item) for key, item in content.items()}
        if tag in _READERS:
            return _READERS[tag](content)
    return {key: decode(item) for key, item in value.items()}


# datetime before date: a datetime is a date to isinstance.
_WRITERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("$decimal", str),
    datetime: ("$datetime", datetime.isoformat),
    date: ("$date", date.isoformat),
    time: ("$time", time.isoformat),
    timedelta: ("$seconds", lambda value: str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)),
    MonthsDuration: ("$months", lambda value: value.months),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
    "$months": MonthsDuration,
}
# Of the parts of facts, what is a row of the state.
_READ: Mapping[str, Callable[[Any], Any]] = {"pending": pending_from_data}
