"""How the entries of the trail are chained."""

import hashlib
import json
from typing import Any, Literal

BEGINNING = "0" * 64
# Everything that the trail keeps. What is written under a name keeps it for good.
Action = Literal[
    "api-key.made",
    "api-key.revoked",
    "api-key.used",
    "case.merge-undone",
    "case.merged",
    "customer.changed",
    "consent.given",
    "consent.withdrawn",
    "authority.noted",
    "authority.proven",
    "authority.revoked",
    "customer.kept-apart",
    "customer.merge-undone",
    "customer.merged",
    "customer.moved-in",
    "customer.moved-out",
    "customer.preferences-changed",
    "customer.related",
    "customer.relation-ended",
    "customer.relation-taken-back",
    "customer.stage-left-to-rule",
    "customer.stage-set",
    "customers.import-started",
    "customers.import-stopped",
    "customers.imported",
    "command.given-up",
    "command.tried-now",
    "divergence.accepted",
    "divergence.repaired",
    "document.opened",
    "identifier.doubted",
    "identifier.verified",
    "identity.code-sent",
    "identity.locked",
    "identity.tried",
    "identity.unlocked",
    "identity.verified",
    "incident.retried",
    "incidents.retried",
    "instance.cancelled",
    "instance.resumed",
    "instance.suspended",
    "migration.checked",
    "migration.reverted",
    "migration.started",
    "migration.stopped",
    "satisfaction.noted",
    "source.defined",
    "source.tried",
    "source.withdrawn",
    "step.done-by-second",
    "token.cancelled",
    "token.discarded",
    "token.moved",
    "token.stepped-back",
    "variable.changed",
    "webhook.ended",
    "webhook.made",
    "webhook.renewed",
    "webhook.replayed",
]


def seal_of(data: Any, *, salt: str) -> str:
    """Seal values (JSON) so that they can be erased later and the chain still holds.

    >>> seal_of({"a": 1}, salt="x") == seal_of({"a": 1}, salt="y")
    False
    """
    return _digest(salt, data)


def digest_of(*, before: str, entry: Any) -> str:
    """Chain an entry (JSON) to the digest of the one before.

    >>> digest_of(before=BEGINNING, entry={"number": 1}) == digest_of(before="1", entry={"number": 1})
    False
    """
    return _digest(before, entry)


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
