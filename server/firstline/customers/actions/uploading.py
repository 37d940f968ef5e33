"""Files of customers on screen: uploaded, mapped, tried, taken in; the work itself is done by the workers."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers.actions.imported_consents import check_purposes
from firstline.customers.actions.importing import begin_taking_in
from firstline.customers.actions.unfolding import first_look
from firstline.customers.adapters.excel import EXCEL_ENDING, check_looks_like_excel
from firstline.customers.models import CustomerImport
from firstline.customers.reader import CannotImport, check_mapping
from firstline.errors import Conflict
from firstline.files import actions as files
from firstline.outbox import actions as outbox

MAX_UPLOAD = 95 * 1024 * 1024
Phase = CustomerImport.Phase
_STOPPED = {
    Phase.UNFOLDING: Phase.BROKEN,
    Phase.CHECKING: Phase.DRAFT,
    Phase.IMPORTING: Phase.STOPPED,
    Phase.COMPARING: Phase.STOPPED,
}


class NotNow(Conflict):
    """The import isn't where this can be done."""

    code = "not-now"


def upload(*, data: bytes, name: str, brand: Brand, principal: Principal) -> UUID:
    """Keep a file of customers and read its first rows; the same file again is the import that it was.

    An Excel file is turned into a table by the workers first, anew where that broke off. Raises: CannotImport, FileTooLarge.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    before = CustomerImport.objects.filter(brand=brand, sha256=sha256, file__isnull=False).first()
    if before is not None:
        _unfold_again(before)
        return before.id
    is_excel = name.lower().endswith(EXCEL_ENDING)
    if is_excel:
        check_looks_like_excel(data)
    look = {} if is_excel else first_look(BytesIO(data))
    stored = files.store(data=data, name=name, most=MAX_UPLOAD)
    with transaction.atomic():
        known, is_new = CustomerImport.objects.get_or_create(
            brand=brand,
            sha256=sha256,
            defaults={
                "name": stored.name[:200],
                "file": stored,
                "size": stored.size,
                "phase": Phase.UNFOLDING if is_excel else Phase.DRAFT,
                "begun_by_id": principal.id,
                "begun_by": principal.name,
                "started_at": clock.now(),
                **look,
            },
        )
        if is_new and is_excel:
            _begin(known)
    if known.file is None:
        raise CannotImport(_("This file is being taken in by the command line. Go on with it there."))
    return known.id


@transaction.atomic
def _unfold_again(known: CustomerImport) -> None:
    """Begin anew with an Excel file that couldn't be turned into a table: whatever was in the way may be gone."""
    known = CustomerImport.objects.select_for_update().get(id=known.id)
    if known.phase == Phase.BROKEN and not known.headings:
        known.phase, known.message, known.rows, known.position = Phase.UNFOLDING, "", 0, 0
        _begin(known)


@transaction.atomic
def choose_mapping(*, import_id: UUID, mapping: Mapping[str, str]) -> None:
    """Say which column is what; what was tried with another mapping is forgotten. Raises: CannotImport, NotNow."""
    known = _locked(import_id, Phase.DRAFT, Phase.CHECKED, Phase.BROKEN)
    check_mapping(known.headings, mapping)
    check_purposes(known.brand, mapping)
    known.mapping, known.phase, known.message = dict(mapping), Phase.DRAFT, ""
    known.save()


@transaction.atomic
def start_check(*, import_id: UUID) -> None:
    """Try the whole file; nothing is taken in. Raises: CannotImport, NotNow."""
    known = _locked(import_id, Phase.DRAFT, Phase.CHECKED, Phase.BROKEN)
    check_mapping(known.headings, known.mapping)
    check_purposes(known.brand, known.mapping)
    known.phase, known.message = Phase.CHECKING, ""
    known.position = known.rows = known.made = known.faulty = 0
    _begin(known)


@transaction.atomic
def start_import(*, import_id: UUID, principal: Principal) -> None:
    """Take in what can be taken in of a file that was tried, or go on where it was stopped. Raises: NotNow."""
    known = _locked(import_id, Phase.CHECKED, Phase.STOPPED)
    if known.phase == Phase.CHECKED:
        if not known.made:
            raise NotNow(_("No row of this file can be taken in. Look at the reasons, and change the mapping."))
        begin_taking_in(known)
    known.phase = Phase.IMPORTING
    _begin(known)
    _note(known, "customers.import-started", principal)


@transaction.atomic
def stop_import(*, import_id: UUID, principal: Principal) -> None:
    """Stop after what is in hand; whoever was taken in stays. Raises: NotNow."""
    known = _locked(import_id, *_STOPPED)
    if known.phase == Phase.UNFOLDING:
        known.message = gettext_noop("The Excel file wasn't read to its end.")
    known.phase = _STOPPED[Phase(known.phase)]
    known.run += 1
    known.save()
    _note(known, "customers.import-stopped", principal)


def _locked(import_id: UUID, *phases: CustomerImport.Phase) -> CustomerImport:
    known = CustomerImport.objects.select_for_update().get(id=import_id)
    if known.file_id is None or known.phase not in phases:
        raise NotNow(_("The import has gone on meanwhile. Look at it again."))
    return known


def _begin(known: CustomerImport) -> None:
    known.run += 1
    known.save()
    payload = {"import_id": str(known.id), "run": known.run}
    outbox.put(kind="customers.import", key=f"customers.import:{known.id}:{known.run}", payload=payload, about=known.id)


def _note(known: CustomerImport, action: Action, principal: Principal) -> None:
    data = {"file": known.name, "rows": known.rows, "made": known.made}
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=known.id, data=data)
