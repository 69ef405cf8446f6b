"""The compiled loops of finding words do what those on numpy do, and numbers that make no sense raise rather than crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import batch, kernels
from search.text.arrays import Int32s, Ints
from search.text.batch import WordTable
from search.text.strings import Strings, firsts

pytestmark = pytest.mark.skipif(
    not kernels.IS_COMPILED, reason="the loops are not compiled, or NEWSSEARCH_KERNELS is numpy"
)

#: What is in words, between them, or both, in small letters: none of the rare signs.
PROSE = st.text(st.sampled_from("abz019_.,'& \n-!/é北") | st.sampled_from(".'s "), max_size=300)
#: Of some words the number each has in a table, of several chunks among them.
KNOWN = ["a", "b's", "u.s.", "1,000", "é", "abcdefghi", "北", "z.'s"]
#: Strings, and texts of these by their numbers.
STRINGS = st.lists(st.text(max_size=9), min_size=1, max_size=9)
TEXTS = st.lists(st.lists(st.integers(0, 1 << 20), max_size=30), max_size=9)


def on_numpy(do: Callable[[], Any]) -> Any:
    """Return what *do* returns without what is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("known_chunks", "joined", "firsts"):
            patch.setattr(kernels, name, None)
        return do()


def table_of(words: Sequence[str]) -> WordTable:
    table = WordTable()
    table.numbers([word.encode() for word in words])
    return table


@given(st.lists(PROSE | st.sampled_from(KNOWN), max_size=6), st.integers(0, 70))
def test_chunks_of_texts_are_found(texts: list[str], gap: int) -> None:
    """Chunks at all places of the blocks of 64 bytes that are looked at together."""
    joined = " " * gap + "\n".join(["", *texts, "x" * 500, ""]) + "\0" * 8
    text = np.frombuffer(joined.encode(), np.uint8)
    multipliers = np.array([(1 << 61) - 1, 0x9E3779B97F4A7C15, 3], np.uint64)
    columns = table_of(KNOWN)._chunks.columns()
    assert kernels.known_chunks is not None
    for last in (len(text) - 9, gap):
        mine = kernels.known_chunks(text, gap, last, multipliers, *columns)
        numpys = batch.known_chunks(text, gap, last, multipliers, *columns)
        assert [each.tolist() for each in mine] == [each.tolist() for each in numpys]


@given(
    st.lists(PROSE | st.text("c+#'`\"אב Aa.", max_size=20), max_size=6),
    st.sampled_from([3, 1 << 20]),
)
def test_a_table_gives_words_the_same_numbers_however_chunks_are_found(
    texts: list[str], piece_bytes: int
) -> None:
    compiled, expected = WordTable(piece_bytes), WordTable(piece_bytes)
    encoded = [text.encode() for text in texts]
    for _ in range(2):  # when they are new and when they are known
        numpys = on_numpy(lambda: expected.numbers(encoded))
        for mine, its in zip(compiled.numbers(encoded), numpys, strict=True):
            assert mine.tolist() == its.tolist()
    assert compiled.forms().all() == expected.forms().all()


def test_a_full_table_is_looked_through_once() -> None:
    text = np.frombuffer(b"\nabc de\n" + bytes(8), np.uint8)
    full = np.arange(1, 5, dtype=np.uint64), np.zeros(4, np.int32)
    assert kernels.known_chunks is not None
    *_, values = kernels.known_chunks(text, 0, 7, np.ones(3, np.uint64), *full)
    assert values.tolist() == [np.iinfo(np.int32).min] * 2


def arrays_of(texts: Sequence[Sequence[int]], below: int) -> tuple[Int32s, Ints]:
    numbers = [number % below for text in texts for number in text]
    return np.array(numbers, np.int32), np.array([len(text) for text in texts], np.int64)


