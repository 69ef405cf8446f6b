"""What a word is: each rule of docs/words.md by cases, and what holds for every text."""

from __future__ import annotations

import re
import sys
import threading
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.text import words
from search.text.ranges import INVISIBLE, MARKS, SIMPLE, UNSPACED
from search.text.stems import stem
from search.text.words import (
    MAX_FORM_CHARS,
    fold,
    forms_of,
    is_unspaced,
    tokens,
    wildcard_pattern,
    within_edits,
)

#: What rules are about, so that texts made of these meet all of them.
PARTS = (
    *"aSé.,'’ &-_37ｓ＇＆ \n", "'s", "’S", "U.S", "3,000", "ʼ", "ʻ", "‘", "`", "´", "l'", "D'", "dell’", "amato", "c", "+", "#", "צ", '"', "״", "ה", "北", "京", "ที่", "ｶﾞ", "½", "ﷺ", "ß", "İ", "ſ",
    "\u0301", "\u00ad", "\u200d", "\u0640", "\u0651", "ﹰ", "أ", "ی", "ٔ", "ة", "ا", "٣", "का", "ᄒ", "ᅡ", "ᆫ", "\ud800", "\x00", "👩", "한", "a" * 120,
)  # fmt: skip
made_of_parts = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)
any_text = st.one_of(made_of_parts, st.text(max_size=40))


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "forms"),
        [
            ("", []),
            (" \n…!? “”", []),
            ("To be or not to be", ["to", "be", "or", "not", "to", "be"]),
            ("US May IT Will WHO", ["us", "may", "it", "will", "who"]),
            ("Zürich café", ["zurich", "cafe"]),
            ("cafe\u0301", ["cafe"]),
            ("Øresund Łódź Straße Æon", ["oresund", "lodz", "strasse", "aeon"]),
            ("O'Neil O’Neil O＇Neil Oʼneil Oneil", ["oneil"] * 5),
            ("Sana'a Sana’a Sana‘a Sanaʿa Sana`a Sana´a SANA′A Sanaa", ["sanaa"] * 8),
            (
                "Hawaiʻi Hawai'i Qurʾan Xi'an Be'er Shi’a",
                ["hawaii", "hawaii", "quran", "xian", "beer", "shia"],
            ),
            ("rock'n'roll N'Djamena ma'am об'єкт", ["rocknroll", "ndjamena", "maam", "обєкт"]),
            ("don't dont DON’T", ["dont"] * 3),
            (
                "he'll hell we’re WERE I'd can't cant",
                ["he'll", "hell", "we're", "were", "i'd", "can't", "cant"],
            ),
            (
                "l'avion L’AVION d’Orsay qu'il",
                ["l", "avion", "l", "avion", "d", "orsay", "qu", "il"],
            ),
            (
                "dell'acqua all'estero un’altra l'home",
                ["dell", "acqua", "all", "estero", "un", "altra", "l", "home"],
            ),
            ("l'Été’s d'un coup d'État", ["l", "ete", "d", "un", "coup", "d", "etat"]),
            (
                "D'Amato d'angelo D’Angelo's d'Angelois",
                ["damato", "dangelo", "dangelo", "d", "angelois"],
            ),
            (
                "aujourd'hui presqu'île x'l'avion I'll d'Souza",
                ["aujourdhui", "presquile", "xlavion", "i'll", "dsouza"],
            ),
            (
                "C++ c# C++'s F#. C++17 AC++ x_c#",
                ["c++", "c#", "c++", "f#", "c++", "17", "ac", "x_c"],
            ),
            ("AT&T AT＆T", ["at&t", "at&t"]),
            ("R & D", ["r", "d"]),
            ("Trump's Trump’s TRUMP'S", ["trump"] * 3),
            ("Jones' ’tis", ["jones", "tis"]),
            ("1990's 1990s", ["1990", "1990s"]),
            ("3,000 3000 1,234,567.5", ["3000", "3000", "1234567.5"]),
            ("3.5 1,2", ["3.5", "1,2"]),
            ("in 1990, 3. Then", ["in", "1990", "3", "then"]),
            ("U.S. U.S U.S.'s U.S.-led (U.K.)", ["us", "us", "us", "us", "led", "uk"]),
            ("e.g. J.K. Rowling", ["eg", "jk", "rowling"]),
            ("U.S.Army", ["us", "army"]),
            ("later.Reuters", ["later", "reuters"]),
            ("abc.net.au", ["abc", "net", "au"]),
            ("COVID-19 Russian-backed", ["covid", "19", "russian", "backed"]),
            ("non‑breaking en–dash", ["non", "breaking", "en", "dash"]),
            ("snake_case", ["snake_case"]),
            ("soft\u00adhyphen zero\u200dwidth", ["softhyphen", "zerowidth"]),
            ("zero\u200bspace", ["zero", "space"]),
            ("ＮＡＴＯ", ["nato"]),
            ("½ ⑴ ﬁn", ["1_2", "1", "fin"]),
            ("½'s ⑴’s ʼ's", ["1_2", "1", "s"]),
            ("北京市 京", ["北京", "京市", "京"]),
            ("キーウ攻撃", ["キー", "ーウ", "ウ攻", "攻撃"]),
            ("ไทย", ["ไท", "ทย"]),
            ("北京abc北", ["北京", "abc", "北"]),
            ("Київ Ёлка", ["киів", "елка"]),
            ("कीव", ["कीव"]),
            ("كِتاب كتـاب", ["كتاب", "كتاب"]),
            ("كتاب کتاب", ["كتاب"] * 2),
            ("إيران أيران ايران آیران ٱيران", ["ايران"] * 5),
            ("الجامعة الجامعه الدورى الدوري", ["الجامعه", "الجامعه", "الدوري", "الدوري"]),
            (
                "پاکستان پاكستان یک يك ہم هم خانۀ خانه",
                ["پاكستان"] * 2 + ["يك"] * 2 + ["هم"] * 2 + ["خانه"] * 2,
            ),
            ("٢٠٢٤ ۲۰۲۴ 2024", ["2024"] * 3),
            ("צה\"ל צה״ל צה''ל צה”ל צהל", ["צהל"] * 5),
            ("ג'ורג' ג׳ורג׳ גורג", ["גורג"] * 3),
            ('"שלום" "צה"ל"', ["שלום", "צהל"]),
            ("한국 한국이 물", ["한국", "한국", "국이", "물"]),
            ("대통령", ["대통", "통령"]),
            ("KBS가 2024년", ["kbs", "가", "2024", "년"]),
            (unicodedata.normalize("NFD", "한국이"), ["한국", "국이"]),
            ("👩‍👩‍👧 x", ["x"]),
        ],
    )
    def test_forms(self, text, forms):
        assert tokens(text).forms == forms

    def test_offsets_leave_out_the_possessive(self):
        text = "“Trump’s” U.S.'s 1990's 北京市"
        found = tokens(text)
        slices = [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)]
        assert slices == ["Trump", "U.S.", "1990", "北京", "京市"]

    def test_a_long_form_is_cut_and_its_offsets_are_not(self):
        found = tokens("x" * 1000)
        assert (found.forms, found.ends) == (["x" * MAX_FORM_CHARS], [1000])

    @given(any_text)
    @example("x’s's")
    @example("ʼ's")
    @example("\u0640's ﹰ's s's aﹰ's")
    def test_offsets_ascend_inside_the_text_and_fold_to_the_form(self, text):
        found = tokens(text)
        rows = list(zip(found.forms, found.starts, found.ends, strict=True))
        assert [fold(text[start:end]) for _, start, end in rows] == found.forms
        assert all(form and 0 <= start < end <= len(text) for form, start, end in rows)
        assert found.starts == sorted(set(found.starts))
        assert all(len(form) <= MAX_FORM_CHARS for form in found.forms)

    @given(st.text(st.characters(codec="ascii"), max_size=60) | made_of_parts)
    @example("a 'S-U.S.'s 3,000's x_1.5 AT&T's\n")
    def test_the_simple_pattern_agrees_with_the_full_one(self, text):
        text = re.sub(words._NOT_SIMPLE, "", text)
        simple, full = (words._pattern(is_simple).split(text) for is_simple in (True, False))
        assert simple == full

    @given(any_text)
    @example("x’s's 北京's é's")
    def test_forms_alone_are_the_same(self, text):
        assert forms_of(text) == tokens(text).forms

    @given(any_text, any_text)
    def test_a_blank_parts_texts(self, left, right):
        """The snippet reads single stretches between blanks and relies on it."""
        assert tokens(left + " " + right).forms == tokens(left).forms + tokens(right).forms

    def test_what_is_remembered_is_bounded(self):
        remembered = words._Forms(most=10)
        for number in range(100):
            assert remembered[f"WORD{number}"] == f"word{number}"
        assert remembered["LONG" * 20] == "long" * 20
        assert 0 < len(remembered) <= 10
        assert max(map(len, remembered)) <= words._REMEMBERED_CHARS

    def test_threads_agree_while_the_memory_is_cleared(self):
        remembered = words._Forms(most=5)
        expected = [f"missile{n}" for n in range(300)]
        results: list[bool] = []

        def read() -> None:
            for _ in range(5):
                results.append([remembered[f"Mißile{n}"] for n in range(300)] == expected)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [True] * 20


