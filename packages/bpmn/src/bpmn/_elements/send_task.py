"""A message is sent: by a job, or as a throw event does."""

from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _collaboration
from bpmn._elements import job
from bpmn._elements.throw_event import Throw
from bpmn._program import Behaviour
from bpmn._throwing import message

if TYPE_CHECKING:
    from bpmn._reader import Reader


def read(reader: "Reader", element: etree._Element) -> Behaviour:
    if reader.extension(element, "taskDefinition") is not None or not (
        element.get("messageRef") or _collaboration.operation_message(reader, element)
    ):
        return job.read(reader, element)
    part = message.read(reader, element, element)
    return Throw((part,) if part else ())
