"""The errors that a person or a program may see; `config.middleware` turns them into HTTP."""


class FirstlineError(Exception):
    """Something can't be done; the message says so in words, and what to do next.

    `code` is stable for programs, `status` the HTTP status, `fields` what the message is about.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.fields = fields


class AccessDenied(FirstlineError):
    """This principal may not have this object. A stranger isn't told that it exists: status 404."""

    code = "access-denied"
    status = 404


class Forbidden(FirstlineError):
    """This principal may see the object but not do this with it."""

    code = "forbidden"
    status = 403


class Conflict(FirstlineError):
    """Somebody else was faster, or the state has moved on."""

    code = "conflict"
    status = 409
