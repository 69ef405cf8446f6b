"""The compiled loops of the recogniser do what those on numpy do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.enrich.entities.network import flags, kernels, network, tokens
from search.enrich.entities.network.constants import BORDER, LINE_END, TAGS, WIDTH
from search.enrich.entities.network.flags import Tokens
from search.enrich.entities.network.network import Weights

pytestmark = pytest.mark.skipif(
    not kernels.IS_COMPILED, reason="the loops are not compiled, or NEWSSEARCH_KERNELS is numpy"
)

ROWS = 24


def _random(seed: int) -> tuple[NDArray[np.float32], Weights]:
    """Return rows and weights of a made-up network."""
    chance = np.random.default_rng(seed)

    def matrix(*shape: int) -> NDArray[np.float32]:
        return chance.normal(0, 0.3, shape).astype(np.float32)

    rows = matrix(3, ROWS, WIDTH)
    rows[:, BORDER] = 0
    weights = Weights(
        flags=matrix(32, WIDTH), window=matrix(3 * WIDTH, WIDTH), pool=matrix(2 * WIDTH, WIDTH),
        window_bias=matrix(WIDTH), out=matrix(WIDTH, TAGS), out_bias=matrix(TAGS),
    )  # fmt: skip
    return rows, weights


@st.composite
def batches(draw: st.DrawFn) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]]:
    """Words with a border at both ends, and attributes and folds of each word of a table."""
    words = draw(st.lists(st.integers(0, ROWS - 1), max_size=120))
    # A word with a capital is no word in small letters, and the end of a line neither.
    attributes = draw(
        st.lists(
            st.sampled_from([0, 1, 129, 133, 5, 2, 130, 8, 16, 32, LINE_END]),
            min_size=ROWS,
            max_size=ROWS,
        )
    )
    folds = draw(st.lists(st.integers(0, 9), min_size=ROWS, max_size=ROWS))
    attributes[BORDER] = LINE_END
    return (
        np.array([BORDER, *words, BORDER], np.int32),
        np.array(attributes, np.uint8),
        np.array(folds, np.int32),
    )


@given(
    st.text(st.sampled_from("ab\n\n \t\r\x1c\x85\xa0\u2003\u2028é\u4e00\U0001f600\ud800"))
    | st.text()
)
def test_pieces_are_the_same(text: str) -> None:
    assert kernels.pieces_of(text) == tokens.pieces_of(text)


class _Numbered(dict[str, tuple[int, ...]]):
    """Gives each new piece the next numbers, as many as it has letters."""

    def __missing__(self, piece: str) -> tuple[int, ...]:
        self[piece] = tuple(range(len(self), len(self) + len(piece)))
        return self[piece]


@given(st.lists(st.text("ab", max_size=9)))
def test_rows_are_the_same(pieces: list[str]) -> None:
    known = _Numbered()
    inside = [known[piece] for piece in pieces]
    asked = _Numbered()
    words, counts = kernels.rows_of(asked, pieces)
    assert words.tolist() == [row for rows in inside for row in rows]
    assert counts.tolist() == list(map(len, inside))
    assert asked == known


def test_an_error_of_a_piece_is_raised() -> None:
    with pytest.raises(KeyError):
        kernels.rows_of({}, ["a"])
    with pytest.raises(TypeError, match="tuples"):
        kernels.rows_of({"a": [1]}, ["a"])  # type: ignore[dict-item]


@given(batches())
def test_flags_and_groups_are_the_same(
    batch: tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]],
) -> None:
    words, attributes, folds = batch
    expected = flags.flagged(words, attributes, folds)
    found = kernels.flagged(words, attributes, folds, 10)
    assert found.flags.tolist() == expected.flags.tolist()
    assert found.group_count == expected.group_count
    # The numbers of groups may differ, which tokens are in one may not.
    pairs = set(zip(found.groups.tolist(), expected.groups.tolist(), strict=True))
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)


@given(batches(), st.integers(0, 50))
def test_tags_are_the_same(
    batch: tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]], seed: int
) -> None:
    rows, weights = _random(seed)
    words, attributes, folds = batch
    batched = kernels.flagged(words, attributes, folds, 10)
    expected = network.tags_of(batched, rows, weights)
    assert kernels.tags_of(batched, rows, weights).tolist() == expected.tolist()


def test_no_tokens_have_no_tags() -> None:
    rows, weights = _random(0)
    nothing = Tokens(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.int32), 0)
    assert len(kernels.tags_of(nothing, rows, weights)) == 0


TOKENS = Tokens(
    np.array([0, 3, 4, 0], np.int32),
    np.array([1, 1, 0, 1], np.uint8),
    np.array([-2, 0, -1, -2], np.int32),
    1,
)


@pytest.mark.parametrize(
    "batch",
    [
        Tokens(np.array([0, ROWS, 4, 0], np.int32), TOKENS.flags, TOKENS.groups, 1),
        Tokens(np.array([0, -1, 4, 0], np.int32), TOKENS.flags, TOKENS.groups, 1),
        Tokens(np.array([0, 3, 4, 5], np.int32), TOKENS.flags, TOKENS.groups, 1),
        Tokens(TOKENS.words, np.array([1, 32, 0, 1], np.uint8), TOKENS.groups, 1),
        Tokens(TOKENS.words, TOKENS.flags, np.array([-2, 7, -1, -2], np.int32), 8),
        Tokens(TOKENS.words, TOKENS.flags[:3], TOKENS.groups, 1),
    ],
    ids=["word-beyond", "word-below", "no-border", "flag-beyond", "group-beyond", "too-short"],
)
def test_what_does_not_fit_the_table_is_refused(batch: Tokens) -> None:
    rows, weights = _random(0)
    with pytest.raises(ValueError, match="do not fit the table"):
        kernels.tags_of(batch, rows, weights)


def test_arrays_of_other_items_are_refused() -> None:
    rows, weights = _random(0)
    with pytest.raises(TypeError, match="items of 4 bytes"):
        kernels.tags_of(TOKENS, rows.astype(np.float64), weights)  # type: ignore[arg-type]
