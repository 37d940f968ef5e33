"""For tests: models written in code, and a player that runs an instance in memory with a clock of its own.

>>> play = Play(model(start(), user_task("check"), end(), path("start", "check", "end")))
>>> play.start()
>>> play.complete_task("check")
>>> play.outcome
'completed'
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from bpmn import codec, commands, facts
from bpmn._applying import apply
from bpmn._compile import compile_model
from bpmn._engine import NeedMore, Step, advance, first_keys
from bpmn._program import Program
from bpmn._rejection import Rejection
from bpmn._run import Decide, Perform, Run
from bpmn._state import State
from bpmn._tables import Key
from bpmn._variables import visible

# --- models in code ---


def model(*parts: str, process_id: str = "p", definitions: Iterable[str] = ()) -> bytes:
    """Write a file with one executable process."""
    body = "".join(parts)
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'targetNamespace="urn:test">{"".join(definitions)}'
        f'<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
    ).encode()


def element(tag: str, id_: str, *body: str, **attributes: str) -> str:
    """Write any element."""
    written = "".join(f" {name}={quoteattr(value)}" for name, value in {"id": id_, **attributes}.items())
    return f"<bpmn:{tag}{written}>{''.join(body)}</bpmn:{tag}>"


def zeebe(name: str, /, *body: str, **attributes: str) -> str:
    """Write an extension element; several go into one `extensions`."""
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<zeebe:{name}{written}>{''.join(body)}</zeebe:{name}>"


def extensions(*body: str) -> str:
    return f"<bpmn:extensionElements>{''.join(body)}</bpmn:extensionElements>"


def mapping(*, inputs: Mapping[str, str] | None = None, outputs: Mapping[str, str] | None = None) -> str:
    """Write an io mapping: target -> source."""
    into = (zeebe("input", source=source, target=target) for target, source in (inputs or {}).items())
    out = (zeebe("output", source=source, target=target) for target, source in (outputs or {}).items())
    return zeebe("ioMapping", *into, *out)


def flow(source: str, target: str, condition: str = "") -> str:
    """Write a sequence flow; its id is "source-target"."""
    body = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
    return element("sequenceFlow", f"{source}-{target}", body, sourceRef=source, targetRef=target)


def path(*ids: str) -> str:
    """Write flows from each to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))


def start(id_: str = "start") -> str:
    return element("startEvent", id_)


def end(id_: str = "end", *body: str) -> str:
    return element("endEvent", id_, *body)


def user_task(id_: str, *ext: str) -> str:
    return element("userTask", id_, extensions(*ext), name=id_.capitalize())


def service_task(id_: str, *ext: str, job_type: str = "work") -> str:
    return element("serviceTask", id_, extensions(zeebe("taskDefinition", type=job_type), *ext))


def script_task(id_: str, expression: str, result: str, *ext: str) -> str:
    return element(
        "scriptTask", id_, extensions(zeebe("script", expression=f"={expression}", resultVariable=result), *ext)
    )


def gateway(kind: str, id_: str, default: str = "") -> str:
    """Write a gateway: exclusive, parallel or inclusive; `default` is the id of a flow."""
    return element(f"{kind}Gateway", id_, **({"default": default} if default else {}))


def subprocess(id_: str, *body: str) -> str:
    return element("subProcess", id_, *body)


def event_subprocess(id_: str, definition: str, *body: str, interrupting: bool = True) -> str:
    """Write an event subprocess; its start event is "<id>_start"."""
    begins = element("startEvent", f"{id_}_start", definition, isInterrupting=str(interrupting).lower())
    return element("subProcess", id_, begins, *body, triggeredByEvent="true")


def compensated(id_: str, handler: str) -> str:
    """Give an activity a compensation handler: an activity for compensation, written elsewhere."""
    event = boundary(f"{id_}_undo", id_, compensation())
    return event + element("association", f"{id_}_to_{handler}", sourceRef=f"{id_}_undo", targetRef=handler)


