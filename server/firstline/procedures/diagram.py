"""The names in a diagram in other languages: `diagram.yaml` has them by the name as it is drawn."""

from collections.abc import Iterator, Mapping

from lxml import etree

from firstline.procedures.outline import Outline
from firstline.procedures.problems import LANGUAGES, Problem
from firstline.procedures.reader import Part, Texts

FILE = "diagram.yaml"
DRAWN_IN = "en"
# Named for machines, or named elsewhere.
_NOT_DRAWN = frozenset({"definitions", "process", "error", "message", "signal", "escalation"})


def load(part: Part) -> Mapping[str, Texts]:
    """Read the translations; mistakes go to the part's notes."""
    found = {}
    for name in part.names():
        words = part.part(name)
        found[name] = {language: words.text(language) for language in LANGUAGES if language != DRAWN_IN}
        words.end()
    part.end()
    return found


def check(names: Mapping[str, Texts], outline: Outline) -> Iterator[Problem]:
    """Find names that are drawn and not translated, and the other way round."""
    drawn = {one.name for one in outline.elements.values() if one.name and one.kind not in _NOT_DRAWN}
    for name in sorted(drawn - names.keys()):
        yield Problem(file=FILE, place=name, message="The diagram has this name; translate it here.")
    for name in sorted(names.keys() - drawn) if outline.elements else ():
        yield Problem(file=FILE, place=name, message="process.bpmn has no such name.")


def name_of(names: Mapping[str, Texts], drawn: str, language: str) -> str:
    """Give a name in a language; as it is drawn where there is no translation."""
    return names.get(drawn, {}).get(language) or drawn


def in_language(xml: str, names: Mapping[str, Texts], language: str) -> str:
    """Give the diagram with its names in a language; nothing else in it changes."""
    if language == DRAWN_IN or not names:
        return xml
    root = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    for node in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}*"):
        # As the outline reads it: a modeller may have broken the name into lines.
        drawn = str(node.get("name") or "")
        if drawn and etree.QName(node).localname not in _NOT_DRAWN:
            node.set("name", name_of(names, drawn, language))
    return etree.tostring(root, encoding="unicode")
