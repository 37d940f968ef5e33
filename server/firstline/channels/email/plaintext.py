"""Text to read out of HTML that strangers wrote: nothing of it is ever shown as HTML."""

import html
import re

from lxml import etree

MAX_HTML_CHARS = 2_000_000

UNSEEN = {"script", "style", "head", "title", "template", "noscript", "object", "svg", "math"}
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "table",
    "tr", "ul",
}  # fmt: skip
APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table"}


UNSEEN_TEXT = re.compile(r"<(script|style|title)\b[^<]{0,100000}</\1", re.IGNORECASE)


def to_plain_text(markup: str) -> str:
    """Turn HTML into plain text: blocks become lines, quotes get `> `, scripts and styles vanish."""
    markup = markup[:MAX_HTML_CHARS].replace("\x00", "")
    # An XML declaration with an encoding makes lxml refuse text.
    markup = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", markup)
    try:
        root = etree.fromstring(markup, etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        root = None
    text = _tidy(_collect(root)) if root is not None else ""
    # The parser gives up on what lies hundreds of elements deep: then the text without the tags has to do.
    return text or _tidy(html.unescape(re.sub(r"<[^<>]{0,5000}>", " ", re.sub(UNSEEN_TEXT, " ", markup))))


def _collect(root: etree._Element) -> str:
    out: list[str] = []
    quoted = preformatted = 0
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        starts = event == "start"
        if skipped is not None:
            if element is skipped and not starts:
                skipped = None
                out.append(_flowing(element.tail, preformatted))
            continue
        if starts and tag in UNSEEN:
            skipped = element
            continue
        if tag == "blockquote":
            quoted += 1 if starts else -1
        if tag == "pre":
            preformatted += 1 if starts else -1
        out.append(_break(tag, starts=starts, quoted=quoted))
        out.append(_flowing(element.text if starts else element.tail, preformatted))
    return "".join(out)


def _break(tag: str, *, starts: bool, quoted: int) -> str:
    # The line's beginning carries how deep it is quoted, as an unusual character that `_tidy` turns into `> `.
    line = "\n" + "\x02" * quoted
    if tag == "br":
        return line if starts else ""
    if tag == "li":
        return line + "- " if starts else ""
    if tag in ("td", "th"):
        return "" if starts else " "
    if tag in BLOCKS:
        return line * (2 if tag in APART else 1)
    return ""


def _flowing(text: str | None, preformatted: int) -> str:
    text = (text or "").replace("\x02", "")
    return text if preformatted else re.sub(r"[ \t\r\n]+", " ", text)


def _tidy(text: str) -> str:
    lines: list[str] = []
    for line in text.replace("\xa0", " ").replace("\u200b", "").split("\n"):
        quoted = len(line) - len(line.lstrip("\x02"))
        kept = line.replace("\x02", "").strip()
        begins_quote = quoted and not kept and not (lines and lines[-1].startswith(">"))
        lines.append("" if begins_quote else ("> " * quoted + kept).rstrip())
    joined = "\n".join(lines)
    joined = re.sub(r"(\n(?:> ?)+)(?:\n(?:> ?)+(?=\n|$))+", r"\1", joined)
    return re.sub(r"\n{3,}", "\n\n", joined).strip("\n")
