"""The tests of a procedure: its very process, guides, forms, decisions and texts played in memory, in virtual time.

A scenario (`tests/<name>.yaml`) says with what a case starts, what people answer, how machines behave, and what must have
happened at the end. Nothing is stored and nothing is sent.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

from django.utils import translation

import bpmn
import dmn
import feel
from bpmn import commands, facts
from firstline.decisions import rules as decision_rules
from firstline.procedures import forms, guides
from firstline.procedures.bundle import Bundle
from firstline.procedures.definition import Definition
from firstline.procedures.problems import LANGUAGES, Notebook
from firstline.procedures.reader import Part, read_yaml

MAX_JOBS = 500
OK, LATE, FAILS = "ok", "late", "fails"
_START_OF_TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_CUSTOMER = {
    "id": "7",
    "number": "4711",
    "name": "Ada Lind",
    "salutation": "Dear Ms Lind,",
    "language": "en",
    "kind": "person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step of a scenario: somebody completes a task, a late job ends, or time passes."""

    place: str
    task: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    job: str = ""
    outcome: str = OK
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A test of a procedure, read from its file."""

    name: str
    starts_at: datetime
    variables: Mapping[str, Any]
    jobs: Mapping[str, tuple[str, ...]]
    # What decisions give that are deployed elsewhere, by the task that asks for them.
    decided: Mapping[str, Any]
    moves: tuple[Move, ...]
    path: tuple[str, ...]
    never: tuple[str, ...]
    messages: tuple[str, ...] | None
    decisions: Mapping[str, Any]
    waiting: tuple[str, ...]
    ended: str
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a scenario went: without failures it passed."""

    name: str
    file: str = ""
    failures: tuple[str, ...]
    path: tuple[str, ...]
    messages: tuple[str, ...]


def run_all(bundle: Bundle, procedure: Definition) -> tuple[Result, ...]:
    """Play every scenario of a procedure that is free of mistakes."""
    results = []
    for name, text in bundle.within("tests", ".yaml").items():
        notes = Notebook(file=f"tests/{name}.yaml")
        scenario = load(text, name=name, notes=notes)
        if notes.problems:
            result = Result(
                name=name, failures=tuple(f"{one.place}: {one.message}" for one in notes.problems), path=(), messages=()
            )
        else:
            result = run(bundle, procedure, scenario)
        results.append(replace(result, file=notes.file))
    return tuple(results)


