"""Questions to the engine on a real cluster: the suites of scores and of all hits, and what a server does not give at once."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.engines.protocol.request import Place, SearchRequest
from search.model.question import FacetRequest, Question
from search.model.settings import Settings
from search.query.tree import Everything, Word
from search.service.service import SearchService
from tests.opensearch.test_engine import OnCluster
from tests.support.engine_every import EngineEvery
from tests.support.engine_samples import document
from tests.support.engine_scores import EngineScores

#: A page of the server ends at 10,000 hits.
ARTICLES = 10_300
FIRST = datetime(2001, 1, 1, tzinfo=UTC)


def article_id(place: int) -> str:
    """Return the id of the article at a place of those that are found, newest first."""
    return f"n{ARTICLES - 1 - place:05}"


class TestQuestions(OnCluster, EngineScores, EngineEvery):
    """Scores, and all hits one after the other."""


class TestTwoProcesses(OnCluster):
    """What one changes another sees with its next question, though that begins with what it knows."""

    def test_a_page_is_of_all_that_was_committed_before_it_was_asked(self, tmp_path: Path) -> None:
        with closing(self.open_at(tmp_path, Settings())) as one:
            service = SearchService(one, Settings())
            with closing(self.open_at(tmp_path, Settings())) as other:
                for count in range(1, 5):
                    other.add([document(f"n{count}", "gold", source=f"S{count % 2}")])
                    page = service.search(Question("gold", facets=(FacetRequest("source"),)))
                    counted = {each.value: each.count for each in page.facets["source"].values}
                    assert (page.total, len(page.hits)) == (count, count)
                    assert counted == Counter(f"S{n % 2}" for n in range(1, count + 1))
                one.delete(["n1"])
                assert service.search(Question("gold")).total == 3

    def test_a_cursor_of_a_page_holds_in_another_process(self, tmp_path: Path) -> None:
        with closing(self.open_at(tmp_path, Settings())) as one:
            first = SearchService(one, Settings())
            with closing(self.open_at(tmp_path, Settings())) as other:
                second = SearchService(other, Settings())
                for count in (3, 6):
                    one.add([document(f"n{n}", "gold") for n in range(count)])
                    page = first.search(Question("gold", page_size=2))
                    later = second.search(Question("gold", page_size=2, cursor=page.next_cursor))
                    found = {hit.document.article_id for hit in (*page.hits, *later.hits)}
                    assert (len(found), later.total) == (min(count, 4), count)


class TestFarPages(OnCluster):
    """More articles than the server pages through."""

    def test_pages_and_facets_go_on_where_the_server_stops(self, tmp_path: Path) -> None:
        with closing(self.open_at(tmp_path, Settings(query_timeout_ms=0))) as engine:
            engine.add(
                document(
                    f"n{n:05}", "gold", published=FIRST + timedelta(hours=n), source=f"S{n:05}"
                )
                for n in range(ARTICLES)
            )
            for tree in (Word("gold"), Everything()):
                asked = SearchRequest(tree=tree, limit=20)
                for offset in (0, 9_980, 9_990, 10_000, ARTICLES - 7, ARTICLES, 1 << 40):
                    found = engine.search(asked._replace(offset=offset))
                    expected = range(offset, min(offset + 20, ARTICLES))
                    assert [hit.article.article_id for hit in found.hits] == [
                        article_id(place) for place in expected
                    ]
                    assert found.total == ARTICLES
            last = engine.get(article_id(10_100))
            assert last is not None
            place = Place(last.article.published, last.article_id)
            later = engine.search(SearchRequest(sort="newest", after=place, offset=3, limit=2))
            assert [h.article.article_id for h in later.hits] == [
                article_id(10_104),
                article_id(10_105),
            ]
            assert later.passed == 10_101
            every = engine.every(SearchRequest(sort="oldest", offset=5))
            assert [h.article.article_id for h in every.hits] == [
                f"n{n:05}" for n in range(5, ARTICLES)
            ]
            assert len(list(engine.ids(SearchRequest()))) == ARTICLES
            facet = engine.facets(SearchRequest(facets=(FacetRequest("source", 2),)))["source"]
            assert [each.value for each in facet.values] == ["S00000", "S00001"]
            assert (facet.other, facet.distinct) == (ARTICLES - 2, ARTICLES)
