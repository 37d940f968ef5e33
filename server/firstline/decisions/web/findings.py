"""What the check of a model's tables found, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import dmn
from firstline.decisions.outline import Outline

# Of each kind: how much it matters.
_TONES = {"overlap": "bad", "gap": "warn", "masked": "warn", "never": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding on a page; `index` names it in the address of its trial."""

    index: int
    # "" for a table of an imported model, which is tried there.
    node_id: str
    title: str
    words: str
    tone: str
    example: Sequence[tuple[str, str]]
    # Of a gap: what the missing rule would test.
    missing: str
    is_certain: bool


def views(findings: Sequence[dmn.Finding], outline: Outline, *, node_id: str = "") -> list[FindingView]:
    """Put findings into words: all, or those of one node."""
    return [
        FindingView(
            index=index,
            node_id=one.decision if one.decision in outline.nodes else "",
            title=outline.nodes[one.decision].name if one.decision in outline.nodes else one.table,
            words=_words(one),
            tone=_TONES.get(one.kind, ""),
            example=tuple(one.example.items()),
            missing=" · ".join(one.cells),
            is_certain=one.certain,
        )
        for index, one in enumerate(findings)
        if not node_id or one.decision == node_id
    ]


def _words(one: dmn.Finding) -> str:
    rules = ", ".join(map(str, one.rules))
    if one.kind == "overlap":
        return _("Rules %(rules)s match together, which the hit policy doesn't allow.") % {"rules": rules}
    if one.kind == "gap":
        return _("No rule matches, and there is no default result.")
    if one.kind == "masked":
        first, *others = map(str, one.rules)
        named = {"rule": first, "others": ", ".join(others)}
        return _("Rule %(rule)s never decides: rules %(others)s always come before it.") % named
    if one.kind == "never":
        return _("Rule %(rules)s matches no value that is allowed.") % {"rules": rules}
    if one.kind == "not_analysed":
        return ngettext(
            "Rule %(rules)s can only be judged by trying it; the check leaves it out.",
            "Rules %(rules)s can only be judged by trying them; the check leaves them out.",
            len(one.rules),
        ) % {"rules": rules}
    if one.kind == "incomplete":
        return _("The check stopped at its limits; there may be more to find.")
    return one.message
