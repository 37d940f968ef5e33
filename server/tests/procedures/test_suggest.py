"""Reasons suggested from words, with the words that led to them."""

from firstline.procedures.suggest import ReasonWords, suggest

MOVE = ReasonWords(key="move", keywords={"en": ["mov*", "new address"], "de": ["umgezogen", "neue Anschrift"]})
BILL = ReasonWords(key="bill", keywords={"en": ["invoice*"], "de": ["rechnung*"]})


def test_the_words_that_led_to_a_reason_are_told_as_they_were_written() -> None:
    text = "Hello, I MOVED. My new invoice has the old address!"
    found = suggest(text, [MOVE, BILL])
    assert {one.reason_key: one.words for one in found} == {"move": ("MOVED", "new", "address"), "bill": ("invoice",)}
    assert [text[span.start : span.end] for span in found[0].spans] == list(found[0].words)
    assert found[0].reason_key == "move"


def test_without_a_matching_word_nothing_is_suggested() -> None:
    assert suggest("Good morning", [MOVE, BILL]) == ()
    assert suggest("", [MOVE, BILL]) == ()
    assert suggest("removal", [MOVE]) == ()


def test_case_and_accents_do_not_matter_but_the_language_may() -> None:
    assert suggest("Ich bin UMGEZOGEN", [MOVE])[0].words == ("UMGEZOGEN",)
    assert suggest("Die Rechnungen", [BILL], language="en") == ()
    assert suggest("Meine NEUE anschrift", [MOVE], language="de")[0].score == 4


def test_at_most_as_many_as_asked_for() -> None:
    assert len(suggest("I moved, the invoice", [MOVE, BILL], at_most=1)) == 1
