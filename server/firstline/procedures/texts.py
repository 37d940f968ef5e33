"""Message texts: `texts/<language>/<key>.md`, a head with Subject, Greeting and Regards, an empty line, the body.

Greeting and Regards stand apart from the body, so that the messages of several cases can go out as one: one greeting,
every body, one closing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feel import Expression
from firstline.procedures.placeholders import Template, TemplateProblem, compile_template, expressions_of, fill
from firstline.procedures.problems import Notebook

_HEADS = ("Subject", "Greeting", "Regards")
_HEAD = re.compile(r"(\w+):[ \t]*(.*)")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message, written out in one language."""

    language: str
    subject: str
    greeting: str
    body: str
    regards: str

    @property
    def text(self) -> str:
        """The whole message, for when it goes out alone."""
        return "\n\n".join(part for part in (self.greeting, self.body, self.regards) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """A message text of a release, in one language, with its placeholders."""

    key: str
    language: str
    subject: Template
    greeting: Template
    body: Template
    regards: Template

    def fill(self, context: Mapping[str, Any], *, now: datetime | None = None) -> Message:
        """Write it out for a case."""
        greeting, body, regards = (
            _tidy(fill(part, context, language=self.language, now=now))
            for part in (self.greeting, self.body, self.regards)
        )
        subject = " ".join(fill(self.subject, context, language=self.language, now=now).split())
        return Message(language=self.language, subject=subject, greeting=greeting, body=body, regards=regards)

    def expressions(self) -> Iterator[Expression]:
        """Give every expression in it."""
        for part in (self.subject, self.greeting, self.body, self.regards):
            yield from expressions_of(part)


def load(text: str, *, key: str, language: str, notes: Notebook) -> MessageText:
    """Read one file; every mistake goes to `notes`."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    found: dict[str, str] = {}
    for number, line in enumerate(head.split("\n"), 1):
        match = _HEAD.fullmatch(line)
        if match is None or match[1] not in _HEADS:
            notes.add(f"line {number}", f"The head of a text has only {', '.join(_HEADS)}, each with a colon.")
        else:
            found[match[1]] = match[2]
    if not found.get("Subject", "").strip():
        notes.add("Subject", "The text has no subject.")
    if not body.strip():
        notes.add("", "The text has no body: leave a line empty after the head, then write it.")
    # In the head, a bar stands for a new line.
    regards = re.sub(r"\s*\|\s*", "\n", found.get("Regards", ""))
    return MessageText(
        key=key,
        language=language,
        subject=_template(found.get("Subject", ""), "Subject", notes),
        greeting=_template(found.get("Greeting", ""), "Greeting", notes),
        body=_template(body, "body", notes),
        regards=_template(regards, "Regards", notes),
    )


def _template(text: str, place: str, notes: Notebook) -> Template:
    try:
        return compile_template(text)
    except TemplateProblem as error:
        for message in error.messages:
            notes.add(place, message)
        return ()


def _tidy(text: str) -> str:
    """Drop the holes that conditional sentences leave."""
    lines = "\n".join(re.sub(r"[ \t]{2,}", " ", line).rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip()
