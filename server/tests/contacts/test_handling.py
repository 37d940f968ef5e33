"""Handling contacts: calls with hold and after-work, customers, reasons, and the end."""

from datetime import timedelta

import pytest

from firstline import clock
from firstline.cases.models import Case
from firstline.contacts import actions
from firstline.contacts.models import Contact, ContactReason, Engagement
from firstline.customers import actions as customer_actions


def engagements(contact):
    return [
        (one.user.name, one.kind, one.ended_at and (one.ended_at - one.started_at).total_seconds())
        for one in Engagement.objects.filter(contact=contact).order_by("started_at", "id")
    ]


def later(moment, seconds):
    return clock.fixed(moment + timedelta(seconds=seconds))


# --- calls -----------------------------------------------------------------------------------------------------------


def test_a_call_that_rings_twice_is_one_contact_and_rings_the_agents_phone(house):
    call = house.call(answered=False)
    again = house.call(answered=False)
    assert (again.id, call.state, call.agent) == (call.id, "ringing", house.agent)
    assert call.customer == house.customer
    assert engagements(call) == []


def test_handling_runs_from_the_answer_to_the_end_and_after_work_until_finished(house, moment):
    call = house.call()
    with later(moment, 240):
        actions.end_call(call_id="call-1", at=clock.now())
        actions.end_call(call_id="call-1", at=clock.now())  # the exchange repeats itself
    with later(moment, 300):
        actions.finish_contact(
            principal=house.principal(house.agent), contact_id=call.id, summary="Done", now=clock.now()
        )
    assert engagements(call) == [("Agent", "handling", 240), ("Agent", "after_work", 60)]
    assert Contact.objects.get().state == "finished"


def test_time_on_hold_adds_up_also_when_the_caller_hangs_up_meanwhile(house, moment):
    house.call()
    for at, do in (
        (10, actions.hold_call),
        (15, actions.hold_call),
        (40, actions.resume_call),
        (50, actions.resume_call),
        (60, actions.hold_call),
    ):
        with later(moment, at):
            do(call_id="call-1", at=clock.now())
    assert (Contact.objects.get().held_seconds, Contact.objects.get().held_at) == (30, moment + timedelta(seconds=60))
    with later(moment, 75):
        actions.end_call(call_id="call-1", at=clock.now())
    assert (Contact.objects.get().held_seconds, Contact.objects.get().held_at) == (45, None)


def test_a_call_that_nobody_took_was_missed(house, moment):
    call = house.call(answered=False)
    with later(moment, 30):
        actions.end_call(call_id="call-1", at=clock.now())
    assert (Contact.objects.get().state, engagements(call)) == ("missed", [])
    # The exchange tells of the answer only now: the two events overtook each other.
    actions.answer_call(call_id="call-1", at=moment + timedelta(seconds=5))
    assert Contact.objects.get().state == "ended"


def test_finishing_while_the_caller_is_on_the_line_ends_the_call(house, moment):
    call = house.call()
    with later(moment, 90):
        actions.finish_contact(principal=house.principal(house.agent), contact_id=call.id, summary="", now=clock.now())
    assert Contact.objects.get().ended_at == moment + timedelta(seconds=90)
    assert engagements(call) == [("Agent", "handling", 90)]


def test_taking_over_from_a_colleague_ends_their_time_and_begins_ones_own(house, moment):
    mail = house.mail("Hello")
    actions.take_contact(principal=house.principal(house.agent), contact_id=mail.id, now=clock.now())
    actions.take_contact(principal=house.principal(house.agent), contact_id=mail.id, now=clock.now())
    with later(moment, 60):
        actions.take_contact(principal=house.principal(house.lead), contact_id=mail.id, now=clock.now())
    with later(moment, 90):
        actions.finish_contact(principal=house.principal(house.lead), contact_id=mail.id, summary="", now=clock.now())
    assert engagements(mail) == [("Agent", "handling", 60), ("Lead", "handling", 30)]
    assert Contact.objects.get().first_seen_at == moment


def test_looking_into_a_finished_contact_begins_nothing(house):
    mail = house.mail("Hello")
    actions.finish_contact(principal=house.principal(house.agent), contact_id=mail.id, summary="", now=clock.now())
    actions.take_contact(principal=house.principal(house.lead), contact_id=mail.id, now=clock.now())
    assert (Contact.objects.get().agent, engagements(mail)) == (None, [])


