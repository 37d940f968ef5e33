"""Steps that ask a decision."""

from bpmn.testing import element, extensions, zeebe
from firstline import clock
from firstline.decisions import actions
from tests.chaos.case import Case
from tests.chaos.draft import Draft, Ends, Request
from tests.decisions.samples import definitions


def decided(draft: Draft) -> Ends:
    """The decision is kept once, with its step."""
    id_, result = draft.new("decide"), draft.new("decision")
    name, value = f"{draft.prefix}_{id_}", draft.dice.randint(0, 9)
    called = zeebe("calledDecision", decisionId=name, resultVariable=result)
    draft.add(element("businessRuleTask", id_, extensions(called)))
    draft.enters(id_)
    draft.happens_too(f"decided {draft.process} {id_}")
    draft.keeps(result, value * 2)
    files = {f"{name}.dmn": definitions(_doubled(name, value), key=f"{name}_model")}

    def deploy(case: Case) -> None:
        actions.deploy(release_id=case.prefix, files=files, now=clock.now())

    draft.prepares(Request(do=deploy))
    return id_, id_


def _doubled(name: str, value: int) -> str:
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}" typeRef="number"/>'
        f'<literalExpression id="{name}_text"><text>{value} * 2</text></literalExpression></decision>'
    )
