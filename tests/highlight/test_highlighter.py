"""What is marked, and what is shown of a long text."""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import pairwise, product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from search.highlight.highlighter import Highlighter, mark_article
from search.highlight.marked import Marked
from search.highlight.matches import HighlightLimits
from search.highlight.places import PLAIN_WORD, SPECIAL
from search.model.article import Article, Document
from search.model.fields import FIELDS, Field, FieldTable
from search.query.parser import parse
from search.query.tree import (
    And,
    Either,
    Fuzzy,
    Group,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
)
from search.text.stems import stem
from search.text.words import MAX_FORM_CHARS, tokens, wildcard_pattern, within_edits
from tests.support.trees import trees

BODY = """\
Antony Blinken, the U.S. secretary of state, met NATO ministers in Brussels on Wednesday. A firm \
response is needed, Mr. Rutte said, adding that firm allies give a response.

Russia staged its first missile attack on Kyiv in months; missiles hit homes. “Blinken’s visit was \
planned,” an aide said. COVID-19 was not discussed. 北京市长 visited O’Neil’s café for 3,000 euros."""

#: Pieces of texts: words of `tests.support.trees.WORDS` in their guises among other things.
PIECES = (
    "missile", "Missiles", "MISSILE’s", "Kyiv", "kyiv's", "NATO", "N.A.T.O.", "U.S.", "us", "used", "O’Neil",
    "AT&T", "3,000", "3000", "3.5", "北京", "北京市", "京", "ｎａｔｏ", "kýiv", "mis\u00adsile", "-", "_", ".", ". ",
    "O'Neil", "Oneil", "he'll", "l'", "’", "‘", "`", "C++", "c#", "대통령이", "צה\"ל", "إيران",
    " ", " ", " ", "\n", "\n\n", "…", "said", "the", "“", "👩‍👩‍👧", "e\u0301", "\t", "ที่", "x" * 110, "nato\u2003us",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
spaced_texts = st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)
bodies = st.one_of(texts, spaced_texts, st.text(max_size=60))


def highlighter(query: str, **limits: int) -> Highlighter:
    return Highlighter(parse(query).tree, HighlightLimits(**limits))


def marked(query: str, text: str, field: str = "body") -> list[str]:
    return [text[start:end] for start, end in highlighter(query).marks(text, field)]


