import pytest

from firstline.desktop.rules import Stretch, marked, sentence_around


def cut(text, *stretches):
    return [
        (piece.text, piece.tint)
        for piece in marked(text, [Stretch(start=a, end=b, tint=t, label="") for a, b, t in stretches])
    ]


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ((), [("my bill is wrong", 0)]),
        (((3, 7, 1),), [("my ", 0), ("bill", 1), (" is wrong", 0)]),
        (((0, 2, 2), (3, 7, 1)), [("my", 2), (" ", 0), ("bill", 1), (" is wrong", 0)]),
        (((3, 7, 1), (5, 9, 2)), [("my ", 0), ("bill", 1), (" is wrong", 0)]),
        (((0, 16, 1), (3, 7, 2)), [("my bill is wrong", 1)]),
        (((11, 16, 1),), [("my bill is ", 0), ("wrong", 1)]),
        (((11, 99, 1), (5, 5, 2), (9, 4, 3)), [("my bill is wrong", 0)]),
    ],
)
def test_a_text_is_cut_where_reasons_are_spoken_of(stretches, expected):
    assert cut("my bill is wrong", *stretches) == expected
    assert "".join(text for text, _tint in cut("my bill is wrong", *stretches)) == "my bill is wrong"


def test_nothing_is_cut_from_nothing():
    assert cut("") == []


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("Hello. My bill is wrong! Bye.", "bill", "My bill is wrong!"),
        ("My bill", "bill", "My bill"),
        ("Hi,\n\nmy bill of 3.50 EUR is\nwrong\n\nBye", "bill", "my bill of 3.50 EUR is\nwrong"),
        ("Hallo. Ich ziehe am 1. Dezember um. Gruß", "ziehe", "Ich ziehe am 1. Dezember um."),
        ("Is it you? I moved.", "moved", "I moved."),
        ("Stop. ", "Stop", "Stop."),
    ],
)
def test_the_sentence_around_a_word_is_marked_whole(text, word, expected):
    start = text.index(word)
    found = sentence_around(text, start=start, end=start + len(word), tint=1, label="")
    assert text[found.start : found.end] == expected
