"""The engines that are compared."""

from pathlib import Path

from installing import Engine

HERE = Path(__file__).parent


def _in_python(name: str, script: str, install: str) -> Engine:
    return Engine(name=name, script=HERE / "engines" / script, install=install, home=name)


def _on_node(name: str, install: str) -> Engine:
    return Engine(name=name, script=HERE / "engines/node.mjs", install=install, home="node", node=True)


ENGINES = (
    Engine(name="floor", script=HERE / "engines/floor.py"),
    Engine(name="firstline", script=HERE / "engines/firstline.py"),
    _in_python("bkflow-feel", "bkflow.py", "bkflow-feel==1.2.0"),
    _in_python("pySFeel", "pysfeel.py", "pySFeel==1.4.2"),
    _on_node("feelin", "feelin@8.2.0"),
    _on_node("js-feel", "js-feel@1.4.7"),
    _in_python("zen-engine", "zen.py", "zen-engine==2.1.3"),
    _in_python("SpiffWorkflow", "spiff.py", "SpiffWorkflow==3.2.0"),
    _in_python("pyDMNrules", "pydmnrules.py", "pyDMNrules==1.4.5"),
    _on_node("dmn-eval-js", "@hbtgmbh/dmn-eval-js@1.5.0"),
)
NOT_FEEL = frozenset({"zen-engine", "SpiffWorkflow"})
