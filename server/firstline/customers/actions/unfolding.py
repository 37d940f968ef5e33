"""An Excel file becomes a table that is read row by row, and its first rows are looked at."""

import shutil
import tempfile
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from firstline.customers.adapters.excel import write_csv
from firstline.customers.adapters.unfolding import MAX_TABLE_BYTES
from firstline.customers.models import CustomerImport
from firstline.customers.reader import CannotImport, Table, guessed_mapping
from firstline.files import actions as files

SAMPLE_ROWS = 3
SAMPLE_CHARACTERS = 80
Phase = CustomerImport.Phase


def first_look(file: IO[bytes]) -> dict[str, Any]:
    """Give what an import knows of its table: headings, the first rows, what each column may be. Raises: CannotImport."""
    table = Table(file)
    cells = [cells for _number, cells in islice(table.cells(), SAMPLE_ROWS)]
    if not cells:
        raise CannotImport(_("The file has no rows below its first, which names the columns."))
    return {
        "headings": table.headings,
        "sample": [[cell[:SAMPLE_CHARACTERS] for cell in row[: len(table.headings)]] for row in cells],
        "mapping": guessed_mapping(table.headings),
    }


def unfold(known: CustomerImport, file: IO[bytes]) -> None:
    """Turn the stored Excel file into a table, telling how far it is; begun anew after a crash. Raises: CannotImport."""
    current = CustomerImport.objects.filter(id=known.id, run=known.run, phase=Phase.UNFOLDING)

    def tell(rows: int, share: float) -> bool:
        return bool(current.update(rows=rows, position=int(share * known.size)))

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "book", Path(folder) / "table.csv"
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        if not write_csv(source, target, on_rows=tell):
            return
        with target.open("rb") as table:
            look = first_look(table)
        stored = files.store(data=target.read_bytes(), name=known.name, most=MAX_TABLE_BYTES)
    current.update(phase=Phase.DRAFT, file=stored, size=stored.size, rows=0, position=0, **look)
