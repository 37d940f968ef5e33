"""How it is told that something went wrong (RFC 9457)."""

from ninja import Schema
from pydantic import Field


class Problem(Schema):
    """What went wrong, after RFC 9457; sent as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What happened and what to do, in words.")
    code: str = Field(description="For programs.")


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """List what may go wrong, for the description of a request."""
    return dict.fromkeys(statuses, Problem)
