"""Mail through real servers: SMTP -> postfix -> dovecot -> IMAP IDLE -> contact, and SMTP -> postfix -> our LMTP."""

import getpass
import grp
import os
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from imap_tools import MailBoxUnencrypted

from firstline.channels.email import imap, queries
from firstline.channels.email.models import Mailbox, RawMessage
from firstline.channels.email.server import MailListener
from firstline.contacts.models import Contact
from firstline.outbox import executor
from tests.conftest import free_port

pytestmark = [pytest.mark.mailserver, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("mailserver")]

PASSWORD = "secret"
ADMIN_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Servers:
    smtp_port: int
    imap_port: int
    dovecot_lmtp_port: int
    our_lmtp_port: int


def run(*command: str) -> None:
    # Into a file: a daemon keeps its pipes open, and reading them would wait for its end.
    with tempfile.TemporaryFile("w+") as output:
        environment = os.environ | {"PATH": ADMIN_PATH}
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, timeout=180, check=False
        )
        output.seek(0)
        assert done.returncode == 0, f"{' '.join(command)}: {output.read()}"


def eventually(happened: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "It didn't happen in time."
        time.sleep(0.1)


def dovecot_config(folder: Path, imap_port: int, lmtp_port: int) -> str:
    if os.geteuid() == 0:
        owner, users = ("mail", "mail"), ""
    else:
        owner = (getpass.getuser(), grp.getgrgid(os.getgid()).gr_name)
        users = f"default_internal_user = {owner[0]}\ndefault_login_user = {owner[0]}\ndefault_internal_group = {owner[1]}\n"
    return f"""
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Lu
first_valid_uid = 1
mail_location = maildir:~/Maildir
{users}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner[0]} gid={owner[1]} home={folder}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
"""


def postfix_config(folder: Path, ports: Servers) -> tuple[str, str]:
    main = f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.cpm.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = cpm.test, direct.test
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:{ports.dovecot_lmtp_port}
transport_maps = inline:{{ {{ direct.test = lmtp:inet:127.0.0.1:{ports.our_lmtp_port} }} }}
smtpd_recipient_restrictions = permit_mynetworks, reject
default_transport = error:no outside mail in tests
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
message_size_limit = 80000000
virtual_mailbox_limit = 0
biff = no
"""
    lines = []
    for line in Path("/etc/postfix/master.cf").read_text().splitlines():
        words = line.split()
        if line[:1] in ("", "#", " ", "\t") or len(words) < 8:
            continue
        if words[0] == "smtp" and words[1] == "inet":
            words[0] = str(ports.smtp_port)
        words[4] = "n"  # no chroot
        lines.append(" ".join(words))
    if not any(line.startswith("postlog ") for line in lines):
        lines.append("postlog unix-dgram n - n - 1 postlogd")
    return main, "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not pytest's own: the servers' users must be able to walk into it.
    made = Path(tempfile.mkdtemp(prefix="firstline-mail-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def dovecot(folder: Path) -> Iterator[Servers]:
    if not (shutil.which("dovecot", path=ADMIN_PATH) and Path("/usr/lib/dovecot/lmtp").exists()):
        pytest.skip(
            "dovecot with IMAP and LMTP isn't installed: run scripts/setup-debian to test against real mail servers."
        )
    ports = Servers(free_port(), free_port(), free_port(), free_port())
    config = folder / "dovecot.conf"
    config.write_text(dovecot_config(folder, ports.imap_port, ports.dovecot_lmtp_port))
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", "mail", "mail")
    run("dovecot", "-c", str(config))
    yield ports
    run("doveadm", "-c", str(config), "stop")


@pytest.fixture(scope="module")
def postfix(folder: Path, dovecot: Servers) -> Iterator[Servers]:
    if not shutil.which("postfix", path=ADMIN_PATH):
        pytest.skip("postfix isn't installed: run scripts/setup-debian to test against real mail servers.")
    if os.geteuid() != 0:
        pytest.skip("postfix runs only as root; dovecot is tested without it.")
    config = folder / "postfix"
    for name in ("postfix", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    main, master = postfix_config(folder, dovecot)
    (config / "main.cf").write_text(main)
    (config / "master.cf").write_text(master)
    run("postfix", "-c", str(config), "start")
    yield dovecot
    run("postfix", "-c", str(config), "stop")


def mail(subject: str, *, to: str, size: int = 0) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.test>", to, subject
    message["Message-ID"] = f"<{subject}@example.test>"
    message.set_content("Guten Tag, die Rechnung ist falsch. ÄÖÜ\n" + "x" * 70 * (size // 70))
    message.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="Zähler.pdf")
    return message


def delivered(subject: str) -> bool:
    executor.deliver_due(limit=20)
    return Contact.objects.filter(subject=subject).exists()


@pytest.fixture
def watcher(dovecot: Servers, brand, monkeypatch) -> Iterator[Callable[[str], imap.MailboxWatcher]]:
    monkeypatch.setenv("TEST_MAILBOX_PASSWORD", PASSWORD)
    started: list[imap.MailboxWatcher] = []

    def start(user: str) -> imap.MailboxWatcher:
        url = f"imap://{user}%40cpm.test@127.0.0.1:{dovecot.imap_port}/INBOX?password=TEST_MAILBOX_PASSWORD"
        (address,) = imap.mailbox_addresses(url)
        made = imap.MailboxWatcher(address)
        made.start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop()


def deliver_to_dovecot(ports: Servers, message: EmailMessage, user: str) -> None:
    with smtplib.LMTP("127.0.0.1", ports.dovecot_lmtp_port) as connection:
        connection.sendmail("ada@example.test", [f"{user}@cpm.test"], message.as_bytes())


def is_connected(user: str) -> bool:
    return Mailbox.objects.filter(name__startswith=f"{user}@", uid_validity__gt=0).exists()


def test_mail_reaches_a_contact_over_smtp_postfix_dovecot_and_idle(postfix: Servers, watcher):
    watcher("service")
    eventually(lambda: is_connected("service"))
    with smtplib.SMTP("127.0.0.1", postfix.smtp_port) as connection:
        connection.send_message(mail("through-idle", to="service@cpm.test"))
    eventually(lambda: delivered("through-idle"))
    contact = Contact.objects.get(subject="through-idle")
    message = contact.messages.get()
    assert message.text == "Guten Tag, die Rechnung ist falsch. ÄÖÜ"
    assert [one.name for one in message.attachments.all()] == ["Zähler.pdf"]
    assert RawMessage.objects.get().source == "imap"


def test_mail_reaches_a_contact_over_smtp_postfix_and_our_lmtp(postfix: Servers, brand):
    listener = MailListener(source="lmtp", host="127.0.0.1", port=postfix.our_lmtp_port)
    listener.start()
    try:
        with smtplib.SMTP("127.0.0.1", postfix.smtp_port) as connection:
            connection.send_message(mail("direct", to="service@direct.test, second@direct.test"))
        eventually(lambda: delivered("direct"))
    finally:
        listener.stop()
    kept = RawMessage.objects.get()  # postfix handed it over once, for both
    assert (kept.source, sorted(kept.envelope_to)) == ("lmtp", ["second@direct.test", "service@direct.test"])


def test_a_mailbox_is_read_on_where_it_was_whatever_others_read(dovecot: Servers, watcher):
    deliver_to_dovecot(dovecot, mail("old", to="box@cpm.test"), "box")
    first = watcher("box")
    eventually(lambda: delivered("old"))
    first.stop()
    deliver_to_dovecot(dovecot, mail("meanwhile", to="box@cpm.test"), "box")
    with MailBoxUnencrypted("127.0.0.1", dovecot.imap_port).login("box@cpm.test", PASSWORD) as mailbox:
        assert len(list(mailbox.fetch(mark_seen=True))) == 2  # somebody reads it in a mail program
    watcher("box")
    eventually(lambda: delivered("meanwhile"))
    assert RawMessage.objects.count() == 2


def test_a_bad_or_huge_mail_in_the_mailbox_stops_nobody(dovecot: Servers, watcher, settings):
    settings.FIRSTLINE_MAIL_MAX_BYTES = 100_000
    bomb = EmailMessage()
    bomb["From"], bomb["Subject"] = "x@y.test", "bomb"
    bomb["Content-Type"] = "multipart/mixed; boundary=b"
    bomb.set_payload("--b\n\nx\n" * 5_000)
    deliver_to_dovecot(dovecot, bomb, "hard")
    deliver_to_dovecot(dovecot, mail("huge", to="hard@cpm.test", size=200_000), "hard")
    deliver_to_dovecot(dovecot, mail("fine", to="hard@cpm.test"), "hard")
    watcher("hard")
    eventually(lambda: delivered("fine"))
    problems = sorted(one.problem for one in queries.quarantined())
    assert len(problems) == 2
    assert "still in the mailbox hard@cpm.test" in problems[1] + problems[0]


def test_a_mailbox_that_cant_be_read_says_so_and_is_tried_again(dovecot: Servers, watcher, monkeypatch):
    monkeypatch.setattr(imap, "LONGEST_PAUSE_SECONDS", 1)
    started = watcher("locked")
    eventually(lambda: is_connected("locked"))
    started.stop()
    monkeypatch.setenv("TEST_MAILBOX_PASSWORD", "wrong")
    watcher("locked")
    eventually(queries.failing_mailboxes)
    assert queries.failing_mailboxes()[0].name.startswith("locked@cpm.test@")
    monkeypatch.setenv("TEST_MAILBOX_PASSWORD", PASSWORD)
    eventually(lambda: not queries.failing_mailboxes(), seconds=120)
