"""A run from its seed: which processes, with which blocks, and what must come of them."""

from collections.abc import Collection, Sequence
from random import Random

from bpmn.testing import flow, gateway
from firstline.processes import actions
from firstline.processes.models import Instance

from .blocks import BLOCKS
from .case import Case
from .draft import Draft, Ends, Pace, Request

CLOCK = Pace(unit="H")
REAL_TIME = Pace(unit="S")
_MOST_BLOCKS = 3
# Two of these in one process would meddle with each other.
_AT_MOST_ONCE = frozenset({"suspended"})


def case_of(seed: int, *, pace: Pace = CLOCK, blocks: Sequence[str] = (), of: Collection[str] = BLOCKS) -> Case:
    """Draw a case: a process of some blocks, `blocks` among them and others of `of`, one after another or side by side."""
    dice = Random(seed)
    chosen = [
        *blocks,
        *dice.choices(sorted(of), k=dice.randint(1, max(_MOST_BLOCKS - len(blocks), 1))),
    ]
    chosen = [name for place, name in enumerate(chosen) if name not in _AT_MOST_ONCE or name not in chosen[:place]]
    dice.shuffle(chosen)
    draft = Draft(process=f"c{seed}_main", dice=dice, pace=pace)
    made = [BLOCKS[name](draft) for name in chosen]
    if len(made) > 1 and dice.random() < 0.5:
        made = [_side_by_side(draft, made)]
    draft.others.append(draft.closed(*made))
    draft.ends()
    case = Case(
        prefix=draft.prefix,
        blocks=tuple(chosen),
        models=tuple(draft.others),
        variables=draft.variables,
        said=draft.said,
        pending=draft.requests,
    )
    case.pending[:0] = [
        *(_deploys(xml) for xml in case.models),
        *draft.preparations,
        Request(do=_starts, is_done=_has_started),
    ]
    return case


def _side_by_side(draft: Draft, blocks: Sequence[Ends]) -> Ends:
    fork, sync = draft.new("fork"), draft.new("sync")
    draft.add(gateway("parallel", fork), gateway("parallel", sync))
    draft.add(*(flow(fork, into) + flow(out, sync) for into, out in blocks))
    draft.enters(fork, sync)
    return fork, sync


def _deploys(xml: bytes) -> Request:
    return Request(do=lambda case: actions.deploy(release_id=case.prefix, xml=xml))


def _starts(case: Case) -> None:
    actions.start_instance(
        release_id=case.prefix, process_id=case.main, business_id=case.business_id, variables=case.variables
    )


def _has_started(case: Case) -> bool:
    return Instance.objects.filter(process_id=case.main).exists()
