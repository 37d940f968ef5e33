"""Cells of a table that a spreadsheet will open."""

# What makes a spreadsheet take a text for a formula; texts come from anybody who writes to us.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """Write a text so that a spreadsheet shows it and never runs it.

    >>> plain_cell('=HYPERLINK("https://evil.example")'), plain_cell("Ada")
    ('\\'=HYPERLINK("https://evil.example")', 'Ada')
    """
    return f"'{text}" if text.startswith(_DANGEROUS) else text