# --- whom, and why ---------------------------------------------------------------------------------------------------


def test_another_speaker_has_to_be_verified_anew(house):
    call, principal = house.call(), house.principal(house.agent)
    actions.verify_caller(principal=principal, contact_id=call.id, now=clock.now())
    other = customer_actions.create_customer(brand=house.brand, family_name="Lind")
    actions.choose_customer(principal=principal, contact_id=call.id, customer=house.customer)
    assert Contact.objects.get().verified_at == clock.now()
    actions.choose_customer(
        principal=principal, contact_id=call.id, customer=house.customer, represented=other, authority="claimed"
    )
    found = Contact.objects.get()
    assert (found.speaker, found.customer, found.authority, found.verified_at) == (
        house.customer,
        other,
        "claimed",
        clock.now(),  # it is the same person who speaks, and they showed who they are
    )
    actions.choose_customer(principal=principal, contact_id=call.id, customer=other)
    assert Contact.objects.get().verified_at is None
    actions.choose_customer(principal=principal, contact_id=call.id, customer=None)
    with pytest.raises(actions.NoCustomer):
        actions.verify_caller(principal=principal, contact_id=call.id, now=clock.now())


def test_each_reason_opens_a_case_and_a_customer_known_later_becomes_theirs(house):
    call, principal = house.call(number="+4930999999"), house.principal(house.agent)
    first = actions.add_reason(principal=principal, contact_id=call.id, reason_key="complaint", now=clock.now())
    second = actions.add_reason(principal=principal, contact_id=call.id, reason_key="compliment", now=clock.now())
    assert Case.objects.filter(id__in=[first, second], customer=None).count() == 2
    actions.choose_customer(principal=principal, contact_id=call.id, customer=house.customer)
    assert Case.objects.filter(id__in=[first, second], customer=house.customer).count() == 2


def test_continuing_a_case_twice_changes_nothing(house):
    case, call, principal = house.case("complaint"), house.call(), house.principal(house.agent)
    for _time in range(2):
        actions.continue_case(principal=principal, contact_id=call.id, case=case)
    assert ContactReason.objects.get().relation == "continues"


# --- the end ---------------------------------------------------------------------------------------------------------


def test_finishing_twice_is_finishing_once_and_afterwards_nothing_is_added(house, moment):
    call, principal = house.call(), house.principal(house.agent)
    for seconds, summary in ((60, "First\x00 words"), (90, "Second words")):
        with later(moment, seconds):
            actions.finish_contact(principal=principal, contact_id=call.id, summary=summary, now=clock.now())
    assert Contact.objects.get().summary == "First words"
    assert Contact.objects.get().finished_at == moment + timedelta(seconds=60)
    with pytest.raises(actions.AlreadyFinished):
        actions.add_reason(principal=principal, contact_id=call.id, reason_key="complaint", now=clock.now())
    with pytest.raises(actions.AlreadyFinished):
        actions.choose_customer(principal=principal, contact_id=call.id, customer=None)


def test_what_went_out_stands_in_the_contact_that_it_answers_once(house):
    mail = house.mail("Hello")
    for _attempt in range(2):
        actions.note_outgoing_message(
            brand=house.brand,
            customer=house.customer,
            contact_id=mail.id,
            channel="email",
            address="sabine@example.test",
            subject="Re: Hello",
            text="Dear Ms Krüger",
            message_id="out-1@stadtwerke.example",
            raw_file_id=None,
            cases=[],
            at=clock.now(),
        )
    assert Contact.objects.get().answered_at == clock.now()
    assert [one.direction for one in Contact.objects.get().messages.order_by("at", "id")] == ["in", "out"]
    # A reply to it finds its way into the same conversation.
    reply = house.mail("Thanks", key="m-2", in_reply_to=["out-1@stadtwerke.example"])
    assert reply.conversation_id == mail.conversation_id


