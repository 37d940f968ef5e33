"""A step for a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from lxml import etree

from bpmn import facts
from bpmn._evaluate import Failure, compute, evaluate, shown, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._timers import as_moment
from bpmn._values import MAX_NAME

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class UserTask:
    """Who may do it and until when is computed once, when the task is created."""

    form_id: Formula
    assignee: Formula
    candidate_groups: Formula
    candidate_users: Formula
    due_date: Formula
    # Whom it is for when nobody is named; "" = for nobody in particular.
    lane: str

    kind: ClassVar = "task"

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.emit(self.opening(run, node, at))

    def opening(self, run: Run, node: Node, at: ElementInstance) -> facts.TaskCreated:
        return facts.TaskCreated(
            run.new_id(),
            at.id,
            node.id,
            node.name or node.id,
            _text(run, self.form_id, at) if self.form_id else "",
            _text(run, self.assignee, at) if self.assignee else "",
            self._groups(run, at) if self.lane or self.candidate_groups else (),
            _texts(run, self.candidate_users, at) if self.candidate_users else (),
            self._due_at(run, at) if self.due_date else None,
        )

    def _groups(self, run: Run, at: ElementInstance) -> tuple[str, ...]:
        return (self.lane,) if self.lane else _texts(run, self.candidate_groups, at)

    def _due_at(self, run: Run, at: ElementInstance) -> datetime | None:
        value = evaluate(run, self.due_date, at) if self.due_date else None
        if value is None or value == "":
            return None
        try:
            return as_moment(value)
        except ValueError as error:
            raise Failure("expression", f"The due date '{source_of(self.due_date)}' has no moment: {error}") from error


def _text(run: Run, formula: Formula, at: ElementInstance) -> str:
    value = compute(run, formula, at) if formula else None
    if value is None or (isinstance(value, str) and len(value) <= MAX_NAME):
        return value or ""
    raise Failure("expression", f"'{source_of(formula)}' must give a short text, not {shown(value)}.")


def _texts(run: Run, formula: Formula, at: ElementInstance) -> tuple[str, ...]:
    """Read a list of texts from FEEL, or texts between commas."""
    value = compute(run, formula, at) if formula else None
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list) and all(isinstance(item, str) and len(item) <= MAX_NAME for item in value):
        return tuple(item.strip() for item in value if item.strip())
    raise Failure("expression", f"'{source_of(formula)}' must give a list of short texts, not {shown(value)}.")


_ASSIGNED = ("assignee", "candidateGroups", "candidateUsers")


def read(reader: "Reader", element: etree._Element) -> UserTask:
    """Read `zeebe:formDefinition`, `zeebe:assignmentDefinition` and `zeebe:taskSchedule`."""
    form = reader.extension(element, "formDefinition")
    form_id = (form.get("formId") or form.get("externalReference") or form.get("formKey")) if form is not None else ""
    assignee, groups, users = (reader.attribute(element, "assignmentDefinition", name) for name in _ASSIGNED)
    lane = reader.lanes.get(element.get("id", ""), "") if assignee == groups == users == "" else ""
    return UserTask(
        reader.formula(form_id or "", element, "form"),
        assignee,
        groups,
        users,
        reader.attribute(element, "taskSchedule", "dueDate"),
        lane[:MAX_NAME],
    )
