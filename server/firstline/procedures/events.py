"""What happened to procedures."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDeployed:
    """A procedure was deployed; it is used only once it is activated."""

    release_id: str
    procedure_key: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseActivated:
    """A release is used for new cases from now on, or from a later moment."""

    release_id: str
    procedure_key: str
    brand: str
    from_at: datetime
    share: int
