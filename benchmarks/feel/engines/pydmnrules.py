"""pyDMNrules: DMN tables on pySFeel."""

from importlib.metadata import version

import pyDMNrules
from cases import dmn_xml
from measure import measure_table, say

tables = pyDMNrules.DMN()
tables.useXML(dmn_xml("UNIQUE"))


def decide(inputs: dict[str, object]) -> object:
    """Decide. Raises: ValueError with its errors."""
    status, result = tables.decide(dict(inputs))
    if "errors" in status:
        raise ValueError(status["errors"])
    last = result[-1] if isinstance(result, list) else result
    return last["Result"]["route"]


say(version=version("pyDMNrules"))
measure_table("compiled", decide)
