"""The parts of the page that capabilities above the cases fill, as the wiring says."""

from uuid import UUID

from django.utils.module_loading import import_string

from firstline.accounts.principals import Principal
from firstline.cases.ports import CasePanel, Panel
from firstline.wiring import wiring


def panels_of(case_id: UUID, *, principal: Principal, language: str) -> list[Panel]:
    """Have every part filled for one case, in the order of the wiring."""
    paths: tuple[str, ...] = wiring().CASE_PANELS
    panels: list[CasePanel] = [import_string(path) for path in paths]
    return [panel(case_id=case_id, principal=principal, language=language) for panel in panels]
