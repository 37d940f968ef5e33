"""The table of what is supported is whole, true, and has a picture of everything."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from lxml import etree

import bpmn
from bpmn import _compile, _elements, _throwing, _triggers, compile_model
from bpmn._program import Node
from bpmn._standard import KINDS
from bpmn.testing import Play

from .supported import FAMILIES, ROWS
from .supported.row import Row

HERE = Path(__file__).parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
RENEW = "run python packages/bpmn/scripts/document_support.py"
MOST_BYTES = 600_000


@pytest.fixture
def script(monkeypatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(HERE.parent / "scripts"))
    import document_support

    yield document_support
    for name in ("document_support", "layout", "pictures"):
        sys.modules.pop(name, None)


def subjects() -> Iterator[etree._Element]:
    for row in ROWS:
        for element in etree.fromstring(row.model).iter(BPMN + "*"):
            if element.get("id") in row.subjects:
                yield element


def tags(element: etree._Element) -> set[str]:
    return {etree.QName(one).localname for one in (element, *element.iterchildren(BPMN + "*"))}


def nodes(row: Row) -> list[Node]:
    """List what a row is about in the process that is played."""
    program = next(iter(compile_model(row.model).processes.values()))
    return [node for node in program.nodes if node.id in row.subjects]


def is_never_entered(node: Node) -> bool:
    """Tell whether it only says what undoes its activity."""
    return node.tag == "boundaryEvent" and node.catches.compensation


# --- true ---


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_model_runs_to_its_end(row: Row):
    play = Play(row.model, thorough=True, decide=lambda *_: "high")
    for step in row.plays:
        step(play)
    assert (play.outcome, play.incidents()) == (row.outcome, [])
    assert {node.id for node in nodes(row) if not is_never_entered(node)} <= set(play.trace())


def test_every_test_that_a_row_names_is_there():
    for row in ROWS:
        file, _, name = row.test.partition("::")
        assert re.search(rf"^def {name}\(", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE), row.test


# --- whole ---


def test_every_element_that_is_run_has_a_row():
    shown = {etree.QName(element).localname for element in subjects()}
    global_tasks = {etree.QName(tag).localname for tag in _compile._GLOBAL_TASKS}
    assert _elements.ELEMENTS.keys() | global_tasks <= shown
    assert {"standardLoopCharacteristics", "multiInstanceLoopCharacteristics"} <= {
        tag for element in subjects() for tag in tags(element)
    }


def test_every_event_definition_has_a_row_wherever_it_may_stand():
    shown = {(place(element), kind) for element in subjects() for kind in kinds(element)}
    allowed = {(where, kind) for where, kinds_ in _elements.DEFINITIONS.items() for kind in kinds_}
    assert shown == allowed


def place(element: etree._Element) -> str:
    tag = etree.QName(element).localname
    around = element.getparent()
    if tag != "startEvent":
        return tag
    is_event_subprocess = around.get("triggeredByEvent") == "true"
    return f"{tag} {'eventSubProcess' if is_event_subprocess else etree.QName(around).localname}"


def kinds(element: etree._Element) -> list[str]:
    if not etree.QName(element).localname.endswith("Event"):
        return []
    found = [tag.removesuffix("EventDefinition") for tag in tags(element) if tag.endswith("EventDefinition")]
    return found or [""]


@pytest.mark.parametrize(
    ("package", "method", "shown"),
    [
        (_elements, "enter", lambda node: (node.behaviour, node.joining, node.inner and node.inner.behaviour)),
        (_triggers, "opening", lambda node: node.triggers),
        (_throwing, "throw", lambda node: getattr(node.behaviour, "parts", (node.behaviour,))),
    ],
    ids=["behaviours", "triggers", "throwing"],
)
def test_everything_that_is_registered_has_a_row(package, method, shown):
    found = {type(one) for row in ROWS for node in nodes(row) for one in shown(node)}
    modules = [module for _, module in inspect.getmembers(package, inspect.ismodule)]
    defined = {
        one
        for module in modules
        for _, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__.startswith(package.__name__) and hasattr(one, method)
    }
    assert len(defined) > 3
    assert defined <= found


def test_every_extension_element_that_is_read_is_on_the_page(script):
    source = "".join(file.read_text(encoding="utf-8") for file in Path(bpmn.__file__).parent.rglob("*.py"))
    read = set(re.findall(r'\.(?:extension|attribute|pairs)\(\w+, "(\w+)"', source))
    read |= set(re.findall(r"extensionElements/\{ZEEBE\}(\w+)", source))
    assert {"script", "subscription", "loopCharacteristics", "ioMapping"} <= read
    everywhere = set(re.findall(r"`zeebe:(\w+)`", script.page({})))
    assert {name for row in ROWS for name in row.zeebe} | everywhere == read


def test_everything_that_the_standard_has_is_on_the_page(script):
    rows = {tag for element in subjects() for tag in tags(element) if not tag.startswith(("incoming", "outgoing"))}
    listed = [name for table in (script.READ_WITH_THEM, script.KEPT) for names in table for name in names.split()]
    concrete = {name for name, kind in KINDS.items() if not kind.is_abstract and ":" not in name} - {"any", "ref"}
    assert len(set(listed)) == len(listed)
    assert concrete == concrete & rows | set(listed)


# --- drawn ---


def test_the_page_says_what_is_so(script):
    assert script.PAGE.read_text(encoding="utf-8") == script.page(FAMILIES), RENEW


def test_every_row_has_a_picture_of_its_model(script):
    assert len({row.picture for row in ROWS}) == len(ROWS)
    assert [row.name for row in ROWS if not script.is_drawn(row)] == [], RENEW
    files = {file.name: file.read_text(encoding="utf-8") for file in script.PICTURES.iterdir()}
    assert files.keys() == {row.picture for row in ROWS}, RENEW
    assert sum(map(len, files.values())) < MOST_BYTES
    for row in ROWS:
        picture = etree.fromstring(files[row.picture])
        assert float(picture.get("width")) >= 40
        assert "bpmn.io" in files[row.picture]
        assert not re.search(r"<script|href|<image|url\((?!'#)", files[row.picture])
