"""Forms: form-js JSON, rendered and validated by the server. This is the one validator; browsers only help.

Translations live in each component's `properties`, where the form-js editor keeps what it doesn't know itself:
`label.de`, `description.nl`, `value.<option>.de`, `text.nl`. English is the component's own label.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import regex
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import feel
from feel import Expression
from firstline.procedures.placeholders import written
from firstline.procedures.problems import LANGUAGES, Notebook

MAX_COMPONENTS = 200
MAX_TEXT = 20_000
MAX_NUMBER_LENGTH = 40
PATTERN_SECONDS = 0.2

INPUTS = ("textfield", "textarea", "number", "checkbox", "select", "radio", "datetime")
SHOWN = ("text", "separator", "spacer")
_PHONE = r"\+?[0-9][0-9 ()/.-]{4,24}"
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_HTML_TYPES = {"date": "date", "time": "time", "datetime": "datetime-local"}

Values = dict[str, Any]
Errors = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a select or a radio group."""

    value: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One component of a form, read from its JSON."""

    key: str
    type: str
    labels: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    subtype: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimal_digits: int | None = None
    pattern: str = ""
    validation_type: str = ""
    not_past: bool = False
    read_only: bool = False
    default: Any = None
    hide: Expression | None = None
    # It says whether whoever is speaking was verified: where the policy asks for that, the house answers it by itself.
    says_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that is ready for use."""

    id: str
    questions: tuple[Question, ...]

    @property
    def verified_keys(self) -> tuple[str, ...]:
        """The keys of the answers that say whether whoever is speaking was verified."""
        return tuple(question.key for question in self.questions if question.says_verified)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the answers that it asks for."""
        return tuple(question.key for question in self.questions if question.type in INPUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option as a template shows it."""

    value: str
    label: str
    is_chosen: bool
    html_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question as a template shows it, in one language, with what was answered and what is wrong with it."""

    key: str
    # text, email, tel, number, textarea, checkbox, select, radio, date, time, datetime-local; or shown: text, separator
    kind: str
    html_id: str
    label: str
    description: str = ""
    value: str = ""
    is_checked: bool = False
    options: tuple[Option, ...] = ()
    error: str = ""
    required: bool = False
    read_only: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: str = ""
    pattern: str = ""
    is_input: bool = True

    @property
    def described_by(self) -> str:
        """The ids of the elements that describe the input, for `aria-describedby`."""
        parts = ((self.description, f"{self.html_id}-description"), (self.error, f"{self.html_id}-error"))
        return " ".join(html_id for text, html_id in parts if text)


# --- reading ---------------------------------------------------------------------------------------------------------


def load(text: str, notes: Notebook) -> Form:
    """Read a form's JSON; every mistake goes to `notes`."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        notes.add("", f"This is not JSON: {error}.")
        schema = {"components": []}
    components = schema.get("components") if isinstance(schema, dict) else None
    if not isinstance(components, list) or len(components) > MAX_COMPONENTS:
        notes.add("components", f"A form needs a list 'components' with at most {MAX_COMPONENTS} entries.")
        components = []
    questions = []
    seen: set[str] = set()
    for number, component in enumerate(components, 1):
        place = f"components[{number}]"
        if not isinstance(component, dict) or component.get("type") not in {*INPUTS, *SHOWN}:
            known = ", ".join((*INPUTS, *SHOWN))
            notes.add(
                place,
                f"'{component.get('type') if isinstance(component, dict) else component}' is no component that can be shown here; known are {known}.",
            )
            continue
        question = _Component(component, place, notes).question()
        if question.type in INPUTS and question.key in seen:
            notes.add(place, f"The key '{question.key}' is used twice in this form.")
        seen.add(question.key)
        questions.append(question)
    return Form(id=str(schema.get("id", "")) if isinstance(schema, dict) else "", questions=tuple(questions))


