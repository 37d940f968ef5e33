"""Data objects, stores, properties, inputs and outputs: each is a variable, by its name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import DataAssociation
from bpmn._xml import BPMN, local_name

if TYPE_CHECKING:
    from bpmn._reader import Reader

_REFERENCES = {"dataObjectReference": "dataObjectRef", "dataStoreReference": "dataStoreRef"}


def variable_name(reader: "Reader", reference: str) -> str:
    """Say which variable a data element is: named as the object, else as the reference to it, else by its id."""
    element = reader.by_id.get(reference)
    if element is None:
        return ""
    attribute = _REFERENCES.get(local_name(element), "id")
    referred = reader.by_id.get(element.get(attribute, ""))
    names = [one.get("name", "") for one in (referred, element) if one is not None]
    ids = [one.get("id", "") for one in (referred, element) if one is not None]
    return next((" ".join(name.split()) for name in (*names, *ids) if name.strip()), reference)


def declared(reader: "Reader", holder: etree._Element, *, is_process: bool) -> tuple[str, ...]:
    """List the variables that begin with a scope or activity; those of the process begin when they are set."""
    if is_process:
        return ()
    elements = (*holder.findall(BPMN + "dataObject"), *holder.findall(BPMN + "property"))
    references = holder.findall(BPMN + "dataObjectReference")
    named = {str(one.get("dataObjectRef")): str(one.get("id")) for one in references}
    ids = (str(one.get("id")) for one in elements if one.get("id"))
    return tuple(dict.fromkeys(variable_name(reader, named.get(id_, id_)) for id_ in ids))


def associations(reader: "Reader", element: etree._Element, tag: str) -> tuple[DataAssociation, ...]:
    """Read the dataInputAssociations or dataOutputAssociations of an activity or event."""
    return tuple(
        one for association in element.iterchildren(BPMN + tag) for one in _association(reader, element, association)
    )


def _association(reader: "Reader", element: etree._Element, association: etree._Element) -> Iterator[DataAssociation]:
    source = variable_name(reader, (association.findtext(BPMN + "sourceRef") or "").strip())
    target = variable_name(reader, (association.findtext(BPMN + "targetRef") or "").strip())
    assignments = association.findall(BPMN + "assignment")
    for assignment in assignments:
        expression = reader.expression(assignment.findtext(BPMN + "from") or "", element, "data assignment")
        to = (assignment.findtext(BPMN + "to") or "").strip().removeprefix("=").strip() or target
        if expression is not None:
            yield DataAssociation("", to, expression)
    if assignments:
        return
    text = association.findtext(BPMN + "transformation") or ""
    transformation = reader.expression(text, element, "data transformation") if text.strip() else None
    if target and (source or transformation):
        yield DataAssociation(source, target, transformation)


def source_name(reader: "Reader", element: etree._Element, reference: str) -> str:
    """Say where an input of an activity comes from: what is associated with it, else what has its name."""
    for association in element.iterchildren(BPMN + "dataInputAssociation"):
        if (association.findtext(BPMN + "targetRef") or "").strip() == reference:
            return variable_name(reader, (association.findtext(BPMN + "sourceRef") or "").strip())
    return variable_name(reader, reference)


def target_name(reader: "Reader", element: etree._Element, reference: str) -> str:
    """Say where an output of an activity goes: to what is associated with it, else to what has its name."""
    for association in element.iterchildren(BPMN + "dataOutputAssociation"):
        if (association.findtext(BPMN + "sourceRef") or "").strip() == reference:
            return variable_name(reader, (association.findtext(BPMN + "targetRef") or "").strip())
    return variable_name(reader, reference)
