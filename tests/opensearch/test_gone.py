"""What other people do to the indexes of a cluster: what they delete is missed and not made anew, what they have made is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from urllib.error import HTTPError

import numpy as np
import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.engines.opensearch.control import CONTROL_INDEX
from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.indexes import door_of
from search.engines.protocol.request import SearchRequest
from search.model.errors import EngineError, IndexMissing
from search.model.settings import Settings
from tests.opensearch.articles import article, bodies, opened, physical
from tests.opensearch.cluster import Cluster

SETTINGS = Settings(opensearch_shards=1, opensearch_replicas=0)
LOST = rf"{CONTROL_INDEX} does not say any more which of them count.*Restore {CONTROL_INDEX}"


@pytest.fixture(scope="module")
def lone() -> Iterator[Cluster]:
    """A node of our own: what is deleted here is everybody's."""
    with Cluster(nodes=1) as cluster:
        yield cluster


@pytest.fixture
def engine(own_cluster: Cluster, lone: Cluster) -> Iterator[OpenSearchEngine]:
    """An index with one article, and nothing else on the node."""
    for row in lone.ask("/_cat/indices?format=json"):
        lone.ask(f"/{row['index']}", method="DELETE")
    with closing(opened(lone, "news", SETTINGS)) as engine:
        engine.add([article(1)])
        yield engine


def is_there(cluster: Cluster, index: str) -> bool:
    with suppress(HTTPError):
        return bool(cluster.ask(f"/{index}"))
    return False


def articles_in(cluster: Cluster, index: str) -> int:
    return int(cluster.ask(f"/{index}/_count")["count"])


