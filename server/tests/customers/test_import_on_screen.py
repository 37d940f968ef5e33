"""A file of customers on screen: chosen, mapped, tried, taken in by the workers, stopped and gone on with."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from firstline import crashpoints
from firstline.audit.models import AuditEntry
from firstline.customers import handlers
from firstline.customers.actions import duplicates, importing
from firstline.customers.models import Candidate, Customer, CustomerImport, Duplicate
from firstline.customers.reader import MAX_COLUMNS, guessed_mapping
from firstline.outbox import executor
from firstline.outbox.models import OutboxEntry
from tests.conftest import House

pytestmark = pytest.mark.django_db
HEADING = ["Kd.-Nr.", "Vorname", "Nachname", "E-Mail", "Straße", "Ort", "Rabatt"]


@pytest.fixture(autouse=True)
def files_here(settings, tmp_path) -> None:
    settings.FIRSTLINE_FILES = tmp_path / "files"


def as_csv(*rows: Sequence[str], heading: Sequence[str] = HEADING) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([heading, *rows])
    return text.getvalue().encode()


def row(number: str, family_name: str = "Lind", email: str = "") -> list[str]:
    return [number, "Ada", family_name, email, "Lange Str.", "Köln", "3 %"]


def choose(house: House, data: bytes, *, name: str = "theirs.csv", status: int = 302) -> CustomerImport | None:
    sent = {"file": SimpleUploadedFile(name, data), "brand": house.brand.key}
    answer = house.client(house.lead).post(reverse("customers:imports"), sent)
    assert answer.status_code == status, answer.content.decode()
    return CustomerImport.objects.order_by("-started_at").first()


def click(house: House, what: str, known: CustomerImport, *, status: int = 302, **fields: str) -> str:
    answer = house.client(house.lead).post(reverse(f"customers:{what}", args=[known.id]), fields)
    assert answer.status_code == status, answer.content.decode()
    known.refresh_from_db()
    return answer.content.decode()


def mapped(known: CustomerImport) -> dict[str, str]:
    return {
        f"column-{place}": known.mapping[heading]
        for place, heading in enumerate(known.headings)
        if heading in known.mapping
    }


def work() -> None:
    while executor.deliver_due():
        pass


def page(house: House, known: CustomerImport) -> str:
    return house.client(house.lead).get(reverse("customers:import", args=[known.id])).content.decode()


def test_a_file_is_guessed_tried_and_taken_in(house: House) -> None:
    known = choose(house, as_csv(row("A1", email="ada@example.test"), row("A2", ""), row("A3", "Lund")))
    assert known.mapping == {
        "Kd.-Nr.": "number",
        "Vorname": "given_name",
        "Nachname": "family_name",
        "E-Mail": "email",
        "Straße": "street",
        "Ort": "town",
    }
    assert "ada@example.test · " not in page(house, known)
    before = Customer.objects.count()
    click(house, "import-check", known, **mapped(known))
    work()
    known.refresh_from_db()
    assert (known.phase, known.rows, known.made, known.faulty) == ("checked", 3, 2, 1)
    assert Customer.objects.count() == before
    shown = page(house, known)
    assert "Take in 2 customers" in shown
    assert "Neither a family name" in shown
    click(house, "import-start", known)
    assert known.phase == "importing"
    work()
    known.refresh_from_db()
    assert (known.phase, known.made) == ("done", 2)
    ada = Customer.objects.get(number="A1")
    assert (ada.town, ada.imported_by) == ("Köln", known)
    assert [one.action for one in AuditEntry.objects.filter(about=known.id).order_by("number")] == [
        "customers.import-started",
        "customers.imported",
    ]
    assert AuditEntry.objects.filter(actor_id=house.lead.id, action="customers.imported").exists()
    assert choose(house, as_csv(row("A1", email="ada@example.test"), row("A2", ""), row("A3", "Lund"))) == known


def as_excel(*rows: Sequence[object]) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for one in rows:
        book.active.append(one)
    book.save(data)
    return data.getvalue()


def unfolded(known: CustomerImport) -> CustomerImport:
    assert (known.phase, known.headings) == ("unfolding", [])
    work()
    known.refresh_from_db()
    return known


def test_excel_is_read_as_the_same_table_by_the_workers(house: House) -> None:
    born = importing.clock.now().replace(tzinfo=None, year=1970)
    data = as_excel(
        ["Customer no", "Surname", "Date of birth", "ZIP"],
        [4711, "Lind", None, 10115.0],
        [None, None, None, None],
        ["A2", "Lund", born, "01067"],
    )
    known = choose(house, data, name="Theirs.XLSX")
    assert "turned into a table" in page(house, known)
    unfolded(known)
    assert known.phase == "draft"
    assert known.mapping == {
        "Customer no": "number",
        "Surname": "family_name",
        "Date of birth": "born_on",
        "ZIP": "postcode",
    }
    assert known.sample[0] == ["4711", "Lind", "", "10115"]
    assert choose(house, data, name="Theirs.XLSX") == known
    click(house, "import-check", known, **mapped(known))
    work()
    click(house, "import-start", known)
    work()
    assert Customer.objects.get(number="4711").postcode == "10115"
    assert Customer.objects.get(number="A2").born_on.year == 1970


def test_a_broken_workbook_is_said_on_its_page_and_read_again_when_it_is_chosen_again(house: House) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    known = unfolded(choose(house, data.getvalue(), name="a.xlsx"))
    assert known.phase == "broken"
    shown = page(house, known)
    assert "This is no Excel file that can be read" in shown
    assert "Which column is what" not in shown
    assert unfolded(choose(house, data.getvalue(), name="a.xlsx")).phase == "broken"


def test_an_excel_file_without_rows_says_so(house: House) -> None:
    known = unfolded(choose(house, as_excel(["Name", "Vorname"]), name="a.xlsx"))
    assert (known.phase, "no rows" in page(house, known)) == ("broken", True)


def test_reading_an_excel_file_is_stopped(house: House) -> None:
    data = as_excel(["Surname"], ["Lind"])
    known = choose(house, data, name="a.xlsx")
    click(house, "import-stop", known)
    work()
    known.refresh_from_db()
    assert known.phase == "broken"
    assert "wasn&#x27;t read to its end" in page(house, known)
    assert unfolded(choose(house, data, name="a.xlsx")).phase == "draft"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"no archive", "no Excel file"),
        ("a.csv", "Name\nMüller\n".encode("latin-1"), "CSV UTF-8"),
        ("a.csv", b"Name\n", "no rows"),
        (
            "a.csv",
            ",".join(f"c{number}" for number in range(MAX_COLUMNS + 1)).encode() + b"\n1",
            "more than 200 columns",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(house: House, name: str, data: bytes, words: str) -> None:
    sent = {"file": SimpleUploadedFile(name, data), "brand": house.brand.key}
    answer = house.client(house.lead).post(reverse("customers:imports"), sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CustomerImport.objects.exists()


def test_a_wrong_choice_of_columns_is_said_beside_them(house: House) -> None:
    known = choose(house, as_csv(row("A1")))
    said = click(house, "import-check", known, status=422, **{"column-0": "number", "column-1": "number"})
    assert "Two columns can&#x27;t both be Customer number" in said
    assert known.phase == "draft"
    click(house, "import-start", known, status=409)


def test_it_is_stopped_and_goes_on_and_a_crash_takes_no_row_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(duplicates, "BATCH", 2)
    monkeypatch.setattr(handlers, "_SECONDS", -1)  # every part is a delivery of its own
    known = choose(house, as_csv(*(row(f"A{number}", f"Name{number}") for number in range(7))))
    click(house, "import-check", known, **mapped(known))
    work()
    click(house, "import-start", known)
    assert executor.deliver_due() == 1
    known.refresh_from_db()
    assert known.made == 2
    click(house, "import-stop", known)
    work()
    known.refresh_from_db()
    assert (known.phase, known.made) == ("stopped", 2)
    click(house, "import-start", known)
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("customers.import.before_commit"):
        executor.deliver_due()
    OutboxEntry.objects.filter(kind="customers.import").update(leased_until=None)
    work()
    known.refresh_from_db()
    assert (known.phase, known.rows, known.made) == ("done", 7, 7)
    # Given name, street and town are the same: each with each.
    assert (known.to_compare, known.compared) == (21, 21)
    assert not Candidate.objects.exists()
    assert Customer.objects.filter(imported_by=known).count() == 7


def test_those_who_came_twice_in_one_file_are_found_too(house: House) -> None:
    known = choose(house, as_csv(row("A1", email="ada@example.test"), row("A2", email="ada@example.test")))
    click(house, "import-check", known, **mapped(known))
    work()
    click(house, "import-start", known)
    work()
    known.refresh_from_db()
    assert known.duplicates == 1
    pair = Duplicate.objects.get()
    assert {pair.left.number, pair.right.number} == {"A1", "A2"}


def test_the_reasons_can_be_taken_home_as_a_table(house: House) -> None:
    known = choose(house, as_csv(row("A1"), row("A1"), row("A3", "")))
    click(house, "import-check", known, **mapped(known))
    work()
    house.client(house.lead)
    answer = house.client(house.lead).get(reverse("customers:import-problems", args=[known.id]))
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [one[:2] for one in rows[1:]] == [["3", "Customer number"], ["4", "Family name"]]


def test_what_is_wrong_with_a_consent_is_said_in_the_words_of_the_page(
    house: House, settings: Any, tmp_path: Path
) -> None:
    settings.FIRSTLINE_CUSTOMERS = tmp_path / "customers"
    path = tmp_path / "customers" / "default" / "purposes.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("purposes: {news: {label: {en: Newsletter}, channels: [email]}}\n")
    known = choose(house, b"Name;News\nLind;perhaps\n")
    assert known is not None
    columns = {"column-0": "family_name", "column-1": "consent:news:email"}
    assert "Two columns can&#x27;t both be Consent: Newsletter, E-mail." in click(
        house, "import-check", known, status=422, **{**columns, "column-0": "consent:news:email"}
    )
    click(house, "import-check", known, **columns)
    work()
    answer = house.client(house.lead).get(reverse("customers:import-problems", args=[known.id]))
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[1][:2] == ["2", "Consent: Newsletter, E-mail"]
    page = house.client(house.lead).get(reverse("customers:import", args=[known.id])).content.decode()
    assert "<td>Consent: Newsletter, E-mail</td>" in page


def test_headings_in_three_languages_are_known_and_none_twice() -> None:
    assert guessed_mapping(["Achternaam", "Geboortedatum", "PLZ", "ZIP", "Zip code 2"]) == {
        "Achternaam": "family_name",
        "Geboortedatum": "born_on",
        "PLZ": "postcode",
    }
