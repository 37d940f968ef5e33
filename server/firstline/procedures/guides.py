"""Guides: what a person says, asks, knows and does at a user task; pages that branch and are walked back and forth.

A walk is a trail: the ids of the pages from the first to the one shown now. Answers are kept beside it, as they were
entered; conditions and placeholders read the case's variables with the answers laid over them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from feel import Expression
from firstline.procedures import forms, markup
from firstline.procedures.forms import Form
from firstline.procedures.placeholders import Template, expressions_of, fill
from firstline.procedures.reader import Part, Templates, Texts

END = "end"
# What stands where an answer isn't known yet.
UNKNOWN = "…"

Context = Mapping[str, Any]
Trail = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A way on: to a page, when the condition is true; without a condition, otherwise."""

    condition: Expression | None
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What this step will change: a command of a source, with its parameters in FEEL."""

    command: str
    condition: Expression | None
    parameters: Mapping[str, Expression]

    @property
    def source(self) -> str:
        """The system that it changes."""
        return self.command.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a guide."""

    id: str
    headline: Texts
    say: Templates
    know: Templates
    ask: tuple[str, ...]
    do: tuple[Write, ...]
    next: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The pages of one or more user tasks, with the form whose fields they ask."""

    elements: tuple[str, ...]
    form_id: str
    pages: tuple[Page, ...]
    form: Form | None = None

    @property
    def first(self) -> Page:
        """The page that a walk begins with."""
        return self.pages[0]

    def page(self, page_id: str) -> Page:
        """Give the page `page_id`; the first when there is none of that name."""
        return next((page for page in self.pages if page.id == page_id), self.first)

    def has_pages(self, trail: Trail) -> bool:
        """Tell whether every page of a trail is one of this guide."""
        return {page.id for page in self.pages}.issuperset(trail)

    def with_form(self, form: Form | None) -> "Guide":
        """Give this guide the form whose fields it asks."""
        return replace(self, form=form)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWrite:
    """A command with its parameters computed from the answers: what `sources` previews."""

    command: str
    source: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Which page of how many this is, as far as the answers so far tell."""

    step: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page as a template shows it."""

    id: str
    headline: str
    say: SafeString
    know: SafeString
    ask: tuple[str, ...]
    writes: tuple[PlannedWrite, ...]
    progress: Progress
    is_first: bool
    is_last: bool


# --- reading ---------------------------------------------------------------------------------------------------------


def load(part: Part, *, name: str) -> Guide:
    """Read a guide's file; `name` is the file's name, which is the user task unless `for` names others."""
    elements = part.words("for") or (name,)
    form_id = part.text("form", default="")
    pages = tuple(_page(page) for page in part.parts("pages"))
    if not pages:
        part.problem("pages", "A guide needs at least one page.")
        pages = (Page(id="empty", headline={}, say={}, know={}, ask=(), do=(), next=()),)
    part.end()
    ids = [page.id for page in pages]
    for repeated in sorted({page_id for page_id in ids if ids.count(page_id) > 1}):
        part.problem("pages", f"The page id '{repeated}' is used twice.")
    for page in pages:
        for branch in page.next:
            if branch.to not in {*ids, END}:
                part.problem(
                    "pages",
                    f"Page '{page.id}' leads to '{branch.to}', which is no page of this guide; '{END}' ends it.",
                )
    return Guide(elements=elements, form_id=form_id, pages=pages)


def _page(part: Part) -> Page:
    page = Page(
        id=part.text("id"),
        headline=part.texts("headline"),
        say=part.templates("say"),
        know=part.templates("know"),
        ask=part.words("ask"),
        do=tuple(_write(write) for write in part.parts("do")),
        next=tuple(_branch(branch) for branch in part.parts("next")),
    )
    if page.id == END:
        part.problem("id", f"'{END}' means the end of a guide; name the page otherwise.")
    if not (page.say or page.know or page.ask):
        part.problem("", "The page is empty: it needs 'say', 'know' or 'ask'.")
    if page.next and page.next[-1].condition is not None:
        part.problem("next", "The last way on must have no 'if': it is taken when no other is.")
    part.end()
    return page


def _write(part: Part) -> Write:
    write = Write(
        command=part.text("command"), condition=part.expression("if"), parameters=part.expressions("parameters")
    )
    part.end()
    return write


def _branch(part: Part) -> Branch:
    branch = Branch(condition=part.expression("if"), to=part.text("to"))
    part.end()
    return branch


def expressions(guide: Guide) -> Iterator[tuple[str, Expression]]:
    """Give every expression of a guide, with the page that it stands on."""
    for page in guide.pages:
        for templates in (page.say, page.know):
            for template in templates.values():
                yield from ((page.id, expression) for expression in expressions_of(template))
        for write in page.do:
            yield from ((page.id, expression) for expression in write.parameters.values())
        conditions = [write.condition for write in page.do] + [branch.condition for branch in page.next]
        yield from ((page.id, condition) for condition in conditions if condition is not None)


# --- walking ---------------------------------------------------------------------------------------------------------


def current_page(guide: Guide, trail: Trail) -> Page:
    """Give the page where the walk stands."""
    return guide.page(trail[-1]) if trail else guide.first


def next_page(guide: Guide, page: Page, context: Context, *, now: datetime | None = None) -> Page | None:
    """Give the page that follows, as the answers say; None at the end of the guide."""
    return _next(guide, page, forms.typed_answers(guide.form, context), now)


def walk_on(guide: Guide, trail: Trail, context: Context, *, now: datetime | None = None) -> list[str]:
    """Lengthen the trail by the next page; at the end of the guide it stays as it is.

    A page that leads back to one already walked shortens the trail to that page: nobody walks in circles.
    """
    walked = list(trail) or [guide.first.id]
    following = next_page(guide, current_page(guide, walked), context, now=now)
    if following is None:
        return walked
    return walked[: walked.index(following.id) + 1] if following.id in walked else [*walked, following.id]


def walk_back(trail: Trail) -> list[str]:
    """Shorten the trail by a page; the first stays."""
    return list(trail[:-1] or trail)


def is_last(guide: Guide, trail: Trail, context: Context, *, now: datetime | None = None) -> bool:
    """Tell whether the page shown is the last: what comes next completes the step."""
    return next_page(guide, current_page(guide, trail), context, now=now) is None


def whole_trail(guide: Guide, context: Context, *, now: datetime | None = None) -> list[str]:
    """Walk from the first page as far as the answers lead; a circle ends the walk."""
    return _onwards(guide, [guide.first.id], forms.typed_answers(guide.form, context), now)


def leads_to_end(guide: Guide, trail: Trail, context: Context, *, now: datetime | None = None) -> bool:
    """Tell whether this trail is a whole walk: from the first page, each following from the answers, to the end."""
    return list(trail) == whole_trail(guide, context, now=now) and is_last(guide, trail, context, now=now)


def fields_on_trail(guide: Guide, trail: Trail) -> tuple[str, ...]:
    """List the fields asked on the pages of the trail, each once."""
    return tuple(dict.fromkeys(key for page_id in trail for key in guide.page(page_id).ask))


def progress(guide: Guide, trail: Trail, context: Context, *, now: datetime | None = None) -> Progress:
    """Say which page of how many this is; how many there are to come is told by the answers so far."""
    walked = list(trail) or [guide.first.id]
    return Progress(step=len(walked), of=len(_onwards(guide, walked, forms.typed_answers(guide.form, context), now)))


def _next(guide: Guide, page: Page, typed: Context, now: datetime | None) -> Page | None:
    if not page.next:
        position = guide.pages.index(page) + 1
        return guide.pages[position] if position < len(guide.pages) else None
    for branch in page.next:
        if branch.condition is None or branch.condition.evaluate(typed, now=now).value is True:
            return None if branch.to == END else guide.page(branch.to)
    return None


def _onwards(guide: Guide, walked: list[str], typed: Context, now: datetime | None) -> list[str]:
    found = list(walked)
    while (following := _next(guide, guide.page(found[-1]), typed, now)) is not None and following.id not in found:
        found.append(following.id)
    return found


# --- showing ---------------------------------------------------------------------------------------------------------


def show_page(
    guide: Guide,
    trail: Trail,
    context: Context,
    *,
    language: str,
    spoken: str | None = None,
    now: datetime | None = None,
) -> PageView:
    """Write out the page where the walk stands.

    `language` is the reader's; `spoken` the customer's, in which the agent speaks (the reader's own when it is not given).
    """
    typed = forms.typed_answers(guide.form, context)
    page = current_page(guide, trail)
    return PageView(
        id=page.id,
        headline=page.headline.get(language) or page.headline.get("en", ""),
        say=_html(page.say, typed, spoken or language, now),
        know=_html(page.know, typed, language, now),
        ask=page.ask,
        writes=planned_writes(page, typed, now=now),
        progress=progress(guide, trail, typed, now=now),
        is_first=len(trail) <= 1,
        is_last=_next(guide, page, typed, now) is None,
    )


def planned_writes(page: Page, typed: Context, *, now: datetime | None = None) -> tuple[PlannedWrite, ...]:
    """Compute what this page will change where."""
    return tuple(
        PlannedWrite(
            command=write.command,
            source=write.source,
            parameters={
                name: expression.evaluate(typed, now=now).value for name, expression in write.parameters.items()
            },
        )
        for write in page.do
        if write.condition is None or write.condition.evaluate(typed, now=now).value is True
    )


def _html(templates: Templates, typed: Context, language: str, now: datetime | None) -> SafeString:
    template: Template = templates.get(language) or templates.get("en", ())
    if not template:
        return mark_safe("")
    return markup.as_html(escape(fill(template, typed, language=language, missing=UNKNOWN, now=now)))
