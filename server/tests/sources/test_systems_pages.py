"""The pages of the systems: administrators see how each answers, try views, and write definitions; nobody else does."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from firstline.audit.models import AuditEntry
from firstline.sources import catalogue
from firstline.sources.adapters import loaded
from firstline.sources.models import Definition
from firstline.sources.rules.definitions import DefinitionProblems
from firstline.sources.web.definitions import SKELETON

pytestmark = pytest.mark.django_db

LISTING, NEW, SAVE, TRY = (reverse(f"sources:{name}") for name in ("systems", "new", "save", "try"))
SHOP = reverse("sources:system", args=["shop"])
BY_FILE = SKELETON.replace("key: shop", "key: depot").replace("{en: Shop, de: Laden, nl: Winkel}", "{en: Depot}")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A shop in an SQLite file, which nothing defines yet, and a depot that a file defines."""
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = tmp_path / "sources", tmp_path
    settings.FIRSTLINE_SOURCES_LOOK_SECONDS = 0.0
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "depot.yaml").write_text(BY_FILE)
    (tmp_path / "shop.url").write_text(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    shop = sqlite3.connect(tmp_path / "shop.sqlite")
    shop.executescript(
        "CREATE TABLE customer (id INTEGER, email); CREATE TABLE orders (customer_id INTEGER, number, total);"
        "INSERT INTO customer VALUES (7, 'ada@example.com');"
        "INSERT INTO orders VALUES (7, 'A-1 <b>', 12.5)"
    )
    shop.close()
    loaded.forget()
    yield tmp_path
    loaded.forget()


@pytest.fixture
def admin(house: Any) -> Client:
    client: Client = house.client(house.admin)
    return client


def save(client: Client, text: str, *, source: str = "", based_on: int = 0) -> Any:
    return client.post(SAVE, {"text": text, "source": source, "based_on": based_on}, follow=True)


def test_others_get_nowhere(house: Any, admin: Client) -> None:
    save(admin, SKELETON)
    for person in (house.agent, house.lead, house.owner):
        client = house.client(person)
        assert [client.get(page).status_code for page in (LISTING, NEW, SHOP)] == [403] * 3
        sent = {"text": "", "source": "shop", "based_on": 1}
        for page in (SAVE, TRY, reverse("sources:withdraw", args=["shop"])):
            assert client.post(page, sent).status_code == 403
    assert Definition.objects.count() == 1


def test_a_system_is_connected_without_a_file(admin: Client) -> None:
    page = save(admin, admin.get(NEW).context["text"])
    assert "Version 1 is in use" in page.content.decode()
    assert set(loaded.sources()) == {"shop", "depot"}
    listed = admin.get(LISTING).content.decode()
    assert "here, version 1" in listed
    assert "depot.yaml" in listed
    assert "not asked yet" in listed


def test_all_mistakes_are_told_with_their_lines_and_nothing_is_saved(admin: Client) -> None:
    wrong = (
        SKELETON.replace("tile: table", "tile: graph").replace(":customer", ":who").replace("shop.url", "../shop.url")
    )
    answer = admin.post(SAVE, {"text": wrong, "source": "", "based_on": 0})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "3 mistakes; nothing was saved" in page
    for line, of in ((5, "connection.url.file"), (14, "views.orders.tile"), (15, "views.orders.read.sql")):
        assert f"Line {line}, <code>{of}</code>" in page
    assert "tile: graph" in page
    assert not Definition.objects.exists()


@pytest.mark.parametrize(
    "reference", ["{file: /etc/passwd}", "{file: a/b}", "{file: .hidden}", "{env: DATABASE_URL}", "{env: PATH}"]
)
def test_a_screen_reaches_only_what_is_laid_out_for_sources(admin: Client, reference: str) -> None:
    answer = admin.post(SAVE, {"text": SKELETON.replace("{file: shop.url}", reference), "based_on": 0})
    assert answer.status_code == 422
    assert "On screens," in answer.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 5_000,
        "a: &a [1]\nb: &b [*a, *a]\n" * 3,
        "key: x\nlabel: 2026-99-99",
        "\x00",
        "- 1\n- 2",
        "x" * 300_000,
        "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 1}]" for n in range(12)),
    ],
    ids=range(8),
)
def test_what_is_no_definition_breaks_nothing(admin: Client, text: str) -> None:
    assert admin.post(SAVE, {"text": text, "based_on": 0}).status_code == 422
    assert admin.post(TRY, {"text": text}).status_code == 422


