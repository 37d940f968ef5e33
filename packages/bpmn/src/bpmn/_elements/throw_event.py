"""Intermediate throw and end events: everything that they define is thrown, in the order of the file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements.pass_through import PassThrough
from bpmn._program import Behaviour, Ending, Node, Throwing
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._throwing import THROWING

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Throw:
    """What others may be waiting for is thrown when nothing else moves."""

    parts: tuple[Throwing, ...]

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        for part in self.parts:
            if part.defers:
                run.defer(at)
                return
        self.perform(run, node, at)

    def perform(self, run: Run, node: Node, at: ElementInstance) -> None:
        goes_on = [part.throw(run, node, at) for part in self.parts if run.is_there(at)]
        if all(goes_on) and run.is_there(at):
            run.finish(node, at)


def read(reader: "Reader", element: etree._Element) -> Behaviour:
    found = (
        THROWING[kind](reader, element, definition)
        for kind, definition in reader.event_definitions(element)
        if kind in THROWING
    )
    parts = tuple(part for part in found if part is not None)
    if not parts:
        return PassThrough()
    first, *others = parts
    return first if isinstance(first, Ending) and not others else Throw(parts)
