"""Who may follow a case: whoever holds its link."""

from firstline.cases.access import access_case
from firstline.cases.links import access_link
from firstline.cases.models import Case


def access_followed_case(token: str) -> Case:
    """Give the one case that a link opens.

    Raises: AccessDenied for a changed link, or one to a case that is gone.
    """
    principal = access_link(token)
    assert principal.case_id is not None
    return access_case(principal, principal.case_id)
