"""A message is sent: to another pool or instance by name and key, or by a job that does it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _collaboration, _correlation, facts
from bpmn._elements.job import Job
from bpmn._elements.job import read as read_job
from bpmn._evaluate import compute_text
from bpmn._program import Formula, Node, Throwing
from bpmn._rows import ElementInstance
from bpmn._triggers import message

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Message:
    """It carries the sender's own variables, those that its input mappings set."""

    name: Formula
    key: tuple[Formula, ...]
    # Where a message flow leads: process and element.
    process_id: str
    target_id: str
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        name = compute_text(run, self.name, at, "The name of a message")
        key = message.key_of(run, self.key, at, name)
        variables = run.state.variables.all(at.id)
        target = (self.process_id, self.target_id)
        run.emit(facts.MessageThrown(run.new_id(), at.id, node.id, name, key, *target, variables))
        return True


@dataclass(frozen=True, slots=True)
class MessageJob:
    """A worker sends it; the event waits for that."""

    job: Job
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        self.job.enter(run, node, at)
        return False


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Throwing | None:
    """Read `zeebe:taskDefinition`, or what `messageRef` names with `zeebe:publishMessage`."""
    names_message = definition.get("messageRef") or _collaboration.operation_message(reader, definition)
    if reader.extension(event, "taskDefinition") is not None or not names_message:
        return MessageJob(read_job(reader, event))
    found = message.find(reader, event, definition)
    if found is None:
        return None
    published = reader.extension(event, "publishMessage")
    text = published.get("correlationKey", "") if published is not None else ""
    key: tuple[Formula, ...] = (reader.formula(text, event, "correlation key"),) if text.strip() else ()
    key = key or message.subscription_key(reader, event, found)
    key = key or _correlation.sending(reader, event, found.get("id", ""))
    return Message(message.read_name(reader, event, found), key, *_collaboration.message_target(reader, event))
