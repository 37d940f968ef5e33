"""FIRSTLINE_IMAP names mailboxes without their passwords."""

import pytest

from firstline.channels.email.imap import MailboxSettingsError, mailbox_addresses


def test_several_mailboxes_are_read_from_one_setting():
    first, second = mailbox_addresses(
        "imaps://service%40cpm.test@mail.cpm.test/INBOX?password=SERVICE_PASSWORD&brand=water\n"
        "imap://billing@localhost:1143"
    )
    assert (first.name, first.password_variable, first.brand_key) == (
        "service@cpm.test@mail.cpm.test:993/INBOX",
        "SERVICE_PASSWORD",
        "water",
    )
    assert (second.port, second.folder, second.password_variable) == (1143, "INBOX", "FIRSTLINE_IMAP_PASSWORD")
    assert mailbox_addresses("") == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("https://mail.test", "isn't the address of a mailbox"),
        ("imaps://mail.test", "isn't the address of a mailbox"),
        ("imaps://me:secret@mail.test", "environment variable"),
    ],
)
def test_a_wrong_setting_says_what_to_write(written, said):
    with pytest.raises(MailboxSettingsError, match=said) as caught:
        mailbox_addresses(written)
    assert "secret" not in str(caught.value)
