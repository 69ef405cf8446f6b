"""The network that finds names: tokens, flags, tags and spans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.enrich.entities.network import model
from search.enrich.entities.network.constants import (
    BEGIN,
    CAPITAL_ELSEWHERE,
    CAPITALS_LINE,
    HAS_SMALL_FORM,
    INSIDE,
    LAST,
    STARTS_SENTENCE,
    TAGS,
    TITLE_LINE,
)
from search.enrich.entities.network.network import KINDS, best_tags
from search.enrich.entities.network.recogniser import Recogniser, WordTable
from search.enrich.entities.network.tokens import (
    pieces_of,
    spans_of,
    tokens_of,
    tokens_of_text,
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load()


def tokens(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens_of_text(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rutte met her.", ["Rutte", "met", "her", "."]),
        ("the U.S. and J. K. Brown", ["the", "U.S.", "and", "J.", "K.", "Brown"]),
        ("Brown's, the Browns' car", ["Brown", "'s", ",", "the", "Browns", "'", "car"]),
        ("Brown’s", ["Brown", "’s"]),
        ("a Kyiv-based firm", ["a", "Kyiv-based", "firm"]),
        ("O'Brien at AT&T", ["O'Brien", "at", "AT&T"]),
        ("Mr. Brown of St. Ives", ["Mr.", "Brown", "of", "St.", "Ives"]),
        ("$1,200.50 on news.com", ["$", "1,200.50", "on", "news.com"]),
        ("Prof. Lee met Capt. Ray. Hello.", ["Prof.", "Lee", "met", "Capt.", "Ray", ".", "Hello", "."]),
        ("SOCCER-Perth win", ["SOCCER", "-", "Perth", "win"]),
        ("OPEC+ and a+b", ["OPEC+", "and", "a", "+", "b"]),
        ("one\n\n  two", ["one", "\n", "two"]),
        ("\n \n", []),
    ],
    ids=[
        "stop", "dotted", "possessives", "curly", "hyphen", "inside", "titles", "numbers", "titles and stops", "desk", "plus", "lines", "blank",
    ],
)  # fmt: skip
def test_tokens(text, expected):
    assert tokens(text) == expected


@given(st.text(alphabet="aBé1²ß.,;:-'’+&\"” ()Mr", max_size=12) | st.text(max_size=8))
def test_the_quick_way_to_tokens_is_that_of_the_expression(text):
    for piece in text.split():
        assert tokens_of(piece) == spans_of(piece)


@given(st.text())
def test_pieces_lie_where_they_say(text):
    pieces, starts = pieces_of(text)
    places = zip(pieces, starts.tolist(), strict=True)
    assert all(text.startswith(piece, start) for piece, start in places)
    assert "".join(text.split()) == "".join(piece for piece in pieces if piece != "\n")


def flags_of(text: str) -> dict[str, int]:
    """Return the flags of each token, the last of a form counting."""
    from search.enrich.entities.network.flags import flagged

    table = WordTable(model.load())
    ids, _ = table.read([text])
    return dict(
        zip(
            tokens(text),
            flagged(ids, table.attributes, table.folds).flags[1:-1].tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize(
    ("text", "word", "flag", "expected"),
    [
        ("It rained. Falling water", "Falling", STARTS_SENTENCE, True),
        ("the Swan river", "Swan", STARTS_SENTENCE, False),
        ('he said. "Swans', "Swans", STARTS_SENTENCE, True),
        ("Falling prices are falling again", "Falling", HAS_SMALL_FORM, True),
        ("Rutte spoke", "Rutte", HAS_SMALL_FORM, False),
        ("We saw Rutte. Rutte spoke", "Rutte", CAPITAL_ELSEWHERE, True),
        ("Swan Bridge Closes for Repairs", "Bridge", TITLE_LINE, True),
        ("The bridge closes for repairs in Perth.", "Perth", TITLE_LINE, False),
        ("SWAN BRIDGE CLOSES FOR REPAIRS", "BRIDGE", CAPITALS_LINE, True),
    ],
    ids=[
        "starts", "inside", "quoted", "small form", "none", "elsewhere", "title line", "sentence", "capitals",
    ],
)  # fmt: skip
def test_flags(text, word, flag, expected):
    assert bool(flags_of(text)[word] & flag) is expected


def well_formed(tags: list[int]) -> bool:
    inside = None
    for tag in tags:
        kind, part = divmod(tag - 1, 4) if tag else (None, None)
        if inside is None:
            if part in (INSIDE, LAST):
                return False
            inside = kind if part == BEGIN else None
        else:
            if kind != inside or part not in (INSIDE, LAST):
                return False
            inside = None if part == LAST else inside
    return inside is None


def score_of(scores: np.ndarray, tags: list[int]) -> float:
    return float(sum(scores[at, tag] for at, tag in enumerate(tags)))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_tags_are_the_best_well_formed_ones(lengths, seed):
    count = sum(lengths)
    scores = np.random.default_rng(seed).normal(size=(count, TAGS)).astype(np.float32)
    begins = np.zeros(count, bool)
    begins[np.cumsum([0, *lengths[:-1]])] = True
    tags = best_tags(scores, begins).tolist()
    at = 0
    for length in lengths:
        run, mine = scores[at : at + length], tags[at : at + length]
        every = [list(way) for way in np.ndindex(*[TAGS] * length) if well_formed(list(way))]
        assert well_formed(mine)
        assert score_of(run, mine) == pytest.approx(max(score_of(run, way) for way in every))
        at += length


@given(st.lists(st.text() | st.text("AbC .'’-\n\tÉß1"), max_size=4))
def test_spans_of_any_text_are_in_order_and_have_no_white_space_at_their_edges(recogniser, texts):
    found = recogniser.spans(texts)
    assert len(found) == len(texts)
    for text, spans in zip(texts, found, strict=True):
        before = 0
        for start, end, kind in spans:
            assert before <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()
            assert kind in KINDS
            before = end


def names(recogniser: Recogniser, text: str) -> set[tuple[str, str]]:
    return {(text[start:end], kind) for start, end, kind in recogniser.spans([text])[0]}


def test_names_of_each_kind(recogniser):
    text = (
        "Anna Keller, who leads the Finance Ministry in Berlin, said on Monday that Germany would not "
        "follow the French plan. Keller spoke to Siemens AG and the European Commission in Brussels."
    )
    assert names(recogniser, text) >= {
        ("Anna Keller", "person"),
        ("Keller", "person"),
        ("Finance Ministry", "org"),
        ("Berlin", "place"),
        ("Germany", "place"),
        ("French", "other"),
        ("Siemens AG", "org"),
        ("European Commission", "org"),
        ("Brussels", "place"),
    }


def test_texts_do_not_touch_each_other(recogniser):
    texts = ["Anna Keller of Siemens AG met Tom Brown in Oslo.", "It rained in Perth.", "", "Brown"]
    assert recogniser.spans(texts) == [recogniser.spans([text])[0] for text in texts]


def test_the_word_table_is_emptied_when_it_is_full(monkeypatch):
    monkeypatch.setattr("search.enrich.entities.network.recogniser._MAX_WORDS", 20)
    recogniser = Recogniser.load()
    text = "Anna Keller met the mayor of Perth near the Swan River, and Tom Brown took the train to Oslo on Friday evening."
    first = recogniser.spans([text])
    assert recogniser.spans([text]) == first
    assert recogniser._words.reader.next < 40


def test_a_text_of_more_new_words_than_the_table_has_room_for_is_read(monkeypatch):
    monkeypatch.setattr("search.enrich.entities.network.recogniser._ROOM", 100)
    recogniser = Recogniser.load()
    words = " ".join(f"w{'abcdefghij'[n // 1000]}{n:04}" for n in range(2000))
    assert recogniser.spans([f"Anna Keller met {words} in Oslo."])[0]
    assert recogniser._words.rows.shape[1] == len(recogniser._words.folds) > 2000


def test_a_long_word_is_read(recogniser):
    assert recogniser.spans(["A" * 100_000 + " Anna Keller " + "b" * 100_000]) is not None


def test_the_model_is_small():
    from importlib.resources import files

    size = len((files("search.enrich.entities.network") / model.MODEL).read_bytes())
    assert size <= 5_000_000
