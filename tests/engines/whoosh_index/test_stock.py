"""The way out: stock Whoosh over our segments, its writer beside them, and an index of its own segments alone.

Three indexes of the same articles are asked the same: ours, after edits that leave several segments and
deletions; one that Whoosh wrote from the articles; and ours rewritten by Whoosh.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import whoosh.index
import whoosh.query as w
from whoosh.highlight import WholeFragmenter
from whoosh.index import LockError
from whoosh.query.spans import SpanContains, SpanFirst, SpanNear2
from whoosh.sorting import DateRangeFacet, FieldFacet

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.schema import index_schema
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.write.commit import write_lock
from search.model.article import Article, Document
from search.model.errors import EngineError, IndexDamaged, IndexLocked
from search.query.tree import Word
from tests.support.documents import document

TEXT = (
    "attack attacks attacked missile missiles kyiv nato oil gas talks talking talk the the of in and said "
    "prime minister may us 北京 café budget vote votes voting winter grid sea power"
)
WORDS = TEXT.split()


def made(number: int) -> Document:
    """Return an article of random words, the same for the same number."""
    chance = random.Random(number)
    words = chance.choices(WORDS, k=40)
    published = datetime(2024, 1, 1, 9, 30, tzinfo=UTC) + timedelta(days=3 * number)
    return document(
        f"n{number:02}",
        title=" ".join(words[:6]),
        body=" ".join(words[6:]),
        authors=("Ann Lee",) if number % 3 else ("Bob Ray",),
        published=published if number % 4 else None,
        published_precision="minute" if number % 4 else "",
        source=("Reuters", "AP", "The Daily")[number % 3],
        url=f"https://example.org/{number}",
    )


DELETED = ["n02", "n11", "n37"]
ARTICLES = [made(n) for n in range(40) if f"n{n:02}" not in DELETED]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours") / "index"
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(made(n + 50) for n in range(10))
        for first in range(0, 40, 10):
            engine.add(made(n) for n in range(first, first + 10))
        engine.delete([f"n{n}" for n in range(50, 60)])
        engine.delete(DELETED)
        assert engine.stats().segments == 4
        assert any(s.deleted for s in read_toc(folder, latest_generation(folder)).segments)
    return folder


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index that Whoosh wrote, of the fields that one value makes."""
    folder = tmp_path_factory.mktemp("stock")
    with whoosh.index.create_in(folder, index_schema()).writer() as writer:
        for each in ARTICLES:
            writer.add_document(**whoosh_fields(each.article))
    return folder


@pytest.fixture(scope="module")
def rewritten(ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rewritten") / "index"
    shutil.copytree(ours, folder)
    whoosh.index.open_dir(folder).writer().commit(optimize=True)
    return folder


@pytest.fixture(scope="module")
def searchers(ours: Path, stock: Path, rewritten: Path) -> Iterator[list[Any]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(whoosh.index.open_dir(folder).searcher())
            for folder in (ours, stock, rewritten)
        ]


def whoosh_fields(article: Article) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": article.article_id,
        "title": article.title,
        "title_exact": article.title,
        "body": article.body,
        "body_exact": article.body,
        "authors": " ".join(article.authors),
        "source": article.source,
        "url": article.url,
    }
    if article.published is not None:
        fields["date"] = article.published.replace(tzinfo=None)
    return fields


def body(word: str) -> w.Term:
    return w.Term("body", word)


