"""Another company's customers: tried first, errors by row, each row once whatever happens in between."""

from pathlib import Path

import pytest

from firstline import ids
from firstline.accounts.principals import process_principal
from firstline.audit.models import AuditEntry
from firstline.customers import actions
from firstline.customers.actions import Progress, importing
from firstline.customers.models import Customer, CustomerImport, Duplicate, Identifier
from firstline.customers.reader import CannotImport
from firstline.search.models import Entry
from tests.conftest import House

pytestmark = pytest.mark.django_db
MAPPING = {
    "Nr": "number",
    "Vorname": "given_name",
    "Nachname": "family_name",
    "Firma": "organisation_name",
    "Geboren": "born_on",
    "Mail": "email",
    "Tel": "phone",
    "PLZ": "postcode",
}
HEADING = "Nr;Vorname;Nachname;Firma;Geboren;Mail;Tel;PLZ;Unused"


def written(tmp_path: Path, *rows: str, heading: str = HEADING, encoding: str = "utf-8-sig") -> Path:
    path = tmp_path / "customers.csv"
    path.write_bytes("\r\n".join([heading, *rows, ""]).encode(encoding))
    return path


def take_in(
    house: House, path: Path, *, mapping: dict[str, str] = MAPPING, on_batch=lambda far: None
) -> CustomerImport:
    return actions.import_customers(
        path=path, brand=house.brand, mapping=mapping, principal=process_principal(), on_batch=on_batch
    )


def test_a_file_is_tried_without_writing_and_every_mistake_is_said_with_its_row(house: House, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "A1;Ada;Lind;;1970-03-04;ada@example.test;030 12345;10115;x",
        "A2;Bob;;;;;;;",
        "A1;Cem;Twice;;;;;;",
        "104711;Dan;Known;;;;;;",
        "A5;Eve;Born;;31.02.1970;not a mail;none;;",
        f"A6;{'x' * 101};Long;;;;;;",
    )
    before = Customer.objects.count()
    far: list[Progress] = []
    problems = actions.try_import(path=path, brand=house.brand, mapping=MAPPING, on_batch=far.append)
    assert [(one.row, one.column) for one in problems] == [
        (3, "family_name"),
        (4, "number"),
        (5, "number"),
        (6, "born_on"),
        (6, "email"),
        (6, "phone"),
        (7, "given_name"),
    ]
    assert (far[-1].rows, far[-1].made, far[-1].faulty, far[-1].share) == (6, 1, 5, 1.0)
    assert Customer.objects.count() == before
    assert not CustomerImport.objects.exists()


def test_good_rows_come_in_and_the_others_are_listed(house: House, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'A1;"Ada\nMaria";Lind;;4.3.1970;ADA@example.test;030 12345;10115;x',
        "A2;Bob;;;;;;;",
        ";;;Lind GmbH;;;;;",
    )
    done = take_in(house, path)
    assert (done.rows, done.made, done.faulty) == (3, 2, 1)
    assert [(one.row, one.column) for one in actions.problems_of(done)] == [(3, "family_name")]
    ada = Customer.objects.get(number="A1")
    assert (ada.given_name, ada.postcode, ada.born_on.isoformat()) == ("Ada\nMaria", "10115", "1970-03-04")
    known = {one.kind: (one.value, one.is_verified) for one in Identifier.objects.filter(customer=ada)}
    assert known == {
        "customer_number": ("A1", True),
        "email": ("ada@example.test", False),
        "phone": ("+493012345", False),
    }
    assert Customer.objects.get(organisation_name="Lind GmbH").kind == "organisation"
    assert AuditEntry.objects.get(action="customers.imported").data["made"] == 2


def test_who_is_there_already_stands_on_the_list_and_is_not_merged(house: House, tmp_path: Path) -> None:
    done = take_in(house, written(tmp_path, "A1;Sabine;Krueger;;;sabine@example.test;0170 1112233;10115;"))
    assert done.duplicates == 1
    assert {Duplicate.objects.get().left_id, Duplicate.objects.get().right_id} >= {house.customer.id}
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_what_broke_off_goes_on_and_no_row_comes_twice(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    path = written(
        tmp_path, *(f"N{number};Given;Name{number};;;;;;" if number % 4 else "bad;;;;;;;;" for number in range(10))
    )

    def die(far: Progress) -> None:
        if far.rows == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(house, path, on_batch=die)
    assert CustomerImport.objects.get().rows == 6
    done = take_in(house, path)
    assert (done.rows, done.made, done.faulty) == (10, 7, 3)
    assert sorted(
        Customer.objects.filter(number__startswith="N", given_name="Given").values_list("number", flat=True)
    ) == [f"N{number}" for number in range(10) if number % 4]
    assert [one.row for one in actions.problems_of(done)] == [2, 6, 10]
    again = take_in(house, path)
    assert again.made == 7
    assert Customer.objects.filter(given_name="Given").count() == 7


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"Nothing": "family_name"}, "no column called Nothing"),
        ({"Nachname": "nonsense"}, "no field called nonsense"),
        ({"Vorname": "given_name"}, "Say which column"),
    ],
)
def test_a_wrong_mapping_is_said_before_anything_is_written(
    house: House, tmp_path: Path, mapping: dict[str, str], words: str
) -> None:
    with pytest.raises(CannotImport, match=words):
        take_in(house, written(tmp_path), mapping=mapping)
    assert not CustomerImport.objects.exists()


def test_a_file_that_is_not_utf8_is_refused_with_what_to_do(house: House, tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="CSV UTF-8"):
        take_in(house, written(tmp_path, "A1;Jörg;Müller;;;;;;", encoding="latin-1"))
    assert not Customer.objects.filter(number="A1").exists()


def test_an_empty_file_has_no_columns(house: House, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises(CannotImport, match="no column"):
        take_in(house, path)


def test_who_came_from_a_file_is_found_as_if_written_by_hand(house: House, tmp_path: Path) -> None:
    take_in(house, written(tmp_path, "K-77;Jörg;O'Müller;;4.3.1970;j.mueller@example.test;030 12345;10115;"))
    joerg = Customer.objects.get(number="K-77")
    known = list(Identifier.objects.filter(customer=joerg))
    before = Entry.objects.filter(subject_id=joerg.id).values("kind", "brand", "at", "text", "words").get()
    keys, text = joerg.match_keys, joerg.search_text
    actions.refresh_search_text(joerg)
    assert Entry.objects.filter(subject_id=joerg.id).values(*before).get() == before
    assert (joerg.match_keys, joerg.search_text) == (keys, text)
    assert [one.evidence for one in known] == ["import"] * 3


def test_those_without_a_number_get_one_each(house: House, tmp_path: Path) -> None:
    take_in(house, written(tmp_path, ";Ada;Lind;;;;;;", "A2;Bob;Lind;;;;;;", ";Cem;Lind;;;;;;"))
    numbers = dict(Customer.objects.filter(family_name="Lind").values_list("given_name", "number"))
    assert numbers["Bob"] == "A2"
    assert numbers["Ada"] != numbers["Cem"]
    assert all(ids.is_short_number(numbers[name].removeprefix("N")) for name in ("Ada", "Cem"))
