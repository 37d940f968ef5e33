"""A policy is read from a file, with every mistake at once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from firstline.identity.rules.policy import Policy, PolicyProblems, parse_policies

ROOT = Path(__file__).parents[3]
GOOD = """
brands: [stadtwerke]
lasts: 45 min
wrong_answers: 2
locked: 10 min
needs:
  sensitive: basic
  reasons: {change-of-address: basic, bank-details: strong}
  views: {billing.account: strong}
  commands: {billing.change_address: basic}
ways:
  - {way: questions, level: basic, right: 2, kinds: {personal: 1}, channels: [phone]}
  - {way: code, level: strong}
code: {valid: 5 min, text_message: "{number}@sms.example"}
questions:
  - {key: born, kind: personal, view: master.contact, field: birth_date, compare: date, ask: {en: "Born?", de: "Geboren?", nl: "Geboren?"}}
  - {key: iban, kind: bank, view: billing.account, field: iban, compare: last4, ask: {en: "IBAN?"}}
"""


def test_a_policy_says_what_is_needed_and_how_it_is_shown():
    policy = parse_policies({"a.yaml": GOOD})["stadtwerke"]
    assert (policy.lasts, policy.locked, policy.wrong_answers) == (timedelta(minutes=45), timedelta(minutes=10), 2)
    assert [policy.for_reason(key) for key in ("change-of-address", "bank-details", "complaint")] == [
        "basic",
        "strong",
        "none",
    ]
    assert [policy.for_view(key) for key in ("billing.account", "master.contact")] == ["strong", "basic"]
    assert policy.for_command("billing.change_address") == "basic"
    assert policy.asked_of("billing.account") == {"iban"}
    assert policy.way("questions")[0].fits("phone")
    assert not policy.way("questions")[0].fits("email")
    assert policy.way("code")[0].fits("email")
    assert policy.code.valid == timedelta(minutes=5)


def test_the_policies_of_the_docs_and_the_demo_are_good():
    (shown,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/verification.md").read_text(encoding="utf-8"), re.DOTALL)
    demo = (ROOT / "server/firstline/demo/identity/lindwerk.yaml").read_text(encoding="utf-8")
    for text in (shown, demo):
        assert parse_policies({"x.yaml": text})["lindwerk"].for_reason("bank-details") == "strong"


def test_without_a_policy_nothing_is_asked_and_staff_judge():
    policy = Policy()
    assert policy.for_reason("bank-details") == "none"
    assert [way.key for way in policy.ways] == ["judgement"]


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (("lasts: 45 min", "lasts: soon"), "lasts", "no-duration"),
        (("wrong_answers: 2", "wrong_answers: 0"), "wrong_answers", "no-number"),
        (("locked:", "loked:"), "loked", "unknown-key"),
        (("bank-details: strong", "bank-details: very"), "needs.reasons.bank-details", "no-choice"),
        (("way: code", "way: telepathy"), "ways.1.way", "no-choice"),
        (("way: code, level: strong", "way: code, level: none"), "ways.1.level", "no-level"),
        (("right: 2", "right: 3"), "ways.0.right", "too-many"),
        (("right: 2, kinds: {personal: 1}", "right: 1, kinds: {personal: 2}"), "ways.0.right", "too-few"),
        (("kinds: {personal: 1}", "kinds: {bnk: 1}"), "ways.0.kinds", "unknown-kind"),
        (("kinds: {personal: 1}", "kinds: {personal: yes}"), "ways.0.kinds", "no-number"),
        (("  - {way: code, level: strong}\n", ""), "needs", "unreachable"),
        (("compare: date", "compare: soundex"), "questions.0.compare", "no-choice"),
        (("key: iban", "key: born"), "questions.1.key", "twice"),
        (('ask: {en: "IBAN?"}', 'ask: {de: "IBAN?"}'), "questions.1.ask", "no-english"),
        (("{number}@sms", "sms"), "code.text_message", "no-gateway"),
        (("needs:", "neds:"), "needs", "missing"),
    ],
)
def test_a_mistake_is_told_with_its_place(change, place, code):
    with pytest.raises(PolicyProblems) as refused:
        parse_policies({"a.yaml": GOOD.replace(*change)})
    assert (place, code) in [(one.place, one.code) for one in refused.value.problems]


def test_all_mistakes_of_all_files_come_at_once():
    bad = GOOD.replace("way: code", "way: telepathy").replace("lasts: 45 min", "lasts: soon")
    with pytest.raises(PolicyProblems) as refused:
        parse_policies({"a.yaml": GOOD, "b.yaml": bad})
    told = {(one.file, one.code) for one in refused.value.problems}
    assert {("b.yaml", "no-choice"), ("b.yaml", "no-duration"), ("b.yaml", "twice")} <= told
    assert "b.yaml:" in str(refused.value)
