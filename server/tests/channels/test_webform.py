"""Public forms: from the list to a case that the desk sees, once, whatever is sent."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from firstline import clock
from firstline.accounts import actions as account_actions
from firstline.accounts.models import Brand
from firstline.accounts.principals import principal_for
from firstline.cases.models import Case
from firstline.channels.webform import rules
from firstline.contacts import queries as contact_queries
from firstline.contacts.models import Attachment, Contact, ContactReason, Message
from firstline.crashpoints import Crash, crash_at
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.files import queries as file_queries
from firstline.procedures import actions as procedure_actions
from firstline.procedures import importer
from firstline.procedures import queries as procedure_queries
from firstline.procedures.forms import fields as form_fields
from firstline.processes import queries as process_queries

PROCEDURES = Path(__file__).parents[3] / "procedures"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ADDRESS = "/forms/change-of-address/?language=en"
ANSWERS = {
    "street": "Neue Straße",
    "house_number": "7b",
    "postcode": "20095",
    "town": "Hamburg",
    "country": "DE",
    "valid_from": "2026-12-01",
    "meter_reading_old": "1.234,5",
    "sender_name": "Sabine Köhler",
    "sender_email": "sabine@example.test",
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def forms(brand: Brand) -> Brand:
    importer.deploy_tree(PROCEDURES / "change-of-address")
    procedure_actions.load_reasons(PROCEDURES / "reasons.yaml")
    return brand


def key_of(client: Client, address: str = ADDRESS) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', client.get(address).content.decode())
    assert found
    return found[1]


def send(client: Client | None = None, *, key: str | None = None, address: str = ADDRESS, **answers: Any) -> Any:
    client = client or Client()
    return client.post(address, {**ANSWERS, "form_key": key or key_of(client, address), **answers})


def test_the_list_shows_the_reasons_that_have_a_form_in_three_languages(forms: Brand) -> None:
    english = Client().get("/forms/?language=en").content.decode()
    assert "Change of address" in english
    assert "Tariffs and prices" not in english, "a reason without a procedure has no form"
    german = Client().get("/forms/?language=de").content.decode()
    assert "Adresse ändern" in german
    assert "Was können wir für Sie tun?" in german
    assert "Adres wijzigen" in Client().get("/forms/", headers={"accept-language": "nl"}).content.decode()


def test_without_any_form_the_list_says_what_to_do(brand: Brand) -> None:
    assert "Write us an e-mail" in Client().get("/forms/?language=en").content.decode()


def test_a_form_asks_the_questions_of_the_procedure_in_the_chosen_language(forms: Brand) -> None:
    page = Client().get("/forms/change-of-address/?language=de").content.decode()
    for label in ("Straße", "Hausnummer", "Gültig ab", "Ihre E-Mail-Adresse", "Deutschland"):
        assert label in page
    assert 'aria-describedby="valid-from-description"' in page
    assert "style=" not in page


def test_a_form_becomes_a_contact_and_a_case_with_its_answers(forms: Brand) -> None:
    answer = send(
        files=[SimpleUploadedFile("lease.pdf", b"%PDF-1.7 lease", content_type="application/pdf")], note="Thank you"
    )
    assert answer.status_code == 302
    contact, case = Contact.objects.get(), Case.objects.get()
    assert (contact.channel, contact.direction, contact.state, contact.language) == ("webform", "in", "open", "en")
    assert (contact.speaker_name, contact.speaker_address) == ("Sabine Köhler", "sabine@example.test")
    link = ContactReason.objects.get()
    assert (link.contact, link.case, link.relation, link.reason_key) == (contact, case, "opens", "change-of-address")
    assert case.instance_id is not None
    known = process_queries.variables_of_instance(case.instance_id)
    assert (known["street"], known["house_number"], known["valid_from"]) == ("Neue Straße", "7b", date(2026, 12, 1))
    assert str(known["meter_reading_old"]) == "1234.5"
    assert "sender_name" not in known
    message = Message.objects.get()
    assert "Street:\nNeue Straße" in message.text
    assert message.raw_file_id is not None
    assert "Neue Straße" in file_queries.read(message.raw_file_id).decode()
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.file.media_type) == ("lease.pdf", "application/pdf")


ANSWERED = {
    "change-of-address": {
        name: ANSWERS[name] for name in ("street", "house_number", "postcode", "town", "country", "valid_from")
    },
    "cancellation": {"contract_number": "V-1001", "leaving_reason": "moving", "ends_on": "2026-12-31"},
    "invoice-question": {"question_kind": "too_high", "question_text": "Zwei Mal so viel", "invoice_number": "R-1"},
    "complaint": {"complaint_about": "service", "complaint_text": "Niemand kam", "wish": "apology"},
}


@pytest.mark.parametrize("language", ["en", "de", "nl"])
def test_each_form_begins_its_procedure_and_the_guide_knows_the_answers(brand: Brand, language: str) -> None:
    importer.deploy_tree(PROCEDURES)
    for reason, answers in ANSWERED.items():
        address = f"/forms/{reason}/?language={language}"
        client = Client()
        sent = client.post(
            address,
            {**answers, "sender_name": "A", "sender_email": "a@b.test", "form_key": key_of(client, address)},
        )
        assert sent.status_code == 302, (reason, sent.content.decode())
        case = Case.objects.get(reason_key=reason)
        assert case.language == language
        (task,) = process_queries.open_tasks(business_ids=[case.id])
        view = procedure_queries.step_view(
            release_id=str(case.release_id),
            element_id=task.element_id,
            form_id=task.form_id,
            variables=process_queries.variables_of_task(task.id),
        )
        shown = {one.key: one for one in form_fields(view.form, language=language, values=view.variables)}
        for key, given in answers.items():
            chosen = [option.value for option in shown[key].options if option.is_chosen]
            assert (chosen or [shown[key].value]) == [given], (reason, key)


def test_the_thank_you_page_has_the_number_and_the_link(forms: Brand) -> None:
    client = Client()
    page = client.get(send(client)["Location"]).content.decode()
    case = Case.objects.get()
    assert case.number in page
    link = re.search(r'href="http[^"]*(/follow/[^"?]+)', page)
    assert link
    followed = client.get(link[1])
    assert followed.status_code == 200
    assert case.number in followed.content.decode()
    assert client.get("/forms/thanks/forged:token/").status_code == 404


def test_the_sender_is_recognised_by_address_or_number(forms: Brand) -> None:
    sabine = customer_actions.create_customer(
        brand=forms,
        number="K-104711",
        family_name="Köhler",
        language="de",
        identifiers=[NewIdentifier(kind="email", value="sabine@example.test")],
    )
    send()
    assert Case.objects.get().customer == sabine
    send(sender_email="new@example.test", sender_number="k 104711")
    assert Contact.objects.order_by("-captured_at", "-id").first().customer == sabine  # type: ignore[union-attr]


def test_an_unknown_sender_waits_at_the_desk_of_their_brand_alone(forms: Brand) -> None:
    Brand.objects.create(key="other", names={"en": "Other"})
    send(sender_number="999999")
    assert Case.objects.get().customer is None

    def waiting(name: str, *brands: str) -> list[str]:
        user = account_actions.add_user(
            email=f"{name}@example.com", name=name, password="long enough to be one", roles=["agent"], brands=brands
        )
        return [row.subject for row in contact_queries.waiting(principal=principal_for(user), language="en")]

    assert waiting("ada", "water") == ["Change of address"]
    assert waiting("eve", "other") == []


def test_a_double_click_is_one_contact_and_one_case(forms: Brand) -> None:
    client = Client()
    key = key_of(client)
    first, second = send(client, key=key), send(client, key=key)
    assert first["Location"] == second["Location"]
    assert (Contact.objects.count(), Case.objects.count()) == (1, 1)
    send(client)
    assert Case.objects.count() == 2, "a form opened anew is another one"


@pytest.mark.django_db(transaction=True)
def test_five_requests_at_once_with_one_key_are_one_case(forms: Brand) -> None:
    client = Client()
    key = key_of(client)
    found: list[str] = []

    def click() -> None:
        try:
            found.append(send(Client(), key=key)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5
    assert len(set(found)) == 1
    assert (Contact.objects.count(), Case.objects.count()) == (1, 1)


def test_a_crash_in_between_leaves_nothing_half_done(forms: Brand) -> None:
    client = Client()
    key = key_of(client)
    with pytest.raises(Crash), crash_at("channels.webform.captured"):
        send(client, key=key)
    assert (Contact.objects.count(), Case.objects.count()) == (0, 0)
    assert send(client, key=key).status_code == 302
    assert (Contact.objects.count(), Case.objects.count()) == (1, 1)


def test_everything_wrong_is_said_at_once_with_links_to_the_fields(forms: Brand) -> None:
    answer = send(street="x", postcode="", sender_name=" ", sender_email="nobody", meter_reading_old="many")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "5 answers must be corrected" in page
    places = re.findall(r'<li><a href="#([^"]+)">', page)
    assert places == ["street", "postcode", "meter-reading-old", "sender-name", "sender-email"], (
        "in the order of the page"
    )
    for place in places:
        assert f'id="{place}"' in page
        assert f'id="{place}-error"' in page
        assert re.search(rf'aria-describedby="[^"]*{place}-error"', page)
    assert 'value="Hamburg"' in page, "what was right is kept"
    assert Contact.objects.count() == 0


def test_an_option_that_is_not_offered_is_refused(forms: Brand) -> None:
    answer = send(country="XX")
    assert answer.status_code == 422
    assert "Choose one of the options" in answer.content.decode()


def test_a_machine_that_fills_in_every_field_is_told_and_not_taken_in(forms: Brand) -> None:
    answer = send(website="https://spam.example")
    assert answer.status_code == 422
    assert "must stay empty" in answer.content.decode()
    assert Contact.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-0000-0000-000000000000", "abc.change-of-address:1:forged"])
def test_a_key_that_we_did_not_issue_makes_the_form_be_sent_anew(forms: Brand, key: str) -> None:
    answer = Client().post(ADDRESS, {**ANSWERS, "form_key": key})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "open for very long" in page
    assert 'value="Hamburg"' in page
    fresh = re.search(r'name="form_key" value="([^"]+)"', page)
    assert fresh
    assert send(key=fresh[1]).status_code == 302


def test_the_key_of_another_form_does_not_fit(forms: Brand) -> None:
    importer.deploy_tree(PROCEDURES / "complaint")
    key = key_of(Client(), "/forms/complaint/")
    assert send(key=key).status_code == 422


def test_many_forms_from_one_network_have_to_wait_and_others_do_not(
    forms: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_SENT_PER_NETWORK", 3)
    here, there = Client(REMOTE_ADDR="2001:db8:1:2::7"), Client(REMOTE_ADDR="2001:db8:1:3::7")
    for _ in range(3):
        assert send(here).status_code == 302
    refused = send(Client(REMOTE_ADDR="2001:db8:1:2::8"))
    assert refused.status_code == 429
    page = refused.content.decode()
    assert "Very many forms came from your network" in page
    assert 'value="Hamburg"' in page
    assert Contact.objects.count() == 3
    assert send(there).status_code == 302
    with clock.fixed(NOW + rules.WINDOW + timedelta(seconds=1)):
        assert send(here).status_code == 302


def test_what_is_too_large_is_refused_before_it_is_read(forms: Brand) -> None:
    answer = Client().post(ADDRESS, {}, CONTENT_LENGTH=str(rules.MAX_REQUEST_BYTES + 1))
    assert answer.status_code == 413
    assert "25 MB" in answer.content.decode()


def test_a_file_that_is_too_large_or_one_too_many_is_refused_with_the_answers_kept(
    forms: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_FILE_BYTES", 2**20)
    for files in (
        [SimpleUploadedFile("big.bin", b"x" * (2**20 + 1))],
        [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)],
    ):
        answer = send(files=files)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Choose at most 5 files of at most 1 MB each." in page
        assert "Choose your files again" in page
        assert 'value="Hamburg"' in page
    assert Contact.objects.count() == 0


def test_hostile_answers_are_kept_as_text_and_shown_as_text(forms: Brand) -> None:
    answer = send(street="<script>alert(1)</script>", town="{{ 7*7 }}", note="a\x00b", house_number="1")
    assert answer.status_code == 302
    case = Case.objects.get()
    assert case.instance_id is not None
    assert process_queries.variables_of_instance(case.instance_id)["note"] == "ab"
    again = send(street="<script>alert(1)</script>", town="")
    assert again.status_code == 422
    assert "<script>alert" not in again.content.decode()


def test_variables_of_the_process_cannot_be_set_from_outside(forms: Brand) -> None:
    send(customer_id="somebody", case="mine", readings="x", channel="phone")
    case = Case.objects.get()
    assert case.instance_id is not None
    known = process_queries.variables_of_instance(case.instance_id)
    assert (known["customer_id"], known["channel"]) == (None, "webform")
    assert known["case"]["number"] == case.number
    assert "readings" not in known


@pytest.mark.parametrize("reason", ["tariff", "unknown", "billing"])
def test_a_reason_without_a_form_is_not_found(forms: Brand, reason: str) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/forms/{reason}/").status_code == 404


def test_a_form_without_the_sign_of_our_page_is_refused_in_words(forms: Brand) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(ADDRESS, {**ANSWERS, "form_key": key_of(strict)})
    assert answer.status_code == 400
    assert "reload the page" in answer.content.decode()
    assert Contact.objects.count() == 0


def test_the_form_belongs_to_the_brand_that_the_address_names(forms: Brand) -> None:
    other = Brand.objects.create(key="other", names={"en": "Other Energy"}, created_at=NOW)
    address = f"{ADDRESS}&brand=other"
    assert "Other Energy" in Client().get(address).content.decode()
    assert send(address=address).status_code == 302
    assert Case.objects.get().brand == other
