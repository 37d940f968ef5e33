"""What a brand defines about the relationship with its customers; read from YAML with all mistakes at once."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import feel
from firstline.definitions import Part, Texts
from firstline.relationship.rules import CONTRACT_KEYS, CONTRACTS, OWN_FACTS

Unit = Literal["number", "percent", "money", "days", "date", "text", "yes-no"]
UNITS: tuple[Unit, ...] = ("number", "percent", "money", "days", "date", "text", "yes-no")
Tone = Literal["good", "warn", "bad"]
TONES: tuple[Tone, ...] = ("good", "warn", "bad")
STATES = ("active", "cancelled", "ended", "planned")
Compiled = TypeVar("Compiled", feel.Expression, feel.UnaryTests)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MAX_FORMULA = 2_000
# Of a view, what formulas call the list of its rows; each of them, inside a filter.
ROWS, ITEM = "rows", "item"
_NO_VALUE, _NO_TEST = feel.compile_expression("null"), feel.compile_unary_tests("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that formulas may name: read from a view of a system, or from what a procedure was answered last."""

    name: str
    label: Texts
    unit: Unit
    # Of a view: which one, and what of its `rows`.
    view: str = ""
    value: feel.Expression | None = None
    # Of a procedure: the variable, in the last closed case for one of the reasons.
    answer: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """How the rows of a view are read as contracts."""

    view: str
    number: str
    product: str
    products: Mapping[str, str]
    otherwise: str
    from_on: str
    until_on: str
    state: str
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the relationship, from first contact to its end."""

    key: str
    label: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A figure beside the contact, with the formula that gives it."""

    key: str
    label: Texts
    explanation: Texts
    unit: Unit
    currency: str
    formula: feel.Expression
    # What the value must be for a tone; the first that fits.
    tones: Mapping[str, feel.UnaryTests]
    # How texts that the formula gives are said.
    values: Mapping[str, Texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """All of a brand's relationship file."""

    complaints: tuple[str, ...]
    facts: tuple[Fact, ...]
    products: Mapping[str, Texts]
    contracts: tuple[Contracts, ...]
    stages: tuple[Stage, ...]
    stage_rule: feel.Expression | None
    # Of a brand that decides by DMN instead: the decision's id; the version deployed last counts.
    stage_decision: str
    indicators: tuple[Indicator, ...]

    @property
    def gives_stages(self) -> bool:
        """Whether something says which stage a relationship is in."""
        return self.stage_rule is not None or bool(self.stage_decision)

    @property
    def names(self) -> frozenset[str]:
        """All facts that formulas and decisions may name."""
        return frozenset({CONTRACTS, *OWN_FACTS, *(one.name for one in self.facts)})

    @property
    def views(self) -> tuple[str, ...]:
        """The views that facts and contracts are read from, each once."""
        named = (*(one.view for one in self.contracts), *(one.view for one in self.facts if one.view))
        return tuple(dict.fromkeys(named))


def read_definition(part: Part) -> Definition:
    """Read a brand's file; mistakes are noted with their places."""
    facts = tuple(_fact(inner) for inner in part.parts("facts", needed=False))
    names = frozenset({CONTRACTS, *OWN_FACTS, *(one.name for one in facts)})
    _note_doubles(part, "facts", [*OWN_FACTS, CONTRACTS, *(one.name for one in facts)])
    products = {inner.text("key"): _label(inner) for inner in part.parts("products", needed=False)}
    stages = tuple(_stage(inner) for inner in part.parts("stages", needed=False))
    _note_doubles(part, "stages", [one.key for one in stages])
    indicators = tuple(_indicator(inner, names) for inner in part.parts("indicators", needed=False))
    _note_doubles(part, "indicators", [one.key for one in indicators])
    is_decided = bool(stages) and isinstance(part.raw("stage"), dict)
    found = Definition(
        complaints=part.strings("complaints"),
        facts=facts,
        products=products,
        contracts=tuple(_contracts(inner, products) for inner in part.parts("contracts", needed=False)),
        stages=stages,
        stage_rule=_rule(part, names) if stages and not is_decided else None,
        stage_decision=_decision(part) if is_decided else "",
        indicators=indicators,
    )
    part.end()
    return found


def _fact(part: Part) -> Fact:
    is_of_view = part.has("view") or not part.has("answer")
    fact = Fact(
        name=_name(part, "name"),
        label=part.texts("label"),
        unit=part.choice("unit", UNITS, "number"),
        view=part.text("view") if is_of_view else "",
        value=_compiled(part, "value", frozenset({ROWS}), feel.compile_expression, _NO_VALUE) if is_of_view else None,
        answer="" if is_of_view else part.text("answer"),
        reasons=() if is_of_view else part.strings("reasons"),
    )
    part.end()
    return fact


def _label(part: Part) -> Texts:
    label = part.texts("label")
    part.end()
    return label


def _contracts(part: Part, products: Collection[str]) -> Contracts:
    found = Contracts(
        view=part.text("view"),
        number=part.text("number"),
        product=part.text("product", ""),
        products=_choices(part, "products", products),
        otherwise=part.text("otherwise", ""),
        from_on=part.text("from", ""),
        until_on=part.text("until", ""),
        state=part.text("state", ""),
        states=_choices(part, "states", STATES),
    )
    if found.otherwise and found.otherwise not in products:
        part.problem("otherwise", "no-product", f"There is no product '{found.otherwise}'; name it under 'products'.")
    part.end()
    return found


def _choices(part: Part, key: str, known: Collection[str]) -> dict[str, str]:
    """Read how the values of a field are called here: {STROM-24: electricity}."""
    found = {str(value): str(meant) for value, meant in part.mapping(key).items()}
    for meant in sorted({*found.values()} - set(known)):
        part.problem(key, "no-choice", f"'{meant}' is none of {', '.join(known)}.")
    return found


def _stage(part: Part) -> Stage:
    stage = Stage(key=_name(part, "key"), label=part.texts("label"))
    part.end()
    return stage


def _rule(part: Part, names: frozenset[str]) -> feel.Expression | None:
    if not part.has("stage"):
        part.problem("stage", "missing", "'stage' is missing: the formula that gives the key of one of the stages.")
        return None
    return _expression(part, "stage", names)


def _decision(part: Part) -> str:
    """Read by which decision the stage is given: {decision: customer_stage}."""
    inner = part.part("stage")
    decision = inner.text("decision")
    inner.end()
    return decision


def _indicator(part: Part, names: frozenset[str]) -> Indicator:
    tones = part.part("tones") if part.has("tones") else None
    indicator = Indicator(
        key=_name(part, "key"),
        label=part.texts("label"),
        explanation=part.texts("explanation", needed=False),
        unit=part.choice("unit", UNITS, "number"),
        currency=part.text("currency", "EUR"),
        formula=_expression(part, "formula", names),
        tones={tone: _tests(tones, tone, names) for tone in tones.keys() if tone in TONES} if tones else {},  # noqa: SIM118 -- a part is no dictionary
        values={value: part.part("values").texts(value) for value in part.mapping("values")},
    )
    if not re.fullmatch(r"[A-Z]{3}", indicator.currency):
        part.problem("currency", "no-currency", f"'{indicator.currency}' is no currency such as EUR.")
    if tones:
        tones.end()
    part.end()
    return indicator


def _name(part: Part, key: str) -> str:
    name = part.text(key)
    if name and not _NAME.fullmatch(name):
        part.problem(key, "bad-name", f"'{name}' is no name; use small letters, digits and _.")
    return name


def _expression(part: Part, key: str, names: frozenset[str]) -> feel.Expression:
    found = _compiled(part, key, names, feel.compile_expression, _NO_VALUE)
    _note_unknown(part, key, found.names - names)
    return found


def _tests(part: Part, key: str, names: frozenset[str]) -> feel.UnaryTests:
    found = _compiled(part, key, names, feel.compile_unary_tests, _NO_TEST)
    _note_unknown(part, key, found.names - names)
    return found


def _compiled(
    part: Part, key: str, names: frozenset[str], compiled: Callable[..., Compiled], nothing: Compiled
) -> Compiled:
    """Compile a formula; one with mistakes is noted with all of them, and stands in as one that gives nothing."""
    text = _formula(part, key)
    try:
        return compiled(text, names=names) if text else nothing
    except feel.FeelSyntaxError as error:
        for problem in error.problems:
            part.problem(key, "no-feel", f"{problem.message} (character {problem.position + 1} of the formula).")
        return nothing


def _note_unknown(part: Part, key: str, unknown: frozenset[str]) -> None:
    """Note what is no fact; inside a filter the keys of a contract are names, too."""
    for name in sorted(unknown - CONTRACT_KEYS - {ITEM}):
        part.problem(
            key, "no-fact", f"There is no fact '{name}'. The page “Stages and figures” lists those that there are."
        )


def _formula(part: Part, key: str) -> str:
    value = part.raw(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = part.text(key).strip()
    if len(text) > MAX_FORMULA:
        part.problem(key, "too-long", f"The formula is longer than {MAX_FORMULA} characters.")
        return ""
    return text


def _note_doubles(part: Part, key: str, names: list[str]) -> None:
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        part.problem(key, "twice", f"'{name}' stands here twice, or is a fact that there is already.")


def unknown_in(definition: Definition, views: Mapping[str, Collection[str]]) -> list[str]:
    """Say what a definition expects of views that the systems' definitions don't have.

    Shape: `views` from each view's key to the names of its fields.
    """
    said = [f"There is no view '{key}'." for key in definition.views if key not in views]
    wanted = [
        (one.view, {one.number, one.product, one.from_on, one.until_on, one.state}) for one in definition.contracts
    ]
    wanted += [(one.view, set(one.value.names) - {ROWS, ITEM}) for one in definition.facts if one.value is not None]
    for view, names in wanted:
        missing = sorted(names - {""} - set(views.get(view, names)))
        said += [f"The view '{view}' has no field '{name}'." for name in missing]
    return said
