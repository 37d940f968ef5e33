"""What a mail says, whatever the bytes look like; and that none of them raises, or takes long."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.channels.email.headers import Address, addresses, decode_base64, decode_value, message_ids, moment
from firstline.channels.email.parse import ParsedMail, Unreadable, parse, safe_file_name
from firstline.channels.email.plaintext import to_plain_text

HEAD = b"From: Ada <ada@example.test>\nSubject: x\nMIME-Version: 1.0\n"


def read(raw: bytes) -> ParsedMail:
    mail = parse(raw)
    assert isinstance(mail, ParsedMail), mail
    return mail


def ordinary() -> bytes:
    message = EmailMessage()
    message["From"] = "Ada Müller <ada@example.test>"
    message["To"] = "service@cpm.test, Büro <buero@cpm.test>"
    message["Cc"] = "Bob <bob@example.test>"
    message["Reply-To"] = "ada@home.test"
    message["Subject"] = "Zählerstand für März"
    message["Date"] = "Mon, 02 Mar 2026 10:15:00 +0100"
    message["Message-ID"] = "<1@example.test>"
    message["In-Reply-To"] = "<0@cpm.test>"
    message["References"] = "<a@cpm.test> <0@cpm.test>"
    message.set_content("Guten Tag,\n\nder Stand ist 4711.\n")
    message.add_alternative("<p>Guten Tag,</p><p>der Stand ist 4711.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Zähler.pdf")
    return message.as_bytes()


def test_an_ordinary_mail_is_read_whole():
    mail = read(ordinary())
    assert mail.sender == Address(name="Ada Müller", email="ada@example.test")
    assert [to.email for to in mail.to] == ["service@cpm.test", "buero@cpm.test"]
    assert (mail.cc[0].name, mail.reply_to[0].email) == ("Bob", "ada@home.test")
    assert mail.subject == "Zählerstand für März"
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-03-02T09:15:00+00:00"
    assert (mail.message_id, mail.in_reply_to, mail.references) == (
        "1@example.test",
        ("0@cpm.test",),
        ("a@cpm.test", "0@cpm.test"),
    )
    assert mail.text == "Guten Tag,\n\nder Stand ist 4711."
    assert [(one.name, one.media_type, one.data, one.inline) for one in mail.attachments] == [
        ("Zähler.pdf", "application/pdf", b"%PDF-1.7", False)
    ]
    assert not mail.automatic
    assert mail.problems == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ada@example.test", [("", "ada@example.test")]),
        (
            '"Müller, Ada" <ada@example.test>, b@example.test',
            [("Müller, Ada", "ada@example.test"), ("", "b@example.test")],
        ),
        ("ada@example.test (Ada Müller)", [("Ada Müller", "ada@example.test")]),
        ("=?utf-8?Q?M=C3=BCller,_Ada?= <ada@example.test>", [("Müller, Ada", "ada@example.test")]),
        ("=?iso-8859-1?Q?B=FCrling, =20Andreas?= <smith@example.com>", [("Bürling,  Andreas", "smith@example.com")]),
        ("Team: a@b.test, c@d.test;", [("", "a@b.test"), ("", "c@d.test")]),
        ("undisclosed-recipients:;", []),
        ("Max | [shop] <max@shop.test>", [("Max | [shop]", "max@shop.test")]),
        ('"unclosed <ada@example.test>', [("unclosed", "ada@example.test")]),
        ("Nobody", [("Nobody", "")]),
        ("", []),
    ],
)
def test_addresses_are_split_as_people_write_them(written, expected):
    assert [(one.name, one.email) for one in addresses(written)] == expected


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("=?utf-8?B?WsOkaGxlcg==?=", "Zähler"),
        ("=?utf-8?B?WsM=?= =?utf-8?B?pGhsZXI=?=", "Zähler"),  # one character over two words
        ("=?iso-8859-1?Q?a=E4?= plain =?utf-8?q?b?=", "aä plain b"),
        ("=?iso-8859-1?Q?\u20ac?=", "€"),  # not encoded at all, whatever it claims
        ("=?nonsense?Q?a=E4?=", "aä"),
        ("two\r\n lines\x00", "two lines"),
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
    ],
)
def test_encoded_words_are_decoded(encoded, expected):
    assert decode_value(encoded) == expected


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", "Grüße – bis dann".encode("cp1252"), "Grüße – bis dann"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("klingon", "Grüße".encode(), "Grüße"),
        ("unicode_escape", b"\\x00", "\\x00"),
        ("iso-2022-jp", b"\x1b$B-!\x1b(B ok", "\u2460 ok"),
    ],
)
def test_a_charset_that_lies_doesnt_cost_the_text(charset, body, text):
    mail = read(HEAD + f"Content-Type: text/plain; charset={charset}\n\n".encode() + body)
    assert mail.text == text


def test_html_becomes_text_without_scripts_and_styles():
    markup = (
        "<html><head><title>T</title><style>p{}</style></head><body><p>Hallo&nbsp;Welt</p><script>alert(1)</script>"
        "<ul><li>eins<li>zwei</ul><table><tr><td>a</td><td>b</td></tr></table>x<br>y<blockquote>alt</blockquote>"
    )
    text = to_plain_text(markup)
    assert text == "Hallo Welt\n\n- eins\n- zwei\n\na b\n\nx\ny\n\n> alt"
    assert to_plain_text("<div>" * 100_000 + "tief") == "tief"
    assert to_plain_text("") == ""


def test_damaged_base64_gives_what_can_be_read():
    assert decode_base64(b"aGFs*bG8") == (b"hallo", True)
    assert decode_base64(b"aGFsbG8=\nd2VsdA==") == (b"hallowelt", False)
    body = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\naGFsbG8*\xff"
    mail = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + body + b"\n--b--")
    assert mail.attachments[0].data == b"hallo"
    assert "damaged" in mail.problems[0]


def test_nul_characters_are_left_out_and_reported():
    mail = read(b"From: a@b.test\nSubject: a\x00b\n\nhal\x00lo")
    assert (mail.subject, mail.text) == ("ab", "hallo")
    assert any("NUL" in problem for problem in mail.problems)


def test_a_bounce_names_the_address_and_the_returned_message():
    raw = (
        b"From: MAILER-DAEMON@mx.test\nTo: service@cpm.test\nSubject: Undelivered\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        b"Final-Recipient: rfc822; gone@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n"
        b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <ours@cpm.test>\nSubject: Your case\n\nDear\n--b--\n"
    )
    bounce = read(raw).automatic.bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.action, bounce.status) == ("gone@example.test", "failed", "5.1.1")
    assert (bounce.diagnosis, bounce.message_id) == ("550 no such user", "ours@cpm.test")


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: bulk", True),
        (b"X-Auto-Response-Suppress: All", True),
        (b"List-Id: <news.example.test>", True),
        (b"Subject: Automatische Antwort: Ihre Nachricht", True),
        (b"Subject: Automatic door is broken", False),
        (b"X-Mailer: Thunderbird", False),
    ],
)
def test_automatic_mail_is_recognised(header, automatic):
    assert bool(read(b"From: a@b.test\n" + header + b"\n\nhi").automatic) is automatic


def test_the_sender_is_looked_for_where_it_may_be():
    mail = read(b"From: Nobody\nReply-To: real@example.test\n\nhi")
    assert mail.sender.email == "real@example.test"
    assert "Reply-To" in mail.problems[0]
    assert read(b"Subject: x\n\nhi").problems == ("It doesn't say who sent it.",)


def test_file_names_hold_no_path_and_no_tricks():
    assert safe_file_name("../../etc/passwd") == "passwd"
    assert safe_file_name("C:\\Users\\x\\bill.pdf") == "bill.pdf"
    assert safe_file_name("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert safe_file_name("a" * 500 + ".pdf").endswith("a.pdf")
    assert len(safe_file_name("a" * 500 + ".pdf")) == 200


def test_dates_and_ids_without_sense_are_none():
    assert moment("Mon, 99 Foo 2026") is None
    assert moment("Mon, 02 Mar 2026 10:15:00 +9999") is None
    assert moment("") is None
    assert message_ids("<a@b> <a@b> junk <c@d>") == ("a@b", "c@d")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\n\n \x00", "is empty"),
        (b"\nhello", "isn't a mail"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000, "1,000 parts"),
        (
            HEAD
            + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
            + b"\nhi",
            "20 levels",
        ),
        (HEAD + b"\n" + b"x" * (60 * 1024 * 1024), "60 MB large; the limit is 40 MB"),
    ],
)
def test_what_nobody_writes_on_purpose_isnt_opened(raw, said):
    mail = parse(raw)
    assert isinstance(mail, Unreadable)
    assert said in mail.sentence


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\n" + b"> x\n" * 2_000_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx" * 2_000_000,
        b"From: " + b"(" * 300_000 + b"\nTo: " + b"<" * 200_000 + b"\nSubject: " + b"=?utf-8?q?" * 30_000 + b"\n\nhi",
        b"From: a@b\nContent-Type: text/plain" + b';a="' * 60_000 + b"\n\nhi",
        HEAD + b"Content-Type: text/html\n\n" + b"<script " * 200_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<blockquote>a" * 100_000,
        HEAD + b"\n" + b"On 1.1.2026 10:00 <a@b> wrote:\n> a\n" * 12_000,
        HEAD + b"\n" + b"_" * 490_000 + b"a",
        HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"A=" * 500_000,
        b"".join(b"X-%d: y\n" % n for n in range(100_000)) + b"From: a@b\n\nhi",
    ],
)
def test_hostile_mail_is_read_or_refused_to_the_end(raw):
    assert isinstance(parse(raw), ParsedMail | Unreadable)


chunks = st.sampled_from(
    [
        b"From: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed; boundary=b", b"text/html; charset=", b"utf-7", b"utf-16",
        b"\n", b"\r\n", b"\n\n", b"--b", b"--b--", b"=?utf-8?B?", b"?=", b"<a@b>", b'"', b"(", b"\x00", b"\xff\xfe",
        b"Content-Transfer-Encoding: base64\n", b"Content-Disposition: attachment; filename*0*=x''%ff", b"> ", b"<p>", b"&#0;",
        b"+2AA-", b"Date: ", b"message/rfc822", b"begin 644 x\n", b"Content-Transfer-Encoding: uuencode\n",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(chunks, st.binary(max_size=20)), max_size=40))
def test_nothing_raises_and_all_text_can_be_stored(pieces):
    mail = parse(b"".join(pieces))
    if isinstance(mail, Unreadable):
        assert "couldn't be read" not in mail.sentence
        return
    addressed = (mail.sender, *mail.to, *mail.cc, *mail.reply_to)
    texts = [mail.subject, mail.text, mail.reply, mail.quoted, mail.html or "", mail.message_id or ""]
    texts += [part for one in addressed for part in (one.name, one.email)]
    texts += [part for one in mail.attachments for part in (one.name, one.media_type, one.content_id)]
    for text in texts:
        assert "\x00" not in text
        text.encode("utf-8")
