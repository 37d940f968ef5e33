"""What an event waits for, one module each; the same for start, catch and boundary events."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Trigger
from bpmn._triggers import condition, message, signal, timer

if TYPE_CHECKING:
    from bpmn._reader import Reader

TRIGGERS: Mapping[str, Callable[["Reader", etree._Element, etree._Element, int], Trigger | None]] = {
    "conditional": condition.read,
    "message": message.read,
    "signal": signal.read,
    "timer": timer.read,
}
