"""Every write of the engine: one transaction, one step of one instance."""

from firstline.processes.actions._deploying import ModelRefused, deploy
from firstline.processes.actions._incidents import IncidentClosed, close_held, hold, keep_back, retry_incident
from firstline.processes.actions._instances import (
    UnknownProcess,
    cancel_instance,
    operate,
    set_variables,
    start_instance,
)
from firstline.processes.actions._jobs import (
    JobResult,
    complete_job,
    complete_jobs,
    fail_job,
    give_to_workers,
    keep_answer,
    note_attempt,
    put_off,
    take_answer,
    throw_job_error,
)
from firstline.processes.actions._messages import MAX_TEXT, BadMessage, BadSignal, broadcast_signal, publish_message
from firstline.processes.actions._starts import trigger_start
from firstline.processes.actions._step import Refused, Suspended
from firstline.processes.actions._tasks import (
    TaskGone,
    assign_task,
    begin_step,
    claim_task,
    close_offer,
    complete_task,
    offer_task,
    unclaim_task,
)
from firstline.processes.rules import JobAnswer

__all__ = [
    "MAX_TEXT",
    "BadMessage",
    "BadSignal",
    "IncidentClosed",
    "JobAnswer",
    "JobResult",
    "ModelRefused",
    "Refused",
    "Suspended",
    "TaskGone",
    "UnknownProcess",
    "assign_task",
    "begin_step",
    "broadcast_signal",
    "cancel_instance",
    "claim_task",
    "close_held",
    "close_offer",
    "complete_job",
    "complete_jobs",
    "complete_task",
    "deploy",
    "fail_job",
    "give_to_workers",
    "hold",
    "keep_answer",
    "keep_back",
    "note_attempt",
    "offer_task",
    "operate",
    "publish_message",
    "put_off",
    "retry_incident",
    "set_variables",
    "start_instance",
    "take_answer",
    "throw_job_error",
    "trigger_start",
    "unclaim_task",
]
