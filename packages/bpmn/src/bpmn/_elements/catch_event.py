"""Waiting for a timer or a message: intermediate catch events and receive tasks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements.pass_through import PassThrough
from bpmn._program import Behaviour, Node, Trigger
from bpmn._run import Run
from bpmn._state import ElementInstance
from bpmn._triggers import message, timer
from bpmn._xml import BPMN

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Catch:
    trigger: Trigger

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.emit(self.trigger.opening(run, node, at))


def read_timer(reader: "Reader", element: etree._Element) -> Behaviour:
    definition = element.find(BPMN + "timerEventDefinition")
    trigger = timer.read(reader, element, definition) if definition is not None else None
    return Catch(trigger) if trigger else PassThrough()


def read_message(reader: "Reader", element: etree._Element) -> Behaviour:
    """Read a catch event with its definition, or a receive task, which refers to the message itself."""
    definition = element.find(BPMN + "messageEventDefinition")
    trigger = message.read(reader, element, element if definition is None else definition)
    return Catch(trigger) if trigger else PassThrough()
