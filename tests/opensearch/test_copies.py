"""An index copied by processes that are killed, to a cluster, from it, and from one name to another; vectors made there."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import Location
from search.engines.registry import open_engine, open_staging
from search.engines.staging import InputFile
from search.ingest.embedding import embed_index
from search.model.document_json import document_as_line
from search.model.question import Question
from search.model.settings import Settings
from search.service.service import SearchService
from tests.opensearch.pool import Pool
from tests.support import topic_model
from tests.support.command_line import PROGRAM
from tests.support.engine_samples import FULL, NEWS, document
from tests.support.paths import CHECKOUT

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FILES = [
    InputFile(f"/in/{name}.jsonl", 10, 20, "abc", "{}", "rules 1", articles=1) for name in "abc"
]
MODEL = "topics 1"
#: `newssearch` that is killed before its write to the cluster, or step in a folder, of the number that is its first word.
KILLED = (
    """
import os, signal, sys
from search.engines.opensearch.connection import Connection
from tests.support.killing import at_each_step

left, request = int(sys.argv.pop(1)), Connection.request

def count():
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def counted(self, method, path, *more, **options):
    if method not in ("GET", "HEAD") and not path.endswith(("_search", "_msearch", "_mget", "_refresh", "_pit")):
        count()
    return request(self, method, path, *more, **options)

Connection.request = counted
at_each_step(count, sys.argv[sys.argv.index("--to") + 1], with_locks=False)
"""
    + PROGRAM
)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """An index in a folder, with a bit of everything that an index keeps."""
    where = str(tmp_path / "source")
    with closing(open_staging(where, make=True)) as engine:
        engine.add([*NEWS, FULL, document("a", "another bank")])
        engine.add([document("a", "a third bank"), document("w", "gold", is_withdrawn=True)])
        engine.add(document(f"x{number}", f"gold {number} storm") for number in range(30))
        engine.add([document("e", "gold", embargoed_until=LATER)])
        engine.keep_text("hidden.toml", "# no rules\n")
        engine.keep_text("hidden.applied", "0")
        engine.keep_text("entities.toml", "# no corrections\n")
        engine.keep_text("entities.applied", "1")
        with engine.ledger() as ledger:
            ledger.claim({file.path: [file.path[4]] for file in FILES})
            ledger.record(FILES)
        engine.keep_vectors(
            MODEL,
            [
                (each, np.eye(4, dtype=np.float32)[: number % 3 + 1])
                for number, each in enumerate(list(engine.without_vectors(MODEL)))
            ],
        )
    return where


@pytest.fixture
def clusters(pool: Pool) -> Iterator[list[str]]:
    """The names of two empty indexes."""
    locations: list[Location] = [pool.empty_index(), pool.empty_index()]
    yield [f"opensearch:{location}" for location in locations]
    for location in locations:
        pool.give_back(location)


def contents(index: str) -> dict[str, Any]:
    """Return all that is kept of an index, but stories."""
    with closing(open_staging(index)) as engine, engine.ledger() as ledger:
        found = sorted(engine.stored_documents(), key=lambda each: each.article_id)
        documents = [each._replace(story=-1) for each in found]
        ids = [each.article_id for each in documents]
        names = ("hidden.toml", "hidden.applied", "entities.toml", "entities.applied")
        claims = ledger.claimants(ids)
        return {
            "documents": [document_as_line(each) for each in documents],
            "revisions": {i: revisions for i in ids if (revisions := engine.revisions(i))},
            "vectors": {i: rows.tolist() for i, rows in engine.vectors(ids, MODEL).items()},
            "models": list(engine.vector_models()),
            "texts": [engine.text(name) for name in names],
            "files": sorted(ledger.files()),
            "claims": {i: sorted(paths) for i, paths in claims.items()},
        }


def copied(source: str, target: str, killed_at: int = 0) -> tuple[int, str]:
    """Copy by a process of its own; return its exit status, and what it said."""
    program = [KILLED, str(killed_at)] if killed_at else [PROGRAM]
    options = ["--from", source, "--to", target, "--batch-articles", "10"]
    run = subprocess.run(
        [sys.executable, "-c", *program, "copy", *options],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def assert_is_copied(source: str, target: str, kills: list[int]) -> None:
    """Kill a copy at some of its writes, and give it again: in the end all is there, once."""
    ends = [copied(source, target, step)[0] for step in kills]
    assert ends == [-signal.SIGKILL] * len(kills)
    status, said = copied(source, target)
    assert (status, "checksum" in said) == (0, True), said
    assert contents(target) == contents(source)


def test_a_folder_goes_to_a_cluster_by_copies_that_are_killed(
    folder: str, clusters: list[str]
) -> None:
    assert_is_copied(folder, clusters[0], [3, 9, 16, 24])
    with closing(open_staging(clusters[0])) as engine:
        assert isinstance(engine, OpenSearchEngine)
        manifest = engine.control.manifest()
        engine.connection.refresh(manifest.physical)
        rows = engine.connection.request("GET", f"/{manifest.physical}/_count")["count"]
        stats = engine.stats()
        assert rows == stats.articles + stats.withdrawn + stats.embargoed
        assert (dict(manifest.pending), dict(manifest.leases)) == ({}, {})


def test_a_cluster_goes_to_a_folder_and_to_another_name_by_copies_that_are_killed(
    folder: str, clusters: list[str], tmp_path: Path
) -> None:
    first, second = clusters
    assert copied(folder, first)[0] == 0
    assert_is_copied(first, second, [5, 20])
    assert_is_copied(second, str(tmp_path / "back"), [10, 60])
    assert contents(str(tmp_path / "back")) == contents(folder)


def test_articles_near_in_meaning_are_found_where_vectors_were_made_on_a_cluster(
    clusters: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "a": "The bank said",
        "b": "A storm came",
        "c": "",
        "d": "A mortgage loan",
        "f": "A bank",
    }
    settings = Settings(rank="semantic", index=clusters[0])
    with (
        topic_model.in_table(monkeypatch),
        closing(open_engine(clusters[0], settings=settings)) as engine,
    ):
        engine.add(document(i, text) for i, text in texts.items())
        first = embed_index(engine, "topics")
        engine.add([document("b", "A hurricane came"), document("g", "A flood")])
        second = embed_index(engine, "topics")
        third = embed_index(engine, "topics")
        assert [each.embedded for each in (first, second, third)] == [5, 2, 0]
        assert engine.count_vectors(MODEL).with_vectors == 6
        found = {
            question: near(engine, settings, question)
            for question in ("interest", "wind", "nothing")
        }
    # None of them has the word.
    assert found == {"interest": ["a", "d", "f"], "wind": ["b", "g"], "nothing": []}


def near(engine: Any, settings: Settings, text: str) -> list[str]:
    """Return the ids of the articles that a page names as near in meaning."""
    page = SearchService(engine, settings).search(Question(text=text))
    return sorted(hit.article.article_id for hit in page.near)
