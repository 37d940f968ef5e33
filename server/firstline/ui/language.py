"""In which language the page is being written."""

from django.utils.translation import get_language


def page_language() -> str:
    """Say the page's language, as translation sets name it: "de", never "de-at"."""
    return (get_language() or "en").split("-", maxsplit=1)[0]
