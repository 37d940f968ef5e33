"""Correlation as the standard writes it: properties that a key is made of, read from messages and from process data.

Source: BPMN 2.0.2, clause 8.4.2. `zeebe:subscription` is the short form, and goes before.
"""

from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Formula
from bpmn._xml import BPMN

if TYPE_CHECKING:
    from bpmn._reader import Reader


def receiving(reader: "Reader", event: etree._Element) -> tuple[Formula, ...]:
    """Read the key by which a process waits, from its first correlationSubscription; none when it has none."""
    process = next(event.iterancestors(BPMN + "process"), None)
    subscription = process.find(BPMN + "correlationSubscription") if process is not None else None
    if subscription is None:
        return ()
    paths = (binding.findtext(BPMN + "dataPath") or "" for binding in subscription.iterchildren(_BINDING))
    return tuple(reader.feel(path, event, "correlation key") for path in paths)


def sending(reader: "Reader", event: etree._Element, message_id: str) -> tuple[Formula, ...]:
    """Read the key of a message that is sent, from the first correlationKey all of whose properties it has; none when there is none."""
    for key in reader.root.iter(BPMN + "correlationKey"):
        ids = [(reference.text or "").strip() for reference in key.iterchildren(BPMN + "correlationPropertyRef")]
        paths = [_message_path(reader, id_, message_id) for id_ in ids]
        if paths and all(paths):
            return tuple(reader.feel(path, event, "correlation key") for path in paths)
    return ()


_BINDING = BPMN + "correlationPropertyBinding"


def _message_path(reader: "Reader", property_id: str, message_id: str) -> str:
    found = reader.definition("correlationProperty", property_id)
    if found is None:
        return ""
    for retrieval in found.iterchildren(BPMN + "correlationPropertyRetrievalExpression"):
        if retrieval.get("messageRef", "").rpartition(":")[2] == message_id:
            return (retrieval.findtext(BPMN + "messagePath") or "").strip()
    return ""
