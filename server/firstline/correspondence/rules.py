"""How several answers become one letter, as pure functions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE)
# What counts once, and what twice, in a text message.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{3,240}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one case has to say: one or several paragraphs, the latest last."""

    heading: str
    subject: str
    greeting: str
    regards: str
    bodies: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The words around the sections, in the customer's language."""

    several_subject: str
    follow_here: str
    signature: str = ""


def compose(sections: Sequence[Section], frame: Frame) -> tuple[str, str]:
    """Write subject and text of one message: one greeting, each matter under its heading, one farewell.

    >>> one = Section(
    ...     heading="Move", subject="Moved", greeting="Dear Ada,", regards="Yours", bodies=("Done.",), link="http://x/1"
    ... )
    >>> print(compose([one], Frame(several_subject="", follow_here="Follow it here:"))[1])
    Dear Ada,
    <BLANKLINE>
    Done.
    <BLANKLINE>
    Follow it here: http://x/1
    <BLANKLINE>
    Yours
    <BLANKLINE>
    """
    first = sections[0]
    alone = len(sections) == 1
    parts = [first.greeting] if first.greeting else []
    for section in sections:
        if not alone:
            parts.append(f"{section.heading}\n{'-' * len(section.heading)}")
        parts.extend(section.bodies)
        parts.append(f"{frame.follow_here} {section.link}")
    parts.append(first.regards)
    if frame.signature:
        parts.append(frame.signature)
    subject = first.subject if alone else frame.several_subject
    return subject, "\n\n".join(parts) + "\n"


def deliverable(address: str) -> str:
    """Write an address as it goes over the wire, its domain in ASCII; '' for what no mail server would take.

    >>> deliverable("ada@exämple.de"), deliverable("a@x.de, b@y.de")
    ('ada@xn--exmple-cua.de', '')
    """
    local, _at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return ""
    return f"{local}@{domain}" if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else ""


def segments(text: str) -> int:
    """Say in how many parts a text message goes (3GPP TS 23.038): one takes 160 characters, or 70 with signs of other scripts.

    >>> segments("Wie war es? " * 13), segments("Wie war es? " * 14), segments("Как это было?" * 6)
    (1, 2, 2)
    """
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        length, alone, each = len(text) + sum(sign in _GSM_TWICE for sign in text), 160, 153
    else:
        length, alone, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // each)


def in_header(message_id: str) -> str:
    """Give a Message-ID that may stand in a header; '' for one that would break it, since strangers choose theirs."""
    return message_id if _MESSAGE_ID.fullmatch(message_id) else ""


def may_send_automatically(*, sent_last_hour: int, at_most: int) -> bool:
    """Tell whether another automatic message to one address is still reasonable; two machines may be answering each other."""
    return sent_last_hour < at_most
