"""The channels' tables, one module per channel."""

from firstline.channels.email.models import Mailbox, RawMessage
from firstline.channels.phone.models import PhoneEvent
from firstline.channels.webform.models import FormSent

__all__ = ["FormSent", "Mailbox", "PhoneEvent", "RawMessage"]
