"""Reading parts of elements, with every mistake noted and none fatal."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn._program import Formula, IoMapping
from bpmn._xml import BPMN, ZEEBE, local_name
from bpmn.errors import Problem
from feel import Expression, FeelSyntaxError, compile_expression

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Reader:
    """One file being read; `problems` in the order of the file."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._problems: list[tuple[int, Problem]] = []
        self._definitions: dict[str, Mapping[str, etree._Element]] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for _, problem in sorted(self._problems, key=lambda entry: entry[0]))

    def problem(self, code: str, element: etree._Element, complaint: str) -> None:
        """Note that `element` `complaint` (the rest of the sentence, without its full stop)."""
        id_ = element.get("id", "")
        problem = Problem(code, id_, f"{_title(element)} {complaint}.")
        self._problems.append((int(str(element.sourceline)), problem))

    def definitions_of(self, tag: str) -> Mapping[str, etree._Element]:
        """Find what is defined beside the processes (messages, errors), by id."""
        if tag not in self._definitions:
            self._definitions[tag] = {element.get("id", ""): element for element in self._root.findall(BPMN + tag)}
        return self._definitions[tag]

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

    def error_code(self, event: etree._Element, definition: etree._Element) -> str:
        """Read the code of the error that `errorRef` names; "" when it names none."""
        reference = definition.get("errorRef", "")
        if not reference:
            return ""
        error = self.definitions_of("error").get(reference)
        if error is None:
            self.problem("error_reference", event, f"refers to the error '{reference}', which isn't defined")
            return ""
        return error.get("errorCode", "").strip()


def _title(element: etree._Element) -> str:
    words = re.sub(r"([A-Z])", r" \1", local_name(element)).strip().lower().capitalize()
    name = (element.get("name") or "").strip()
    id_ = element.get("id", "")
    return f"{words} '{name}' ({id_})" if name else f"{words} '{id_}'"
