"""Small pieces of generated Python: built as `ast` nodes, never as text.

Safety: every identifier in generated code is ours, and it runs with no Python built-ins but those that we hand it. What
an author wrote only ever ends up in constants.
"""

import ast
import itertools
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType

Code = Callable[..., object]
_PLACED = (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.excepthandler)


class Names:
    """The globals of one generated function, and fresh identifiers for it."""

    def __init__(self, operations: Mapping[str, object]) -> None:
        self.globals = dict(operations)
        self._numbers = itertools.count(1)

    def variable(self) -> str:
        """Give an identifier that isn't used yet."""
        return f"v{next(self._numbers)}"

    def constant(self, value: object) -> ast.expr:
        """Give code for a value that never changes."""
        if value is None or isinstance(value, str | bool):
            return ast.Constant(value)
        name = f"k{next(self._numbers)}"
        self.globals[name] = value
        return load(name)

    def function(self, node: ast.Lambda | ast.FunctionDef, defaults: tuple[object, ...] = ()) -> Code:
        """Turn generated code into a function; `defaults` are those of its last parameters."""
        _locate(node)
        if isinstance(node, ast.Lambda):
            made: Code = FunctionType(compile(ast.Expression(node), "<feel>", "eval"), self.globals)()
            return made
        whole = compile(ast.Module([node], []), "<feel>", "exec")
        code = next(constant for constant in whole.co_consts if isinstance(constant, CodeType))
        return FunctionType(code, self.globals, None, defaults)


def _locate(node: ast.AST) -> None:
    """Give every node the place that Python asks for; all the same, as nobody will see it."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, _PLACED):
            part.lineno = part.end_lineno = 1
            part.col_offset = part.end_col_offset = 0
        for field in part._fields:
            value = getattr(part, field)
            if type(value) is list:
                pending.extend(item for item in value if isinstance(item, ast.AST))
            elif isinstance(value, ast.AST) and value._fields:
                pending.append(value)


def parameters(*names: str) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


def load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    return ast.Name(name, ast.Store())


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([store(name)], value)


def call(function: str | ast.expr, *arguments: ast.expr) -> ast.Call:
    return ast.Call(load(function) if isinstance(function, str) else function, list(arguments), [])


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [operator], [right])


def is_(value: ast.expr, *, constant: bool, negated: bool = False) -> ast.expr:
    if isinstance(value, ast.Constant):
        # Python warns of a comparison whose outcome it sees.
        return ast.Constant((value.value is constant) is not negated)
    return compare(value, ast.IsNot() if negated else ast.Is(), ast.Constant(constant))


def joined(operator: ast.boolop, conditions: list[ast.expr]) -> ast.expr:
    return conditions[0] if len(conditions) == 1 else ast.BoolOp(operator, conditions)
