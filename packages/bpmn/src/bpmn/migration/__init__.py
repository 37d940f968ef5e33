"""Running instances move to another program: where everything that they are in the middle of has its place there.

`plan` maps the elements of two programs and says of each pair why; `check` says of one instance whether it can move, and if
not exactly why; `migrate` gives the facts of the move, applied like all others; `revert` those that take it back.
"""

from bpmn.errors import MappingProblems
from bpmn.migration._kinds import Kind, kind_of
from bpmn.migration._moving import Refusal, check, migrate
from bpmn.migration._planning import Finding, Pair, Plan, plan
from bpmn.migration._reverting import revert

__all__ = [
    "Finding",
    "Kind",
    "MappingProblems",
    "Pair",
    "Plan",
    "Refusal",
    "check",
    "kind_of",
    "migrate",
    "plan",
    "revert",
]
