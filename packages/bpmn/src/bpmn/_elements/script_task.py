"""FEEL in the process: `zeebe:script` with a result variable, or `bpmn:script` giving a context of variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements import job
from bpmn._evaluate import VARIES, Failure, compute, constant_of, shown
from bpmn._program import Behaviour, Flow, Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._values import MAX_NAME, storable_variables
from bpmn._variables import take_one, take_result
from bpmn._xml import BPMN
from bpmn.errors import CodecError

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Script:
    formula: Formula
    # "" = the script gives a context, and each of its entries is a variable.
    result_variable: str
    # The value of a formula that has always the same.
    constant: object = VARIES

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        self.through(run, node, at.id, at)
        run.finish(node, at)

    def is_idle(self, node: Node) -> bool:
        return False

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        if self.result_variable:
            take_one(run, node, at, self.result_variable, self._value(run, at))
        else:
            take_result(run, node, at, _variables_of(self._value(run, at)))
        return node.outgoing

    def gives(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Mapping[str, object]:
        value = self._value(run, at)
        return {self.result_variable: value} if self.result_variable else _variables_of(value)

    def _value(self, run: Run, at: ElementInstance) -> object:
        return compute(run, self.formula, at) if self.constant is VARIES else self.constant


def _variables_of(value: object) -> dict[str, object]:
    """Read what a script without a result variable gave. Raises: Failure."""
    if not isinstance(value, dict):
        raise Failure("expression", f"A script without a result variable must give a context, not {shown(value)}.")
    try:
        return storable_variables(value)
    except CodecError as error:
        raise Failure("expression", str(error)) from error


def read(reader: "Reader", element: etree._Element) -> Behaviour:
    if reader.extension(element, "taskDefinition") is not None:
        return job.read(reader, element)
    script = reader.extension(element, "script")
    if script is not None:
        result = script.get("resultVariable", "").strip()
        if not result:
            reader.problem("result_variable", element, "has a script without a result variable")
        if len(result) > MAX_NAME:
            reader.problem("result_variable", element, f"has a result variable of more than {MAX_NAME} characters")
        formula = reader.feel(script.get("expression", ""), element, "script")
        return Script(formula, result, constant_of(formula))
    text = element.findtext(BPMN + "script") or ""
    language = element.get("scriptFormat", "feel").lower()
    if "feel" not in language:
        reader.problem("script_format", element, f"has a script in '{language}'; only FEEL is run")
        return Script("", "")
    return Script(reader.feel(text, element, "script"), "")
