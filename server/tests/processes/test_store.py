"""One contract for every store: what it gives leads to the very facts that a complete state leads to."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from uuid import UUID

import pytest

from bpmn import Key, Program, Rejection, State, Step, advance, apply, codec, commands, compile_model, facts
from bpmn.testing import (
    boundary,
    cancel,
    compensated,
    compensation,
    completion,
    condition,
    each,
    element,
    end,
    error_definition,
    error_reference,
    escalation_definition,
    escalation_reference,
    event_subprocess,
    extensions,
    flow,
    gateway,
    load_from,
    mapping,
    message_definition,
    message_reference,
    model,
    path,
    script_task,
    service_task,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)
from firstline.processes.adapters.stepping import advance_over
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.models import Compensable, Deployment, ElementInstance, Instance, Join, Listener, Variable
from firstline.processes.ports import Store

from .conftest import CASE, NOON

ID = UUID("01890000-0000-7000-8000-00000000000f")
CALL = UUID("01890000-0000-7000-8000-00000000000e")
DEFINITIONS = (
    message_definition("answer", "answer", "=number"),
    error_definition("refused", "REFUSED"),
    signal_definition("go", "go"),
    escalation_definition("escalated", "LATE"),
)

SCENARIOS = {
    "one after another": (
        start(),
        element("userTask", "a", each("=[n, n + 1]", "x", sequential=True, outputCollection="all", outputElement="=x")),
        end(),
        path("start", "a", "end"),
    ),
    "all at once": (
        start(),
        subprocess(
            "s",
            each(
                "=[1, 2, 3]",
                "x",
                completion("numberOfCompletedInstances = 2"),
                outputCollection="all",
                outputElement="=x",
            ),
            start("in"),
            user_task("a"),
            path("in", "a"),
        ),
        end(),
        path("start", "s", "end"),
    ),
    "compensation": (
        start(),
        subprocess(
            "s",
            extensions(mapping(inputs={"x": "=n"})),
            start("in"),
            user_task("a"),
            compensated("a", "no_a"),
            element("userTask", "no_a", extensions(mapping(outputs={"y": "=x"})), isForCompensation="true"),
            path("in", "a"),
        ),
        user_task("b"),
        compensated("b", "no_b"),
        element("userTask", "no_b", isForCompensation="true"),
        element("intermediateThrowEvent", "undo", compensation()),
        end(),
        path("start", "s", "b", "undo", "end"),
    ),
    "a cancelled transaction": (
        start(),
        element(
            "transaction",
            "s",
            start("in"),
            user_task("a"),
            compensated("a", "no_a"),
            element("userTask", "no_a", isForCompensation="true"),
            end("stop", cancel()),
            path("in", "a", "stop"),
        ),
        boundary("off", "s", cancel()),
        end(),
        path("start", "s"),
        path("off", "end"),
    ),
    "signals and conditions": (
        start(),
        subprocess(
            "s",
            start("in"),
            element("intermediateCatchEvent", "c", condition("done = 2")),
            path("in", "c"),
            event_subprocess("e", signal_reference("go"), user_task("b"), path("e_start", "b"), interrupting=False),
        ),
        gateway("parallel", "fork"),
        user_task("a"),
        element("endEvent", "throw", signal_reference("go")),
        boundary("odd", "s", condition("done = 3"), interrupting=False),
        end(),
        path("start", "fork", "a", "throw"),
        path("fork", "s", "end"),
        path("odd", "end"),
    ),
    "whatever comes first": (
        start(),
        gateway("eventBased", "g"),
        element("intermediateCatchEvent", "c1", message_reference("answer")),
        element("intermediateCatchEvent", "c2", signal_reference("go")),
        end(),
        path("start", "g", "c1", "end"),
        path("g", "c2", "end"),
    ),
    "a vote": (
        start(),
        gateway("parallel", "fork"),
        user_task("a"),
        user_task("b"),
        user_task("c"),
        element("complexGateway", "join", "<bpmn:activationCondition>activationCount = 2</bpmn:activationCondition>"),
        user_task("d"),
        path("start", "fork", "a", "join", "d"),
        path("fork", "b", "join"),
        path("fork", "c", "join"),
    ),
    "steps that somebody chooses": (
        start(),
        element(
            "adHocSubProcess",
            "s",
            extensions(zeebe("adHoc", activeElementsCollection='=["a"]')),
            user_task("a"),
            user_task("b", mapping(outputs={"chosen": "=true"})),
            completion("chosen = true"),
            ordering="Sequential",
        ),
        end(),
        path("start", "s", "end"),
    ),
    "an escalation": (
        start(),
        subprocess("s", start("in"), element("endEvent", "e", escalation_reference("escalated")), path("in", "e")),
        boundary("b", "s", escalation_reference("escalated"), interrupting=False),
        user_task("a"),
        end(),
        path("start", "s", "end"),
        path("b", "a"),
    ),
    "tasks with mappings": (
        start(),
        user_task("a", mapping(inputs={"here.x": "=n"}, outputs={"m": "=here.x + done"})),
        service_task("b"),
        script_task("c", "m + 1", "m"),
        end(),
        path("start", "a", "b", "c", "end"),
    ),
    "parallel and inclusive": (
        start(),
        gateway("parallel", "fork"),
        gateway("inclusive", "choose", default="choose-c"),
        *(user_task(name) for name in "abcd"),
        gateway("inclusive", "meet"),
        gateway("parallel", "sync"),
        end(),
        path("start", "fork", "a", "sync", "end"),
        path("fork", "choose", "b", "meet", "d", "sync"),
        path("choose", "c", "meet"),
        "",
    ),
    "boundary events": (
        start(),
        subprocess(
            "s",
            start("in"),
            gateway("parallel", "fork"),
            user_task("a"),
            user_task("b"),
            path("in", "fork", "a"),
            path("fork", "b"),
        ),
        boundary("soon", "s", timer(cycle="R2/PT1H"), interrupting=False),
        boundary("late", "s", message_reference("answer")),
        user_task("remind"),
        end(),
        end("e1"),
        end("e2"),
        path("start", "s", "end"),
        path("soon", "remind", "e1"),
        path("late", "e2"),
    ),
    "errors": (
        start(),
        subprocess("s", start("in"), user_task("a"), end("bad", error_reference("refused")), path("in", "a", "bad")),
        boundary("caught", "s", error_reference("refused")),
        user_task("b"),
        end(),
        path("start", "s"),
        path("caught", "b", "end"),
    ),
    "waiting": (
        start(),
        element("intermediateCatchEvent", "t", timer(duration="P1D")),
        element("intermediateCatchEvent", "m", message_reference("answer")),
        element("callActivity", "c", extensions(zeebe("calledElement", processId="child"))),
        end(),
        path("start", "t", "m", "c", "end"),
    ),
    "an incident": (
        start(),
        script_task("x", "number(broken) + 1", "y"),
        gateway("exclusive", "g", default="g-end"),
        user_task("a"),
        end(),
        path("start", "x", "g", "end"),
        flow("g", "a", "y > 1"),
        flow("a", "end"),
    ),
    "a value that changes": (
        start(),
        user_task("a"),
        script_task("x", "n + 1", "n"),
        user_task("b"),
        end(),
        path("start", "a", "x", "b", "end"),
    ),
    "a job that fails": (
        start(),
        service_task("broken"),
        user_task("a"),
        end(),
        path("start", "broken", "a", "end"),
    ),
    "several conditions": (
        start(),
        user_task("a"),
        element(
            "intermediateCatchEvent", "several", condition("more = 1"), condition("done = 3"), parallelMultiple="true"
        ),
        user_task("b"),
        boundary("holds", "b", condition("done = 3"), interrupting=False),
        end(),
        end("heard"),
        path("start", "a", "several", "b", "end"),
        path("holds", "heard"),
    ),
    "compensation of each": (
        start(),
        element("userTask", "a", each("=[n, n + 1]", "x", sequential=True)),
        compensated("a", "no_a"),
        element("userTask", "no_a", isForCompensation="true"),
        user_task("b"),
        element("intermediateThrowEvent", "undo", compensation()),
        end(),
        path("start", "a", "b", "undo", "end"),
    ),
    "compensation inside each": (
        start(),
        subprocess(
            "s",
            each("=[n, n + 1]", "x", sequential=True),
            start("in"),
            user_task("a"),
            compensated("a", "no_a"),
            element("userTask", "no_a", isForCompensation="true"),
            path("in", "a"),
        ),
        user_task("b"),
        element("intermediateThrowEvent", "undo", compensation()),
        user_task("c"),
        end(),
        path("start", "s", "b", "undo", "c", "end"),
    ),
    "terminate": (
        start(),
        gateway("parallel", "fork"),
        user_task("a"),
        user_task("b"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
        path("start", "fork", "a", "stop"),
        path("fork", "b"),
    ),
}
SCENARIOS["parallel and inclusive"] = tuple(
    part.replace(flow("choose", "b"), flow("choose", "b", "n > 1")) for part in SCENARIOS["parallel and inclusive"]
)


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: str(UUID(int=0x0189 << 112 | next(numbers)))


def beginning(variables: dict[str, object]) -> commands.Start:
    """Begin the instance, for a case and called by another."""
    return commands.Start(instance_id=str(ID), business_id=str(CASE), call_id=str(CALL), variables=variables)


def next_command(state: State) -> commands.Command:
    """Go on when it pauses, else do the oldest thing that it waits for, incidents first."""
    if state.head().pending:
        return commands.GoOn()
    waits = [row for row in state.waits.rows.values() if row]
    is_tried_again = any(row.round for row in waits)
    for id_ in sorted(id_ for id_, row in state.incidents.rows.items() if row and not is_tried_again):
        return commands.ResolveIncident(incident_id=id_, variables={"broken": "3"})
    # What only something else can bring about comes last.
    wait = min(waits, key=lambda row: (row.kind in {"signal", "condition", "offer"}, row.id))
    if wait.element_id == "several":
        return commands.SetVariables(variables={"done": 3} if len(waits) > 1 else {"more": 1})
    if wait.element_id == "broken" and not wait.round:
        return commands.FailJob(job_id=wait.id, message="away")
    made: dict[str, commands.Command] = {
        "signal": commands.DeliverSignal(name="go", variables={"heard": True}),
        "condition": commands.SetVariables(variables={"done": 2}),
        "offer": commands.BeginStep(offer_id=wait.id, element_id="b", variables={"mine": 3}),
        "task": commands.CompleteTask(task_id=wait.id, variables={"done": 2}),
        "job": commands.CompleteJob(job_id=wait.id, variables={"job": [1, {"a": None}]}),
        "timer": commands.TriggerTimer(timer_id=wait.id),
        "message": commands.DeliverMessage(subscription_id=wait.id, message_id="m1", variables={"said": "yes"}),
        "call": commands.CompleteCall(call_id=wait.id, variables={"answer": 42}),
    }
    return made[wait.kind]


def play(step: Callable[[commands.Command, datetime], tuple[facts.Fact, ...]]) -> list[facts.Fact]:
    """Play an instance to its end; the facts alone say what to do next."""
    state, told, now = State(), [], NOON
    command: commands.Command = beginning({"n": 5, "number": "7"})
    for _ in range(200):
        new = step(command, now)
        told.extend(new)
        for fact in new:
            apply(state, fact)
        if state.head().outcome:
            return told
        command = next_command(state)
        due = [row.due_at for row in state.waits.rows.values() if row and row.due_at]
        now = max([now, *due]) if isinstance(command, commands.TriggerTimer) else now
    raise AssertionError("the instance doesn't end")


def expected(program: Program) -> list[facts.Fact]:
    state, new_id = State(), ids()

    def step(command: commands.Command, now: datetime) -> tuple[facts.Fact, ...]:
        result = advance(program, state, command, now, new_id)
        assert isinstance(result, Step)
        state.adopt(result.after)
        return result.facts

    return play(step)


def keys_of(state: State) -> list[Key]:
    """List the keys of all that a complete state has."""
    scopes = [str(id_) for id_ in state.elements.rows]
    waits = [row for row in state.waits.rows.values() if row]
    return [
        *(("element", id_) for id_ in scopes),
        *((kind, id_) for id_ in scopes for kind in ("children", "positions", "variables")),
        *(("wait", row.kind, row.id) for row in waits),
        *(("signal", row.name) for row in waits if row.kind == "signal"),
        *(("condition", *watch) for row in waits for watch in row.watches),
        *(("join", *key) for key in state.joins.rows),
        *(("compensable", *key) for key in state.compensables.rows),
        *(("incident", id_) for id_ in state.incidents.rows),
    ]


def seen(state: State, keys: Iterable[Key]) -> dict[object, object]:
    """Read what a state says of these keys, and its head."""
    read: dict[str, Callable[..., object]] = {
        "element": state.elements.find,
        "children": lambda id_: dict(state.children.elements_by_id(id_)),
        "positions": lambda id_: dict(state.children.positions(id_)),
        "variables": state.variables.all,
        "wait": lambda *key: state.waits.find(key),
        "signal": lambda name: state.signals.ids((name,)),
        "condition": lambda *key: state.conditions.ids(key),
        "join": lambda *key: state.joins.find(key),
        "compensable": lambda *key: state.compensables.find(key),
        "incident": state.incidents.find,
    }
    return {"head": state.instance} | {key: read[key[0]](*key[1:]) for key in keys}


class MemoryStore:
    """The simplest store there is: a complete state, given out key by key."""

    def __init__(self, stored: State) -> None:
        self._stored = stored

    def begin(self) -> State:
        if self._stored.instance is None:
            return State()
        state = State(complete=False)
        state.instance = self._stored.instance
        return state

    def load(self, state: State, keys: Iterable[Key]) -> None:
        load_from(self._stored, state, keys)

    def save(self, state: State, step: Step, *, now: datetime) -> None:
        self._stored.adopt(step.after)


class StoreContract:
    """What every store must do; subclasses say which."""

    def store(self, program: Program) -> Store:
        raise NotImplementedError

    def is_empty(self) -> bool:
        """Tell whether nothing is left of a running instance."""
        raise NotImplementedError

    @pytest.fixture(params=SCENARIOS)
    def program(self, request: pytest.FixtureRequest) -> Program:
        return compile_model(model(*SCENARIOS[request.param], definitions=DEFINITIONS)).processes["p"]

    def test_slices_lead_to_the_facts_of_a_complete_state(self, program):
        assert self.played(program) == expected(program)
        assert self.is_empty()

    def test_pauses_do_not_show_in_what_happens(self, program, settings):
        settings.FIRSTLINE_PAUSE_AFTER = 1
        told = self.played(program)
        pauses = [fact for fact in told if isinstance(fact, facts.Paused | facts.Resumed)]
        assert len(pauses) > 2
        assert [fact for fact in told if fact not in pauses] == expected(program)
        assert self.is_empty()

    def test_who_holds_an_instance_is_kept(self):
        program = compile_model(model(start(), user_task("a"), end(), path("start", "a", "end"))).processes["p"]
        everybody = (commands.Suspend(), commands.SuspendWithCaller(), commands.Resume(), commands.ResumeWithCaller())
        held = [(False, False)]
        self.step(program, beginning({}))
        for command in (*everybody, *everybody[1::-1], *everybody[:1:-1]):
            self.step(program, command)
            head = self.store(program).begin().head()
            held.append((head.suspended, head.caller_suspended))
        one_by_one = [(True, False), (True, True), (False, True), (False, False)]
        assert held == [(False, False), *one_by_one, (False, True), (True, True), (True, False), (False, False)]

    @pytest.mark.parametrize(
        "variables", [{"items": list(range(120))}, {"items": [1], "digits": "".join(map(str, range(10_000)))}]
    )
    def test_many_tokens_and_large_values_are_kept(self, variables):
        many = element("userTask", "a", each("=items", "item"))
        program = compile_model(model(start(), many, end(), path("start", "a", "end"))).processes["p"]
        told = self.step(program, beginning(variables))
        reference = State()
        for fact in told:
            apply(reference, fact)
        assert seen(self.loaded(program, keys_of(reference)), keys_of(reference)) == seen(reference, keys_of(reference))

    def step(self, program: Program, command: commands.Command) -> tuple[facts.Fact, ...]:
        """Carry out one command over the store."""
        store = self.store(program)
        result = advance_over(store, program, command, now=NOON)
        assert not isinstance(result, Rejection), result
        store.save(*result, now=NOON)
        return result[1].facts

    def loaded(self, program: Program, keys: Iterable[Key]) -> State:
        """Load what there is now of these keys."""
        store = self.store(program)
        state = store.begin()
        if not state.is_complete:
            store.load(state, keys)
        return state

    def played(self, program: Program) -> list[facts.Fact]:
        """Play an instance over the store; what it has saved is looked at after each step."""
        new_id, reference, known = ids(), State(), dict[Key, None]()

        def step(command: commands.Command, now: datetime) -> tuple[facts.Fact, ...]:
            store = self.store(program)
            result = advance_over(store, program, command, now=now, new_id=new_id)
            assert not isinstance(result, Rejection), result
            state, advanced = result
            store.save(state, advanced, now=now)
            for fact in advanced.facts:
                apply(reference, fact)
            # Also of what is gone meanwhile.
            known.update(dict.fromkeys(keys_of(reference)))
            if not reference.head().outcome:
                assert seen(self.loaded(program, known), known) == seen(reference, known)
            return advanced.facts

        return play(step)

    def test_what_is_gone_is_rejected(self, program):
        store = self.store(program)
        state, started = advance_over(
            store, program, commands.Start(instance_id=str(ID), variables={"n": 5}), now=NOON, new_id=ids()
        )
        store.save(state, started, now=NOON)
        unknown = commands.CompleteTask(task_id=str(UUID(int=99)))
        result = advance_over(self.store(program), program, unknown, now=NOON, new_id=ids())
        assert isinstance(result, Rejection)
        assert result.code == "unknown_task"


class TestMemory(StoreContract):
    @pytest.fixture(autouse=True)
    def _fresh(self):
        self.state = State()

    def store(self, program):
        return MemoryStore(self.state)

    def is_empty(self):
        data = codec.state_to_data(self.state)
        return data.keys() == {"schema", "instance"}


@pytest.mark.django_db
class TestPostgres(StoreContract):
    def store(self, program):
        deployment, _ = Deployment.objects.get_or_create(release_id="r", digest="d", defaults={"process_ids": ["p"]})
        of = {"deployment": deployment, "process_id": "p", "business_id": CASE, "call_id": CALL}
        instance, _ = Instance.objects.get_or_create(id=ID, defaults=of)
        return PostgresStore(instance, program)

    def is_empty(self):
        rows = (ElementInstance, Variable, Join, Compensable, Listener)
        return not any(kind.objects.exists() for kind in rows)


class TestPostgresKeyByKey(TestPostgres):
    """As large instances are loaded."""

    @pytest.fixture(autouse=True)
    def _everything_is_large(self, monkeypatch):
        monkeypatch.setattr(
            "firstline.processes.adapters.store.load_whole", lambda ids: {id_: State(complete=False) for id_ in ids}
        )

    # Where a long step pauses has nothing to do with how it is loaded.
    test_pauses_do_not_show_in_what_happens = None
