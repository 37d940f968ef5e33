"""Which element behaves how. Events are listed with their definition."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements import (
    business_rule_task,
    call_activity,
    catch_event,
    end_events,
    exclusive_gateway,
    inclusive_gateway,
    job,
    parallel_gateway,
    pass_through,
    script_task,
    subprocess,
    user_task,
)
from bpmn._program import Behaviour

if TYPE_CHECKING:
    from bpmn._reader import Reader

ELEMENTS: Mapping[str, Callable[["Reader", etree._Element], Behaviour]] = {
    "startEvent": pass_through.read,
    "startEvent message": pass_through.read,
    "startEvent timer": pass_through.read,
    "endEvent": pass_through.read,
    "endEvent terminate": end_events.read_terminate,
    "endEvent error": end_events.read_error,
    "endEvent message": job.read,
    "intermediateThrowEvent": pass_through.read,
    "intermediateThrowEvent message": job.read,
    "intermediateCatchEvent timer": catch_event.read_timer,
    "intermediateCatchEvent message": catch_event.read_message,
    "boundaryEvent timer": pass_through.read,
    "boundaryEvent message": pass_through.read,
    "boundaryEvent error": pass_through.read,
    "task": pass_through.read,
    "manualTask": pass_through.read,
    "userTask": user_task.read,
    "serviceTask": job.read,
    "sendTask": job.read,
    "receiveTask": catch_event.read_message,
    "scriptTask": script_task.read,
    "businessRuleTask": business_rule_task.read,
    "exclusiveGateway": exclusive_gateway.read,
    "parallelGateway": parallel_gateway.read,
    "inclusiveGateway": inclusive_gateway.read,
    "subProcess": subprocess.read,
    "callActivity": call_activity.read,
}
