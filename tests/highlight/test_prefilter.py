"""What the cheap tests let through holds all that the expensive ones find."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from search.highlight.prefilter import FuzzyTerm, common_start
from search.text.stems import stem
from search.text.words import within_edits

#: Endings that Snowball's English rules take off or replace.
ENDINGS = (
    "s", "es", "ed", "ing", "ly", "ingly", "edly", "ies", "ied", "y", "ization", "ational", "ation",
    "ator", "alism", "ality", "fulness", "ousness", "iveness", "ivity", "bility", "bly", "ogist",
    "ogi", "less", "ency", "ance", "ical", "icity", "icate", "ative", "alize", "ness", "ement", "ent",
    "ion", "able", "ate", "ive", "e", "l", "bl", "eed",
)  # fmt: skip


@given(
    st.text("abceilostyhk", min_size=1, max_size=5),
    st.lists(st.sampled_from(ENDINGS), max_size=3),
)
@example("sk", ["ies"])
@example("d", ["y", "ing"])
def test_every_word_starts_as_words_of_its_stem_do(start, endings):
    word = start + "".join(endings)
    assert word.startswith(common_start(stem(word)))


@given(st.text("abcd", min_size=1, max_size=12), st.data())
def test_what_is_within_edits_is_compared(form, data):
    edits = data.draw(st.sampled_from((1, 2)))
    other = list(form)
    for _ in range(edits):
        at = data.draw(st.integers(0, len(other)))
        part = data.draw(st.sampled_from(([], ["x"], ["a"], other[at : at + 2][::-1])))
        other[at : at + data.draw(st.integers(0, 1)) + (len(part) > 1)] = part
    text = "".join(other)
    term = FuzzyTerm.of(0, form, edits)
    assert term.may_be(text) or not within_edits(form, text, edits)
