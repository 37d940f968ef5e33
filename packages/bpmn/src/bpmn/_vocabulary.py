"""Elements and attributes of BPMN's own namespace that the standard doesn't have: typing mistakes, mostly."""

from lxml import etree

from bpmn._reader import Reader
from bpmn._standard import SCHEMA_INSTANCE, Kind, kind_of, narrowed
from bpmn._xml import BPMN


def check(reader: Reader) -> None:
    """Note every unknown element and attribute. What stands in extensions, and other namespaces, is their authors' business."""
    waiting: list[tuple[etree._Element, Kind | None]] = [(reader.root, None)]
    while waiting:
        element, around = waiting.pop()
        name = etree.QName(element)
        kind, standing = kind_of(around, name.namespace or "", name.localname)
        kind = narrowed(kind, element.get(f"{{{SCHEMA_INSTANCE}}}type", ""))
        if str(element.tag).startswith(BPMN):
            if standing == "unknown":
                reader.problem("unknown_element", element, f"is no element of BPMN 2.0: <{name.localname}>")
            _check_attributes(reader, element, kind)
        if kind is not None:
            waiting.extend((child, kind) for child in element.iterchildren(etree.Element))


def _check_attributes(reader: Reader, element: etree._Element, kind: Kind | None) -> None:
    if kind is None or kind.name == "any":
        return
    for attribute in element.attrib:
        name = str(attribute).removeprefix(BPMN)
        is_foreign = name.startswith("{")
        if not is_foreign and (name != attribute or name not in kind.attributes):
            reader.problem(
                "unknown_attribute", element, f"has an attribute '{name}', which BPMN 2.0 doesn't have there"
            )
