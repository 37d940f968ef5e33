"""What is missing, in a sentence that says what to do; and the words for ways, levels, kinds and scopes."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from firstline.identity.rules.standing import Lack

LEVELS: Mapping[str, Any] = {
    "none": pgettext_lazy("level", "not verified"),
    "basic": pgettext_lazy("level", "basic"),
    "strong": pgettext_lazy("level", "strong"),
}
WAYS: Mapping[str, Any] = {
    "questions": gettext_lazy("Questions"),
    "code": gettext_lazy("One-time code"),
    "callback": gettext_lazy("Called back at the known number"),
    "document": gettext_lazy("Identity document seen"),
    "letter": gettext_lazy("Signed letter compared"),
    "relay": gettext_lazy("Relay service"),
    "judgement": gettext_lazy("Own judgement"),
}
DOCUMENTS: Mapping[str, Any] = {
    "identity_card": gettext_lazy("Identity card"),
    "passport": gettext_lazy("Passport"),
    "driving_licence": gettext_lazy("Driving licence"),
    "residence_permit": gettext_lazy("Residence permit"),
}
KINDS: Mapping[str, Any] = {
    "parent": gettext_lazy("Parent"),
    "guardian": gettext_lazy("Legal guardian"),
    "power_of_attorney": gettext_lazy("Power of attorney"),
    "partner": gettext_lazy("Partner"),
    "employee": gettext_lazy("Employee"),
    "lawyer": gettext_lazy("Lawyer"),
    "interpreter": gettext_lazy("Interpreter"),
    "care": gettext_lazy("Carer"),
    "other": gettext_lazy("Other"),
}
SCOPES: Mapping[str, Any] = {
    "all": gettext_lazy("everything"),
    "reasons": gettext_lazy("only these reasons"),
    "read": gettext_lazy("only ask, change nothing"),
}
_OBJECTIONS: Mapping[str, Any] = {
    "none": gettext_lazy(
        "Nothing is noted that lets this person speak for the customer. Note their authority first, or take the request down without changing anything."
    ),
    "revoked": gettext_lazy(
        "The authority was revoked. Only the customer, or somebody with a new authority, can have this done."
    ),
    "not-yet": gettext_lazy("The authority begins later. Until then only the customer can have this done."),
    "ended": gettext_lazy("The authority has ended. Ask for a new document, or speak with the customer."),
    "claimed": gettext_lazy(
        "The authority is only claimed, and this needs a proven one. Ask for the document, and let back office check it; until then take the request down and change nothing."
    ),
    "read-only": gettext_lazy(
        "This authority lets them ask, but change nothing. Only the customer can have this done."
    ),
    "other-reason": gettext_lazy(
        "This authority doesn't cover this matter. Only the customer, or somebody with a wider authority, can have this done."
    ),
    "amount": gettext_lazy(
        "The amount is more than this authority covers. Only the customer can have this done, or have the authority widened."
    ),
}


def sentence(missing: Lack) -> str:
    """Say what is missing, and what to do about it."""
    if missing.kind == "authority":
        return str(_OBJECTIONS[missing.authority or "none"])
    if missing.level == "strong":
        return _(
            "This needs a strong verification of who is speaking, such as a one-time code. Verify them (Alt+V), then go on."
        )
    return _("This needs whoever is speaking to be verified. Verify them (Alt+V), then go on.")
