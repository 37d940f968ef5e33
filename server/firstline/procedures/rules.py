"""Which release a new case gets, and what is wrong with a list of reasons: pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline.procedures.definition import KEY
from firstline.procedures.problems import Notebook
from firstline.procedures.reader import Part, Texts

KINDS = ("question", "request", "change", "complaint", "problem", "compliment")
MAX_DEPTH = 6
# When a contact, or what came of it, is noted in other systems.
CONTACT_FINISHED, CASE_CLOSED = "contact-finished", "case-closed"
WHEN = (CONTACT_FINISHED, CASE_CLOSED)
# On which scales a customer may be asked how it was; for which purpose, if nothing else is said.
SCALES = ("csat", "nps", "effort")
ASK_PURPOSE = "surveys"


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """An activation, as far as the choice depends on it."""

    id: UUID
    release_id: str
    brand: str
    from_at: datetime
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonNode:
    """A reason as it is written in `reasons.yaml`."""

    key: str
    parent_key: str
    brand: str
    names: Texts
    kind: str
    procedure_key: str
    keywords: dict[str, list[str]]
    notes: list[dict[str, Any]]
    ask: dict[str, Any]
    position: int


def choose_release(activations: Iterable[InUse], *, brand: str, at: datetime, case_id: UUID) -> str | None:
    """Choose the release of a new case: the newest activation that takes it; None when none does.

    An activation with a share of 20 takes the same fifth of all case ids whenever it is asked; the others go by the
    activation before. A brand's own activations come before those of every brand.
    """
    due = [activation for activation in activations if activation.from_at <= at and activation.brand in {"", brand}]
    for activation in sorted(due, key=lambda one: (one.brand != "", one.from_at, one.id), reverse=True):
        if _bucket(activation.id, case_id) < activation.share:
            return activation.release_id
    return None


def _bucket(activation_id: UUID, case_id: UUID) -> int:
    """Place a case in one of 100 buckets, differently for each activation."""
    digest = hashlib.sha256(activation_id.bytes + case_id.bytes).digest()
    return int.from_bytes(digest[:8], "big") % 100


def read_reasons(part: Part, notes: Notebook) -> list[ReasonNode]:
    """Read the tree of reasons in the order of the file; mistakes go to `notes`."""
    found: list[ReasonNode] = []
    top = ReasonNode(
        key="",
        parent_key="",
        brand="",
        names={},
        kind="",
        procedure_key="",
        keywords={},
        notes=_notes(part, []),
        ask=_ask(part, {}),
        position=0,
    )
    _read_level(part.parts("reasons"), top, found, notes, depth=1)
    part.end()
    keys = [node.key for node in found]
    for repeated in sorted({key for key in keys if keys.count(key) > 1}):
        notes.add("reasons", f"The key '{repeated}' is used twice.")
    if not found:
        notes.add("reasons", "There is no reason in it.")
    return found


def _read_level(
    parts: Sequence[Part], above: ReasonNode, found: list[ReasonNode], notes: Notebook, *, depth: int
) -> None:
    if depth > MAX_DEPTH:
        notes.add("reasons", f"The tree may be {MAX_DEPTH} levels deep.")
        return
    for part in parts:
        node = ReasonNode(
            key=part.text("key"),
            parent_key=above.key,
            brand=part.text("brand", default=""),
            names=part.texts("names"),
            kind=part.text("kind", default=above.kind),
            procedure_key=part.text("procedure", default=""),
            keywords=_keywords(part.part("keywords")),
            notes=_notes(part, above.notes),
            ask=_ask(part, above.ask),
            position=len(found) + 1,
        )
        if node.key and not KEY.fullmatch(node.key):
            part.problem("key", "The key must be lower-case letters, digits and '-', beginning with a letter.")
        if node.kind not in KINDS:
            part.problem("kind", f"'{node.kind}' is none of {', '.join(KINDS)}.")
        found.append(node)
        _read_level(part.parts("children"), node, found, notes, depth=depth + 1)
        part.end()


def _notes(part: Part, inherited: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Read what is noted in systems; a reason that says nothing of it has its parent's, one that says [] has none."""
    return [_note(one) for one in part.parts("notes")] if part.has("notes") else inherited


def _note(part: Part) -> dict[str, Any]:
    command, when = part.text("command"), part.text("when")
    if "." not in command:
        part.problem("command", "Name the command with its source: source.command.")
    if when not in WHEN:
        part.problem("when", f"'{when}' is none of {', '.join(WHEN)}.")
    part.expressions("parameters")  # for its mistakes
    given = part.raw("parameters")
    parameters = {str(name): _feel(text) for name, text in given.items()} if isinstance(given, dict) else {}
    part.end()
    return {"command": command, "when": when, "parameters": parameters}


def _ask(part: Part, inherited: dict[str, Any]) -> dict[str, Any]:
    """Read whether customers are asked how it was; a reason that says nothing of it is as its parent, one that says {} asks nobody."""
    if not part.has("ask"):
        return inherited
    if part.raw("ask") == {}:
        return {}
    ask = part.part("ask")
    found = {
        "scale": ask.text("scale", default=SCALES[0]),
        "after_hours": _whole(ask, "after_hours", 24, most=24 * 60),
        "every_days": _whole(ask, "every_days", 90, most=3650),
        "purpose": ask.text("purpose", default=ASK_PURPOSE),
    }
    if found["scale"] not in SCALES:
        ask.problem("scale", f"'{found['scale']}' is none of {', '.join(SCALES)}.")
    ask.end()
    return found


def _whole(part: Part, key: str, default: int, *, most: int) -> int:
    value = part.raw(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        part.problem(key, f"'{key}' must be a whole number from 0 to {most}.")
        return default
    return value


def _feel(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).removeprefix("=")


def _keywords(part: Part) -> dict[str, list[str]]:
    return {language: list(part.words(language)) for language in part.names()}
