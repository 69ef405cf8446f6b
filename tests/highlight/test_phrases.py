"""Which words stand together, and the spans of text around some of them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search.highlight.phrases import Candidates, spans_around
from search.text.words import tokens


@given(st.lists(st.sampled_from(["us", "a-b", "-", "é", "\n", "", "us\nus"])), st.integers(1, 3))
def test_spans_hold_a_number_of_words_on_either_side(pieces, count):
    text = " ".join(pieces)
    found = tokens(text)
    sought = [at for at, form in enumerate(found.forms) if form in ("a", "e")]
    spans = spans_around(text, [found.starts[at] for at in sought], count)
    held = {at for start, end in spans for at in range(start, end)}
    wanted = {
        near
        for at in sought
        for near in range(at - count, at + count + 1)
        if 0 <= near < len(found)
    }
    assert {found.starts[near] for near in wanted} <= held
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


@given(st.lists(st.sampled_from(["us", "-", "é", "_", "北京", "us, us"]), min_size=2), st.data())
def test_words_between_two_are_counted(pieces, data):
    text = " ".join(pieces)
    words = tokens(text)
    chosen = data.draw(st.lists(st.sampled_from(range(len(words)) or [0]), unique=True).map(sorted))
    found = Candidates(text, reach=3)
    for at in chosen if words.forms else ():
        found.add(words.starts[at], words.ends[at], (0,), 0, words.starts[at])
        found.go_on(0, words.ends[at])
    for first, last in data.draw(st.permutations(list(pairwise(range(len(found)))))):
        between = chosen[last] - chosen[first] - 1
        assert min(found.between(first, last), 4) == min(between, 4)