def test_what_a_file_defines_stays_the_files(admin: Client) -> None:
    answer = save(admin, BY_FILE)
    assert answer.status_code == 409
    assert "files win" in answer.content.decode()
    page = admin.get(reverse("sources:system", args=["depot"])).content.decode()
    assert "The file depot.yaml defines it" in page
    assert "readonly" in page
    assert not Definition.objects.exists()


def test_where_definitions_are_files_only_screens_only_show_them(admin: Client, settings: Any) -> None:
    settings.FIRSTLINE_SOURCES_LOOK_SECONDS = None
    assert save(admin, SKELETON).status_code == 409
    assert "Connect a system" not in admin.get(LISTING).content.decode()


def test_nobody_saves_over_what_they_have_not_seen(admin: Client) -> None:
    save(admin, SKELETON)
    save(admin, SKELETON + "timeout: 5 s\n", source="shop", based_on=1)
    assert "Somebody else has saved" in save(admin, SKELETON, source="shop", based_on=1).content.decode()
    assert loaded.sources()["shop"].timeout.total_seconds() == 5
    assert save(admin, SKELETON.replace("key: shop", "key: store"), source="shop", based_on=2).status_code == 422
    assert Definition.objects.count() == 2


def test_an_earlier_version_is_looked_at_and_saved_again(admin: Client) -> None:
    save(admin, SKELETON)
    save(admin, SKELETON + "timeout: 5 s\n", source="shop", based_on=1)
    assert admin.get(SHOP, {"version": "1"}).context["text"] == SKELETON
    save(admin, SKELETON, source="shop", based_on=2)
    assert loaded.sources()["shop"].timeout.total_seconds() == 10


def test_a_system_is_taken_out_of_use_and_back(admin: Client) -> None:
    save(admin, SKELETON)
    admin.post(reverse("sources:withdraw", args=["shop"]), {"based_on": 1})
    assert set(loaded.sources()) == {"depot"}
    assert "Out of use" in admin.get(SHOP).content.decode()
    assert f'Out of use: <a href="{SHOP}">shop</a>' in admin.get(LISTING).content.decode()
    save(admin, SKELETON, source="shop", based_on=2)
    assert set(loaded.sources()) == {"shop", "depot"}
    actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert actions == ["source.defined", "source.withdrawn", "source.defined"]


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_view_is_tried_saved_or_not(admin: Client, is_saved: bool) -> None:
    if is_saved:
        save(admin, SKELETON)
    sent = {"text": SKELETON, "source": "shop" if is_saved else "", "kind": "email", "value": "Ada@example.com"}
    answer = admin.post(TRY, sent)
    page = answer.content.decode()
    assert "A-1 &lt;b&gt;" in page
    assert "12.50" in page
    assert answer.context["tried"].seconds > 0
    assert AuditEntry.objects.get(action="source.tried").about == "shop.orders"
    nobody = admin.post(TRY, {**sent, "value": "eve@example.com"}).content.decode()
    assert "isn&#x27;t known in Shop" in nobody


