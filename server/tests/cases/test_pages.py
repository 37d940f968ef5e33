"""The list of cases and the page of one, through HTTP."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from firstline import clock
from firstline.accounts.models import User
from firstline.cases.models import Case, Note, Promise
from firstline.config import subscriptions
from firstline.customers import actions as customer_actions
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.processes.models import Incident
from tests.conftest import COMPLAINT

HTMX = {"HTTP_HX_REQUEST": "true"}
FINDING = {"finding": "Billed twice indeed.", "cause": "our_error"}


def at(name, case, *more):
    return reverse(f"cases:{name}", args=[case.id, *more])


def page(client, case, **query):
    return client.get(at("case", case), query).content.decode()


@pytest.fixture
def case(house):
    return house.back_office_case()


@pytest.fixture
def clerk(house):
    return house.client(house.clerk)


# --- who may ---------------------------------------------------------------------------------------------------------


def test_staff_work_on_a_case_of_their_brand_an_owner_looks_on_and_a_stranger_finds_nothing(house, case, clerk):
    assert "Begin" in page(clerk, case)
    looked = house.client(house.owner).get(at("case", case))
    assert looked.status_code == 200
    for name in ("note", "promise", "close"):
        assert at(name, case) not in looked.content.decode()
    promise = house.promise(case, due_in=timedelta(days=1))
    task = house.step(case).id
    writes = [
        at("note", case),
        at("promise", case),
        at("close", case),
        at("keep", case, promise),
        *(
            at(name, case, task)
            for name in ("begin", "release", "next", "back", "draft", "park", "resume", "hand-over")
        ),
    ]
    for user, looking, working in ((house.owner, 200, 403), (house.stranger, 404, 404)):
        client = house.client(user)
        assert client.get(at("case", case)).status_code == looking
        assert client.get(at("process", case)).status_code == looking
        assert client.get(at("preview", case, task)).status_code == working
        for address in writes:
            assert client.post(address, {"text": "x", "due": "2026-12-01T10:00"}).status_code == working, address
    assert not Note.objects.filter(case=case).exists()
    # An agent works on the case, but not on the back office's step.
    agent = house.client(house.agent)
    assert agent.post(at("note", case), {"text": "They called again."}).status_code == 302
    assert agent.post(at("begin", case, task)).status_code == 403


def test_nobody_reaches_a_step_or_a_promise_through_another_case(house, case, clerk):
    other = house.back_office_case()
    assert clerk.post(at("begin", other, house.step(case).id)).status_code == 409
    assert clerk.post(at("keep", other, house.promise(case, due_in=timedelta(days=1)))).status_code == 404
    assert process_queries.task(house.step(case).id).assignee == ""


def test_a_visitor_is_asked_to_log_in(client, case):
    assert client.get(at("case", case)).status_code == 302


# --- the list --------------------------------------------------------------------------------------------------------


def test_cases_are_found_by_number_customer_and_state(house, case, clerk):
    gap = house.case("compliment")
    other = customer_actions.create_customer(brand=house.brand, family_name="Öztürk")
    theirs = house.case("complaint", customer=other)

    def found(**query):
        text = clerk.get(reverse("cases:list"), query).content.decode()
        return {one.number for one in (case, gap, theirs) if one.number in text}

    assert found() == {case.number, gap.number, theirs.number}
    assert found(q=case.number) == {case.number}
    assert found(q="ozturk") == {theirs.number}
    assert found(q="kruger sabine") == {case.number, gap.number}
    assert found(q="nobody") == set()
    assert found(state="closed") == set()
    assert found(reason="compliment") == {gap.number}
    assert house.client(house.stranger).get(reverse("cases:list")).content.decode().count(case.number) == 0


def test_the_list_turns_pages_by_key_and_asks_the_database_equally_often(house, clerk, monkeypatch):
    monkeypatch.setattr("firstline.cases.web.views.PAGE_SIZE", 3)
    for number in range(3):
        house.promise(house.case("complaint", ago=timedelta(hours=number)), due_in=timedelta(days=1))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            clerk.get(reverse("cases:list"))
        return len(queries)

    few = asked()
    monkeypatch.setattr("firstline.cases.web.views.PAGE_SIZE", 4)
    for number in range(3, 8):
        house.promise(house.case("complaint", ago=timedelta(hours=number)), due_in=timedelta(days=1))
    assert asked() == few
    seen, address = [], reverse("cases:list")
    while address:
        text = clerk.get(address).content.decode()
        seen += [one.number for one in Case.objects.order_by("-opened_at") if one.number in text]
        link = text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        address = reverse("cases:list") + link if link else ""
    assert seen == list(Case.objects.order_by("-opened_at", "-id").values_list("number", flat=True))


def test_a_page_that_nobody_here_wrote_is_the_first(house, case, clerk):
    for key in ("x", "%00", "bm90IGEga2V5", "\u2603"):
        assert case.number in clerk.get(reverse("cases:list"), {"before": key}).content.decode()


# --- one case --------------------------------------------------------------------------------------------------------


def test_the_page_says_where_the_case_stands_why_and_what_was_written(house, case, clerk):
    house.promise(case, "We call you back", due_in=timedelta(hours=-1))
    text = page(clerk, case)
    for words in (
        "Sabine Krüger",
        "Investigate",  # the open step
        "waits for a person",
        "Assess severity and route",  # the decision
        "medium",
        "We call you back",
        "missed; was due",
        "Receive the complaint",  # done
        "on its way",  # the acknowledgement, that no mail server took yet
    ):
        assert words in text, words
    assert "bpmn-diagram" in text
    assert "{&quot;element&quot;: &quot;investigate&quot;, &quot;state&quot;: &quot;active&quot;" in text


def test_the_diagram_is_the_one_that_the_case_runs_on(house, case, clerk):
    answer = clerk.get(at("process", case))
    assert answer["Content-Type"] == "application/xml"
    assert b'id="investigate"' in answer.content
    assert clerk.get(at("process", house.case("compliment"))).status_code == 404


def test_steps_and_the_diagram_are_named_in_the_readers_language(house, case, clerk):
    User.objects.update(language="de")
    with translation.override("de"):  # what a request activates would stay for the tests that follow
        diagram, shown = (clerk.get(at(name, case)).content.decode() for name in ("process", "case"))
    assert 'name="Beschwerde aufnehmen"' in diagram
    assert "Prüfen" in shown
    assert "Investigate" not in shown
    assert "process.bpmn?language=de" in shown


def test_the_page_of_a_case_asks_the_database_equally_often_however_much_happened(house, case, clerk):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page(clerk, case)
        return len(queries)

    def happen(number):
        house.promise(case, due_in=timedelta(days=1))
        clerk.post(at("note", case), {"text": f"Note {number}"})

    happen(0)
    few = asked()
    for number in range(1, 6):
        happen(number)
    assert asked() == few
    assert few < 60


def test_promises_are_made_and_kept(house, case, clerk):
    clerk.post(at("promise", case), {"text": "We write to you", "due": "2026-11-20T12:00"})
    promise = Promise.objects.get(case=case)
    assert (promise.text, promise.made_by) == ("We write to you", house.clerk)
    assert promise.due_at.isoformat() == "2026-11-20T11:00:00+00:00"  # noon in Berlin
    for wrong in ({"text": "Past", "due": "2026-11-01T12:00"}, {"text": "", "due": "2026-11-20T12:00"}, {"text": "x"}):
        assert clerk.post(at("promise", case), wrong).status_code == 400
    clerk.post(at("keep", case, promise.id))
    assert Promise.objects.get(case=case).kept_at == clock.now()
    assert "kept; was due" in page(clerk, case)


def test_an_empty_note_is_refused_with_a_sentence(case, clerk):
    answer = clerk.post(at("note", case), {"text": "  "}, **HTMX)
    assert answer.status_code == 400
    assert "Write something first" in answer.content.decode()


# --- the step of the back office, done here --------------------------------------------------------------------------


def test_a_step_is_walked_and_completed_on_the_page_of_its_case(house, case, clerk):
    task = house.step(case).id
    begun = clerk.post(at("begin", case, task), **HTMX).content.decode()
    assert "I was billed twice." in begun  # what was asked already
    assert at("next", case, task) in begun
    second = clerk.post(at("next", case, task), {"_page": "complaint"}, **HTMX).content.decode()
    assert 'name="finding"' in second
    refused = clerk.post(at("next", case, task), {"_page": "finding", "finding": "?"}, **HTMX)
    assert refused.status_code == 422
    assert "Enter at least 5 characters" in refused.content.decode()
    assert ">?</textarea>" in refused.content.decode()
    back = clerk.post(at("back", case, task), {"_page": "finding", **FINDING}, **HTMX).content.decode()
    assert "I was billed twice." in back
    clerk.post(at("next", case, task), {"_page": "complaint"}, **HTMX)
    done = clerk.post(at("next", case, task), {"_page": "finding", **FINDING}, **HTMX)
    assert "Decide the response and redress" in done.content.decode()
    assert process_queries.task(task).completed_by == house.clerk.id


def test_answers_survive_as_drafts_and_a_colleague_goes_on_with_them(house, case, clerk):
    task = house.step(case).id
    clerk.post(at("begin", case, task))
    clerk.post(at("next", case, task), {"_page": "complaint"})
    assert clerk.post(at("draft", case, task), {"_page": "finding", "finding": "Half a sen"}).status_code == 204
    clerk.post(at("release", case, task))
    taken = house.client(house.colleague).post(at("begin", case, task), **HTMX).content.decode()
    assert "Half a sen" in taken
    assert "answers by Clerk" in taken


def test_a_step_is_parked_resumed_and_handed_over(house, case, clerk):
    task = house.step(case).id
    clerk.post(at("begin", case, task))
    parked = clerk.post(at("park", case, task), {"because": "Billing is down", "hours": "4", "promise": "on"}, **HTMX)
    assert "Parked: Billing is down" in parked.content.decode()
    assert Promise.objects.get(case=case).due_at == clock.now() + timedelta(hours=4)
    assert 'name="_page"' in clerk.post(at("resume", case, task), **HTMX).content.decode()
    clerk.post(at("hand-over", case, task), {"team": "contracts", "note": "The tariff is the question."})
    assert process_queries.task(task).candidate_groups == ("contracts",)
    assert process_queries.task(task).assignee == ""
    assert "The tariff is the question." in page(clerk, case)
    assert clerk.post(at("begin", case, task)).status_code == 403
    assert house.client(house.lead).post(at("hand-over", case, task), {"team": "moon"}).status_code == 400


@pytest.mark.parametrize("hours", ["", "-3", "9" * 5000, "\u0664\x00", "nan"])
def test_whatever_stands_for_hours_parks_the_step(house, case, clerk, hours):
    task = house.step(case).id
    clerk.post(at("begin", case, task))
    assert clerk.post(at("park", case, task), {"because": "\x00", "hours": hours}).status_code == 302


def test_a_step_that_is_gone_says_so(house, case, clerk):
    task = house.step(case).id
    clerk.post(at("begin", case, task))
    house.complete(case, FINDING, by=house.clerk)
    late = clerk.post(at("next", case, task), {"_page": "finding", **FINDING})
    assert late.status_code == 409
    assert "done already" in late.content.decode()


# --- gaps and incidents ----------------------------------------------------------------------------------------------


def test_a_case_without_procedure_shows_as_a_gap_and_is_closed_with_an_outcome(house, case, clerk):
    gap = house.case("compliment")
    assert "There is no procedure for this reason yet" in page(clerk, gap)
    assert clerk.post(at("close", gap), {"outcome": " "}).status_code == 400
    clerk.post(at("close", gap), {"outcome": "Thanked on the phone"})
    closed = Case.objects.get(id=gap.id)
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "Thanked on the phone", clock.now())
    assert "Thanked on the phone" in page(clerk, gap)
    refused = clerk.post(at("close", case), {"outcome": "I want it gone"})
    assert refused.status_code == 409
    assert Case.objects.get(id=case.id).state == "open"


def test_what_stops_a_case_says_what_to_do_and_leads_and_administrators_try_again(house, monkeypatch):
    monkeypatch.setattr(subscriptions, "JOBS_IN_STEP", frozenset())
    case = house.case("complaint")
    house.complete(case, COMPLAINT, by=house.agent)
    # The acknowledgement can't be sent: nobody does such a job.
    job = process_queries.open_jobs(case.instance_id)[0]
    process_actions.fail_job(job_id=job.id, message="There is no text 'acknowledgement'.")
    incident = Incident.objects.get(business_id=case.id)
    text = page(house.client(house.clerk), case)
    assert "There is no text &#x27;acknowledgement&#x27;." in text
    assert "Remove the cause" in text
    assert at("retry", case, incident.id) not in text
    assert house.client(house.clerk).post(at("retry", case, incident.id)).status_code == 403
    assert house.client(house.stranger).post(at("retry", case, incident.id)).status_code == 404
    lead = house.client(house.lead)
    assert at("retry", case, incident.id) in page(lead, case)
    other = house.back_office_case()
    assert lead.post(at("retry", other, incident.id)).status_code == 404
    assert lead.post(at("retry", case, incident.id)).status_code == 302
    house.run_worker()
    assert Incident.objects.get(id=incident.id).resolution == "retried"
    assert "Investigate" in page(lead, case)
    assert lead.post(at("retry", case, incident.id)).status_code == 409