class _Component:
    """Reads one component."""

    def __init__(self, component: Mapping[str, Any], place: str, notes: Notebook) -> None:
        self.component, self.notes = component, notes
        self.type = str(component["type"])
        self.key = str(component.get("key", ""))
        self.place = f"{place} ({self.key})" if self.key else place
        self.rules = self._mapping("validate")
        self.properties = self._mapping("properties")

    def question(self) -> Question:
        if self.type in SHOWN:
            return self._shown()
        if not regex.fullmatch(r"[a-z][a-z0-9_]{0,59}", self.key):
            self.problem("The key must be lower-case letters, digits and _, beginning with a letter.")
        label = self.component.get("label") or self.component.get("dateLabel") or self.component.get("timeLabel")
        return Question(
            key=self.key,
            type=self.type,
            subtype=self._subtype(),
            labels=self._texts("label", label),
            descriptions=self._texts("description", self.component.get("description"))
            if self.component.get("description")
            else {},
            choices=self._choices(),
            required=self.rules.get("required") is True,
            min_length=self._whole(self.rules, "minLength"),
            max_length=self._whole(self.rules, "maxLength"),
            minimum=self._number("min"),
            maximum=self._number("max"),
            decimal_digits=self._whole(self.component, "decimalDigits"),
            pattern=self._pattern(),
            validation_type=self._validation_type(),
            not_past=self.component.get("disallowPassedDates") is True,
            read_only=self.component.get("readonly") is True or self.component.get("disabled") is True,
            default=self.component.get("defaultValue"),
            hide=self._hide(),
            says_verified=self._says_verified(),
        )

    def problem(self, message: str) -> None:
        self.notes.add(self.place, message)

    def _shown(self) -> Question:
        labels = self._texts("text", self.component.get("text")) if self.type == "text" else {}
        return Question(
            key=self.key or str(self.component.get("id", "")), type=self.type, labels=labels, hide=self._hide()
        )

    def _mapping(self, name: str) -> Mapping[str, Any]:
        value = self.component.get(name, {})
        return value if isinstance(value, dict) else {}

    def _texts(self, name: str, english: object) -> Mapping[str, str]:
        texts = {
            "en": english,
            **{language: self.properties.get(f"{name}.{language}") for language in LANGUAGES if language != "en"},
        }
        for language, text in texts.items():
            if not isinstance(text, str) or not text.strip():
                where = name if language == "en" else f"properties '{name}.{language}'"
                self.problem(f"The text {where} is missing.")
        return {language: str(text or "") for language, text in texts.items()}

    def _choices(self) -> tuple[Choice, ...]:
        if self.type not in {"select", "radio"}:
            return ()
        values = self.component.get("values")
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(value, dict) and isinstance(value.get("value"), str) for value in values)
        ):
            self.problem("It needs 'values', a list of {label, value} with texts as values.")
            return ()
        return tuple(
            Choice(value=value["value"], labels=self._texts(f"value.{value['value']}", value.get("label")))
            for value in values
        )

    def _subtype(self) -> str:
        if self.type != "datetime":
            return ""
        subtype = str(self.component.get("subtype", "date"))
        if subtype not in _HTML_TYPES:
            self.problem(f"The subtype '{subtype}' is none of {', '.join(_HTML_TYPES)}.")
        return subtype

    def _says_verified(self) -> bool:
        says = self.properties.get("says")
        if says is not None and (says != "verified" or self.type != "checkbox"):
            self.problem("The property 'says' can only be 'verified', and only on a checkbox.")
        return says == "verified"

    def _whole(self, holder: Mapping[str, Any], name: str) -> int | None:
        value = holder.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.problem(f"'{name}' must be a whole number from 0.")
        return None

    def _number(self, name: str) -> Decimal | None:
        value = self.rules.get(name)
        if value is None:
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation:
            self.problem(f"'{name}' must be a number.")
            return None

    def _pattern(self) -> str:
        pattern = str(self.rules.get("pattern") or "")
        try:
            regex.compile(pattern)
        except regex.error as error:
            self.problem(f"The pattern is no regular expression: {error}.")
            return ""
        return pattern

    def _validation_type(self) -> str:
        kind = str(self.rules.get("validationType") or "")
        if kind not in {"", "custom", "email", "phone"}:
            self.problem(f"The validationType '{kind}' is none of email, phone, custom.")
        return kind

    def _hide(self) -> Expression | None:
        conditional = self._mapping("conditional")
        text = conditional.get("hide")
        if not text:
            return None
        try:
            return feel.compile_expression(str(text).removeprefix("="))
        except feel.FeelSyntaxError as error:
            self.problem("hide: " + "; ".join(problem.message for problem in error.problems))
            return None


# --- validating ------------------------------------------------------------------------------------------------------


class _Wrong(ValueError):
    """The answer can't be taken; the message says why."""


