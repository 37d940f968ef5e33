"""What a brand's file says, with all its mistakes at once; and figures that keep what they were made of."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation

import feel
from firstline.customers.consent import read_purposes
from firstline.definitions import Notebook, Part, read_yaml
from firstline.demo import places
from firstline.money import Money
from firstline.relationship import rules
from firstline.relationship.definition import Definition, read_definition, unknown_in
from firstline.relationship.queries.indicators import written
from firstline.relationship.rules import Known, Outcome, outcome, tone_of

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
DEMO = Path(places.__file__).parent / "customers" / "lindwerk" / "relationship.yaml"


def read(text: str) -> tuple[Definition, list[str]]:
    notes = Notebook(file="f")
    found = read_definition(Part(read_yaml(text, notes), (), notes))
    return found, [str(one) for one in notes.problems]


def known(**values: Any) -> dict[str, Known]:
    return {name: Known(name=name, label=name, unit="number", value=value) for name, value in values.items()}


def test_all_mistakes_at_once() -> None:
    _found, problems = read(
        """\
facts:
  - {name: open_cases, label: {en: x}, view: a.b, value: count(rows}
  - {name: Big Name, label: {en: x}, answer: result, reasons: [complaint]}
products:
  - {key: power, label: {de: Strom}}
contracts:
  - {view: a.b, number: no, products: {X: gas}, states: {run: running}, otherwise: water}
stages:
  - {key: new, label: {en: New}}
  - {key: new, label: {en: New}}
indicators:
  - {key: value, label: {en: Value}, formula: revenue * 2, unit: miles, tones: {good: "> 1", great: "> 2"}}
"""
    )
    told = [problem.partition(": ")[2] for problem in problems]
    for place, words in (
        ("facts.0.value", "character"),
        ("facts.1.name", "'Big Name' is no name"),
        ("facts", "'open_cases' stands here twice"),
        ("products.0.label", "needs an English text"),
        ("contracts.0.products", "'gas' is none of power"),
        ("contracts.0.states", "'running' is none of active"),
        ("contracts.0.otherwise", "no product 'water'"),
        ("stages", "'new' stands here twice"),
        ("stage", "'stage' is missing"),
        ("indicators.0.formula", "There is no fact 'revenue'"),
        ("indicators.0.unit", "'miles' isn't one of"),
        ("indicators.0.tones.great", "'great' means nothing here"),
    ):
        assert any(line.startswith(f"{place}: ") and words in line for line in told), (place, told)


def test_the_examples_of_the_docs_have_no_mistakes_and_name_every_fact() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "relationship.md").read_text()
    examples = re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)
    purposes, relationship = examples[0], examples[-1]
    notes = Notebook(file="purposes.yaml")
    read_purposes(Part(read_yaml(purposes, notes), (), notes))
    assert notes.problems == []
    assert read(relationship)[1] == []
    assert [name for name in (*rules.OWN_FACTS, rules.CONTRACTS) if f"`{name}`" not in docs] == []


def test_an_empty_file_defines_nothing() -> None:
    found, problems = read("")
    assert (problems, found.views, found.stage_rule, found.indicators) == ([], (), None, ())


@pytest.fixture(scope="module")
def demo() -> Definition:
    found, problems = read(DEMO.read_text())
    assert problems == []
    return found


def test_the_demos_file_expects_only_what_its_systems_have(demo: Definition) -> None:
    billing = yaml.safe_load((Path(places.__file__).parent / "sources" / "billing.yaml").read_text())
    views = {f"billing.{key}": [one["name"] for one in view["fields"]] for key, view in billing["views"].items()}
    assert unknown_in(demo, views) == []
    assert unknown_in(demo, {**views, "billing.contracts": ["number"]}) == [
        f"The view 'billing.contracts' has no field '{name}'."
        for name in ("contract_no", "ends_on", "starts_on", "status", "tariff")
    ]
    assert unknown_in(demo, {}) == ["There is no view 'billing.contracts'.", "There is no view 'billing.invoices'."]


def contract(state: str, since: date = date(2024, 1, 1)) -> dict[str, Any]:
    return {"number": "V-1", "product": "gas", "state": state, "from": since, "until": None}


CALM = {"open_complaints": 0, "broken_promises_12_months": 0, "overdue_amount": Money(Decimal(0), "EUR")}


@pytest.mark.parametrize(
    ("contracts", "more", "stage"),
    [
        ([], {}, "prospect"),
        ([contract("active", date(2026, 10, 1))], {}, "new"),
        ([contract("active")], {}, "active"),
        ([contract("active"), contract("ended", date(2020, 1, 1))], {}, "active"),
        ([contract("active")], {"open_complaints": 1}, "at_risk"),
        ([contract("active")], {"broken_promises_12_months": 2}, "at_risk"),
        ([contract("active")], {"overdue_amount": Money(Decimal("500.01"), "EUR")}, "at_risk"),
        ([contract("cancelled")], {}, "leaving"),
        ([contract("ended"), contract("cancelled")], {}, "leaving"),
        ([contract("ended")], {"open_complaints": 1}, "former"),
    ],
)
def test_the_demos_stages(demo: Definition, contracts: list[dict[str, Any]], more: dict[str, Any], stage: str) -> None:
    assert demo.stage_rule is not None
    found = outcome(demo.stage_rule, known(contracts=contracts, **{**CALM, **more}), now=NOW)
    assert (found.value, found.problems) == (stage, ())
    assert {one.name for one in found.used} == {"contracts", *CALM}


def test_the_demos_figures(demo: Definition) -> None:
    facts = known(
        contracts=[contract("active")], revenue_12_months=Money(Decimal("2400.50"), "EUR"), complaints_12_months=2, contacts_90_days=5,
        last_call_back=None, **{**CALM, "open_complaints": 1},
    )  # fmt: skip
    found = {one.key: outcome(one.formula, facts, now=NOW).value for one in demo.indicators}
    assert found == {
        "value": Decimal("2400.50"), "risk": 60, "loyalty": "middle", "open_complaints": 1, "satisfaction": "unknown", "contacts": 5,
    }  # fmt: skip
    tones = {one.key: tone_of(found[one.key], one.tones, facts) for one in demo.indicators}
    assert tones == {
        "value": "good", "risk": "bad", "loyalty": "", "open_complaints": "warn", "satisfaction": "", "contacts": "",
    }  # fmt: skip


def test_a_formula_over_what_nobody_knows_gives_nothing_and_says_why() -> None:
    facts = {
        **known(open_cases=1),
        "due": Known(name="due", label="Due", unit="money", missing="Billing isn't answering."),
    }
    formula = feel.compile_expression("open_cases + due", names=["open_cases", "due"])
    found = outcome(formula, facts, now=NOW)
    assert (found.value, found.problems) == (None, ("Billing isn't answering.",))
    assert [one.name for one in found.used] == ["due", "open_cases"]
    assert outcome(feel.compile_expression("open_cases"), facts, now=NOW) == Outcome(
        value=1, used=(facts["open_cases"],)
    )
    broken = outcome(feel.compile_expression('open_cases + "x"'), facts, now=NOW)
    assert broken.value is None
    assert broken.problems != ()


def test_the_first_tone_that_fits_counts() -> None:
    tones = {tone: feel.compile_unary_tests(test) for tone, test in (("good", "< 10"), ("bad", "< 100"))}
    assert [tone_of(value, tones, {}) for value in (5, 50, 500, None)] == ["good", "bad", "", ""]


def test_without_a_known_stage_all_are_still_to_come() -> None:
    assert [one.state for one in rules.steps([("a", "A"), ("b", "B")], "gone")] == ["next", "next"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "number", "–"),
        (Decimal("1234.5"), "money", "1.234,50\xa0€"),
        (Decimal("12.345"), "percent", "12,3 %"),
        (Decimal("0.005"), "number", "0"),
        (3, "number", "3"),
        (Decimal(1200), "number", "1.200"),
        (True, "yes-no", "ja"),
        ("text", "text", "text"),
        (date(2026, 5, 3), "date", "03.05.2026"),
    ],
)
def test_values_are_written_as_people_do(value: Any, unit: str, words: str) -> None:
    with translation.override("de"):
        assert written(value, unit=unit, language="de") == words
