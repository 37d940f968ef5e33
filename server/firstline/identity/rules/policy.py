"""What must be shown before something is seen or changed, and how it may be shown: read from YAML, with all mistakes at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

from firstline.definitions import Notebook, Part, Problem, Texts, read_yaml
from firstline.identity.rules.answers import Comparison
from firstline.identity.rules.levels import LEVELS, Level

WayKey = Literal["questions", "code", "callback", "document", "letter", "relay", "judgement"]
WAYS: tuple[WayKey, ...] = get_args(WayKey)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
# Channels on which somebody writes and reads the answer later.
IN_WRITING = frozenset({"email", "webform", "letter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to show who one is, and the level that it reaches."""

    key: WayKey
    level: Level
    # Where it may be used; everywhere when empty.
    channels: frozenset[str] = frozenset()
    # Of questions: how many right answers altogether, and of which kinds at least.
    right: int = 1
    kinds: Mapping[str, int] = field(default_factory=dict)

    def fits(self, channel: str) -> bool:
        """Tell whether it may be used on this channel."""
        return not self.channels or channel in self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A field of a view, asked of the caller and compared by the machine."""

    key: str
    kind: str
    view: str
    field: str
    compare: Comparison
    ask: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRules:
    valid: timedelta = timedelta(minutes=10)
    valid_in_writing: timedelta = timedelta(days=1)
    tries: int = 3
    # Sendings within an hour.
    per_customer: int = 5
    per_agent: int = 20
    # The address at which a gateway takes mail for a number: `{number}@sms.example`; '' when there is none.
    text_message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for a brand. Without any file nothing is asked for, and staff judge by themselves, as they note."""

    brands: frozenset[str] = frozenset()
    lasts: timedelta = timedelta(hours=1)
    # Of a mail that somebody answers on another day.
    lasts_in_writing: timedelta = timedelta(days=7)
    wrong_answers: int = 3
    locked: timedelta = timedelta(minutes=30)
    forget: timedelta = timedelta(days=1)
    sensitive: Level = "basic"
    reasons: Mapping[str, Level] = field(default_factory=dict)
    views: Mapping[str, Level] = field(default_factory=dict)
    commands: Mapping[str, Level] = field(default_factory=dict)
    ways: tuple[Way, ...] = (Way(key="judgement", level="strong"),)
    questions: Mapping[str, Question] = field(default_factory=dict)
    code: CodeRules = field(default_factory=CodeRules)

    def for_reason(self, key: str) -> Level:
        """Say what a reason needs."""
        return self.reasons.get(key, "none")

    def for_command(self, key: str) -> Level:
        """Say what a write needs."""
        return self.commands.get(key, "none")

    def for_view(self, key: str) -> Level:
        """Say what the sensitive fields of a view need."""
        return self.views.get(key, self.sensitive)

    def lasts_on(self, channel: str) -> timedelta:
        """Say how long a level counts in a contact on this channel."""
        return self.lasts_in_writing if channel in IN_WRITING else self.lasts

    def way(self, key: str) -> tuple[Way, ...]:
        """Give the ways of this kind, in their order: questions may reach one level with two, another with four."""
        return tuple(one for one in self.ways if one.key == key)

    def asked_of(self, view: str) -> frozenset[str]:
        """List the fields of a view that are asked of callers, so that nobody sees them before."""
        return frozenset(one.field for one in self.questions.values() if one.view == view)


