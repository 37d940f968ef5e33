"""What of a decision is kept, and how it is put into words: pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

import dmn
from firstline.codec import CodecError, encode
from firstline.decisions import outline
from firstline.decisions.outline import rule_key

MAX_RULES_KEPT = 1000


def inputs_of(read: Iterable[str], context: Mapping[str, object]) -> dict[str, Any]:
    """Pick what the decision could read, so that a trace doesn't copy the whole case."""
    return {name: storable(context.get(name)) for name in read}


def by_namespace(texts: Iterable[str]) -> dict[str, bytes]:
    """Find models by their namespaces, as imports name them; what is no model is left out."""
    found: dict[str, bytes] = {}
    for text in texts:
        try:
            found.setdefault(outline.read(text).namespace, text.encode())
        except etree.XMLSyntaxError:
            continue
    return found


def matched_in(trace: Sequence[Any]) -> list[str]:
    """List the rules that matched, each once, as `outline.rule_key` names them."""
    return list(dict.fromkeys(_keys(trace)))[:MAX_RULES_KEPT]


def _keys(trace: Sequence[Any]) -> Iterator[str]:
    for entry in trace:
        for rule in entry.get("rules", ()) if "table" in entry else ():
            yield rule_key(str(entry["table"]), str(rule["rule"]))[:500]


def storable(value: object) -> Any:
    """Give the value as it can be kept; functions and ranges, which can't, as text."""
    if isinstance(value, Mapping):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    try:
        encode(value)
    except CodecError:
        return str(value)
    return value


def in_words(diagnostic: dmn.Diagnostic) -> str:
    """Say what went wrong where."""
    return f"{diagnostic.element_id}: {diagnostic.message}" if diagnostic.element_id else diagnostic.message