def validate(
    form: Form | None,
    data: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
    today: date | None = None,
    context: Mapping[str, Any] | None = None,
) -> tuple[Values, Errors]:
    """Turn what was entered into typed values, or say per key what is wrong with it.

    Shape: `data` from a browser (texts; a QueryDict will do) or typed already. Keys that the form doesn't have, and
    fields that are hidden or not among `only`, are dropped; what was left empty is null. `context` holds what else the
    form's FEEL may read. Numbers become Decimal, dates `date`, check boxes bool.
    """
    if form is None:
        return {}, {}
    typed, wrong = _typed(form, data)
    scope = {**(context or {}), **typed}
    values: Values = {}
    errors: Errors = {}
    for question in form.questions:
        if (
            question.type not in INPUTS
            or question.read_only
            or (only is not None and question.key not in only)
            or _is_hidden(question, scope)
        ):
            continue
        message = wrong.get(question.key) or _objection(question, typed[question.key], today)
        if message:
            errors[question.key] = message
        else:
            values[question.key] = typed[question.key]
    return values, errors


def typed_answers(form: Form | None, data: Mapping[str, Any]) -> Values:
    """Turn what has been entered so far into typed values, as far as it can be read; the rest of `data` stays as it is."""
    if form is None:
        return dict(data)
    typed, _wrong = _typed(form, {key: value for key, value in data.items() if key in form.keys})
    return {**data, **{key: value for key, value in typed.items() if key in data}}


def _typed(form: Form, data: Mapping[str, Any]) -> tuple[Values, Errors]:
    typed: Values = {}
    wrong: Errors = {}
    for question in form.questions:
        if question.type not in INPUTS:
            continue
        raw = data.get(question.key)
        try:
            typed[question.key] = _read(question, raw)
        except _Wrong as error:
            typed[question.key] = None
            wrong[question.key] = str(error)
    return typed, wrong


def _read(question: Question, raw: Any) -> Any:
    """Read one answer; the type is the question's, whatever came in."""
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n").strip()
        if "\x00" in raw or len(raw) > MAX_TEXT:
            raise _Wrong(_("This text can't be kept; shorten it, or remove special characters."))
    if question.type == "checkbox":
        return raw is True or raw in {"on", "true", "1", "yes"}
    if raw is None or raw == "":
        return None
    if isinstance(raw, list | dict | tuple | set):
        raise _Wrong(_("Give one answer here."))
    return _READERS[question.subtype or question.type](question, raw)


def _read_text(_question: Question, raw: Any) -> str:
    return str(raw)


def _read_line(_question: Question, raw: Any) -> str:
    return " ".join(str(raw).split())


def _read_choice(question: Question, raw: Any) -> str:
    if str(raw) not in {choice.value for choice in question.choices}:
        raise _Wrong(_("Choose one of the options."))
    return str(raw)


def _read_number(question: Question, raw: Any) -> Decimal:
    text = str(raw).replace(" ", "").replace("\u00a0", "")
    # German and Dutch write 12,50; with both signs the last one is the decimal sign.
    if "," in text:
        text = text.replace(".", "").replace(",", ".") if text.rfind(",") > text.rfind(".") else text.replace(",", "")
    if len(text) > MAX_NUMBER_LENGTH or not regex.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", text):
        raise _Wrong(_("Enter a number, such as 12.5."))
    value = Decimal(text)
    digits = question.decimal_digits
    if digits is None:
        return value
    rounded = value.quantize(Decimal(1).scaleb(-digits))
    if rounded != value:
        raise _Wrong(
            _("Enter a whole number.")
            if not digits
            else _("Enter at most %(digits)s digits after the decimal sign.") % {"digits": digits}
        )
    return rounded


def _reader_of(kind: Any, message: Callable[[], str]) -> Callable[[Question, Any], Any]:
    def read(_question: Question, raw: Any) -> Any:
        if isinstance(raw, kind) and (kind is not date or not isinstance(raw, datetime)):
            return raw
        try:
            return kind.fromisoformat(str(raw))
        except ValueError:
            raise _Wrong(message()) from None

    return read


_READERS: dict[str, Callable[[Question, Any], Any]] = {
    "textfield": _read_line,
    "textarea": _read_text,
    "number": _read_number,
    "select": _read_choice,
    "radio": _read_choice,
    "date": _reader_of(date, lambda: _("Enter a date, such as 2026-11-21.")),
    "time": _reader_of(time, lambda: _("Enter a time, such as 14:30.")),
    "datetime": _reader_of(datetime, lambda: _("Enter a date and a time.")),
}


def _objection(question: Question, value: Any, today: date | None) -> str:
    """Say what is wrong with a readable answer; '' when nothing is."""
    if value is None or value is False:
        if not question.required:
            return ""
        return _("Tick this to go on.") if question.type == "checkbox" else _("Answer this question.")
    if isinstance(value, str):
        return _text_objection(question, value)
    if isinstance(value, Decimal):
        return _number_objection(question, value)
    if (
        question.not_past
        and today is not None
        and isinstance(value, date)
        and (value.date() if isinstance(value, datetime) else value) < today
    ):
        return _("This day is past; choose today or later.")
    return ""


