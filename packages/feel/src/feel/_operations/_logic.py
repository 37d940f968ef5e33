"""Three-valued logic and unary tests (DMN 1.5, clauses 10.3.2.11 and 7.3.3)."""

# Generated code calls these with positional arguments only.
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

from feel._operations._comparison import same, within
from feel._run import Run
from feel._values import Range, described


def all_of(run: Run, position: int, *values: object) -> bool | None:
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else _no_boolean(run, position, "and", values)


def any_of(run: Run, position: int, *values: object) -> bool | None:
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else _no_boolean(run, position, "or", values)


def _no_boolean(run: Run, position: int, operator: str, values: tuple[object, ...]) -> None:
    for value in values:
        if value is not None and type(value) is not bool:
            run.note("type", position, f"“{operator}” needs booleans, not {described(value)}")


def negation(value: object) -> bool | None:
    return not value if type(value) is bool else None


def verdict(run: Run, position: int, value: object) -> bool | None:
    """Take the value of a unary test that speaks of its input: it says itself whether it holds."""
    if value is None or isinstance(value, bool):
        return value
    return run.note("type", position, f"A test must be true or false, not {described(value)}")


def match(run: Run, position: int, value: object, test: object) -> bool | None:
    """Judge a unary test that is a plain expression (DMN 1.5, clause 7.3.3 and table 55)."""
    if isinstance(test, Range):
        return within(run, position, value, test)
    if isinstance(test, list):
        return _in_list(run, position, value, test)
    if type(test) is bool and type(value) is not bool:
        return test
    return same(run, value, test)


def _in_list(run: Run, position: int, value: object, tests: list[object]) -> bool:
    run.spend(len(tests))
    if same(run, value, tests) is True:
        return True
    return any(
        within(run, position, value, test) is True if isinstance(test, Range) else same(run, value, test) is True
        for test in tests
    )
