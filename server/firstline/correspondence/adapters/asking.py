"""The message that asks a customer how it was, in their language."""

from django.utils import translation
from django.utils.translation import gettext as _

from firstline.customers import queries as customer_queries
from firstline.feedback.links import RATE
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import SCALES
from firstline.procedures import queries as procedure_queries


def words_of(asking: Satisfaction, *, language: str) -> tuple[str, str]:
    """Write subject and text; there is one question, and one click to its answer."""
    assert asking.case is not None
    reason = procedure_queries.reason_names(language).get(asking.reason_key, asking.reason_key)
    with translation.override(language):
        named = {"reason": reason, "number": asking.case.number, "brand": asking.brand.name(language)}
        lines = (
            customer_queries.customer_card(asking.customer_id).salutation_line,
            _("You asked us for something: %(reason)s (%(number)s). It is done now.") % named,
            str(SCALES[asking.scale].question),
            _("Tell us here, with one click:") + "\n" + RATE.url(asking.id),
            _("You don't want to be asked? Answer this message and say so; we keep to it."),
            named["brand"],
        )
        return _("Please tell us how it was: %(reason)s") % named, "\n\n".join(lines) + "\n"
