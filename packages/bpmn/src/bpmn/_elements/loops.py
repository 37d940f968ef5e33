"""Whether and how an activity repeats: its loop characteristics, in the standard's words and in `zeebe:`."""

import re
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _data
from bpmn._elements import standard_loop
from bpmn._elements.loop_events import Implicit, LoopEvents
from bpmn._elements.multi_instance import MultiInstance, Named
from bpmn._program import Container, Formula
from bpmn._xml import BPMN, ZEEBE
from feel import Expression

if TYPE_CHECKING:
    from bpmn._reader import Reader

_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def read(reader: "Reader", element: etree._Element) -> Container | None:
    """Read what makes an activity repeat; None = nothing does."""
    loop = element.find(BPMN + "standardLoopCharacteristics")
    if loop is not None:
        return standard_loop.read(reader, element, loop)
    loop = element.find(BPMN + "multiInstanceLoopCharacteristics")
    return _read_multi_instance(reader, element, loop) if loop is not None else None


def _read_multi_instance(reader: "Reader", element: etree._Element, loop: etree._Element) -> MultiInstance:
    own = loop.find(f"{BPMN}extensionElements/{ZEEBE}loopCharacteristics")
    settings = {str(key): str(value) for key, value in own.items()} if own is not None else {}
    collection = settings.get("inputCollection", "").strip()
    items: Formula | Named | None = reader.feel(collection, element, "input collection") if collection else None
    items = items or _standard_collection(reader, element, loop)
    cardinality = (loop.findtext(BPMN + "loopCardinality") or "").strip()
    if items is None and not cardinality:
        reader.problem("loop", element, "repeats for no collection and no number of instances")
    output = settings.get("outputElement", "").strip()
    formula = reader.feel(output, element, "output element") if output else None
    output_name = settings.get("outputCollection", "").strip()
    if not output_name and loop.findtext(BPMN + "loopDataOutputRef"):
        formula, output_name = _standard_output(reader, element, loop)
    plain = _PLAIN_NAME.match(output.removeprefix("=").strip())
    completion = (loop.findtext(BPMN + "completionCondition") or "").strip()
    return MultiInstance(
        loop.get("isSequential") in {"true", "1"},
        (reader.feel(cardinality, element, "number of instances") if items is None and cardinality else None),
        items,
        settings.get("inputElement", "").strip() or _item_name(loop, "inputDataItem"),
        output_name,
        formula,
        (plain[0] if plain and plain[0] == output.removeprefix("=").strip() else _item_name(loop, "outputDataItem")),
        reader.expression(completion, element, "completion condition") if completion else None,
        _read_events(reader, element, loop),
    )


# --- the standard's data ---


def _standard_collection(reader: "Reader", element: etree._Element, loop: etree._Element) -> Named | None:
    reference = (loop.findtext(BPMN + "loopDataInputRef") or "").strip()
    return Named(_data.source_name(reader, element, reference)) if reference else None


def _standard_output(reader: "Reader", element: etree._Element, loop: etree._Element) -> tuple[Formula | None, str]:
    reference = (loop.findtext(BPMN + "loopDataOutputRef") or "").strip()
    item = _item_name(loop, "outputDataItem")
    if not _PLAIN_NAME.fullmatch(item):
        reader.problem("loop", element, "collects outputs, but its outputDataItem has no name that is a variable's")
        return None, ""
    return reader.feel(item, element, "output item"), _data.target_name(reader, element, reference)


def _item_name(loop: etree._Element, tag: str) -> str:
    item = loop.find(BPMN + tag)
    return (item.get("name") or item.get("id") or "").strip() if item is not None else ""


# --- events ---


def _read_events(reader: "Reader", element: etree._Element, loop: etree._Element) -> LoopEvents:
    match loop.get("behavior", "All"):
        case "None":
            return LoopEvents("none", _implicit(reader, element, loop.get("noneBehaviorEventRef", "")))
        case "One":
            return LoopEvents("one", _implicit(reader, element, loop.get("oneBehaviorEventRef", "")))
        case "Complex":
            return LoopEvents("complex", complex=tuple(_complex(reader, element, loop)))
        case _:
            return LoopEvents()


def _complex(reader: "Reader", element: etree._Element, loop: etree._Element) -> list[tuple[Expression, Implicit]]:
    found = []
    for definition in loop.iterchildren(BPMN + "complexBehaviorDefinition"):
        condition = reader.expression(definition.findtext(BPMN + "condition") or "", element, "behavior condition")
        event = definition.find(BPMN + "event")
        kinds = reader.event_definitions(event) if event is not None else []
        implicit = _of_definition(reader, element, *kinds[0]) if kinds else Implicit("signal", "")
        if condition is not None:
            found.append((condition, implicit))
    return found


def _implicit(reader: "Reader", element: etree._Element, reference: str) -> Implicit:
    definition = reader.event_definition(reference)
    return _of_definition(reader, element, *definition) if definition else Implicit("signal", "")


def _of_definition(reader: "Reader", element: etree._Element, kind: str, definition: etree._Element) -> Implicit:
    if kind == "signal":
        signal = reader.definition("signal", definition.get("signalRef", ""))
        return Implicit("signal", (signal.get("name") or signal.get("id") or "") if signal is not None else "")
    if kind == "escalation":
        return Implicit("escalation", reader.code_of("escalation", element, definition))
    reader.problem("loop", element, f"throws a {kind} event while its instances end; only signals and escalations are")
    return Implicit("signal", "")