class PolicyProblems(Exception):
    """The policies can't be used; `problems` are all the mistakes in all files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse_policies(files: Mapping[str, str]) -> dict[str, Policy]:
    """Read all policies, given as text by file name; by brand, the one for all others under ''.

    Raises: PolicyProblems with every mistake in every file.
    """
    found: dict[str, Policy] = {}
    problems: list[Problem] = []
    for file, text in sorted(files.items()):
        notes = Notebook(file=file)
        content = read_yaml(text, notes)
        if content is not None:
            policy = _policy(Part(content, (), notes))
            for brand in policy.brands or {""}:
                if brand in found:
                    notes.add(
                        ("brands",), "twice", f"Another file says already what holds for {brand or 'all others'}."
                    )
                found[brand] = policy
        problems += notes.problems
    if problems:
        raise PolicyProblems(problems)
    return found


def _policy(part: Part) -> Policy:
    needs = part.part("needs")
    ways = tuple(_way(each) for each in part.parts("ways"))
    questions = _questions(part)
    policy = Policy(
        brands=frozenset(part.strings("brands")),
        lasts=part.duration("lasts", "1 h"),
        lasts_in_writing=part.duration("lasts_in_writing", "7 d"),
        wrong_answers=part.integer("wrong_answers", 3, at_most=20),
        locked=part.duration("locked", "30 min"),
        forget=part.duration("forget", "1 d"),
        sensitive=_level(needs, "sensitive", "basic"),
        reasons=_levels(needs, "reasons"),
        views=_levels(needs, "views"),
        commands=_levels(needs, "commands"),
        ways=ways,
        questions=questions,
        code=_code(part.part("code")) if part.has("code") else CodeRules(),
    )
    needs.end()
    part.end()
    _check(part, policy)
    return policy


def _level(part: Part, key: str, default: Level | None = None) -> Level:
    level = part.choice(key, LEVELS, default)
    return next((one for one in LEVELS if one == level), "none")


def _levels(part: Part, key: str) -> dict[str, Level]:
    inner = Part(part.mapping(key), (*part.path, key), part.notes)
    return {name: _level(inner, name) for name in inner.keys()}  # noqa: SIM118 -- a method of the part, no dict


def _way(part: Part) -> Way:
    key = part.choice("way", WAYS)
    kinds = part.mapping("kinds")
    for kind in [kind for kind, count in kinds.items() if not _is_count(count)]:
        part.problem("kinds", "no-number", f"How many of '{kind}'? Write a whole number from 1.")
        kinds = {name: count for name, count in kinds.items() if name != kind}
    way = Way(
        key=next((one for one in WAYS if one == key), "judgement"),
        level=_level(part, "level"),
        channels=frozenset(part.strings("channels")),
        right=part.integer("right", 1, at_most=10),
        kinds=kinds,
    )
    if way.level == "none":
        part.problem("level", "no-level", "A way must reach a level: basic or strong.")
    if sum(kinds.values()) > way.right:
        part.problem("right", "too-few", "The kinds ask for more right answers than 'right' says.")
    part.end()
    return way


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _questions(part: Part) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for each in part.parts("questions", needed=False):
        key = each.text("key")
        if key in found:
            each.problem("key", "twice", f"There is a question '{key}' already.")
        compare = each.choice("compare", COMPARISONS, "text")
        found[key] = Question(
            key=key,
            kind=each.text("kind", "any"),
            view=each.text("view"),
            field=each.text("field"),
            compare=next((one for one in COMPARISONS if one == compare), "text"),
            ask=each.texts("ask"),
        )
        each.end()
    return found


def _code(part: Part) -> CodeRules:
    rules = CodeRules(
        valid=part.duration("valid", "10 min"),
        valid_in_writing=part.duration("valid_in_writing", "1 d"),
        tries=part.integer("tries", 3, at_most=5),
        per_customer=part.integer("per_customer", 5, at_most=100),
        per_agent=part.integer("per_agent", 20, at_most=1000),
        text_message=part.text("text_message", ""),
    )
    if rules.text_message and "{number}@" not in rules.text_message:
        part.problem(
            "text_message", "no-gateway", "Write the gateway's address with the number in it: '{number}@sms.example'."
        )
    part.end()
    return rules


def _check(part: Part, policy: Policy) -> None:
    """Look for what no caller could ever fulfil."""
    kinds = [one.kind for one in policy.questions.values()]
    for index, way in enumerate(policy.ways):
        if way.key != "questions":
            continue
        place = Part({}, (*part.path, "ways", index), part.notes)
        if len(kinds) < way.right:
            place.problem(
                "right", "too-many", f"There are {len(kinds)} questions, so {way.right} can't be answered right."
            )
        for kind, count in way.kinds.items():
            if kinds.count(kind) < count:
                place.problem("kinds", "unknown-kind", f"There are {kinds.count(kind)} questions of the kind '{kind}'.")
    reached = {LEVELS.index(way.level) for way in policy.ways}
    needed = {*policy.reasons.values(), *policy.views.values(), *policy.commands.values(), policy.sensitive}
    for level in needed:
        if LEVELS.index(level) > max(reached, default=0):
            part.problem("needs", "unreachable", f"No way reaches the level '{level}' that is needed.")
