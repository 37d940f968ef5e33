"""`firstline procedures deploy` with broken XML and with a model full of mistakes: all told at once, nothing deployed."""

import re
import shutil
from pathlib import Path

import pytest

from firstline.config.cli import main
from firstline.procedures.models import Release
from firstline.processes.models import Deployment

PROCEDURES = Path(__file__).parents[3] / "procedures"

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROCEDURES / "change-of-address", tmp_path / "change-of-address"))


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Deploy, and give the sentences that the command line answers."""
    assert main(["procedures", "deploy", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert not Release.objects.exists()
    assert not Deployment.objects.exists()
    return said.err


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<",
        "no xml at all",
        "<definitions>",
        "\ufeff\x00\x01",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + LAUGHS + "]><x>&a11;</x>",
        '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]><x>&file;</x>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/evil.dtd"><x/>',
        "<a>" * 20_000,
        "<x " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>",
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    ],
    ids=["empty", "cut", "text", "open", "control", "laughs", "file", "dtd", "deep", "wide", "nothing-in-it"],
)
def test_broken_xml_is_refused_in_words(folder: Path, capsys: pytest.CaptureFixture[str], xml: str) -> None:
    (folder / "process.bpmn").write_text(xml)
    said = refused(folder, capsys)
    assert "process.bpmn" in said
    assert "root:" not in said  # of /etc/passwd


def test_a_model_with_many_mistakes_is_refused_with_each_of_them_and_its_element(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "process.bpmn"
    xml = path.read_text()
    for old, new in (
        # An expression of an input that is no FEEL.
        ('source="=customer.id"', 'source="=customer.("'),
        # A timer that is no duration.
        ('=duration("PT1H")', "=duration("),
        # A flow to nowhere.
        ('targetRef="address_changed"', 'targetRef="nowhere"'),
        # An element that this engine doesn't know.
        ('<bpmn:sendTask id="send_status"', '<bpmn:transaction id="send_status"'),
        # A job without a type.
        ('<zeebe:taskDefinition type="source-compensate"/>', "<zeebe:taskDefinition/>"),
        # An error that nobody defined.
        ('errorRef="error_refused"', 'errorRef="error_unknown"'),
    ):
        assert old in xml
        xml = xml.replace(old, new)
    xml = re.sub(
        r'(<bpmn:transaction id="send_status".*?)</bpmn:sendTask>', r"\1</bpmn:transaction>", xml, flags=re.DOTALL
    )
    path.write_text(xml)
    said = refused(folder, capsys)
    lines = [line for line in said.splitlines() if "process.bpmn" in line]
    assert len(lines) == 21, said
    for element in (
        "write_billing",
        "still_open",
        "flow_send_closing_to_address_changed",
        "send_status",
        "undo_billing",
        "billing_refused",
    ):
        assert any(element in line for line in lines), f"{element} in {said}"


def test_a_mistake_in_one_procedure_leaves_those_in_use_as_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["procedures", "deploy", str(PROCEDURES)]) == 0
    before = set(Release.objects.values_list("id", flat=True))
    (folder / "process.bpmn").write_text("<definitions>")
    capsys.readouterr()
    assert main(["procedures", "deploy", str(folder)]) == 1
    assert set(Release.objects.values_list("id", flat=True)) == before


def test_a_folder_that_is_none_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path / "missing", tmp_path):
        assert main(["procedures", "deploy", str(folder)]) == 1
        assert str(folder) in capsys.readouterr().err
