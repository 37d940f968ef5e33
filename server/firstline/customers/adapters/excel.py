"""Turns the first sheet of an Excel file into CSV; needs `pip install 'firstline[files]'`."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from django.utils.translation import gettext as _

from firstline.customers.adapters import unfolding
from firstline.customers.reader import CannotImport

EXCEL_ENDING = ".xlsx"


def check_looks_like_excel(data: bytes) -> None:
    """Refuse at once what is no archive, or can't be read here. Raises: CannotImport."""
    if find_spec("openpyxl") is None:
        message = _("Excel files can't be read here: pip install 'firstline[files]'. Or save the sheet as “CSV UTF-8”.")
        raise CannotImport(message)
    if not zipfile.is_zipfile(BytesIO(data)):
        raise CannotImport(_("This is no Excel file that can be read. Save its sheet as “CSV UTF-8”."))


def write_csv(
    source: Path, target: Path, *, on_rows: Callable[[int, float], bool] = lambda _rows, _share: True
) -> bool:
    """Write the rows of the first sheet that aren't empty; False when somebody didn't want it any more.

    Every so often `on_rows` is told how many rows were read, and the share of all (0 to 1); False from it ends the work.
    Raises: CannotImport.
    """
    with _unfolding(source, target) as (progress, ended):
        for line in progress:
            rows, of = map(int, line.split())
            if not on_rows(rows, min(rows / of, 1.0) if of else 0.0):
                return False
        code = ended()
    if code == unfolding.DONE:
        return True
    if code == unfolding.UNREADABLE:
        raise CannotImport(_("This is no Excel file that can be read. Save its sheet as “CSV UTF-8”."))
    # Too much in it; or the system ended it, for taking too long.
    raise CannotImport(_("The Excel file is too large. Save its sheet as “CSV UTF-8”."))


@contextmanager
def _unfolding(source: Path, target: Path) -> Iterator[tuple[Iterator[str], Callable[[], int]]]:
    # Alone (-I): of this installation it needs what reads Excel, and nothing that somebody put beside the file.
    command = [sys.executable, "-I", unfolding.__file__, str(source), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:  # noqa: S603 -- our own program
        assert child.stdout is not None
        try:
            yield child.stdout, child.wait
        finally:
            child.kill()