class TestFold:
    @given(any_text)
    @example("x's's")
    @example("a" * 98 + "'sss")
    @example("x''s")
    @example("U.S.’s")
    def test_folding_twice_changes_nothing(self, word):
        assert fold(fold(word)) == fold(word)

    @given(any_text)
    def test_case_does_not_matter(self, text):
        upper = [form for form in tokens(text).forms if fold(form.upper()) != form]
        assert [form for form in upper if form.isascii()] == []


class TestStem:
    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            ("missiles", "missil"),
            ("missile", "missil"),
            ("running", "run"),
            ("us", "us"),
            ("he'll", "he'll"),
            ("3000", "3000"),
            ("covid19", "covid19"),
            ("киів", "киів"),
            ("", ""),
        ],
    )
    def test_stem(self, form, expected):
        assert stem(form) == expected

    @given(st.text("abeinsty", min_size=1, max_size=12))
    def test_a_stem_is_a_plain_word(self, form):
        assert stem(form).isalpha()
        assert len(stem(form)) <= len(form) + 1


class TestWildcards:
    @pytest.mark.parametrize(
        ("pattern", "form", "expected"),
        [
            ("ukrain*", "ukraine", True),
            ("ukrain*", "ukrain", True),
            ("*gate", "watergate", True),
            ("*gate", "gates", False),
            ("w?rd", "word", True),
            ("w?rd", "wrd", False),
            ("a*b*c", "axbxbxc", True),
            ("a*b*c", "axcxb", False),
            ("a*ab", "ab", False),
            ("*aab*", "aaab", True),
            ("*a?b*", "aaxb", True),
            ("3.5*", "3x5", False),
            ("*", "", True),
        ],
    )
    def test_matching(self, pattern, form, expected):
        assert (wildcard_pattern(pattern).fullmatch(form) is not None) is expected

    @given(st.text("ab*?", max_size=7), st.text("ab", max_size=8))
    def test_stars_and_question_marks_stand_for_what_they_say(self, pattern, form):
        def matches(pattern: str, form: str) -> bool:
            if not pattern:
                return not form
            if pattern[0] == "*":
                return any(matches(pattern[1:], form[at:]) for at in range(len(form) + 1))
            return bool(form) and pattern[0] in ("?", form[0]) and matches(pattern[1:], form[1:])

        assert (wildcard_pattern(pattern).fullmatch(form) is not None) is matches(pattern, form)


