"""Who hears what, who delivers what, who works on what: the wiring of the house, on one screen."""

from collections.abc import Callable
from typing import Any

from firstline.cases import handlers as cases
from firstline.cases.events import CaseChanged, CaseClosed, CaseOpened, PromiseMade, StepBegun, StepLeft
from firstline.config import hints
from firstline.contacts import handlers as contacts
from firstline.contacts.events import ContactChanged, ContactFinished, ContactOpened
from firstline.correspondence import handlers as correspondence
from firstline.feedback import handlers as feedback
from firstline.identity.events import IdentityShown, IdentityTried
from firstline.processes.events import (
    IncidentRaised,
    IncidentResolved,
    InstanceEnded,
    InstanceMigrated,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
)
from firstline.relationship import handlers as relationship
from firstline.relationship.events import StageChanged
from firstline.sources.events import CommandConfirmed, CommandStopped, CommandWaiting
from firstline.webhooks import handlers as webhooks

# An event's class -> who hears it, inside the transaction that announces it.
SUBSCRIPTIONS: dict[type, tuple[Callable[[Any], None], ...]] = {
    ContactOpened: (hints.on_contact_opened, webhooks.on_contact_opened),
    ContactChanged: (hints.on_contact_changed,),
    ContactFinished: (
        contacts.on_contact_finished,
        correspondence.on_contact_finished,
        webhooks.on_contact_finished,
        relationship.on_contact_finished,
    ),
    IdentityShown: (contacts.on_identity_shown, hints.on_identity_shown),
    IdentityTried: (contacts.on_identity_tried,),
    CaseOpened: (webhooks.on_case_opened, relationship.on_case),
    CaseClosed: (contacts.on_case_closed, webhooks.on_case_closed, feedback.on_case_closed, relationship.on_case),
    StageChanged: (webhooks.on_stage_changed,),
    PromiseMade: (webhooks.on_promise,),
    CaseChanged: (hints.on_case_changed,),
    StepBegun: (contacts.on_step_begun,),
    StepLeft: (contacts.on_step_left,),
    TaskCreated: (cases.on_task_changed, hints.on_task_created, webhooks.on_task_created),
    TaskCompleted: (
        cases.on_task_completed,
        cases.on_task_changed,
        webhooks.on_task_completed,
    ),
    TaskCancelled: (cases.on_task_changed, webhooks.on_task_cancelled),
    IncidentRaised: (cases.on_incident,),
    IncidentResolved: (cases.on_incident,),
    InstanceEnded: (cases.on_instance_ended,),
    InstanceMigrated: (cases.on_instance_migrated,),
    CommandConfirmed: (cases.on_command, webhooks.on_command_confirmed),
    CommandWaiting: (cases.on_command,),
    CommandStopped: (cases.on_command, webhooks.on_command_stopped),
}

# The kind of an outbox entry -> the function that delivers it (loaded at first use).
OUTBOX_HANDLERS: dict[str, str] = {
    "job": "firstline.processes.handlers.run_job",
    "email.parse": "firstline.channels.email.handlers.parse",
    "phone.settle": "firstline.channels.phone.handlers.settle",
    "customers.import": "firstline.customers.handlers.take_in",
    "migration": "firstline.migration.handlers.run",
    "message.bundle": "firstline.correspondence.handlers.deliver_bundle",
    "operations.batch": "firstline.operations.handlers.run_batch",
    "feedback.ask": "firstline.correspondence.handlers.deliver_asking",
    "relationship.sweep": "firstline.relationship.handlers.sweep",
    "webhook": "firstline.webhooks.handlers.deliver",
    "sources.command": "firstline.sources.handlers.run_ordered",
    "sources.reconcile": "firstline.sources.handlers.run_check",
    "sources.repair": "firstline.sources.handlers.run_repair",
    "identity.code": "firstline.correspondence.handlers.deliver_code",
    "message.send": "firstline.correspondence.handlers.deliver_message",
}

# The kinds of which several are carried out at once where they are due together.
OUTBOX_TOGETHER: dict[str, str] = {"job": "firstline.processes.handlers.run_jobs"}

# The type of a service task -> the function that does the job.
JOB_WORKERS: dict[str, str] = {
    "source-command": "firstline.sources.handlers.run_command",
    "source-compensate": "firstline.sources.handlers.run_compensation",
    "send-message": "firstline.correspondence.handlers.send_message",
}

# Of these types, those that are done within the step that comes to them: quick, and nothing but writes to our own database.
JOBS_IN_STEP: frozenset[str] = frozenset({"send-message"})

# What a business rule task asks.
DECIDE = "firstline.decisions.actions.decide_for_instance"

# What a process that began by itself is about.
OPEN_BUSINESS = "firstline.cases.actions.open_case_of_process"

# What the decisions, which stand below them, ask the cases and the procedures (see decisions.ports).
DECIDED_ABOUT = "firstline.cases.access.visible_cases"
RELEASE_NAMES = "firstline.procedures.queries.release_names"

# Who says by what everything is found, when it is written down anew.
SEARCH_FEEDERS = (
    "firstline.customers.searching.feed",
    "firstline.cases.searching.feed",
    "firstline.contacts.searching.feed",
)

# What stands in the timeline of a customer, in the order in which its kinds are offered.
TIMELINE = (
    "firstline.contacts.timeline.kinds",
    "firstline.correspondence.timeline.kinds",
    "firstline.cases.timeline.kinds",
    "firstline.sources.timeline.kinds",
    "firstline.relationship.timeline.kinds",
    "firstline.feedback.timeline.kinds",
)

# What the capabilities above the cases show on the page of a case.
CASE_PANELS = ("firstline.correspondence.web.panels.messages",)

# What the capabilities above the customers show on the page of a customer.
CUSTOMER_PANELS = (
    "firstline.relationship.web.panels.standing",
    "firstline.feedback.web.panels.satisfaction",
)
