"""The messages that ask a customer how it was, in their language."""

from django.utils import translation
from django.utils.translation import gettext as _

from firstline.correspondence.rules import segments
from firstline.customers import queries as customer_queries
from firstline.feedback.links import RATE, short_url
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


def text_message_of(asking: Satisfaction, *, language: str) -> tuple[str, str]:
    """Write what its page is called here, and a text message: one part, however long the brand calls itself."""
    assert asking.case is not None
    assert asking.code is not None
    with translation.override(language):
        words = _("%(brand)s: your request %(number)s is done. How was it? %(link)s") + "\n"
        named = {"number": asking.case.number, "link": short_url(asking.code)}
        brand = asking.brand.name(language)
        while segments(text := words % {**named, "brand": brand}) > 1 and len(brand) > 1:
            brand = brand[:-1]
        return _("How was it?"), text
