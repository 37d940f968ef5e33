"""Mail out, over SMTP."""

import smtplib
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20


class Later(Exception):
    """The server is away or busy."""


class Never(Exception):
    """The server refused for good."""


def build(
    *,
    sender: tuple[str, str],
    to: str,
    subject: str,
    text: str,
    message_id: str,
    at: datetime,
    language: str,
    is_automatic: bool,
    in_reply_to: str = "",
    reply_to: str = "",
) -> bytes:
    """Write the message as it goes over the wire (RFC 5322), marked as automatic where it is (RFC 3834)."""
    message = EmailMessage()
    message["From"] = formataddr(sender)
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}>"
    if reply_to:
        message["Reply-To"] = formataddr((sender[0], reply_to))
    if in_reply_to:
        message["In-Reply-To"] = message["References"] = f"<{in_reply_to}>"
    if is_automatic:
        message["Auto-Submitted"] = "auto-replied" if in_reply_to else "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text)
    # Only now: the content's headers go with the content that was there before.
    message["Content-Language"] = language
    # Lines end as SMTP wants them: smtplib sends bytes as they are.
    return message.as_bytes(policy=policy.SMTP)


def send(*, server: str, sender: str, to: str, raw: bytes) -> None:
    """Hand a message to the server at `server` (smtp://[user:password@]host:port, or smtps://).

    Raises: Later, Never.
    """
    url = urlsplit(server)
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with connect(
            url.hostname or "127.0.0.1", url.port or (465 if url.scheme == "smtps" else 25), timeout=TIMEOUT_SECONDS
        ) as connection:
            if url.username:
                if url.scheme == "smtp":
                    connection.starttls()
                connection.login(unquote(url.username), unquote(url.password or ""))
            connection.sendmail(sender, [to], raw)
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        raise (_verdict(code))(_sentence(code, words)) from refused
    except smtplib.SMTPResponseException as answer:
        raise (_verdict(answer.smtp_code))(_sentence(answer.smtp_code, answer.smtp_error)) from answer
    except (OSError, smtplib.SMTPException) as away:
        raise Later(f"The mail server {url.hostname} doesn't answer: {away}") from away


def _verdict(code: int) -> type[Exception]:
    return Never if 500 <= code < 600 else Later


def _sentence(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"The mail server answered {code} {text}"
