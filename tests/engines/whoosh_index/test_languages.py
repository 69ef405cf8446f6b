"""Stems by language: index, query and highlight hold together, in each language that has stems and beside others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import whoosh.index
from whoosh.qparser import QueryParser

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.highlight.highlighter import Highlighter
from search.model.article import Document
from search.query.tree import Query, Word
from search.text.stems import LANGUAGES, stem
from search.text.words import fold, tokens
from tests.support.documents import document
from tests.support.language_texts import TEXTS
from tests.support.older_segments import without_column

DOCS = Path(__file__).parents[3] / "docs"
#: A row of docs/words.md: `code` | `word` *form, form* | ...
ROW = re.compile(r"^\| \w+ `(\w\w)` \|(.*)\|$", re.M)
CELL = re.compile(r"`([^`]+)` \*([^*]+)\*")
PAGE = {
    code: [(word, forms.split(", ")) for word, forms in CELL.findall(cells)]
    for code, cells in ROW.findall((DOCS / "words.md").read_text(encoding="utf-8"))
}
CASES = [(code, word, forms) for code, row in PAGE.items() for word, forms in row]


def word_of(text: str) -> Query:
    (form,) = tokens(text).forms
    return Word(form)


def id_of(code: str, form: str) -> str:
    return f"{code}-{form.encode().hex()}"


def ids(engine: WhooshEngine, tree: Query) -> set[str]:
    return set(engine.ids(SearchRequest(tree=tree)))


@pytest.fixture(scope="module")
def of_the_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    """Have an article for each form of each language of the page, in that language."""
    with closing(WhooshEngine(tmp_path_factory.mktemp("index"), make=True)) as engine:
        engine.add(
            document(id_of(code, form), body=f"1 {form} 2", language=code)
            for code, word, forms in CASES
            for form in [word, *forms]
        )
        yield engine


def test_the_page_has_five_words_in_each_of_fifteen_languages() -> None:
    assert {code: len(row) for code, row in PAGE.items()} == dict.fromkeys(PAGE, 5)
    assert len(PAGE) == 15


@pytest.mark.parametrize(("code", "word", "forms"), CASES, ids=[f"{c} {w}" for c, w, _ in CASES])
def test_a_word_of_the_page(
    of_the_page: WhooshEngine, code: str, word: str, forms: list[str]
) -> None:
    wanted = {id_of(code, form) for form in [word, *forms]}
    for asked in (word, *forms, fold(word)):
        assert wanted <= ids(of_the_page, word_of(asked))


# Property: what is found is what is marked

ARTICLES = {
    f"{code}-of-{name}": document(f"{code}-of-{name}", body=text, language=code)
    for name, text in TEXTS.items()
    for code in {name, "en", "de", "ru"}
}
ARTICLES |= {
    f"words-of-{code}": document(
        f"words-of-{code}",
        body=" ".join(form for word, forms in row for form in [word, *forms]),
        language=code,
    )
    for code, row in PAGE.items()
}


@pytest.fixture(scope="module")
def of_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    with closing(WhooshEngine(tmp_path_factory.mktemp("index"), make=True)) as engine:
        documents = list(ARTICLES.values())
        for first in range(0, len(documents), 30):  # several segments, some merged
            engine.add(documents[first : first + 30])
        yield engine


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_what_is_found_is_what_is_marked(of_many: WhooshEngine, code: str) -> None:
    for form in [*dict.fromkeys(tokens(ARTICLES[f"{code}-of-{code}"].article.body).forms)][::5]:
        found = Highlighter(Word(form))
        marked = {
            article_id: marked_forms(found, each)
            for article_id, each in ARTICLES.items()
            if marked_forms(found, each)
        }
        assert set(marked) == ids(of_many, Word(form))
        for article_id, forms in marked.items():
            language = ARTICLES[article_id].article.language
            own = language if language in LANGUAGES else ""
            assert {stem(each, own) for each in forms} == {stem(form, own)}


def marked_forms(highlighter: Highlighter, of: Document) -> list[str]:
    """Return the forms of the words that are marked in the body of an article."""
    body = of.article.body
    marks = highlighter.marks(body, "body", language=of.article.language)
    forms = [tokens(body[start:end]).forms for start, end in marks]
    return [form for found in forms for form in found]


# A stem is of one language


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    with closing(WhooshEngine(tmp_path_factory.mktemp("index"), make=True)) as engine:
        engine.add(
            [
                document("german", body="Die Rakete traf.", language="de"),
                document("austrian", body="Zwei Raketen trafen.", language="de-AT"),
                document("english", body="Many die. Each dies as Raketen fall.", language="en"),
                document("unknown", body="One of the missiles dies."),
                document("ukrainian", body="Die Rakete", language="uk"),
            ]
        )
        yield engine


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("raketen", {"german", "austrian", "english"}),
        ("rakete", {"german", "austrian", "ukrainian"}),
        ("die", {"german", "english", "unknown", "ukrainian"}),
        ("dies", {"english", "unknown"}),
        ("missile", {"unknown"}),
    ],
)
def test_a_stem_is_of_one_language(of_two: WhooshEngine, asked: str, wanted: set[str]) -> None:
    assert ids(of_two, Word(asked)) == wanted
    assert ids(of_two, Word(asked, "body")) == wanted


def test_stems_of_all_languages_are_counted(of_two: WhooshEngine) -> None:
    stems = {
        (own, stem(form, own))
        for body, own in [
            ("Die Rakete traf. Zwei Raketen trafen.", "de"),
            ("Many die. Each dies as Raketen fall. One of the missiles dies.", "en"),
            ("Die Rakete", ""),
        ]
        for form in tokens(body).forms
    }
    assert of_two.count_terms() == len(stems)


def test_whoosh_stems_a_query_in_the_main_language(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document(f"{n}", body="Zwei Raketen trafen.", language="de") for n in "abc"])
        engine.add([document("english", body="The rake was raked.", language="en")])
    with closing(whoosh.index.open_dir(tmp_path)) as index, index.searcher() as searcher:
        query = QueryParser("text", index.schema).parse("Rakete")
        assert {hit["id"] for hit in searcher.search(query)} == {"a", "b", "c"}


def test_an_index_without_languages_of_stems_has_english_ones_and_says_so(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", body="Raketen, missiles", language="de")])
        assert engine.lacking() == ()
    without_column(tmp_path, "stem_language")
    with closing(WhooshEngine(tmp_path)) as engine:
        assert engine.lacking() == ("stem_language",)
        assert ids(engine, Word("rakete")) == set()
        engine.add([document("b", body="Raketen", language="de")])
        assert ids(engine, Word("rakete")) == {"b"}
