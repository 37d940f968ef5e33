"""Of what kind an element is, as far as a token in it must find the same again."""

from bpmn._elements.ad_hoc_subprocess import AdHocSubprocess
from bpmn._elements.multi_instance import MultiInstance
from bpmn._program import Catches, Node

Kind = tuple[str, ...]
"""The tag, and in words what else must be equal."""


def kind_of(node: Node) -> Kind:
    """Say of what kind an element is; instances move between elements of one kind only."""
    return (node.tag, *_behaviour(node), *_loop(node), *_event(node))


def shown(kind: Kind) -> str:
    """Write a kind for people: "userTask", "serviceTask (multi-instance, sequential)"."""
    tag, *rest = kind
    return f"{tag} ({', '.join(rest)})" if rest else tag


def _behaviour(node: Node) -> list[str]:
    one = (node.inner or node).behaviour
    if isinstance(one, AdHocSubprocess):
        return [word for word, holds in (("sequential", one.is_sequential), ("offered", one.is_offered)) if holds]
    if node.is_event_subprocess:
        return ["event"]
    # Script and business rule tasks, and events that throw messages, may be jobs.
    return ["job"] if type(one).__name__ == "Job" and node.tag not in {"serviceTask", "sendTask"} else []


def _loop(node: Node) -> list[str]:
    if node.inner is None:
        return []
    loop = node.behaviour
    if not isinstance(loop, MultiInstance):
        return ["standard loop"]
    items = "a collection" if loop.collection is not None else "a number"
    return ["multi-instance", "one after another" if loop.is_sequential else "all at once", f"for {items}"]


def _event(node: Node) -> list[str]:
    words = sorted({trigger.definition[0] for trigger in (node.inner or node).triggers})
    words += _caught(node.catches)
    if node.attached_to is not None or node.is_event_start:
        words.append("interrupting" if node.interrupting else "not interrupting")
    return [*words, "all of them"] if node.is_parallel else words


def _caught(catches: Catches) -> list[str]:
    found = {
        "error": catches.error_code is not None,
        "escalation": catches.escalation_code is not None,
        "cancel": catches.cancel,
        "compensation": catches.compensation,
    }
    return [word for word, holds in found.items() if holds]
