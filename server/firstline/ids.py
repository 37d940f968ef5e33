"""Identities: UUIDv7 for machines, short numbers with a check digit for people on the phone."""

import os
import struct
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ns = 0

# Damm's quasigroup: finds every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_id() -> UUID:
    """Make a UUIDv7 (RFC 9562, method 3) that is later than every other of this process."""
    return UUID(int=_next())


def new_text() -> str:
    """Make such an id as text; where that is all that is wanted, it takes a third of the time.

    >>> len(new_text()), new_text() < new_text()
    (36, True)
    """
    digits = f"{_next():032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _next() -> int:
    global _last_ns  # noqa: PLW0603 -- the order within a process needs the last one
    with _lock:
        _last_ns = max(time.time_ns(), _last_ns + 250)
        nanoseconds = _last_ns
        if not _at_random:
            _at_random.extend(struct.unpack(f"{_SUPPLY}Q", os.urandom(8 * _SUPPLY)))
        random = _at_random.pop() >> 2
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random


# Asking the system for each of them would take longer than all else about an id.
_SUPPLY = 64
_at_random: list[int] = []
# Two processes never draw from one supply.
os.register_at_fork(after_in_child=_at_random.clear)


def short_number(sequence: int) -> str:
    """Write `sequence` with a check digit behind it, as a person says it on the phone.

    >>> short_number(572)
    '5724'
    """
    digits = str(sequence)
    return digits + str(_damm(digits))


def is_short_number(text: str) -> bool:
    """Tell whether `text` is a number whose check digit is right.

    >>> is_short_number("5724"), is_short_number("5274")
    (True, False)
    """
    return text.isascii() and text.isdigit() and len(text) > 1 and _damm(text) == 0


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
