"""Earlier revisions in a cluster: what a commit that never was leaves is not seen, and does not come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import Location
from search.model.errors import EngineError
from tests.support.engine_revisions import bodies
from tests.support.engine_samples import document


@pytest.fixture
def engine(location: Location) -> Iterator[OpenSearchEngine]:
    with closing(OpenSearchEngine(location)) as engine:
        yield engine


def fail_to_commit(engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next commits of *engine* end before the manifest is written."""

    def broken(self: object) -> None:
        raise EngineError("the process ended here")

    monkeypatch.setattr("search.engines.opensearch.publish.Publication.commit", broken)


def test_what_is_replaced_is_kept_and_the_last_ones_stay(engine: OpenSearchEngine) -> None:
    for number in range(14):
        engine.add([document("a", str(number)), document("b", "1")])
    assert bodies(engine) == [(n, str(n)) for n in range(3, 13)]
    assert engine.count_revisions()[:2] == (10, 1)
    assert engine.revisions("a")[-1].replaced == engine.get("a").added
    engine.delete(["a"])
    assert (list(engine.stored_revisions()), engine.revisions("a")) == ([], ())


def test_what_a_commit_noted_that_never_was_is_forgotten(
    engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.add([document("a", "1"), document("b", "1")])
    engine.add([document("a", "2")])
    with monkeypatch.context() as patched:
        fail_to_commit(engine, patched)
        for change in (
            lambda: engine.add([document("a", "3"), document("b", "3")]),
            lambda: engine.delete(["a"]),
        ):
            with pytest.raises(EngineError, match="ended here"):
                change()
    assert (bodies(engine), bodies(engine, "b")) == ([(0, "1")], [])
    engine.add([document("c", "1")])
    assert (bodies(engine), bodies(engine, "b")) == ([(0, "1")], [])
    engine.add([document("b", "4")])
    assert (bodies(engine), bodies(engine, "b")) == ([(0, "1")], [(0, "1")])


def test_a_reader_of_another_process_sees_them_with_the_commit(
    location: Location, engine: OpenSearchEngine
) -> None:
    with closing(OpenSearchEngine(location)) as other:
        for number in range(3):
            engine.add([document("a", str(number))])
            assert [body for _, body in bodies(other)] == [str(n) for n in range(number)]
