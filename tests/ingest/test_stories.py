"""Stories of an index run: the same whoever reads, in whatever batches, after a kill, and after a rebuild."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from search.engines.whoosh_index.engine import WhooshEngine, open_folder
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.engines.whoosh_index.write import ledger
from search.ingest.limits import RunLimits
from search.ingest.rebuild import rebuild_index
from search.ingest.run import index_files
from search.model.settings import Settings
from tests.support.killing import may_fork, needs_fork, run_up_to

SMALL_TASKS = RunLimits(work_for_workers=0, cut_bytes=300, block_bytes=200)
Records = Sequence[dict[str, str]]


def records(stories: int, copies: int) -> list[dict[str, str]]:
    """Return copies of articles, in no order: nearly the same text at other hours, under ids that name the story."""
    drawn = random.Random(4)
    words = [f"word{n}" for n in range(400)]
    found = []
    for story in range(stories):
        text = drawn.choices(words, k=60)
        for copy in range(copies):
            text[drawn.randrange(60)] = "altered"
            when = datetime(2024, 3, 5 + story % 3, 3 * copy, tzinfo=UTC) + timedelta(minutes=story)
            found.append(
                {
                    "id": f"{story}-{copy}",
                    "title": f"{story}-{copy}",
                    "body": " ".join(text),
                    "published": when.isoformat(),
                }
            )
    drawn.shuffle(found)
    return found


MANY = records(12, 6)


def write(folder: Path, found: Records, files: int) -> None:
    folder.mkdir()
    for number in range(files):
        lines = (f"{json.dumps(record)}\n" for record in found[number::files])
        (folder / f"{number}.jsonl").write_text("".join(lines))


def index(folder: Path, articles: Path, **settings: int) -> None:
    chosen = Settings(**settings)
    with closing(open_folder(str(folder), make=True, settings=chosen)) as engine:
        index_files(
            [articles],
            engine,
            entities="none",
            settings=chosen,
            opener=partial(open_folder, str(folder), make=False),
            limits=SMALL_TASKS,
        )


def stories(folder: Path) -> set[frozenset[str]]:
    """Return the ids of the articles of each story."""
    found: dict[int, set[str]] = {}
    with closing(WhooshEngine(folder)) as engine:
        for each in engine.documents():
            found.setdefault(each.story, set()).add(each.article_id)
        assert engine.verify() == ()
    return set(map(frozenset, found.values()))


def expected(found: Iterable[dict[str, str]]) -> set[frozenset[str]]:
    together: dict[str, set[str]] = {}
    for record in found:
        together.setdefault(record["id"].split("-")[0], set()).add(record["id"])
    return set(map(frozenset, together.values()))


@pytest.mark.parametrize(
    "settings",
    [{"jobs": 1}, {"jobs": 1, "batch_articles": 7}, {"jobs": 3}, {"jobs": 2, "batch_articles": 11}],
    ids=["one batch", "batches", "workers", "workers and batches"],
)
def test_neither_workers_nor_batches_change_stories(
    tmp_path: Path, settings: dict[str, int]
) -> None:
    write(tmp_path / "articles", MANY, 5)
    index(tmp_path / "index", tmp_path / "articles", **settings)
    assert stories(tmp_path / "index") == expected(MANY)


def test_a_rebuild_finds_the_same_stories_and_those_that_were_not_looked_for(
    tmp_path: Path,
) -> None:
    write(tmp_path / "articles", MANY, 2)
    index(tmp_path / "index", tmp_path / "articles", stories=0)
    assert stories(tmp_path / "index") == {frozenset(record["id"] for record in MANY)}
    settings = Settings(batch_articles=9)
    for _ in range(2):
        rebuild_index(FolderRebuild(tmp_path / "index", settings), settings=settings)
        assert stories(tmp_path / "index") == expected(MANY)


@needs_fork
@may_fork
def test_a_run_killed_anywhere_ends_with_the_same_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(ledger, "_PRAGMAS", ("synchronous = OFF",))
    few = records(2, 2)
    write(tmp_path / "articles", few, 1)
    settings = {"jobs": 1, "batch_articles": 2}
    base = tmp_path / "base"
    WhooshEngine(base, make=True).close()
    step, is_killed = 0, True
    while is_killed:
        step += 1
        folder = tmp_path / "killed"
        copytree(base, folder)
        is_killed = run_up_to(
            step, folder, lambda folder=folder: index(folder, tmp_path / "articles", **settings)
        )
        stories(folder)
        index(folder, tmp_path / "articles", **settings)
        assert stories(folder) == expected(few)
        rmtree(folder)
    assert step > 20
