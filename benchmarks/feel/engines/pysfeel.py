"""pySFeel: S-FEEL and more in Python, from the text each time. Conditions need brackets to be read rightly."""

import json
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version

from cases import Case
from measure import Call, measure_all, say
from pySFeel import SFeelParser

TEXTS = {
    "strings": '(contains(email, "@")) and (starts with(name, "Bri")) '
    "and ((string length(upper case(substring(name, 1, 4)))) = 4)",
    "unary tests": '(amount between 100 and 500) and (severity in [2..4]) and (channel in ("email", "web"))',
}
feel = SFeelParser()


def run(text: str) -> object:
    """Parse and evaluate. Raises: ValueError with its first error."""
    status, value = feel.sFeelParse(text)
    if "errors" in status:
        raise ValueError(status["errors"][0])
    return value


def ways(case: Case) -> Iterator[tuple[str, Call]]:
    """Evaluate from the text: a parsed expression can't be kept."""
    for name, value in case.context.items():
        run(f"{name} <- " + (f'@"{value.isoformat()}"' if isinstance(value, date) else json.dumps(value)))
    text = TEXTS.get(case.name, case.text)
    yield "parse and evaluate", lambda: run(text)


say(version=version("pySFeel"))
measure_all(ways)
