"""One run of processes, and everybody who has to do with it: each looks what there is to do, does it, and asks again when nobody answered."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from firstline import clock, ids
from firstline.accounts.principals import Principal
from firstline.outbox.models import OutboxEntry
from firstline.processes import actions, queries
from firstline.processes.models import (
    ElementInstance,
    HistoryFact,
    InboxEntry,
    Incident,
    Instance,
    Job,
    Subscription,
    Task,
    Timer,
)

if TYPE_CHECKING:
    from .draft import Request

# What lies further ahead than any run goes on.
_NEVER = timedelta(days=300)
# Who starts, stops and mends what isn't a person's step.
OPERATOR = Principal(kind="staff", id=UUID(int=1), name="Ada")
_OUTCOMES = frozenset({"completed", "terminated", "cancelled", "error"})


@dataclass
class Case:
    """`prefix` is what the names of its processes begin with; `blocks` is what they are made of; `said` is what must happen."""

    prefix: str
    blocks: tuple[str, ...]
    models: tuple[bytes, ...]
    variables: Mapping[str, object]
    said: Counter[str]
    pending: list["Request"]
    business_id: UUID = field(default_factory=ids.new_id)
    ticks: int = 0
    _unanswered: set[int] = field(default_factory=set)

    @property
    def main(self) -> str:
        return f"{self.prefix}_main"

    @property
    def _own(self) -> str:
        return f"{self.prefix}_"

    @property
    def is_over(self) -> bool:
        """Whether nobody wants anything any more, and as many instances as there must be have ended."""
        if self.pending:
            return False
        mine = Instance.objects.filter(process_id__startswith=self._own)
        ends = sum(number for what, number in self.said.items() if what.split(" ")[0] in _OUTCOMES)
        return mine.exclude(outcome="").count() >= ends and not mine.filter(outcome="").exists()

    # --- doing ---

    def tick(self) -> int:
        """Do what there is to do; returns how much that was."""
        self.ticks += 1
        return self._ask() + self._do_tasks() + self._mend()

    def _ask(self) -> int:
        asked = 0
        for request in list(self.pending):
            is_unanswered = id(request) in self._unanswered
            if is_unanswered and request.is_done is not None and request.is_done(self):
                self.pending.remove(request)
            elif request.is_due(self):
                self._unanswered.add(id(request))
                if self._is_served(request):
                    self.pending.remove(request)
                    asked += 1
        return asked

    def _is_served(self, request: "Request") -> bool:
        try:
            return request.do(self) is not False
        except actions.Refused as refusal:
            # In the middle of a long step: who asks is told to try again.
            if refusal.fields.get("reason") != "busy":
                raise
            return False

    def _do_tasks(self) -> int:
        held = {request.holds for request in self.pending}
        done = 0
        for task in Task.objects.filter(state="open", instance__process_id__startswith=self._own).order_by("id"):
            kind = task.element_id.rstrip("0123456789")
            if task.element_id in held or kind == "nobody" or (kind == "patient" and not self.is_quiet()):
                continue
            # Suspended: later. Gone: who asked didn't hear that it was done.
            with suppress(actions.Suspended, actions.TaskGone):
                actions.complete_task(task_id=task.id, variables={}, completed_by=None)
                done += 1
        return done

    def _mend(self) -> int:
        found = Incident.objects.filter(process_id__startswith=self._own, resolved_at=None)
        # Those of a batch are somebody else's.
        of_jobs = found.filter(stage="job").exclude(element_id__startswith="together")
        return sum(map(self._mend_job, of_jobs)) + sum(map(self._mend_held, found.filter(stage="held")))

    def _mend_job(self, incident: Incident) -> bool:
        # One that is tried again already stays until that has succeeded.
        if not Job.objects.filter(element_instance_id=incident.element_instance_id, state="failed").exists():
            return False
        with suppress(actions.Suspended, actions.IncidentClosed):
            actions.retry_incident(incident_id=incident.id, variables={"mended": True})
            return True
        return False

    def _mend_held(self, incident: Incident) -> bool:
        if not Timer.objects.filter(incident_id=incident.id, is_held=True).exists():
            return False
        if not queries.variables_of_instance(incident.instance_id).get("mended"):
            actions.set_variables(instance_id=incident.instance_id, variables={"mended": True})
        actions.retry_incident(incident_id=incident.id)
        return True

    # --- looking ---

    def instances(self, process: str) -> list[UUID]:
        """Find those of a process that run."""
        return list(Instance.objects.filter(process_id=process, outcome="").values_list("id", flat=True))

    def tokens(self, element_id: str) -> list[tuple[UUID, str]]:
        """Find who is at an element: instance and element instance."""
        found = ElementInstance.objects.filter(element_id=element_id, instance__process_id__startswith=self._own)
        return [(one.instance_id, str(one.id)) for one in found]

    def is_at(self, element_id: str) -> bool:
        return bool(self.tokens(element_id))

    def has_begun(self, element_id: str) -> bool:
        of_run = Instance.objects.filter(process_id__startswith=self._own)
        return HistoryFact.objects.filter(
            instance_id__in=list(of_run.values_list("id", flat=True)), kind="ElementEntered", element_id=element_id
        ).exists()

    def is_suspended(self, process: str) -> bool:
        """Tell whether somebody has suspended it."""
        found = Instance.objects.filter(process_id=process).exclude(suspended_at=None)
        return found.exclude(suspended_by=Instance.SuspendedBy.CALLER).exists()

    def stands_still(self, process: str) -> bool:
        """Tell whether it is suspended, by somebody or with its caller."""
        return Instance.objects.filter(process_id=process).exclude(suspended_at=None).exists()

    def waits_for(self, message: str) -> bool:
        return Subscription.objects.filter(name=message).exists()

    def is_quiet(self) -> bool:
        """Whether nothing happens to its instances unless somebody does something."""
        mine = Q(instance__process_id__startswith=self._own)
        if Timer.objects.filter(mine, due_at__lt=clock.now() + _NEVER).exists() or Job.objects.filter(mine).exists():
            return False
        running = list(Instance.objects.filter(process_id__startswith=self._own).values_list("id", flat=True))
        return not (
            InboxEntry.objects.filter(Q(instance_id__in=running) | Q(kind__in=["start", "begin"])).exists()
            or OutboxEntry.objects.filter(about=self.business_id, state="waiting").exists()
        )
