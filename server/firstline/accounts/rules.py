"""When a login is held back."""

from datetime import timedelta

WINDOW = timedelta(minutes=10)
MAX_FAILURES_PER_PERSON = 10
MAX_FAILURES_PER_NETWORK = 50


def is_locked(*, failures_of_person: int, failures_of_network: int) -> bool:
    """Tell whether so many failures within the window close the door for a while."""
    return failures_of_person >= MAX_FAILURES_PER_PERSON or failures_of_network >= MAX_FAILURES_PER_NETWORK
