"""What satisfaction hears: a case is closed, so its customer may be asked how it was."""

from firstline import clock
from firstline.cases.events import CaseClosed
from firstline.feedback import actions


def on_case_closed(event: CaseClosed) -> None:
    """Plan to ask."""
    actions.plan(case_id=event.case_id, now=clock.now())
