"""What can be another spelling of a word, and whether a text shows that it is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.spellings import (
    has_hyphen,
    has_umlaut,
    joined,
    needs_no_hyphen,
    of_number,
    parted,
    spelled_out,
    with_digraphs,
    without_digraphs,
)
from search.text.words import fold

WORDS = st.text("abeorusy0129s_'ü", max_size=12)


@pytest.mark.parametrize(
    ("form", "ways"),
    [
        ("f16", [("f", "16")]),
        ("f16s", [("f", "16s")]),
        ("covid19", [("covid", "19")]),
        ("10k", [("10", "k")]),
        ("wifi", [("w", "ifi"), ("wi", "fi")]),
        ("rest", [("r", "est")]),
        ("redo", [("r", "edo")]),
        ("reelect", [("r", "eelect"), ("re", "elect"), ("ree", "lect"), ("reel", "ect"), ("reele", "ct")]),
        ("the", []),
        ("2020", []),
        ("h1b", [("h", "1b"), ("h1", "b")]),
        ("1990s", []),
        ("a_1", []),
        ("c++", []),
    ],
)  # fmt: skip
def test_a_word_may_be_two(form, ways):
    assert parted(form) == ways


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (("f", "16"), "f16"),
        (("law", "breakers"), "lawbreakers"),
        (("up", "to", "date"), "uptodate"),
        (("re", "elected"), "reelected"),
        (("re", "sort"), None),
        (("20", "20"), None),
        (("1939", "45"), None),
        (("b2", "bomber"), "b2bomber"),
    ],
)
def test_words_with_a_hyphen_may_be_one(forms, expected):
    assert joined(forms) == expected


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (("f", "16"), ("f", "16s")),
        (("f", "16s"), ("f", "16")),
        (("f16",), ("f16s",)),
        (("f16s",), ("f16",)),
        (("16",), None),
        (("1990s",), None),
        (("law", "breakers"), None),
        (("news",), None),
    ],
)
def test_the_number_of_a_kind_may_stand_in_the_plural(forms, expected):
    assert of_number(forms) == expected


def test_a_number_after_a_longer_word_needs_no_hyphen():
    ways = [("covid", "19"), ("f", "16"), ("law", "breakers")]
    assert list(map(needs_no_hyphen, ways)) == [True, False, False]


@pytest.mark.parametrize(
    ("text", "way", "expected"),
    [
        ("free Wi-Fi here", ("wi", "fi"), True),
        ("Wi‑Fi and Wi‐Fi", ("wi", "fi"), True),
        ("free Wi Fi here", ("wi", "fi"), False),
        ("Law-breaker jailed", ("law", "breakers"), True),
        ("law-breaking", ("law", "breakers"), True),
        ("it may be so", ("may", "be"), False),
        ("day-to-day work", ("to", "day"), False),
        ("day-to-day work", ("day", "to"), False),
        ("l'Oréal", ("l", "oreal"), True),
        ("the co-operation", ("co", "operation"), True),
        ("the co-op", ("co", "ops"), True),
        ("x-rays", ("x", "ray"), True),
        ("x-ran", ("x", "ray"), False),
        ("co-operates", ("co", "opener"), False),
        ("", ("a", "bc"), False),
    ],
)
def test_a_text_shows_a_hyphen(text, way, expected):
    assert has_hyphen(text, way) is expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("schlueter", ["schluter"]),
        ("goeteborg", ["goteborg"]),
        ("aarhus", ["arhus"]),
        ("uebergroesse", ["ubergroesse", "uebergrosse", "ubergrosse"]),
        ("oil", []),
    ],
)
def test_digraphs_may_stand_for_umlauts(form, expected):
    assert without_digraphs(form) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("schluter", ["schlueter"]),
        ("pot", ["poet"]),
        ("arhus", ["aerhus", "aarhus", "arhues"]),
        ("eye", []),
    ],
)
def test_umlauts_may_be_spelled_out(form, expected):
    assert list(with_digraphs(form)) == expected


@pytest.mark.parametrize(
    ("text", "form", "digraphs", "expected"),
    [
        ("Herr Schlüter sagte", "schluter", "schlueter", True),
        ("Herr Schlu\u0308ters", "schluters", "schlueters", True),
        ("Herr Schluter sagte", "schluter", "schlueter", False),
        ("in Århus", "arhus", "aarhus", True),
        ("in Tromsø", "tromso", "tromsoe", True),
        ("a pot", "pot", "poet", False),
        ("Übergrößen", "ubergrossen", "uebergroessen", True),
        ("Übergrößen", "ubergrossen", "ubergroessen", False),
    ],
)
def test_a_text_shows_an_umlaut(text, form, digraphs, expected):
    assert has_umlaut(text, form, digraphs) is expected


def test_spelled_out():
    assert [*map(spelled_out, ("Schlüter", "Århus", "Ærø", "Müller's", "Oslo"))] == [
        "schlueter", "aarhus", "aeroe", "mueller", "oslo",
    ]  # fmt: skip


@given(WORDS)
def test_other_spellings_are_forms(word):
    form = fold(word)
    for other in (*without_digraphs(form), *with_digraphs(form)):
        assert fold(other) == other != form
    assert all("".join(way) == form and all(way) for way in parted(form))


@given(st.text("ab-’ ü", max_size=2000))
def test_long_texts_are_read_in_linear_time(text):
    has_hyphen(text * 10, ("a", "b"))
    has_umlaut("a" * 50_000 + text, "ab", "ab")
