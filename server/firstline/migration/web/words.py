"""What states, reasons and findings are called on screen."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.migration.queries import FindingRow

PHASES: Mapping[str, object] = {
    "draft": gettext_lazy("being drawn up"),
    "checking": gettext_lazy("dry run under way"),
    "checked": gettext_lazy("tried"),
    "moving": gettext_lazy("moving"),
    "moved": gettext_lazy("moved"),
    "reverting": gettext_lazy("moving back"),
    "reverted": gettext_lazy("moved back"),
}
TONES: Mapping[str, str] = {"moved": "good", "checking": "accent", "moving": "accent", "reverting": "accent"}

STATES: Mapping[str, object] = {
    "movable": gettext_lazy("can move"),
    "blocked": gettext_lazy("can't move"),
    "moved": gettext_lazy("moved"),
    "failed": gettext_lazy("stayed: something came between"),
    "reverted": gettext_lazy("moved back"),
    "kept": gettext_lazy("couldn't move back"),
}

REASONS: Mapping[str, object] = {
    "chosen": gettext_lazy("chosen"),
    "same_id": gettext_lazy("same id and kind"),
    "same_place": gettext_lazy("same name, kind and neighbours"),
    "other_kind": gettext_lazy("of another kind now"),
    "ambiguous": gettext_lazy("several are like it"),
    "gone": gettext_lazy("nothing is like it"),
}

_FINDINGS: Mapping[str, object] = {
    "gone": gettext_lazy("Stands at “%(name)s”, which the new version doesn't have. Choose what takes its place."),
    "ambiguous": gettext_lazy("Stands at “%(name)s”, and several elements are like it. Choose one."),
    "chosen": gettext_lazy("Stands at “%(name)s”, and it was chosen that nothing takes its place."),
    "other_kind": gettext_lazy("Stands at “%(name)s”, which is of another kind in the new version."),
    "other_scope": gettext_lazy("Stands at “%(name)s”, whose place lies inside or outside of another subprocess."),
    "join": gettext_lazy("Waits at the gateway “%(name)s” for other branches, and not each has its place in the new version."),
    "compensating": gettext_lazy("“%(name)s” is being undone. Wait until that has ended."),
    "compensable": gettext_lazy("“%(name)s” is done and could be undone; in the new version it couldn't, or not so."),
    "steps": gettext_lazy("Steps of “%(name)s” are under way one after another, and they are others now."),
    "parts": gettext_lazy("“%(name)s” waits for several things, and they are others now."),
    "event_fails": gettext_lazy("“%(name)s” can't begin to wait: its expression fails with what the case knows."),
    "no_process": gettext_lazy("The new version doesn't have this process."),
    "event_added": gettext_lazy("“%(name)s” is waited for from then on."),
    "event_withdrawn": gettext_lazy("“%(name)s” is no longer waited for."),
    "event_renewed": gettext_lazy("“%(name)s” waits for something else, and begins anew."),
}  # fmt: skip


def sentence(finding: FindingRow) -> str:
    """Say in words what was found; what has no words of its own says it as the engine does."""
    words = _FINDINGS.get(finding.code)
    return str(words) % {"name": finding.name or _("the process")} if words else finding.message
