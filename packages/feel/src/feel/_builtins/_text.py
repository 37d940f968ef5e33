"""Values as FEEL text."""

from decimal import Decimal

from feel import _limits, _temporal
from feel._run import Run
from feel._values import NUMBERS, Function, Range
from feel.errors import Fault

_CHARACTERS_PER_STEP = 64


def to_text(run: Run, value: object, *, inside: bool = False) -> str:
    """Write a value as FEEL would; `inside` lists, contexts and ranges strings are quoted. Raises: Fault, Exhausted."""
    if isinstance(value, list):
        text = "[" + ", ".join(to_text(run, item, inside=True) for item in value) + "]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{_label(key)}: {to_text(run, item, inside=True)}" for key, item in value.items()) + "}"
    elif isinstance(value, Range):
        text = _range_text(run, value)
    else:
        text = _plain_text(value, inside=inside)
    # Paid part by part, so that a list of long texts ends before it fills the memory.
    run.spend(1 + len(text) // _CHARACTERS_PER_STEP)
    if len(text) > _limits.MAX_STRING:
        raise Fault("limit", f"the string is longer than {_limits.MAX_STRING} characters")
    return text


def _plain_text(value: object, *, inside: bool) -> str:
    if isinstance(value, str):
        return _quoted(value) if inside else value
    if isinstance(value, Decimal):
        return format(value, "f") if value else _zero_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, _temporal.Temporal):
        text = _temporal.to_text(value)
        return f'@"{text}"' if inside else text
    return f"function({', '.join(value.parameters)})" if isinstance(value, Function) else ""


def _zero_text(zero: Decimal) -> str:
    """Write zero without a sign, and with its places when they aren't what an underflow left."""
    places = -zero.adjusted()
    return format(zero.copy_abs(), "f") if places <= NUMBERS.prec else "0"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _label(key: str) -> str:
    return key if all(word.isidentifier() for word in key.split(" ")) else _quoted(key)


def _range_text(run: Run, value: Range) -> str:
    if value.single:
        return f"= {to_text(run, value.start, inside=True)}"
    if value.start is None:
        return f"{'<=' if value.end_included else '<'} {to_text(run, value.end, inside=True)}"
    if value.end is None:
        return f"{'>=' if value.start_included else '>'} {to_text(run, value.start, inside=True)}"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{to_text(run, value.start, inside=True)}..{to_text(run, value.end, inside=True)}{closing}"
