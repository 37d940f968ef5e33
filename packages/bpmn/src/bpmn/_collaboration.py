"""Pools, message flows, operations and lanes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._xml import BPMN

if TYPE_CHECKING:
    from bpmn._reader import Reader


def participant_of(reader: "Reader", process_id: str) -> str:
    """Say the name of the pool of a process; "" when it is in none."""
    for participant in reader.root.iterfind(f"{BPMN}collaboration/{BPMN}participant"):
        if _local(participant.get("processRef")) == process_id:
            return participant.get("name") or participant.get("id") or ""
    return ""


def message_target(reader: "Reader", event: etree._Element) -> tuple[str, str]:
    """Say to which process, and which element in it, a message flow from an element leads; ("", "") when none does."""
    for flow in reader.root.iterfind(f"{BPMN}collaboration/{BPMN}messageFlow"):
        if _local(flow.get("sourceRef")) == event.get("id"):
            return _target(reader, _local(flow.get("targetRef")))
    return "", ""


def _target(reader: "Reader", reference: str) -> tuple[str, str]:
    element = reader.by_id.get(reference)
    if element is None:
        return "", ""
    if element.tag == BPMN + "participant":
        return _local(element.get("processRef")), ""
    process = next(element.iterancestors(BPMN + "process"), None)
    return (process.get("id", "") if process is not None else ""), reference


def operation_message(reader: "Reader", definition: etree._Element) -> str:
    """Find the id of the message that goes into the operation that `operationRef` names; "" when none does."""
    reference = definition.get("operationRef") or definition.findtext(BPMN + "operationRef") or ""
    operation = reader.by_id.get(_local(reference.strip()))
    return (operation.findtext(BPMN + "inMessageRef") or "").strip() if operation is not None else ""


def lanes(root: etree._Element) -> Mapping[str, str]:
    """Say for each element in a lane the name of the innermost."""
    found: dict[str, str] = {}
    # A nested lane comes after the one around it.
    for lane in root.iter(BPMN + "lane"):
        name = (lane.get("name") or "").strip()
        found.update(((one.text or "").strip(), name) for one in lane.iterchildren(BPMN + "flowNodeRef"))
    return found


def _local(reference: str | None) -> str:
    return (reference or "").strip().rpartition(":")[2]
