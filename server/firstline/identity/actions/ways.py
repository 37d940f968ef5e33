"""The ways in which a person checks, and not the machine: each says what there must be to note."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.customers import rules as customer_rules
from firstline.errors import FirstlineError
from firstline.identity.actions.trying import Asking, audit_proof, insist_unlocked, lock_customer, note_proof
from firstline.identity.queries.codes import proven
from firstline.identity.rules.codes import masked
from firstline.identity.rules.policy import Way
from firstline.identity.rules.words import DOCUMENTS

# Nobody can guess their way through these, so they are open while questions and codes are locked.
OPEN_WHILE_LOCKED = frozenset({"callback", "document", "letter"})
Fields = Mapping[str, str]


class NotThisWay(FirstlineError):
    """What was noted doesn't show who it is."""

    code = "not-shown"
    status = 422


@transaction.atomic
def note_shown(asking: Asking, *, way: str, fields: Fields) -> Way:
    """Note that a member of staff saw for themselves who it is: how, and what there is to say about it.

    Raises: LockedOut, NotThisWay.
    """
    known = next((one for one in asking.policy.way(way) if one.fits(asking.channel)), None)
    if known is None or way not in _DETAILS:
        raise NotThisWay(_("This way isn't open here. Choose one of those shown."))
    lock_customer(asking.speaker_id)
    if way not in OPEN_WHILE_LOCKED:
        insist_unlocked(asking)
    detail = _DETAILS[way](asking, {name: value.replace("\x00", "").strip()[:200] for name, value in fields.items()})
    note_proof(asking, known, detail=detail)
    audit_proof(asking, known, detail=detail)
    return known


def note_judgement(asking: Asking) -> bool:
    """Note that staff are satisfied who it is, where the policy leaves it to them; says whether it does."""
    if not asking.policy.way("judgement"):
        return False
    note_shown(asking, way="judgement", fields={})
    return True


def _callback(asking: Asking, fields: Fields) -> str:
    numbers = proven(asking.speaker_id, kind=customer_rules.PHONE, now=asking.now)
    number = next((one for one in numbers if str(one.id) == fields.get("number")), None)
    if number is None:
        raise NotThisWay(
            _("Choose the number that you called back; only numbers count that were proven at least a day ago.")
        )
    return masked(number.value)


def _document(_asking: Asking, fields: Fields) -> str:
    kind, last = fields.get("kind", ""), fields.get("last", "").upper()
    if kind not in DOCUMENTS or len(last) not in {3, 4} or not last.isalnum():
        raise NotThisWay(_("Say which document you saw, and the last three or four characters of its number."))
    return f"{kind} …{last}"


def _letter(_asking: Asking, fields: Fields) -> str:
    if not fields.get("compared"):
        raise NotThisWay(_("Say with what you compared the signature, such as “contract of 3 May”."))
    return fields["compared"]


def _relay(_asking: Asking, fields: Fields) -> str:
    if not fields.get("service"):
        raise NotThisWay(_("Name the relay service, and how it showed who is speaking."))
    return fields["service"]


def _judgement(_asking: Asking, fields: Fields) -> str:
    return fields.get("note", "")


_DETAILS: Mapping[str, Callable[[Asking, Fields], str]] = {
    "callback": _callback,
    "document": _document,
    "letter": _letter,
    "relay": _relay,
    "judgement": _judgement,
}


def speaker_known(speaker_id: UUID | None) -> UUID:
    """Insist that somebody is named who could be verified.

    Raises: NotThisWay.
    """
    if speaker_id is None:
        raise NotThisWay(_("Choose the customer first, then verify that it is them."), code="no-customer", status=400)
    return speaker_id
