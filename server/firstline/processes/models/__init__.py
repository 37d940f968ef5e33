"""Rows of the engine. Ids of element instances, tasks, jobs and so on are those of the facts.

The rows of a running instance are what `bpmn` calls its state: they go when the instance ends. What stays is the instance
itself, its tasks, its incidents, and the history, from which the state at any moment can be rebuilt.
"""

from firstline.processes.models.deployments import Conversation, Deployment, StartWait
from firstline.processes.models.history import HistoryFact, HistoryStep, Incident
from firstline.processes.models.inbox import InboxEntry, Message, Signal
from firstline.processes.models.instances import Compensable, ElementInstance, Instance, Join, Variable
from firstline.processes.models.waits import Call, Listener, Subscription, Timer
from firstline.processes.models.work import Job, Lease, Task, WorkerSeen

__all__ = [
    "Call",
    "Compensable",
    "Conversation",
    "Deployment",
    "ElementInstance",
    "HistoryFact",
    "HistoryStep",
    "InboxEntry",
    "Incident",
    "Instance",
    "Job",
    "Join",
    "Lease",
    "Listener",
    "Message",
    "Signal",
    "StartWait",
    "Subscription",
    "Task",
    "Timer",
    "Variable",
    "WorkerSeen",
]