class TestControlIndex:
    """Where it is deleted nobody knows which articles count: a new manifest would hide them."""

    def test_that_is_deleted_is_missed_by_who_writes_who_asks_and_who_comes(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        handle = engine.stage()
        handle.add(article(2))
        lone.ask(f"/{CONTROL_INDEX}", method="DELETE")

        with pytest.raises(EngineError, match=LOST):
            engine.publish([handle.finish()])
        with pytest.raises(EngineError, match=LOST):
            engine.add([article(3)])
        with pytest.raises(IndexMissing, match=LOST):
            engine.count(SearchRequest())
        with pytest.raises(EngineError, match=LOST):
            engine.keep_text("searches.toml", "a")
        assert not is_there(lone, CONTROL_INDEX)
        with pytest.raises(EngineError, match=LOST):
            opened(lone, "news", SETTINGS)
        assert not is_there(lone, CONTROL_INDEX)
        assert articles_in(lone, physical_of(lone)) == 1

    @pytest.mark.parametrize(
        "command", [["query", "gold"], ["stats"], ["doctor"], ["index", "--samples"], ["rebuild"]], ids=lambda c: c[0]
    )  # fmt: skip
    def test_that_is_deleted_ends_a_command_with_a_sentence(
        self, command: list[str], engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        lone.ask(f"/{CONTROL_INDEX}", method="DELETE")

        result = CliRunner().invoke(main, [*command, "--index", lone.index("news")])

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("newssearch: index 'news': the cluster has articles of it")
        assert len(result.stderr.splitlines()) == 1
        assert not is_there(lone, CONTROL_INDEX)

    def test_that_others_made_anew_is_as_good_as_none_until_it_is_restored(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        kept = lone.ask(f"/{CONTROL_INDEX}/_doc/news")["_source"]
        lone.ask(f"/{CONTROL_INDEX}", method="DELETE")
        with closing(opened(lone, "other", SETTINGS)) as other:
            other.add([article(4)])
        with pytest.raises(EngineError, match=LOST):
            engine.add([article(2)])
        with pytest.raises(EngineError, match=LOST):
            opened(lone, "news", SETTINGS)

        lone.ask(f"/{CONTROL_INDEX}/_doc/news", kept, method="PUT")
        engine.add([article(2)])

        assert sum(bodies(engine).values()) == 2

    def test_that_knows_nothing_yet_of_an_empty_index_is_no_loss(self, lone: Cluster) -> None:
        """Somebody died who had made that, and no manifest."""
        lone.ask("/begun-1-00000000", {}, method="PUT")
        with closing(opened(lone, "begun", SETTINGS)) as engine:
            engine.add([article(1)])
            assert sum(bodies(engine).values()) == 1


def physical_of(cluster: Cluster) -> str:
    [index] = [row["index"] for row in cluster.ask("/_cat/indices/news-1-*?format=json")]
    return str(index)


class TestDoor:
    def test_articles_that_are_deleted_are_not_there_again_by_a_write(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        index = physical(engine)
        lone.ask(f"/{index}", method="DELETE")

        with pytest.raises(IndexMissing, match=r"no such index .*snapshot, or begin anew"):
            engine.add([article(2)])
        assert not is_there(lone, index)

    def test_articles_that_are_closed_are_said_to_be_and_all_there_when_opened(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        index = physical(engine)
        lone.ask(f"/{index}/_close", {})

        closed = rf"the index {index} is closed; .* POST /{index}/_open"
        with pytest.raises(EngineError, match=closed):
            engine.add([article(2)])
        with pytest.raises(EngineError, match=closed):
            engine.count(SearchRequest())

        lone.ask(f"/{index}/_open", {})
        engine.add([article(3)])
        assert sum(bodies(engine).values()) == 2

    def test_a_ledger_that_is_deleted_in_a_run_is_missed(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        with engine.ledger() as ledger:
            lone.ask("/news-ledger", method="DELETE")
            with pytest.raises(EngineError, match="deleted on the cluster while this ran; run"):
                ledger.claim({"/a": ["1"]})
        assert not is_there(lone, "news-ledger")
        with engine.ledger() as ledger:
            ledger.claim({"/a": ["1"]})
            assert ledger.claimants(["1"]) == {"1": ["/a"]}

    def test_is_given_to_indexes_that_were_made_without(
        self, engine: OpenSearchEngine, lone: Cluster
    ) -> None:
        with engine.ledger():
            pass
        of_news = (CONTROL_INDEX, "news-ledger", physical(engine))
        gone = [{"remove": {"index": index, "alias": door_of(index)}} for index in of_news]
        lone.ask("/_aliases", {"actions": gone})
        with engine.ledger() as ledger:
            ledger.claim({"/a": ["1"]})
        engine.add([article(2)])

        assert sum(bodies(engine).values()) == 2
        doors = {row["alias"] for row in lone.ask("/_cat/aliases?format=json")}
        assert doors >= {door_of(index) for index in of_news}


def begin_a_run(engine: OpenSearchEngine) -> None:
    with engine.ledger():
        pass


def change_an_article(engine: OpenSearchEngine) -> None:
    engine.add([article(1, "another text")])


def keep_a_vector(engine: OpenSearchEngine) -> None:
    stored = engine.stored(article(1).article_id)
    assert stored is not None
    engine.keep_vectors("model", [(stored, np.ones((1, 4), np.float32))])


def forget_vectors(engine: OpenSearchEngine) -> None:
    engine.tidy_vectors("model")


def forget_revisions(engine: OpenSearchEngine) -> None:
    engine.forget_revisions(["a"])


@pytest.mark.parametrize(
    ("index", "act"),
    [
        ("news-ledger", begin_a_run),
        ("news-revisions", change_an_article),
        ("news-revisions", forget_revisions),
        ("news-vectors", keep_a_vector),
        ("news-vectors", forget_vectors),
    ],
    ids=["ledger", "revisions", "forgotten revisions", "vectors", "forgotten vectors"],
)
def test_an_index_of_other_people_is_left_as_it_is(
    index: str, act: Callable[[OpenSearchEngine], None], engine: OpenSearchEngine, lone: Cluster
) -> None:
    lone.ask(f"/{index}/_doc/1?refresh=true", {"id": "a", "key": "b", "generation": 9})
    mapping = lone.ask(f"/{index}/_mapping")

    with pytest.raises(EngineError, match=rf"{index}: .*not made.*under another name"):
        act(engine)

    assert lone.ask(f"/{index}/_mapping") == mapping
    assert lone.ask(f"/{index}/_search")["hits"]["total"]["value"] == 1
    assert sum(bodies(engine).values()) == 1
