"""Engine suite: all hits of a request one after the other, and those that come after a place."""

from __future__ import annotations

from itertools import islice

import pytest

from search.engines.protocol.engine import Engine
from search.engines.protocol.request import Place, SearchRequest
from search.model.article import Document
from search.model.errors import RequestError
from search.query.tree import Everything, Group, Query, Word
from tests.support.engine_samples import EngineSuite, day, document

GOLD_OR_TIN = Group((Word("gold"), Word("tin")))


def articles(first: int = 0, last: int = 700) -> list[Document]:
    """Return articles of which many are equal in score, in date, or in both; more than are scored anew."""
    return [
        document(
            f"{number * 7919 % 1000:03}",
            "gold " * (number % 3 + 1) + "tin " * (number % 2) + "filler " * (number % 5),
            published=day(1, 1 + number % 28) if number % 9 else None,
        )
        for number in range(first, last)
    ]


def ids(engine: Engine, request: SearchRequest) -> list[str]:
    return [hit.article.article_id for hit in engine.every(request).hits]


class EngineEvery(EngineSuite):
    """What an engine does that is asked for all hits."""

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    @pytest.mark.parametrize("tree", [GOLD_OR_TIN, Everything()], ids=["scored", "not scored"])
    @pytest.mark.parametrize("rank", ["plain", "feedback"])
    def test_all_hits_are_those_of_its_pages(self, engine, tree: Query, sort, rank):
        for part in (articles(0, 400), articles(400, 450), articles(450)):
            engine.add(part)
        asked = SearchRequest(tree=tree, sort=sort, rank=rank, match="any", limit=97)
        every = engine.every(asked)
        pages = [engine.search(asked._replace(offset=offset)) for offset in range(0, 700, 97)]
        assert every.total == 700
        assert list(every.hits) == [hit for page in pages for hit in page.hits]
        assert ids(engine, asked._replace(offset=333)) == ids(engine, asked)[333:]

    def test_all_hits_are_of_one_generation(self, engine):
        engine.add(articles(0, 300))
        asked = SearchRequest(tree=Word("gold"), sort="newest")
        want = ids(engine, asked)
        hits = engine.every(asked).hits
        got = [hit.article.article_id for hit in islice(hits, 120)]
        engine.add([document("new", "gold", published=day(2, 1))])
        engine.delete(want[100:250])
        assert got + [hit.article.article_id for hit in hits] == want

    def test_nothing_found_is_no_hit(self, engine):
        engine.add(articles(0, 3))
        assert list(engine.every(SearchRequest(tree=Word("lead"))).hits) == []

    @pytest.mark.parametrize("sort", ["newest", "oldest"])
    @pytest.mark.parametrize("at", [0, 9, 149, 298, 299])
    def test_after_a_place_come_the_later_hits(self, engine, sort, at):
        for part in (articles(0, 180), articles(180, 300)):
            engine.add(part)
        asked = SearchRequest(tree=Word("gold"), sort=sort, limit=5)
        hits = list(engine.every(asked).hits)
        last = hits[at].article
        later = asked._replace(after=Place(last.published, last.article_id))
        found = engine.search(later)
        assert (list(found.hits), found.passed) == (hits[at + 1 : at + 6], at + 1)
        assert found.total == 300
        assert list(engine.every(later).hits) == hits[at + 1 :]
        assert list(engine.every(later._replace(offset=2)).hits) == hits[at + 3 :]

    def test_a_place_holds_when_its_article_is_gone_and_others_came(self, engine):
        engine.add(articles(0, 300))
        asked = SearchRequest(tree=Word("gold"), sort="newest")
        hits = list(engine.every(asked).hits)
        last = hits[99].article
        engine.delete([last.article_id])
        engine.add([document("new", "gold", published=day(2, 1))])
        later = asked._replace(after=Place(last.published, last.article_id))
        want = [hit.article.article_id for hit in hits[100:]]
        assert ids(engine, later) == want
        assert engine.every(later).passed == 100

    @pytest.mark.parametrize("part", [{"sort": "relevance"}, {"group": True}], ids=str)
    def test_only_articles_in_the_order_of_dates_have_a_place(self, engine, part):
        asked = SearchRequest(sort="newest", after=Place(None, "a"))._replace(**part)
        for ask in (engine.search, engine.every):
            with pytest.raises(RequestError):
                ask(asked)

    def test_a_generation_is_another_after_each_change(self, engine):
        seen = [engine.generation()]
        for change in (
            lambda: engine.add(articles(0, 2)),
            lambda: engine.add([document("000", "other")]),
            lambda: engine.delete(["000"]),
        ):
            change()
            seen.append(engine.generation())
            assert engine.generation() == seen[-1]
        assert len(set(seen)) == 4
