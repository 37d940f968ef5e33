"""The desk through HTTP: who it is, what is open, what it is about, what to do next, and the end of it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstline import clock
from firstline.cases.models import Case, Promise, StepDraft
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer
from firstline.demo import seed
from firstline.desktop.models import DeskDraft, Reveal
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.sources.adapters import loaded

HTMX = {"HTTP_HX_REQUEST": "true"}
ADDRESS = {
    "street": "Lindenstraße",
    "house_number": "12 b",
    "postcode": "50667",
    "town": "Köln",
    "country": "DE",
    "valid_from": "2026-12-01",
}


def at(name, contact, *more, **query):
    address = reverse(f"desktop:{name}", args=[contact.id, *more])
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else address


def step_of(case):
    (task,) = process_queries.open_tasks(business_ids=[case.id])
    return task.id


@pytest.fixture
def agent(office):
    return office.client(office.agent)


@pytest.fixture
def moving(office, agent):
    """A call in which somebody moves: the contact, the client, the case and its step."""
    contact = office.call()
    agent.post(at("reason", contact), {"reason": "change-of-address"})
    case = Case.objects.get()
    return contact, case, step_of(case)


# --- who may -------------------------------------------------------------------------------------------------------


def test_an_agent_may_handle_a_contact_an_owner_may_look_and_a_stranger_finds_nothing(office):
    contact = office.call()
    for user, looking, handling in ((office.agent, 200, 302), (office.looker, 200, 403), (office.stranger, 404, 404)):
        client = office.client(user)
        assert client.get(at("desk", contact)).status_code == looking
        assert client.post(at("verify", contact)).status_code == handling
        assert client.post(at("reason", contact), {"reason": "complaint"}).status_code == handling
        assert client.post(at("finish", contact), {"summary": ""}).status_code == handling


def test_whoever_may_only_look_is_shown_no_buttons(office):
    contact = office.call()
    shown = office.client(office.looker).get(at("desk", contact)).content.decode()
    assert "You look on here" in shown
    assert reverse("desktop:finish", args=[contact.id]) not in shown
    assert reverse("desktop:verify", args=[contact.id]) not in shown


def test_looking_takes_a_free_contact_but_never_a_colleagues(office, agent):
    contact = office.mail("Hello")
    office.client(office.looker).get(at("desk", contact))
    assert Contact.objects.get(id=contact.id).agent is None
    agent.get(at("desk", contact))
    assert Contact.objects.get(id=contact.id).agent == office.agent
    colleague = office.client(office.colleague)
    assert "with Petra" in colleague.get(at("desk", contact)).content.decode()
    assert Contact.objects.get(id=contact.id).agent == office.agent
    colleague.post(at("take", contact))
    assert Contact.objects.get(id=contact.id).agent == office.colleague


# --- who it is -----------------------------------------------------------------------------------------------------


def test_the_bar_says_who_it_is_what_they_need_and_that_they_are_not_verified(office, agent):
    shown = agent.get(at("desk", office.call())).content.decode()
    for words in ("Sabine Krüger", "104711", "never phone before 10", "not verified", "Deutsch", "+491701112233"):
        assert words in shown


def test_several_candidates_are_shown_with_evidence_and_none_is_chosen(office, agent):
    twin = customer_actions.create_customer(
        brand=office.brand,
        family_name="Krüger",
        given_name="Stefan",
        identifiers=[NewIdentifier(kind="phone", value="+491701112233", is_verified=True)],
    )
    contact = office.call()
    shown = agent.get(at("desk", contact)).content.decode()
    assert contact.customer is None
    assert "Several customers fit" in shown
    assert "Sabine Krüger" in shown
    assert "Stefan Krüger" in shown
    agent.post(at("customer", contact), {"customer": str(twin.id)})
    assert Contact.objects.get(id=contact.id).customer == twin


def test_an_unknown_caller_becomes_a_customer_in_one_step(office, agent):
    contact = office.call(number="+4922144556677")
    agent.post(
        at("create-customer", contact),
        {"salutation": "mr", "given_name": "Ole", "family_name": "Brandt", "phone": "+4922144556677"},
    )
    customer = Contact.objects.get(id=contact.id).customer
    assert customer.name == "Ole Brandt"
    assert Customer.objects.get(id=customer.id).identifiers.filter(kind="phone", value="+4922144556677").exists()
    assert Contact.objects.get(id=office.call(number="+4922144556677", call_id="call-2").id).customer == customer


def test_a_customer_without_a_name_is_refused_in_words(office, agent):
    answer = agent.post(at("create-customer", office.call(number="")), {"family_name": " "}, **HTMX)
    assert answer.status_code == 400
    assert "Give a family name" in answer.content.decode()


def test_verifying_is_noted_with_who_did_it(office, agent):
    contact = office.call()
    shown = agent.post(at("verify", contact), **HTMX).content.decode()
    assert "not verified" not in shown
    assert Contact.objects.get(id=contact.id).verified_by == office.agent


def test_looking_behind_a_mask_is_noted_before_anything_is_shown(office, agent):
    contact = office.call()
    agent.post(at("reveal", contact, "billing.account"))
    note = Reveal.objects.get()
    assert (note.user, note.customer, note.view_key) == (office.agent, office.customer, "billing.account")
    assert office.client(office.looker).post(at("reveal", contact, "billing.account")).status_code == 403
    assert Reveal.objects.count() == 1


# --- what is open, what it is about ----------------------------------------------------------------------------------


def test_what_is_open_comes_first_with_the_missed_promise_on_top_and_one_keystroke_continues_it(office, agent):
    calm = office.open_case("invoice-question", days_ago=1)
    broken = office.open_case("complaint")
    office.promise(broken, "Call back with the result", due_in=timedelta(days=-2))
    contact = office.call()
    shown = agent.get(at("desk", contact)).content.decode()
    assert shown.index(at("continue", contact, broken.id)) < shown.index(at("continue", contact, calm.id))
    first = shown[shown.index(at("continue", contact, broken.id)) :]
    assert 'data-keys="ctrl+enter alt+c"' in first[: first.index("</form>")]
    assert "Call back with the result" in first[: first.index("</form>")]
    assert "Missed promise" in first[: first.index("</form>")]
    assert shown.count("ctrl+enter") == 1


def test_the_greeting_is_in_the_customers_language_and_says_sorry_for_a_missed_promise(office, agent):
    broken = office.open_case("complaint")
    office.promise(broken, "Rückruf", due_in=timedelta(days=-2))
    shown = agent.get(at("desk", office.call())).content.decode()
    assert "Guten Tag, Sabine Krüger, hier ist Stadtwerke." in shown
    assert "Das tut mir leid" in shown


def test_continuing_shows_the_step_of_the_case_and_ctrl_enter_is_next_then(office, agent):
    case = office.open_case("complaint")
    contact = office.call()
    shown = agent.post(at("continue", contact, case.id), **HTMX).content.decode()
    assert f'id="guide-{case.id}"' in shown
    assert 'data-action="next" data-keys="ctrl+enter"' in shown
    assert shown.count('data-keys="ctrl+enter') == 1
    assert contact.reasons.get().relation == "continues"
    agent.post(at("continue", contact, case.id), **HTMX)
    assert contact.reasons.count() == 1


def test_a_strangers_case_can_not_be_continued(office, agent):
    case = office.open_case("complaint")
    Case.objects.filter(id=case.id).update(brand=office.stranger.brands.get())
    assert agent.post(at("continue", office.call(), case.id)).status_code == 404


def test_reasons_are_suggested_with_the_words_that_led_to_them_and_marked_in_the_mail(office, agent):
    contact = office.mail("Guten Tag, meine Rechnung ist zu hoch. Außerdem bin ich umgezogen.")
    shown = agent.get(at("desk", contact)).content.decode()
    assert "<q>Rechnung</q>" in shown
    assert "<q>umgezogen</q>" in shown
    assert 'title="Question about an invoice">Guten Tag, meine Rechnung ist zu hoch.</mark>' in shown
    assert 'title="Change of address">Außerdem bin ich umgezogen.</mark>' in shown
    assert contact.reasons.count() == 0


def test_each_reason_opens_its_own_case_as_a_tab_and_a_gap_says_so(office, agent):
    contact = office.call()
    agent.post(at("reason", contact), {"reason": "invoice-question"})
    shown = agent.post(at("reason", contact), {"reason": "payment"}, **HTMX).content.decode()
    assert contact.reasons.count() == 2
    assert "it is counted as a gap" in shown
    assert shown.count('data-action="tab-') == 2


def test_a_reason_that_does_not_exist_is_refused_in_words(office, agent):
    answer = agent.post(at("reason", office.call()), {"reason": "made-up"}, **HTMX)
    assert answer.status_code == 404
    assert "There is no reason" in answer.content.decode()


def test_a_case_that_is_with_another_team_is_told_to_the_customer_and_takes_a_note(office, agent):
    case = office.open_case("change-of-address")
    (task,) = process_queries.open_tasks(business_ids=[case.id])
    process_actions.offer_task(task_id=task.id, candidate_groups=["billing"])
    contact = office.call()
    shown = agent.post(at("continue", contact, case.id), **HTMX).content.decode()
    assert "Wir nehmen Ihre neue Anschrift auf." in shown
    assert "Now with Billing: Address taken." in shown
    shown = agent.post(at("note", contact, case.id), {"text": "Please call before noon."}, **HTMX).content.decode()
    assert case.notes.get().text == "Please call before noon."
    assert "Added to the case." in shown
    assert office.client(office.looker).post(at("note", contact, case.id), {"text": "x"}).status_code == 403


def test_a_missed_promise_is_proposed_again(office, agent):
    case = office.open_case("complaint")
    office.promise(case, "Call back with the result", due_in=timedelta(days=-2))
    contact = office.call()
    shown = agent.post(at("continue", contact, case.id), **HTMX).content.decode()
    assert 'value="Call back with the result"' in shown


# --- the guide -----------------------------------------------------------------------------------------------------


def test_next_refuses_what_is_missing_beside_the_field_and_keeps_what_was_entered(office, agent, moving):
    contact, _case, task = moving
    agent.post(at("next", contact, task), {"caller_verified": "true", "_page": "identify"})
    answer = agent.post(
        at("next", contact, task), {"street": "Lindenstraße", "country": "DE", "_page": "address"}, **HTMX
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Lindenstraße"' in shown
    assert shown.count('aria-invalid="true"') == 4  # house number, postcode, town, date
    assert "Answer this question." in shown


def test_whoever_cant_be_identified_is_told_what_else_they_can_do(office, agent, moving):
    contact, _case, task = moving
    unticked = {"asked": "caller_verified", "_page": "identify"}
    shown = agent.post(at("next", contact, task), unticked, **HTMX).content.decode()
    assert "Not identified" in shown
    assert "so kann ich die Anschrift nicht ändern" in shown
    shown = agent.post(at("next", contact, task), {"_page": "not_identified"}, **HTMX).content.decode()
    assert "Identify the customer" in shown
    shown = agent.post(at("next", contact, task), {"caller_verified": "true", "_page": "identify"}, **HTMX)
    assert "The new address" in shown.content.decode()


def test_the_guide_is_walked_to_its_end_and_the_step_completed(office, agent, moving):
    contact, case, task = moving
    shown = agent.post(
        at("next", contact, task), {"caller_verified": "true", "_page": "identify"}, **HTMX
    ).content.decode()
    assert "The new address" in shown
    assert "Wie lautet Ihre neue Anschrift" in shown
    shown = agent.post(at("next", contact, task), {**ADDRESS, "_page": "address"}, **HTMX).content.decode()
    assert "Sollen wir Sie auch in Köln beliefern?" in shown
    shown = agent.post(at("next", contact, task), {"supply": "moves", "_page": "supply"}, **HTMX).content.decode()
    assert "Lindenstraße 12 b, 50667 Köln" in shown
    assert "Change it in 4 systems" in shown
    assert at("preview", contact, task) in shown
    shown = agent.post(at("next", contact, task), {"_page": "check"}, **HTMX).content.decode()
    assert StepDraft.objects.count() == 0
    assert not process_queries.task(task).is_open
    assert f'id="guide-{case.id}"' in shown
    assert "Nothing to do here now" in shown
    assert 'data-action="finish" data-keys="ctrl+enter' in shown


def test_back_keeps_the_answers_and_pressing_next_twice_turns_one_page(office, agent, moving):
    contact, _case, task = moving
    agent.post(at("next", contact, task), {"caller_verified": "true", "_page": "identify"})
    shown = agent.post(at("next", contact, task), {"caller_verified": "true", "_page": "identify"}, **HTMX)
    assert shown.status_code == 200
    assert 'aria-invalid="true"' not in shown.content.decode()
    agent.post(at("back", contact, task), {"street": "Lindenstraße", "_page": "address"})
    shown = agent.post(
        at("next", contact, task), {"caller_verified": "true", "_page": "identify"}, **HTMX
    ).content.decode()
    assert 'value="Lindenstraße"' in shown


def test_a_colleague_goes_on_where_the_first_one_stood_and_sees_whose_answers_these_are(office, agent, moving):
    contact, case, task = moving
    agent.post(at("next", contact, task), {"caller_verified": "true", "_page": "identify"})
    assert agent.post(at("draft", contact, task), {"street": "Lindenstr"}).status_code == 204
    shown = office.client(office.colleague).get(at("desk", contact, case=case.id)).content.decode()
    assert 'value="Lindenstr"' in shown
    assert "The new address" in shown
    assert "answers by Petra" in shown


def test_a_step_that_somebody_completed_meanwhile_is_refused_in_words(office, agent, moving):
    contact, _case, task = moving
    for data in ({"caller_verified": "true"}, ADDRESS, {"supply": "moves"}, {}):
        agent.post(at("next", contact, task), data)
    answer = office.client(office.colleague).post(at("next", contact, task), {}, **HTMX)
    assert answer.status_code == 409
    assert "done already" in answer.content.decode()


def test_parking_says_why_promises_in_the_customers_language_and_resuming_goes_on(office, agent, moving):
    contact, case, task = moving
    shown = agent.post(
        at("park", contact, task), {"because": "Billing is down", "hours": "4", "promise": "on"}, **HTMX
    ).content.decode()
    assert "Parked: Billing is down" in shown
    promise = Promise.objects.get(case=case)
    assert promise.text == "Wir machen mit Ihrem Anliegen weiter"
    assert promise.due_at == clock.now() + timedelta(hours=4)
    assert "The customer is identified" in agent.post(at("resume", contact, task), **HTMX).content.decode()


def test_handing_over_leaves_the_step_to_the_team_with_what_they_should_know(office, agent, moving):
    contact, case, task = moving
    agent.post(at("draft", contact, task), {"street": "Lindenstr"})
    agent.post(at("hand-over", contact, task), {"team": "billing", "note": "She calls from abroad."})
    assert tuple(process_queries.task(task).candidate_groups) == ("billing",)
    assert case.notes.get().text == "She calls from abroad."
    assert StepDraft.objects.get().answers["street"] == "Lindenstr"


def test_an_answer_is_composed_from_the_texts_of_all_reasons(office, agent):
    contact = office.mail("Hello, my bill is wrong and I moved")
    agent.post(at("reason", contact), {"reason": "invoice-question"})
    shown = agent.post(at("reason", contact), {"reason": "change-of-address"}, **HTMX).content.decode()
    assert '<option value="Sehr geehrte Frau Krüger,">Salutation</option>' in shown
    for number in Case.objects.values_list("number", flat=True):
        assert shown.count(f"{number})") >= 1


# --- the end -------------------------------------------------------------------------------------------------------


def test_drafts_of_answer_and_summary_survive_and_are_gone_when_they_have_done_their_work(office, agent):
    contact = office.mail("Hello, my bill is wrong")
    agent.post(at("answer-draft", contact), {"text": "Dear Ms K"})
    agent.post(at("summary-draft", contact), {"summary": "Checks the bill"})
    shown = agent.get(at("desk", contact)).content.decode()
    assert "Dear Ms K" in shown
    assert "Checks the bill" in shown
    agent.post(at("answer", contact), {"text": "Dear Ms Krüger, it is right."})
    assert DeskDraft.objects.values_list("kind", flat=True).get() == "summary"
    agent.post(at("finish", contact), {"summary": "Checked the bill."})
    assert DeskDraft.objects.count() == 0
    assert Contact.objects.get(id=contact.id).summary == "Checked the bill."


def test_a_promise_is_noted_and_one_in_the_past_refused(office, agent, moving):
    contact, case, _task = moving
    refused = agent.post(
        at("promise", contact), {"case": str(case.id), "text": "Letter", "due": "2020-01-01T10:00"}, **HTMX
    )
    assert refused.status_code == 400
    assert "later date" in refused.content.decode()
    agent.post(at("promise", contact), {"case": str(case.id), "text": "Letter", "due": "2026-11-20T10:00"})
    assert Promise.objects.get(case=case).text == "Letter"


def test_the_procedures_own_promise_is_proposed_in_the_customers_language(office, agent, moving):
    contact, _case, _task = moving
    assert "Neue Anschrift in allen Systemen eingetragen" in agent.get(at("desk", contact)).content.decode()


def test_hanging_up_begins_the_after_work_and_finishing_ends_it(office, agent):
    contact = office.call()
    agent.get(at("desk", contact))
    assert "on hold" in agent.post(at("hold", contact), **HTMX).content.decode()
    assert "on hold" not in agent.post(at("hold", contact), **HTMX).content.decode()
    assert "after-work" in agent.post(at("hang-up", contact), **HTMX).content.decode()
    answer = agent.post(at("finish", contact), {"summary": "Done."})
    assert answer.url == reverse("desktop:home")
    assert Contact.objects.get(id=contact.id).state == "finished"
    assert not contact.engagements.filter(ended_at=None).exists()


# --- everything else -------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_what_there_is_to_show(office, agent):
    contact = office.mail("Hello, my bill")
    agent.post(at("reason", contact), {"reason": "invoice-question"})
    agent.get(at("desk", contact))
    with CaptureQueriesContext(connection) as few:
        agent.get(at("desk", contact))
    for number in range(4):
        office.open_case("complaint", days_ago=number + 1)
        office.mail("Another one", key=f"more-{number}")
    with CaptureQueriesContext(connection) as many:
        agent.get(at("desk", contact))
    assert len(many) <= len(few) + 4  # what isn't looked up at all while there is nothing
    assert len(many) < 60


def test_nothing_is_looked_up_twice_for_one_page(office, agent):
    contact = office.mail("Hello, my bill")
    agent.post(at("reason", contact), {"reason": "invoice-question"})
    office.open_case("complaint", days_ago=1)
    agent.get(at("desk", contact))
    with CaptureQueriesContext(connection) as queries:
        agent.get(at("desk", contact))
    times = Counter(one["sql"] for one in queries.captured_queries)
    assert sum(times.values()) > 10
    assert [sql for sql, number in times.items() if number > 1] == []


def test_looking_again_at_ones_own_contact_locks_nothing(office, agent):
    contact = office.mail("Hello")
    agent.get(at("desk", contact))
    assert contact.engagements.get().kind == "handling"
    with CaptureQueriesContext(connection) as queries:
        agent.get(at("desk", contact))
    assert [one["sql"] for one in queries.captured_queries if "FOR UPDATE" in one["sql"] or one["sql"] == "BEGIN"] == []


def test_whoever_comes_back_to_their_contact_works_on_it_again(office, agent):
    contact = office.mail("Hello")
    agent.get(at("desk", contact))
    contact.engagements.update(ended_at=clock.now())
    agent.get(at("desk", contact))
    assert contact.engagements.filter(ended_at=None).count() == 1


def test_every_language_shows_the_whole_desk(office):
    contact = office.call()
    for language, words in (("de", "nicht geprüft"), ("nl", "niet geverifieerd"), ("en", "not verified")):
        office.agent.language = language
        office.agent.save()
        assert words in office.client(office.agent).get(at("desk", contact)).content.decode()


def test_nothing_inline_stands_in_the_page(office, agent, moving):
    contact, _case, _task = moving
    shown = agent.get(at("desk", contact)).content.decode()
    assert " style=" not in shown
    assert " onclick=" not in shown
    assert "<script>" not in shown


# --- who is it, and what else there is ------------------------------------------------------------------------------


def test_an_unknown_caller_is_recognised_by_what_they_say_and_taken_with_one_request(office, agent):
    call = office.call(number="+49301234567")
    found = agent.get(
        at("who", call), {"family_name": "Kruger", "given_name": "Sabine", "phone": "0170 1112233"}
    ).content.decode()
    assert "Sabine Krüger" in found
    assert "Phone number: the same (speaks strongly for it)" in found
    assert "% probable" in found
    assert f'value="{office.customer.id}"' in found
    agent.post(at("customer", call), {"customer": office.customer.id})
    assert Contact.objects.get(id=call.id).customer == office.customer


def test_who_is_unknown_to_us_becomes_a_customer_with_what_they_said(office, agent):
    call = office.call(number="+49301234567")
    said = {
        "family_name": "Unbekannt",
        "given_name": "Uwe",
        "town": "Ulm",
        "postcode": "89073",
        "birth_date": "1980-02-03",
    }
    found = agent.get(at("who", call), said).content.decode()
    assert "Nobody was found" in found
    assert "make Uwe Unbekannt a new customer" in found
    agent.post(at("create-customer", call), {**said, "organisation": "", "phone": "", "email": ""})
    made = Contact.objects.get(id=call.id).customer
    assert (made.name, made.postcode, made.town, str(made.born_on)) == ("Uwe Unbekannt", "89073", "Ulm", "1980-02-03")


def test_who_may_ask_who_it_is(office):
    call = office.call(number="+49301234567")
    for user, status in ((office.agent, 200), (office.looker, 403), (office.stranger, 404)):
        assert office.client(user).get(at("who", call), {"family_name": "Krüger"}).status_code == status


@pytest.fixture
def systems(settings):
    """The demo's definitions; nobody is asked."""
    settings.FIRSTLINE_SOURCES = Path(seed.__file__).parent / "sources"
    loaded.forget()
    yield
    loaded.forget()


