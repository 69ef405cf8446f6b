"""The real model that makes vectors, over the same articles in a folder and on a cluster: what docs/semantic.md promises holds for both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import Location
from search.engines.registry import open_staging
from search.engines.staging import StagingEngine
from search.enrich.embeddings.models import label_of
from search.ingest.embedding import embed_index
from search.model.errors import RequestError
from search.model.question import Question
from search.model.settings import Settings
from search.service.answer import Hit
from search.service.service import SearchService
from tests.enrich.embeddings.test_models import IS_INSTALLED
from tests.support.engine_samples import document

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="the extra semantic is not installed")

SETTINGS = Settings(rank="semantic", query_timeout_ms=0)
TEXTS = {
    "rates": "The central bank lowered borrowing costs, and mortgage payments of many families fall.",
    "loans": "Loans for homes get cheaper as interest falls, a lender said.",
    "rents": "Rents and the costs of heating rose again in the old town.",
    "cup": "The striker scored twice in the cup final, which went to penalties.",
    "coach": "The coach of the football club left after a third defeat.",
    "storm": "A storm closed the harbour, and ferries stayed in port.",
    "flood": "After days of rain the river left its bed and two villages were cleared.",
    # Two passages.
    "budget": "The council debated its budget. " + "Schools, roads and parks cost more than last year. " * 20,
}  # fmt: skip


@pytest.fixture
def engines(location: Location, tmp_path: Path) -> Iterator[tuple[StagingEngine, OpenSearchEngine]]:
    """One in a folder and one on the cluster, with the same articles and no vectors."""
    with ExitStack() as exits:
        folder = open_staging(str(tmp_path / "index"), make=True, settings=SETTINGS)
        cluster = OpenSearchEngine(location, settings=SETTINGS)
        for engine in (folder, cluster):
            exits.callback(engine.close)
            engine.add(document(article_id, text) for article_id, text in TEXTS.items())
        yield folder, cluster


def test_a_cluster_ranks_by_meaning_as_a_folder_does(
    engines: tuple[StagingEngine, OpenSearchEngine],
) -> None:
    folder, cluster = (SearchService(engine, SETTINGS) for engine in engines)
    with pytest.raises(
        RequestError, match=r"no article of this index has vectors.*newssearch embed"
    ):
        cluster.search(Question("mortgage costs", match="any"))
    made = [embed_index(engine, "minilm") for engine in engines]
    assert [(each.embedded, each.passages) for each in made] == [(8, 9)] * 2

    for text in ("mortgage costs", "football", "bad weather", "harbour OR cup", "nothing"):
        for match in ("any", "all"):
            one, other = (
                service.search(Question(text, match=match)) for service in (folder, cluster)
            )
            assert one.total == other.total
            assert scores(one.hits) == scores(other.hits)
            assert scores(one.near) == scores(other.near)
    page = cluster.search(Question("mortgage costs", match="any"))
    assert page.hits[0].article.article_id == "rates"
    assert [hit.article.article_id for hit in page.near][:1] == ["loans"]


def scores(hits: Sequence[Hit]) -> list[tuple[str, float]]:
    return [(hit.article.article_id, round(hit.score, 4)) for hit in hits]


def test_what_changes_and_goes_is_followed(
    engines: tuple[StagingEngine, OpenSearchEngine],
) -> None:
    label = label_of("minilm")
    for engine in engines:
        embed_index(engine, "minilm")
        engine.add([document("cup", "The striker missed the cup final."), document("new", "Snow.")])
        engine.delete(["storm"])
        lacking = {each.article_id for each in engine.without_vectors(label)}
        again = embed_index(engine, "minilm")
        counted = engine.count_vectors(label)

        assert (lacking, again.embedded) == ({"cup", "new"}, 2)
        assert (counted.articles, counted.with_vectors) == (8, 8)
