"""The guide of one step, as its template (cases/guide.html) shows it: at the desk and on the page of a case alike."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a step will change, in one place of one system: from what to what."""

    where: str
    before: str
    after: str
    is_changed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """What a step will change in one system, or why that isn't certain."""

    system: str
    label: str
    state: str
    problem: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> tuple[Change, ...]:
        """What will be another than it is now."""
        return tuple(one for one in self.changes if one.is_changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """How far a result has come in one system."""

    system: str
    state: str
    words: str
    at: datetime | None = None
    # A change that the case is about: what is taken back or noted isn't counted with them.
    is_wanted: bool = True

    @property
    def icon(self) -> str:
        """Name the icon of its state."""
        return {"confirmed": "check-circle", "waiting": "clock", "conflict": "alert", "refused": "alert"}.get(
            self.state, "retry"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A step of a progress line; state is done, now or next."""

    label: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a guide: what to say, ask, know and do here. `say` and `know` are HTML."""

    id: str
    title: str
    say: str = ""
    know: str = ""
    # The form's fields of this page: `procedures.forms.Field`.
    fields: tuple[Any, ...] = ()
    # Whether the page writes to systems; what it will change is fetched beside it (addresses.preview).
    has_preview: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the guide's buttons lead: whoever shows it says so."""

    next: str = ""
    back: str = ""
    draft: str = ""
    park: str = ""
    resume: str = ""
    hand_over: str = ""
    preview: str = ""

    @classmethod
    def led_by(cls, lead: Callable[[str], str]) -> "Addresses":
        """Ask for each where it leads, by the name that it has among the addresses of whoever shows the guide."""
        return cls(**{one.name: lead(one.name.replace("_", "-")) for one in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Where a case stands: its step with the guide's page, or why there is nothing to do here now."""

    case_id: UUID
    case_number: str
    reason: str
    # The customer's language, in which `say` is written.
    language: str = "en"
    # The tint of the reason among those of its contact.
    tint: int = 1
    step: str = ""
    task_id: UUID | None = None
    page: Page | None = None
    addresses: Addresses = Addresses()
    marks: tuple[Mark, ...] = ()
    is_first_page: bool = True
    is_last_page: bool = False
    # What Next does: on the last page the step's effect, in words.
    next_label: str = ""
    # A colleague's name and time, when the answers so far are theirs.
    last_by: str = ""
    last_at: datetime | None = None
    due_at: datetime | None = None
    parked_until: datetime | None = None
    parked_because: str = ""
    # Without a step here: what the case waits for, or that it is a gap or closed.
    waits_for: str = ""
    # What to tell the customer meanwhile, in their language; and where a note for whoever has the step goes.
    status: str = ""
    note_address: str = ""
    is_gap: bool = False
    is_closed: bool = False
    error: str = ""
    writes: tuple[Write, ...] = ()
    teams: tuple[tuple[str, str], ...] = ()
    is_expert: bool = False

    @property
    def writes_wanted(self) -> int:
        """Count the systems that shall have the result."""
        return len(self._wanted)

    @property
    def writes_done(self) -> int:
        """Count those that have it."""
        return sum(all(state == "confirmed" for state in states) for states in self._wanted.values())

    @property
    def _wanted(self) -> dict[str, list[str]]:
        """Gather the states of what is wanted by system; to some of them a case writes more than once."""
        found: dict[str, list[str]] = {}
        for one in self.writes:
            if one.is_wanted:
                found.setdefault(one.system, []).append(one.state)
        return found

    @property
    def is_walkable(self) -> bool:
        """Whether somebody can go on here now."""
        return self.page is not None and self.parked_until is None
