"""Secrets by reference: a definition says where one lies, never what it is."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from firstline.definitions import Part
from firstline.sources.ports import SourceDown

# Which variables of the environment a definition may name that was written on a screen.
SCREEN_PREFIX = "FIRSTLINE_SOURCE_"
_NO_FILE = gettext_noop("its access data are missing: the folder of secrets has no file %(name)s, or an empty one")
_NO_VARIABLE = gettext_noop("its access data are missing: the variable %(name)s of the environment isn't set")
_NEAR_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a secret lies: in an environment variable or in a file (relative to FIRSTLINE_SECRETS)."""

    env: str = ""
    file: str = ""

    def read(self) -> str:
        """Fetch the secret.

        Raises: SourceDown, with the place and never the content.
        """
        if self.env:
            value = os.environ.get(self.env, "")
        else:
            path = Path(settings.FIRSTLINE_SECRETS) / self.file
            try:
                value = path.read_text(encoding="utf-8").strip()
            except OSError:
                value = ""
        if not value:
            raise SourceDown(_NO_VARIABLE if self.env else _NO_FILE, name=self.env or self.file)
        return value


def parse_reference(part: Part, key: str) -> Reference:
    """Read a reference: {env: NAME} or {file: name}."""
    if part.has(key) and not isinstance(part.raw(key), dict):
        part.problem(
            key, "open-secret", f"'{key}' must say where it lies: {{env: NAME}} or {{file: name}}, not what it is."
        )
        return Reference()
    inner = part.part(key)
    reference = Reference(env=inner.text("env", ""), file=inner.text("file", ""))
    if bool(reference.env) == bool(reference.file):
        inner.problem("", "no-reference", "Say either 'env' or 'file'.")
    if inner.notes.is_from_screen:
        _note_far(inner, reference)
    inner.end()
    return reference


def _note_far(inner: Part, reference: Reference) -> None:
    """Keep definitions of screens to what was laid out for sources: a file in the folder, a variable named for it."""
    if reference.file and not _NEAR_FILE.fullmatch(reference.file):
        inner.problem("file", "far-secret", "On screens, 'file' is a name in the folder of secrets, without a path.")
    if reference.env and not reference.env.startswith(SCREEN_PREFIX):
        inner.problem("env", "far-secret", f"On screens, the name of a variable begins with {SCREEN_PREFIX}.")
