"""A message by name and correlation key."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._program import Formula, Node
from bpmn._run import Failure, Run, source_of
from bpmn._state import ElementInstance
from bpmn._values import MAX_NAME
from bpmn._xml import BPMN, ZEEBE

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Message:
    """`opening` computes name and key, once, when the event begins to listen."""

    name: Formula
    key: Formula

    def opening(self, run: Run, node: Node, host: ElementInstance) -> facts.MessageSubscribed:
        name = run.evaluate_text(self.name, host, "The name of a message")
        key = run.compute(self.key, host)
        if isinstance(key, Decimal):
            key = format(key.normalize(), "f")
        if not isinstance(key, str) or not 0 < len(key) <= MAX_NAME:
            message = f"The correlation key of message '{name}' must be a short text or a number; '{source_of(self.key)}' is neither."
            raise Failure("correlation_key", message)
        return facts.MessageSubscribed(run.new_id(), host.id, node.id, name, key)


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Message | None:
    """Read what `messageRef` of a receive task or a messageEventDefinition names."""
    message = find(reader, event, definition)
    if message is None:
        return None
    name = read_name(reader, event, message)
    subscription = message.find(f"{BPMN}extensionElements/{ZEEBE}subscription")
    key = subscription.get("correlationKey", "") if subscription is not None else ""
    if not key.strip():
        reader.problem("correlation_key", event, "waits for a message without a correlation key")
        return None
    return Message(name, reader.formula(key, event, "correlation key"))


def find(reader: "Reader", event: etree._Element, definition: etree._Element) -> etree._Element | None:
    """Find the message that `messageRef` names."""
    message = reader.definitions_of("message").get(definition.get("messageRef", ""))
    if message is None or not message.get("name", "").strip():
        reader.problem("message", event, "refers to no message, or to one without a name")
        return None
    return message


def read_name(reader: "Reader", event: etree._Element, message: etree._Element) -> Formula:
    """Read a message's name."""
    return reader.formula(message.get("name", ""), event, "message name")
