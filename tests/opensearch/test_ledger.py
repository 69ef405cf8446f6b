"""The ledger of an index of a cluster: held to one of dicts, and quick for many files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import Location
from search.engines.staging import Followed
from search.model.errors import IndexLocked
from search.model.settings import Settings
from tests.support.engine_samples import document
from tests.support.ledger_steps import STEPS, A, contents, do, runs_of
from tests.support.memory_ledger import MemoryLedger


@pytest.fixture
def engine(location: Location) -> Iterator[OpenSearchEngine]:
    with closing(OpenSearchEngine(location, settings=Settings(lock_timeout_ms=200))) as engine:
        yield engine


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, max_size=8))
def test_it_keeps_what_one_of_dicts_keeps(
    steps: list[tuple[Any, ...]], engine: OpenSearchEngine
) -> None:
    other = MemoryLedger()
    with engine.ledger() as ledger:
        ledger.clear()
    for run in runs_of(steps):
        with engine.ledger() as ledger, other:
            assert contents(ledger) == contents(other)
            for step in run:
                do(ledger, step)
                do(other, step)
                assert contents(ledger) == contents(other)


def test_a_second_run_is_refused(location: Location, engine: OpenSearchEngine) -> None:
    with (
        closing(OpenSearchEngine(location)) as other,
        engine.ledger(),
        pytest.raises(IndexLocked, match="another process"),
    ):
        other.ledger(waits=False).__enter__()


def test_what_another_process_has_claimed_is_known_without_the_lock(
    location: Location, engine: OpenSearchEngine
) -> None:
    with closing(OpenSearchEngine(location)) as other, other.ledger() as ledger:
        ledger.claim({"/caf\udce9": ["x"], "/b": ["x", "y"]})
        assert set(engine.files_of("x")) == {"/caf\udce9", "/b"}
        assert engine.files_of("nobody") == ()


def test_a_file_of_a_generation_that_the_index_has_not_is_not_current(
    engine: OpenSearchEngine,
) -> None:
    engine.add([document("x")])
    with engine.ledger() as ledger:
        ledger.record([A])
    # As after a restored snapshot.
    engine.control.change(lambda manifest: manifest._replace(generation=0))
    with engine.ledger() as ledger:
        assert ledger.get(A.path) == A._replace(is_current=False)


def test_many_files_take_few_requests(
    engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    request = engine.connection.request

    def counted(method: str, path: str, *args: Any, **options: Any) -> dict[str, Any]:
        asked.append(path)
        return request(method, path, *args, **options)

    files = [A._replace(path=f"/in/{number}.html", size_bytes=number) for number in range(3000)]
    paths = [file.path for file in files]
    moved = [Followed(f.path, f._replace(path=f.path + "l"), is_copy=False) for f in files]
    with engine.ledger() as ledger:
        monkeypatch.setattr(engine.connection, "request", counted)
        ledger.expect(paths)
        assert not any(map(ledger.get, paths))
        ledger.claim({file.path: [f"a{file.size_bytes}"] for file in files})
        assert ledger.not_renewed(paths) == {}
        ledger.record(files)
        assert len(ledger.claimants([f"a{number}" for number in range(3000)])) == 3000
        assert all(ledger.has_size(number) for number in range(3000))
        ledger.follow(moved)
        assert ledger.get(paths[0]) is None
        assert ledger.get(paths[0] + "l") == files[0]._replace(path=paths[0] + "l", articles=1)
    assert len(asked) < 80


def test_more_ids_than_one_document_has_are_all_kept(engine: OpenSearchEngine) -> None:
    ids = [f"a{number:04}" for number in range(1000)]
    with engine.ledger() as ledger:
        ledger.claim({"/a": ids[:600]})
        ledger.claim({"/a": ids[500:]})
        ledger.record([A._replace(path="/a")])
    with engine.ledger() as ledger:
        assert ledger.get("/a") == A._replace(path="/a", articles=1000)
        assert ledger.not_renewed(["/a"]) == {"/a": ids}
        ledger.claim({"/a": ids[:10]})
        ledger.record([A._replace(path="/a")], {"/a": ids[700:]})
        assert ledger.not_renewed(["/a"]) == {"/a": ids[10:700]}
        ledger.disclaim(ids[:350])
        assert ledger.not_renewed(["/a"]) == {"/a": ids[350:700]}
        file = ledger.get("/a")
    assert file is not None
    assert file.articles == 350


def test_texts_are_kept_by_compare_and_set(tmp_path: Path, engine: OpenSearchEngine) -> None:
    assert engine.text("hidden.toml") == ""
    assert engine.keep_text("hidden.toml", "one", before="")
    assert not engine.keep_text("hidden.toml", "two", before="")
    assert engine.keep_text("hidden.toml", "two", before="one")
    assert engine.keep_text("hidden.toml", "three")
    assert engine.text("hidden.toml") == "three"
