"""Effects of this channel."""

from firstline.channels.phone import actions
from firstline.outbox.ports import Delivery


def settle(delivery: Delivery) -> None:
    """Give up waiting for the `ringing` of a call."""
    actions.settle(call_id=str(delivery.payload["call_id"]), now=delivery.now)