def test_what_answers_nothing_is_an_outgoing_contact_of_its_cases(house):
    case = house.case("compliment")
    actions.note_outgoing_message(
        brand=house.brand,
        customer=house.customer,
        contact_id=None,
        channel="email",
        address="sabine@example.test",
        subject="News",
        text="Dear Ms Krüger",
        message_id="out-1@stadtwerke.example",
        raw_file_id=None,
        cases=[case],
        at=clock.now(),
    )
    contact = Contact.objects.get()
    assert (contact.direction, contact.state, contact.customer) == ("out", "finished", house.customer)
    assert ContactReason.objects.get().case == case


# --- out of order, and pressed in the wrong place --------------------------------------------------------------------


def test_an_answer_that_is_told_after_the_end_still_counts_the_time(house, moment):
    call = house.call(answered=False)
    with later(moment, 60):
        actions.end_call(call_id="call-1", at=clock.now())
    assert Contact.objects.get().state == "missed"
    actions.answer_call(call_id="call-1", at=moment)
    assert Contact.objects.get().state == "ended"
    assert engagements(call) == [("Agent", "handling", 60), ("Agent", "after_work", None)]


def test_what_the_exchange_tells_of_a_finished_call_opens_nothing_again(house, moment):
    call = house.call(answered=False)
    actions.finish_contact(principal=house.principal(house.agent), contact_id=call.id, summary="", now=clock.now())
    for do in (actions.answer_call, actions.hold_call, actions.end_call):
        do(call_id="call-1", at=moment + timedelta(seconds=5))
    call.refresh_from_db()
    assert (call.state, call.held_at, engagements(call)) == ("finished", None, [])


def test_no_engagement_ends_before_it_began(house, moment):
    call = house.call()
    actions.take_contact(principal=house.principal(house.lead), contact_id=call.id, now=moment + timedelta(seconds=30))
    actions.end_call(call_id="call-1", at=moment + timedelta(seconds=20))
    assert {("Agent", "handling", 30), ("Lead", "handling", 0)} <= set(engagements(call))


def test_holding_and_hanging_up_a_mail_is_refused_in_words(house):
    mail = house.mail("Hello")
    for what in ("hold", "hang-up"):
        answer = house.client(house.agent).post(f"/desk/{mail.id}/{what}/")
        assert answer.status_code == 404
        assert b"isn&#x27;t a call" in answer.content


def test_a_case_of_another_brand_is_never_continued(house):
    case = house.case("complaint")
    contact = house.mail("Hello", key="theirs", brand=house.other)
    with pytest.raises(actions.OtherBrand):
        actions.continue_case(principal=house.principal(house.agent), contact_id=contact.id, case=case)
    assert not ContactReason.objects.filter(case=case).exists()


def test_continuing_a_case_of_nobody_yet_says_whose_it_is(house):
    case = house.case("complaint")
    Case.objects.filter(id=case.id).update(customer=None)
    case.refresh_from_db()
    actions.continue_case(principal=house.principal(house.agent), contact_id=house.call().id, case=case)
    case.refresh_from_db()
    assert case.customer == house.customer


def test_words_that_led_to_a_reason_are_kept_short_and_storable(house):
    call = house.call()
    answer = house.client(house.agent).post(
        f"/desk/{call.id}/reason/", {"reason": "complaint", "words": ["a\x00b", "long" * 1000, *"cdefghijklmn"]}
    )
    assert answer.status_code == 302
    words = ContactReason.objects.get(contact=call).words
    assert (words[0], len(words[1]), len(words)) == ("ab", 100, 10)


def test_a_customer_of_another_brand_is_never_chosen(house):
    stranger = customer_actions.create_customer(brand=house.other, family_name="Elsewhere")
    with pytest.raises(actions.OtherBrand):
        actions.choose_customer(
            principal=house.principal(house.agent), contact_id=house.mail("Hello").id, customer=stranger
        )


def test_of_two_who_open_a_waiting_contact_at_once_the_second_takes_nothing_away(house, monkeypatch):
    mail = house.mail("Hello")
    seen = Contact.objects.select_related("brand", "customer", "speaker", "agent").get(
        id=mail.id
    )  # before anybody had it
    actions.take_contact(principal=house.principal(house.lead), contact_id=mail.id, now=clock.now())
    monkeypatch.setattr("firstline.desktop.web.views.access_contact", lambda _principal, _contact_id: seen)
    assert house.client(house.agent).get(f"/desk/{mail.id}/").status_code == 200
    assert Contact.objects.get(id=mail.id).agent == house.lead
