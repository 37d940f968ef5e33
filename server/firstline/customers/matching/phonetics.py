"""How a name sounds: the Cologne phonetics (H. J. Postel, Die Kölner Phonetik, 1969), which serves German and Dutch names, and English ones well enough."""

from functools import lru_cache

_CODES = {
    **dict.fromkeys("aeijouy", "0"),
    "b": "1",
    **dict.fromkeys("fvw", "3"),
    **dict.fromkeys("gkq", "4"),
    "l": "5",
    **dict.fromkeys("mn", "6"),
    "r": "7",
    **dict.fromkeys("sz", "8"),
}
_C_AT_START, _C_ELSEWHERE = frozenset("ahkloqrux"), frozenset("ahkoqux")


@lru_cache(maxsize=200_000)
def sound(name: str) -> str:
    """Write a folded name as the digits of its sounds.

    >>> sound("meier") == sound("mayr") == sound("maier")
    True
    >>> sound("breschnew")
    '17863'
    """
    codes: list[str] = []
    for place, letter in enumerate(name):
        before = name[place - 1] if place else ""
        after = name[place + 1] if place + 1 < len(name) else ""
        for code in _code(letter, before, after):
            if not codes or codes[-1] != code:
                codes.append(code)
    return "".join(code for place, code in enumerate(codes) if code != "0" or place == 0)


def _code(letter: str, before: str, after: str) -> str:
    if letter == "p":
        return "3" if after == "h" else "1"
    if letter in "dt":
        return "8" if after and after in "csz" else "2"
    if letter == "x":
        return "8" if before and before in "ckq" else "48"
    if letter == "c":
        return _code_of_c(before, after)
    return _CODES.get(letter, "")


def _code_of_c(before: str, after: str) -> str:
    if not before:
        return "4" if after in _C_AT_START else "8"
    return "4" if after in _C_ELSEWHERE and before not in "sz" else "8"
