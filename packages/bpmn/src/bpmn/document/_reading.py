"""From the text of a file that is known to be well-formed to its tree."""

import re
from collections.abc import Iterator

from bpmn._standard import SCHEMA_INSTANCE, kind_of, narrowed
from bpmn.document._tree import Attribute, Comment, Element, Instruction, Scope, Span, Text

_MARKUP = re.compile(
    r"""<!--(?P<comment>.*?)-->
    |<!\[CDATA\[(?P<cdata>.*?)\]\]>
    |<\?(?P<target>[^\s?]+)\s*(?P<instruction>.*?)\?>
    |</(?P<close>[^\s>]+)\s*>
    |<(?P<open>[^\s/>]+)(?P<attributes>[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*)>
    |(?P<text>[^<]+)""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""\s+(?P<name>[^\s=]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""")
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<decimal>[0-9]+)|(?P<name>\w+));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": '"'}
_ALWAYS = Scope(declared={"xml": "http://www.w3.org/XML/1998/namespace"})

Node = Element | Text | Comment | Instruction


def read_tree(source: str) -> tuple[Element, tuple[Node, ...]]:
    """Read the root, and everything at the top of the file with it."""
    top: list[Node] = []
    root: Element | None = None
    current: Element | None = None
    for found in _MARKUP.finditer(source):
        holder = top if current is None else current.inside
        if found["open"] is not None:
            element = _element(source, current, found)
            holder.append(element)
            root = root or element
            if found["attributes"].endswith("/"):
                element.ended.append(found.end())
            else:
                current = element
        elif found["close"] is not None and current is not None:
            current.ended.append(found.end())
            current = current.parent
        elif found["target"] != "xml":
            holder.append(_other(found))
    assert root is not None
    return root, tuple(top)


def _other(found: re.Match[str]) -> Text | Comment | Instruction:
    span = Span(start=found.start(), end=found.end())
    if found["comment"] is not None:
        return Comment(value=_lines(found["comment"]), span=span)
    if found["target"] is not None:
        return Instruction(target=found["target"], value=_lines(found["instruction"]), span=span)
    if found["cdata"] is not None:
        return Text(value=_lines(found["cdata"]), span=span)
    return Text(value=_resolved(_lines(found["text"])), span=span)


def _element(source: str, parent: Element | None, found: re.Match[str]) -> Element:
    written = list(_written(found))
    declared = {name: value for name, value, *_ in written if name == "xmlns" or name.startswith("xmlns:")}
    declared = {name.partition(":")[2]: uri for name, uri in declared.items()}
    scope = parent.scope if parent else _ALWAYS
    if declared:
        scope = Scope(declared=declared, outer=scope)
    prefix, _, tag = found["open"].rpartition(":")
    attributes = tuple(
        _attribute(scope, *one) for one in written if one[0] != "xmlns" and not one[0].startswith("xmlns:")
    )
    namespace = scope.find(prefix)
    kind, standing = kind_of(parent.kind if parent else None, namespace, tag)
    type_ = next((one.value for one in attributes if one.namespace == SCHEMA_INSTANCE and one.tag == "type"), "")
    return Element(
        source=source,
        parent=parent,
        prefix=prefix,
        namespace=namespace,
        tag=tag,
        kind=narrowed(kind, type_) if type_ else kind,
        standing=standing,
        attributes=attributes,
        declared=declared,
        scope=scope,
        opening=Span(start=found.start(), end=found.end()),
    )


def _written(tag: re.Match[str]) -> Iterator[tuple[str, str, Span, Span]]:
    for found in _ATTRIBUTE.finditer(tag.string, tag.start("attributes"), tag.end("attributes")):
        quoted = "single" if found["double"] is None else "double"
        # A line end or tab as such counts as a space; one that was meant is written as a reference.
        value = _resolved(re.sub(r"[\t\n]", " ", _lines(found[quoted])))
        inside = Span(start=found.start(quoted), end=found.end(quoted))
        yield found["name"], value, Span(start=found.start(), end=found.end()), inside


def _attribute(scope: Scope, name: str, value: str, span: Span, inside: Span) -> Attribute:
    prefix, _, tag = name.rpartition(":")
    namespace = scope.find(prefix) if prefix else ""
    return Attribute(prefix=prefix, namespace=namespace, tag=tag, value=value, span=span, inside=inside)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _resolved(text: str) -> str:
    return _REFERENCE.sub(_meaning, text) if "&" in text else text


def _meaning(reference: re.Match[str]) -> str:
    if reference["name"]:
        return _ENTITIES[reference["name"]]
    return chr(int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"]))
