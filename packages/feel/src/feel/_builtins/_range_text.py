"""The built-in that reads a range (DMN 1.5, clause 10.3.4.1 and grammar rules 66 and 67)."""

import re
from decimal import Decimal

from feel import _nodes as n
from feel import _parser, _temporal
from feel._builtins._dates import DATE_BUILTINS
from feel._builtins._signature import builtin, call_builtin
from feel._operations._comparison import order
from feel._run import Run
from feel._values import Range
from feel.errors import Fault, FeelSyntaxError

# Two dots inside a string don't part the ends.
_END = r'((?:"(?:\\.|[^"\\])*"|[^".]|\.(?!\.))*)'
_RANGE = re.compile(rf"\s*([\[(\]]){_END}\.\.{_END}([\])\[])\s*", re.DOTALL)
_MAKERS = {
    name: tuple(entry for entry in DATE_BUILTINS if entry.name == name)
    for name in ("date", "time", "date and time", "duration")
}
_NAMES = _parser.index_names(name for name in _MAKERS if " " in name)


def _range(run: Run, text: str) -> Range:
    """Read a range whose ends are literals: numbers, strings, dates, times or durations.

    An end may be missing where the range is open. Null for anything else that isn't written so, for ends of two types,
    and when the start lies after the end.

        range("[18..21)") → [18..21)
        range("[\\"a\\"..\\"f\\"]") → ["a".."f"]
        range("[date(\\"2026-01-01\\")..@\\"2026-12-31\\"]") → [@"2026-01-01"..@"2026-12-31"]
        5 in range("[2..)") → true
        range("[2..1]") → null
        range("[1 + 1..3]") → null
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        raise Fault("value", "the text is no range")
    start, end = _end_of(run, found[2]), _end_of(run, found[3])
    bounds = Range(start, end, found[1] == "[", found[4] == "]")
    if (start is None and (end is None or bounds.start_included)) or (end is None and bounds.end_included):
        raise Fault("value", "an end may be missing only where the range is open, and not both")
    if order(end if start is None else start, start if end is None else end) > 0:
        raise Fault("value", "the start lies after the end")
    return bounds


def _end_of(run: Run, text: str) -> object:
    """Read an end of a range; None when it's missing. Raises: Fault."""
    if not text.strip():
        return None
    try:
        value = _literal(run, _parser.parse_expression(text, (), _NAMES))
    except FeelSyntaxError:
        value = None
    if value is None:
        raise Fault("value", "each end must be a literal")
    return value


def _literal(run: Run, node: n.Node) -> object:
    match node:
        case n.Literal(str() | Decimal()):
            return node.value
        case n.Negate(n.Literal(Decimal() as number)):
            return number.copy_negate()
        case n.Temporal(text):
            return _temporal.parse_literal(text)
        case n.Call(n.Name(name), arguments, None) if name in _MAKERS:
            values = tuple(part.value for part in arguments if isinstance(part, n.Literal))
            return call_builtin(run, 0, _MAKERS[name], values) if len(values) == len(arguments) else None
    return None


RANGE_TEXT_BUILTINS = (builtin("range(from: string)", _range, run=True),)
