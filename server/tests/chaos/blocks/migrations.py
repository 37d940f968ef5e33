"""Instances that move to another version of their process, in the background."""

from functools import partial

from bpmn.testing import element, end, gateway, model, path, start, timer, user_task
from firstline import clock
from firstline.migration import actions as migrations
from firstline.migration.models import Migration, Phase
from firstline.processes import actions
from tests.chaos.blocks import starts
from tests.chaos.case import OPERATOR, Case
from tests.chaos.draft import Draft, Ends, Request

_REASON = "the law changed"


def migrated(draft: Draft) -> Ends:
    """They have a step more afterwards; while they move, something else goes on in them."""
    other = draft.another("begun")
    fork, sync, pause = (other.new(kind) for kind in ("fork", "sync", "pause"))
    work = other.service("job")
    other.add(gateway("parallel", fork), gateway("parallel", sync))
    other.add(element("intermediateCatchEvent", pause, timer(duration=draft.pace.of(1))), path(fork, pause, work, sync))
    other.enters(fork, sync, pause, work)
    _moves(draft, other, (fork, sync), (Phase.MOVED,))
    return starts.beside(draft)


def migrated_and_back(draft: Draft) -> Ends:
    """Nothing has happened to them when they move back, so they go on as if they had never moved."""
    other = draft.another("begun")
    _moves(draft, other, None, (Phase.MOVED, Phase.REVERTED))
    return starts.beside(draft)


def _moves(draft: Draft, other: Draft, around: Ends | None, phases: tuple[Phase, ...]) -> None:
    """Write both versions, and let somebody move what stands at the step that has another name in the second one."""
    first, last, held, renamed, more = (other.new(kind) for kind in ("start", "end", "held", "held", "more"))
    into, out = around or (first, last)
    other.add(start(first), end(last), *([path(first, into), path(out, last)] if around else ()))
    other.enters(first, held, *((more,) if phases[-1] == Phase.MOVED else ()), last)
    other.happens_too(f"move {phases[-1]} {other.process}")
    other.ends()
    times = draft.dice.randint(1, 3)
    other.happens(times)
    for version, steps in (("1", (held,)), ("2", (renamed, more))):
        xml = model(*other.parts, *map(user_task, steps), path(into, *steps, out), process_id=other.process)
        draft.prepares(Request(do=partial(_deploy, f"{other.process}_{version}", xml)))
    for _ in range(times):
        starts.by_hand(draft, other, release=f"{other.process}_1")
    _asks(draft, _Moving(process=other.process, held=held, renamed=renamed), times, phases)


def _deploy(release: str, xml: bytes, case: Case) -> None:
    actions.deploy(release_id=release, xml=xml)


class _Moving:
    """What an operator does to move all instances of a process, and sees of it."""

    def __init__(self, *, process: str, held: str, renamed: str) -> None:
        self.releases = (f"{process}_1", f"{process}_2")
        self.mapped = {held: renamed}
        self.steps = (held, renamed)

    @property
    def phase(self) -> Phase:
        found = Migration.objects.filter(release_id=self.releases[1]).first()
        return Phase(found.phase) if found else Phase.DRAFT

    def check(self, case: Case) -> None:
        old, new = self.releases
        known = Migration.objects.filter(release_id=new).first()
        now = clock.now()
        id_ = (
            known.id if known else migrations.draw_up(from_release_id=old, release_id=new, principal=OPERATOR, now=now)
        )
        migrations.map_elements(migration_id=id_, mapped=self.mapped, now=now)
        migrations.start_check(migration_id=id_, principal=OPERATOR, now=now)

    def move(self, case: Case) -> None:
        id_ = Migration.objects.get(release_id=self.releases[1]).id
        migrations.start_move(migration_id=id_, reason=_REASON, principal=OPERATOR, now=clock.now())

    def revert(self, case: Case) -> None:
        id_ = Migration.objects.get(release_id=self.releases[1]).id
        migrations.start_revert(migration_id=id_, reason=_REASON, principal=OPERATOR, now=clock.now())


def _asks(draft: Draft, moving: _Moving, times: int, phases: tuple[Phase, ...]) -> None:
    held = moving.steps[0]
    draft.asks(
        Request(
            do=moving.check,
            is_due=lambda case: len(case.tokens(held)) == times,
            is_done=lambda case: moving.phase != Phase.DRAFT,
            holds=held,
        )
    )
    draft.asks(
        Request(
            do=moving.move,
            is_due=lambda case: moving.phase == Phase.CHECKED,
            is_done=lambda case: moving.phase in {Phase.MOVING, Phase.MOVED},
        )
    )
    if Phase.REVERTED in phases:
        draft.asks(
            Request(
                do=moving.revert,
                is_due=lambda case: moving.phase == Phase.MOVED,
                is_done=lambda case: moving.phase in {Phase.REVERTING, Phase.REVERTED},
            )
        )
    # The person who has the step waits until all have moved.
    for step in moving.steps:
        draft.asks(Request(do=lambda case: None, is_due=lambda case: moving.phase == phases[-1], holds=step))
