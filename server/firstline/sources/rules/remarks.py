"""What looks wrong in the answer to a view that somebody tries: fields that aren't in it, and values of another type."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from firstline.sources.rules.definitions import Field, View
from firstline.sources.rules.values import typed, value_at

MAX_NAMES = 30


def remarks(view: View, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each field of `view` what looks wrong in `rows`; never what stands there, which may be for other eyes."""
    found = (_remark(field, rows) for field in view.fields) if rows else ()
    return [one for one in found if one]


def _remark(field: Field, rows: Sequence[Mapping[str, Any]]) -> str:
    values = [value for row in rows if (value := value_at(row, field.path)) not in (None, "")]
    if not values and not any(_is_there(row, field.path) for row in rows):
        return _("'%(path)s' isn't in the answer. In it are: %(names)s.") % {
            "path": field.path,
            "names": names_in(rows),
        }
    if any(_is_other(field, value) for value in values):
        return _("What stands in '%(path)s' can't be read as %(type)s; it is shown as it is.") % {
            "path": field.path,
            "type": field.type,
        }
    return ""


def _is_there(row: object, path: str) -> bool:
    """Tell whether a row has a place for it, be it empty."""
    if not isinstance(row, Mapping):
        return isinstance(row, list)  # it may be longer the next time
    first, _dot, rest = path.partition(".")
    return path in row or (first in row and (not rest or row[first] is None or _is_there(row[first], rest)))


def _is_other(field: Field, value: object) -> bool:
    """Tell whether it stays a text although it is to be something else."""
    return field.type not in ("text", "link", "document") and isinstance(typed(value, field.type), str)


def names_in(rows: Sequence[Mapping[str, Any]]) -> str:
    """Name what rows have."""
    return ", ".join(list(dict.fromkeys(name for row in rows for name in row))[:MAX_NAMES])
