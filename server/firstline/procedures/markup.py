"""The little markup of guides: paragraphs, lists with "- ", **strong**."""

import re

from django.utils.safestring import SafeString, mark_safe

_STRONG = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def as_html(escaped: str) -> SafeString:
    """Turn text that is escaped already into paragraphs and lists.

    >>> as_html("Read **back**:\\n\\n- street\\n- town")
    '<p>Read <strong>back</strong>:</p><ul><li>street</li><li>town</li></ul>'
    """
    blocks = [_block(block) for block in _BLANK_LINES.split(escaped.strip()) if block.strip()]
    return mark_safe("".join(blocks))  # noqa: S308 -- the caller escaped it; only our own tags are added


def _block(block: str) -> str:
    lines = [_STRONG.sub(r"<strong>\1</strong>", line.strip()) for line in block.strip().split("\n")]
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>"
    return "<p>" + "<br>".join(lines) + "</p>"
