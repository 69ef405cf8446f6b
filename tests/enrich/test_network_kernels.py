"""The compiled loops of the recogniser do what those on numpy do."""

from __future__ import annotations

import gc
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.enrich.entities.network import flags, kernels, model, network, reading
from search.enrich.entities.network.constants import (
    BEGIN,
    BORDER,
    INSIDE,
    LAST,
    LINE_END,
    TAGS,
    UNIT,
    WIDTH,
)
from search.enrich.entities.network.flags import Tokens
from search.enrich.entities.network.network import Weights
from search.enrich.entities.word_lists import entries
from search.model.article import Entity, Mention

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


TEXTS = (
    st.text(st.sampled_from("ab\n\n \t\r\x1c\x85\xa0\u2003\u2028é\u4e00\U0001f600\ud800"))
    | st.text("aBé1²ß.,;:-'’+&\"” ()Mr\n", max_size=40)
    # What the expression for tokens asks for, in any order.
    | st.lists(
        st.sampled_from(
            [
                "a",
                "Zorn",
                "s",
                "S",
                "Mr",
                "Capt",
                "Update",
                "forex",
                "ſtocks",
                "U.",
                "com",
                "net",
                "1",
                "٣",
                "²",
                "_",
                *".,:-'’&+ ",
            ]
        ),
        max_size=12,
    ).map("".join)
    | st.text()
    | st.just("x" * 70 + " " + "ab-" * 40)
)


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=3), st.randoms())
def test_words_and_names_are_the_same(batches: list[list[str]], chance: random.Random) -> None:
    compiled, reference = kernels.Reader(), reading.Reader()
    nameless = {BORDER}
    for texts in batches:
        words, places = compiled.read(texts)
        expected, expected_places = reference.read(texts)
        assert words.tolist() == expected.tolist()
        new = compiled.taken_new()
        assert new == reference.taken_new()
        if "\n" in new:  # no name has a line end
            nameless.add(compiled.next - len(new) + new.index("\n"))
        assert compiled.next == reference.next
        folds, expected_folds = np.zeros((2, len(new)), np.int32)
        compiled.fill_folds(new, folds)
        reference.fill_folds(new, expected_folds)
        assert folds.tolist() == expected_folds.tolist()
        assert compiled.fold_count == reference.fold_count
        tags = np.array(
            [
                0 if word in nameless else 1 + 4 * chance.randrange(4) + UNIT
                for word in words.tolist()
            ],
            np.uint8,
        )
        tags *= np.array([chance.random() < 0.4 for _ in words], np.uint8)
        _open_some(tags, [word in nameless for word in words.tolist()], chance)
        assert compiled.spans(places, tags) == reference.spans(expected_places, tags)


def _open_some(tags: NDArray[np.uint8], is_nameless: list[bool], chance: random.Random) -> None:
    """Make of some tokens in a row a name that begins with the first and ends with the last of them."""
    for first in range(len(tags)):
        last = first + chance.randrange(1, 4)
        inside = slice(first, last + 1)
        is_free = last < len(tags) and not any(is_nameless[inside]) and not tags[inside].any()
        if is_free and chance.random() < 0.2:
            tags[inside] = [1 + BEGIN, *[1 + INSIDE] * (last - first - 1), 1 + LAST]


def test_words_that_differ_in_case_only_have_one_number() -> None:
    words = [
        "Zorn",
        "ZORN",
        "zorn",
        "Straße",
        "STRASSE",
        "strasse",
        "\u212a",
        "K",
        "k",
        "İ",
        "x" * 64,
        "X" * 64,
        "é" * 70,
    ]
    compiled, reference = kernels.Reader(), reading.Reader()
    folds, expected = np.zeros((2, len(words)), np.int32)
    compiled.fill_folds(words, folds)
    reference.fill_folds(words, expected)
    assert folds.tolist() == expected.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 5, 6]


