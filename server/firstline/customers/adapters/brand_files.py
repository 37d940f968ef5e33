"""What an organisation defines per brand in files: `FIRSTLINE_CUSTOMERS/<brand>/<name>`, read again when it has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings

from firstline.definitions import Notebook, Part, Problem, read_yaml

T = TypeVar("T")
MAX_BYTES = 1_000_000
# The folder for brands that have none of their own.
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined(Generic[T]):
    """What a file says: a value, or all the mistakes in it; neither where there is no such file."""

    value: T | None = None
    problems: tuple[Problem, ...] = ()


_read: dict[Path, tuple[tuple[int, int], Defined[Any]]] = {}


def defined(brand: str, name: str, parse: Callable[[Part], T]) -> Defined[T]:
    """Read a brand's file, or the one for all brands without a file of their own."""
    for folder in (brand, DEFAULT):
        path = Path(settings.FIRSTLINE_CUSTOMERS) / folder / name
        try:
            found = path.stat()
        except OSError:
            continue
        stamp = (found.st_mtime_ns, found.st_size)
        known = _read.get(path)
        if known is None or known[0] != stamp:
            known = _read[path] = (stamp, _parsed(path, f"{folder}/{name}", parse))
        return known[1]
    return Defined()


def brands_with(name: str) -> list[str]:
    """List the folders that have such a file."""
    return sorted(path.parent.name for path in Path(settings.FIRSTLINE_CUSTOMERS).glob(f"*/{name}"))


def _parsed(path: Path, file: str, parse: Callable[[Part], T]) -> Defined[T]:
    notes = Notebook(file=file)
    try:
        text = path.read_bytes()[: MAX_BYTES + 1]
        if len(text) > MAX_BYTES:
            notes.add((), "too-much", f"The file is larger than {MAX_BYTES} bytes.")
        content = read_yaml(text.decode("utf-8"), notes) if not notes.problems else None
    except (OSError, UnicodeDecodeError) as error:
        notes.add((), "unreadable", f"The file can't be read: {error}.")
        content = None
    value = parse(Part(content, (), notes)) if content is not None else None
    problems = tuple(notes.problems)
    return Defined(value=None if problems else value, problems=problems)
