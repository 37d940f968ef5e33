"""The pages of procedures: all staff look, owners put into use, strangers get nothing."""

from pathlib import Path

import pytest
from django.test import Client

from firstline.accounts.models import User
from firstline.procedures import importer
from firstline.procedures.models import Activation, Release

pytestmark = pytest.mark.django_db

SHIPPED = Path(__file__).resolve().parents[3] / "procedures"


@pytest.fixture
def release() -> Release:
    importer.deploy_tree(SHIPPED)
    return Release.objects.get(procedure_key="change-of-address")


def client_of(role: str) -> Client:
    user = User.objects.create_user(f"{role}@example.org", "a long enough one", name=role, roles=[role])
    client = Client()
    client.force_login(user)
    return client


def test_an_agent_sees_everything_but_puts_nothing_into_use(release: Release) -> None:
    client = client_of("agent")
    listed = client.get("/procedures/").content.decode()
    assert "Change of address" in listed
    assert "in use" in listed
    reasons = client.get("/procedures/reasons/").content.decode()
    assert reasons.count("gap: nothing starts") >= 15
    page = client.get(f"/procedures/releases/{release.id}/").content.decode()
    assert "Take the new address" in page
    assert "Put into use" not in page
    assert client.post(f"/procedures/releases/{release.id}/activate/").status_code == 403
    assert Activation.objects.filter(release=release).count() == 1


def test_the_diagram_is_the_file_that_was_deployed(release: Release) -> None:
    answer = client_of("lead").get(f"/procedures/releases/{release.id}/process.bpmn")
    assert answer.content == (SHIPPED / "change-of-address/process.bpmn").read_bytes()
    assert answer["Content-Type"].startswith("application/xml")


def test_an_owner_puts_a_release_into_use(release: Release) -> None:
    client = client_of("owner")
    assert "Put release 1 into use" in client.get(f"/procedures/releases/{release.id}/").content.decode()
    answer = client.post(f"/procedures/releases/{release.id}/activate/", {"share": "20", "from_at": "2099-01-01T08:00"})
    assert answer.status_code == 302
    made = Activation.objects.get(release=release, share=20)
    assert made.from_at.isoformat() == "2099-01-01T07:00:00+00:00"
    for bad in ({"share": "101"}, {"share": "many"}, {"from_at": "soon"}, {"from_at": "2001-01-01T00:00"}):
        assert client.post(f"/procedures/releases/{release.id}/activate/", bad).status_code == 400
    assert Activation.objects.filter(release=release).count() == 2


def test_a_stranger_is_led_to_the_login_and_a_wrong_address_is_not_found(release: Release) -> None:
    for path in ("", "reasons/", f"releases/{release.id}/", f"releases/{release.id}/process.bpmn"):
        assert Client().get(f"/procedures/{path}").status_code == 302
    assert client_of("admin").get(f"/procedures/releases/{'0' * 64}/").status_code == 404


def test_the_pages_speak_german_and_dutch(release: Release) -> None:
    client = client_of("owner")
    for language, word in (("de", "Adressänderung"), ("nl", "Adreswijziging")):
        User.objects.update(language=language)
        page = client.get("/procedures/").content.decode()
        assert word in page


def test_the_list_asks_the_database_as_often_for_many_releases_as_for_one(
    release: Release, django_assert_max_num_queries: object
) -> None:
    client = client_of("agent")
    client.get("/procedures/")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get("/procedures/")
