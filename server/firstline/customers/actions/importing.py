"""Takes in another company's customers from a file: tried first, errors by row, gone on with where it stopped."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from django.db import models, transaction
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.crashpoints import crash_point
from firstline.customers.actions.duplicates import gather_candidates, note_some_duplicates
from firstline.customers.actions.imported_consents import check_purposes
from firstline.customers.actions.rows import sorted_out, write_rows
from firstline.customers.actions.unfolding import unfold
from firstline.customers.adapters.excel import EXCEL_ENDING, write_csv
from firstline.customers.models import CustomerImport, ImportProblem
from firstline.customers.reader import CannotImport, Problem, Table, check_mapping
from firstline.files import queries as files

BATCH = 2000
# More mistakes than this are counted, and not listed.
MAX_LISTED = 10_000
Phase = CustomerImport.Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is: rows read, customers made, rows left out, and the share of the work (0 to 1)."""

    rows: int
    made: int
    faulty: int
    share: float


# --- by the command line ---


def try_import(
    *, path: Path, brand: Brand, mapping: Mapping[str, str], on_batch: Callable[[Progress], None]
) -> list[Problem]:
    """Read the whole file and say what is wrong with which row; nothing is written.

    Shape: `mapping` from a column's heading to a field of `reader.FIELDS`. Raises: CannotImport.
    """
    check_purposes(brand, mapping)
    problems: list[Problem] = []
    size = max(path.stat().st_size, 1)
    with _readable(path) as file:
        for far, position, bad in _checked(file, brand, mapping):
            problems += bad
            on_batch(Progress(rows=far.rows, made=far.made, faulty=far.faulty, share=min(position / size, 1.0)))
    return problems


def import_customers(
    *,
    path: Path,
    brand: Brand,
    mapping: Mapping[str, str],
    principal: Principal,
    on_batch: Callable[[Progress], None],
) -> CustomerImport:
    """Take in the file's customers; the same file begun before is gone on with where it stopped, and once done is done.

    Rows that can't be taken in are left out and listed. Whoever seems to be there already is put on the list of
    duplicates; nobody is merged. Shape: as in `try_import`. Raises: CannotImport.
    """
    check_purposes(brand, mapping)
    with _readable(path) as file:
        check_mapping(Table(file).headings, mapping)  # a wrong mapping is said before anything is written
        known = _begun(path, file, brand, mapping, principal)
        while _do_next(known, file):
            known.refresh_from_db()
            on_batch(_progress(known))
        known.refresh_from_db()
    return known


def problems_of(known: CustomerImport) -> list[Problem]:
    """List why rows of a file were left out, `MAX_LISTED` of them or a few more."""
    found = ImportProblem.objects.filter(of=known).order_by("row", "id")
    return [Problem(row=one.row, column=one.column, message=one.message) for one in found]


def _begun(
    path: Path, file: IO[bytes], brand: Brand, mapping: Mapping[str, str], principal: Principal
) -> CustomerImport:
    size = file.seek(0, 2)
    begun = {
        "name": path.name[:200],
        "size": size,
        "mapping": dict(mapping),
        "begun_by_id": principal.id,
        "begun_by": principal.name,
        "started_at": clock.now(),
    }
    known, _is_new = CustomerImport.objects.get_or_create(brand=brand, sha256=hash_of(path), defaults=begun)
    if known.phase not in {Phase.IMPORTING, Phase.COMPARING, Phase.DONE}:
        raise CannotImport(_("This file was uploaded. Go on with it on the page of imports."))
    if known.mapping != dict(mapping):
        raise CannotImport(_("This file was begun with another mapping. Go on with that one."))
    return known


@contextmanager
def _readable(path: Path) -> Iterator[IO[bytes]]:
    """Open a file as CSV; an Excel file is turned into that first, always in the same way."""
    if path.suffix.lower() != EXCEL_ENDING:
        with path.open("rb") as file:
            yield file
        return
    with tempfile.NamedTemporaryFile(suffix=".csv") as unfolded:
        write_csv(path, Path(unfolded.name))
        yield unfolded


# --- by anybody who has time ---


def begin_taking_in(known: CustomerImport) -> None:
    """Let the rows be taken in from the first one on; saves it."""
    ImportProblem.objects.filter(of=known).delete()
    known.phase, known.message = Phase.IMPORTING, ""
    known.position = known.rows = known.made = known.faulty = 0
    known.save()


def do_next(known: CustomerImport) -> bool:
    """Do the next part of what is to be done with a stored file; False when there is nothing more.

    A file that can't be read breaks the import, and says why.
    """
    try:
        if known.file is None:
            return False
        with files.opened(known.file.id) as file:
            return _do_next(known, file)
    except CannotImport as error:
        _current(known).update(phase=Phase.BROKEN, message=error.message)
        return False


