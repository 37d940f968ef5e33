"""Built-ins on contexts (DMN 1.5, clause 10.3.4.10)."""

from feel._builtins._signature import builtin
from feel._run import Run
from feel.errors import Fault


def _get_value(context: dict[str, object], key: str) -> object:
    """Read an entry of a context, or the one that a list of keys leads to (which the standard doesn't have).

    Null when it isn't there.

        get value({a: 1}, "a") → 1
        get value({a: {b: 1}}, ["a", "b"]) → 1
        get value({a: 1}, "b") → null
    """
    if key not in context:
        raise Fault("property", f"the context has no “{key}”")
    return context[key]


def _get_value_at(context: dict[str, object], keys: list[object]) -> object:
    value: object = context
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str) or key not in value:
            raise Fault("property", f"the context has no “{key}”")
        value = value[key]
    return value


def _get_entries(run: Run, context: dict[str, object]) -> list[object]:
    """List the entries of a context, each a context of its key and its value.

    get entries({a: 1, b: 2}) → [{key: "a", value: 1}, {key: "b", value: 2}]
    get entries({}) → []
    """
    run.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(run: Run, entries: list[object]) -> dict[str, object]:
    """Make a context of entries as `get entries` lists them.

    Null when an entry has no key or no value, when a key is no string, or when a key comes twice.

        context([{key: "a", value: 1}, {key: "b", value: 2}]) → {a: 1, b: 2}
        context([{key: "a", value: 1}, {key: "a", value: 2}]) → null
        context([{key: "a"}]) → null
    """
    run.spend(len(entries))
    result: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
            raise Fault("type", "every entry needs a key and a value")
        key = entry["key"]
        if not isinstance(key, str) or key in result:
            raise Fault("value", "the keys must be strings, each once")
        result[key] = entry["value"]
    return result


def _put(run: Run, context: dict[str, object], key: str, value: object) -> dict[str, object]:
    """Set an entry of a context, or the one that a list of keys leads to.

    Null when the list of keys is empty or leads through what is no context.

        context put({a: 1}, "b", 2) → {a: 1, b: 2}
        context put({a: 1}, "a", 2) → {a: 2}
        context put({a: {b: 1, c: 2}}, ["a", "b"], 3) → {a: {b: 3, c: 2}}
        context put({a: 1}, [], 2) → null
    """
    run.spend(len(context))
    return {**context, key: value}


def _put_at(run: Run, context: dict[str, object], keys: list[object], value: object) -> dict[str, object]:
    if not keys or not isinstance(keys[0], str):
        raise Fault("value", "the keys must be strings, one or more")
    first, rest = keys[0], keys[1:]
    if not rest:
        return _put(run, context, first, value)
    inner = context.get(first)
    if not isinstance(inner, dict):
        raise Fault("type", f"“{first}” isn't a context")
    return _put(run, context, first, _put_at(run, inner, rest, value))


def _merge(run: Run, contexts: list[object]) -> dict[str, object]:
    """Put contexts together; of entries with the same key the last one counts. Null when an item is no context.

    context merge([{x: 1}, {x: 2, y: 3}]) → {x: 2, y: 3}
    context merge([]) → {}
    """
    result: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise Fault("type", "every item must be a context")
        run.spend(len(context))
        result.update(context)
    return result


CONTEXT_BUILTINS = (
    builtin("get value(m: context, key: string)", _get_value),
    builtin("get value(context: context, keys: list)", _get_value_at),
    builtin("get entries(m: context)", _get_entries, run=True),
    builtin("context(entries: list)", _context, run=True),
    builtin("context put(context: context, key: string, value: any)", _put, run=True),
    builtin("context put(context: context, keys: list, value: any)", _put_at, run=True),
    builtin("context merge(contexts: list)", _merge, run=True),
)
