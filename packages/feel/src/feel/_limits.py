"""How much a text may ask for: hostile input ends in a problem or a diagnostic, never in a stuck process."""

MAX_TEXT = 100_000
"""Characters of one expression."""

MAX_NESTING = 64
"""Brackets, functions and keywords inside each other, as written."""

MAX_DEPTH = 200
"""Nodes on one path of the tree; long chains of operators count too."""

MAX_STEPS = 1_000_000
"""Loop turns and list items built in one evaluation."""

MAX_CALLS = 64
"""Functions of the author calling each other."""

MAX_STRING = 1_000_000
"""Characters of one string that an evaluation builds."""

MAX_CONTEXT_DEPTH = 64
"""Lists and contexts inside each other in a value that comes in."""

MAX_DIAGNOSTICS = 50
MAX_PATTERN = 2_000
"""Characters of a regular expression."""

REGEX_SECONDS = 0.5
"""For all searches of one evaluation together."""

MAX_PROBLEMS = 100
