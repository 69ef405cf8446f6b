"""Several processes read as one does: the same report, the same index, whatever comes in between."""

from __future__ import annotations

import json
import os
import random
import threading
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import indexer_processes
from search.article import Article
from search.engines.base import SearchRequest
from search.indexer import index_sources
from search.settings import Settings
from tests.memory_engine import MemoryEngine

EVERYTHING = SearchRequest(limit=1000)


def record(article_id: str, body: str = "The ferry left at dawn.") -> dict[str, Any]:
    return {"id": article_id, "title": f"Title of {article_id}", "body": body}


def lines(*records: dict[str, Any] | str) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in records)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make parts of a few lines, and processes for any of them."""
    monkeypatch.setattr("search.indexer._WORK_FOR_PROCESSES", 0)
    monkeypatch.setattr("search.indexer_plan._CUT_BYTES", 300)
    monkeypatch.setattr("search.readers.source.BLOCK_BYTES", 200)


# Threads in the place of processes, so that hypothesis decides who is heard first

SHARED: dict[str, MemoryEngine] = {}


def open_shared(name: str, *, settings: Settings) -> MemoryEngine:
    return SHARED[name]


def launch_thread(connection: Connection[Any, Any]) -> Any:
    """Do what a process does in a thread of this one; return what stands for the process."""
    own: Connection[Any, Any] = Connection(os.dup(connection.fileno()))

    def work() -> None:
        with own, suppress(EOFError):
            indexer_processes.work(own)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return SimpleNamespace(stdin=None, wait=lambda *_: 0, kill=lambda: None)


FILE = st.one_of(
    st.tuples(st.sampled_from(["a.jsonl", "b.jsonl", "c.json", "d.json"]), st.just("x")),
)
IDS = st.sampled_from("abcdef")
VERSIONS = st.sampled_from(["one", "two", "three"])
FILES = st.dictionaries(
    st.sampled_from(["f1.jsonl", "f2.json", "f3.jsonl", "f4.json"]),
    st.lists(st.tuples(IDS, VERSIONS) | st.none(), min_size=1, max_size=12),
    min_size=1,
)


def write_state(folder: Path, state: dict[str, list[tuple[str, str] | None]], mtime: int) -> None:
    """Write files of lines and of arrays, which cannot be cut; None is a record that is none."""
    for path in folder.iterdir():
        path.unlink()
    for name, articles in state.items():
        records = [record(*each) if each else {} for each in articles]
        path = folder / name
        path.write_text(json.dumps(records) if name.endswith("n") else lines(*records))
        os.utime(path, ns=(mtime, mtime))
    (folder / "keep.jsonl").write_text("")


def documents(engine: MemoryEngine) -> dict[str, Article]:
    return {hit.article.article_id: hit.article for hit in engine.search(EVERYTHING).hits}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    states=st.lists(FILES, min_size=1, max_size=3),
    jobs=st.integers(2, 3),
    batch_articles=st.sampled_from([1, 2, 3, 100]),
    piece_articles=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_order_of_answers_changes_nothing(
    states: list[dict[str, list[tuple[str, str] | None]]],
    jobs: int,
    batch_articles: int,
    piece_articles: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The last article of an id counts, whichever process read it and whoever is heard first."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "articles").mkdir()
    chance = random.Random(seed)
    alone, shared = MemoryEngine(), MemoryEngine()
    SHARED["engine"] = shared

    def choose(connections: list[Any], timeout: float | None = None) -> list[Any]:
        # All of them have something to say in the end.
        while timeout is None and not all(each.poll(60) for each in connections):
            pass
        return [] if timeout == 0 else [chance.choice(connections)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.indexer._WORK_FOR_PROCESSES", 0)
        patch.setattr("search.indexer_plan._CUT_BYTES", 1)
        patch.setattr("search.readers.source.BLOCK_BYTES", 150)
        patch.setattr("search.indexer_parts._PIECE_ARTICLES", piece_articles)
        patch.setattr(indexer_processes, "_launch", launch_thread)
        patch.setattr(indexer_processes, "wait", choose)
        for number, state in enumerate(states):
            write_state(folder / "articles", state, number)
            options: dict[str, Any] = {"entities": "none", "delete_missing": True}
            one = index_sources(
                [folder / "articles"],
                alone,
                folder / "one.jsonl",
                settings=Settings(jobs=1),
                **options,
            )
            several = index_sources(
                [folder / "articles"],
                shared,
                folder / "several.jsonl",
                settings=Settings(jobs=jobs, batch_articles=batch_articles),
                opener=partial(open_shared, "engine"),
                **options,
            )
            assert documents(shared) == documents(alone)
            if batch_articles == 100:
                assert several == one
