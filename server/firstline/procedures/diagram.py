"""The names in a diagram in other languages: `diagram.yaml` has them by the name as it is drawn; words of decisions, too."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from lxml import etree

from firstline.procedures.outline import Outline
from firstline.procedures.problems import LANGUAGES, Problem
from firstline.procedures.reader import Part, Texts

FILE = "diagram.yaml"
DRAWN_IN = "en"
# Named for machines, or named elsewhere.
_NOT_DRAWN = frozenset({"definitions", "process", "error", "message", "signal", "escalation"})
_LITERAL = re.compile(r'"([^"]+)"')
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def load(part: Part) -> Mapping[str, Texts]:
    """Read the translations; mistakes go to the part's notes."""
    found = {}
    for name in part.names():
        words = part.part(name)
        found[name] = {language: words.text(language) for language in LANGUAGES if language != DRAWN_IN}
        words.end()
    part.end()
    return found


def words_of_decisions(files: Iterable[str]) -> frozenset[str]:
    """List the words of decisions that people read: names of decisions, of what goes in and comes out, and texts that come out.

    What isn't XML has none; its mistakes are told elsewhere.
    """
    found: set[str] = set()
    for text in files:
        try:
            root = etree.fromstring(text.encode(), _SAFE)
        except etree.XMLSyntaxError:
            continue
        found.update(str(one.get("name")) for one in root.iter("{*}decision", "{*}output") if one.get("name"))
        found.update(one.text.strip() for one in root.iterfind(".//{*}inputExpression/{*}text") if one.text)
        for one in root.iterfind(".//{*}outputEntry/{*}text"):
            found.update(_LITERAL.findall(one.text or ""))
    return frozenset(found)


def check(names: Mapping[str, Texts], outline: Outline, decided: Collection[str] = ()) -> Iterator[Problem]:
    """Find names that are drawn and not translated, and the other way round; words of decisions may be translated."""
    drawn = {one.name for one in outline.elements.values() if one.name and one.kind not in _NOT_DRAWN}
    for name in sorted(drawn - names.keys()):
        yield Problem(file=FILE, place=name, message="The diagram has this name; translate it here.")
    for name in sorted(names.keys() - drawn - set(decided)) if outline.elements else ():
        yield Problem(file=FILE, place=name, message="Neither process.bpmn nor a decision has such a name.")


def name_of(names: Mapping[str, Texts], drawn: str, language: str) -> str:
    """Give a name in a language; as it is drawn where there is no translation."""
    return names.get(drawn, {}).get(language) or drawn


def in_language(xml: str, names: Mapping[str, Texts], language: str) -> str:
    """Give the diagram with its names in a language; nothing else in it changes."""
    if language == DRAWN_IN or not names:
        return xml
    root = etree.fromstring(xml.encode(), _SAFE)
    for node in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}*"):
        # As the outline reads it: a modeller may have broken the name into lines.
        drawn = str(node.get("name") or "")
        if drawn and etree.QName(node).localname not in _NOT_DRAWN:
            node.set("name", name_of(names, drawn, language))
    return etree.tostring(root, encoding="unicode")
