"""Deployed versions of processes, with counts that never count far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from firstline.decisions.ports import ReleaseName
from firstline.procedures import queries as procedure_queries
from firstline.processes.adapters.programs import program_of
from firstline.ui.paging import Key

# What is more is shown as "1,000+".
COUNTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    number: int

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.number > COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of a process: a model that was deployed with a release."""

    deployment_id: UUID
    process_id: str
    name: str
    # Of the process, from 1.
    number: int
    # "" where the release is unknown here.
    release: str
    release_id: str
    deployed_at: datetime
    running: Count
    troubled: Count
    suspended: Count


_VERSIONS = """
SELECT d.id, p.process_id, d.release_id, d.deployed_at,
    (SELECT count(*) FROM processes_deployment older
     WHERE older.process_ids @> ARRAY[p.process_id] AND (older.deployed_at, older.id) <= (d.deployed_at, d.id)),
    (SELECT count(*) FROM (
        SELECT FROM processes_instance i WHERE i.deployment_id = d.id AND i.process_id = p.process_id AND i.outcome = ''
        LIMIT %(counted)s + 1) AS running),
    (SELECT count(*) FROM (
        SELECT DISTINCT t.instance_id FROM processes_incident t
        WHERE t.deployment_id = d.id AND t.process_id = p.process_id AND t.resolved_at IS NULL
        LIMIT %(counted)s + 1) AS troubled),
    (SELECT count(*) FROM (
        SELECT FROM processes_instance i
        WHERE i.deployment_id = d.id AND i.process_id = p.process_id AND i.suspended_at IS NOT NULL
        LIMIT %(counted)s + 1) AS suspended)
FROM (
    SELECT id, release_id, deployed_at, process_ids FROM processes_deployment
    WHERE (%(deployment_id)s::uuid IS NULL OR id = %(deployment_id)s)
      AND (%(text)s = '' OR EXISTS (SELECT FROM unnest(process_ids) AS one WHERE strpos(lower(one), lower(%(text)s)) > 0))
      AND (%(at)s::timestamptz IS NULL OR (deployed_at, id) < (%(at)s, %(last)s))
    ORDER BY deployed_at DESC, id DESC LIMIT %(limit)s
) AS d, unnest(d.process_ids) AS p (process_id)
WHERE %(text)s = '' OR strpos(lower(p.process_id), lower(%(text)s)) > 0
ORDER BY d.deployed_at DESC, d.id DESC, p.process_id
"""


def versions(*, text: str, before: Key | None, limit: int, language: str) -> list[VersionRow]:
    """List versions, the last deployed first; `limit` counts deployments, which may have several processes."""
    at, last = before or (None, None)
    return _rows({"deployment_id": None, "text": text, "at": at, "last": last, "limit": limit}, language)


def version(deployment_id: UUID, process_id: str, *, language: str) -> VersionRow:
    """Describe one version, which must be there."""
    wanted = {"deployment_id": deployment_id, "text": "", "at": None, "last": None, "limit": 1}
    return next(row for row in _rows(wanted, language) if row.process_id == process_id)


def _rows(wanted: Mapping[str, Any], language: str) -> list[VersionRow]:
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {**wanted, "counted": COUNTED})
        found = cursor.fetchall()
    releases = procedure_queries.release_names({row[2] for row in found}, language)
    return [_row(row, releases) for row in found]


def _row(row: Sequence[Any], releases: Mapping[str, ReleaseName]) -> VersionRow:
    deployment_id, process_id, release_id, deployed_at, number, *counts = row
    release = releases.get(release_id)
    running, troubled, suspended = (Count(number=count) for count in counts)
    return VersionRow(
        deployment_id=deployment_id,
        process_id=process_id,
        name=program_of(deployment_id, process_id).name or process_id,
        number=number,
        release=f"{release.name} {release.sequence}" if release else "",
        release_id=release_id,
        deployed_at=deployed_at,
        running=running,
        troubled=troubled,
        suspended=suspended,
    )


def element_names(deployment_id: UUID, process_id: str) -> Mapping[str, str]:
    """Name the elements of a process; those without a name by their id."""
    program = program_of(deployment_id, process_id)
    return {id_: " ".join(node.name.split()) or id_ for id_, node in program.by_id.items()}
