"""The inbox: what each instance is to take next, found without walking through what waits behind it."""

from dataclasses import dataclass
from uuid import UUID

from firstline.processes.models import InboxEntry

# What doesn't wait behind anything: an instance that nobody wants any more ends, one that pauses finishes its step, and one
# whose caller is suspended stands still.
_OVERTAKING = (InboxEntry.Kind.CANCEL, InboxEntry.Kind.GO_ON, InboxEntry.Kind.SUSPENSION)
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)

# From instance to instance along the index, only as far as entries are wanted: what a worker has in hand costs one look at its
# first entry, however many lie behind. An entry of a kind that came with a newer version is left to a worker that knows it, and
# what lies behind it, too.
_OLDEST_OF_EACH = """
WITH RECURSIVE oldest AS (
    (SELECT instance_id, id FROM processes_inboxentry
     WHERE NOT is_held AND kind <> 'go_on' AND instance_id > %(after)s ORDER BY instance_id, id LIMIT 1)
    UNION ALL
    SELECT following.* FROM oldest, LATERAL (
        SELECT instance_id, id FROM processes_inboxentry
        WHERE NOT is_held AND kind <> 'go_on' AND instance_id > oldest.instance_id ORDER BY instance_id, id LIMIT 1
    ) AS following
)
SELECT entry.* FROM oldest, LATERAL (
    SELECT * FROM processes_inboxentry
    WHERE id = oldest.id AND NOT is_held AND kind = ANY(%(known)s) FOR UPDATE SKIP LOCKED
) AS entry
WHERE oldest.instance_id <= %(until)s
LIMIT %(limit)s
"""


@dataclass(slots=True)
class Turn:
    """Whose turn it was last: instances take turns, so that one with much to take holds up nobody. Only a hint."""

    last: UUID = _FIRST

    def take(self, limit: int) -> list[InboxEntry]:
        """Lock the oldest entry of each of up to `limit` instances: within one, the order of arrival holds."""
        while True:
            entries = _oldest(limit, after=self.last, until=_LAST)
            if len(entries) < limit and self.last != _FIRST:
                entries += _oldest(limit - len(entries), after=_FIRST, until=self.last)
            if entries:
                self.last = entries[-1].instance_id
            behind = _held_up(entries)
            if not behind:
                return entries
            _hold_behind(behind)


def paused(limit: int) -> list[InboxEntry]:
    """Lock up to `limit` entries of instances that pause, whoever has waited longest first."""
    waiting = InboxEntry.objects.filter(kind=InboxEntry.Kind.GO_ON, is_held=False).order_by("id")
    return list(waiting.select_for_update(skip_locked=True)[:limit])


def _oldest(limit: int, *, after: UUID, until: UUID) -> list[InboxEntry]:
    return list(
        InboxEntry.objects.raw(
            _OLDEST_OF_EACH, {"after": after, "until": until, "limit": limit, "known": InboxEntry.Kind.values}
        )
    )


def _held_up(entries: list[InboxEntry]) -> set[UUID]:
    """Find instances of which something older is held."""
    if not entries:
        return set()
    first = {entry.instance_id: entry.id for entry in entries if entry.kind not in _OVERTAKING}
    held = InboxEntry.objects.filter(instance_id__in=first, is_held=True).values_list("instance_id", "id")
    return {instance_id for instance_id, id_ in held if id_ < first[instance_id]}


def _hold_behind(instance_ids: set[UUID]) -> None:
    """Hold what lies behind what is held, so that nobody comes upon it again before that is released."""
    for instance_id in instance_ids:
        of_instance = InboxEntry.objects.filter(instance_id=instance_id)
        # Whoever releases it meanwhile is waited for, and nobody releases it before what lies behind is held.
        first = of_instance.filter(is_held=True).order_by("id").select_for_update().first()
        if first is not None:
            of_instance.filter(id__gt=first.id, is_held=False).exclude(kind__in=_OVERTAKING).update(is_held=True)