def _do_next(known: CustomerImport, file: IO[bytes]) -> bool:
    if known.phase == Phase.UNFOLDING:
        unfold(known, file)
        return False
    if known.phase == Phase.CHECKING:
        return _check(known, file)
    if known.phase == Phase.IMPORTING:
        return _take_in(known, file)
    return known.phase == Phase.COMPARING and _compare(known)


def _current(known: CustomerImport) -> "models.QuerySet[CustomerImport]":
    """Find the import, unless somebody wants something else of it by now."""
    return CustomerImport.objects.filter(id=known.id, run=known.run, phase=known.phase)


def _check(known: CustomerImport, file: IO[bytes]) -> bool:
    """Read it all, telling how far it is; begun anew after a crash."""
    ImportProblem.objects.filter(of=known).delete()
    for far, position, bad in _checked(file, known.brand, known.mapping):
        with transaction.atomic():
            is_wanted = _current(known).update(rows=far.rows, made=far.made, faulty=far.faulty, position=position)
            if not is_wanted:
                return False
            if far.faulty - len(bad) < MAX_LISTED:
                _list(known, bad)
    _current(known).update(phase=Phase.CHECKED)
    return False


def _checked(
    file: IO[bytes], brand: Brand, mapping: Mapping[str, str]
) -> Iterator[tuple[Progress, int, list[Problem]]]:
    """Go through a file batch by batch: how far it is, the byte there, and what is wrong with the rows."""
    table = Table(file)
    reading, seen = table.rows(mapping), set[str]()
    rows = made = 0
    while batch := list(islice(reading, BATCH)):
        good, bad = sorted_out(batch, brand, seen)
        rows, made = rows + len(batch), made + len(good)
        yield Progress(rows=rows, made=made, faulty=rows - made, share=0.0), table.position, bad


def _take_in(known: CustomerImport, file: IO[bytes]) -> bool:
    """Write one batch and how far we are in one transaction, so that no crash takes a row in twice or leaves one out."""
    with transaction.atomic():
        current = _current(known).select_for_update(of=("self",)).select_related("brand").first()
        if current is None:
            return CustomerImport.objects.filter(id=known.id, run=known.run, phase=Phase.COMPARING).exists()
        table = Table(file)
        if current.position:
            table.seek(current.position, row=current.rows + 1)
        batch = list(islice(table.rows(current.mapping), BATCH))
        if not batch:
            current.phase = Phase.COMPARING
            current.save(update_fields=["phase"])
            return True
        good, bad = sorted_out(batch, current.brand, set())
        write_rows(good, current)
        if current.faulty < MAX_LISTED:
            _list(current, bad)
        current.position = table.position
        current.rows, current.made = current.rows + len(batch), current.made + len(good)
        current.faulty = current.rows - current.made
        current.save(update_fields=["position", "rows", "made", "faulty"])
        crash_point("customers.import.before_commit")
        return True


def _compare(known: CustomerImport) -> bool:
    """Compare those who came in with others who are there, some pairs at a time."""
    with transaction.atomic():
        current = _current(known).select_for_update().first()
        if current is None:
            return False
        if current.to_compare is None:
            current.to_compare = gather_candidates(current)
        elif done := note_some_duplicates(current):
            current.compared, current.duplicates = current.compared + done.pairs, current.duplicates + done.noted
        else:
            _finish(current)
            return False
        current.save(update_fields=["to_compare", "compared", "duplicates"])
        return True


def _finish(known: CustomerImport) -> None:
    known.phase, known.finished_at = Phase.DONE, clock.now()
    known.save(update_fields=["phase", "finished_at"])
    audit.record(
        actor_id=known.begun_by_id,
        actor=known.begun_by,
        action="customers.imported",
        about=known.id,
        data={"file": known.name, "made": known.made, "faulty": known.faulty, "duplicates": known.duplicates},
    )


def _progress(known: CustomerImport) -> Progress:
    return Progress(rows=known.rows, made=known.made, faulty=known.faulty, share=share_done(known))


def share_done(known: CustomerImport) -> float:
    """Say how much of what is being done is done, 0 to 1; comparing is the other half of taking in."""
    if known.phase == Phase.DONE:
        return 1.0
    read = min(known.position / max(known.size, 1), 1.0)
    if known.phase == Phase.COMPARING:
        return 0.5 + 0.5 * known.compared / max(known.to_compare or 1, 1)
    return read / 2 if known.phase == Phase.IMPORTING else read


def _list(known: CustomerImport, bad: Sequence[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        ImportProblem(of=known, row=one.row, column=one.column[:200], message=one.message) for one in bad
    )


def hash_of(path: Path) -> str:
    """Give the SHA-256 by which a file is known."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
