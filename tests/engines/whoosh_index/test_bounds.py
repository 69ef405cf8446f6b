"""The bounds that a format of 16-bit numbers has, crossed by as many articles and words as it takes.

The other bounds of the engine are made small in tests/engines/whoosh_index/test_oracle.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from search.engines.protocol.facets import FacetValue
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.layout import MAX_DOCUMENTS
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.model.article import Document
from search.model.question import FacetRequest, Selection
from search.query.tree import DateRange, Everything, Near, Not, Phrase, Query, Wildcard, Word
from tests.support.documents import as_given, document
from tests.support.engine_samples import bound

MERGE_FACTOR = WRITE_LIMITS.merge_factor

#: The articles that stand on either side of a bound, and the first and last.
EDGES = (0, MAX_DOCUMENTS - 1, MAX_DOCUMENTS, MAX_DOCUMENTS + 1)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)


def small(number: int) -> Document:
    """Return an article with a word, an author and a minute of its own."""
    return document(
        f"n{number}",
        title="",
        body=f"gold w{number} " + "silver " * (number % 70),
        authors=(f"author {number}",),
        published=FIRST + timedelta(minutes=number),
        published_precision="minute",
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    folder = tmp_path_factory.mktemp("index")
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(small(number) for number in range(MAX_DOCUMENTS + 2))
        yield engine


def ids(engine: WhooshEngine, tree: Query, **request: object) -> list[str]:
    hits = engine.search(SearchRequest(tree=tree, **request)).hits  # type: ignore[arg-type]
    return [hit.article.article_id for hit in hits]


def test_a_segment_takes_no_more_articles_than_16_bits_number(many):
    assert many.stats().segments == 2
    assert many.count(SearchRequest()) == MAX_DOCUMENTS + 2


@pytest.mark.parametrize("number", EDGES)
def test_articles_beside_the_bound_are_found(many, number):
    instant = FIRST + timedelta(minutes=number)
    chosen = (Selection("author", (f"author {number}",)),)
    expected = [f"n{number}"]
    assert ids(many, Word(f"w{number}")) == expected
    assert ids(many, Phrase(("gold", f"w{number}"))) == expected
    assert ids(many, Word(str(number), "author")) == expected
    assert ids(many, Everything(), selections=chosen) == expected
    assert ids(many, DateRange(bound(instant), bound(instant + timedelta(minutes=1)))) == expected
    assert as_given(many, f"n{number}") == small(number)
    assert many.count(SearchRequest(tree=Not(Word(f"w{number}")))) == MAX_DOCUMENTS + 1


def test_more_values_of_a_facet_than_16_bits_number(many):
    request = SearchRequest(tree=Word("silver"), facets=(FacetRequest("author", 1),))
    (counts,) = many.facets(request).values()
    assert counts.values == (FacetValue("author 1", 1),)
    assert counts.other + 1 == many.count(request) == sum(n % 70 > 0 for n in range(65_538))
    last = (Selection("author", ("author 65537",)),)
    (counts,) = many.facets(SearchRequest(facets=request.facets, selections=last)).values()
    assert counts.values == (FacetValue("author 0", 1), FacetValue("author 65537", 1, True))


def test_the_best_of_many_are_the_first_of_all(many):
    """Few are chosen out of blocks of scores, all are sorted."""
    for tree in (Word("silver"), Word("gold"), Wildcard("silv*")):
        every = many.search(SearchRequest(tree=tree, limit=MAX_DOCUMENTS + 2))
        page = many.search(SearchRequest(tree=tree, limit=25, offset=100))
        assert [hit.score for hit in page.hits] == [hit.score for hit in every.hits[100:125]]
        assert [hit.article for hit in page.hits] == [hit.article for hit in every.hits[100:125]]


def test_dates_order_across_segments(many):
    newest = [f"n{number}" for number in range(MAX_DOCUMENTS + 1, MAX_DOCUMENTS - 4, -1)]
    assert ids(many, Word("gold"), sort="newest", limit=5) == newest[:5]
    assert ids(many, Word("gold"), sort="oldest", limit=3) == ["n0", "n1", "n2"]


def test_one_article_has_more_words_and_positions_than_16_bits_number(tmp_path):
    """Alone, and merged with others whose positions have 16 bits."""
    words = [f"w{number}" for number in range(MAX_DOCUMENTS + 10)]
    long = document("long", title="", body=" ".join(words) + " end" * (MAX_DOCUMENTS + 1))
    others = [f"s{number}" for number in range(MERGE_FACTOR - 1)]
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([long])
        for merged in ([], others):
            for other in merged:
                engine.add([document(other, title="", body="w1 w2 end")])
            assert engine.stats().segments == 1
            assert ids(engine, Phrase(("w65534", "w65535", "w65536", "w65537"))) == ["long"]
            assert ids(engine, Phrase(("w65545", "end", "end"))) == ["long"]
            assert ids(engine, Near(Word("w65545"), Word("w65536"), 9)) == ["long"]
            assert ids(engine, Near(Word("w65545"), Word("w65536"), 8)) == []
            assert sorted(ids(engine, Word("end"))) == ["long", *merged]
        assert engine.verify() == ()