class TestMarks:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("blinken nato", ["Blinken", "NATO", "Blinken"]),
            ("missile", ["missile", "missiles"]),
            ('"missile"', ["missile"]),
            ('"missiles"', ["missiles"]),
            ('"firm response"', ["firm response"]),
            ('"firm response"~5', ["firm response", "firm allies give a response"]),
            ('"response firm"', []),
            ("firm OR kyiv", ["firm", "firm", "Kyiv"]),
            ("(kyiv AND firm) brussels", ["Brussels", "firm", "firm", "Kyiv"]),
            ("-kyiv nato", ["NATO"]),
            ("-(kyiv nato)", []),
            ("NOT NOT kyiv", ["Kyiv"]),
            ("missile NEAR/3 kyiv", ["missile", "Kyiv", "missiles"]),
            ("kyiv NEAR/1 attack", []),
            ("US", ["U.S."]),
            ("covid-19", ["COVID-19"]),
            ("covid-20", []),
            ("o'neil", ["O’Neil"]),
            ("cafe", ["café"]),
            ("oneil", ["O’Neil"]),
            ("3000", ["3,000"]),
            ("北京市", ["北京市"]),
            ("北京 市长", ["北京市长"]),
            ("北京市长", ["北京市长"]),
            ("miss*", ["missile", "missiles"]),
            ("*inisters", ["ministers"]),
            ("w?s", ["was", "was"]),
            ("blinkin~1", ["Blinken", "Blinken"]),
            ("body:kyiv", ["Kyiv"]),
            ("title:kyiv author:rutte source:nato", []),
            ("person:blinken", ["Blinken", "Blinken"]),
            ("entity:ministers org:minister", ["ministers"]),
            ('person:"antony blinken"', ["Antony Blinken"]),
            ("date:2024", []),
            ("*", []),
        ],
    )
    def test_in_a_body(self, query, expected):
        assert marked(query, BODY) == expected

    @pytest.mark.parametrize(
        ("query", "field", "expected"),
        [
            ("title:missiles", "title", ["Missile"]),
            ("body:missiles", "title", []),
            ("place:kyiv", "title", ["Kyiv"]),
            ("author:kyiv", "author", ["Kyiv"]),
            ("author:missiles", "author", []),
            ("entity:kyiv", "place", ["Kyiv"]),
            ("place:kyiv", "person", []),
            ("missiles", "author", ["Missile"]),
        ],
    )
    def test_in_fields(self, query, field, expected):
        assert marked(query, "Missile over Kyiv", field) == expected

    @pytest.mark.parametrize(
        ("query", "text", "expected"),
        [
            ("avion", "L'avion, l’avion.", ["avion", "avion"]),
            ('"d\'orsay"', "Quai d'Orsay", ["d'Orsay"]),
            ("hawaii", "Hawaiʻi Hawai'i HAWAI`I", ["Hawaiʻi", "Hawai'i", "HAWAI`I"]),
            ("rib", "Ma‘rib ‘rib’ Ma`rib", ["rib"]),
            ("c", "C++, C# and C.", ["C"]),
            ("C++", "C++, c++'s and C.", ["C++", "c++"]),
            ("대통령", "대통령이 대통령은", ["대통령", "대통령"]),
            ("ايران", "قالت إيران", ["إيران"]),
            ("צהל", 'אמר צה"ל היום', ['צה"ל']),
        ],
    )
    def test_spellings_are_marked_as_they_are_written(self, query, text, expected):
        assert marked(query, text) == expected
        padding = "Nothing of that was said. " * 20
        assert marked(query, padding + text) == expected

    def test_a_phrase_with_a_word_between_runs_from_first_to_last(self):
        assert marked('"a c"~1', "a b c. a b b c") == ["a b c"]

    def test_fields_are_those_of_the_table(self):
        rows = (
            Field("subtitle", "article.subtitle", "text", "subtitle", "subtitles"),
            Field(
                "event", "enrichment.entities.events", "names", "event", "events", group="entity"
            ),
        )
        table = FieldTable((*FIELDS, *rows), FIELDS.group_aliases)

        def marks(query: Query, field: str) -> int:
            return len(Highlighter(query, fields=table).marks("The summits end.", field))

        assert marks(Word("summit", "subtitle"), "subtitle") == 1
        assert marks(Word("summits", "event"), "subtitle") == 1
        assert marks(Word("summit", "event"), "subtitle") == 0
        assert marks(Word("summits", "entity"), "event") == 1
        assert marks(Word("summits", "source"), "body") == 0

    def test_marks_do_not_part_a_letter_from_its_accent(self):
        assert marked("ที่", "ที่นี่") == ["ที่"]
        assert marked("cafe", "cafe\u0301s, cafe\u0301!") == ["cafe\u0301s", "cafe\u0301"]

    @pytest.mark.parametrize(
        ("query", "word"),
        [("die", "Dying"), ("sky", "skies"), ("happy", "happiness"), ("idle", "idly"), ("hope", "hoping"),
         ("sensible", "sensibility"), ("apology", "apologize")],
    )  # fmt: skip
    def test_words_that_start_otherwise_than_their_stem(self, query, word):
        text = f"{'Nothing of that was said. ' * 20}{word}, they said."
        assert marked(query, text) == [word]

    def test_what_is_passed_over_beyond_ascii_has_no_case_and_is_no_accent(self):
        plain = re.compile(SPECIAL)
        passed = [c for c in map(chr, range(0x80, 0x110000)) if not plain.match(c)]
        assert "’" in passed
        assert [c for c in passed if c.lower() != c or unicodedata.category(c)[0] == "M"] == []

    @given(bodies)
    @example("Nato’s us's-us.a us.1 us,us us' us'.")
    def test_a_plain_word_is_a_word(self, text):
        found = tokens(text)
        words = set(zip(found.forms, found.starts, found.ends, strict=True))
        low = text.lower()
        plain = [PLAIN_WORD.match(low, at) for at in range(len(low)) if len(low) == len(text)]
        assert [
            word
            for word in plain
            if word
            and text[slice(*word.span(1))].isascii()
            and (word[1], *word.span(1)) not in words
        ] == []

    @settings(deadline=None)
    @given(trees(either=True), bodies, st.sampled_from(["body", "title", "author"]))
    @example(Word("us"), "The U.S. used us.", "body")
    @example(Near(Word("us"), Word("us"), 1), "us used us us", "body")
    def test_as_by_reading_every_word(self, tree, text, field):
        marks = Highlighter(tree).marks(text, field)
        assert covered(marks) == covered(plain_marks(tree, text, field))
        assert all(0 <= start < end <= len(text) for start, end in marks)
        assert all(left[1] < right[0] for left, right in pairwise(marks))

    def test_real_news_is_marked_as_by_reading_every_word(self, shared):
        lines = (
            (shared / "data/relevance/time_collection/corpus.jsonl").read_text("utf-8").splitlines()
        )
        articles = [json.loads(line)["body"] for line in lines[::20]]
        query = 'us nation policies dying happily -war u.n. commun* sovjet~1 general-secretary "said that"'
        tree = parse(query).tree
        found = Highlighter(tree)
        assert [covered(found.marks(body)) for body in articles] == [
            covered(plain_marks(tree, body, "body")) for body in articles
        ]

    def test_what_is_searched_is_bounded(self):
        text = "oil " * 1000
        assert 1900 < highlighter("oil", chars=2000).marks(text)[-1][1] <= 2000
        assert len(highlighter("oil", words=10).marks(text)) == 10

    def test_comparing_words_is_bounded(self):
        """A text of many different words, each much like each of many fuzzy words."""
        ends = ["".join(letters) for letters in product("abcdefghijklmnop", repeat=4)]
        body = " ".join("minister" + end for end in ends[:40_000])
        tree = Or(tuple(Fuzzy("minister" + end, 2) for end in ends[-255:]))
        last = " ministerppppp"
        assert Highlighter(tree).marks(last) == ((1, len(last)),)
        assert Highlighter(tree).marks(body + last)[-1][1] < len(body) / 2

    @pytest.mark.parametrize("query", ["k*v m*e kyiv", "kyiv~1 kyiw~2 missile~2 kyiv"])
    def test_beyond_the_bound_words_are_marked_and_the_rest_is_not(self, query):
        found = highlighter(query, compared=30)
        text = "kiv said, kyiv " + " ".join(f"k{n}v" for n in range(50)) + " kyiv kyv missle misse"
        marks = {text[start:end] for start, end in found.marks(text)}
        assert {"kiv", "kyiv"} <= marks
        assert marks.isdisjoint({"kyv", "missle", "misse"})
        assert found.marks("kyv") == ((0, 3),)  # the next text begins anew

    def test_many_words_are_sought_in_one_reading(self):
        """Beyond the bound every word is read, with the same marks."""
        query = "kyiv nato* blinkin~1 response"
        marks = highlighter(query).marks(BODY)
        assert highlighter(query, scanned=0).marks(BODY) == marks


