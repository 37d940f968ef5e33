"""SpiffWorkflow's decision tables. Their cells are Python, not FEEL."""

import re
from importlib.metadata import version

import cases
from lxml import etree
from measure import measure_table, say
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser


class Task:
    """What its engine asks of a task."""

    script_engine = PythonScriptEngine()
    task_spec = None

    def __init__(self) -> None:
        self.data: dict[str, object] = {}
        self.workflow = self


def _python(row: list[str]) -> list[str]:
    tests = [re.sub(r"^\[(\d+)\.\.(\d+)\]$", r"\1 <= ? <= \2", cell) for cell in row[:5]]
    return [f"? in ({test})" if "," in test else test for test in tests] + row[5:]


def engine(policy: str) -> DMNEngine:
    """Load the table."""
    written = cases.rules()
    cases.rules = lambda: [_python(row) for row in written]
    parser = BpmnDmnParser()
    parser.add_dmn_xml(etree.fromstring(cases.dmn_xml(policy, cell="").encode()))
    cases.rules = lambda: written
    parser.dmn_parsers["route"].parse()
    return DMNEngine(parser.dmn_parsers["route"].decision.decisionTables[0])


def measure_policy(policy: str, note: str) -> None:
    """Measure one hit policy."""
    table, task = engine(policy), Task()

    def decide(inputs: dict[str, object]) -> object:
        task.data = dict(inputs)
        return table.result(task)["route"]

    measure_table("compiled", decide, note=note)


say(version=version("SpiffWorkflow"), note="the cells are Python, not FEEL")
measure_policy("UNIQUE", "hit policy UNIQUE, where it stops at the first hit")