def run(bundle: Bundle, procedure: Definition, scenario: Scenario) -> Result:
    """Play one scenario."""
    play = _Play(bundle, procedure, scenario)
    play.start()
    for move in scenario.moves:
        if play.failures:
            break
        play.make(move)
    play.check()
    return Result(
        name=scenario.name, failures=tuple(play.failures), path=tuple(play.path), messages=tuple(play.messages)
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def load(text: str, *, name: str, notes: Notebook) -> Scenario:
    """Read a scenario; mistakes go to `notes`."""
    part = read_yaml(text, notes)
    expect = part.part("expect")
    jobs = part.part("jobs")
    scenario = Scenario(
        name=part.text("name", default=name),
        starts_at=_moment(part),
        variables=_mapping(part, "variables"),
        jobs={element: jobs.words(element) for element in jobs.names()},
        decided=_mapping(part, "decided"),
        moves=tuple(_move(move) for move in part.parts("steps")),
        path=expect.words("path"),
        never=expect.words("never"),
        messages=expect.words("messages") if expect.has("messages") else None,
        decisions=_mapping(expect, "decisions"),
        waiting=expect.words("waiting"),
        ended=expect.text("ended", default=""),
        incidents=expect.words("incidents"),
    )
    if not scenario.ended and not scenario.waiting:
        expect.problem("", "Say how it stands at the end: 'ended' (an end event) or 'waiting' (user tasks).")
    expect.end()
    part.end()
    return scenario


def _move(part: Part) -> Move:
    wait = part.text("wait", default="")
    length = feel.evaluate("duration(text)", {"text": wait}).value if wait else None
    if wait and not isinstance(length, timedelta):
        part.problem("wait", f"'{wait}' is no duration; write it as PT1H or P3D.")
    move = Move(
        place=part.place,
        task=part.text("task", default=""),
        answers=_mapping(part, "answers"),
        pages=part.words("pages"),
        job=part.text("job", default=""),
        outcome=part.text("outcome", default=OK),
        wait=length if isinstance(length, timedelta) else None,
    )
    if not (move.task or move.job or wait):
        part.problem("", "A step needs 'task', 'job' or 'wait'.")
    part.end()
    return move


def _moment(part: Part) -> datetime:
    text = part.text("starts_at", default=_START_OF_TIME.isoformat())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        part.problem("starts_at", f"'{text}' is no moment; write it as 2026-03-02T09:00:00Z.")
        return _START_OF_TIME
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mapping(part: Part, key: str) -> Mapping[str, Any]:
    value = part.raw(key)
    if value is not None and not isinstance(value, dict):
        part.problem(key, f"'{key}' must be a mapping.")
        return {}
    return value or {}


# --- playing ---------------------------------------------------------------------------------------------------------


class _Play:
    """One run: the state of the instance and what happened so far."""

    def __init__(self, bundle: Bundle, procedure: Definition, scenario: Scenario) -> None:
        self.procedure, self.scenario = procedure, scenario
        self.program = bpmn.compile_model(bundle.files["process.bpmn"].encode()).processes[procedure.process_id]
        models = bundle.within("decisions", ".dmn").values()
        sources = decision_rules.by_namespace(models)
        self.models = [dmn.load(text.encode(), imports=sources) for text in models]
        self.state = bpmn.State()
        self.now = scenario.starts_at
        self.numbers = count(1)
        self.tasks: dict[str, facts.TaskCreated] = {}
        self.timers: dict[str, facts.TimerScheduled] = {}
        self.late: dict[str, facts.JobCreated] = {}
        self.jobs: deque[facts.JobCreated] = deque()
        self.attempts: dict[str, int] = {}
        self.path: list[str] = []
        self.messages: list[str] = []
        self.decisions: dict[str, Any] = {}
        self.incidents: list[str] = []
        self.failures: list[str] = []

    def new_id(self) -> str:
        return f"{next(self.numbers):06}"

    def start(self) -> None:
        customer = {**_CUSTOMER, **self.scenario.variables.get("customer", {})}
        known = {
            "case": {"id": "1", "number": "1007"},
            "customer_id": customer["id"],
            "channel": "phone",
            "reason": next(iter(self.procedure.reasons), ""),
            "today": self.now.date(),
            "readings": {},
        }
        variables = {**known, **self.scenario.variables, "customer": customer}
        self._do(commands.Start(instance_id=self.new_id(), business_id="1", variables=variables))

    def make(self, move: Move) -> None:
        if move.task:
            self._complete(move)
        elif move.job:
            job = self.late.pop(move.job, None)
            if job is None:
                self._fail(
                    move.place, f"No late job waits at '{move.job}'; late are: {', '.join(self.late) or 'none'}."
                )
            else:
                self._end_job(job, move.outcome)
        elif move.wait is not None:
            self._pass_time(move.wait)

    def check(self) -> None:
        """Compare what happened with what was expected."""
        expected = self.scenario
        self._check_path()
        for element in expected.never:
            if element in self.path:
                self._fail("expect.never", f"The case went through '{element}'.")
        if expected.messages is not None and list(expected.messages) != self.messages:
            self._fail("expect.messages", f"Sent were {self.messages}, not {list(expected.messages)}.")
        for element, value in expected.decisions.items():
            self._check_decision(element, value)
        if sorted(self.incidents) != sorted(expected.incidents):
            self._fail("expect.incidents", f"Incidents were at {self.incidents or 'no element'}.")
        open_tasks = sorted(self.tasks)
        if open_tasks != sorted(expected.waiting):
            self._fail(
                "expect.waiting", f"Open tasks are {open_tasks or 'none'}, not {sorted(expected.waiting) or 'none'}."
            )
        is_over = self.state.instance is not None and bool(self.state.instance.outcome)
        if expected.ended and not (is_over and expected.ended in self.path):
            self._fail(
                "expect.ended",
                f"The case {'ended otherwise' if is_over else 'goes on'}; it went {' > '.join(self.path)}.",
            )

    def _check_path(self) -> None:
        rest = iter(self.path)
        for element in self.scenario.path:
            if element not in rest:
                self._fail(
                    "expect.path",
                    f"'{element}' is not on the path at its place; the case went {' > '.join(self.path)}.",
                )
                return

    def _check_decision(self, element: str, value: object) -> None:
        if element not in self.decisions:
            self._fail("expect.decisions", f"No decision was made at '{element}'.")
            return
        made = self.decisions[element]
        if isinstance(value, Mapping) and isinstance(made, Mapping):
            wrong = {key: made.get(key) for key, wanted in value.items() if not _same(wanted, made.get(key))}
            if wrong:
                self._fail("expect.decisions", f"The decision at '{element}' gave {wrong}.")
        elif not _same(value, made):
            self._fail("expect.decisions", f"The decision at '{element}' gave {made!r}.")

    def _complete(self, move: Move) -> None:
        task = self.tasks.get(move.task)
        if task is None:
            self._fail(move.place, f"The task '{move.task}' isn't open; open are: {', '.join(self.tasks) or 'none'}.")
            return
        form = self.procedure.forms.get(task.form_id)
        guide = self.procedure.guides[move.task].with_form(form)
        context = {**self._variables(task), **move.answers}
        trail = guides.whole_trail(guide, context, now=self.now)
        if move.pages and list(move.pages) != trail:
            self._fail(move.place, f"The guide went {' > '.join(trail)}.")
        asked = guides.fields_on_trail(guide, trail)
        for key in sorted(move.answers.keys() - set(asked) - {"readings"}):
            self._fail(move.place, f"No page on the way asks '{key}'; the guide went {' > '.join(trail)}.")
        # Authors' mistakes are told in English, whoever deploys.
        with translation.override("en"):
            values, errors = forms.validate(form, move.answers, only=asked, today=self.now.date(), context=context)
        for key, message in errors.items():
            self._fail(move.place, f"{key}: {message}")
        if not self.failures and not guides.leads_to_end(guide, trail, context, now=self.now):
            self._fail(move.place, f"The guide has no end with these answers; it went {' > '.join(trail)}.")
        for language in LANGUAGES:
            for length in range(1, len(trail) + 1):
                guides.show_page(guide, trail[:length], context, language=language, now=self.now)
        if "readings" in move.answers:
            values["readings"] = move.answers["readings"]
        if not self.failures:
            self._do(commands.CompleteTask(task_id=task.id, variables=values, completed_by="scenario"))

    def _variables(self, task: facts.TaskCreated) -> dict[str, Any]:
        """Collect what a task sees, from the instance down to its own scope."""
        scopes: list[str] = []
        scope: str | None = task.element_instance_id
        while scope is not None:
            scopes.insert(0, scope)
            scope = self.state.elements.get(scope).scope_id
        found: dict[str, Any] = {}
        for one in scopes:
            found.update(self.state.variables.all(one))
        return found

    def _pass_time(self, length: timedelta) -> None:
        until = self.now + length
        while due := [timer for timer in self.timers.values() if timer.due_at <= until]:
            timer = min(due, key=lambda one: one.due_at)
            self.now = max(self.now, timer.due_at)
            self._do(commands.TriggerTimer(timer_id=timer.id))
        self.now = until

    def _do(self, command: commands.Command) -> None:
        """Carry out a command, then every job that it led to."""
        self._advance(command)
        done = 0
        while self.jobs and not self.failures:
            done += 1
            if done > MAX_JOBS:
                self._fail("jobs", f"More than {MAX_JOBS} jobs in a row; is this a loop without an end?")
                return
            job = self.jobs.popleft()
            attempt = self.attempts[job.element_id] = self.attempts.get(job.element_id, 0) + 1
            planned = self.scenario.jobs.get(job.element_id, ())
            outcome = planned[attempt - 1] if attempt <= len(planned) else OK
            if outcome == LATE:
                self.late[job.element_id] = job
            else:
                self._end_job(job, outcome)

    def _end_job(self, job: facts.JobCreated, outcome: str) -> None:
        """End a job: well, failed for good, or with the BPMN error that `outcome` names."""
        if outcome == OK:
            if job.type == "send-message":
                self._send(job)
            self._do(commands.CompleteJob(job_id=job.id))
        elif outcome == FAILS:
            self._do(commands.FailJob(job_id=job.id, message="The scenario lets it fail.", retries_left=0))
        else:
            self._do(commands.ThrowJobError(job_id=job.id, error_code=outcome))

    def _send(self, job: facts.JobCreated) -> None:
        """Write the message out in every language: a text that can't be filled fails here."""
        key = job.headers.get("template", "")
        self.messages.append(key)
        context = self._variables(cast(facts.TaskCreated, job))
        for language in LANGUAGES:
            message = self.procedure.texts[key, language].fill(context, now=self.now)
            if not message.subject or not message.body:
                self._fail(job.element_id, f"The text '{key}' is empty in '{language}'.")

    def _advance(self, command: commands.Command) -> None:
        step = bpmn.advance(self.program, self.state, command, self.now, self.new_id, decide=self._decide)
        if not isinstance(step, bpmn.Step):
            self._fail("", f"The engine refused: {step}")
            return
        self.state.adopt(step.after)
        for fact in step.facts:
            self._note(fact)

    def _note(self, fact: facts.Fact) -> None:
        match fact:
            case facts.ElementEntered():
                self.path.append(fact.element_id)
            case facts.TaskCreated():
                self.tasks[fact.element_id] = fact
            case facts.TaskCompleted():
                self.tasks = {element: task for element, task in self.tasks.items() if task.id != fact.id}
            case facts.TimerScheduled():
                self.timers[fact.id] = fact
            case facts.TimerTriggered():
                self.timers.pop(fact.id, None)
            case facts.JobCreated():
                self.jobs.append(fact)
            case facts.WaitCancelled():
                self._forget(fact)
            case facts.IncidentRaised():
                self.incidents.append(fact.element_id)
            case _:
                pass

    def _forget(self, fact: facts.WaitCancelled) -> None:
        self.timers.pop(fact.id, None)
        self.tasks = {element: task for element, task in self.tasks.items() if task.id != fact.id}
        self.late = {element: job for element, job in self.late.items() if job.id != fact.id}
        self.jobs = deque(job for job in self.jobs if job.id != fact.id)

    def _decide(self, element_id: str, decision_id: str, context: Mapping[str, object]) -> object:
        for model in self.models:
            if any(decision_id == decision.id for decision in model.decisions):
                self.decisions[element_id] = model.evaluate(decision_id, context, now=self.now).value
                return self.decisions[element_id]
        if element_id in self.scenario.decided:
            self.decisions[element_id] = self.scenario.decided[element_id]
            return self.decisions[element_id]
        raise bpmn.DecisionFailed(f"There is no decision '{decision_id}' here; say under 'decided' what it gives.")

    def _fail(self, place: str, message: str) -> None:
        self.failures.append(f"{place}: {message}" if place else message)


def _same(wanted: object, got: object) -> bool:
    """Compare as FEEL does: 5 and 5.0 are one number."""
    return feel.evaluate("a = b", {"a": wanted, "b": got}).value is True
