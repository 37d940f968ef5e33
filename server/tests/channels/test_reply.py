"""What a customer wrote now is kept in sight, what stands quoted below it is cut off."""

import pytest

from firstline.channels.email.reply import split_reply


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Ja, bitte.\n\nAm 02.03.2026 um 10:15 schrieb Service <s@cpm.test>:\n> Sollen wir?\n", "Ja, bitte."),
        ("Yes.\n\nOn Mon, 2 Mar 2026 at 10:15, Service <s@cpm.test>\nwrote:\n\n> Shall we?", "Yes."),
        ("Ja graag.\n\nOp ma 2 mrt. 2026 om 10:15 schreef Service <s@cpm.test>:\n> Zullen we?", "Ja graag."),
        ("Gut.\n\n-----Ursprüngliche Nachricht-----\nVon: Service\nGesendet: Montag\nAn: Ada\n\nText", "Gut."),
        ("Gut.\n\nVon: Service <s@cpm.test>\nGesendet: Montag\nAn: Ada\nBetreff: x\n\nText", "Gut."),
        ("Gut.\n________________________________\nVan: Service\nVerzonden: maandag\nAan: Ada\n\nText", "Gut."),
        ("Gut.\n\n-- \nAda Müller\n030 123", "Gut."),
        ("Gut.\n\nGesendet von meinem iPhone", "Gut."),
        ("Gut.", "Gut."),
        ("", ""),
    ],
)
def test_the_quotation_is_cut_off(text, visible):
    assert split_reply(text).visible == visible


@pytest.mark.parametrize(
    "text",
    [
        "> Wann ziehen Sie um?\nAm 1. April.\n> Zählerstand?\n4711",
        "Am 02.03.2026 schrieb Service <s@cpm.test>:\n> Wann?\nAm 1. April.",
        "Hallo,\n> Wann?\n\nAm 1. April.\n\nGruß",
        "Von mir aus: gern.\nAn Herrn Meier: bitte anrufen.",
        "---------- Forwarded message ----------\nFrom: x@y.test\nDate: today\nTo: me\n\nSee below",
    ],
)
def test_text_between_or_below_quotes_is_never_hidden(text):
    assert split_reply(text).visible == text.strip("\n")


def test_nothing_is_lost_by_cutting():
    text = "Ja.\n\nAm 02.03.2026 um 10:15 schrieb S <s@cpm.test>:\n> a\n> b"
    reply = split_reply(text)
    assert "".join((reply.visible + reply.quoted).split()) == "".join(text.split())
