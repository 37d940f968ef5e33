"""Effects of this channel."""

from uuid import UUID

from django.db import DataError, InterfaceError, OperationalError

from firstline.channels.email import actions
from firstline.errors import FirstlineError
from firstline.outbox.ports import Delivery

ENOUGH_ATTEMPTS = 4


def parse(delivery: Delivery) -> None:
    """Parse one message that arrived; what can't be registered is put aside, so that it doesn't come up for ever."""
    register(UUID(str(delivery.payload["raw_message_id"])), is_last_attempt=delivery.attempt >= ENOUGH_ATTEMPTS)


def register(raw_message_id: UUID, *, is_last_attempt: bool) -> UUID | None:
    """Register a message as a contact; None when it went into quarantine, where the reason stands."""
    try:
        return actions.handle(raw_message_id=raw_message_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away, not the message bad
    except (DataError, FirstlineError, ValueError) as error:
        actions.quarantine(raw_message_id=raw_message_id, problem=_sentence(error))
    except Exception as error:
        if not is_last_attempt:
            raise
        actions.quarantine(raw_message_id=raw_message_id, problem=_sentence(error))
    return None


def _sentence(error: Exception) -> str:
    words = f"{type(error).__name__}: {error}".replace("\x00", "")[:500]
    return f"This message couldn't be registered ({words}). Open the original."
