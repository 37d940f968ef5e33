"""One line of the page, and what most of the models are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller

from bpmn import commands
from bpmn.testing import (
    Play,
    error_definition,
    escalation_definition,
    message_definition,
    model,
    signal_definition,
)

Step = Callable[[Play], object]

call = methodcaller
STARTED: Step = call("start")
DEFINITIONS = (
    message_definition("ask", "ask", '="k"'),
    message_definition("halt", "halt", '="k"'),
    signal_definition("alarm", "alarm"),
    signal_definition("calm", "calm"),
    escalation_definition("late", "LATE"),
    escalation_definition("later", "LATER"),
    error_definition("refused", "REFUSED"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What `does` says is played by `plays` on `model` to its end; `shown` is drawn of it, from left to right.

    `of` names what the row is about, of which the XML is told; () = all that is drawn. `zeebe` are the extension elements that are
    read there. `test` is where more of it is shown.
    """

    name: str
    does: str
    model: bytes
    shown: tuple[str, ...]
    of: tuple[str, ...] = ()
    zeebe: tuple[str, ...] = ()
    test: str
    plays: tuple[Step, ...] = (STARTED,)
    outcome: str = "completed"

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.of or self.shown

    @property
    def picture(self) -> str:
        """The name of the file."""
        return "-".join(self.name.lower().replace(",", "").split()) + ".svg"


def process(*parts: str) -> bytes:
    """Write a process with the messages, signals, escalations and errors that any of the models needs."""
    return model(*parts, definitions=DEFINITIONS)


def starts_at(id_: str, part: int = 0, **variables: object) -> Step:
    return call("do", commands.Start(instance_id="i", start_element_id=id_, start_part=part, variables=variables))


def sets(**variables: object) -> Step:
    return call("do", commands.SetVariables(variables=variables))
