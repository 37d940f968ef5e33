"""Reads of variables, as an instance or a task sees them."""

from typing import Any
from uuid import UUID

from django.db import connection

from bpmn import facts
from firstline import codec
from firstline.processes import rules
from firstline.processes.models import (
    HistoryFact,
    Instance,
    Task,
)
from firstline.remembered import once_a_page


def variables_of_instance(instance_id: UUID) -> dict[str, Any]:
    """Read the variables of an instance itself; of one that has ended, the last ones."""
    if Instance.objects.filter(id=instance_id, outcome="").exists():
        return _visible(instance_id)
    last: dict[str, Any] = {}
    sets = HistoryFact.objects.filter(instance_id=instance_id, kind=facts.VariableSet.__name__)
    for one in sets.order_by("sequence"):
        fact = rules.join_fact(one.data, one.values)
        if isinstance(fact, facts.VariableSet) and fact.scope_id == str(instance_id):
            last[fact.name] = fact.value
    return last


@once_a_page
def variables_of_task(task_id: UUID) -> dict[str, Any]:
    """Read what an open task sees, its own variables before those around it; of a closed one, those of its instance."""
    task_ = Task.objects.filter(id=task_id).first()
    if task_ is None:
        return {}
    if task_.state != Task.State.OPEN:
        return variables_of_instance(task_.instance_id)
    return _visible(task_.element_instance_id)


_VISIBLE = """
WITH RECURSIVE up AS (
    SELECT id, scope_id, 0 AS depth FROM processes_elementinstance WHERE id = %s
    UNION ALL
    SELECT e.id, e.scope_id, up.depth + 1 FROM processes_elementinstance e JOIN up ON e.id = up.scope_id
)
SELECT DISTINCT ON (v.name) v.name, v.value::text
FROM up JOIN processes_variable v ON v.scope_id = up.id
ORDER BY v.name, up.depth
"""


def _visible(element_instance_id: UUID) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_VISIBLE, [element_instance_id])
        return {name: None if text is None else codec.loads(text) for name, text in cursor.fetchall()}
