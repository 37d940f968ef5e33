"""What generated code calls, by the names that it uses."""

from feel import _builtins
from feel._operations import _access, _arithmetic, _calls, _comparison, _logic, _loops

OPERATIONS: dict[str, object] = {
    "__builtins__": {},
    "call_builtin": _builtins.call_builtin,
    "call_builtin_by_name": _builtins.call_builtin_by_name,
    **{
        operation.__name__: operation
        for operation in (
            _arithmetic.add,
            _logic.all_of,
            _logic.any_of,
            _calls.call,
            _arithmetic.divide,
            _comparison.equal,
            _loops.for_each,
            _comparison.greater,
            _comparison.greater_equal,
            _access.has,
            _calls.instance_of,
            _access.item_at,
            _comparison.less,
            _comparison.less_equal,
            _calls.make_function,
            _comparison.make_range,
            _logic.match,
            _arithmetic.multiply,
            _arithmetic.negate,
            _logic.negation,
            _calls.external,
            _comparison.not_equal,
            _access.path,
            _arithmetic.power,
            _loops.quantify,
            _calls.refuse,
            _access.select,
            _arithmetic.subtract,
            _logic.verdict,
            _comparison.within,
        )
    },
}
OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "**": "power",
    "=": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