QUERIES = {
    "term": body("missil"),
    "and": w.And([body("kyiv"), body("attack"), w.Term("title", "the")]),
    "or of many": w.Or([body("kyiv"), body("nato"), body("oil"), w.Term("id", "n01")]),
    "not": w.Not(body("kyiv")),
    "and not": w.AndNot(body("kyiv"), body("oil")),
    "and maybe": w.AndMaybe(body("kyiv"), body("oil")),
    "require": w.Require(body("kyiv"), body("oil")),
    "best of several": w.DisjunctionMax([body("kyiv"), w.Term("title", "kyiv")]),
    "constant score": w.ConstantScoreQuery(body("kyiv"), 2.0),
    "prefix": w.Prefix("body_exact", "vot"),
    "wildcard": w.Wildcard("body_exact", "m*s?l*"),
    "regular expression": w.Regex("body_exact", "t[aeiou]lk(s|ing)"),
    "fuzzy": w.FuzzyTerm("body_exact", "kyyv"),
    "fuzzier": w.FuzzyTerm("body_exact", "udgt", maxdist=2, prefixlength=0),
    "variations": w.Variations("body_exact", "attack"),
    "words from to": w.TermRange("body_exact", "ga", "kz"),
    "numbers from to": w.NumericRange("date", 0, 10**17),
    "dates from to": w.DateRange("date", datetime(2024, 2, 1), datetime(2024, 3, 1)),
    "dates from, without the first": w.DateRange("date", datetime(2024, 1, 4, 9, 30), None, True),
    "dates to, without the last": w.DateRange("date", None, datetime(2024, 1, 7, 9, 30), False, True),
    "phrase": w.Phrase("body_exact", ["the", "the"]),
    "phrase with slop": w.Phrase("body_exact", ["said", "minister"], slop=4),
    "spans near": SpanNear2([body("said"), body("the")], slop=3, ordered=False),
    "spans at the start": SpanFirst(body("the"), limit=2),
    "spans in spans": SpanContains(SpanNear2([body("said"), body("the")], slop=9), body("in")),
    "in order": w.Ordered([body("kyiv"), body("said")]),
    "in a row": w.Sequence([body("talk"), w.Prefix("body", "m")], slop=2),
    "every": w.Every(),
    "every that has a date": w.Every("date"),
    "name": w.Term("authors", "ray"),
    "parents": w.NestedParent(w.Every("title"), body("kyiv")),
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_stock_query_finds_the_same_articles(searchers: list[Any], query: w.Query) -> None:
    found, *others = ({h["id"] for h in s.search(query, limit=None)} for s in searchers)
    assert found
    assert [other ^ found for other in others] == [set(), set()]


def by_date(searcher: Any) -> object:
    return [hit["id"] for hit in searcher.search(w.Every("date"), sortedby="date", limit=None)]


def by_date_from_the_newest(searcher: Any) -> object:
    return [hit["id"] for hit in searcher.search(w.Every("date"), sortedby="date", reverse=True)]


def groups_of_authors(searcher: Any) -> object:
    facet = FieldFacet("authors", allow_overlap=True)
    found = searcher.search(body("kyiv"), groupedby={"author": facet}, limit=None)
    return {name: len(documents) for name, documents in found.groups("author").items()}


def groups_of_months(searcher: Any) -> object:
    bounds = datetime(2024, 1, 1), datetime(2024, 6, 1), timedelta(days=30)
    facet = DateRangeFacet("date", *bounds)
    found = searcher.search(w.Every("date"), groupedby={"month": facet}, limit=None)
    return {month: len(documents) for month, documents in found.groups("month").items()}


def marks(searcher: Any) -> object:
    """Return how often each article is marked in all of it: of equal fragments Whoosh takes any."""
    found = searcher.search(body("missil"), limit=None)
    found.fragmenter = WholeFragmenter()
    return {hit["id"]: hit.highlights("body").count("<b ") for hit in found}


def key_terms(searcher: Any) -> object:
    found = searcher.search(w.Term("id", "n01"))
    return sorted(word for word, _ in found.key_terms("body", numterms=5))


def filtered(searcher: Any) -> object:
    found = searcher.search(body("the"), filter=body("kyiv"), mask=body("oil"), limit=None)
    return {hit["id"] for hit in found}


def pages(searcher: Any) -> object:
    page = searcher.search_page(body("the"), 2, pagelen=5)
    return page.total, page.pagecount, len(list(page))


def stored(searcher: Any) -> object:
    document = searcher.document(id="n01")
    return document["title"], document["body"], document["date"], document["url"]


def words(searcher: Any) -> object:
    return {name: list(searcher.reader().field_terms(name)) for name in ("body", "id", "url")}


def statistics(searcher: Any) -> object:
    reader = searcher.reader()
    most = reader.most_frequent_terms("body", 5)
    return most, reader.frequency("body", "the"), reader.doc_frequency("body", "the")


def suggestions(searcher: Any) -> object:
    return searcher.suggest("body_exact", "winnter")


@pytest.mark.parametrize(
    "ask",
    [
        by_date, by_date_from_the_newest, groups_of_authors, groups_of_months, marks, key_terms,
        filtered, pages, stored, words, statistics, suggestions,
    ],
)  # fmt: skip
def test_what_else_whoosh_can_be_asked_is_answered_the_same(
    searchers: list[Any], ask: Callable[[Any], object]
) -> None:
    answer, *others = map(ask, searchers)
    assert answer
    assert others == [answer, answer]


@pytest.fixture
def folder(ours: Path, tmp_path: Path) -> Path:
    """Return a copy of our index, to be changed."""
    shutil.copytree(ours, tmp_path / "index")
    return tmp_path / "index"


def ids(folder: Path, query: w.Query) -> set[str]:
    with whoosh.index.open_dir(folder).searcher() as searcher:
        return {hit["id"] for hit in searcher.search(query, limit=None)}


def test_a_stock_writer_adds_its_segments_beside_ours(folder: Path) -> None:
    before = ids(folder, body("kyiv"))
    writer = whoosh.index.open_dir(folder).writer()
    writer.add_document(id="new", body="Kyiv")
    writer.commit(merge=False)
    kinds = [type(segment).__name__ for segment in whoosh.index.open_dir(folder)._segments()]
    assert kinds == [*["ColumnSegment"] * 4, "W3Segment"]
    assert ids(folder, body("kyiv")) == {*before, "new"}
    with pytest.raises(IndexDamaged, match=r"stock Whoosh wrote.*another folder"):
        WhooshEngine(folder)


def test_a_stock_writer_rewrites_ours_as_its_own(folder: Path) -> None:
    before = ids(folder, w.Every())
    writer = whoosh.index.open_dir(folder).writer()
    writer.add_document(id="new", body="Kyiv")
    writer.commit(optimize=True)
    kinds = [type(segment).__name__ for segment in whoosh.index.open_dir(folder)._segments()]
    assert kinds == ["W3Segment"]
    assert ids(folder, w.Every()) == {*before, "new"}
    assert not [path for path in folder.iterdir() if path.suffix.startswith(".ns")]


WITHOUT_NEWSSEARCH = """
import sys
sys.modules["search"] = None
import whoosh.index, whoosh.query
from whoosh.fields import DATETIME, ID, TEXT, Schema
schema = Schema(id=ID(stored=True), title=TEXT(phrase=False), date=DATETIME(sortable=True))
with whoosh.index.open_dir(sys.argv[1], schema=schema).searcher() as searcher:
    print(*sorted(hit["id"] for hit in searcher.search(whoosh.query.Term("title", "kyiv"), limit=None)))
"""


def test_what_was_rewritten_opens_without_newssearch(rewritten: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_NEWSSEARCH, str(rewritten)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(ids(rewritten, w.Term("title", "kyiv")))


def test_a_stock_writer_that_would_delete_is_told_who_can(folder: Path) -> None:
    before = ids(folder, w.Every())
    writer = whoosh.index.open_dir(folder).writer()
    with pytest.raises(EngineError, match="newssearch delete"):
        writer.update_document(id="n01", body="Kyiv")
    writer.cancel()
    assert ids(folder, w.Every()) == before
    assert WhooshEngine(folder).delete(["n01"]) == 1


def test_stock_writers_and_ours_wait_for_each_other(folder: Path) -> None:
    index = whoosh.index.open_dir(folder)
    writer = index.writer()
    with closing(WhooshEngine(folder, lock_timeout_ms=0)) as engine:
        with pytest.raises(IndexLocked):
            engine.delete(["n01"])
        writer.cancel()
        with write_lock(folder, 0), pytest.raises(LockError):
            index.writer()
        assert engine.count(SearchRequest(tree=Word("the"))) == len(
            ids(folder, w.Term("text", "the"))
        )
