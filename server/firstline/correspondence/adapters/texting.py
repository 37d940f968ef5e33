"""Text messages, by the gateway that takes mail for a number, as the brand's policy names it."""

from firstline.correspondence import rules
from firstline.identity.adapters.loaded import policy_of


def gateway_address(*, brand: str, number: str) -> str:
    """Say to which address mail for a number goes; '' where the brand has no gateway, or nothing could be sent there."""
    gateway = policy_of(brand).code.text_message
    digits = number.lstrip("+")
    return rules.deliverable(gateway.replace("{number}", digits)) if gateway and digits.isdecimal() else ""


def on_the_wire(*, brand: str, channel: str, address: str) -> str:
    """Write an address of a channel as the mail server gets it; '' for what can't be delivered."""
    return gateway_address(brand=brand, number=address) if channel == "sms" else rules.deliverable(address)
