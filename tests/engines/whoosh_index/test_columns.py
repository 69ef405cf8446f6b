"""What a segment's columns say, decoded one number at a time, against what `search.text.words` says of the articles.

The oracle knows nothing of arrays: it lays the words of each article out as docs/ranking.md says.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.ranking import POSITION_GAP
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.codes import (
    FREQUENCY_OF_CODE,
    WEIGHT_OF_CODE,
    encode_codes,
)
from search.engines.whoosh_index.format.columns import ColumnFile, FileOf, write_columns
from search.engines.whoosh_index.format.constants import ESCAPE, KEY_STEP
from search.engines.whoosh_index.format.layout import LAYOUT, Family, special_weights
from search.engines.whoosh_index.segment.family import SortedStrings
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.model.article import Document, Entities, Entity
from search.model.fields import FIELDS
from search.query.tree import Fuzzy, Wildcard
from search.text.known_names import with_known_forms
from search.text.stems import stem
from search.text.strings import Strings
from search.text.words import tokens
from tests.support.documents import document

MERGE_FACTOR = WRITE_LIMITS.merge_factor


@dataclass
class Words:
    """Word -> article id -> frequency and weighted frequency, of stems and of forms, and positions."""

    stems: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    forms: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    positions: dict[tuple[str, str], list[int]] = field(default_factory=dict)


def stem_in(family: Family, form: str) -> str:
    """Return the term that *form* is listed under; in a family of names that is the form."""
    return stem(form) if family.name == "text" else form


def expected(articles: Iterable[Document], family: Family) -> Words:
    words = Words()
    for article in articles:
        position = 0
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for name in family.fields:
            is_text = family.name == "text"
            texts = (LAYOUT.values[name] if is_text else FIELDS.texts[name])(article)
            if name in LAYOUT.texts and not is_text:
                texts = with_known_forms(texts)
            for value in texts:
                if not is_text and not value.strip():
                    continue  # a blank value takes no room but in the text
                for form in tokens(value).forms:
                    places[form].append((position, FIELDS.weights.get(name, 1)))
                    position += 1
                position += POSITION_GAP
        sums: dict[str, list[int]] = defaultdict(list)
        for form, found in places.items():
            counted = len(found), sum(weight for _, weight in found)
            words.forms.setdefault(form, {})[article.article_id] = counted
            words.positions[form, article.article_id] = [at for at, _ in found]
            sums[stem_in(family, form)] += [weight for _, weight in found]
        for term, weights in sums.items():
            words.stems.setdefault(term, {})[article.article_id] = len(weights), sum(weights)
    return words


class Decoder:
    """The columns of one family of one segment, read number by number."""

    def __init__(self, segment: SegmentReader, family: Family) -> None:
        self.segment = segment
        self.family = family
        self.ids = segment.ids.all()

    def column(self, name: str) -> list[int]:
        return self.segment.columns[f"{self.family.name}.{name}"].tolist()

    def strings(self, name: str) -> list[str]:
        raw = bytes(self.segment.columns.bytes_of(f"{self.family.name}.{name}.bytes"))
        starts = self.column(name + ".starts")
        strings = [raw[a:b] for a, b in itertools.pairwise(starts)]
        assert strings == sorted(set(strings))
        keys = [int.from_bytes((s + bytes(8))[:8], "big") for s in strings[::4]]
        assert self.column(name + ".keys") == keys
        return [s.decode() for s in strings]

    def lists(self, name: str) -> list[list[tuple[int, int, int]]]:
        """Return the (document, frequency, weight) of each list."""
        assert self.segment.columns[f"{self.family.name}.{name}.documents"].dtype == np.uint16
        assert self.segment.columns[f"{self.family.name}.{name}.codes"].dtype == np.uint8
        columns = (
            self.column(f"{name}.exceptions.{c}") for c in ("postings", "frequencies", "weights")
        )
        exceptions = {
            posting: (frequency, weight)
            for posting, frequency, weight in zip(*columns, strict=True)
        }
        assert list(exceptions) == sorted(exceptions)
        codes = self.column(name + ".codes")
        assert list(exceptions) == [at for at, code in enumerate(codes) if code == ESCAPE]
        documents = self.column(name + ".documents")
        first = self.column(name + ".first_posting")
        assert first[-1] == len(documents) == len(codes)
        lists = []
        for start, end in itertools.pairwise(first):
            numbers = documents[start:end]
            assert numbers == sorted(set(numbers))
            lists.append(
                [
                    (
                        documents[at],
                        *exceptions.get(
                            at, (int(FREQUENCY_OF_CODE[codes[at]]), int(WEIGHT_OF_CODE[codes[at]]))
                        ),
                    )
                    for at in range(start, end)
                ]
            )
        return lists

    def words(self) -> Words:
        words = Words()
        forms = self.strings("forms")
        lists = self.lists("forms")
        positions = self.column("forms.positions")
        first_position = self.column("forms.first_position")
        assert self.segment.columns[f"{self.family.name}.forms.positions"].dtype.itemsize >= 2
        assert first_position[-1] == len(positions)
        for number, (form, postings) in enumerate(zip(forms, lists, strict=True)):
            at = first_position[number]
            for number_, frequency, weight in postings:
                article_id = self.ids[number_]
                words.forms.setdefault(form, {})[article_id] = frequency, weight
                words.positions[form, article_id] = positions[at : at + frequency]
                at += frequency
            assert at == first_position[number + 1]
            assert postings
        self.read_stems(words, forms)
        return words

    def read_stems(self, words: Words, forms: Sequence[str]) -> None:
        stems = self.strings("stems")
        first_form = self.column("stems.first_form")
        listed = self.column("stems.forms")
        assert len(set(listed)) == len(listed) == first_form[-1]
        for number, (term, postings) in enumerate(zip(stems, self.lists("stems"), strict=True)):
            of_stem = listed[first_form[number] : first_form[number + 1]]
            assert of_stem == sorted(of_stem)
            assert {stem_in(self.family, forms[form]) for form in of_stem} == {term}
            if len(of_stem) == 1:
                assert forms[of_stem[0]] != term
                assert not postings
                words.stems[term] = words.forms[forms[of_stem[0]]]
            else:
                assert len(of_stem) > 1
                words.stems[term] = {self.ids[d]: (f, w) for d, f, w in postings}
        for number, form in enumerate(forms):
            if number not in set(listed):
                assert stem_in(self.family, form) == form
                words.stems[form] = words.forms[form]


def segments_of(folder: Path) -> list[SegmentReader]:
    toc = read_toc(folder, latest_generation(folder))
    return [SegmentReader(folder, name) for name in toc.segments]


def check(folder: Path, articles: Mapping[str, Document]) -> None:
    """Assert that the segments of *folder* hold the words of *articles*, and of what is deleted in them."""
    found: list[str] = []
    for segment in segments_of(folder):
        ids = segment.ids.all()
        live = {ids[document] for document in segment.live_documents().tolist()}
        found += live
        for family in LAYOUT.families:
            words = Decoder(segment, family).words()
            wanted = expected((articles[i] for i in sorted(live)), family)
            for of, table in ((words.stems, wanted.stems), (words.forms, wanted.forms)):
                lives = {w: {i: n for i, n in p.items() if i in live} for w, p in of.items()}
                assert {word: postings for word, postings in lives.items() if postings} == table
            positions = {key: p for key, p in words.positions.items() if key[1] in live}
            assert positions == wanted.positions
        assert segment.verify() == []
    assert sorted(found) == sorted(articles)


def article(article_id: str, body: str = "", title: str = "") -> Document:
    return document(article_id, title=title, body=body)


MANY_FORMS = "connect connected connecting connection connections connects"
CASES = {
    "no word": [article("a")],
    "one word": [article("a", "gold")],
    "one form that is not its stem": [article("a", "running"), article("b", "running")],
    "a stem that is a form of another": [article("a", "universe university universal univers")],
    "many forms": [
        article("a", MANY_FORMS, "Connected"),
        article("b", "connects connects"),
        article("c", MANY_FORMS * 20),
    ],
    "frequency 62 to 65": [article(f"n{n}", "gold " * n) for n in range(62, 66)],
    "sums of forms past 63": [article("a", "mine " * 40 + "mines " * 40), article("b", "mine")],
    "extra 2 to 5": [article(f"n{n}", "gold " * 5, "gold " * n) for n in range(2, 6)],
    "frequency 63 and extra 3": [article("a", "gold " * 60, "gold " * 3), article("b", "gold")],
    "frequency 64 and extra 3, 255 if encoded": [article("a", "gold " * 61, "gold " * 3)],
    "beyond the BMP": [article("a", "𝔊old 😀😀 𠀀𠀁𠀂 gold", "𐐀𐐀 é ß"), article("b", "𠀀𠀁")],
    "equal in their first eight bytes": [
        article("a", "internation international internationally intern internat internati"),
        article("b", "international"),
    ],
    "long words": [article("a", "x" * 99 + " " + "x" * 100 + " " + "x" * 300 + " " + "xé" * 90)],
    "positions past 65,535": [article("a", "w " * 70_000 + "end", "t"), article("b", "end w")],
    "all fields": [
        document(
            "a",
            title="Ann sees Ann",
            body="Lee runs. AT&T",
            authors=("Ann Lee", "Bob Running"),
            source="The Ann News",
            section="World news",
            language="en-GB",
            url="https://example.org/ann/lee",
            entities=Entities((Entity("Ann Lee"),), (Entity("AT&T"), Entity("U.N.")), ()),
        )
    ],
}


@pytest.mark.parametrize("articles", CASES.values(), ids=CASES)
def test_columns_hold_the_words_of_the_articles(tmp_path: Path, articles: list[Document]) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(articles)
    check(tmp_path, {a.article_id: a for a in articles})


@pytest.mark.parametrize("articles", CASES.values(), ids=CASES)
def test_merged_columns_hold_them_too(tmp_path: Path, articles: list[Document]) -> None:
    """Each in a segment of its own, between others, half of which go."""
    engine = WhooshEngine(tmp_path, make=True)
    fillers = [article(f"f{n}", f"gold mines connecting w{n}") for n in range(MERGE_FACTOR)]
    for filler in fillers[: MERGE_FACTOR // 2]:
        engine.add([filler])
    for added in articles:
        engine.add([added])
    for filler in fillers[MERGE_FACTOR // 2 :]:
        engine.add([filler])
    engine.delete([filler.article_id for filler in fillers[::2]])
    assert len(segments_of(tmp_path)) < MERGE_FACTOR
    check(tmp_path, {a.article_id: a for a in (*articles, *fillers[1::2])})


def test_all_deleted_leaves_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(CASES["many forms"])
    engine.delete("abc")
    check(tmp_path, {})
    engine.add(CASES["all fields"])
    check(tmp_path, {a.article_id: a for a in CASES["all fields"]})


WORDS = (
    *MANY_FORMS.split(), "gold", "golden", "Gold", "U.S.", "3,000", "running", "runs", "run", "don't",
    "été", "北京大学", "𠀀𠀁", "😀", "internationally", "international", "x" * 120,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=70).map(" ".join)
ANY_TEXTS = st.one_of(TEXTS, st.text(st.characters(exclude_categories=("Cs",)), max_size=40))


@st.composite
def some_articles(draw: st.DrawFn) -> Document:
    return document(
        draw(st.sampled_from([f"n{n}" for n in range(12)])),
        title=draw(ANY_TEXTS),
        body=draw(ANY_TEXTS),
        authors=tuple(draw(st.lists(ANY_TEXTS, max_size=2))),
        source=draw(st.sampled_from(["", " ", "Gold News", "Running"])),
        url=draw(st.sampled_from(["", "https://gold.example/running"])),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(some_articles(), st.sampled_from("0123456789")), max_size=25))
def test_after_any_edits_columns_hold_the_words(edits: list[Document | str]) -> None:
    """Each addition is a commit, so that merges come often; a digit deletes an article."""
    with TemporaryDirectory() as folder:
        engine = WhooshEngine(folder, make=True)
        held: dict[str, Document] = {}
        for edit in edits:
            if isinstance(edit, str):
                engine.delete([f"n{edit}"])
                held.pop(f"n{edit}", None)
            else:
                engine.add([edit])
                held[edit.article_id] = edit
        check(Path(folder), held)


@pytest.mark.parametrize(
    ("frequency", "weight", "code"),
    [
        (1, 1, 0),
        (1, 2, 64),
        (63, 63, 62),
        (63, 66, 254),
        (64, 64, ESCAPE),
        (64, 67, ESCAPE),
        (5, 9, ESCAPE),
        (4, 8, ESCAPE),
        (3, 6, 194),
        (100_000, 100_001, ESCAPE),
    ],
)
def test_codes(frequency: int, weight: int, code: int) -> None:
    assert encode_codes(np.array([frequency]), np.array([weight])).tolist() == [code]
    if code != ESCAPE:
        assert (FREQUENCY_OF_CODE[code], WEIGHT_OF_CODE[code]) == (frequency, weight)


def test_families_of_names_have_empty_stem_columns(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(CASES["all fields"])
    (segment,) = segments_of(tmp_path)
    for family in LAYOUT.families[1:]:
        for name in ("bytes", "keys", "forms", "documents", "codes", "exceptions.postings"):
            assert len(segment.columns[f"{family.name}.stems.{name}"]) == 0
        for name in ("starts", "first_form", "first_posting"):
            assert segment.columns[f"{family.name}.stems.{name}"].tolist() == [0]


@pytest.mark.parametrize(
    ("weights", "special"),
    [
        ((1,), ()),
        ((1, 1, 1), ()),
        ((2, 1, 1), ((0, 2),)),
        ((3, 2, 1), ((1, 2), (0, 3))),
        ((2, 2, 1, 1), ((1, 2),)),
        ((1, 2, 1), ((1, 2), (0, 1))),
        ((1, 3, 3, 2, 1), ((3, 2), (2, 3), (0, 1))),
        ((1, 1, 2), ((1, 1),)),
    ],
    ids=str,
)
def test_special_weights_tell_what_each_field_weighs(
    weights: tuple[int, ...], special: tuple[tuple[int, int], ...]
) -> None:
    assert special_weights(weights) == special
    for number, weight in enumerate(weights):
        found = weights[-1]
        for place, other in special:
            if number <= place:  # then it is before the end of that field
                found = other
        assert found == weight


FORMS = (
    "",
    "a",
    "aaa",
    "abé",
    "b" * 100,
    "gold",
    "na\u0308ive",
    "é" * 100,
    "北京大学",
    "𠀀𠀁x",
    "😀",
)


@pytest.mark.parametrize("block", [1, 2, 3, len(FORMS), 1000])
@pytest.mark.parametrize("count", [0, 1, 2, len(FORMS)])
def test_forms_are_read_in_blocks_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, count: int
) -> None:
    """They were kept for every segment, some 130 bytes a form."""
    monkeypatch.setattr("search.engines.whoosh_index.segment.family._BLOCK", block)
    forms = Strings.of(sorted(FORMS[:count]))
    columns = {**forms.columns("forms"), "forms.keys": forms.keys(KEY_STEP)}
    write_columns(tmp_path / "forms", FileOf("words", "x", 0, 0), columns.items())
    strings = SortedStrings(ColumnFile(tmp_path / "forms"), "forms")
    before = dict(vars(strings))
    assert list(strings.in_turn()) == sorted(FORMS[:count])
    assert vars(strings) == before


def test_a_fuzzy_word_and_a_wildcard_leave_nothing_in_memory(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, make=True)
    engine.add(CASES["many forms"])
    reader = engine._index.current().segments[0].family("text")
    before = set(vars(reader))
    for tree in (Wildcard("*ed"), Fuzzy("conect", 2)):
        assert engine.count(SearchRequest(tree=tree))
    kept = {name: vars(reader)[name] for name in set(vars(reader)) - before}
    assert not [name for name, value in kept.items() if isinstance(value, list)]
    assert not [
        n for n, value in kept.items() if isinstance(value, np.ndarray) and value.flags.owndata
    ]
