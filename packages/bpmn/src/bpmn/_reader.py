"""Reading parts of elements, with every mistake noted and none fatal."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn import _collaboration
from bpmn._program import Formula, IoMapping
from bpmn._xml import BPMN, ZEEBE, local_name
from bpmn.errors import Problem
from feel import Expression, FeelSyntaxError, compile_expression

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Reader:
    """One file being read; `problems` in the order of the file."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.by_id: Mapping[str, etree._Element] = {
            str(element.get("id")): element for element in root.iter(BPMN + "*") if element.get("id")
        }
        self.lanes = _collaboration.lanes(root)
        self._problems: list[tuple[int, Problem]] = []
        self._definitions: dict[str, Mapping[str, etree._Element]] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        # What is read in several places is one mistake all the same.
        told = dict.fromkeys(sorted(self._problems, key=lambda entry: entry[0]))
        return tuple(problem for _, problem in told)

    def problem(self, code: str, element: etree._Element, complaint: str) -> None:
        """Note that `element` `complaint` (the rest of the sentence, without its full stop)."""
        id_ = element.get("id", "")
        problem = Problem(code, id_, f"{_title(element)} {complaint}.")
        self._problems.append((int(str(element.sourceline)), problem))

    def definition(self, tag: str, reference: str) -> etree._Element | None:
        """Find what is defined beside the processes (messages, signals, errors), by its id, with or without a prefix."""
        if tag not in self._definitions:
            self._definitions[tag] = {element.get("id", ""): element for element in self.root.findall(BPMN + tag)}
        known = self._definitions[tag]
        return known.get(reference, known.get(reference.rpartition(":")[2]))

    def event_definitions(self, event: etree._Element) -> list[tuple[str, etree._Element]]:
        """List the kinds and definitions of an event, also those that it refers to."""
        found = []
        for child in event.iterchildren(BPMN + "*"):
            tag = local_name(child)
            if tag == "eventDefinitionRef":
                referred = self.event_definition((child.text or "").strip())
                if referred is None:
                    self.problem("event_definition", event, f"refers to '{child.text}', which isn't defined")
                else:
                    found.append(referred)
            elif tag.endswith(_DEFINITION):
                found.append((tag.removesuffix(_DEFINITION), child))
        return found

    def event_definition(self, reference: str) -> tuple[str, etree._Element] | None:
        """Find an event definition that stands beside the processes."""
        element = self.by_id.get(reference, self.by_id.get(reference.rpartition(":")[2]))
        tag = local_name(element) if element is not None else ""
        return (tag.removesuffix(_DEFINITION), element) if element is not None and tag.endswith(_DEFINITION) else None

    def extension(self, element: etree._Element, name: str) -> etree._Element | None:
        """Find a `zeebe:` extension element."""
        return element.find(f"{BPMN}extensionElements/{ZEEBE}{name}")

    def attribute(self, element: etree._Element, extension: str, name: str) -> Formula:
        """Read an attribute of an extension element; "" when either is missing."""
        found = self.extension(element, extension)
        return self.formula(found.get(name, ""), element, name) if found is not None else ""

    def pairs(self, element: etree._Element, holder: str, item: str, key: str) -> Mapping[str, str]:
        """Read a list of keys and values such as task headers or properties."""
        found = self.extension(element, holder)
        items = found.findall(ZEEBE + item) if found is not None else []
        return {entry.get(key, ""): entry.get("value", "") for entry in items if entry.get(key)}

    def formula(self, text: str, element: etree._Element, what: str) -> Formula:
        """Read a text as it stands, or FEEL after a leading "="."""
        text = text.strip()
        return self.feel(text, element, what) if text.startswith("=") else text

    def feel(self, text: str, element: etree._Element, what: str) -> Formula:
        """Compile FEEL, with or without a leading "="; "" when it has mistakes."""
        return self.expression(text, element, what) or ""

    def expression(self, text: str, element: etree._Element, what: str) -> Expression | None:
        """Compile FEEL, with or without a leading "="; None when it has mistakes."""
        text = text.strip().removeprefix("=").strip()
        if not text:
            self.problem("feel", element, f"has an empty {what}")
            return None
        try:
            return compile_expression(text)
        except FeelSyntaxError as error:
            for problem in error.problems:
                place = f"character {problem.position + 1}"
                message = problem.message.rstrip(".")
                self.problem("feel", element, f"has a mistake in its {what} '{text}': {message} ({place})")
            return None

    def mappings(self, element: etree._Element, direction: str) -> tuple[IoMapping, ...]:
        """Read the `zeebe:input` or `zeebe:output` mappings."""
        holder = self.extension(element, "ioMapping")
        if holder is None:
            return ()
        return tuple(self._mappings(element, holder.findall(ZEEBE + direction), direction))

    def _mappings(self, element: etree._Element, entries: list[etree._Element], direction: str) -> Iterator[IoMapping]:
        for entry in entries:
            target = entry.get("target", "").strip()
            if not _PATH.fullmatch(target):
                self.problem(
                    "mapping", element, f"has an {direction} mapping to '{target}', which isn't a variable's name"
                )
            yield IoMapping(
                self.formula(entry.get("source", ""), element, f"{direction} mapping"), tuple(target.split("."))
            )

    def code_of(self, kind: str, event: etree._Element, definition: etree._Element) -> str:
        """Read the code of the error or escalation that `errorRef` or `escalationRef` names; "" when it names none."""
        reference = definition.get(f"{kind}Ref", "")
        if not reference:
            return ""
        found = self.definition(kind, reference)
        if found is None:
            self.problem(f"{kind}_reference", event, f"refers to the {kind} '{reference}', which isn't defined")
            return ""
        return found.get(f"{kind}Code", "").strip()

    def whole_number(self, element: etree._Element, text: str, what: str, *, at_least: int) -> int | None:
        """Read a number; None when there is none, or it is none."""
        if not text.strip():
            return None
        if re.fullmatch(r"-?\d{1,9}", text.strip()) and int(text) >= at_least:
            return int(text)
        code = what.replace(" ", "_")
        self.problem(
            code, element, f"has a {what} of '{text.strip()}'; it must be a whole number of {at_least} or more"
        )
        return None


_DEFINITION = "EventDefinition"


def _title(element: etree._Element) -> str:
    words = re.sub(r"([A-Z])", r" \1", local_name(element)).strip().lower().capitalize()
    name = " ".join((element.get("name") or "").split())
    id_ = element.get("id", "")
    return f"{words} '{name}' ({id_})" if name else f"{words} '{id_}'"
