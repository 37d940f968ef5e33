"""How much a form may hold, and how often one may be sent, decided as pure functions."""

from collections.abc import Sequence
from datetime import timedelta

WINDOW = timedelta(minutes=10)
MAX_SENT_PER_NETWORK = 20
MAX_FILES = 5
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_REQUEST_BYTES = 25 * 1024 * 1024
MAX_NAME, MAX_ADDRESS, MAX_NUMBER = 120, 254, 40


def is_held_back(*, sent: int) -> bool:
    """Tell whether so many forms came from one network within the window that the next has to wait."""
    return sent >= MAX_SENT_PER_NETWORK


def is_too_large(*, sizes: Sequence[int]) -> bool:
    """Tell whether a file is too large, or there are too many."""
    return len(sizes) > MAX_FILES or any(size > MAX_FILE_BYTES for size in sizes)
