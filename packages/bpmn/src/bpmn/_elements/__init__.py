"""Which element behaves how; what its event definitions do is in `_triggers` and `_throwing`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements import (
    ad_hoc_subprocess,
    business_rule_task,
    call_activity,
    catch_event,
    complex_gateway,
    event_based_gateway,
    exclusive_gateway,
    inclusive_gateway,
    job,
    parallel_gateway,
    pass_through,
    script_task,
    send_task,
    start_event,
    subprocess,
    throw_event,
    user_task,
)
from bpmn._program import Behaviour

if TYPE_CHECKING:
    from bpmn._reader import Reader

ELEMENTS: Mapping[str, Callable[["Reader", etree._Element], Behaviour]] = {
    "startEvent": start_event.read,
    "intermediateCatchEvent": catch_event.read,
    "intermediateThrowEvent": throw_event.read,
    "boundaryEvent": pass_through.read,
    "endEvent": throw_event.read,
    "task": pass_through.read,
    "manualTask": pass_through.read,
    "userTask": user_task.read,
    "serviceTask": job.read,
    "sendTask": send_task.read,
    "receiveTask": catch_event.read,
    "scriptTask": script_task.read,
    "businessRuleTask": business_rule_task.read,
    "exclusiveGateway": exclusive_gateway.read,
    "parallelGateway": parallel_gateway.read,
    "inclusiveGateway": inclusive_gateway.read,
    "complexGateway": complex_gateway.read,
    "eventBasedGateway": event_based_gateway.read,
    "subProcess": subprocess.read,
    "transaction": subprocess.read,
    "adHocSubProcess": ad_hoc_subprocess.read,
    "callActivity": call_activity.read,
}

# Which event definitions an event may have, by where it stands; "" = none at all.
_CATCHES = frozenset({"message", "timer", "signal", "conditional"})
_THROWS = frozenset({"message", "signal", "escalation", "compensate"})
DEFINITIONS: Mapping[str, frozenset[str]] = {
    "startEvent process": _CATCHES | {""},
    "startEvent subProcess": frozenset({""}),
    "startEvent eventSubProcess": _CATCHES | {"error", "escalation", "compensate"},
    "intermediateCatchEvent": _CATCHES | {"link"},
    "boundaryEvent": _CATCHES | {"error", "escalation", "compensate", "cancel"},
    "intermediateThrowEvent": _THROWS | {"", "link"},
    "endEvent": _THROWS | {"", "error", "cancel", "terminate"},
}
