"""Commands that can't be carried out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """The command can't be carried out in this state, and changed nothing; often someone else was faster."""

    code: str
    message: str


class Rejected(Exception):
    """Raised while a command is carried out; `advance` answers with the rejection."""

    def __init__(self, code: str, message: str) -> None:
        self.rejection = Rejection(code, message)
        super().__init__(message)
