"""What a cluster keeps of an index: made once by whoever is first, and nothing left over when it goes."""

from __future__ import annotations

import os
import threading
from contextlib import closing

import pytest

from search.engines.opensearch import publish
from search.engines.opensearch.engine import OpenSearchEngine, erase
from search.engines.opensearch.location import Location
from search.engines.protocol.request import SearchRequest
from search.model.errors import EngineError, IndexMissing
from search.model.settings import Settings
from tests.opensearch.cluster import Nodes
from tests.opensearch.pool import SETTINGS, Pool
from tests.support.documents import as_given
from tests.support.engine_samples import document
from tests.support.staging import staged


def opened(location: Location, settings: Settings = SETTINGS) -> OpenSearchEngine:
    return OpenSearchEngine(location, settings=settings)


def test_an_index_that_two_make_at_once_is_made_once(cluster: Nodes) -> None:
    location = Location(cluster.urls, f"twice-{os.getpid()}")
    failed = []

    def make() -> None:
        try:
            OpenSearchEngine(location, make=True, settings=SETTINGS).close()
        except EngineError as exc:
            failed.append(exc)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    of_it = [row["index"] for row in cluster.ask(f"/_cat/indices/{location.name}-*?format=json")]
    with closing(opened(location)) as engine:
        assert (failed, of_it) == ([], [engine.control.manifest().physical])
    erase(location)
    assert cluster.ask(f"/_cat/indices/{location.name}-*?format=json") == []
    with pytest.raises(IndexMissing, match="make it with: newssearch index"):
        opened(location)


def test_what_a_lost_process_wrote_is_never_seen_and_erased_by_the_next_commit(pool: Pool) -> None:
    location = pool.empty_index()
    with closing(opened(location)) as lost, closing(opened(location)) as engine:
        staged(lost, [document("x", "gold")])
        # As if it were of a computer that was switched off.
        lost.leases.close()
        lost.control.change(
            lambda manifest: manifest._replace(
                pending={b: lease._replace(until=1.0) for b, lease in manifest.pending.items()}
            )
        )
        assert engine.count(SearchRequest()) == 0
        engine.add([document("y", "gold")])
        manifest = engine.control.manifest()
        assert [d.article_id for d in engine.documents()] == ["y"]
        assert (manifest.pending, manifest.dead, manifest.buried) == ({}, (), (1,))
        path = f"/{manifest.physical}/_count"
        assert engine.connection.request("GET", path)["count"] == 1
    pool.give_back(location)


def test_many_replaced_documents_are_kept_out_until_they_are_erased(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into the manifest is a list of its own; here, more than three keys."""
    monkeypatch.setattr(publish, "_REPLACED_INLINE", 3)
    monkeypatch.setattr(publish, "_IN_LIST", 2)
    location = pool.empty_index()
    with closing(opened(location)) as engine:
        engine.add([document(i, "old") for i in "abcdef"])

        def unable(*_: object, **__: object) -> None:
            raise EngineError("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(publish, "erase_item", unable)
            engine.add([document(i, "new") for i in "abcde"])
        assert len(engine.control.manifest().replaced_lists) == 3
        found = {d.article_id: d.article.body for d in engine.documents()}
        assert found == {**dict.fromkeys("abcde", "new"), "f": "old"}

        engine.delete(["f"])
        manifest = engine.control.manifest()
        assert (manifest.replaced_lists, manifest.replaced) == ((), ())
        lists = [key for key, _ in manifest.old_lists]
        assert len(lists) == 3
        assert all(engine.control.get(key) for key in lists)
        monkeypatch.setattr(publish, "_LISTS_KEPT_US", -1)
        engine.delete(["a"])
        assert [engine.control.get(key) for key in lists] == [None] * 3
        assert engine.control.manifest().old_lists == ()
        path = f"/{manifest.physical}/_count"
        assert engine.connection.request("GET", path)["count"] == 4
    pool.give_back(location)


def test_an_article_that_came_since_it_was_staged_counts_as_before(pool: Pool) -> None:
    location = pool.empty_index()
    with closing(opened(location)) as engine:
        engine.add([document("gone", "1"), document("same", "1")])
        waiting = staged(
            engine, [document("came", "2"), document("gone", "2"), document("same", "1")]
        )
        engine.add([document("came", "1")])
        engine.delete(["gone", "same"])
        came = engine.get("came")
        engine.publish([waiting])

        assert [engine.get(i).revision for i in ("came", "gone", "same")] == [1, 0, 0]
        assert engine.get("same").added == engine.get("gone").added > came.added
        assert [r.document.article.body for r in engine.revisions("came")] == ["1"]
    pool.give_back(location)


def test_instants_of_many_batches_are_kept_in_pages(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_PUBLISHED_INLINE", 3)
    location = pool.empty_index()
    with closing(opened(location)) as engine:
        for number in range(6):
            engine.add([document(f"a{number}")])
        came = [engine.get(f"a{number}").added for number in range(6)]
        assert came == sorted(set(came))
        assert (engine.control.manifest().pages, engine.stats().last_added) == (3, came[-1])
        found = [engine.count(SearchRequest(added_from=instant)) for instant in came]
        assert found == [6, 5, 4, 3, 2, 1]
        assert engine.count(SearchRequest(added_before=came[2])) == 2
    with closing(opened(location)) as engine:
        assert [d.added for d in engine.documents()] == came
    pool.give_back(location)


def test_a_process_that_lost_its_lock_commits_nothing(pool: Pool) -> None:
    location = pool.empty_index()
    with closing(opened(location)) as slow, closing(opened(location)) as quick:
        waiting = staged(slow, [document("x", "slow")])

        def taken_over(publication: publish.Publication) -> None:
            quick.control.change(lambda manifest: manifest._replace(leases={}))
            quick.add([document("x", "quick")])

        rooms = slow._target.rooms._replace(before_commit=(taken_over,))
        target = slow._target._replace(rooms=rooms)
        with pytest.raises(EngineError, match="another one took over"):
            publish.published(target, [waiting], [], {})
        assert as_given(quick, "x") == document("x", "quick")
        assert slow.count(SearchRequest()) == 1
    pool.give_back(location)
