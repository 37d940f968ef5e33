"""The engines that are compared."""

from pathlib import Path

from installing import Engine

HERE = Path(__file__).parent
OURS = "firstline"
ENGINES = (
    Engine(name=OURS, script=HERE / "engines/firstline.py"),
    Engine(
        name="SpiffWorkflow",
        script=HERE / "engines/spiff.py",
        install="SpiffWorkflow==3.2.0",
        home="bpmn-SpiffWorkflow",
    ),
    Engine(
        name="bpmn-engine",
        script=HERE / "engines/node.mjs",
        install="bpmn-engine@25.0.1",
        home="bpmn-bpmn-engine",
        node=True,
    ),
)
