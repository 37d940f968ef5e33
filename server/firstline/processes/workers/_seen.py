"""Who asks for jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from firstline import ids

_SEEN_IS_NOTED_EVERY = timedelta(seconds=30)

_NOTE_SEEN = """
INSERT INTO processes_workerseen AS seen (id, type, worker, key_id, first_asked_at, last_asked_at)
SELECT id, type, %(worker)s, %(key_id)s, %(now)s, %(now)s FROM unnest(%(ids)s::uuid[], %(types)s::text[]) AS asked (id, type)
ON CONFLICT (type, worker) DO UPDATE SET last_asked_at = excluded.last_asked_at, key_id = excluded.key_id
WHERE seen.last_asked_at < %(before)s
"""


def note_seen(*, types: Sequence[str], worker: str, key_id: UUID | None, now: datetime) -> None:
    """Remember who asks for jobs of these types, to half a minute: what nobody ever asks for is shown to operators."""
    types = sorted(types)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE_SEEN,
            {
                "ids": [ids.new_id() for _ in types],
                "types": types,
                "worker": worker,
                "key_id": key_id,
                "now": now,
                "before": now - _SEEN_IS_NOTED_EVERY,
            },
        )
