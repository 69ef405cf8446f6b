"""Passages and pieces of words: what a model is given of a text."""

from __future__ import annotations

import pytest

from search.enrich.embeddings.passages import MAX_PASSAGES, PASSAGE_CHARS, passages_of
from search.enrich.embeddings.wordpieces import UNKNOWN, WordPieces
from tests.support.documents import document


def passages(body: str, title: str = "") -> tuple[list[int], bool]:
    """Return how many words each passage of an article has, and whether it has more."""
    found = passages_of(document("a", title, body).article)
    return [len(text.split()) for text in found.texts], found.has_more


@pytest.mark.parametrize(
    ("words", "expected"),
    [(0, []), (1, [1]), (150, [150]), (151, [150, 1]), (450, [150, 150, 150])],
)
def test_a_passage_has_150_words(words, expected):
    assert passages("gold " * words) == (expected, False)


def test_the_title_comes_first_and_once():
    assert passages_of(document("a", "One", "Two").article).texts == ("One\nTwo",)
    assert passages_of(document("a", "One", "One two").article).texts == ("One two",)
    assert passages_of(document("a", "One", "").article).texts == ("One",)


@pytest.mark.parametrize("words", [64 * 150, 64 * 150 + 1])
def test_what_comes_after_the_last_one_is_said(words):
    lengths, has_more = passages("gold " * words)
    assert len(lengths) == MAX_PASSAGES
    assert has_more == (words > 64 * 150)


@pytest.mark.parametrize(
    "text", ["東" * 5_000, "a " + "b" * 4_000 + " c", " ".join(["x" * 99] * 200)]
)
def test_nothing_is_lost_of_a_text_of_long_words(text):
    found = passages_of(document("a", "", text).article)
    assert all(len(each) <= PASSAGE_CHARS for each in found.texts)
    assert "".join("".join(found.texts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("The bank", [1996, 2924]),
        ("THE BANK!", [1996, 2924, 999]),
        ("embeddings", [7861, 8270, 4667, 2015]),
        ("Élysée", [20779, 19763]),
        ("日本", [1864, 1876]),
        ("\U0001f680", [UNKNOWN]),
        ("x" * 101, [UNKNOWN]),
    ],
    ids=[
        "nothing",
        "words",
        "capitals and marks",
        "pieces",
        "accents",
        "Chinese characters",
        "unknown",
        "too long",
    ],
)
def test_words_are_cut_into_the_pieces_of_the_list(text, expected):
    assert WordPieces().cut(text, 400) == expected


def test_no_more_pieces_than_wanted():
    assert len(WordPieces().cut("embeddings " * 300, 400)) == 400
