"""What differs between two texts: every word of both, once, in order, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.service.difference import MAX_PAIRS, MAX_WORDS, difference


def shown(first: str, second: str) -> str:
    """Return the difference as text: -only in the first-, +only in the second+, paragraphs with a bar between."""
    marks = {"same": "", "first": "-", "second": "+"}
    return " | ".join(
        " ".join(f"{marks[kind]}{text}{marks[kind]}" for kind, text in paragraph)
        for paragraph in difference(first, second).paragraphs
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", ""),
        ("a b c", "a b c", "a b c"),
        ("a b c", "", "-a b c-"),
        ("", "a b c", "+a b c+"),
        ("a b c d", "a b x d", "a b -c- +x+ d"),
        ("a  b\tc", "a b c", "a b c"),
        ("a b\n\nc d", "a b\n\nc e d", "a b | c +e+ d"),
        ("a b\n\nc d", "a x", "a -b- +x+ | -c d-"),
        ("a b\n\nc d", "a b\n\nx y\n\nc d", "a b | +x y+ | c d"),
        ("a b\n\nc d\n\ne f", "e f", "-a b- | -c d- | e f"),
        ("u v was w x", "y z was q r", "-u v was w x- +y z was q r+"),
        ("Said “no”.", 'Said "no".', 'Said -“no”.- +"no".+'),
    ],
    ids=[
        "nothing", "same", "no second", "no first", "one word", "white space", "in a paragraph", "a paragraph less",
        "a paragraph more", "the end alone", "a lone word", "quotes",
    ],
)  # fmt: skip
def test_what_differs_is_shown(first: str, second: str, expected: str) -> None:
    assert shown(first, second) == expected


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d e", "\n\n"]), max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_each_text_can_be_read_off(first: str, second: str) -> None:
    found = difference(first, second)
    for text, kinds in ((first, ("same", "first")), (second, ("same", "second"))):
        pieces = [piece.text for row in found.paragraphs for piece in row if piece.kind in kinds]
        assert " ".join(pieces).split() == text.split()
    assert found.same + found.only_first == len(first.split())
    assert found.same + found.only_second == len(second.split())


def test_a_text_is_the_same_as_itself() -> None:
    text = "x y\n\nz " * 3000
    found = difference(text, text)
    assert (found.only_first, found.only_second, found.is_rough) == (0, 0, False)


def test_long_texts_are_compared_as_far_as_the_limit() -> None:
    words = [f"w{number}" for number in range(MAX_WORDS)]
    found = difference(" ".join(words), " ".join([*words, "more"]))
    assert (found.is_cut, found.same, found.only_second) == (True, MAX_WORDS, 0)


@pytest.mark.parametrize("between", [" ", "\n\n"], ids=["one paragraph", "many"])
def test_texts_that_repeat_few_words_are_compared_roughly(between: str) -> None:
    """Comparing them word by word would take minutes."""
    first, second = between.join(["a b c"] * 900), "x " + between.join(["b a c"] * 900)
    assert MAX_PAIRS < 2700 * 900
    found = difference(first, second)
    assert found.is_rough
    assert found.only_first + found.same == 2700