def test_why_a_view_does_not_answer_is_said(admin: Client, folder: Path) -> None:
    save(admin, SKELETON)
    (folder / "shop.sqlite").unlink()
    sent = {"text": SKELETON, "source": "shop", "kind": "email", "value": "ada@example.com"}
    assert "file can&#x27;t be opened" in admin.post(TRY, sent).content.decode()
    listed = admin.get(LISTING).content.decode()
    assert "failing" in listed
    assert str(folder) not in listed
    wrong = {**sent, "view": "shop.cakes"}
    assert "There is no view" in admin.post(TRY, wrong).content.decode()


@pytest.mark.parametrize(
    ("changed", "sent", "told"),
    [
        ({}, {"value": " ADA@Example.com"}, "12.50"),
        ({}, {"value": "ada"}, "Say what the customer is known by"),
        (
            {},
            {"kind": "phone", "value": "030 1234567"},
            "finds nobody by phone. Under &#x27;customer&#x27; it has: email.",
        ),
        ({"name: total,": "name: totl,"}, {}, "&#x27;totl&#x27; isn&#x27;t in the answer. In it are: number, total."),
        ({"number, total": "'<i>' AS number, 'x' AS total"}, {}, "&#x27;total&#x27; can&#x27;t be read as money"),
        ({"field: id": "field: ID"}, {}, "has no &#x27;ID&#x27;; there are: id."),
        ({"shop.url": "shop.txt"}, {}, "the folder of secrets has no file shop.txt"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said(
    admin: Client, changed: dict[str, str], sent: dict[str, str], told: str
) -> None:
    text = SKELETON
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    page = admin.post(TRY, {"text": text, "kind": "email", "value": "ada@example.com", **sent})
    assert told in page.content.decode()


def test_a_failure_of_ours_is_told_and_not_shown(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_ask_draft", lambda *_: 1 / 0)
    page = admin.post(TRY, {"text": SKELETON, "kind": "email", "value": "ada@example.com"})
    assert (page.status_code, "a mistake of ours" in page.content.decode()) == (200, True)


def test_a_key_that_is_taken_is_told(admin: Client) -> None:
    save(admin, SKELETON)
    assert "There is a source &#x27;shop&#x27; already" in save(admin, SKELETON).content.decode()


def test_what_is_wrong_is_told_in_everybodys_language(house: Any, admin: Client, folder: Path) -> None:
    (folder / "shop.url").unlink()
    house.admin.language = "de"
    house.admin.save()
    page = admin.post(TRY, {"text": SKELETON, "kind": "email", "value": "ada@example.com"}).content.decode()
    assert "Im Ordner der Geheimnisse" in page
    assert "shop.url" in page


def test_what_a_later_release_cannot_read_leaves_the_others_alone(admin: Client) -> None:
    Definition.objects.create(source="old", number=1, text="key: old\nconnector: telex\n")
    assert set(loaded.sources()) == {"depot"}
    assert isinstance(loaded.in_use().broken["old"], DefinitionProblems)
    assert "be read any more" in admin.get(LISTING).content.decode()
    page = admin.get(reverse("sources:system", args=["old"])).content.decode()
    assert "mistakes, for which it can't be used" in page
    assert "Line 2, <code>connector</code>" in page
    assert admin.get(reverse("sources:system", args=["never"])).status_code == 404


def test_another_process_notices(admin: Client) -> None:
    assert set(loaded.sources()) == {"depot"}
    # As another process stores it: nothing here hears of it.
    Definition.objects.create(source="shop", number=1, text=SKELETON)
    assert set(loaded.sources()) == {"depot", "shop"}
    before = loaded.window(loaded.sources()["shop"])
    Definition.objects.create(source="shop", number=2, text=SKELETON + "concurrency: 2\n")
    assert loaded.window(loaded.sources()["shop"]) is not before


def test_pages_speak_german_and_dutch(house: Any, admin: Client) -> None:
    save(admin, SKELETON)
    for language, words in (("de", "Eine Ansicht ausprobieren"), ("nl", "Een weergave uitproberen")):
        house.admin.language = language
        house.admin.save()
        assert words in admin.get(SHOP).content.decode()
