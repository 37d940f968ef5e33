"""Cases from opening to closing, and the promises on the way."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection, transaction

from firstline import clock
from firstline.cases import actions, queries
from firstline.cases.models import Case, Promise, StepDraft
from firstline.customers import actions as customer_actions
from firstline.errors import Conflict, FirstlineError
from firstline.ids import is_short_number
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from tests.conftest import COMPLAINT


@pytest.fixture
def agent(house):
    return house.principal(house.agent)


def test_a_reason_with_a_procedure_starts_its_process_on_the_release_in_use(house):
    case = house.case("complaint")
    assert is_short_number(case.number)
    assert process_queries.instance(case.instance_id).release_id == case.release_id
    variables = process_queries.variables_of_instance(case.instance_id)
    assert variables["case"] == {"id": str(case.id), "number": case.number}
    assert variables["customer"]["salutation"] == "Sehr geehrte Frau Krüger,"
    assert variables["today"].isoformat() == "2026-11-18"
    assert house.step(case).element_id == "receive_complaint"


def test_a_reason_without_a_procedure_is_a_gap(house):
    case = house.case("compliment")
    assert (case.release_id, case.instance_id, case.state) == (None, None, "open")
    assert queries.case_row(case.id, language="en", now=clock.now()).is_gap


def test_the_process_learns_whose_case_it_is_when_that_becomes_known(house, agent):
    case_id = actions.open_case(
        brand=house.brand,
        customer=None,
        reason_key="complaint",
        contact_id=None,
        channel="phone",
        principal=agent,
        now=clock.now(),
    )
    actions.set_customer(case_id=case_id, customer=house.customer)
    case = Case.objects.get(id=case_id)
    assert (case.customer, case.language) == (house.customer, "de")
    assert process_queries.variables_of_instance(case.instance_id)["customer_id"] == str(house.customer.id)


def test_a_case_closes_with_its_process_and_open_promises_are_kept_with_it(house):
    case = house.back_office_case()
    house.promise(case, due_in=timedelta(days=2))
    answers = {
        "finding": "Billed twice indeed.",
        "cause": "our_error",
        "justified": "justified",
        "redress": "none",
    }
    house.complete(case, answers, by=house.clerk)
    process_actions.cancel_instance(instance_id=case.instance_id, reason="withdrawn")
    closed = Case.objects.get(id=case.id)
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "cancelled", clock.now())
    assert Promise.objects.get().kept_at == clock.now()


# --- promises --------------------------------------------------------------------------------------------------------


def test_a_promise_lies_in_the_future(house, agent):
    case = house.case("compliment")
    for due_at in (clock.now(), clock.now() - timedelta(seconds=1)):
        with pytest.raises(FirstlineError, match="future"):
            actions.make_promise(
                case_id=case.id, text="x", due_at=due_at, principal=agent, contact_id=None, now=clock.now()
            )


def test_a_promise_is_missed_from_its_moment_on_and_stays_so_when_kept_late(house, moment):
    case = house.case("compliment")
    promise = house.promise(case, due_in=timedelta(hours=1), made_ago=timedelta())

    def is_missed(at):
        (row,) = queries.case_row(case.id, language="en", now=at).promises
        return row.is_missed

    assert not is_missed(moment + timedelta(hours=1))
    assert is_missed(moment + timedelta(hours=1, seconds=1))
    actions.keep_promise(promise_id=promise, now=moment + timedelta(hours=2))
    actions.keep_promise(promise_id=promise, now=moment + timedelta(hours=3))  # again changes nothing
    assert Promise.objects.get().kept_at == moment + timedelta(hours=2)
    assert is_missed(moment + timedelta(hours=2))


def test_the_case_to_continue_first_is_the_one_with_a_broken_promise(house, agent):
    plain = house.case("complaint", ago=timedelta(days=1))
    older = house.case("complaint", ago=timedelta(days=9))
    promised = house.case("complaint", ago=timedelta(days=30))
    broken = house.case("compliment", ago=timedelta(days=60))
    house.promise(promised, due_in=timedelta(days=1))
    house.promise(broken, due_in=timedelta(days=-1))
    other = customer_actions.create_customer(brand=house.brand, family_name="Lind")
    house.case("complaint", customer=other)
    found = queries.open_cases_of(customer_id=house.customer.id, principal=agent, language="en", now=clock.now())
    assert [row.number for row in found] == [broken.number, promised.number, plain.number, older.number]


# --- steps -----------------------------------------------------------------------------------------------------------


def test_drafts_keep_what_is_wrong_too_and_pages_turn_only_when_it_is_right(house, agent):
    case = house.case("complaint")
    task = house.step(case).id
    draft = actions.save_draft(principal=agent, task_id=task, answers={"complaint_text": "?"}, now=clock.now())
    assert (draft.answers, draft.trail) == ({"complaint_text": "?"}, ["listen"])
    with pytest.raises(actions.BadAnswers) as refused:
        actions.turn_page(principal=agent, task_id=task, answers={"complaint_about": "billing"}, now=clock.now())
    assert set(refused.value.errors) == {"complaint_text"}
    answers = {"complaint_about": "billing", "complaint_text": "Billed twice."}
    assert actions.turn_page(principal=agent, task_id=task, answers=answers, now=clock.now()).trail == [
        "listen",
        "harm",
    ]
    assert actions.turn_back(principal=agent, task_id=task, answers={"harm": "money"}, now=clock.now()).trail == [
        "listen"
    ]
    assert actions.turn_back(principal=agent, task_id=task, answers={}, now=clock.now()).trail == ["listen"]
    assert StepDraft.objects.get().answers["harm"] == "money"


def test_completing_needs_every_answer_on_the_way_and_happens_once(house, agent):
    case = house.case("complaint")
    task = house.step(case).id
    with pytest.raises(actions.BadAnswers):
        actions.complete_step(principal=agent, task_id=task, answers={}, now=clock.now())
    assert process_queries.task(task).is_open
    house.complete(
        case,
        {
            "complaint_about": "billing",
            "complaint_text": "Billed twice.",
            "wish": "refund",
            "harm": "money",
            "call_back_on": "2026-11-25",
        },
        by=house.agent,
    )
    assert process_queries.variables_of_instance(case.instance_id)["call_back_on"].isoformat() == "2026-11-25"
    assert not StepDraft.objects.exists()
    with pytest.raises(actions.StepGone):
        actions.complete_step(principal=agent, task_id=task, answers={}, now=clock.now())


def test_a_step_is_done_by_its_team_a_lead_or_whom_it_is_given_to_and_by_nobody_else(house):
    case = house.back_office_case()
    task = house.step(case).id
    for user in (house.agent, house.owner, house.admin):
        with pytest.raises(actions.NotYourStep):
            actions.save_draft(principal=house.principal(user), task_id=task, answers={}, now=clock.now())
    for user in (house.clerk, house.colleague, house.lead):
        actions.save_draft(principal=house.principal(user), task_id=task, answers={}, now=clock.now())


def test_only_a_gap_is_closed_by_hand(house, agent):
    case = house.case("complaint")
    with pytest.raises(Conflict, match="ends with it"):
        actions.close_gap(principal=agent, case_id=case.id, outcome="gone", now=clock.now())
    assert Case.objects.get(id=case.id).state == "open"


# --- what keeps a promise, and what comes at once --------------------------------------------------------------------


def test_the_step_that_the_procedure_names_keeps_its_promise_and_no_other(house, moment):
    case = house.back_office_case()
    house.promise(case, "Rückruf zur Beschwerde", due_in=timedelta(days=2))
    house.promise(case, "We send the meter reading", due_in=timedelta(days=2))
    house.complete(case, {"finding": "Billed twice.", "cause": "our_error"}, by=house.clerk)
    house.complete(
        case,
        {"outcome": "not_upheld", "redress": "none", "response_text": "The cable is not part of our network."},
        by=house.clerk,
    )
    house.run_worker()
    assert house.step(case).element_id == "call_back"
    assert not Promise.objects.exclude(kept_at=None).exists()
    house.complete(case, {"call_back_result": "not_accepted", "call_back_note": "Angry."}, by=house.lead)
    kept = dict(Promise.objects.values_list("text", "kept_at"))
    assert kept == {"Rückruf zur Beschwerde": moment, "We send the meter reading": None}


def test_a_promise_for_the_end_of_time_is_refused(house, agent):
    case = house.case("complaint")
    with pytest.raises(FirstlineError, match="ten years"):
        actions.make_promise(
            case_id=case.id,
            text="x",
            due_at=datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12))),
            principal=agent,
            contact_id=None,
            now=clock.now(),
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_complete_a_step_at_once_one_is_told_that_it_is_done(house, agent):
    case = house.case("complaint")
    task_id, told = house.step(case).id, []

    def autosave():
        try:
            actions.save_draft(principal=agent, task_id=task_id, answers={"wish": "x"}, now=clock.now())
        except actions.StepGone as gone:
            told.append(gone.code)
        finally:
            connection.close()

    thread = threading.Thread(target=autosave)
    with transaction.atomic():
        house.complete(case, COMPLAINT, by=house.agent)
        thread.start()
        thread.join(timeout=0.5)
    thread.join()
    assert told == ["step-gone"]
    assert not StepDraft.objects.filter(task_id=task_id).exists()


def test_a_customer_becomes_known_also_when_the_process_has_just_ended(house):
    case = house.case("complaint")
    Case.objects.filter(id=case.id).update(customer=None)
    process_actions.cancel_instance(instance_id=case.instance_id, reason="withdrawn")
    Case.objects.filter(id=case.id).update(state="open")  # as somebody read it who looked a moment before
    actions.set_customer(case_id=case.id, customer=house.customer)
    assert Case.objects.get(id=case.id).customer == house.customer


def test_of_very_many_open_cases_a_broken_promise_is_never_left_out(house, agent, monkeypatch):
    promised = house.case("compliment", ago=timedelta(days=9))
    house.promise(promised, due_in=-timedelta(days=1))
    for _ in range(3):
        house.case("compliment")
    monkeypatch.setattr(queries, "MAX_OPEN_CASES", 2)
    rows = queries.open_cases_of(customer_id=house.customer.id, principal=agent, language="en", now=clock.now())
    assert [row.id == promised.id for row in rows] == [True, False]
