"""What is found by what somebody types, by whom, and in which order."""

from datetime import timedelta

import pytest

from firstline import clock
from firstline.cases import queries as case_queries
from firstline.config import finding
from firstline.contacts import queries as contact_queries
from firstline.contacts.ports import ArrivedAttachment
from firstline.contacts.searching import DOCUMENT
from firstline.contacts.searching import KIND as CONTACT
from firstline.customers import actions as customer_actions
from firstline.customers import queries as customer_queries
from firstline.customers.actions import NewAddress, NewIdentifier
from firstline.customers.searching import KIND as CUSTOMER
from firstline.files import actions as file_actions
from firstline.search import queries
from firstline.search.models import Entry
from tests.conftest import WEDNESDAY, House

pytestmark = pytest.mark.django_db


def names(house: House, text: str) -> list[str]:
    found = customer_queries.search_customers(principal=house.principal(house.agent), text=text)
    return [one.name for one in found]


@pytest.fixture
def muller(house: House) -> House:
    customer_actions.create_customer(
        brand=house.brand,
        number="LW-2041-77",
        given_name="Jörg",
        family_name="Müller",
        address=NewAddress(street="Lindenstraße", house_number="12", postcode="50667", town="Köln"),
        identifiers=[
            NewIdentifier(kind="phone", value="0221 555 01 42"),
            NewIdentifier(kind="email", value="joerg.mueller@example.test"),
        ],
    )
    return house


SPELLINGS = (
        "Müller", "mueller", "Muller", "muler", "Mülller", "mülelr", "Muhller", "jorg mull", "Joerg", "lindenstrasse köln", "LINDEN",
        "LW-2041-77", "LW 2041 77", "lw204177", "2041-77", "204177",
        "0221 5550142", "+49 221 5550142", "0049221/5550142", "+49 (0)221 555 0142", "0221-555", "221 5550142",
        "joerg.mueller@example.test", "mueller 50667",
)  # fmt: skip
NOBODY = ("", " ", "müller bonn", "maier", "99999999", "'", "\\", "':* | 'x", "\x00", "a" * 9000)


def test_a_customer_is_found_by_any_spelling(muller: House) -> None:
    assert {text: names(muller, text) for text in SPELLINGS} == {text: ["Jörg Müller"] for text in SPELLINGS}
    assert {text: names(muller, text) for text in NOBODY} == {text: [] for text in NOBODY}


def test_exact_words_come_before_beginnings_and_those_before_typing_errors(house: House) -> None:
    for family_name in ("Lind", "Linden", "Kind", "Lindt"):
        customer_actions.create_customer(brand=house.brand, family_name=family_name)
    found = names(house, "lind")
    assert found[0] == "Lind"
    assert set(found[1:3]) == {"Linden", "Lindt"}
    assert found[3] == "Kind"


def test_a_page_begins_where_the_last_one_ended(house: House) -> None:
    for number, family_name in enumerate(["Lind", "Linden", "Lindner", "Lind", "Kind", "Linda"]):
        with clock.fixed(WEDNESDAY + timedelta(minutes=number)):
            customer_actions.create_customer(brand=house.brand, family_name=family_name)
    question = queries.asked("lind")
    whole = queries.find(question, kinds=[CUSTOMER], brands=["lindwerk", house.brand.key], limit=50)[CUSTOMER]
    assert [one.level for one in whole] == [0, 0, 1, 1, 1, 2]
    pages, after = [], None
    while page := queries.find(question, kinds=[CUSTOMER], brands=[house.brand.key], limit=2, after=after)[CUSTOMER]:
        pages += page
        after = page[-1].key
    assert [one.subject_id for one in pages] == [one.subject_id for one in whole]


def test_who_works_for_another_brand_finds_nothing(muller: House) -> None:
    assert customer_queries.search_customers(principal=muller.principal(muller.stranger), text="müller") == []
    assert customer_queries.search_customers(principal=muller.principal(muller.agent), text="müller") != []


def test_a_contact_is_found_by_what_was_said_in_its_language_and_a_document_by_its_name(house: House) -> None:
    stored = file_actions.store(data=b"%PDF-1.7", name="x.pdf")
    file = ArrivedAttachment(file_id=stored.id, name="Zählerstand_Mai.pdf")
    contact = house.mail("Die Rechnungen vom Mai stimmen nicht.", subject="Abschlag", language="de", attachments=[file])
    principal = house.principal(house.agent)

    def found(text: str) -> list[str]:
        return [one.number for one in contact_queries.list_contacts(principal=principal, language="en", text=text)]

    for text in ("rechnung", "Rechnungen", "abschl", contact.number, "rechnung mai"):
        assert found(text) == [contact.number], text
    assert found("rechnung juni") == []
    question = queries.asked("zaehlerstnd")
    hits = queries.find(question, kinds=[CONTACT, DOCUMENT], brands=[house.brand.key], limit=5)
    assert len(hits[DOCUMENT]) == 1
    (hit,) = queries.find(queries.asked("rechnung"), kinds=[CONTACT], brands=[house.brand.key], limit=5)[CONTACT]
    assert "Die Rechnungen vom Mai" in hit.excerpt


def test_a_case_is_found_by_number_reason_customer_and_note(house: House) -> None:
    case = house.case("complaint")
    principal = house.principal(house.agent)

    def found(text: str) -> list[str]:
        rows = case_queries.list_cases(principal=principal, language="en", now=clock.now(), text=text)
        return [one.number for one in rows]

    for text in (case.number, "Beschwerde", "complaint", "krueg"):
        assert found(text) == [case.number], text


def test_everything_is_written_down_anew(muller: House) -> None:
    muller.mail("Wo bleibt die Gutschrift?", language="de")
    before = sorted(Entry.objects.values_list("kind", "subject_id", "words", "text"))
    Entry.objects.update(words="")
    gone = Entry.objects.create(
        kind=CUSTOMER, subject_id="0" * 32, brand="x", at=WEDNESDAY, words="", noted_at=WEDNESDAY
    )
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        assert finding.write_anew() == len(before)
    assert sorted(Entry.objects.values_list("kind", "subject_id", "words", "text")) == before
    assert not Entry.objects.filter(id=gone.id).exists()
