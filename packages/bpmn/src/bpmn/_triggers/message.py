"""A message by name and correlation key."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _collaboration, _correlation, facts
from bpmn._evaluate import Failure, compute, compute_text, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._values import MAX_NAME
from bpmn._xml import BPMN, ZEEBE

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Message:
    """`opening` computes name and key, once, when the event begins to listen."""

    name: Formula
    # Several parts make one key; none = the name alone says who gets it.
    key: tuple[Formula, ...]

    @property
    def definition(self) -> tuple[str, ...]:
        return ("message", source_of(self.name), *map(source_of, self.key))

    def opening(self, run: "Run", node: Node, host: ElementInstance) -> facts.MessageSubscribed:
        name = compute_text(run, self.name, host, "The name of a message")
        return facts.MessageSubscribed(run.new_id(), host.id, node.id, name, key_of(run, self.key, host, name))


def key_of(run: "Run", formulas: tuple[Formula, ...], at: ElementInstance, name: str) -> str:
    """Compute a correlation key; "" when a message has none. Raises: Failure."""
    key = "|".join(_part(run, formula, at, name) for formula in formulas)
    if len(key) > MAX_NAME:
        raise Failure("correlation_key", f"The correlation key of message '{name}' is too long.")
    return key


def _part(run: "Run", formula: Formula, at: ElementInstance, name: str) -> str:
    key = compute(run, formula, at)
    if isinstance(key, Decimal):
        key = format(key.normalize(), "f")
    if not isinstance(key, str) or not 0 < len(key) <= MAX_NAME:
        message = f"The correlation key of message '{name}' must be a short text or a number; '{source_of(formula)}' is neither."
        raise Failure("correlation_key", message)
    return key


def read(reader: "Reader", event: etree._Element, definition: etree._Element, part: int = 0) -> Message | None:
    """Read what `messageRef` of a receive task or a messageEventDefinition names."""
    message = find(reader, event, definition)
    if message is None:
        return None
    key = subscription_key(reader, event, message) or _correlation.receiving(reader, event)
    return Message(read_name(reader, event, message), key)


def find(reader: "Reader", event: etree._Element, definition: etree._Element) -> etree._Element | None:
    """Find the message that `messageRef` names, or that goes into the operation of `operationRef`."""
    message = reader.definition(
        "message", definition.get("messageRef") or _collaboration.operation_message(reader, definition)
    )
    if message is None:
        reader.problem("message", event, "refers to no message")
    return message


def read_name(reader: "Reader", event: etree._Element, message: etree._Element) -> Formula:
    """Read a message's name; one without goes by its id."""
    return reader.formula(message.get("name", "").strip() or message.get("id", ""), event, "message name")


def subscription_key(reader: "Reader", event: etree._Element, message: etree._Element) -> tuple[Formula, ...]:
    """Read the key of `zeebe:subscription`; none when there is none."""
    subscription = message.find(f"{BPMN}extensionElements/{ZEEBE}subscription")
    key = subscription.get("correlationKey", "") if subscription is not None else ""
    return (reader.formula(key, event, "correlation key"),) if key.strip() else ()