class TestEdits:
    @pytest.mark.parametrize(
        ("a", "b", "distance"),
        [
            ("zelenskiy", "zelenskiy", 0),
            ("zelenskiy", "zelensky", 1),
            ("zelenskiy", "zelenksiy", 1),
            ("rutte", "rutt", 1),
            ("rutte", "brutto", 2),
            ("ca", "abc", 3),
            ("ab", "ba", 1),
            ("a", "я", 1),
            ("", "ab", 2),
        ],
    )
    def test_distance(self, a, b, distance):
        assert [within_edits(a, b, edits) for edits in range(4)] == [
            edits >= distance for edits in range(4)
        ]

    @given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
    def test_as_by_the_definition(self, a, b, edits):
        def distance(i: int, j: int) -> int:
            if not (i and j):
                return i + j
            ways = [distance(i - 1, j) + 1, distance(i, j - 1) + 1]
            ways.append(distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                ways.append(distance(i - 2, j - 2) + 1)
            return min(ways)

        a, b = a[:5], b[:5]
        assert within_edits(a, b, edits) is (distance(len(a), len(b)) <= edits)


class TestRanges:
    @staticmethod
    def members(ranges: str) -> set[str]:
        pattern = re.compile(f"[{ranges}]")
        return {c for c in map(chr, range(sys.maxunicode + 1)) if pattern.match(c)}

    def test_ranges_are_what_they_are_named(self):
        marks, simple = self.members(MARKS), self.members(SIMPLE)
        unspaced = self.members(UNSPACED)
        assert {c for c in marks if unicodedata.category(c)[0] != "M"} == set()
        assert simple & (marks | unspaced | self.members(INVISIBLE)) == set()
        assert {c for c in simple if tokens(c) and not fold(c)} == set()
        assert is_unspaced("北京")
        assert not is_unspaced("a北")

    @pytest.mark.skipif(
        unicodedata.unidata_version != "14.0.0", reason="marks are as of Unicode 14"
    )
    def test_no_mark_is_missing(self):
        every = {
            c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] == "M"
        }
        # Variation selectors of the last plane stand for nothing that is in a word.
        missing = every - self.members(MARKS) - self.members(UNSPACED)
        assert {c for c in missing if not "\U000e0100" <= c <= "\U000e01ef"} == set()


@example("½.a ².a ½'a ½&a")
@example("北.a a.北 a北.b")
@given(any_text)
def test_a_form_reads_back_as_itself(text):
    """What the query parser writes is what the index holds.

    Left out: pairs of scripts without spaces, and the letter that is an apostrophe before another sign.
    """
    found = tokens(text.replace("ʼ", "")).forms
    plain = [form for form in found if form.isascii() and len(form) < MAX_FORM_CHARS]
    assert [tokens(form).forms for form in plain] == [[form] for form in plain]
