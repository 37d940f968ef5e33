"""What is asked of a connector, and what it may answer; what a job looks like to this app."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from firstline.errors import FirstlineError

Row = dict[str, Any]
# "exactly-once": the write and its key stand or fall together in the target. "verified": the target knows no keys; before
# every further attempt it is looked at whether the earlier one went through.
Guarantee = Literal["exactly-once", "verified"]


class SourceProblem(Exception):
    """What is wrong with a source: `message`, which may have places such as %(status)s, and the `values` for them.

    >>> str(SourceProblem("it answered %(status)s", status=503))
    'it answered 503'
    """

    def __init__(self, message: str = "", **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message.rstrip(".")
        self.values = values

    def told(self) -> str:
        """Say it in the language of whoever looks. Our own words are translated; what the system itself said stays as it said it."""
        translated = _(self.message) if self.message else ""
        return translated % self.values if self.values else translated


ANSWERED = gettext_noop("it answered %(status)s")
CANT_ASK = gettext_noop("the request can't be made (%(reason)s)")
CANT_USE = gettext_noop("its answer can't be used: %(reason)s")
NOT_LET_IN = gettext_noop("it doesn't accept our access data: the user, the password or the name of the database")
NOT_OF_TYPE = gettext_noop("'%(value)s' can't be asked for: it is no %(kind)s")
TOO_LARGE = gettext_noop("its answer can't be used: it is larger than %(most)s bytes")
UNREACHABLE = gettext_noop("it can't be reached")
UNTRUSTED = gettext_noop("its certificate isn't trusted here, or is another host's")


class SourceDown(SourceProblem):
    """The source doesn't answer, or not in time, or says that it can't now. Trying again may help.

    The message may be shown to staff and is kept; it holds no secret.
    """


class SourceLate(SourceDown):
    """The source didn't answer in the time that it was given; what was asked of it may still happen."""


class SourceRefused(SourceProblem):
    """The source says no for good: trying the same again can't help. The message is what it said."""


class SourceChanged(SourceProblem):
    """What was to be written to has another version than the one that was read."""


class Connector(Protocol):
    """A way into one source. Every method raises SourceDown, SourceLate or SourceRefused, and nothing else on purpose.

    Answers are within the bounds of `rules.values.bounded`.
    """

    guarantee: Guarantee

    def read(self, read: Any, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        """Ask, without being able to change anything; at most `limit` rows."""

    def write(self, write: Any, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        """Change all `records`, once per `key` where the target can; a second time with the same key does nothing.

        Raises: also SourceChanged, when a record isn't in the version that it says.
        """

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        """Tell whether a write with `key` went through; None where the target can't tell."""

    def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class FetchesDocuments(Protocol):
    """A connector that fetches documents, too; raises what `Connector` raises."""

    def fetch(self, document: Any, parameters: Mapping[str, Any], *, seconds: float) -> bytes | None:
        """Fetch one document of at most `values.MAX_DOCUMENT_BYTES`; None when there is none."""


class Job(Protocol):
    """A step for a machine, as the process engine hands it over."""

    @property
    def id(self) -> UUID: ...
    @property
    def key(self) -> str: ...
    @property
    def instance_id(self) -> UUID: ...
    @property
    def business_id(self) -> UUID | str: ...
    @property
    def element_id(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...
    @property
    def attempt(self) -> int: ...
    @property
    def now(self) -> datetime: ...


class CommandFailed(FirstlineError):
    """A command can't be carried out; the process decides what to do about it. `code` is CONFLICT or REFUSED."""


class CommandConflict(CommandFailed):
    """Somebody changed the record after it was seen, so that writing would undo their change unseen."""

    code = "CONFLICT"
    status = 409


class CommandRefused(CommandFailed):
    """The source, or the definition, says no for good."""

    code = "REFUSED"
    status = 422


class CannotCompensate(FirstlineError):
    """What was written can't be taken back; a person must look at it."""

    code = "cannot-compensate"
    status = 409
