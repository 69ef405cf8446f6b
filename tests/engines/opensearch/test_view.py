"""What one question sees of an index on a cluster: one generation, whatever is asked of it, in few requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from search.engines.opensearch.ahead import Ahead
from search.engines.opensearch.connection import Unanswered
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.opening import Views, _is_same
from search.engines.opensearch.stored import in_turn
from search.engines.opensearch.view import View, nothing
from search.model.errors import IndexMissing, RequestError
from search.model.fields import FIELDS
from tests.support.waiting import PATIENCE_SECONDS


class _Cluster:
    """A connection and a control index in one: what is asked is counted."""

    def __init__(self) -> None:
        self.generation = 1
        self.asked = 0
        #: Searches, each with the point in time that it was of.
        self.searched: list[str] = []
        #: Of the last manifest that was written here.
        self.written = 0
        self.closed: list[str] = []

    def manifest(self) -> Manifest:
        self.asked += 1
        return Manifest(physical="news-1", generation=self.generation)

    def may_be_newest(self, manifest: Manifest) -> bool:
        return manifest.generation >= self.written

    def request(self, method: str, path: str, body: Any = None, *_: object, **__: object) -> Any:
        if method == "DELETE":
            self.closed += body["pit_id"]
        if path == "/_search":
            self.searched.append(body["pit"]["id"])
        return {"pit_id": f"point of {self.generation}", "_shards": {"failed": 0}}


@pytest.fixture
def cluster() -> _Cluster:
    return _Cluster()


@pytest.fixture
def views(cluster: _Cluster) -> Views:
    return Views(cluster, cluster)  # type: ignore[arg-type]


def _seen(views: Views) -> int:
    return views.answering(lambda view: view.manifest.generation)


def test_what_stays_is_of_one_generation_and_asks_once(cluster, views):
    assert _seen(views) == 1
    before = cluster.asked
    with views.staying():
        assert _seen(views) == 1
        cluster.generation = 2
        assert _seen(views) == 1
        assert cluster.asked == before + 1
    assert _seen(views) == 2
    assert cluster.closed == ["point of 1"]


def test_what_stays_goes_on_in_another_point_in_time_where_that_is_lost(cluster, views):
    answers = iter([Unanswered("a node is gone"), None])

    def ask(view: View) -> int:
        if (failure := next(answers)) is not None:
            raise failure
        return view.manifest.generation

    with views.staying():
        assert _seen(views) == 1
        cluster.generation = 2
        assert views.answering(ask) == 2
    views.forget()
    assert cluster.closed == ["point of 1", "point of 2"]


def test_what_is_known_is_asked_while_it_is_read_whether_it_is_the_newest(cluster, views):
    assert views.of_one(lambda: _seen(views)) == 1
    before = cluster.asked
    assert views.of_one(lambda: (_seen(views), _seen(views))) == (1, 1)
    assert views.of_one(lambda: views.of_one(lambda: _seen(views))) == 1
    assert cluster.asked == before + 2
    views.forget()
    assert cluster.closed == ["point of 1"]


def test_what_was_told_of_a_generation_that_is_over_counts_for_nothing(cluster, views):
    assert _seen(views) == 1
    cluster.generation = 2
    told = []
    assert views.of_one(lambda: told.append(_seen(views)) or _seen(views)) == 2
    assert told == [1, 2]
    assert cluster.closed == ["point of 1"]
    cluster.generation = 3

    def refused_before() -> int:
        if (seen := _seen(views)) < 3:
            raise RequestError("no such thing yet")
        return seen

    assert views.of_one(refused_before) == 3
    with pytest.raises(RequestError, match="never"):
        views.of_one(lambda: _refused("never"))
    views.forget()
    assert cluster.closed == ["point of 1", "point of 2", "point of 3"]


class _AtOnce(Ahead[Manifest]):
    """What is found before anything else is done."""

    def __init__(self, find: Callable[[], Manifest]) -> None:
        super().__init__(find)
        self._thread.join()


def test_no_more_is_asked_of_a_generation_that_is_known_to_be_over(cluster, views, monkeypatch):
    monkeypatch.setattr("search.engines.opensearch.opening.Ahead", _AtOnce)
    views.of_one(lambda: _seen(views))
    cluster.generation = 2

    def search_twice() -> int:
        for _ in range(2):
            views.answering(lambda view: view.search({}))
        return _seen(views)

    assert views.of_one(search_twice) == 2
    assert cluster.searched == ["point of 2"] * 2
    views.forget()
    assert cluster.closed == ["point of 1", "point of 2"]


@pytest.mark.parametrize("is_known", [False, True], ids=["first question", "generation known"])
def test_what_was_told_of_two_generations_counts_for_nothing(cluster, views, is_known):
    """The point in time is lost in the middle, when the index has changed."""
    if is_known:
        views.of_one(lambda: _seen(views))
    lost = iter([True])

    def ask_twice() -> tuple[int, int]:
        first = _seen(views)
        if next(lost, False):
            cluster.generation = 2
            views.forget()
        return first, _seen(views)

    assert views.of_one(ask_twice) == (2, 2)
    views.forget()
    assert cluster.closed == ["point of 1", "point of 2"]


def test_who_has_written_asks_for_no_generation_before(cluster, views):
    assert _seen(views) == 1
    cluster.generation = cluster.written = 2
    told = []
    assert views.of_one(lambda: told.append(_seen(views)) or _seen(views)) == 2
    assert told == [2]


def test_an_index_that_is_gone_is_told_though_the_known_point_answers(cluster, views, monkeypatch):
    assert _seen(views) == 1

    def gone() -> Manifest:
        raise IndexMissing("no index")

    monkeypatch.setattr(cluster, "manifest", gone)
    with pytest.raises(IndexMissing):
        views.of_one(lambda: _seen(views))
    with pytest.raises(RequestError, match="first"):
        views.of_one(lambda: _refused("first"))


def test_documents_that_nobody_reads_any_more_are_let_go_of_at_any_moment(
    cluster, views, monkeypatch
):
    """Garbage is collected wherever something is made, also while the same thread holds what that needs."""
    unread = [in_turn(views, lambda view: view.visible, FIELDS)]

    def is_same(*manifests: Manifest) -> bool:
        unread.clear()
        return _is_same(*manifests)

    monkeypatch.setattr("search.engines.opensearch.opening._is_same", is_same)
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(_seen(views)), daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert (seen, unread) == ([1], [])
    views.forget()
    assert cluster.closed == ["point of 1"]


def _refused(why: str) -> int:
    raise RequestError(why)


def test_what_several_need_next_is_asked_by_one_request(views, monkeypatch):
    sent = []

    def msearch(_: View, bodies: Any, *__: object) -> Any:
        sent.append(list(bodies))
        return list(bodies)

    monkeypatch.setattr(View, "msearch", msearch)

    def asking(*rounds: list[str]) -> Any:
        found = []
        for bodies in rounds:
            found += yield bodies
        return found

    with views.reading() as view:
        found = view.together(asking(["a"], ["b", "c"]), nothing(), asking([], ["d"], ["e"]))
    assert found == (["a", "b", "c"], None, ["d", "e"])
    assert [bodies for bodies in sent if bodies] == [["a"], ["b", "c", "d"], ["e"]]
