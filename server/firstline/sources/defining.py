"""Writes: definitions of sources that administrators write on screens."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.definitions import Problem
from firstline.errors import Conflict, FirstlineError
from firstline.sources.adapters import loaded, stored
from firstline.sources.connectors.table import PARSERS
from firstline.sources.models import Definition
from firstline.sources.rules.definitions import DefinitionProblems, Source, parse_sources

MAX_TEXT = 200_000
_CHANGED = gettext_noop("Somebody else has saved this source meanwhile. Look at their version, and save yours again.")
_TAKEN = gettext_noop(
    "There is a source '%(key)s' already, or there was one. Change it on its own page, or choose another key for this one."
)


class CannotDefine(FirstlineError):
    """The text is no definition; `problems` are all mistakes, with their lines."""

    code = "bad-definition"
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(_("Nothing was saved. Correct what is named below, then save again."))
        self.problems = tuple(problems)


class DefinedElsewhere(FirstlineError):
    """Files define it, or everything: they win, and screens can't change them."""

    code = "defined-elsewhere"
    status = 409


def check(text: str) -> Source:
    """Read a definition as it would be used.

    Raises: CannotDefine.
    """
    if len(text) > MAX_TEXT:
        longest = _("A definition has at most %(n)s characters.") % {"n": MAX_TEXT}
        raise CannotDefine([Problem(file="", line=1, place="(file)", code="too-much", message=longest)])
    try:
        found = parse_sources({"": text.replace("\r\n", "\n")}, PARSERS, is_from_screen=True)
    except DefinitionProblems as problems:
        raise CannotDefine(problems.problems) from None
    return next(iter(found.values()))


def save(*, principal: Principal, text: str, source: str, based_on: int) -> Definition:
    """Store a new version; `source` is the key whose page it comes from, empty for a new one; `based_on` the version that was seen.

    Raises: CannotDefine, DefinedElsewhere, Conflict when somebody else has saved meanwhile.
    """
    found = check(text)
    if source and found.key != source:
        keeps = _(
            "The key of a source stays: readings and changes are kept by it. Write '%(key)s', or make a new source."
        )
        raise CannotDefine([Problem(file="", line=1, place="key", code="other-key", message=keeps % {"key": source})])
    return _store(principal, found.key, text.replace("\r\n", "\n"), based_on=based_on, action="source.defined")


def withdraw(*, principal: Principal, source: str, based_on: int) -> Definition:
    """Take a source out of use; its versions stay.

    Raises: DefinedElsewhere, Conflict.
    """
    return _store(principal, source, "", based_on=based_on, action="source.withdrawn")


def _store(principal: Principal, key: str, text: str, *, based_on: int, action: Action) -> Definition:
    if settings.FIRSTLINE_SOURCES_LOOK_SECONDS is None:
        raise DefinedElsewhere(_("Sources are defined in files only here. Change the file, and restart."))
    if key in loaded.in_use().files:
        raise DefinedElsewhere(
            _("A file defines '%(key)s', and files win. Change the file, and restart.") % {"key": key}
        )
    with transaction.atomic():
        known = stored.versions(key)
        if (known[0].number if known else 0) != based_on:
            raise Conflict(_(_CHANGED if based_on else _TAKEN) % {"key": key})
        made = Definition.objects.create(
            source=key, number=based_on + 1, text=text, made_by=principal.id, made_by_name=principal.name
        )
        audit.record(
            actor_id=principal.id, actor=principal.name, action=action, about=key, data={"version": made.number}
        )
        transaction.on_commit(loaded.look_again)
    return made
