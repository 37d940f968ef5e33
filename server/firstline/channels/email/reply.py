"""What the customer wrote now, apart from what is quoted below it. Line by line, so time grows with length alone."""

import re
from dataclasses import dataclass

MAX_LINES = 20_000
# Longer lines are somebody's text, never a rule or an introduction.
MAX_RULE_CHARS = 200

QUOTED = re.compile(r"^\s{0,3}(>|\|\s)")
SEPARATOR = re.compile(
    r"^[\s>*]*[-_=]{3,}[\s*]*(?P<words>[^-_=]{0,60}?)[\s*]*[-_=]{2,}[\s*]*$",
)
RULE = re.compile(r"^\s*[_*=-]{20,}\s*$")
SIGNATURE = re.compile(r"^(-- ?|—|__)\s*$")
SENT_FROM = re.compile(
    r"^\W{0,3}(sent from (my|outlook|yahoo|mail)|get outlook for|gesendet (von|mit)|von mein\w* .{0,40}gesendet|"
    r"diese nachricht wurde von mein\w* .{0,60}gesendet|verzonden (vanaf|met)|verstuurd (vanaf|met)|"
    r"envoyé (de|depuis|à partir de) m|enviado desde mi|inviato da|sendt fra min|skickat från min)",
    re.IGNORECASE,
)
LABEL = re.compile(r"^[\s>]*\*?(?P<label>[^\W\d_][\w .-]{0,24}?)\s*:\*?(\s|$)")
FROM = {
    "from", "von", "van", "de", "da", "od", "fra", "från", "lähettäjä", "от", "expéditeur", "mittente", "発信者", "发件人",
}  # fmt: skip
ABOUT = {
    "sent", "date", "to", "subject", "cc", "gesendet", "datum", "an", "betreff", "verzonden", "aan", "onderwerp", "envoyé",
    "à", "objet", "enviado", "enviado el", "para", "asunto", "data", "a", "oggetto", "risposta", "inviato", "skickat", "till", "ämne", "sendt",
    "til", "emne", "reply-to", "antwort an", "wysłano", "do", "temat", "assunto", "kopie", "copy", "fecha", "отправлено", "кому", "тема",
}  # fmt: skip
FORWARDED = re.compile(
    r"(original|ursprünglich|oorspronkelijk|forward|weitergeleitet|doorgestuurd|d'origine|mensaje|mensagem|messaggio|"
    r"begin forwarded|anfang der weiter|nachricht|bericht)",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"(wrote|writes|schrieb|schreef|geschreven|heeft .{0,80}het volgende|a écrit|escribi[óo]|escreveu|ha scritto|skrev|"
    r"napisał(\(a\)|a)?|написал\w*|пишет|写道|寫道|kirjoitti|napsal\(?a?\)?|írta)",
    re.IGNORECASE,
)
INTRODUCED = re.compile(r"<[^<>]*@|&lt;[^<>]*@|\d.*(@|\d{1,2}[:.h]\d\d|\d{4})")
DATED_ADDRESS = re.compile(r"^\W{0,3}\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.{0,200}<[^<>\s]+@[^<>\s]+>\W*$")
MAX_INTRODUCTION_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    visible: str
    quoted: str


def split_reply(text: str) -> Reply:
    """Cut where the quoted rest begins; text that stands below or between quotes is never hidden."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        return Reply(visible=text, quoted="")
    cut = _first_quotation(lines)
    if not "".join(lines[:cut]).strip():
        # The reply stands below the quotation, or the whole mail is a forwarded one: hide nothing.
        return Reply(visible=text.strip("\n"), quoted="")
    end = _signature(lines[:cut])
    if not "".join(lines[:end]).strip():
        end = cut
    return Reply(visible="\n".join(lines[:end]).strip("\n").rstrip(), quoted="\n".join(lines[end:]).strip("\n"))


def _first_quotation(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if _is_separator(lines, number) or _is_header_block(lines, number):
            return number
        length = _introduction(lines, number)
        if length and not _own_text_after(lines, number + length):
            return number
        if QUOTED.match(line) and not _own_text_after(lines, number):
            return number
    return len(lines)


def _own_text_after(lines: list[str], start: int) -> bool:
    """Did the customer write between or below the quoted lines?"""
    seen_quote = False
    number = start
    while number < len(lines):
        line = lines[number]
        length = _introduction(lines, number)
        if QUOTED.match(line):
            seen_quote = True
        elif SIGNATURE.match(line) or SENT_FROM.match(line) or _is_rule(line):
            return False
        elif line.strip() and seen_quote and not length:
            # A long quoted line that was wrapped goes on without its mark.
            wrapped = QUOTED.match(lines[number - 1]) and len(lines[number - 1]) > 60 and len(line) < 40
            if not wrapped:
                return True
        number += max(length, 1)
    return False


def _is_separator(lines: list[str], number: int) -> bool:
    if len(lines[number]) > MAX_RULE_CHARS:
        return False
    matched = SEPARATOR.match(lines[number])
    if matched and FORWARDED.search(matched["words"]):
        return True
    following = next((at for at in range(number + 1, min(number + 4, len(lines))) if lines[at].strip()), None)
    if following is None:
        return False
    begins = FORWARDED.search(lines[number]) and re.match(
        r"^[\s>*]*begin forwarded|^[\s>]*anfang der w", lines[number], re.IGNORECASE
    )
    bare = _is_rule(lines[number]) or (matched and not matched["words"].strip())
    return bool((begins or bare) and _is_header_block(lines, following))


def _is_rule(line: str) -> bool:
    return len(line) <= MAX_RULE_CHARS and bool(RULE.match(line))


def _is_header_block(lines: list[str], number: int) -> bool:
    """Three or more `Label: value` lines that begin like the copied header of a mail."""
    first = LABEL.match(lines[number])
    if not first or first["label"].strip().lower() not in FROM:
        return False
    labels = [LABEL.match(line) for line in lines[number + 1 : number + 10]]
    return sum(1 for label in labels if label and label["label"].strip().lower() in ABOUT) >= 2


def _introduction(lines: list[str], number: int) -> int:
    """How many lines the sentence `On ... wrote:` takes, 0 when there is none."""
    if not lines[number].strip():
        return 0
    joined = ""
    for length in range(1, MAX_INTRODUCTION_LINES + 1):
        if number + length > len(lines) or (length > 1 and not lines[number + length - 1].strip()):
            return 0
        joined = f"{joined} {lines[number + length - 1].strip()}".strip()
        if len(joined) > 400:
            return 0
        if joined.rstrip("* ").endswith((":", "\uff1a", "--")) and WROTE.search(joined) and INTRODUCED.search(joined):
            return length
        if length <= 2 and DATED_ADDRESS.match(joined):
            return length
    return 0


def _signature(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if SIGNATURE.match(line) or SENT_FROM.match(line):
            return number
    return len(lines)
