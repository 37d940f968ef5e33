"""A decision: taken by the `decide` that the caller of `advance` gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._elements import job
from bpmn._evaluate import Failure, compute_text
from bpmn._program import Behaviour, Flow, Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._values import storable
from bpmn._variables import take_one, visible
from bpmn.errors import CodecError, DecisionFailed

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision sees every variable that the task sees."""

    decision_id: Formula
    result_variable: str

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        self.through(run, node, at.id, at)
        run.finish(node, at)

    def is_idle(self, node: Node) -> bool:
        return False

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        take_one(run, node, at, self.result_variable, self._value(run, node, id_, at))
        return node.outgoing

    def gives(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Mapping[str, object]:
        return {self.result_variable: self._value(run, node, id_, at)}

    def _value(self, run: Run, node: Node, id_: str, at: ElementInstance) -> object:
        decision_id = compute_text(run, self.decision_id, at, "The id of a decision")
        if run.decide is None:
            raise Failure("decision", f"Nobody can take the decision '{decision_id}' here.")
        try:
            value = storable(run.decide(node.id, decision_id, visible(run, at)))
        except (DecisionFailed, CodecError) as error:
            raise Failure("decision", f"The decision '{decision_id}' has no result: {error}") from error
        run.facts.append(facts.DecisionMade(id_, node.id, decision_id))
        return value


def read(reader: "Reader", element: etree._Element) -> Behaviour:
    if reader.extension(element, "taskDefinition") is not None:
        return job.read(reader, element)
    called = reader.extension(element, "calledDecision")
    decision_id = called.get("decisionId", "") if called is not None else ""
    result = called.get("resultVariable", "").strip() if called is not None else ""
    if not decision_id.strip() or not result:
        reader.problem("decision", element, "names no decision or no result variable (zeebe:calledDecision)")
    return Decision(reader.formula(decision_id, element, "decision"), result)
