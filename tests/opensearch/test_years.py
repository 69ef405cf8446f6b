"""An index of a cluster that is parted into volumes, a year in each: the same answers, and years that come and go."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engines.opensearch import stored
from search.engines.opensearch import write as writing
from search.engines.opensearch.connection import put_item
from search.engines.opensearch.engine import OpenSearchEngine, erase
from search.engines.opensearch.location import Location
from search.engines.opensearch.rebuild import open_rebuild
from search.engines.opensearch.view import View
from search.engines.protocol.engine import Engine
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.rebuild import rebuild_index
from search.model.article import Document
from search.model.errors import EngineError
from search.model.histogram import HistogramRequest
from search.model.settings import Settings
from search.query.tree import And, DateRange, Word
from tests.opensearch.cluster import Nodes
from tests.opensearch.killing import states_after_kills
from tests.opensearch.pool import SETTINGS, Pool
from tests.opensearch.test_engine import OnCluster
from tests.support.engine_meaning import EngineMeaning
from tests.support.engine_samples import bound, document
from tests.support.engine_scores import EngineScores
from tests.support.killing import may_fork
from tests.support.staging import staged

#: No question is given up: making a volume takes a second where the machine is busy.
BY_YEAR = SETTINGS._replace(opensearch_shards=1, opensearch_volumes="year", query_timeout_ms=0)


@pytest.fixture(scope="module")
def pool(cluster: Nodes) -> Iterator[Pool]:
    """Indexes that are parted into years."""
    with Pool(cluster, BY_YEAR) as pool:
        yield pool


class TestSuite(OnCluster, EngineScores):
    """All that is promised of scores, and of what engines mean that which has to do with dates, ids and commits."""

    KNOWN, histogram = EngineMeaning.KNOWN, EngineMeaning.histogram

    test_last = EngineMeaning.test_of_several_with_one_id_the_last_counts
    test_replaces = EngineMeaning.test_adding_the_same_id_replaces
    test_hidden = EngineMeaning.test_what_nobody_may_see_is_as_if_it_were_not_there
    test_all = EngineMeaning.test_every_document_is_given_in_turn
    test_readers = EngineMeaning.test_searches_go_on_while_another_thread_adds
    test_dates = EngineMeaning.test_dates_are_half_open
    test_undated = EngineMeaning.test_undated_articles_match_no_date_but_their_absence
    test_zones = EngineMeaning.test_a_day_is_that_day_in_every_zone
    test_order = EngineMeaning.test_order
    test_histogram = EngineMeaning.test_a_histogram_counts_what_is_found
    test_stats = EngineMeaning.test_stats
    test_edits = EngineMeaning.test_agrees_with_the_memory_engine_after_any_edits


@pytest.fixture
def location(cluster: Nodes) -> Iterator[Location]:
    location = Location(tuple(cluster.urls), f"years-{os.getpid()}")
    yield location
    erase(location)


@pytest.fixture
def engine(location: Location) -> Iterator[OpenSearchEngine]:
    """Two articles of each of three years, and one without a date."""
    with closing(opened(location)) as engine:
        engine.add([*of_year(2008), *of_year(2009), *of_year(2010), document("undated", "gold")])
        yield engine


def opened(location: Location, settings: Settings = BY_YEAR) -> OpenSearchEngine:
    return OpenSearchEngine(location, make=True, settings=settings)


def of(year: int, name: str = "a", body: str = "gold", **fields: object) -> Document:
    instant = datetime(year, 5, 17, 12, 30, tzinfo=UTC)
    return document(f"{name}-{year}", body, published=instant, **fields)


def of_year(year: int) -> list[Document]:
    return [of(year), of(year, "b", "gold silver gold")]


def ids(engine: OpenSearchEngine) -> set[str]:
    return {each.article_id for each in engine.documents()}


def volumes(engine: OpenSearchEngine) -> dict[str, int]:
    return {each.label: each.articles for each in engine.stats().volumes}


def indexes(engine: OpenSearchEngine) -> set[str]:
    """Return the labels of all volumes that are on the cluster, asked or not."""
    physical = engine.control.manifest().physical
    params = {"h": "index", "format": "json"}
    found = engine.connection.request("GET", f"/_cat/indices/{physical}-*", None, params)
    return {row["index"].removeprefix(f"{physical}-") for row in found["answer"]}


def expired(engine: OpenSearchEngine) -> None:
    """Have all leases on batches end, as of a computer that was switched off."""
    engine.control.change(
        lambda manifest: manifest._replace(
            pending={b: lease._replace(until=1.0) for b, lease in manifest.pending.items()}
        )
    )


def test_a_year_goes_whole_when_its_last_article_does(engine: OpenSearchEngine) -> None:
    before = volumes(engine), engine.stats().size_bytes
    deleted = engine.delete(["a-2009", "b-2009", "a-2010"])

    assert before[0] == {"2008": 2, "2009": 2, "2010": 2, "rest": 1}
    assert deleted == 3
    assert volumes(engine) == {"2008": 2, "2010": 1, "rest": 1}
    assert indexes(engine) == {"2008", "2010", "rest"}
    assert ids(engine) == {"a-2008", "b-2008", "b-2010", "undated"}
    assert engine.verify() == ()
    assert any("volume 2010: 1 article," in remark for remark in engine.remarks())
    # It comes back with its first article.
    engine.add([of(2009)])
    assert volumes(engine) == {"2008": 2, "2009": 1, "2010": 1, "rest": 1}


@pytest.mark.parametrize(
    "kept",
    [
        {"embargoed_until": datetime(2100, 1, 1, tzinfo=UTC)},
        {"is_withdrawn": True},
    ],
    ids=["embargoed", "withdrawn"],
)
def test_a_year_stays_for_what_nobody_sees(
    engine: OpenSearchEngine, kept: dict[str, object]
) -> None:
    engine.add([of(2009, "kept", **kept)])
    engine.delete(["a-2009", "b-2009"])

    assert engine.stored("kept-2009") is not None
    assert "2009" in indexes(engine)
    assert volumes(engine)["2009"] == 0
    engine.delete(["kept-2009"])
    assert "2009" not in indexes(engine)


def test_a_year_stays_for_what_another_process_has_not_committed(
    engine: OpenSearchEngine, location: Location
) -> None:
    with closing(opened(location)) as other:
        waiting = staged(other, [of(2009, "new")])
        engine.delete(["a-2009", "b-2009"])
        other.publish([waiting])
        assert volumes(other) == {"2008": 2, "2009": 1, "2010": 2, "rest": 1}


def test_what_is_written_to_a_year_while_it_goes_is_missed_before_it_counts(
    engine: OpenSearchEngine, location: Location
) -> None:
    with closing(opened(location)) as other:
        waiting = staged(other, [of(2009, "new")])
        manifest = engine.control.manifest()
        # As if it had come after the look at what is pending.
        engine.connection.request("DELETE", f"/{manifest.physical}-2009")
        engine.control.change(
            lambda now: now._replace(volumes=tuple(v for v in now.volumes if "-2009" not in v))
        )
        with pytest.raises(EngineError, match="run the same command again"):
            other.publish([waiting])
        other.add([of(2009, "new")])
        assert volumes(other) == {"2008": 2, "2009": 1, "2010": 2, "rest": 1}


def test_another_date_moves_an_article_in_one_commit(
    engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = datetime(1999, 1, 1, tzinfo=UTC)
    moved = [document(f"{name}-2009", "gold", published=earlier) for name in "ab"]
    engine.add(moved)
    assert volumes(engine) == {"1999": 2, "2008": 2, "2010": 2, "rest": 1}
    # Within one batch, in two requests, too.
    monkeypatch.setattr(writing, "BULK_DOCUMENTS", 1)
    again = [of(2008, "twice"), document("twice-2008", "gold", published=earlier)]
    engine.add([*again, document("twice-2008", "gold")])

    assert volumes(engine) == {"1999": 2, "2008": 2, "2010": 2, "rest": 2}
    assert engine.get("a-2009").revision == 1
    assert engine.verify() == ()


def test_new_years_come_while_people_read(location: Location) -> None:
    with closing(opened(location)) as engine, closing(opened(location)) as reader:
        seen: list[int] = []
        failed: list[EngineError] = []
        is_over = threading.Event()

        def read() -> None:
            while not is_over.is_set():
                try:
                    seen.append(reader.count(SearchRequest(tree=Word("gold"))))
                except EngineError as exc:
                    failed.append(exc)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for year in range(2001, 2007):
                engine.add(of_year(year))
            for year in range(2001, 2004):
                engine.delete([f"a-{year}", f"b-{year}"])
        finally:
            is_over.set()
            thread.join()

    top = seen.index(max(seen))
    assert failed == []
    assert set(seen) <= set(range(0, 13, 2))
    assert seen == sorted(seen[:top]) + sorted(seen[top:], reverse=True)


def test_two_that_write_the_first_articles_of_a_year_make_one(
    engine: OpenSearchEngine, location: Location
) -> None:
    failed = []

    def add(name: str) -> None:
        try:
            with closing(opened(location)) as own:
                own.add([of(year, name) for year in (2011, 2012)])
        except EngineError as exc:
            failed.append(exc)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert volumes(engine) == {"2008": 2, "2009": 2, "2010": 2, "2011": 3, "2012": 3, "rest": 1}


def test_an_empty_year_that_somebody_left_goes_with_the_next_commit(
    engine: OpenSearchEngine, location: Location
) -> None:
    with closing(opened(location)) as lost:
        staged(lost, [of(2020)])
        lost.leases.close()
        expired(lost)
        engine.add([of(2010, "c")])
        assert "2020" not in indexes(engine)
        assert engine.control.manifest().pending == {}
        # What it sends now makes no index of the cluster's own.
        physical = engine.control.manifest().physical
        item = put_item("x", b'{"id":"x"}', f"{physical}-2020-in")
        with pytest.raises(EngineError, match="no such index"):
            lost.connection.bulk(physical, [item], require_alias=True)
    assert "2020" not in indexes(engine)


@may_fork
def test_a_writer_killed_before_any_of_its_writes_leaves_nothing(location: Location) -> None:
    """It makes a year, retires another, and moves an article, in one commit."""
    old = {"a-2008", "b-2008", "b-2009"}
    new = {"a-2008", "b-2008", "b-2009", "a-2011"}
    with closing(opened(location)) as engine:

        def prepare() -> None:
            engine.delete(["a-2011"])
            engine.add([*of_year(2008), of(2009, "b")])

        def change() -> None:
            instant = datetime(2008, 1, 1, tzinfo=UTC)
            opened(location).add([of(2011), document("b-2009", "silver", published=instant)])

        def state() -> tuple[set[str], int]:
            return ids(engine), engine.get("b-2009").article.published.year

        seen = states_after_kills(prepare, change, state)
        last = indexes(engine)
        engine.add([of(2008, "c")])
        manifest = engine.control.manifest()

        first_new = seen.index((new, 2008))
        assert len(seen) > 5
        assert seen == [(old, 2009)] * first_new + [(new, 2008)] * (len(seen) - first_new)
        assert last == indexes(engine) == {"2008", "2011", "rest"}
        assert (dict(manifest.pending), manifest.dead, manifest.retired) == ({}, (), ())


def test_a_reader_of_a_year_that_goes_is_asked_anew(
    engine: OpenSearchEngine, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "_AT_ONCE", 1)
    with closing(opened(location)) as other:
        asked: list[int] = []

        def ask(view: View) -> int:
            if not asked:
                other.delete(["a-2009", "b-2009"])
            asked.append(1)
            body = {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": view.stored}}}
            return int(view.search(body)["hits"]["total"]["value"])

        assert (engine.answering(ask), len(asked)) == (5, 2)
        everything = engine.documents()
        next(everything)
        other.delete(["a-2010", "b-2010"])
        # Never a part of one state and the rest of another.
        with pytest.raises(EngineError, match="begin again"):
            list(everything)


def test_while_years_go_every_answer_is_of_one_state(
    engine: OpenSearchEngine, location: Location
) -> None:
    """Found articles, hits and those without a date are counted by requests of their own."""
    request = SearchRequest(tree=Word("gold"), limit=100, histogram=HistogramRequest("year"))
    seen = []
    with closing(opened(location)) as other, ThreadPoolExecutor(1) as thread:
        going = thread.submit(
            lambda: [other.delete([f"a-{year}", f"b-{year}"]) for year in (2008, 2009, 2010)]
        )
        while not going.done():
            found = engine.search(request)
            assert found.histogram is not None
            dated = sum(each.count for each in found.histogram.bins)
            seen.append((found.total, len(found.hits), dated + found.histogram.undated))
        going.result()

    assert {total for total, _, _ in seen} <= {7, 5, 3, 1}
    assert all(total == hits == counted for total, hits, counted in seen)
    assert engine.count(request) == 1


def test_a_question_with_dates_asks_the_years_that_can_answer(
    engine: OpenSearchEngine, tmp_path: Path
) -> None:
    start, end = (bound(datetime(year, 1, 1, tzinfo=UTC)) for year in (2009, 2010))
    gold = Word("gold")
    requests = [
        SearchRequest(tree=gold, start=start, end=end),
        SearchRequest(tree=And((gold, DateRange(start, end)))),
        SearchRequest(tree=gold, end=end),
    ]
    with closing(WhooshEngine(tmp_path / "index", make=True)) as whole:
        whole.add(engine.documents())
        got, wanted = ([scores(each, r) for r in requests] for each in (engine, whole))
    with engine.reading() as view:
        asked = view.in_volumes(start, end)
        body = {"query": {"bool": {"filter": asked}}, "pit": {"id": view.point.pit}}
        answer = engine.connection.request("POST", "/_search", body, {"pre_filter_shard_size": 1})

    assert got == wanted
    assert [len(each) for each in got] == [2, 2, 4]
    assert [each.partition("-1-")[2][9:] for each in asked[0]["terms"]["_index"]] == [
        "2009",
        "rest",
    ]
    assert answer["_shards"]["skipped"] == 2


def scores(engine: Engine, request: SearchRequest) -> list[tuple[str, float]]:
    return [(hit.article.article_id, round(hit.score, 5)) for hit in engine.search(request).hits]


def test_a_year_that_is_gone_from_the_cluster_is_missed(engine: OpenSearchEngine) -> None:
    physical = engine.control.manifest().physical
    engine.connection.request("DELETE", f"/{physical}-2009")
    engine.views.forget()
    with pytest.raises(EngineError, match=r"-2009: gone from the cluster.*restore it"):
        engine.count(SearchRequest())


def test_a_rebuilt_index_is_parted_as_the_settings_say(
    engine: OpenSearchEngine, location: Location, cluster: Nodes
) -> None:
    before = ids(engine)
    months = BY_YEAR._replace(opensearch_volumes="month")
    rebuild_index(open_rebuild(str(location), months), settings=months, entities="none")
    by_month = volumes(engine)
    rebuild_index(open_rebuild(str(location), SETTINGS), settings=SETTINGS, entities="none")

    assert by_month == {"2008-05": 2, "2009-05": 2, "2010-05": 2, "rest": 1}
    assert ids(engine) == before
    assert engine.stats().volumes == ()
    found = cluster.ask(f"/_cat/indices/{location.name}-*?format=json")
    left = {row["index"] for row in found if row["index"][len(location.name) + 1].isdigit()}
    assert left == {engine.control.manifest().physical}


def test_nothing_is_left_of_an_index_that_is_erased(cluster: Nodes, location: Location) -> None:
    with closing(opened(location)) as engine:
        engine.add([of(year) for year in range(1990, 1995)])
    erase(location)
    assert cluster.ask(f"/_cat/indices/{location.name}-*?format=json") == []
