"""The patterns by which the server finds words: what fits them, and how long they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.opensearch.evaluate.clauses import any_word
from search.engines.opensearch.evaluate.patterns import (
    escaped,
    is_suggested,
    near_regex,
    wildcard_regex,
)
from search.engines.opensearch.evaluate.words import beginnings_of
from search.text.stems import stem
from search.text.words import MAX_FORM_CHARS, wildcard_pattern, within_edits

LETTERS = "ab.&é北"
WORDS = st.text(LETTERS, min_size=1, max_size=15)


def fits(regex: str, word: str) -> bool:
    # What is used of Lucene's language means the same in Python's.
    return re.fullmatch(regex, word, re.DOTALL) is not None


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[str, str]:
    """Return a word, and what two edits at most make of it."""
    word = other = draw(WORDS)
    for _ in range(draw(st.integers(0, 2))):
        at, letter = draw(st.integers(0, len(other))), draw(st.sampled_from(["", *LETTERS]))
        kind = draw(st.sampled_from(["insert", "replace", "swap"]))
        if kind == "insert":
            other = other[:at] + letter + other[at:]
        elif kind == "replace":
            other = other[:at] + letter + other[at + 1 :]
        else:
            other = other[:at] + other[at : at + 2][::-1] + other[at + 2 :]
    return word, other


@pytest.mark.parametrize("edits", [1, 2])
@given(pair=neighbours())
def test_a_pattern_fits_all_neighbours_that_are_not_suggested(edits, pair):
    word, other = pair
    if within_edits(word, other, edits) and other:
        has_same_letter = is_suggested(word, edits) and word[0] == other[0]
        assert fits(near_regex(word, edits), other) or has_same_letter


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("ferries", "en"),
        ("dying", "en"),
        ("lying", "en"),
        ("times", "fr"),
        ("kent", "hu"),
        ("bet", "lt"),
        ("demand", "ro"),
    ],
)
def test_forms_are_looked_for_that_begin_as_their_stem_but_for_accents(form, language):
    assert any(fits(each, form) for each in beginnings_of(stem(form, language)))


@pytest.mark.parametrize("length", range(1, MAX_FORM_CHARS + 1))
def test_no_pattern_is_longer_than_the_server_takes(length):
    assert len(near_regex(("&" * length), 2)) < 10_000


@given(text=st.text(max_size=8))
def test_an_escaped_text_fits_itself_alone(text):
    assert fits(escaped(text), text)
    assert not fits(escaped(text), text + "a")


@given(pattern=st.text("ab.*?&", min_size=1, max_size=6), word=WORDS)
def test_a_wildcard_fits_what_it_means(pattern, word):
    expected = wildcard_pattern(pattern).fullmatch(word) is not None
    assert fits(wildcard_regex(pattern), word) == expected


@pytest.mark.parametrize(("words", "clauses"), [(1, 3), (1000, 3), (1100, 6)])
def test_many_words_are_few_clauses(words, clauses):
    """The server counts its clauses, and takes 1,024."""
    fields = [("f.title", 2), ("f.body", 1), ("f.names", 1)]
    found = any_word([f"w{n}" for n in range(words)], fields)
    assert len(found["bool"]["should"]) == clauses