def covered(ranges: object) -> set[int]:
    return {at for start, end in ranges for at in range(start, end)}  # type: ignore[attr-defined]


def plain_marks(tree: Query, text: str, field: str) -> list[tuple[int, int]]:
    """Return what *tree* marks, by trying every word of *text* for every clause; overlaps and all."""
    found = tokens(text)
    places = list(zip(found.starts, found.ends, strict=True))
    names = ("title", "body")

    def holding(form: str, exact: bool, name: str | None) -> list[int]:
        exact = exact or name not in (None, *names)
        same = (lambda f: f == form) if exact else (lambda f: stem(f) == stem(form))
        return [at for at, f in enumerate(found.forms) if same(f)]

    def applies(name: str | None) -> bool:
        in_text = name in ("person", "org", "place", "entity") and field in names
        return name in (None, field) or in_text

    def marks(node: Query) -> list[tuple[int, int]]:
        match node:
            case Group(children) | And(children) | Or(children) | Either(children):
                return [mark for child in children for mark in marks(child)]
            case Not(Not(child)):
                return marks(child)
            case Word() | Phrase() | Near() | Wildcard() | Fuzzy() if not applies(node.field):
                return []
            case Word(form, name, exact):
                return [places[at] for at in holding(form, exact, name)]
            case Wildcard(pattern):
                compiled = wildcard_pattern(pattern)
                return [places[i] for i, f in enumerate(found.forms) if compiled.fullmatch(f)]
            case Fuzzy(form, edits):
                return [
                    places[i] for i, f in enumerate(found.forms) if within_edits(form, f, edits)
                ]
            case Near(left, right, distance, name):
                ones = holding(left.form, left.exact, name)
                others = holding(right.form, right.exact, name)
                pairs = [(a, b) for a in ones for b in others if 1 <= abs(a - b) <= distance]
                return [places[at] for pair in pairs for at in pair]
            case Phrase(forms, slop, name, exact):
                rows = [holding(form, exact, name) for form in forms]
                result = []
                for first in rows[0]:
                    last = first
                    for row in rows[1:]:
                        last = min((at for at in row if at > last), default=10**9)
                    if last - first - len(rows) + 1 <= slop:
                        result.append((places[first][0], places[last][1]))
                return result
        return []

    def whole(start: int, end: int) -> tuple[int, int]:
        while start and unicodedata.category(text[start])[0] == "M":
            start -= 1
        while end < len(text) and unicodedata.category(text[end])[0] == "M":
            end += 1
        return start, end

    return [whole(start, end) for start, end in marks(tree)]


