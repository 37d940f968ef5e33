"""What a customer is known by is proven to be theirs, or turns out not to be proven."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers.models import Identifier
from firstline.errors import FirstlineError


class EvidenceMissing(FirstlineError):
    code = "evidence-missing"
    status = 422


@transaction.atomic
def verify_identifier(*, identifier_id: UUID, evidence: str, principal: Principal, now: datetime) -> None:
    """Note that an address or number was shown to be this customer's, and by what.

    Raises: EvidenceMissing.
    """
    shown = evidence.replace("\x00", "").strip()[:200]
    if not shown:
        raise EvidenceMissing(_("Say what shows that it is theirs, such as “called back” or “letter of 3 May”."))
    _change(identifier_id, is_verified=True, evidence=shown, at=now, principal=principal)


@transaction.atomic
def doubt_identifier(*, identifier_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """Take back that an address or number is proven; it stays noted.

    Raises: EvidenceMissing.
    """
    why = reason.replace("\x00", "").strip()[:200]
    if not why:
        raise EvidenceMissing(_("Say why it isn't proven any more."))
    _change(identifier_id, is_verified=False, evidence=why, at=now, principal=principal)


def _change(identifier_id: UUID, *, is_verified: bool, evidence: str, at: datetime, principal: Principal) -> None:
    found = Identifier.objects.select_for_update().get(id=identifier_id)
    action: Action = "identifier.verified" if is_verified else "identifier.doubted"
    before = {"is_verified": found.is_verified, "evidence": found.evidence}
    found.is_verified, found.evidence = is_verified, evidence
    found.verified_at, found.verified_by = (at, principal.name) if is_verified else (None, "")
    found.save(update_fields=["is_verified", "evidence", "verified_at", "verified_by"])
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action=action,
        about=found.customer_id,
        reason=evidence,
        data={"kind": found.kind, "before": before},
    )
