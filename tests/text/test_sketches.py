"""The sketches of texts: those of the definition, whatever lies beside a text, on every machine."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.text import sketches
from search.text.batch import WordTable
from search.text.sketches import (
    NO_NUMBER,
    NO_SHINGLE,
    SHINGLE_WORDS,
    SKETCH_NUMBERS,
    SKETCH_SHINGLES,
    shingles_of,
    sketches_of,
)

#: Few words, so that shingles repeat, and enough of them for the threshold.
WORDS = st.sampled_from(
    ["oil", "gold", "rises", "falls", "in", "1986", "3,000", "4.5", "may", "u.s."]
)
TEXTS = st.lists(
    st.lists(WORDS, max_size=12) | st.lists(st.integers(0, 10**6).map(str), max_size=150),
    max_size=6,
).map(lambda texts: [" ".join(words) for words in texts])


def words_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    table = WordTable()
    numbers, counts = table.numbers([text.encode() for text in texts])
    return table.hashes()[numbers], counts


def padded(values: set[int], kept: int, none: int) -> list[int]:
    return [*sorted(values)[:kept], *[none] * (kept - len(values))]


@given(TEXTS)
def test_a_sketch_has_the_least_hashes_of_the_text_alone(texts: list[str]) -> None:
    found = sketches_of(*words_of(texts))
    for number, text in enumerate(texts):
        words, counts = words_of([text])
        hashes = shingles_of(words, counts).hashes
        shingles = {min(int(h) >> 32, NO_SHINGLE - 1) for h in hashes}
        figures = {min(int(w) >> 48, NO_NUMBER - 1) for w in words if int(w) % 2}
        expected = padded(shingles, SKETCH_SHINGLES, NO_SHINGLE)
        assert found.shingles[number].tolist() == expected
        assert found.numbers[number].tolist() == padded(figures, SKETCH_NUMBERS, NO_NUMBER)
        assert found.shingle_counts[number] == max(0, len(words) - SHINGLE_WORDS + 1)
        assert found.number_counts[number] == len(figures)


@given(TEXTS)
def test_shingles_are_four_words_of_one_text(texts: list[str]) -> None:
    words, counts = words_of(texts)
    hashes, starts = shingles_of(words, counts)
    for number, text in enumerate(texts):
        alone, own = words_of([text])
        of_text = hashes[starts[number] : starts[number + 1]]
        assert of_text.tolist() == shingles_of(alone, own).hashes.tolist()
        fours = list(zip(*[alone[at:].tolist() for at in range(SHINGLE_WORDS)], strict=False))
        assert len(of_text) == len(fours)
        assert len(set(of_text.tolist())) == len(set(fours))


def test_a_threshold_that_keeps_too_few_is_tried_again(monkeypatch) -> None:
    texts = [" ".join(map(str, range(n, n + 90))) for n in range(0, 5000, 97)]
    words, counts = words_of(texts)
    expected = sketches_of(words, counts)
    monkeypatch.setattr(sketches, "_EXPECTED", 17)
    for ours, theirs in zip(sketches_of(words, counts), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_hashes_are_the_same_everywhere() -> None:
    words, counts = words_of(["Gold rises in 1986 and falls"])
    assert [hex(word) for word in words.tolist()][:2] == FIRST
    assert [int(word) % 2 for word in words] == [0, 0, 0, 1, 0, 0]
    assert sketches_of(words, counts).shingles[0, :3].tolist() == LEAST


FIRST = ["0x13f78fa573998198", "0xa5f22b0c9c617136"]
LEAST = [118749849, 353711215, 1958470840]
