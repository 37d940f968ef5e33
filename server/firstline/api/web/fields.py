"""Kinds of fields that several requests have."""

from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints

from firstline import codec
from firstline.codec import CodecError

_NO_NUL = r"^[^\x00]*$"
_VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)]
Given = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_VISIBLE)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=_NO_NUL)]
GivenText = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_VISIBLE)]
Key = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
# What is looked for: words, all of which must be found.
Words = Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)]
Moment = AwareDatetime


def _keepable(values: dict[str, Any]) -> dict[str, Any]:
    try:
        codec.dumps(values).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text must be Unicode") from error
    except CodecError as error:
        raise ValueError(error.message) from error
    return values


# Values by name, as JSON has them.
Values = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)], Any],
    Field(max_length=1000),
    AfterValidator(_keepable),
]


class Sent(Schema):
    """A body that a program sends: a name that means nothing here is refused, so that no misspelling goes unnoticed."""

    model_config = ConfigDict(extra="forbid")
