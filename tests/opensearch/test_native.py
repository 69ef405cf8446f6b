"""The distributed engine where the cluster scores: all but scores is as ever, and an answer says who has scored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.scoring import BY_CLUSTER, NOT_BY_CLUSTER
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model.question import AUTO, FacetRequest, Question
from search.model.settings import Settings
from search.query.tree import Group, Word
from search.service.service import SearchService
from tests.opensearch.cluster import Nodes
from tests.opensearch.pool import SETTINGS, Pool
from tests.opensearch.test_agreement import QUERIES, articles, timeless
from tests.opensearch.test_engine import OnCluster
from tests.support.engine_meaning import EngineMeaning
from tests.support.engine_samples import NEWS, EngineSuite, document
from tests.support.engine_scores import EngineScores

EXACT = SETTINGS._replace(query_timeout_ms=0)
NATIVE = EXACT._replace(opensearch_scoring="native")
GOLD = SearchRequest(Group((Word("gold"),)), explain=True)


@pytest.fixture(scope="module")
def pool(cluster: Nodes) -> Iterator[Pool]:
    """Indexes that have what the cluster needs to score."""
    with Pool(cluster, NATIVE) as pool:
        yield pool


class OnNative(OnCluster):
    """Opens indexes that the cluster scores."""

    scoring = "native"

    def open_at(self, folder: Path, settings: Settings) -> OpenSearchEngine:
        return super().open_at(folder, settings._replace(opensearch_scoring="native"))


class TestNative(OnNative):
    """Who scores, and what that says."""

    def test_the_cluster_scores_as_the_formula_does(self, tmp_path: Path) -> None:
        with closing(self.open_at(tmp_path, NATIVE)) as engine:
            engine.add(NEWS)
            exactly = OpenSearchEngine(self.locations[tmp_path], settings=EXACT)
            with closing(exactly):
                native, exact = engine.search(GOLD), exactly.search(GOLD)
                assert (engine.stats().scoring, exactly.stats().scoring) == ("native", "exact")

            assert _scores(native) == pytest.approx(_scores(exact), rel=1e-4)
            assert (native.notices, exact.notices) == ((BY_CLUSTER,), ())

    def test_what_an_index_has_not_is_said(self, cluster: Nodes) -> None:
        with Pool(cluster) as exact:
            location = exact.empty_index()
            with closing(OpenSearchEngine(location, settings=NATIVE)) as engine:
                engine.add(NEWS)
                found = engine.search(GOLD)
                said = engine.remarks()

        assert (found.total, found.notices) == (len(_scores(found)), (NOT_BY_CLUSTER,))
        assert said[-1] == f"articles are {NOT_BY_CLUSTER}"

    def test_pages_are_parts_of_one_list(self, tmp_path: Path) -> None:
        """Stories are put together here, out of more articles than are asked for at once."""
        articles = [document(f"{n:03}", "gold " * (1 + n % 40) + f"word{n}") for n in range(350)]
        asked = SearchRequest(Group((Word("gold"),)), group=True)
        with closing(self.open_at(tmp_path, NATIVE)) as engine:
            engine.add(articles)
            whole = [hit.article.article_id for hit in engine.every(asked).hits]
            pages = [engine.search(asked._replace(offset=n, limit=50)) for n in (0, 50, 300)]

        found = [[hit.article.article_id for hit in page.hits] for page in pages]
        assert found == [whole[0:50], whole[50:100], whole[300:350]]
        assert {(page.total, page.stories) for page in pages} == {(350, len(whole))}


class TestSuite(OnNative, EngineSuite):
    """What is promised of scores and holds here too: all but the numbers, which docs/scaling.md says are others."""

    test_exact_form = EngineScores.test_the_exact_form_ranks_above_other_forms
    test_title = EngineScores.test_the_title_counts_more_than_the_body
    test_in_a_row = EngineScores.test_words_in_a_row_rank_above_the_same_words_apart
    test_filters = EngineScores.test_what_filters_adds_nothing_to_other_scores
    test_match_modes = EngineScores.test_match_modes_rank_by_the_same_formula
    test_ties = EngineScores.test_equal_scores_are_ordered_newest_first_then_by_id
    test_sums = EngineScores.test_contributions_add_up_to_the_score
    test_spellings = EngineScores.test_of_several_spellings_the_best_counts
    test_synonyms = EngineScores.test_a_synonym_weighs_less_than_what_was_asked_for
    test_names = EngineScores.test_contributions_name_their_clauses
    test_unasked = EngineScores.test_contributions_are_only_given_when_asked_for

    test_replaces = EngineMeaning.test_adding_the_same_id_replaces
    test_words = EngineMeaning.test_words
    test_fields = EngineMeaning.test_fields
    test_phrases = EngineMeaning.test_phrases_and_nearness
    test_wildcards = EngineMeaning.test_wildcards_and_fuzzy_words
    test_booleans = EngineMeaning.test_booleans
    test_edits = EngineMeaning.test_agrees_with_the_memory_engine_after_any_edits


def _scores(found: SearchResult) -> dict[str, float]:
    return {hit.article.article_id: hit.score for hit in found.hits}


@pytest.fixture(scope="module")
def services(pool: Pool) -> Iterator[tuple[SearchService, SearchService]]:
    """One index, asked for the scores of the cluster and for exact ones."""
    location = pool.empty_index()
    with (
        closing(OpenSearchEngine(location, settings=NATIVE)) as native,
        closing(OpenSearchEngine(location, settings=EXACT)) as exact,
    ):
        native.add(articles())
        yield timeless(native, NATIVE), timeless(exact, EXACT)
    pool.give_back(location)


@pytest.mark.parametrize("asked", QUERIES)
def test_all_but_the_order_is_the_same(
    asked: str, services: tuple[SearchService, SearchService]
) -> None:
    facets = tuple(FacetRequest(name) for name in services[0].fields.facets)
    question = Question(asked, facets=facets, histogram=AUTO, group=False, page_size=100)
    native, exact = (each.search(question) for each in services)

    for name in ("total", "facets", "histogram", "read_as", "notices"):
        assert getattr(native, name) == getattr(exact, name)
    if exact.total <= len(exact.hits):
        assert {hit.article.article_id for hit in native.hits} == {
            hit.article.article_id for hit in exact.hits
        }
