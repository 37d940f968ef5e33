"""A procedure, read from its bundle: what `procedure.yaml` says, with its guides, forms and texts; all mistakes at once."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import bpmn
import dmn
import feel
from feel import Expression
from firstline.decisions import rules as decision_rules
from firstline.procedures import diagram, forms, guides, texts
from firstline.procedures.bundle import Bundle
from firstline.procedures.forms import Form
from firstline.procedures.guides import Guide
from firstline.procedures.outline import Outline, read_outline
from firstline.procedures.problems import LANGUAGES, Notebook, Problem
from firstline.procedures.reader import Part, Texts, read_yaml
from firstline.procedures.texts import MessageText
from firstline.processes import rules as process_rules

KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
_COMMAND = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
# What a process knows when it starts, and what the desk and the correspondence add.
START_NAMES = frozenset({"case", "customer", "customer_id", "channel", "reason", "today", "readings", "writes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleStep:
    """A step as the customer sees it: several elements of the process under one name."""

    key: str
    names: Texts
    says: Texts
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseDefault:
    """The promise that is proposed to the agent: its text, FEEL for the day, and the element that keeps it."""

    texts: Texts
    due: Expression | None
    kept_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCase:
    """What case a process that begins by itself opens: the keys of its reason and brand, FEEL for its customer's number."""

    reason: str
    brand: str
    customer: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A whole procedure."""

    key: str
    names: Texts
    version: str
    notes: str
    owner: str
    reasons: tuple[str, ...]
    process_id: str
    teams: tuple[str, ...]
    target: timedelta | None
    web_form: str
    text_keys: tuple[str, ...]
    # Names that machines set: the results of jobs.
    variables: tuple[str, ...]
    tiles_by_reason: Mapping[str, tuple[str, ...]]
    tiles_by_step: Mapping[str, tuple[str, ...]]
    steps: tuple[VisibleStep, ...]
    promise: PromiseDefault | None
    # None: what begins by itself has no case.
    own_case: OwnCase | None
    guides: Mapping[str, Guide]
    forms: Mapping[str, Form]
    texts: Mapping[tuple[str, str], MessageText]
    outline: Outline
    # Names in the diagram in the other languages.
    diagram: Mapping[str, Texts]


_NOTHING = Outline(
    process_ids=(),
    startable_ids=frozenset(),
    self_starting_ids=frozenset(),
    elements={},
    sets=frozenset(),
    parents={},
    reads=(),
)


def read(bundle: Bundle) -> tuple[Definition, list[Problem]]:
    """Read a bundle into a definition, with every mistake in it; a definition with mistakes must not be used."""
    problems: list[Problem] = []
    notes = Notebook(file="procedure.yaml", problems=problems)
    head = read_yaml(bundle.files.get("procedure.yaml", ""), notes) if "procedure.yaml" in bundle.files else None
    if head is None:
        problems.append(
            Problem(file="procedure.yaml", place="", message="The file is missing; every procedure begins with it.")
        )
        head = Part({}, "", Notebook(file="procedure.yaml"))
    definition = _head(
        head,
        guides_=_guides(bundle, problems),
        forms_={
            name: forms.load(text, Notebook(file=f"forms/{name}.json", problems=problems))
            for name, text in bundle.within("forms", ".json").items()
        },
        texts_=_texts(bundle, problems),
        outline=_outline(bundle, problems),
        diagram_=_diagram(bundle, problems),
    )
    _check_decisions(bundle, definition, problems)
    _check_files(bundle, problems)
    problems.extend(_check_references(definition))
    decided = diagram.words_of_decisions(bundle.within("decisions", ".dmn").values())
    problems.extend(diagram.check(definition.diagram, definition.outline, decided))
    return definition, problems


def _head(
    part: Part,
    *,
    guides_: Mapping[str, Guide],
    forms_: Mapping[str, Form],
    texts_: Mapping[tuple[str, str], MessageText],
    outline: Outline,
    diagram_: Mapping[str, Texts],
) -> Definition:
    tiles = part.part("tiles")
    definition = Definition(
        key=part.text("key"),
        names=part.texts("names"),
        version=part.text("version"),
        notes=part.text("notes", default=""),
        owner=part.text("owner"),
        reasons=part.words("reasons"),
        process_id=part.text("process"),
        teams=part.words("teams"),
        target=_duration(part, "target"),
        web_form=part.text("web_form", default=""),
        text_keys=part.words("texts"),
        variables=part.words("variables"),
        tiles_by_reason=_tiles(tiles.part("reasons")),
        tiles_by_step=_tiles(tiles.part("steps")),
        steps=tuple(_step(step) for step in part.parts("steps")),
        promise=_promise(part.part("promise")) if part.has("promise") else None,
        own_case=_own_case(part.part("opens_case")) if part.has("opens_case") else None,
        guides={element: guide for guide in guides_.values() for element in guide.elements},
        forms=forms_,
        texts=texts_,
        outline=outline,
        diagram=diagram_,
    )
    if definition.key and not KEY.fullmatch(definition.key):
        part.problem("key", "The key must be lower-case letters, digits and '-', beginning with a letter.")
    tiles.end()
    part.end()
    return definition


def _tiles(part: Part) -> dict[str, tuple[str, ...]]:
    return {key: part.words(key) for key in part.names()}


def _step(part: Part) -> VisibleStep:
    step = VisibleStep(
        key=part.text("key"), names=part.texts("names"), says=part.texts("says"), elements=part.words("elements")
    )
    part.end()
    return step


def _promise(part: Part) -> PromiseDefault:
    promise = PromiseDefault(
        texts=part.texts("text"), due=part.expression("due"), kept_by=part.text("kept_by", default="")
    )
    part.end()
    return promise


def _own_case(part: Part) -> OwnCase:
    own = OwnCase(reason=part.text("reason"), brand=part.text("brand"), customer=part.expression("customer"))
    part.end()
    return own


def _duration(part: Part, key: str) -> timedelta | None:
    text = part.text(key, default="")
    if not text:
        return None
    value = feel.evaluate("duration(text)", {"text": text}).value
    if isinstance(value, timedelta):
        return value
    part.problem(key, f"'{text}' is no duration in days and hours; write it as P5D or PT8H.")
    return None


def _guides(bundle: Bundle, problems: list[Problem]) -> dict[str, Guide]:
    found: dict[str, Guide] = {}
    for name, text in bundle.within("guides", ".yaml").items():
        notes = Notebook(file=f"guides/{name}.yaml", problems=problems)
        guide = guides.load(read_yaml(text, notes), name=name)
        for element in guide.elements:
            if any(element in other.elements for other in found.values()):
                notes.add("for", f"'{element}' has another guide already.")
        found[name] = guide
    return found


def _texts(bundle: Bundle, problems: list[Problem]) -> dict[tuple[str, str], MessageText]:
    found = {}
    for language in LANGUAGES:
        for key, text in bundle.within(f"texts/{language}", ".md").items():
            notes = Notebook(file=f"texts/{language}/{key}.md", problems=problems)
            found[key, language] = texts.load(text, key=key, language=language, notes=notes)
    return found


def _outline(bundle: Bundle, problems: list[Problem]) -> Outline:
    if "process.bpmn" not in bundle.files:
        problems.append(Problem(file="process.bpmn", place="", message="The file is missing; it holds the process."))
        return _NOTHING
    xml = bundle.files["process.bpmn"].encode()
    try:
        model = bpmn.compile_model(xml)
    except bpmn.ModelProblems as error:
        problems.extend(
            Problem(file="process.bpmn", place=problem.element_id, message=problem.message)
            for problem in error.problems
        )
        return _NOTHING
    problems.extend(
        Problem(file="process.bpmn", place=problem.element_id, message=problem.message)
        for problem in process_rules.starts_that_never_happen(model)
    )
    return read_outline(model)


def _diagram(bundle: Bundle, problems: list[Problem]) -> Mapping[str, Texts]:
    if diagram.FILE not in bundle.files:
        return {}
    notes = Notebook(file=diagram.FILE, problems=problems)
    return diagram.load(read_yaml(bundle.files[diagram.FILE], notes))


def _check_decisions(bundle: Bundle, definition: Definition, problems: list[Problem]) -> None:
    known: set[str] = set()
    files = bundle.within("decisions", ".dmn")
    for name, text in files.items():
        file = f"decisions/{name}.dmn"
        others = decision_rules.by_namespace(other for key, other in files.items() if key != name)
        try:
            model = dmn.load(text.encode(), imports=others)
        except dmn.DmnProblems as error:
            problems.extend(
                Problem(file=file, place=_place(problem), message=problem.message) for problem in error.problems
            )
            continue
        ids = {_decision_id(decision) for decision in model.decisions}
        for repeated in sorted(known & ids):
            problems.append(
                Problem(file=file, place=repeated, message="Another file of this procedure has a decision of this id.")
            )
        known |= ids
    problems.extend(_unknown_decisions(definition, known))


def _unknown_decisions(definition: Definition, known: Collection[str]) -> Iterator[Problem]:
    """Find tasks that ask for decisions that nobody will have when they run."""
    for element in definition.outline.of_kind("businessRuleTask"):
        if element.decision_binding not in _DECISION_BINDINGS:
            message = f"bindingType is 'deployment', 'latest' or 'versionTag', not '{element.decision_binding}'."
            yield Problem(file="process.bpmn", place=element.id, message=message)
        if element.decision_binding == "versionTag" and not element.decision_tag:
            message = "Its decision is bound by a version tag, but none is named; say versionTag."
            yield Problem(file="process.bpmn", place=element.id, message=message)
        # The version that is meant may be one that was deployed by itself.
        is_own = element.decision_binding not in _BOUND_ELSEWHERE and not element.decision_id.startswith("=")
        if element.decision_id and element.decision_id not in known and is_own:
            message = f"No file in decisions/ has the decision '{element.decision_id}'."
            yield Problem(file="process.bpmn", place=element.id, message=message)


def _place(problem: object) -> str:
    return str(getattr(problem, "element_id", "") or getattr(problem, "place", ""))


def _decision_id(decision: object) -> str:
    return decision if isinstance(decision, str) else str(getattr(decision, "id", decision))


_BOUND_ELSEWHERE = ("latest", "versionTag")
_DECISION_BINDINGS = ("", "deployment", *_BOUND_ELSEWHERE)
_PLACES = (
    re.compile(r"procedure\.yaml|process\.bpmn|diagram\.yaml|README\.md"),
    re.compile(r"guides/[^/]+\.yaml|forms/[^/]+\.json|decisions/[^/]+\.dmn|tests/[^/]+\.yaml"),
    re.compile(rf"texts/(?:{'|'.join(LANGUAGES)})/[^/]+\.md"),
)


def _check_files(bundle: Bundle, problems: list[Problem]) -> None:
    for path in sorted(bundle.files):
        if not any(place.fullmatch(path) for place in _PLACES):
            problems.append(
                Problem(
                    file=path,
                    place="",
                    message="Nothing reads this file; see docs/procedures.md for what belongs where.",
                )
            )


def _check_references(definition: Definition) -> Iterator[Problem]:
    """Check that every name that a file uses exists in another."""
    yield from _check_head(definition)
    yield from _check_elements(definition)
    yield from _check_guides(definition)
    yield from _check_texts(definition)
    yield from _check_names(definition)


def _check_head(definition: Definition) -> Iterator[Problem]:
    def problem(place: str, message: str) -> Problem:
        return Problem(file="procedure.yaml", place=place, message=message)

    outline = definition.outline
    if outline.process_ids and definition.process_id not in outline.process_ids:
        yield problem(
            "process",
            f"process.bpmn has no process '{definition.process_id}'; it has {', '.join(outline.process_ids)}.",
        )
    elif outline.process_ids and definition.process_id not in outline.startable_ids:
        yield problem(
            "process",
            f"'{definition.process_id}' is begun by events alone; a case needs a start event without a trigger as well.",
        )
    if not definition.reasons:
        yield problem("reasons", "Name at least one reason that this procedure serves.")
    if definition.web_form and definition.web_form not in definition.forms:
        yield problem("web_form", f"There is no forms/{definition.web_form}.json.")
    for reason in definition.tiles_by_reason.keys() - set(definition.reasons):
        yield problem("tiles.reasons", f"'{reason}' is not among the reasons of this procedure.")
    own = definition.own_case
    if own is not None and own.reason not in definition.reasons:
        yield problem("opens_case.reason", f"'{own.reason}' is not among the reasons of this procedure.")
    if own is not None and definition.process_id not in outline.self_starting_ids and outline.process_ids:
        yield problem(
            "opens_case", f"Nothing begins '{definition.process_id}' by itself; draw a start event with a trigger."
        )
    named = {("tiles.steps", element) for element in definition.tiles_by_step}
    named |= {(f"steps.{step.key}", element) for step in definition.steps for element in step.elements}
    if definition.promise and definition.promise.kept_by:
        named.add(("promise.kept_by", definition.promise.kept_by))
    for place, element in sorted(named):
        if outline.elements and element not in outline.elements:
            yield problem(place, f"process.bpmn has no element '{element}'.")
        elif place == "promise.kept_by" and outline.elements and outline.elements[element].kind != "userTask":
            yield problem(place, f"'{element}' is no step for a person; name the user task that keeps the promise.")
    seen: set[str] = set()
    for step in definition.steps:
        for element in step.elements:
            if element in seen:
                yield problem(f"steps.{step.key}", f"'{element}' belongs to another step already.")
            seen.add(element)


def _check_elements(definition: Definition) -> Iterator[Problem]:
    for element in definition.outline.elements.values():

        def problem(message: str, place: str = element.id) -> Problem:
            return Problem(file="process.bpmn", place=place, message=message)

        if element.kind == "userTask":
            if element.form_id not in definition.forms:
                yield problem(
                    f"There is no forms/{element.form_id}.json."
                    if element.form_id
                    else "The user task has no form (zeebe:formDefinition formId)."
                )
            if element.id not in definition.guides:
                yield problem(f"There is no guide for it: write guides/{element.id}.yaml.")
            for team in element.groups:
                if team not in definition.teams:
                    yield problem(f"The team '{team}' is not among the teams of procedure.yaml.")
            for other in element.separate_from:
                if (
                    other != process_rules.CASE_BEGAN
                    and getattr(definition.outline.elements.get(other), "kind", "") != "userTask"
                ):
                    yield problem(
                        f"separateFrom names '{other}', which is no user task. Write the id of one, or '{process_rules.CASE_BEGAN}' for whoever began the case."
                    )
        if element.job_type == "send-message" and element.headers.get("template") not in definition.text_keys:
            yield problem(
                f"The text '{element.headers.get('template', '')}' (header template) is not among the texts of procedure.yaml."
            )
        if element.job_type in {"source-command", "source-compensate"} and not _COMMAND.fullmatch(
            element.headers.get("command", "")
        ):
            yield problem("The header 'command' must name a command of a source, such as billing.change_address.")


def _check_guides(definition: Definition) -> Iterator[Problem]:
    tasks = {element.id: element for element in definition.outline.of_kind("userTask")}
    for element_id, guide in definition.guides.items():
        file = f"guides/{element_id if len(guide.elements) == 1 else '(' + ', '.join(guide.elements) + ')'}.yaml"
        task = tasks.get(element_id)
        if tasks and task is None:
            yield Problem(file=file, place="for", message=f"process.bpmn has no user task '{element_id}'.")
        if task is not None and guide.form_id != task.form_id:
            yield Problem(
                file=file,
                place="form",
                message=f"The user task '{element_id}' has the form '{task.form_id}', the guide '{guide.form_id}'.",
            )
        form = definition.forms.get(guide.form_id)
        asked = {key for page in guide.pages for key in page.ask}
        for key in sorted(asked - set(form.keys)) if form else ():
            yield Problem(file=file, place="ask", message=f"forms/{guide.form_id}.json has no field '{key}'.")
        for question in form.questions if form else ():
            if question.required and question.type in forms.INPUTS and question.key not in asked:
                yield Problem(
                    file=file,
                    place="ask",
                    message=f"The field '{question.key}' of forms/{guide.form_id}.json is required, but no page asks it.",
                )
        for page in guide.pages:
            for write in page.do:
                if not _COMMAND.fullmatch(write.command):
                    yield Problem(
                        file=file,
                        place=f"pages.{page.id}.do",
                        message=f"'{write.command}' is no command of a source, such as billing.change_address.",
                    )


def _check_texts(definition: Definition) -> Iterator[Problem]:
    for key in definition.text_keys:
        for language in LANGUAGES:
            if (key, language) not in definition.texts:
                yield Problem(
                    file=f"texts/{language}/{key}.md",
                    place="",
                    message="The file is missing; procedure.yaml lists this text.",
                )
    for key, language in sorted(definition.texts):
        if key not in definition.text_keys:
            yield Problem(file=f"texts/{language}/{key}.md", place="", message="procedure.yaml doesn't list this text.")


def _check_names(definition: Definition) -> Iterator[Problem]:
    """Find names that nothing sets: a misspelt name would silently be null for ever."""
    if not definition.outline.elements:
        return
    known = (
        START_NAMES
        | definition.outline.sets
        | set(definition.variables)
        | {key for form in definition.forms.values() for key in form.keys}
    )

    def unknown(expression: Expression) -> list[str]:
        return sorted(expression.names - known)

    for place, expression in definition.outline.reads:
        for name in unknown(expression):
            yield Problem(file="process.bpmn", place=place, message=f"Nothing sets '{name}' (in: {expression.text}).")
    for element_id, guide in definition.guides.items():
        for page_id, expression in guides.expressions(guide):
            for name in unknown(expression):
                yield Problem(
                    file=f"guides/{element_id}.yaml",
                    place=f"pages.{page_id}",
                    message=f"Nothing sets '{name}' (in: {expression.text}).",
                )
    for (key, language), text in definition.texts.items():
        for expression in text.expressions():
            for name in unknown(expression):
                yield Problem(
                    file=f"texts/{language}/{key}.md",
                    place="",
                    message=f"Nothing sets '{name}' (in: {expression.text}).",
                )
    if definition.promise and definition.promise.due:
        for name in unknown(definition.promise.due):
            yield Problem(file="procedure.yaml", place="promise.due", message=f"Nothing sets '{name}'.")