def test_numbers_of_words_need_room() -> None:
    with pytest.raises(ValueError, match="room"):
        kernels.Reader().fill_folds(["Zorn"], np.zeros(2, np.int32))


def test_no_texts_have_no_names() -> None:
    reader = kernels.Reader()
    words, places = reader.read([])
    assert words.tolist() == [BORDER]
    assert reader.spans(places, np.zeros(1, np.uint8)) == []


def test_tags_of_other_texts_are_refused() -> None:
    reader = kernels.Reader()
    _, places = reader.read(["Anna met Tom"])
    with pytest.raises(ValueError, match="a tag for each token"):
        reader.spans(places, np.zeros(2, np.uint8))


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="texts are strings"):
        kernels.Reader().read([b"Anna"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("places", "forms"),
    [([0, 4], ()), ([0, 4, 1000, 1004, 2000, 2009], ("Zorn Inc", "ZORN")), ([], ())],
    ids=["once", "often", "never"],
)
def test_an_entity_is_the_same(places: list[int], forms: tuple[str, ...]) -> None:
    made = kernels.entity(Entity, Mention, "Zorn", places, forms)
    assert made == kernels._entity(Entity, Mention, "Zorn", places, forms)
    assert [type(each) for each in (made, *made.mentions)] == [
        Entity,
        *[Mention] * len(made.mentions),
    ]
    assert not any(map(gc.is_tracked, (made, *made.mentions, *filter(None, made[1:]))))


@pytest.mark.parametrize(
    "given",
    [
        (Entity, Mention, b"Zorn", [0, 4], ()),
        (Entity, Mention, "Zorn", ["0", 4], ()),
        (Entity, Mention, "Zorn", [0, 4], (b"Z",)),
        (list, Mention, "Zorn", [0, 4], ()),
        (Entity, Mention, "Zorn"),
    ],
    ids=["name", "places", "forms", "type", "too-few"],
)
def test_what_makes_no_entity_is_refused(given: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        kernels.entity(*given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole_model() -> model.Model:
    return model.load()


WORDS = st.text("aAbBé1²ßÉΣ.-'’+&\n\u01c5\u0130\U0001f600\ud800", min_size=1, max_size=30)


@given(
    st.lists(WORDS | st.sampled_from(["KYIV", "Perth", "REUTERS", "U.S.", "Ltd", "ﬃ"]), min_size=1)
)
def test_rows_of_words_are_the_same(whole_model: model.Model, words: list[str]) -> None:
    rows = np.zeros((3, len(words) + 3, WIDTH), np.float32)
    attributes = np.zeros(len(words) + 3, np.uint8)
    kernels.fill_rows(whole_model, words, 2, rows, attributes)
    expected, expected_attributes = whole_model.rows_of(words)
    np.testing.assert_allclose(rows[:, 2:-1], expected, rtol=1e-4, atol=1e-4)
    assert attributes[2:-1].tolist() == expected_attributes.tolist()
    assert not rows[:, [0, 1, -1]].any()


def test_rows_of_known_words_are_the_same(whole_model: model.Model) -> None:
    # Thousands of words that are in the tables, all over them, each in three forms.
    known = [word for name in entries("first_names", "countries") for word in name.split()]
    words = [form for word in known for form in (word, word.lower(), word.upper())]
    rows = np.zeros((3, len(words), WIDTH), np.float32)
    attributes = np.zeros(len(words), np.uint8)
    kernels.fill_rows(whole_model, words, 0, rows, attributes)
    expected, expected_attributes = whole_model.rows_of(words)
    np.testing.assert_allclose(rows, expected, rtol=1e-4, atol=1e-4)
    assert attributes.tolist() == expected_attributes.tolist()


def test_words_beyond_the_table_are_refused(whole_model: model.Model) -> None:
    rows, attributes = np.zeros((3, 2, WIDTH), np.float32), np.zeros(2, np.uint8)
    with pytest.raises(ValueError, match="no room for the words"):
        kernels.fill_rows(whole_model, ["a", "b"], 1, rows, attributes)


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