def _text_objection(question: Question, value: str) -> str:
    if question.min_length is not None and len(value) < question.min_length:
        return _("Enter at least %(count)s characters.") % {"count": question.min_length}
    if question.max_length is not None and len(value) > question.max_length:
        return _("Enter at most %(count)s characters.") % {"count": question.max_length}
    if question.validation_type == "email" and not _matches(_EMAIL, value):
        return _("Enter an e-mail address, such as name@example.org.")
    if question.validation_type == "phone" and not _matches(_PHONE, value):
        return _("Enter a phone number, such as +49 30 123456.")
    if question.pattern and not _matches(question.pattern, value):
        return _("This doesn't have the expected form. Check it for typing errors.")
    return ""


def _number_objection(question: Question, value: Decimal) -> str:
    if question.minimum is not None and value < question.minimum:
        return _("Enter at least %(number)s.") % {"number": _localised(question.minimum)}
    if question.maximum is not None and value > question.maximum:
        return _("Enter at most %(number)s.") % {"number": _localised(question.maximum)}
    return ""


def _localised(number: Decimal) -> str:
    return written(number, language=(get_language() or "en").partition("-")[0])


def _matches(pattern: str, value: str) -> bool:
    """Match the whole value, as HTML does; a pattern that takes too long doesn't match."""
    try:
        return regex.fullmatch(pattern, value, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def _is_hidden(question: Question, scope: Mapping[str, Any]) -> bool:
    return question.hide is not None and question.hide.evaluate(scope).value is True


# --- showing ---------------------------------------------------------------------------------------------------------


def fields(
    form: Form | None,
    *,
    language: str,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
    context: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> tuple[Field, ...]:
    """List the form's fields for a template, with what was entered (`values`, raw or typed) and what is wrong with it.

    Fields that are hidden are left out; with `only` just those keys are shown, in the form's order. `prefix` keeps html ids apart when
    several forms stand on one page.
    """
    if form is None:
        return ()
    entered = values or {}
    scope = {**(context or {}), **typed_answers(form, entered)}
    return tuple(
        _field(
            question,
            language,
            entered.get(question.key, question.default),
            (errors or {}).get(question.key, ""),
            prefix,
        )
        for question in form.questions
        if (question.key in only if only is not None else True) and not _is_hidden(question, scope)
    )


def _field(question: Question, language: str, value: Any, error: str, prefix: str) -> Field:
    html_id = f"{prefix}{question.key}".replace("_", "-")
    label = _in(question.labels, language)
    if question.type in SHOWN:
        return Field(key=question.key, kind=question.type, html_id=html_id, label=label, is_input=False)
    shown = _shown_value(value)
    return Field(
        key=question.key,
        kind=_kind(question),
        html_id=html_id,
        label=label,
        description=_in(question.descriptions, language),
        value=shown,
        is_checked=value is True or shown in {"on", "true"},
        options=tuple(
            Option(
                value=choice.value,
                label=_in(choice.labels, language),
                is_chosen=choice.value == shown,
                html_id=f"{html_id}-{number}",
            )
            for number, choice in enumerate(question.choices, 1)
        ),
        error=error,
        required=question.required,
        read_only=question.read_only,
        min_length=question.min_length,
        max_length=question.max_length,
        minimum=question.minimum,
        maximum=question.maximum,
        step="any" if question.decimal_digits is None else str(Decimal(1).scaleb(-question.decimal_digits)),
        pattern=question.pattern,
    )


def _kind(question: Question) -> str:
    if question.type == "textfield":
        return {"email": "email", "phone": "tel"}.get(question.validation_type, "text")
    return _HTML_TYPES.get(question.subtype, question.type)


def _shown_value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en", "")


def answers_in_words(form: Form | None, values: Mapping[str, Any], *, language: str) -> tuple[tuple[str, str], ...]:
    """List question and answer as a person reads them, for those that were answered."""
    found = []
    for question in form.questions if form else ():
        value = values.get(question.key)
        if question.type not in INPUTS or value is None or value == "":
            continue
        words = next((_in(choice.labels, language) for choice in question.choices if choice.value == value), None)
        found.append(
            (_in(question.labels, language), words if words is not None else written(value, language=language))
        )
    return tuple(found)
