"""Reads of the engine, for screens and for the executor."""

from firstline.processes.queries._due import next_due_at
from firstline.processes.queries._history import HistoryRow, facts_of, history, sequence_at, state_at
from firstline.processes.queries._incidents import IncidentRow, incidents, open_incidents
from firstline.processes.queries._instances import (
    ActiveElement,
    ElementTimes,
    InstanceRow,
    Root,
    active_elements,
    deployment_of,
    element_times,
    instance,
    instances_of,
    is_suspended,
    model_xml,
    running_roots,
)
from firstline.processes.queries._jobs import JobRow, ToDo, jobs_to_do, open_jobs
from firstline.processes.queries._outside import (
    MOST_COUNTED,
    JobTypeRow,
    WorkerRow,
    job_types,
    next_job_due_at,
    visible_to_jobs,
)
from firstline.processes.queries._tasks import TaskRow, doers_of, open_tasks, task, tasks_done, tasks_of
from firstline.processes.queries._variables import variables_of_instance, variables_of_task

__all__ = [
    "MOST_COUNTED",
    "ActiveElement",
    "ElementTimes",
    "HistoryRow",
    "IncidentRow",
    "InstanceRow",
    "JobRow",
    "JobTypeRow",
    "Root",
    "TaskRow",
    "ToDo",
    "WorkerRow",
    "active_elements",
    "deployment_of",
    "doers_of",
    "element_times",
    "facts_of",
    "history",
    "incidents",
    "instance",
    "instances_of",
    "is_suspended",
    "job_types",
    "jobs_to_do",
    "model_xml",
    "next_due_at",
    "next_job_due_at",
    "open_incidents",
    "open_jobs",
    "open_tasks",
    "running_roots",
    "sequence_at",
    "state_at",
    "task",
    "tasks_done",
    "tasks_of",
    "variables_of_instance",
    "variables_of_task",
    "visible_to_jobs",
]
