"""Jobs for workers outside, over HTTP: thin over `workers`. The descriptions are those of docs/openapi.json."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from firstline import clock
from firstline.accounts import actions as account_actions
from firstline.accounts.principals import Principal
from firstline.api.web.problems import problems
from firstline.errors import FirstlineError
from firstline.processes import access, workers
from firstline.processes.adapters.workers import is_done_here
from firstline.processes.web import values
from firstline.processes.web.waiting import first_jobs

MOST_TYPES = 20
MOST_JOBS = 100
LONGEST_WAIT_SECONDS = 60
LONGEST_LEASE_SECONDS = 24 * 60 * 60
LONGEST_BACK_OFF_SECONDS = 7 * 24 * 60 * 60
MOST_RETRIES = 1000
MOST_VARIABLES = 1000

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
LeaseSeconds = Annotated[float, Field(ge=1, le=LONGEST_LEASE_SECONDS)]
Variables = Annotated[
    dict[Name, Any],
    Field(
        max_length=MOST_VARIABLES,
        description='Values of the process by name. What JSON lacks is an object with one key: {"$date": "2026-11-21"}, '
        '"$datetime", "$time", "$seconds" (a duration), "$months" (a duration), "$decimal" (a number that a double can\'t hold).',
    ),
]


class DoneHere(FirstlineError):
    """A function of the house does such jobs."""

    code = "done-here"


class Activation(Schema):
    types: list[Name] = Field(
        min_length=1, max_length=MOST_TYPES, description="Jobs of these types are wanted, of the first one first."
    )
    worker: Name = Field(description="How the worker calls itself, for operators: such as its host and process.")
    max_jobs: int = Field(1, ge=1, le=MOST_JOBS)
    lease_seconds: LeaseSeconds = Field(
        300, description="For how long nobody else gets these jobs. Extend it in time when the work takes longer."
    )
    variables: list[Name] | None = Field(
        None, max_length=MOST_VARIABLES, description="Which variables are wanted; all that the job sees when left out."
    )
    wait_seconds: float = Field(
        0, ge=0, le=LONGEST_WAIT_SECONDS, description="How long the request stays open when there is no job yet."
    )


class Job(Schema):
    lease: UUID = Field(
        description="What the answer is given under. Each time that the job is handed out it is another."
    )
    leased_until: datetime
    key: str = Field(
        description="The same however often the job is handed out: use it where the other side knows idempotency keys."
    )
    type: str
    process: str
    instance: UUID
    case: UUID | None
    element: str
    headers: dict[str, str]
    variables: Variables
    attempt: int = Field(description="How often the job has been handed out, from 1.")
    retries_left: int = Field(description="How many failures make it an incident.")


class Jobs(Schema):
    jobs: list[Job]


class Completion(Schema):
    variables: Variables = Field(default_factory=dict)


class Failure(Schema):
    message: Text = Field(description="What happened, for a person; at most 2,000 characters of it are kept.")
    retries_left: int | None = Field(
        None,
        ge=0,
        le=MOST_RETRIES,
        description="How often to try again; 0 makes it an incident at once. One less than before when left out.",
    )
    retry_after_seconds: float | None = Field(
        None, ge=0, le=LONGEST_BACK_OFF_SECONDS, description="When to try again; slower each time when left out."
    )


class BpmnError(Schema):
    code: Name = Field(description="Of the error event that is to catch it.")
    message: Text = ""
    variables: Variables = Field(default_factory=dict)


class Extension(Schema):
    lease_seconds: LeaseSeconds = Field(300, description="From now on.")


class Answer(Schema):
    state: str = Field(
        description="completed, error (thrown), open (is tried again), incident (a person has to look), or kept (its process is suspended: the answer is taken when that is resumed)."
    )
    retries_left: int | None = None
    due_at: datetime | None = Field(None, description="When it is handed out again.")


class Extended(Schema):
    leased_until: datetime


REFUSED = problems(400, 401, 403, 413, 422, 503)
ANSWERED = problems(400, 401, 404, 409, 413, 422)

router = Router(tags=["workers"])


@router.post("/jobs/activate", response={200: Jobs, **REFUSED}, operation_id="activateJobs", summary="Ask for jobs")
async def activate(request: HttpRequest, wanted: Activation) -> Mapping[str, Any]:
    """Lease jobs of some types. With `wait_seconds` the request stays open until there is one.

    A job is handed out at least once: again when its lease runs out unanswered, or an attempt failed.
    """
    types = list(dict.fromkeys(wanted.types))
    principal = await sync_to_async(_access)(request, types)

    def look(now: datetime) -> Sequence[workers.HandedOut]:
        workers.note_seen(types=types, worker=wanted.worker, key_id=principal.id, now=now)
        return workers.hand_out(
            types=types,
            worker=wanted.worker,
            limit=wanted.max_jobs,
            lease=timedelta(seconds=wanted.lease_seconds),
            variables=wanted.variables,
            key_id=principal.id,
            now=now,
        )

    jobs = await first_jobs(look, types=types, seconds=wanted.wait_seconds)
    return {"jobs": [_job(job) for job in jobs]}


def _access(request: HttpRequest, types: Sequence[str]) -> Principal:
    principal = access.access_jobs(request, types)
    if here := [type_ for type_ in types if is_done_here(type_)]:
        raise DoneHere(f"Firstline itself does jobs of type '{here[0]}'; give the task of your worker another type.")
    if principal.id is not None:
        account_actions.note_key_use(key_id=principal.id, now=clock.now())
    return principal


def _job(job: workers.HandedOut) -> dict[str, Any]:
    return {
        "lease": job.lease_id,
        "leased_until": job.leased_until,
        "key": job.key,
        "type": job.type,
        "process": job.process_id,
        "instance": job.instance_id,
        "case": job.business_id,
        "element": job.element_id,
        "headers": job.headers,
        "variables": values.told(job.variables),
        "attempt": job.attempt,
        "retries_left": job.retries_left,
    }


@router.post(
    "/leases/{uuid:lease}/complete",
    response={200: Answer, **ANSWERED},
    operation_id="completeJob",
    summary="Give the result",
)
def complete(request: HttpRequest, lease: UUID, completion: Completion) -> Mapping[str, Any]:
    """Complete a job: the process goes on with these variables, one that is suspended when it is resumed. Sent twice, it is taken once and answered alike."""
    held = access.access_lease(request, lease)
    return workers.complete(lease_id=held.id, variables=values.taken(completion.variables))


@router.post(
    "/leases/{uuid:lease}/fail",
    response={200: Answer, **ANSWERED},
    operation_id="failJob",
    summary="Say that it failed",
)
def fail(request: HttpRequest, lease: UUID, failure: Failure) -> Mapping[str, Any]:
    """Fail an attempt: the job is handed out again later, until no retries are left; then it is an incident. Of a suspended process both come when it is resumed."""
    held = access.access_lease(request, lease)
    after = failure.retry_after_seconds
    return workers.fail(
        lease_id=held.id,
        message=failure.message,
        retries_left=failure.retries_left,
        retry_after=None if after is None else timedelta(seconds=after),
    )


@router.post(
    "/leases/{uuid:lease}/error",
    response={200: Answer, **ANSWERED},
    operation_id="throwError",
    summary="Throw a BPMN error",
)
def throw_error(request: HttpRequest, lease: UUID, error: BpmnError) -> Mapping[str, Any]:
    """Throw an error that the model knows: an error event catches it by its code, of a suspended process when that is resumed. What nothing catches is an incident."""
    held = access.access_lease(request, lease)
    return workers.throw_error(
        lease_id=held.id, code=error.code, message=error.message, variables=values.taken(error.variables)
    )


@router.post(
    "/leases/{uuid:lease}/extend",
    response={200: Extended, **ANSWERED},
    operation_id="extendLease",
    summary="Hold it longer",
)
def extend(request: HttpRequest, lease: UUID, extension: Extension) -> Mapping[str, Any]:
    """Hold a job for longer, also one of a suspended process. A lease that has run out can't be extended."""
    held = access.access_lease(request, lease)
    return {
        "leased_until": workers.extend(lease_id=held.id, lease=timedelta(seconds=extension.lease_seconds)),
    }
