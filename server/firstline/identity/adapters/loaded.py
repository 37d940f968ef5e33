"""The policies in use, read from the folder in settings at first use."""

import threading
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from firstline.definitions import Problem
from firstline.identity.rules.policy import Policy, PolicyProblems, parse_policies
from firstline.sources.adapters import loaded as sources

_lock = threading.Lock()
_loaded: Mapping[str, Policy] | None = None
NONE = Policy()


def policies() -> Mapping[str, Policy]:
    """Give the policies by brand.

    Raises: PolicyProblems.
    """
    global _loaded  # noqa: PLW0603 -- read once per process
    with _lock:
        if _loaded is None:
            _loaded = parse_policies(read_folder(Path(settings.FIRSTLINE_IDENTITY)))
        return _loaded


def policy_of(brand: str) -> Policy:
    """Give what holds for a brand: its own policy, the one for all others, or none."""
    found = policies()
    return found.get(brand) or found.get("") or NONE


def forget() -> None:
    """Read the policies anew at next use."""
    global _loaded  # noqa: PLW0603 -- read once per process
    with _lock:
        _loaded = None


def read_folder(folder: Path) -> dict[str, str]:
    """Give the text of each policy in a folder, by file name."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}


def check_folder(folder: Path) -> Mapping[str, Policy]:
    """Read the policies of `folder`, and look up in the sources' definitions what they name.

    Raises: PolicyProblems with every mistake.
    """
    found = parse_policies(read_folder(folder))
    problems = [problem for brand, policy in found.items() for problem in _unknown(brand, policy)]
    if problems:
        raise PolicyProblems(problems)
    return found


def _unknown(brand: str, policy: Policy) -> list[Problem]:
    """Find the views, fields and commands that no source defines."""
    missing = [
        f"questions.{one.key}: view '{one.view}', field '{one.field}'"
        for one in policy.questions.values()
        if not _has(one.view, one.field)
    ]
    missing += [f"needs.views: view '{key}'" for key in policy.views if sources.find_view(key) is None]
    missing += [f"needs.commands: command '{key}'" for key in policy.commands if sources.find_command(key) is None]
    return [
        Problem(file=brand or "(all others)", line=1, place=place, code="unknown", message=f"No source defines {what}.")
        for place, _colon, what in (one.partition(": ") for one in missing)
    ]


def _has(view: str, field: str) -> bool:
    found = sources.find_view(view)
    return found is not None and any(one.name == field for one in found[1].fields)
