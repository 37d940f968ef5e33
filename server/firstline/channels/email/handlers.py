"""Effects of this channel."""

from uuid import UUID

from django.db import DataError, InterfaceError, OperationalError

from firstline.channels.email import actions
from firstline.errors import FirstlineError
from firstline.outbox.ports import Delivery

ENOUGH_ATTEMPTS = 4


def parse(delivery: Delivery) -> None:
    """Parse one message that arrived; what can't be registered is put aside, so that it doesn't come up for ever."""
    raw_message_id = UUID(str(delivery.payload["raw_message_id"]))
    try:
        actions.handle(raw_message_id=raw_message_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away, not the message bad
    except (DataError, FirstlineError, ValueError) as error:
        actions.quarantine(raw_message_id=raw_message_id, problem=_sentence(error))
    except Exception as error:
        if delivery.attempt < ENOUGH_ATTEMPTS:
            raise
        actions.quarantine(raw_message_id=raw_message_id, problem=_sentence(error))


def _sentence(error: Exception) -> str:
    words = f"{type(error).__name__}: {error}".replace("\x00", "")[:500]
    return f"This message couldn't be registered ({words}). Open the original."
