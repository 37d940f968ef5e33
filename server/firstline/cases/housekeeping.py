"""Drafts of steps that nobody can complete any more are forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from firstline.cases.models import StepDraft
from firstline.processes.models import Task
from firstline.statements import delete_some


def clear(now: datetime) -> Iterator[int]:
    """Forget drafts of steps that aren't open, untouched for `FIRSTLINE_DRAFT_DAYS`, batch by batch; gives how many each time.

    A step that was completed has none; this is what is left of steps that a timer, a message or a colleague ended.
    """
    is_open = Exists(Task.objects.filter(id=OuterRef("task_id"), state=Task.State.OPEN))
    before = now - timedelta(days=settings.FIRSTLINE_DRAFT_DAYS)
    yield from delete_some(StepDraft.objects.filter(~is_open, updated_at__lt=before))