class TestSnippet:
    def test_the_sentence_that_holds_the_words(self):
        snippet = highlighter("nato brussels").snippet(BODY, 120)
        assert snippet.text == BODY[:89]
        assert [snippet.text[a:b] for a, b in snippet.marks] == ["NATO", "Brussels"]

    def test_words_far_apart_give_two_fragments(self):
        body = (
            "Calm at sea. " + "Nobody said a word for a long while. " * 20 + "The storm came late."
        )
        snippet = highlighter("calm storm").snippet(body, 160)
        assert snippet.text.startswith("Calm at sea.")
        assert " … " in snippet.text
        assert [snippet.text[a:b] for a, b in snippet.marks] == ["Calm", "storm"]

    def test_the_fullest_fragment_wins_over_the_first(self):
        body = (
            "Oil is oil. "
            + "Nothing else. " * 30
            + "Oil prices rose in Vienna. "
            + "Nothing. " * 30
        )
        assert "Vienna" in highlighter("oil prices vienna").snippet(body, 80).text

    def test_a_phrase_is_shown_rather_than_its_words(self):
        body = "Crude words. " + "Nothing else. " * 30 + "Then crude oil fell. " + "Nothing. " * 30
        assert "crude oil fell" in highlighter('"crude oil"').snippet(body, 80).text

    def test_a_long_sentence_is_cut_between_words_with_ellipses(self):
        body = "word " * 100 + "kyiv " + "after " * 100
        text = highlighter("kyiv").snippet(body, 60).text
        assert re.fullmatch(r"…(word )+kyiv (after )*after…", text)
        assert 40 < len(text) <= 60

    def test_titles_and_initials_end_no_sentence(self):
        body = (
            "It rained all day. Then Gen. J. Doe met Mr. Roe in Kyiv. It snowed. "
            + "And so on. " * 20
        )
        assert highlighter("kyiv").snippet(body, 60).text.startswith("Then Gen. J. Doe met Mr. Roe")

    def test_without_a_match_the_beginning(self):
        assert highlighter("zzz").snippet("  Rain fell.\n\n" + "More rain. " * 50, 40).text == (
            "Rain fell. More rain. More rain."
        )

    @pytest.mark.parametrize("body", ["", " \n\t "])
    def test_an_empty_body(self, body):
        assert highlighter("kyiv").snippet(body, 100) == Marked("")

    def test_white_space_is_collapsed_and_marks_move_along(self):
        snippet = highlighter('"missile attack" kyiv').snippet(
            "A  missile\n   attack\ton\u00a0Kyiv ", 100
        )
        assert snippet == Marked("A missile attack on Kyiv", ((2, 16), (20, 24)))

    @pytest.mark.parametrize("space", ["\n", "\n\n", "\n\n\n", " \n\n ", "\n \n", "\r\n\r\n"])
    def test_ends_of_lines_are_collapsed(self, space):
        snippet = highlighter('kyiv "gold fell"').snippet(
            space.join(["oil", "in Kyiv", "gold", "fell"]), 100
        )
        assert snippet == Marked("oil in Kyiv gold fell", ((7, 11), (12, 21)))

    def test_a_phrase_longer_than_the_snippet_is_marked_where_it_shows(self):
        snippet = highlighter('"a z"~100').snippet("a" + " filler" * 90 + " z", 60)
        assert snippet.marks == ((0, len(snippet.text) - 1),)

    @pytest.mark.parametrize("length", [90, 5000])
    def test_a_word_too_long_is_shown_whole_only_if_it_can_be_one(self, length):
        text = highlighter("zzz").snippet("x" * length, 60).text
        assert len(text.strip("…")) == min(length, 58 if length > MAX_FORM_CHARS else length)

    @settings(deadline=None)
    @given(trees(), bodies, st.integers(40, 200))
    @example(Word("kyiv"), "kyiv.\u0301 a", 40)
    def test_it_is_made_of_parts_of_the_text(self, tree, body, max_chars):
        snippet = Highlighter(tree).snippet(body, max_chars)
        collapsed = re.sub(r"\s+", " ", body)
        parts = snippet.text.removeprefix("…").removesuffix("…").split(" … ")
        assert [part for part in parts if part not in collapsed] == []
        assert len(snippet.text) <= max(max_chars, MAX_FORM_CHARS + 2 * len(parts) * 3)
        assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.marks)
        assert all(left[1] < right[0] for left, right in pairwise(snippet.marks))

    @settings(deadline=None)
    @given(trees(), spaced_texts.filter(lambda text: "x" * 110 not in text), st.integers(40, 200))
    def test_no_word_and_no_character_is_cut(self, tree, body, max_chars):
        assume("…" not in body)
        text = Highlighter(tree).snippet(body, max_chars).text
        parts = text.removeprefix("…").removesuffix("…").split(" … ")
        known = set(tokens(body).forms)
        # The halves of a cut pair of an unspaced script are such scripts' words of one character.
        forms = [form for part in parts for form in tokens(part).forms if form.isascii()]
        assert [form for form in forms if form not in known] == []
        assert [part for part in parts if part and unicodedata.category(part[0])[0] == "M"] == []

    @settings(deadline=None)
    @given(trees(), spaced_texts)
    def test_what_is_marked_is_marked_in_the_body_too(self, tree, body):
        found = Highlighter(tree)
        marks = {re.sub(r"\s+", " ", body[start:end]) for start, end in found.marks(body)}
        snippet = found.snippet(body, 200)
        shown = {snippet.text[start:end] for start, end in snippet.marks}
        assert [part for part in shown if not any(part in mark for mark in marks)] == []
        assert bool(shown) == bool(marks)

    @pytest.mark.parametrize(
        "body",
        ["a " * 1000, "a" * 5000, " " * 5000, "\n" * 5000, "北京" * 2000, "a" + "\u0301" * 5000, "a." * 2000,
         "👩‍👩‍👧" * 1000, "A. " * 1000, '."' * 2000, "\x00" * 500, "\ud800 " * 500, "🇺🇸" * 500],
        ids=["words", "word", "blanks", "lines", "han", "accents", "dots", "emoji", "initials", "quotes",
             "nul", "surrogates", "flags"],
    )  # fmt: skip
    @pytest.mark.parametrize("query", ["a", '"a a a"~100', "a* a*a*a", "ab~2", "北京", "zzz"])
    def test_hostile_bodies(self, body, query):
        assert len(highlighter(query).snippet(body, 240).text) <= 240


class TestArticle:
    def test_title_and_paragraphs_to_the_letter(self):
        article = Article(
            article_id="a",
            title="Missile over Kyiv",
            body="One  missile.\n\nNothing here.\n\n  Kyiv was hit by\nmissiles. ",
        )
        title, paragraphs = mark_article(Document(article), parse("missiles kyiv").tree)
        assert title == Marked("Missile over Kyiv", ((0, 7), (13, 17)))
        assert paragraphs == (
            Marked("One  missile.", ((5, 12),)),
            Marked("Nothing here."),
            Marked("Kyiv was hit by\nmissiles.", ((0, 4), (16, 24))),
        )

    def test_a_phrase_across_paragraphs_is_marked_in_both(self):
        article = Article(article_id="a", title="", body="the firm\n\nresponse came")
        _, paragraphs = mark_article(Document(article), parse('"firm response"').tree)
        assert paragraphs == (Marked("the firm", ((4, 8),)), Marked("response came", ((0, 8),)))
