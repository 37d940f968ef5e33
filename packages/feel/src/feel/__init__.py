"""FEEL, the expression language of DMN, compiled to Python code objects.

>>> import feel
>>> feel.evaluate("if amount > 100 then amount * 0.9 else amount", {"amount": 200}).value
Decimal('180.0')
"""

from feel._expressions import (
    BUILTIN_NAMES,
    Expression,
    Rows,
    UnaryTests,
    Values,
    compile_expression,
    compile_rows,
    compile_unary_tests,
    evaluate,
    values,
)
from feel._external import external_function
from feel._printer import format_expression, format_unary_tests
from feel._run import Evaluation
from feel._types import Type
from feel._values import Function, MonthsDuration, Range, from_python
from feel._wide import WideDate, WideDateTime, WideDuration, WideTime, narrowed
from feel.errors import Diagnostic, FeelError, FeelSyntaxError, Problem

__all__ = [
    "BUILTIN_NAMES",
    "Diagnostic",
    "Evaluation",
    "Expression",
    "FeelError",
    "FeelSyntaxError",
    "Function",
    "MonthsDuration",
    "Problem",
    "Range",
    "Rows",
    "Type",
    "UnaryTests",
    "Values",
    "WideDate",
    "WideDateTime",
    "WideDuration",
    "WideTime",
    "compile_expression",
    "compile_rows",
    "compile_unary_tests",
    "evaluate",
    "external_function",
    "format_expression",
    "format_unary_tests",
    "from_python",
    "narrowed",
    "values",
]
