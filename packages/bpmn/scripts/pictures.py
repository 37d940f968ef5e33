# ruff: noqa: INP001 -- beside a program of its own
"""Pictures of diagrams by bpmn-js, in Chromium: SVG with nothing in it but what is seen."""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

VIEWER = Path(__file__).parents[3] / "server/frontend/node_modules/bpmn-js/dist/bpmn-viewer.production.min.js"
# On white and on black alike: 4.8 and 3.9 to 1. Shapes are filled with white, since what is filled in a symbol is drawn in line colour.
LINE, FILL = "#6b7280", "#ffffff"

_DRAW = """async ([xml, line, fill]) => {
  const viewer = new BpmnJS({ container: document.body, bpmnRenderer: {
    defaultStrokeColor: line, defaultLabelColor: line, defaultFillColor: fill } });
  await viewer.importXML(xml);
  const { svg } = await viewer.saveSVG();
  viewer.destroy();
  return svg;
}"""
_UNSEEN = ("djs-hit", "djs-outline", "djs-dragger", "djs-bendpoints", "djs-segment-dragger")
_SVG = "{http://www.w3.org/2000/svg}"


def mark(xml: bytes) -> str:
    """Say from which diagram a picture is, so that an old one is noticed."""
    return hashlib.sha256(b"|".join((xml, LINE.encode(), FILL.encode()))).hexdigest()[:16]


@contextmanager
def drawing() -> Iterator[Callable[[bytes], str]]:
    """Give a function that draws a model with a diagram; needs Chromium, Playwright and the front end's node_modules."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only who draws needs it

    chromium = os.environ.get("FIRSTLINE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page()
        page.set_content("<body></body>")
        page.add_script_tag(path=VIEWER)
        yield lambda xml: tidied(page.evaluate(_DRAW, [xml.decode(), LINE, FILL]), mark(xml))
        browser.close()


def tidied(svg: str, mark_: str) -> str:
    """Leave out what nobody sees, and number what has random ids."""
    root = etree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg).encode())
    for element in list(root.iter(_SVG + "*")):
        if any(name in element.get("class", "") for name in _UNSEEN):
            _remove(element)
    for element in root.iter(_SVG + "*"):
        for name in [name for name in element.attrib if name == "class" or str(name).startswith("data-")]:
            del element.attrib[name]
        if element.get("style") == "display: block;":
            del element.attrib["style"]
    for element in reversed(list(root.iter(_SVG + "g", _SVG + "defs"))):
        if not len(element):
            _remove(element)
    root.set("data-drawn-from", mark_)
    text = etree.tostring(root, encoding="unicode")
    # Lanes are drawn transparent, for which a dark page is too dark.
    text = re.sub(r"fill-opacity: 0\.\d+", "fill-opacity: 1", text)
    text = re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", text)
    for number, id_ in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', text))):
        text = text.replace(f'id="{id_}"', f'id="i{number}"').replace(f"#{id_}", f"#i{number}")
    return f"<!-- created with bpmn-js / https://bpmn.io -->\n{text}\n"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
