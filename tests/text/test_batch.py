"""Words found on byte arrays are those that `search.text.words.tokens` finds, stems those of `stem`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.text.batch import WordTable
from search.text.stems import stem, stems
from search.text.strings import Strings
from search.text.words import tokens


def found(table: WordTable, texts: list[str]) -> list[list[str]]:
    numbers, counts = table.numbers([text.encode() for text in texts])
    forms = table.forms().all()
    words = iter([forms[number] for number in numbers.tolist()])
    per_text = [[next(words) for _ in range(count)] for count in counts.tolist()]
    assert list(words) == []
    return per_text


TEXTS = [
    "", " ", "gold", "Gold GOLD gold.", "the U.S. and U.S.'s, AT&T's, O'Neil's 3,000 or 3.5",
    "later.Reuters 1.2.3 1,2,3 a.b a.b.c. x'y'z & ' . , '' .. a'.b a.'b U.S.'S", "__ a_b _ 1_000",
    "İstanbul STRASSE straße Ünïcode ½ ⑴ ﬁne K Å ǅ", "习近平访问北京 ภาษาไทย 東京タワー abc東京", "𠀀𠀁𠀂 😀 a😀b 𝔊old",
    "x" * 99 + " " + "x" * 100 + " " + "x" * 101 + " " + "X" * 127 + " " + "x" * 128 + " " + "x" * 500,
    "1" * 140 + "," + "2" * 9, "é" * 300, "abcdefgh abcdefghi abcdefghabcdefgh abcdefghabcdefghi",
    "1,000 1,00 12,345.67 1,234,567 1234,567 1,2345 1,234.5.6 1.234,567 ,1,000, 0,000,000.0 1,000,00 1,0000",
    "C++, c++'s C#'s c+++ a++b x#y #tag ab++ c#7.0 c++17 C++'x C+'s", "L'avion d`Orsay D'Amato's dell'Aquila l'eté he'll’s",
    "צה\"ל צה''ל צה״ל \"צהל\" ג'ורג' é\"é é''é צ\"a א\"\"א", "대통령이 2024년 إيران ﹰ ʻa Hawaiʻi Ma‘rib a`b Sana´a",
    "tab\tline\nfeed\r\nnul\x00byte \x7f\x1f", "‘quoted’ it’s don’t Trump’s U.S.’s", "İ.İ. i̇ ſ ß.ß",
]  # fmt: skip


@pytest.mark.parametrize("piece_bytes", [1, 7, 64, 1 << 20])
def test_words_are_those_of_tokens(piece_bytes: int) -> None:
    table = WordTable(piece_bytes)
    expected = [tokens(text).forms for text in TEXTS]
    assert found(table, TEXTS) == expected
    assert found(table, TEXTS[::-1]) == expected[::-1]
    known = len(table)
    assert known == len({form for forms in expected for form in forms})


CHARACTERS = st.one_of(
    st.sampled_from("0123,,."),
    st.sampled_from("c+#'`\"\"אבל'd ‘´ʻ대"),
    st.sampled_from("aAsSzZ09_.,'&’＇＆ \n-/é߀İ"),
    st.characters(exclude_categories=("Cs",)),
    st.characters(min_codepoint=0x300, max_codepoint=0x36F),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(CHARACTERS, max_size=60), max_size=5), st.sampled_from([3, 50]))
def test_words_of_any_text_are_those_of_tokens(texts: list[str], piece_bytes: int) -> None:
    table = WordTable(piece_bytes)
    for _ in range(2):  # when they are new and when they are known
        assert found(table, texts) == [tokens(text).forms for text in texts]
    forms = table.forms().all()
    every, of_form = table.stems()
    assert [f if s < 0 else every.all()[s] for f, s in zip(forms, of_form, strict=True)] == [
        stem(form) for form in forms
    ]
    assert stems(forms) == [stem(form) for form in forms]


def test_many_words_keep_their_numbers() -> None:
    """Enough of them that the tables grow and places in them are taken."""
    words = [f"w{n}" for n in range(50_000)] + [f"{n}.{n}" for n in range(2000)]
    table = WordTable()
    for start in range(0, len(words), 9000):
        part = words[start : start + 9000]
        assert found(table, [" ".join(part)]) == [part]
    assert found(table, [" ".join(words)]) == [words]
    assert len(table) == len(words)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("aab\U0001f600é"), max_size=30), max_size=30))
def test_strings_are_ordered_by_their_bytes(strings: list[str]) -> None:
    order, is_new = Strings.of(strings).order()
    ordered = [strings[place] for place in order.tolist()]
    assert ordered == sorted(strings, key=str.encode)
    assert is_new.tolist() == [
        at == 0 or ordered[at] != ordered[at - 1] for at in range(len(ordered))
    ]


def test_taken_strings_are_strings_too() -> None:
    strings = Strings.of(["", "gold", "é", "silver"])
    assert strings.take(np.array([3, 0, 2, 3])).all() == ["silver", "", "é", "silver"]
    assert strings.all(2) == ["é", "silver"]