@pytest.mark.usefixtures("systems")
def test_what_somebody_opened_besides_stays_open_for_the_contact(office, agent):
    call = office.call()
    shown = agent.get(at("desk", call)).content.decode()
    assert 'class="pick" name="view" value="orders.appointments"' in shown
    assert "slot-orders.appointments" not in shown
    for user, status in ((office.looker, 403), (office.stranger, 404), (office.agent, 302), (office.agent, 302)):
        assert office.client(user).post(at("open-tile", call), {"view": "orders.appointments"}).status_code == status
    assert agent.post(at("open-tile", call), {"view": "no.such"}).status_code == 404
    shown = agent.get(at("desk", call)).content.decode()
    assert "slot-orders.appointments" in shown
    assert 'class="pick" name="view" value="orders.appointments"' not in shown


def test_who_looked_behind_a_mask_is_listed_for_those_who_answer_for_it(office, agent):
    call = office.call()
    Reveal.objects.create(
        contact=call, customer=office.customer, view_key="billing.account", user=office.agent, at=clock.now()
    )
    page = reverse("desktop:reveals")
    for role, status in (("agent", 403), ("lead", 200), ("admin", 200)):
        office.colleague.roles = [role]
        office.colleague.save()
        answer = office.client(office.colleague).get(page)
        assert answer.status_code == status
        assert ("Petra" in answer.content.decode()) is (status == 200)
    office.stranger.roles = ["lead"]
    office.stranger.save()
    assert "Petra" not in office.client(office.stranger).get(page).content.decode()
