"""After a run was killed, or the power was cut, the same command again makes the index what the files say."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.write import commit, ledger
from search.ingest.run import IndexReport, index_files
from search.model.errors import EngineError
from search.model.settings import Settings
from tests.support.documents import document
from tests.support.killing import may_fork, needs_fork, run_up_to

EVERYTHING = SearchRequest(limit=1000)


def write(path: Path, bodies: dict[str, str], mtime: int) -> None:
    """Write a file of articles, by their ids; another *mtime* says that it has changed."""
    path.write_text(
        "".join(f"{json.dumps({'id': i, 'title': i, 'body': b})}\n" for i, b in bodies.items())
    )
    os.utime(path, ns=(mtime, mtime))


def index(folder: Path, articles: Path, **settings: int) -> IndexReport:
    with closing(WhooshEngine(folder, make=True)) as engine:
        return index_files([articles], engine, entities="none", settings=Settings(**settings))


def bodies(folder: Path) -> dict[str, str]:
    with closing(WhooshEngine(folder)) as engine:
        hits = engine.search(EVERYTHING).hits
        return {hit.article.article_id: hit.article.body for hit in hits}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    return tmp_path / "articles"


@needs_fork
@may_fork
def test_a_run_killed_anywhere_leaves_nothing_that_no_later_run_deletes(
    tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the ledger was saved, an article that its file then dropped stayed for ever."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(ledger, "_PRAGMAS", ("synchronous = OFF",))
    first = {"same": "1", "edited": "1", "gone": "1"}
    second = {"same": "1", "edited": "2", "new": "1", "newer": "1"}
    third = {"same": "1", "newer": "2"}
    base = tmp_path / "base"
    write(articles / "a.jsonl", first, 1)
    index(base, articles)

    step, is_killed, left = 0, True, []
    while is_killed:
        step += 1
        folder, again = tmp_path / "killed", tmp_path / "again"
        copytree(base, folder)
        write(articles / "a.jsonl", second, 2)
        is_killed = run_up_to(
            step, folder, lambda folder=folder: index(folder, articles, batch_articles=2)
        )
        left.append(bodies(folder))
        copytree(folder, again)
        index(again, articles)
        assert bodies(again) == second
        write(articles / "a.jsonl", third, 3)
        index(folder, articles)
        assert bodies(folder) == third
        rmtree(folder)
        rmtree(again)
    # It was killed before, amid and after its two commits.
    assert {**first, "edited": "2", "new": "1"} in left
    assert (left[0], left[-1]) == (first, second)


@pytest.mark.parametrize("earlier", [0, 1], ids=["first", "after another commit"])
def test_after_a_power_cut_nothing_is_called_unchanged_that_is_gone(
    tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    """The disk did not confirm the commit, and the ledger believed it: `200 unchanged`, and they were gone."""
    folder, kept = tmp_path / "index", tmp_path / "kept"
    WhooshEngine(folder, make=True).close()
    copytree(folder, kept)
    write(articles / "a.jsonl", {f"a{n}": "1" for n in range(200)}, 1)
    with monkeypatch.context() as patch:
        patch.setattr(commit, "is_kept", lambda *_: False)
        assert index(folder, articles).added == 200
    # The table of contents and the segment had not come to the disk, the ledger had.
    for path in folder.iterdir():
        if not path.name.startswith("ledger") and not (kept / path.name).exists():
            path.unlink()
    with closing(WhooshEngine(folder)) as engine:
        engine.add(document(f"other-{n}") for n in range(earlier))

    report = index(folder, articles)

    assert (report.added, report.unchanged) == (200, 0)
    assert len(bodies(folder)) == 200 + earlier
    assert index(folder, articles).files_unchanged == 1


def test_an_index_of_yesterday_beside_a_ledger_of_today_is_made_that_of_today(
    tmp_path: Path, articles: Path
) -> None:
    folder, yesterday = tmp_path / "index", tmp_path / "yesterday"
    write(articles / "a.jsonl", {"a": "1"}, 1)
    index(folder, articles)
    copytree(folder, yesterday)
    write(articles / "a.jsonl", {"a": "2"}, 2)
    write(articles / "b.jsonl", {"b": "1"}, 2)
    index(folder, articles)
    for path in folder.iterdir():
        if "MAIN" in path.name:
            path.unlink()
    for path in yesterday.iterdir():
        if "MAIN" in path.name:
            path.rename(folder / path.name)
    assert bodies(folder) == {"a": "1"}

    report = index(folder, articles)

    assert (report.changed, report.added) == (1, 1)
    assert bodies(folder) == {"a": "2", "b": "1"}


def test_a_file_that_went_amid_a_run_is_deleted_by_the_next_one(
    tmp_path: Path, articles: Path
) -> None:
    """Its claims were forgotten while this run had read its articles, which then stayed for ever."""
    folder = tmp_path / "index"
    write(articles / "a.jsonl", {"a": "1"}, 1)
    write(articles / "b.jsonl", {"b": "1"}, 1)

    def run(delete: bool) -> IndexReport:
        with closing(WhooshEngine(folder, make=True)) as engine:
            return index_files(
                [articles],
                engine,
                entities="none",
                delete_missing=True,
                on_progress=lambda progress: (
                    (articles / "a.jsonl").unlink(missing_ok=True)
                    if delete and progress.articles == 2
                    else None
                ),
            )

    assert run(delete=True).deleted == 0
    assert run(delete=False).deleted == 1
    assert bodies(folder) == {"b": "1"}


@pytest.mark.parametrize("name", ["ledger.sqlite", "sources.jsonl"])
def test_a_pipe_in_the_place_of_a_ledger_is_not_waited_for(
    tmp_path: Path, articles: Path, name: str
) -> None:
    folder = tmp_path / "index"
    WhooshEngine(folder, make=True).close()
    write(articles / "a.jsonl", {"a": "1"}, 1)
    os.mkfifo(folder / name)
    if name == "ledger.sqlite":
        with pytest.raises(EngineError, match="is not a file"):
            index(folder, articles)
    else:
        assert index(folder, articles).added == 1
