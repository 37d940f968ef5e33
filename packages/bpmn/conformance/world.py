"""Instances of one model in memory, with all that lies between them: messages, signals, calls, jobs and a virtual clock.

Every step is proven as it is made: from slices of a state that went through JSON, and by replaying the facts (`bpmn.testing`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count

from bpmn import ElementInstance, Model, Program, StartEvent, State, commands, facts
from bpmn._run import Run
from bpmn.testing import START_OF_TIME, Play, Rejected

Work = Callable[["Job"], Mapping[str, object]]
thorough = partial(Play, thorough=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A step for a machine, as the worker sees it."""

    id: str
    play: Play
    text: str
    element_instance_id: str
    begun_at: datetime


@dataclass(slots=True)
class World:
    """Runs until nothing is left to do before a moment."""

    model: Model
    # How long a job takes, and what it does when it is done.
    duration_of: Callable[[str], timedelta]
    work: Work
    # Plays one instance: play(program, instance_id=...).
    play: Callable[..., Play] = thorough
    now: datetime = START_OF_TIME
    plays: list[Play] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _due: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _calls: dict[str, tuple[Play, Play]] = field(default_factory=dict)
    _messages: list[facts.MessageThrown] = field(default_factory=list)

    def start(self, process_id: str, variables: Mapping[str, object]) -> None:
        """Start a process at its none start event; one without waits for its own kind of start."""
        program = self.model.processes[process_id]
        if program.root.start is not None or program.root.starts:
            self._start(program, variables)
            return
        for start in program.starts:
            self._wait_for(program, start, variables)

    def _wait_for(self, program: Program, start: StartEvent, variables: Mapping[str, object]) -> None:
        if start.timer is not None:
            run = Run(program, State(), self.now, str, None, 0)
            due_at = start.timer.opening(run, start.node, ElementInstance("i", program.process_id, None)).due_at
            self._later(due_at, lambda: self._start(program, variables, element_id=start.node.id) and None)
        elif start.condition is not None and start.condition(variables) is True:
            self._start(program, variables, element_id=start.node.id)

    def run(self, duration: timedelta) -> None:
        """Let everything happen that is due within a time."""
        until = self.now + duration
        while self._due and self._due[0][0] <= until:
            at, _, happen = heappop(self._due)
            self.now = max(self.now, at)
            happen()
        self.now = until

    # --- one instance ---

    def _start(
        self,
        program: Program,
        variables: Mapping[str, object],
        *,
        element_id: str | None = None,
        call_id: str | None = None,
        caller: Play | None = None,
    ) -> Play:
        play = self.play(program, instance_id=f"i{len(self.plays)}")
        self.plays.append(play)
        if call_id is not None and caller is not None:
            self._calls[call_id] = (caller, play)
        command = commands.Start(
            instance_id=play.instance_id, variables=variables, start_element_id=element_id, call_id=call_id
        )
        self._do(play, command)
        return play

    def _do(self, play: Play, command: commands.Command) -> None:
        play.now = self.now
        try:
            told = play.do(command)
        except Rejected:
            # Somebody was faster: the timer, job or call is gone.
            return
        for fact in told:
            carry_out = _EFFECTS.get(type(fact))
            if carry_out is not None:
                carry_out(self, play, fact)

    def _later(self, at: datetime, happen: Callable[[], None]) -> None:
        heappush(self._due, (at, next(self._numbers), happen))

    # --- effects ---

    def _job(self, play: Play, fact: facts.JobCreated) -> None:
        text = fact.headers["script"]
        job = Job(id=fact.id, play=play, text=text, element_instance_id=fact.element_instance_id, begun_at=self.now)
        self._later(self.now + self.duration_of(text), lambda: self._finish(job))

    def _finish(self, job: Job) -> None:
        if job.play.state.waits.find(("job", job.id)) is None:
            return
        try:
            command: commands.Command = commands.CompleteJob(job_id=job.id, variables=self.work(job))
        except JobError as error:
            command = commands.ThrowJobError(job_id=job.id, error_code=error.code)
        self._do(job.play, command)

    def _timer(self, play: Play, fact: facts.TimerScheduled) -> None:
        self._later(fact.due_at, lambda: self._do(play, commands.TriggerTimer(timer_id=fact.id)))

    def _call(self, play: Play, fact: facts.CallStarted) -> None:
        program = self.model.processes[fact.process_id]
        self._later(self.now, lambda: self._start(program, fact.variables, call_id=fact.id, caller=play) and None)

    def _ended(self, play: Play, fact: facts.InstanceEnded) -> None:
        if fact.call_id is None:
            return
        caller, _ = self._calls[fact.call_id]
        command: commands.Command = commands.CompleteCall(call_id=fact.call_id, variables=fact.variables)
        if fact.outcome == "error":
            command = commands.FailCall(call_id=fact.call_id, error_code=fact.error_code)
        self._later(self.now, lambda: self._do(caller, command))

    def _cancelled(self, play: Play, fact: facts.WaitCancelled) -> None:
        if fact.kind == "call" and fact.id in self._calls:
            _, called = self._calls[fact.id]
            self._later(self.now, lambda: self._do(called, commands.Cancel()))

    def _escalated(self, play: Play, fact: facts.EscalationThrown) -> None:
        if fact.caught_by is None and fact.call_id is not None:
            caller, _ = self._calls[fact.call_id]
            command = commands.EscalateCall(call_id=fact.call_id, escalation_code=fact.escalation_code)
            self._later(self.now, lambda: self._do(caller, command))

    def _signal(self, play: Play, fact: facts.SignalThrown) -> None:
        for other in [one for one in self.plays if one is not play]:
            self._later(self.now, lambda other=other: self._do(other, commands.DeliverSignal(name=fact.name)))
        for program in self.model.processes.values():
            for start in program.starts:
                if start.signal_name == fact.name:
                    self._later(self.now, lambda p=program, s=start: self._start(p, {}, element_id=s.node.id) and None)

    def _message(self, play: Play, fact: facts.MessageThrown) -> None:
        self._messages.append(fact)
        self._later(self.now, lambda: self._deliver(fact))

    def _deliver(self, message: facts.MessageThrown) -> None:
        if message not in self._messages:
            return
        for play in self.plays:
            for subscription in _subscriptions(play):
                if (subscription.name, subscription.key) == (message.name, message.key):
                    self._messages.remove(message)
                    command = commands.DeliverMessage(
                        subscription_id=subscription.id, message_id=message.id, variables=message.variables
                    )
                    self._do(play, command)
                    return
        for program in self.model.processes.values():
            for start in program.starts:
                if start.message_name == message.name:
                    self._messages.remove(message)
                    self._start(program, message.variables, element_id=start.node.id)
                    return

    def _subscribed(self, play: Play, fact: facts.MessageSubscribed) -> None:
        for message in list(self._messages):
            self._later(self.now, lambda message=message: self._deliver(message))


class JobError(Exception):
    """The worker throws a BPMN error."""

    def __init__(self, code: str) -> None:
        self.code = code


def _subscriptions(play: Play) -> list[facts.MessageSubscribed]:
    opened = [fact for fact in play.facts if isinstance(fact, facts.MessageSubscribed)]
    return [fact for fact in opened if play.state.waits.find(("message", fact.id)) is not None]


_EFFECTS: Mapping[type, Callable] = {
    facts.JobCreated: World._job,
    facts.TimerScheduled: World._timer,
    facts.CallStarted: World._call,
    facts.InstanceEnded: World._ended,
    facts.WaitCancelled: World._cancelled,
    facts.EscalationThrown: World._escalated,
    facts.SignalThrown: World._signal,
    facts.MessageThrown: World._message,
    facts.MessageSubscribed: World._subscribed,
}