def each(collection: str, item: str, *body: str, sequential: bool = False, **settings: str) -> str:
    """Write multi-instance characteristics over a collection; `settings` are those of `zeebe:loopCharacteristics`."""
    own = zeebe("loopCharacteristics", inputCollection=collection, inputElement=item, **settings)
    written = f'isSequential="{str(sequential).lower()}"'
    tag = "multiInstanceLoopCharacteristics"
    return f"<bpmn:{tag} {written}>{extensions(own)}{''.join(body)}</bpmn:{tag}>"


def completion(text: str) -> str:
    return f"<bpmn:completionCondition>{escape(text)}</bpmn:completionCondition>"


def timer(**kind: str) -> str:
    """Write a timer definition: timer(duration="PT1H"), timer(date=...), timer(cycle=...)."""
    ((name, text),) = kind.items()
    tag = f"time{name.capitalize()}"
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(text)}</bpmn:{tag}></bpmn:timerEventDefinition>"


def message_reference(id_: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{id_}"/>'


def error_reference(id_: str = "") -> str:
    return f'<bpmn:errorEventDefinition errorRef="{id_}"/>' if id_ else "<bpmn:errorEventDefinition/>"


def signal_reference(id_: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="{id_}"/>'


def escalation_reference(id_: str = "") -> str:
    reference = f' escalationRef="{id_}"' if id_ else ""
    return f"<bpmn:escalationEventDefinition{reference}/>"


def compensation(activity_id: str = "", *, waits: bool = True) -> str:
    """Write a compensation definition: of one activity, or of all."""
    reference = f' activityRef="{activity_id}"' if activity_id else ""
    return f'<bpmn:compensateEventDefinition{reference} waitForCompletion="{str(waits).lower()}"/>'


def cancel() -> str:
    return "<bpmn:cancelEventDefinition/>"


def condition(text: str) -> str:
    body = f"<bpmn:condition>{escape(text)}</bpmn:condition>"
    return f"<bpmn:conditionalEventDefinition>{body}</bpmn:conditionalEventDefinition>"


def link(name: str) -> str:
    return f"<bpmn:linkEventDefinition name={quoteattr(name)}/>"


def signal_definition(id_: str, name: str) -> str:
    return element("signal", id_, name=name)


def escalation_definition(id_: str, code: str) -> str:
    return element("escalation", id_, escalationCode=code)


def message_definition(id_: str, name: str, key: str) -> str:
    return element("message", id_, extensions(zeebe("subscription", correlationKey=key)), name=name)


def error_definition(id_: str, code: str) -> str:
    return element("error", id_, errorCode=code)


def boundary(id_: str, host: str, definition: str, *, interrupting: bool = True, ext: str = "") -> str:
    cancel = "true" if interrupting else "false"
    return element("boundaryEvent", id_, extensions(ext), definition, attachedToRef=host, cancelActivity=cancel)


# --- playing ---

START_OF_TIME = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Rejected(Exception):
    """The command was rejected."""

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection
        super().__init__(rejection.message)


class Play:
    """One instance in memory, of a program or of the first process of a file.

    `thorough` proves at every step what a store relies on, see `_prove`. With `pause_after` long steps pause, and `go_on` goes on.
    A subclass may name ids otherwise (`id_of`) and prove something of its own: so does one that plays on a store.
    """

    def __init__(
        self,
        model: bytes | Program,
        *,
        decide: Decide | None = None,
        perform: Perform | None = None,
        thorough: bool = False,
        limit: int = 10_000,
        pause_after: int | None = None,
        instance_id: str = "i",
    ) -> None:
        self.program = next(iter(compile_model(model).processes.values())) if isinstance(model, bytes) else model
        self.instance_id = instance_id
        self.state = State()
        self.facts: list[facts.Fact] = []
        self.now = START_OF_TIME
        self._decide, self._perform = decide, perform
        self._thorough = thorough
        self._limit = limit
        self._pause_after = pause_after
        self._used = 0
        self._next_number: Callable[[], int] = int

    @staticmethod
    def id_of(number: int) -> str:
        """Name the ids that the instance uses, counted from 1; later ones sort behind earlier ones."""
        return f"{number:06}"

    @property
    def is_paused(self) -> bool:
        """Whether something is pending that `go_on` goes on with."""
        return self.state.instance is not None and self.state.instance.pending is not None

    @property
    def outcome(self) -> str:
        """How the instance ended, "" = it runs."""
        return self.state.instance.outcome if self.state.instance else ""

    @property
    def variables(self) -> dict[str, object]:
        """The variables of the instance itself, the last ones when it has ended."""
        found: dict[str, object] = {}
        for fact in self.facts:
            if isinstance(fact, facts.VariableSet) and fact.scope_id == self.instance_id:
                found[fact.name] = fact.value
        return found

    def start(self, *, call_id: str | None = None, **variables: object) -> None:
        self.do(commands.Start(instance_id=self.instance_id, business_id="b", variables=variables, call_id=call_id))

    def do(self, command: commands.Command) -> tuple[facts.Fact, ...]:
        """Carry out a command; returns the new facts. Raises: Rejected."""
        step = self._advance(self.state, command)
        if isinstance(step, Rejection):
            raise Rejected(step)
        if isinstance(step, NeedMore):
            raise TypeError(f"a complete state knows everything, but {step.keys} were asked for")
        used = self._next_number()
        if self._thorough:
            self._prove(command, step)
        self.state.adopt(step.after)
        self.facts.extend(step.facts)
        self._used = used
        return step.facts

    def go_on(self) -> None:
        """Go on after every pause until there is no other."""
        while self.is_paused:
            self.do(commands.GoOn())

    def complete_task(self, element_id: str, **variables: object) -> None:
        self.do(commands.CompleteTask(task_id=self.wait("task", element_id), variables=variables, completed_by="ann"))

    def complete_job(self, element_id: str, **variables: object) -> None:
        self.do(commands.CompleteJob(job_id=self.wait("job", element_id), variables=variables))

    def deliver(self, element_id: str, message_id: str = "m", **variables: object) -> None:
        id_ = self.wait("message", element_id)
        self.do(commands.DeliverMessage(subscription_id=id_, message_id=message_id, variables=variables))

    def signal(self, name: str, **variables: object) -> None:
        """Let the instance hear a signal that was thrown elsewhere."""
        self.do(commands.DeliverSignal(name=name, variables=variables))

    def begin_step(self, ad_hoc_id: str, step_id: str, **variables: object) -> None:
        """Begin a step that an ad-hoc subprocess offers."""
        offer_id = self.wait("offer", ad_hoc_id)
        self.do(commands.BeginStep(offer_id=offer_id, element_id=step_id, variables=variables))

    def resolve(self, **variables: object) -> None:
        """Resolve the only open incident."""
        (id_,) = self.state.incidents.rows
        self.do(commands.ResolveIncident(incident_id=id_, variables=variables))

    def wait_until(self, **duration: float) -> None:
        """Let time pass, and let every timer happen that falls due, in order."""
        until = self.now + timedelta(**duration)
        while True:
            waits = (wait for wait in self.state.waits.rows.values() if wait and wait.due_at and wait.due_at <= until)
            timer_ = min(waits, key=lambda wait: (wait.due_at or until, wait.id), default=None)
            if timer_ is None or timer_.due_at is None:
                break
            self.now = max(self.now, timer_.due_at)
            self.do(commands.TriggerTimer(timer_id=timer_.id))
        self.now = until

    def wait(self, kind: str, element_id: str) -> str:
        """Find the oldest wait of a kind at an element."""
        waits = (wait for wait in self.state.waits.rows.values() if wait)
        found = sorted(wait.id for wait in waits if (wait.kind, wait.element_id) == (kind, element_id))
        if not found:
            raise KeyError(f"no {kind} at {element_id}")
        return found[0]

    def waiting(self) -> list[str]:
        """List where something is waited for: "kind element"."""
        return sorted(f"{wait.kind} {wait.element_id}" for wait in self.state.waits.rows.values() if wait)

    def visible(self, element_instance_id: str) -> dict[str, object]:
        """Read all variables that an element instance sees."""
        run = Run(self.program, self.state, self.now, str, self._decide, 0)
        return visible(run, self.state.elements.get(element_instance_id))

    def incidents(self) -> list[tuple[str, str, str]]:
        """List the open incidents: element, kind, message."""
        rows = self.state.incidents.rows.values()
        return [(row.element_id, row.kind, row.message) for row in rows if row]

    def trace(self) -> list[str]:
        """List the elements in the order in which they were entered."""
        entered = (facts.ElementEntered, facts.TokensJoined)
        return [fact.element_id for fact in self.facts if isinstance(fact, entered)]

    def _advance(self, state: State, command: commands.Command) -> Step | NeedMore | Rejection:
        return self._advance_from(self._used, state, command, self._pause_after)

    def _advance_from(
        self, used: int, state: State, command: commands.Command, pause_after: int | None
    ) -> Step | NeedMore | Rejection:
        ids = self._ids_after(used)
        return advance(
            self.program,
            state,
            command,
            self.now,
            ids,
            decide=self._decide,
            perform=self._perform,
            limit=self._limit,
            pause_after=pause_after,
        )

    def _ids_after(self, used: int) -> Callable[[], str]:
        """Count on after a number, so that a step made twice uses the same ids."""
        numbers = count(used + 1)
        self._next_number = lambda: next(numbers)
        return lambda: self.id_of(next(numbers))

    def _prove(self, command: commands.Command, step: Step) -> None:
        """Show that slices, JSON, replay, and giving every element its row lead to the very same facts and state."""
        before = _through_json(codec.state_to_data(self.state))
        replayed = State()
        for fact in (*self.facts, *step.facts):
            read = codec.fact_from_data(_through_json(codec.fact_to_data(fact)))
            also_read = codec.fact_from_data(msgspec.json.decode(msgspec.json.encode(codec.fact_as_json(fact))))
            if not read == fact == also_read:
                raise AssertionError(f"{fact} became {read} and {also_read}")
            apply(replayed, read)
        _check_tokens(replayed)
        wanted = codec.state_to_data(replayed)
        for way in (self._in_slices, self._in_general):
            loaded = codec.state_from_data(before)
            # Asked now, they must be kept up with what follows.
            loaded.children.ids(self.instance_id)
            other = way(loaded, command)
            if not isinstance(other, Step) or other.facts != step.facts:
                raise AssertionError(f"{way.__name__} gave\n{other}\ninstead of\n{step.facts}")
            loaded.adopt(other.after)
            if codec.state_to_data(loaded) != wanted:
                raise AssertionError(f"replay gives another state than {way.__name__}")
            if loaded.children.added != replayed.children.added:
                raise AssertionError(f"{way.__name__} lost sight of what is inside of what")
        # A job that came up before a pause isn't done at once.
        if self._pause_after is None and self._perform is None:
            self._prove_pauses(command, step, replayed)

    def _in_slices(self, state: State, command: commands.Command) -> Step:
        return self._advance_in_slices(state, command, self._used, self._pause_after)

    def _in_general(self, state: State, command: commands.Command) -> Step | NeedMore | Rejection:
        with _nothing_passed(self.program):
            return self._advance(state, command)

    def _prove_pauses(self, command: commands.Command, step: Step, after: State) -> None:
        """Show that a step that pauses wherever it can, saved and loaded each time, comes to the same."""
        stored, used, told = codec.state_from_data(_through_json(codec.state_to_data(self.state))), self._used, []
        following: commands.Command | None = command
        while following is not None:
            part = self._advance_in_slices(stored, following, used, 1)
            used = self._next_number() - 1
            told += [fact for fact in part.facts if not isinstance(fact, facts.Paused | facts.Resumed)]
            stored.adopt(part.after)
            _check_tokens(stored)
            stored = codec.state_from_data(_through_json(codec.state_to_data(stored)))
            following = commands.GoOn() if stored.head().pending else None
        if tuple(told) != step.facts:
            raise AssertionError(f"with pauses the facts were\n{told}\ninstead of\n{step.facts}")
        if codec.state_to_data(stored) != codec.state_to_data(after):
            raise AssertionError("with pauses the state is another")

    def _advance_in_slices(self, stored: State, command: commands.Command, used: int, pause_after: int | None) -> Step:
        keys: list[Key] = list(first_keys(command))
        while True:
            result = self._advance_from(used, slice_from(stored, keys), command, pause_after)
            if isinstance(result, Step):
                return result
            if isinstance(result, Rejection) or set(result.keys) <= set(keys):
                raise AssertionError(f"the slice with {keys} leads to {result}")
            keys.extend(result.keys)


@contextmanager
def _nothing_passed(program: Program) -> Iterator[None]:
    """Let every element take the general way: see `bpmn._passing`."""
    ways = [(node, node.passing, node.quick, node.ends_simply) for node in program.nodes]
    try:
        for node in program.nodes:
            node.passing, node.quick, node.ends_simply = None, None, False
        yield
    finally:
        for node, passing, quick, ends_simply in ways:
            node.passing, node.quick, node.ends_simply = passing, quick, ends_simply


def slice_from(stored: State, keys: Iterable[Key]) -> State:
    """Take the rows of `keys` out of a complete state, as a store would load them."""
    state = State(complete=False)
    state.instance = stored.instance
    if stored.instance is None:
        return State()
    load_from(stored, state, keys)
    return state


def load_from(stored: State, state: State, keys: Iterable[Key]) -> None:
    """Add the rows of `keys`, out of a complete state, to a slice."""
    for kind, *rest in keys:
        _LOADERS[kind](stored, state, *rest)


def _load_variable(stored: State, state: State, scope_id: str, name: str) -> None:
    state.variables.set(scope_id, name, stored.variables.find(scope_id, name))


def _load_variables(stored: State, state: State, scope_id: str) -> None:
    state.variables.whole.add(scope_id)
    for name, value in stored.variables.all(scope_id).items():
        state.variables.set(scope_id, name, value)


def _load_children(stored: State, state: State, scope_id: str) -> None:
    state.children.whole.add(("children", scope_id))
    state.children.added[scope_id] = dict(stored.children.elements_by_id(scope_id))


def _load_positions(stored: State, state: State, scope_id: str) -> None:
    state.children.whole.add(("positions", scope_id))
    state.children.counts[scope_id] = dict(stored.children.positions(scope_id))


def _load_element(stored: State, state: State, id_: str) -> None:
    state.elements.rows[id_] = stored.elements.find(id_)


def _load_wait(stored: State, state: State, *key: str) -> None:
    kind, id_ = key
    state.waits.rows[kind, id_] = stored.waits.find((kind, id_))


def _load_join(stored: State, state: State, *key: str) -> None:
    scope_id, element_id = key
    state.joins.rows[scope_id, element_id] = stored.joins.find((scope_id, element_id))


def _load_signals(stored: State, state: State, name: str) -> None:
    state.signals.whole.add((name,))
    state.signals.added[name,] = dict.fromkeys(stored.signals.ids((name,)))


def _load_conditions(stored: State, state: State, *key: str) -> None:
    state.conditions.whole.add(key)
    state.conditions.added[key] = dict.fromkeys(stored.conditions.ids(key))


def _load_compensable(stored: State, state: State, *key: str) -> None:
    scope_id, order = key
    state.compensables.rows[scope_id, order] = stored.compensables.find((scope_id, order))


def _load_incident(stored: State, state: State, id_: str) -> None:
    state.incidents.rows[id_] = stored.incidents.find(id_)


_LOADERS: Mapping[str, Any] = {
    "element": _load_element,
    "wait": _load_wait,
    "join": _load_join,
    "incident": _load_incident,
    "variable": _load_variable,
    "variables": _load_variables,
    "children": _load_children,
    "positions": _load_positions,
    "signal": _load_signals,
    "condition": _load_conditions,
    "compensable": _load_compensable,
}


def _check_tokens(state: State) -> None:
    """Every token that a scope counts is in an element instance, waits at a join, or is on its way."""
    found: dict[str, int] = {}
    for row in state.elements.rows.values():
        if row and row.scope_id is not None:
            found[row.scope_id] = found.get(row.scope_id, 0) + 1
    for join in state.joins.rows.values():
        if join:
            found[join.scope_id] = found.get(join.scope_id, 0) + sum(join.waiting.values())
    pending = state.instance.pending if state.instance else None
    for _, scope_id in pending.tokens if pending else ():
        found[scope_id] = found.get(scope_id, 0) + 1
    counted = {row.id: row.tokens for row in state.elements.rows.values() if row and row.tokens}
    if found != counted:
        raise AssertionError(f"tokens {counted} were counted, {found} are there")


def _through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))
