"""The pages of decisions: owners deploy and try, staff read, people of another brand see no decision that was made."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from firstline.accounts.models import User
from firstline.decisions.models import Evaluation, ModelVersion
from firstline.decisions.web.models import MAX_FILE_BYTES, MAX_FILES

from .samples import BROKEN, priority

pytestmark = pytest.mark.django_db


def at(name: str, *more: Any) -> str:
    return reverse(f"decisions:{name}", args=more)


def upload(client: Client, *files: tuple[str, bytes]) -> Any:
    sent = [SimpleUploadedFile(name, content, content_type="application/xml") for name, content in files]
    return client.post(at("deploy"), {"files": sent})


@pytest.fixture
def version(house: Any) -> ModelVersion:
    assert upload(house.client(house.owner), ("priority.dmn", priority().encode())).status_code == 302
    return ModelVersion.objects.get(key="priorities")


@pytest.fixture
def made(house: Any) -> Evaluation:
    """A decision that was made for a complaint."""
    return Evaluation.objects.get(business_id=house.back_office_case().id)


# --- who may ---


def test_owners_deploy_and_try_agents_read_and_nobody_comes_without_a_login(house: Any, version: ModelVersion) -> None:
    pages = {"list": (), "model": (version.id,), "xml": (version.id,), "drawing": (version.id,), "made": ()}
    for person in ("owner", "admin", "lead", "agent", "clerk", "stranger"):
        client, may = house.client(getattr(house, person)), person in {"owner", "admin"}
        for name, arguments in pages.items():
            assert client.get(at(name, *arguments)).status_code == 200, (person, name)
        assert (at("deploy") in client.get(at("list")).content.decode()) is may
        assert (at("try", version.id) in client.get(at("model", version.id)).content.decode()) is may
        for where in (at("deploy"), at("try", version.id)):
            assert client.get(where).status_code == (200 if may else 403), (person, where)
        assert client.post(at("try", version.id)).status_code == (200 if may else 403)
    for name, arguments in pages.items():
        assert Client().get(at(name, *arguments)).status_code == 302


def test_a_decision_made_is_seen_by_whoever_sees_its_case(house: Any, made: Evaluation) -> None:
    for person in ("agent", "clerk", "lead", "owner"):
        client = house.client(getattr(house, person))
        assert "Complaint assessment" in client.get(at("evaluation", made.id)).content.decode()
        assert at("evaluation", made.id) in client.get(at("made")).content.decode()
    stranger = house.client(house.stranger)
    assert stranger.get(at("evaluation", made.id)).status_code == 404
    assert at("evaluation", made.id) not in stranger.get(at("made")).content.decode()
    page = stranger.get(at("model", made.version_id)).content.decode()
    assert "No process has asked this table yet" in page
    User.objects.filter(id=house.stranger.id).update(roles=["owner"])
    tried = house.client(house.stranger).get(at("try", made.version_id), {"evaluation": made.id})
    assert tried.status_code == 404


def test_what_was_decided_for_no_case_is_for_owners(house: Any, made: Evaluation) -> None:
    Evaluation.objects.update(business_id=None)
    assert house.client(house.owner).get(at("evaluation", made.id)).status_code == 200
    assert house.client(house.agent).get(at("evaluation", made.id)).status_code == 404


# --- deploying ---


def test_every_mistake_stands_on_the_page_with_element_sentence_and_character(house: Any) -> None:
    answer = upload(house.client(house.owner), ("broken.dmn", BROKEN.encode()), ("fine.dmn", priority().encode()))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "nothing was deployed" in page
    assert "<code>routes</code>" in page
    assert "SOMETIMES" in page
    assert '<td class="number">8</td>' in page  # "amount +" breaks off there
    assert not ModelVersion.objects.filter(key="priorities").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe<\x00", "UTF-8"),
        (b"<x>\x00</x>", "NUL"),
        (b"", "XML"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "document type"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than 1 MB"),
        (b"<definitions/>", "DMN"),
    ],
)
def test_what_is_no_model_is_refused_in_words(house: Any, content: bytes, said: str) -> None:
    answer = upload(house.client(house.owner), ("<script>alert(1)</script>.dmn", content))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert b"<script>alert(1)" not in answer.content


def test_too_many_files_none_and_twins_are_refused(house: Any) -> None:
    client = house.client(house.owner)
    assert client.post(at("deploy")).status_code == 422
    many = upload(client, *((f"{number}.dmn", priority().encode()) for number in range(MAX_FILES + 1)))
    assert many.status_code == 422
    twins = upload(client, ("same.dmn", priority().encode()), ("same.dmn", priority(key="other").encode()))
    assert "same.dmn (2)" in twins.content.decode()


def test_deploying_says_what_became_of_it(house: Any, version: ModelVersion) -> None:
    client = house.client(house.owner)
    again = client.post(at("deploy"), {"files": [SimpleUploadedFile("p.dmn", priority().encode())]}, follow=True)
    assert "is the same as version 1" in again.content.decode()
    changed = client.post(
        at("deploy"), {"files": [SimpleUploadedFile("p.dmn", priority(high="> 5").encode())]}, follow=True
    )
    page = changed.content.decode()
    assert "is deployed as version 2" in page
    assert "latest version" in page
    assert "Owner" in page
    old = client.get(at("model", version.id)).content.decode()
    assert "not the latest version" in old


# --- looking ---


def test_a_model_is_found_by_its_name_and_those_of_its_decisions(house: Any, version: ModelVersion) -> None:
    client = house.client(house.agent)
    for words, found in (("loyal", True), ("PRIOR ity", True), ("priority offer", False)):
        page = client.get(at("list"), {"q": words}).content.decode()
        assert (at("model", version.id) in page) is found, words


def test_the_list_goes_on_by_key_and_asks_the_database_a_fixed_number_of_times(
    house: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    client = house.client(house.owner)
    upload(client, *((f"{number}.dmn", many(number).encode()) for number in range(5)))
    monkeypatch.setattr("firstline.decisions.web.models.PAGE_SIZE", 3)
    seen, address = [], at("list")
    for _page in range(10):
        answer = client.get(address)
        seen += [row.key for row in answer.context["page"].rows]
        if not answer.context["page"].next:
            break
        address = f"{at('list')}?after={answer.context['page'].next}"
    assert sorted(seen) == sorted(set(ModelVersion.objects.values_list("key", flat=True)))
    assert len(seen) == len(set(seen)) > 5
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get(at("list"))
    monkeypatch.setattr("firstline.decisions.web.models.PAGE_SIZE", 50)
    with django_assert_num_queries(len(few)):
        client.get(at("list"))


def many(number: int) -> str:
    text = priority(key=f"model-{number}")
    for name in ("priority", "loyalty"):
        text = text.replace(f'id="{name}"', f'id="{name}-{number}"').replace(f'"#{name}"', f'"#{name}-{number}"')
    return text


def test_a_model_page_shows_the_whole_and_each_decision_in_words(house: Any, version: ModelVersion) -> None:
    client = house.client(house.agent)
    whole = client.get(at("model", version.id)).content.decode()
    assert 'view="overview"' in whole
    assert "How urgent is it?" in whole
    assert "Amount" not in whole
    one = client.get(at("model", version.id), {"view": "priority"}).content.decode()
    assert 'view="priority"' in one
    assert "<code>&gt; 1000</code>" in one
    assert "Large sums first" in one
    assert "the first rule that matches counts" in one
    text = client.get(at("model", version.id), {"view": "loyalty"}).content.decode()
    assert "if years &gt;= 5" in text
    for wrong in ("nothing", "<script>", "i-amount"):
        assert 'view="overview"' in client.get(at("model", version.id), {"view": wrong}).content.decode()


def test_the_file_comes_back_as_it_was_and_the_drawing_is_laid_out(house: Any, version: ModelVersion) -> None:
    client = house.client(house.agent)
    file = client.get(at("xml", version.id))
    assert file.content.decode() == priority()
    assert "attachment" in file["Content-Disposition"]
    assert "immutable" in file["Cache-Control"]
    drawn = client.get(at("drawing", version.id)).content.decode()
    assert "DMNShape" in drawn
    assert "DMNShape" not in priority()


def test_only_pages_with_drawings_allow_the_styles_of_the_library(house: Any, version: ModelVersion) -> None:
    client = house.client(house.agent)
    assert "unsafe-hashes" in client.get(at("model", version.id))["Content-Security-Policy"]
    assert "unsafe-hashes" not in client.get(at("list"))["Content-Security-Policy"]


@pytest.mark.parametrize(("language", "word"), [("de", "Entscheidungen"), ("nl", "Beslissingen")])
def test_the_pages_speak_german_and_dutch(house: Any, version: ModelVersion, language: str, word: str) -> None:
    User.objects.update(language=language)
    assert word in house.client(User.objects.get(id=house.owner.id)).get(at("list")).content.decode()


# --- trying ---


def attempt(client: Client, version: ModelVersion, **values: str) -> Any:
    sent = {f"value:{name}": value for name, value in values.items()}
    return client.post(at("try", version.id), {"decision": "priority", **sent})


def test_trying_shows_the_result_the_rules_and_keeps_what_was_entered(house: Any, version: ModelVersion) -> None:
    client = house.client(house.owner)
    answer = attempt(client, version, amount="20,5", years="7")
    page = answer.content.decode()
    assert answer.context["result"] == (("", "middle"),)
    assert 'value="20,5"' in page
    assert "rule 2 matched" in page
    assert page.count('class="is-matched"') == 1
    assert answer.context["marks"] == '["loyal"]'
    assert not Evaluation.objects.exists()
    part = client.post(at("try", version.id), {"decision": "priority"}, HTTP_HX_REQUEST="true").content.decode()
    assert part.startswith('<div id="trial"')


def test_a_value_that_is_none_is_refused_at_its_field(house: Any, version: ModelVersion) -> None:
    answer = attempt(house.client(house.owner), version, amount="lots", years="=1 +")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a value of this kind: number" in page
    assert "This is no FEEL value" in page
    assert page.count('aria-invalid="true"') == 2
    assert 'value="lots"' in page
    assert "Result" not in page


def test_why_something_is_null_is_said_with_its_place(house: Any, version: ModelVersion) -> None:
    answer = attempt(house.client(house.owner), version, amount='="text"')
    assert answer.status_code == 200
    assert [trouble.place.node for trouble in answer.context["troubles"] if trouble.place]


def test_values_of_a_past_decision_are_tried_again_with_one_click(house: Any, made: Evaluation) -> None:
    client = house.client(house.owner)
    page = client.get(at("evaluation", made.id)).content.decode()
    address = f"{at('try', made.version_id)}?decision={made.decision_id}&amp;evaluation={made.id}"
    assert address in page
    form = client.get(address.replace("&amp;", "&"))
    values = {field.name: field.value for field in form.context["fields"]}
    assert values["value:harm"] == "money"
    tried = client.post(at("try", made.version_id), {"decision": made.decision_id, **values})
    assert tried.context["marks"] == client.get(at("evaluation", made.id)).context["marks"]
