"""A release ready for use: its files read once per process, since they never change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from firstline.errors import FirstlineError
from firstline.procedures import definition, diagram
from firstline.procedures.bundle import Bundle
from firstline.procedures.definition import Definition, VisibleStep
from firstline.procedures.forms import Form
from firstline.procedures.guides import Guide
from firstline.procedures.models import Release
from firstline.procedures.texts import MessageText


class UnknownRelease(FirstlineError):
    """There is no such release."""

    code = "unknown-release"
    status = 404


class UnknownText(FirstlineError):
    """The release has no text of that key."""

    code = "unknown-text"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands in the steps that the customer sees: step `number` of `of`."""

    number: int
    of: int
    key: str
    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleStepRow:
    """One of the visible steps, in one language."""

    key: str
    name: str
    says: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPromise:
    """The promise that a procedure proposes: what, by when, and the element that keeps it."""

    text: str
    due: date | datetime | None
    kept_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """What a release holds, for those who run it."""

    id: str
    sequence: int
    definition: Definition
    bpmn_xml: str

    @property
    def key(self) -> str:
        """The key of the procedure."""
        return self.definition.key

    @property
    def process_id(self) -> str:
        return self.definition.process_id

    @property
    def target(self) -> timedelta | None:
        """The turnaround that is aimed at."""
        return self.definition.target

    def name(self, language: str) -> str:
        return _in(self.definition.names, language)

    def element_name(self, element_id: str, language: str) -> str:
        """Name an element of the process, such as a user task; its id when it is drawn without a name."""
        element = self.definition.outline.elements.get(element_id)
        return diagram.name_of(self.definition.diagram, element.name if element else "", language) or element_id

    def word(self, text: str, language: str) -> str:
        """Give a word of a decision in a language; as it stands where there is no translation."""
        return diagram.name_of(self.definition.diagram, text, language)

    def diagram(self, language: str) -> str:
        """Give the BPMN that it was deployed with, its names in a language."""
        return _diagram(self.id, language)

    def guide(self, element_id: str) -> Guide | None:
        """Give the guide of a user task, with the form that it asks; None when it has none."""
        guide = self.definition.guides.get(element_id)
        return guide.with_form(self.form(guide.form_id)) if guide else None

    def form(self, form_id: str) -> Form | None:
        return self.definition.forms.get(form_id)

    def web_form(self) -> Form | None:
        """Give the form that customers fill in themselves; None when there is none."""
        return self.form(self.definition.web_form)

    def text(self, key: str, language: str) -> MessageText:
        """Give a message text in the customer's language, in English when that is none of ours.

        Raises: UnknownText.
        """
        found = self.definition.texts.get((key, language)) or self.definition.texts.get((key, "en"))
        if found is None:
            raise UnknownText(
                f"Release {self.sequence} of '{self.key}' has no text '{key}'; add texts/en/{key}.md and deploy it."
            )
        return found

    def text_keys(self) -> tuple[str, ...]:
        return self.definition.text_keys

    def tiles(self, *, element_id: str = "", reason: str = "") -> tuple[str, ...]:
        """List the tiles that matter: those of the step, else those of the reason, else of the procedure's first reason."""
        by_step, by_reason = self.definition.tiles_by_step, self.definition.tiles_by_reason
        return by_step.get(element_id) or by_reason.get(reason) or next(iter(by_reason.values()), ())

    def steps(self, language: str) -> tuple[VisibleStepRow, ...]:
        """List the steps that the customer sees."""
        return tuple(
            VisibleStepRow(
                key=step.key, name=_in(step.names, language), says=_in(step.says, language), elements=step.elements
            )
            for step in self.definition.steps
        )

    def standing(self, element_ids: Collection[str], language: str) -> Standing | None:
        """Say where a case stands whose tokens are in `element_ids`: the earliest visible step that is not done."""
        steps = self.definition.steps
        for number, step in enumerate(steps, 1):
            if any(self._belongs(element_id, step) for element_id in element_ids):
                return Standing(
                    number=number,
                    of=len(steps),
                    key=step.key,
                    name=_in(step.names, language),
                    says=_in(step.says, language),
                )
        return None

    def promise(self, variables: Mapping[str, Any], language: str, *, now: datetime) -> ProposedPromise | None:
        """Propose the promise to make to the customer; None when the procedure has none."""
        promise = self.definition.promise
        if promise is None:
            return None
        due = promise.due.evaluate(variables, now=now).value if promise.due else None
        return ProposedPromise(
            text=_in(promise.texts, language), due=due if isinstance(due, date) else None, kept_by=promise.kept_by
        )

    def _belongs(self, element_id: str, step: VisibleStep) -> bool:
        """Tell whether an element belongs to a step: itself, or through the subprocess around it."""
        parents = self.definition.outline.parents
        inside: str | None = element_id
        while inside:
            if inside in step.elements:
                return True
            inside = parents.get(inside)
        return False


def view(release_id: str) -> ReleaseView:
    """Give a release ready for use.

    Raises: UnknownRelease.
    """
    return _view(release_id)


@lru_cache(maxsize=64)
def _view(release_id: str) -> ReleaseView:
    release = Release.objects.filter(id=release_id).first()
    if release is None:
        raise UnknownRelease("There is no such release of a procedure.")
    # It was free of mistakes when it was deployed; what a later version of the reader objects to doesn't stop running cases.
    read, _problems = definition.read(Bundle(files=release.files))
    return ReleaseView(
        id=release.id, sequence=release.sequence, definition=read, bpmn_xml=release.files["process.bpmn"]
    )


@lru_cache(maxsize=64)
def _diagram(release_id: str, language: str) -> str:
    found = view(release_id)
    return diagram.in_language(found.bpmn_xml, found.definition.diagram, language)


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A user task of a release, for the page that shows what is in it."""

    element_id: str
    name: str
    teams: tuple[str, ...]
    pages: tuple[str, ...]
    tiles: tuple[str, ...]


def contents(view_: ReleaseView, language: str) -> tuple[TaskRow, ...]:
    """List the user tasks of a release with the headlines of their guides."""
    read = view_.definition
    return tuple(
        TaskRow(
            element_id=task.id,
            name=view_.element_name(task.id, language),
            teams=task.groups,
            pages=tuple(_in(page.headline, language) for page in read.guides[task.id].pages)
            if task.id in read.guides
            else (),
            tiles=view_.tiles(element_id=task.id),
        )
        for task in read.outline.of_kind("userTask")
    )
