"""Steps for machines: of the house, and outside."""

from bpmn.testing import boundary, error_definition, error_reference, path
from tests.chaos.draft import Draft, Ends

# One less than the retries that the models give.
_MOST_FAILURES = 3


def job(draft: Draft) -> Ends:
    """It may fail some times before it succeeds."""
    return _succeeding(draft, "work")


def in_step(draft: Draft) -> Ends:
    """It is done within the step that comes to it."""
    return _told(draft)


def in_step_in_vain(draft: Draft) -> Ends:
    """It goes wrong within the step that comes to it, and is asked for as others are."""
    return _told(draft, stumbles="yes")


def _told(draft: Draft, **headers: str) -> Ends:
    result = draft.new("result")
    id_ = draft.service("job", job_type="tell", result=result, **headers)
    draft.enters(id_)
    draft.keeps(result, 1)
    return id_, id_


def outside(draft: Draft) -> Ends:
    """The worker may hold the job longer than its lease."""
    return _succeeding(draft, "outside", **({"slow": "yes"} if draft.dice.random() < 0.3 else {}))


def outside_late(draft: Draft) -> Ends:
    """The first worker dies with its lease, and comes back with its answer when another one has the job."""
    return _succeeding(draft, "outside", late="yes")


def refused(draft: Draft) -> Ends:
    """The refusal is caught on the edge."""
    return _refused(draft, "work")


def outside_refused(draft: Draft) -> Ends:
    return _refused(draft, "outside")


def broken(draft: Draft) -> Ends:
    """It is an incident, until an operator has mended something."""
    return _broken(draft, "work")


def outside_broken(draft: Draft) -> Ends:
    return _broken(draft, "outside")


def _succeeding(draft: Draft, job_type: str, **headers: str) -> Ends:
    result, fails = draft.new("result"), str(draft.dice.randint(0, _MOST_FAILURES) // 2)
    id_ = draft.service("job", job_type=job_type, fails=fails, result=result, **headers)
    draft.enters(id_)
    draft.keeps(result, 1)
    return id_, id_


def _refused(draft: Draft, job_type: str) -> Ends:
    id_ = draft.service("job", job_type=job_type, refuses="NO")
    draft.enters(id_)
    draft.definitions.append(error_definition(f"{id_}_no", "NO"))
    draft.add(boundary(f"{id_}_refused", id_, error_reference(f"{id_}_no")))
    draft.enters(f"{id_}_refused")
    after = draft.task()
    draft.add(path(f"{id_}_refused", after))
    return id_, draft.merge(id_, after)


def _broken(draft: Draft, job_type: str) -> Ends:
    id_ = draft.service("job", job_type=job_type, breaks="yes")
    draft.enters(id_)
    draft.keeps("mended", value=True)
    return id_, id_
