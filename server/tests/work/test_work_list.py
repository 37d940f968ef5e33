"""The work list through HTTP: who sees what, in which order, and who gets it when two want it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstline import clock
from firstline.accounts.principals import principal_for
from firstline.cases import actions as case_actions
from firstline.cases.models import StepDraft
from firstline.contacts.models import Contact, Engagement
from firstline.errors import Conflict, Forbidden
from firstline.processes import queries as process_queries
from firstline.work import queries, rules
from firstline.work.rules import Dates

HTMX = {"HTTP_HX_REQUEST": "true"}


def shown(client, **query):
    return client.get(reverse("work:list"), query).content.decode()


def titles(house, user, **more):
    rows = queries.work_list(principal=house.principal(user), language="en", now=clock.now(), **more)
    return [(row.kind, row.number) for row in rows]


def test_steps_are_named_in_the_readers_language(house):
    house.back_office_case()
    found = {
        language: [
            row.title
            for row in queries.work_list(principal=house.principal(house.clerk), language=language, now=clock.now())
        ]
        for language in ("en", "de", "nl")
    }
    assert found == {"en": ["Investigate"], "de": ["Prüfen"], "nl": ["Onderzoeken"]}


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_the_list_is_for_those_who_work_and_shows_what_is_theirs_to_do(house):
    case, waiting = house.back_office_case(), house.mail("Hello", subject="A question")
    assert case.number in shown(house.client(house.clerk))
    assert waiting.number not in shown(house.client(house.clerk))  # contacts are for those who talk to customers
    agent = shown(house.client(house.agent))
    assert waiting.number in agent
    assert case.number not in agent
    stranger = house.client(house.stranger).get(reverse("work:list"))
    assert stranger.status_code == 200
    assert case.number not in stranger.content.decode()
    assert house.client(house.owner).get(reverse("work:list")).status_code == 403


def test_a_lead_sees_every_team_and_an_agent_only_their_own(house):
    house.back_office_case()
    billing = {"view": "team:billing"}
    assert "Give to" in shown(house.client(house.lead), **billing)
    assert "team%3Acomplaints" in shown(house.client(house.lead))
    agent = shown(house.client(house.agent), **billing)
    assert 'href="?view=team%3Abilling' not in agent
    assert "Give to" not in agent


def test_automatic_mail_and_what_a_colleague_has_taken_waits_for_nobody(house):
    house.mail("I am away", key="m-2", automatic=True)
    taken = house.mail("Hello", key="m-3")
    house.client(house.agent).post(reverse("work:take", args=[taken.id]))
    assert titles(house, house.lead, view=queries.CONTACTS) == []


def test_a_case_that_no_step_brings_back_is_listed_too(house):
    gap = house.case("compliment")
    promised = house.case("compliment", ago=timedelta(days=1))
    house.promise(promised, "We write", due_in=timedelta(hours=1))
    assert titles(house, house.agent) == [("case", promised.number), ("case", gap.number)]
    case_actions.close_gap(principal=house.principal(house.agent), case_id=gap.id, outcome="thanked", now=clock.now())
    assert titles(house, house.agent) == [("case", promised.number)]


# --- the order -------------------------------------------------------------------------------------------------------


def test_what_has_the_least_time_left_stands_on_top_and_says_why(house):
    undated, promised, missed = house.case("complaint"), house.case("complaint"), house.case("complaint")
    house.promise(promised, "We write today", due_in=timedelta(hours=3))
    house.promise(missed, "We call back", due_in=timedelta(hours=-3))
    mail = house.mail("Hello", received_at=clock.now() - timedelta(hours=20))
    rows = queries.work_list(principal=house.principal(house.agent), language="en", now=clock.now())
    assert [row.number for row in rows] == [missed.number, promised.number, mail.number, undated.number]
    assert [row.place.why for row in rows] == ["Promise missed", "Promised", "Waits for an answer", "Due"]
    page = shown(house.client(house.agent))
    assert "Promise missed" in page
    assert "We call back" in page


def test_the_database_and_the_rule_agree_on_the_order(house):
    for hours in (-40, -3, 2, 30, 90):
        case = house.case("complaint", ago=timedelta(hours=abs(hours)))
        if hours != 30:
            house.promise(case, due_in=timedelta(hours=hours))
        house.mail("Hello", key=f"m{hours}", received_at=clock.now() - timedelta(hours=abs(hours)))
        house.case("compliment", ago=timedelta(hours=abs(hours) + 1))
    rows = queries.work_list(principal=house.principal(house.agent), language="en", now=clock.now())
    assert len(rows) == 15
    assert [row.key for row in rows] == sorted(row.key for row in rows)
    for task in queries._tasks(house.principal(house.agent), queries.ALL, clock.now()):
        dates = Dates(since=task.created_at, due_at=task.due_at, promised_at=task.promised_at)
        assert task.deadline == rules.deadline(dates)
    for contact in queries._contacts(house.principal(house.agent)):
        assert contact.deadline == rules.deadline(Dates(since=contact.received_at, channel=contact.channel))
    for case in queries._cases_without_step(house.principal(house.agent), queries.ALL):
        assert case.deadline == rules.deadline(Dates(since=case.opened_at, promised_at=case.promised_at))


def test_pages_fit_together_whatever_is_new(house):
    for number in range(5):
        house.case("complaint", ago=timedelta(hours=number))
        house.mail("Hello", key=f"m{number}")
    principal = house.principal(house.agent)
    whole = queries.work_list(principal=principal, language="en", now=clock.now())
    seen, after = [], None
    while True:
        rows = queries.work_list(principal=principal, language="en", now=clock.now(), after=after, limit=3)
        if not rows:
            break
        seen += rows
        after = rows[-1].key
        house.promise(house.case("compliment"), due_in=timedelta(minutes=-1))  # comes in above, disturbs nothing below
    assert [row.id for row in seen] == [row.id for row in whole]


def test_the_list_asks_the_database_equally_often_however_long_it_is(house):
    client = house.client(house.lead)

    def asked():
        with CaptureQueriesContext(connection) as queries_asked:
            shown(client)
        return len(queries_asked)

    def more(number):
        case = house.case("complaint")
        house.promise(case, due_in=timedelta(hours=5))
        house.mail("Hello", key=f"m{number}")
        house.case("compliment")

    more(1)
    few = asked()
    for number in range(2, 12):
        more(number)
    assert asked() == few
    assert few < 25


def test_a_parked_step_leaves_the_list_and_comes_back_by_itself(house):
    case = house.back_office_case()
    principal, until = house.principal(house.clerk), clock.now() + timedelta(hours=2)
    case_actions.park_step(
        principal=principal, task_id=house.step(case).id, because="Billing is down", until=until, now=clock.now()
    )
    assert titles(house, house.clerk) == []
    assert "Billing is down" in shown(house.client(house.clerk), view="parked")
    with clock.fixed(until + timedelta(minutes=1)):
        assert titles(house, house.clerk) == [("step", case.number)]


# --- taking, giving back, handing out --------------------------------------------------------------------------------


def test_a_step_is_taken_given_back_and_begun_by_those_who_may(house):
    case = house.back_office_case()
    task = house.step(case).id
    for user, expected in ((house.stranger, 404), (house.owner, 403), (house.agent, 403)):
        client = house.client(user)
        for name in ("claim", "begin", "release", "assign"):
            answer = client.post(reverse(f"work:{name}", args=[task]), {"to": str(house.clerk.id)})
            assert answer.status_code == expected, (user.name, name)
    clerk = house.client(house.clerk)
    assert clerk.post(reverse("work:claim", args=[task]), {"view": "mine"})["Location"].endswith("?view=mine")
    assert process_queries.task(task).assignee == str(house.clerk.id)
    assert "Clerk" in shown(clerk, view="mine")
    clerk.post(reverse("work:release", args=[task]))
    assert process_queries.task(task).assignee == ""
    begun = clerk.post(reverse("work:begin", args=[task]))
    assert begun["Location"] == reverse("cases:case", args=[case.id]) + f"?step={task}"


def test_a_colleagues_step_is_theirs_until_they_or_a_lead_give_it_back(house):
    case = house.back_office_case()
    task = house.step(case).id
    house.client(house.clerk).post(reverse("work:claim", args=[task]))
    colleague = house.client(house.colleague)
    answer = colleague.post(reverse("work:claim", args=[task]), {"view": "team:billing"}, **HTMX)
    assert "Clerk has this step already" in answer.content.decode()
    colleague.post(reverse("work:release", args=[task]))
    assert process_queries.task(task).assignee == str(house.clerk.id)
    assert case.number not in shown(colleague)
    assert case.number in shown(colleague, view="team:billing")
    house.client(house.lead).post(reverse("work:release", args=[task]))
    assert process_queries.task(task).assignee == ""


def test_a_lead_gives_a_step_to_somebody_who_may_do_it_and_to_nobody_else(house):
    task = house.step(house.back_office_case()).id
    lead = house.client(house.lead)
    lead.post(reverse("work:assign", args=[task]), {"to": str(house.colleague.id)})
    assert process_queries.task(task).assignee == str(house.colleague.id)
    for user in (house.agent, house.stranger, house.owner):
        assert lead.post(reverse("work:assign", args=[task]), {"to": str(user.id)}).status_code == 403
    assert lead.post(reverse("work:assign", args=[task]), {"to": "nobody"}).status_code == 404
    assert process_queries.task(task).assignee == str(house.colleague.id)
    with pytest.raises(Forbidden):
        case_actions.assign_step(
            principal=house.principal(house.clerk), task_id=task, user=house.clerk, now=clock.now()
        )


def test_a_contact_that_waits_is_taken_once(house):
    contact = house.mail("Hello")
    lead = house.client(house.lead)
    assert lead.post(reverse("work:take", args=[contact.id])).status_code == 302
    assert Contact.objects.get(id=contact.id).agent == house.lead
    late = house.client(house.agent).post(reverse("work:take", args=[contact.id]))
    assert late.status_code == 409
    assert "Lead has taken this contact already" in late.content.decode()
    assert house.client(house.stranger).post(reverse("work:take", args=[contact.id])).status_code == 404
    assert house.client(house.owner).post(reverse("work:take", args=[contact.id])).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_press_at_once_one_gets_the_step(house, attempt):
    task = house.step(house.back_office_case()).id
    people, results, start = (house.clerk, house.colleague), {}, threading.Barrier(2)

    def claim(user):
        principal = principal_for(user)
        start.wait()
        try:
            case_actions.claim_step(principal=principal, task_id=task, now=clock.now())
            results[user.id] = "has it"
        except Conflict:
            results[user.id] = "too late"
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results.values()) == ["has it", "too late"]
    assert results[next(user.id for user in people if str(user.id) == process_queries.task(task).assignee)] == "has it"


# --- the time it takes -----------------------------------------------------------------------------------------------


def test_the_time_of_back_office_work_runs_from_beginning_to_completing(house, moment):
    case = house.back_office_case()
    task = house.step(case).id
    client = house.client(house.clerk)
    client.post(reverse("work:begin", args=[task]))
    with clock.fixed(moment + timedelta(minutes=6)):
        house.complete(case, {"finding": "Billed twice indeed.", "cause": "our_error"}, by=house.clerk)
    (engagement,) = Engagement.objects.filter(task_id=task)
    assert engagement.user == house.clerk
    assert engagement.ended_at - engagement.started_at == timedelta(minutes=6)


def test_a_step_left_lying_over_night_counts_no_more_than_a_pause(house, moment):
    case = house.back_office_case()
    task = house.step(case).id
    client = house.client(house.clerk)
    client.post(reverse("work:begin", args=[task]))
    with clock.fixed(moment + timedelta(hours=15)):
        client.post(reverse("work:release", args=[task]))
    (engagement,) = Engagement.objects.filter(task_id=task)
    assert engagement.ended_at - engagement.started_at == timedelta(minutes=15)
    assert StepDraft.objects.filter(task_id=task).exists()


def test_beginning_another_step_ends_the_first(house, moment):
    first, second = house.step(house.back_office_case()).id, house.step(house.back_office_case()).id
    client = house.client(house.clerk)
    client.post(reverse("work:begin", args=[first]))
    client.post(reverse("work:begin", args=[first]))  # again changes nothing
    with clock.fixed(moment + timedelta(minutes=4)):
        client.post(reverse("work:begin", args=[second]))
    ended = Engagement.objects.get(task_id=first)
    assert ended.ended_at - ended.started_at == timedelta(minutes=4)
    assert Engagement.objects.get(task_id=second).ended_at is None
