"""Four eyes: whoever began a refund or took it doesn't approve it, by no way; somebody else does, and the trail says so."""

import pytest

from firstline import clock
from firstline.accounts.models import Team, User
from firstline.audit.models import AuditEntry
from firstline.cases import actions, queries
from firstline.cases.models import Case
from firstline.cases.progress import decisions_of
from firstline.desktop.rules import has_step_for
from firstline.work import queries as work
from tests.conftest import House

pytestmark = pytest.mark.django_db
REFUND = {
    "caller_verified": True, "invoice_number": "R-1", "refund_why": "goodwill", "refund_amount": "75", "refund_text": "It took long.",
}  # fmt: skip
APPROVED = {"approval_outcome": "approve", "approval_reason": "Quite right."}


@pytest.fixture
def other(house: House) -> User:
    """Another lead."""
    user = User.objects.create_user("other@example.test", "correct horse battery", name="Other", roles=["lead"])
    user.brands.add(house.brand)
    Team.objects.create(key="leads", names={"en": "Leads"})
    house.people["other"] = user
    return user


def asked(house: House, *, taken_by: User, began_by: User | None = None) -> Case:
    """A refund that waits to be approved."""
    case = house.case("refund")
    Case.objects.filter(id=case.id).update(opened_by=began_by)
    house.complete(case, REFUND, by=taken_by)
    house.run_worker()
    assert house.step(case).element_id == "approve_refund"
    return Case.objects.get(id=case.id)


def numbers(house: House, user: User, view: str = work.ALL) -> list[str]:
    return [
        row.number for row in work.work_list(principal=house.principal(user), language="en", now=clock.now(), view=view)
    ]


@pytest.mark.parametrize("did", ["took it", "began it"])
def test_whoever_did_the_one_doesnt_do_the_other_by_any_way(house: House, other: User, did: str) -> None:
    if did == "took it":
        case = asked(house, taken_by=house.lead)
    else:
        case = asked(house, taken_by=house.agent, began_by=house.lead)
    task_id, lead = house.step(case).id, house.principal(house.lead)
    for what in (actions.claim_step, actions.begin_step, actions.resume_step):
        with pytest.raises(actions.FourEyes, match="somebody else"):
            what(principal=lead, task_id=task_id, now=clock.now())
    with pytest.raises(actions.FourEyes):
        actions.complete_whole_step(principal=lead, task_id=task_id, answers=APPROVED, now=clock.now())
    with pytest.raises(actions.FourEyes):
        actions.hand_over_step(principal=lead, task_id=task_id, team="billing", now=clock.now())
    with pytest.raises(actions.FourEyes, match="Lead began this case"):
        actions.assign_step(principal=house.principal(other), task_id=task_id, user=house.lead, now=clock.now())
    assert house.client(house.lead).post(f"/work/steps/{task_id}/claim/").status_code == 403
    # It isn't even offered.
    assert case.number not in numbers(house, house.lead)
    assert case.number in numbers(house, other)
    row = queries.case_row(case.id, language="en", now=clock.now())
    assert not has_step_for(lead, row)
    assert has_step_for(house.principal(other), row)


def test_the_page_says_who_may_and_why_not_you(house: House, other: User) -> None:
    case = asked(house, taken_by=house.lead)
    # Why it is needed is read in everybody's language, as the release has it.
    (why,) = decisions_of(case, language="de")
    assert set(why.results) == {("nötig", "ja"), ("Regel", "Kulanz über diesem Betrag")}
    page = house.client(house.lead).get(f"/cases/{case.id}/").content.decode()
    assert "Not with you: You began this case or did an earlier step" in page
    assert "/begin/" not in page
    theirs = house.client(other).get(f"/cases/{case.id}/").content.decode()
    assert "Not with you" not in theirs
    assert "/begin/" in theirs


def test_a_lead_whom_it_keeps_away_gives_it_to_another_and_takes_it_back_from_them(house: House, other: User) -> None:
    case = asked(house, taken_by=house.lead)
    task_id = house.step(case).id
    assert case.number in numbers(house, house.lead, view="team:leads")
    listed = house.client(house.lead).get("/work/?view=team:leads").content.decode()
    assert "Not for you" in listed
    offered = listed.split(f'id="to-{task_id}"')[1].split("</select>")[0]
    assert str(other.id) in offered
    assert str(house.lead.id) not in offered
    lead = house.principal(house.lead)
    actions.assign_step(principal=lead, task_id=task_id, user=other, now=clock.now())
    assert house.step(case).assignee == str(other.id)
    actions.release_step(principal=lead, task_id=task_id, now=clock.now())
    assert house.step(case).assignee == ""


def test_another_lead_approves_it_and_the_trail_says_in_whose_stead(house: House, other: User) -> None:
    case = asked(house, taken_by=house.lead, began_by=house.agent)
    house.complete(case, APPROVED, by=other)
    entry = AuditEntry.objects.get(action="step.done-by-second")
    assert (entry.actor_id, str(entry.about)) == (other.id, str(case.id))
    assert (entry.data["step"], str(house.lead.id) in entry.data["first"]) == ("approve_refund", True)