@given(STRINGS, TEXTS, st.sampled_from([(b"", b"", b""), (b'"', b" ", b'"'), (b"<-", b'","', b"")]))
def test_strings_are_joined(
    strings: list[str], texts: list[list[int]], signs: tuple[bytes, bytes, bytes]
) -> None:
    numbers, counts = arrays_of(texts, len(strings))
    found = Strings.of(strings)
    before, between, after = signs
    mine = found.joined_with(*signs, numbers, counts)
    assert mine == on_numpy(lambda: found.joined_with(*signs, numbers, counts))
    assert mine == [
        before + between.join([strings[n % len(strings)].encode() for n in text]) + after
        if text
        else b""
        for text in texts
    ]


@given(TEXTS, st.sampled_from([1, 3, 1 << 20]))
def test_each_number_of_a_text_is_taken_once(texts: list[list[int]], below: int) -> None:
    numbers, counts = arrays_of(texts, below)
    mine, numpys = firsts(numbers, counts, below), on_numpy(lambda: firsts(numbers, counts, below))
    expected = [list(dict.fromkeys(n % below for n in text)) for text in texts]
    for kept, kept_counts in (mine, numpys):
        assert kept.tolist() == [number for text in expected for number in text]
        assert kept_counts.tolist() == list(map(len, expected))


NUMBERS, COUNTS = np.array([0, 1, 1], np.int32), np.array([1, 2], np.int64)
TEXT, STARTS = np.frombuffer(b"abc", np.uint8), np.array([0, 1, 3], np.int64)


@pytest.mark.parametrize(
    ("numbers", "counts", "text", "starts"),
    [
        (NUMBERS + np.int32(1), COUNTS, TEXT, STARTS),
        (NUMBERS - np.int32(1), COUNTS, TEXT, STARTS),
        (NUMBERS, COUNTS + 1, TEXT, STARTS),
        (NUMBERS, np.array([4, -1], np.int64), TEXT, STARTS),
        (NUMBERS, COUNTS, TEXT, STARTS + 1),
        (NUMBERS, COUNTS, TEXT, np.array([0, 3, 1], np.int64)),
        (NUMBERS, COUNTS, TEXT, np.array([-1, 1, 3], np.int64)),
        (NUMBERS, COUNTS, TEXT, np.zeros(0, np.int64)),
        (NUMBERS.astype(np.int64), COUNTS, TEXT, STARTS),
        (NUMBERS, COUNTS, TEXT, STARTS.astype(np.int32)),
        (NUMBERS[::2], COUNTS[:1] + 1, TEXT, STARTS),
    ],
    ids=range(11),
)
def test_what_makes_no_sense_is_refused(
    numbers: Int32s, counts: Ints, text: Any, starts: Ints
) -> None:
    assert kernels.joined is not None
    with pytest.raises((IndexError, TypeError, BufferError, ValueError)):
        kernels.joined(numbers, counts, text, starts, b"", b" ", b"")


@pytest.mark.parametrize(
    ("numbers", "counts", "below"),
    [(NUMBERS, COUNTS, 1), (NUMBERS - np.int32(1), COUNTS, 2), (NUMBERS, COUNTS + 1, 2)],
    ids=["too large", "below 0", "too many"],
)
def test_numbers_out_of_bounds_are_refused(numbers: Int32s, counts: Ints, below: int) -> None:
    assert kernels.firsts is not None
    with pytest.raises(IndexError):
        kernels.firsts(numbers, counts, below)


@pytest.mark.parametrize(("first", "last"), [(-1, 7), (5, 3), (0, 10)])
def test_chunks_out_of_bounds_are_refused(first: int, last: int) -> None:
    text = np.frombuffer(b"\nabc de\n" + bytes(8), np.uint8)
    columns = table_of(KNOWN)._chunks.columns()
    assert kernels.known_chunks is not None
    with pytest.raises(IndexError):
        kernels.known_chunks(text, first, last, np.ones(3, np.uint64), *columns)
