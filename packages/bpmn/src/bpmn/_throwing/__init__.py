"""What an event throws, one module each; the same for intermediate throw and end events."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._program import Throwing
from bpmn._throwing import cancel, compensation, error, escalation, message, signal, terminate

if TYPE_CHECKING:
    from bpmn._reader import Reader

THROWING: Mapping[str, Callable[["Reader", etree._Element, etree._Element], Throwing | None]] = {
    "cancel": cancel.read,
    "compensate": compensation.read,
    "error": error.read,
    "escalation": escalation.read,
    "message": message.read,
    "signal": signal.read,
    "terminate": terminate.read,
}
