"""An instance played twice at once: in memory, and from rows in PostgreSQL. Both must be the same after every step."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from bpmn import Key, Program, Rejection, State, Step, codec, commands
from bpmn.testing import Play, Rejected
from firstline import ids
from firstline.processes.adapters.stepping import advance_over
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.models import (
    Call,
    Compensable,
    Deployment,
    ElementInstance,
    HistoryFact,
    Incident,
    Instance,
    Job,
    Join,
    Listener,
    Subscription,
    Task,
    Timer,
    Variable,
)

# What a running instance is stored in, and which of its rows are part of its state.
STATE: dict[type[Any], dict[str, Any]] = {
    ElementInstance: {},
    Variable: {},
    Join: {},
    Compensable: {},
    Incident: {"resolved_at": None},
    Task: {"state": Task.State.OPEN},
    Job: {},
    Timer: {},
    Subscription: {},
    Listener: {},
    Call: {},
}
WAITS = (Task, Job, Timer, Subscription, Listener, Call)


class StoredPlay(Play):
    """Plays in memory, and makes each step in PostgreSQL too, from the slices that it asks for and with the same ids."""

    def __init__(self, model: bytes | Program, *, instance_id: str = "", **more: Any) -> None:
        self._base = ids.new_id().int & ~0xFFFF_FFFF
        super().__init__(model, instance_id=self.id_of(0), thorough=True, **more)

    def id_of(self, number: int) -> str:
        return str(UUID(int=self._base + number))

    def do(self, command: commands.Command) -> Any:
        if isinstance(command, commands.Start):
            # The case's id is the host's affair, and lies in the instance's row from the beginning.
            command = replace(command, business_id="")
            self._create(command)
        try:
            told = super().do(command)
        except Rejected as rejected:
            self._is_rejected_too(command, rejected.rejection)
            raise
        assert codec.state_to_data(self._loaded()) == codec.state_to_data(self.state)
        assert self._counts() == self._counts_in_memory()
        return told

    def _is_rejected_too(self, command: commands.Command, rejection: Rejection) -> None:
        assert self._advance_stored(self._store(), command) == rejection

    def _create(self, command: commands.Start) -> None:
        deployment, _made = Deployment.objects.get_or_create(
            release_id="r", digest="d", defaults={"process_ids": ["p"], "xml": ""}
        )
        Instance.objects.create(
            id=UUID(self.instance_id),
            deployment=deployment,
            process_id=self.program.process_id,
            call_id=UUID(command.call_id) if command.call_id else None,
        )

    def _store(self) -> PostgresStore:
        return PostgresStore(Instance.objects.get(id=UUID(self.instance_id)), self.program)

    def _advance_stored(self, store: PostgresStore, command: commands.Command) -> tuple[State, Step] | Rejection:
        return advance_over(
            store, self.program, command, now=self.now, decide=self._decide, new_id=self._ids_after(self._used)
        )

    def _prove(self, command: commands.Command, step: Step) -> None:
        """Make the step in the database."""
        store = self._store()
        result = self._advance_stored(store, command)
        assert not isinstance(result, Rejection), result
        state, stored = result
        assert stored.facts == step.facts, "\n".join(map(str, (*stored.facts, "instead of", *step.facts)))
        store.save(state, stored, now=self.now)

    def _loaded(self) -> State:
        """Load from the database all that memory holds; what is small comes at once, and nothing is missing then."""
        store = self._store()
        state = store.begin()
        if not state.is_complete:
            store.load(state, _keys_of(self.state))
        return state

    def _counts(self) -> dict[str, int]:
        of = UUID(self.instance_id)
        counts = {kind.__name__: kind.objects.filter(instance_id=of, **which).count() for kind, which in STATE.items()}
        counts["Wait"] = sum(counts.pop(kind.__name__) for kind in WAITS)
        counts["HistoryFact"] = HistoryFact.objects.filter(instance_id=of).count()
        return counts

    def _counts_in_memory(self) -> dict[str, int]:
        state = self.state
        return {
            "ElementInstance": len(state.elements.rows),
            "Variable": sum(map(len, state.variables.values.values())),
            "Join": len(state.joins.rows),
            "Compensable": len(state.compensables.rows),
            "Incident": len(state.incidents.rows),
            "Wait": len(state.waits.rows),
            "HistoryFact": len(self.facts),
        }


def _keys_of(state: State) -> list[Key]:
    return [
        *(("element", id_) for id_ in state.elements.rows),
        *(("wait", *key) for key in state.waits.rows),
        *(("join", *key) for key in state.joins.rows),
        *(("incident", id_) for id_ in state.incidents.rows),
        *(("compensable", *key) for key in state.compensables.rows),
        *(("variables", scope_id) for scope_id in state.variables.values),
    ]
