"""A run over unchanged files reads only their stat; files that were moved or copied are no new articles."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.limits import RUN_LIMITS
from search.ingest.plan import Plan
from search.ingest.run import IndexReport, index_files
from search.ingest.tasks import ReadOptions
from search.model.settings import Settings
from search.readers.options import AS_FOUND
from search.readers.source import Limits
from tests.support.killing import may_fork, needs_fork, run_up_to

#: How the files of these tests are read.
AS_READ = ReadOptions(Limits.of(Settings()), AS_FOUND, "", False, True, RUN_LIMITS)

_opened: list[str] | None = None


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(str(arguments[0]))


sys.addaudithook(_see)


@contextmanager
def files_opened(folder: Path) -> Iterator[list[str]]:
    """Give a list that has, at the end, the names of the files in *folder* that were opened."""
    global _opened
    _opened, found = [], []
    try:
        yield found
    finally:
        found += [os.path.basename(name) for name in _opened if os.path.isfile(name) and name.startswith(str(folder))]  # fmt: skip
        _opened = None


def write(path: Path, *numbers: int, body: str = "The ferry left at dawn.") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    records = ({"id": n, "title": f"Title {n}", "body": f"{body} {n}"} for n in numbers)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def index(folder: Path, *paths: Path, **options: Any) -> IndexReport:
    with closing(WhooshEngine(folder, make=True)) as engine:
        return index_files(paths, engine, entities="none", **options)


def added(folder: Path) -> dict[str, Any]:
    with closing(WhooshEngine(folder)) as engine:
        return {d.article.title: (d.added, d.revision) for d in engine.documents()}


def claims(folder: Path) -> dict[str, int]:
    with closing(WhooshEngine(folder)) as engine, engine.ledger() as ledger:
        return {os.path.basename(file.path): file.articles for file in ledger.files()}


def what_happened(report: IndexReport) -> tuple[int, ...]:
    """Return articles added, changed, unchanged and deleted, files read and moved."""
    return (
        report.added, report.changed, report.unchanged, report.deleted, report.files_read, report.files_followed,
    )  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for n in range(5):
        write(tmp_path / "files" / f"{n}.jsonl", 10 * n, 10 * n + 1)
    return tmp_path / "files"


@pytest.fixture
def folder(tmp_path: Path, files: Path) -> Path:
    """An index of the files, which are two articles each."""
    index(tmp_path / "index", files)
    return tmp_path / "index"


def test_unchanged_files_are_not_opened(folder: Path, files: Path) -> None:
    with files_opened(files) as opened:
        report = index(folder, files)
    assert what_happened(report) == (0, 0, 10, 0, 0, 0)
    assert opened == []


def test_unchanged_files_take_one_look_at_their_stat_and_one_at_the_ledger(
    folder: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files by the hundred thousand: each look more is felt."""
    looks: list[str] = []
    stat = os.stat

    def counted(path: Any, **options: Any) -> os.stat_result:
        looks.append(os.path.basename(os.fsdecode(path)))
        return stat(path, **options)

    found = [*files.glob("*.jsonl")]
    with closing(WhooshEngine(folder)) as engine:
        monkeypatch.setattr("search.ingest.plan.os.stat", counted)
        with engine.ledger() as ledger:
            asked: list[str] = []
            get = ledger.get
            monkeypatch.setattr(type(ledger), "get", lambda _, path: asked.append(path) or get(path))  # fmt: skip
            run = Plan(ledger, AS_READ, map(str, found), lambda: None)
            assert run.survey(map(str, found)).work == 0
            run.start(map(str, found))
            assert run.next_task() is None
    assert looks.count("0.jsonl") == 1
    assert len(asked) == len(found)


@pytest.mark.parametrize("delete_missing", [False, True], ids=["kept", "delete-missing"])
def test_a_folder_that_was_renamed_is_not_read_again(
    tmp_path: Path, folder: Path, files: Path, monkeypatch: pytest.MonkeyPatch, delete_missing: bool
) -> None:
    before = added(folder)
    files.rename(tmp_path / "renamed")
    monkeypatch.setattr("search.ingest.tasks.opened", None)  # it hashes them, no more
    report = index(folder, tmp_path / "renamed", delete_missing=delete_missing)
    assert what_happened(report) == (0, 0, 10, 0, 0, 5)
    assert added(folder) == before
    assert claims(folder) == {f"{n}.jsonl": 2 for n in range(5)}
    report = index(folder, tmp_path / "renamed", delete_missing=delete_missing)
    assert what_happened(report) == (0, 0, 10, 0, 0, 0)


def test_a_copy_is_not_read_and_holds_the_articles_when_the_first_goes(
    folder: Path, files: Path
) -> None:
    shutil.copy2(files / "0.jsonl", files / "copy.jsonl")
    before = added(folder)
    assert what_happened(index(folder, files)) == (0, 0, 12, 0, 0, 1)
    (files / "0.jsonl").unlink()
    report = index(folder, files, delete_missing=True)
    assert report.deleted == 0
    assert added(folder) == before
    (files / "copy.jsonl").unlink()
    assert index(folder, files, delete_missing=True).deleted == 2


def test_one_that_was_moved_twice_is_a_copy(tmp_path: Path, folder: Path, files: Path) -> None:
    files.rename(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    report = index(folder, tmp_path / "one", tmp_path / "two")
    assert what_happened(report) == (0, 0, 20, 0, 0, 10)
    assert index(folder, tmp_path, delete_missing=True).deleted == 0


def test_files_with_the_same_bytes_are_each_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new file was compared with a hundred known ones, and past these hundred none counted as moved."""
    files, folder = tmp_path / "files", tmp_path / "index"
    for n in range(250):
        write(files / f"{n}.jsonl", 1)
    index(folder, files)
    files.rename(tmp_path / "moved")
    asked: list[str] = []
    exists = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: asked.append(str(path)) or exists(path))
    report = index(folder, tmp_path / "moved")
    assert (report.files_read, report.files_followed) == (0, 250)
    assert sum(path.endswith(".jsonl") for path in asked) <= 2 * 250
    with closing(WhooshEngine(folder)) as engine, engine.ledger() as ledger:
        assert {os.path.dirname(file.path) for file in ledger.files()} == {str(tmp_path / "moved")}


def test_logs_that_are_rotated_keep_their_articles(folder: Path, files: Path) -> None:
    """The old file has a new name, and another one its old name: whichever is read first."""
    before = added(folder)
    (files / "0.jsonl").rename(files / "9.jsonl")
    write(files / "0.jsonl", 100)
    report = index(folder, files)
    assert (report.added, report.changed, report.deleted) == (1, 0, 0)
    after = added(folder)
    assert {title: after[title] for title in before} == before


@pytest.mark.parametrize(
    ("old", "new", "content"),
    [
        ("a.txt", "a.json", '{"id": "a1", "title": "Ferry sails", "body": "It left at dawn."}'),
        ("a.txt", "2024-05-17.txt", "Ferry sails\n\nThe ferry left the harbour at dawn, it was said.\n"),
    ],
    ids=["another format", "another day"],
)  # fmt: skip
def test_a_new_name_that_says_more_has_it_read(
    tmp_path: Path, old: str, new: str, content: str
) -> None:
    files, folder = tmp_path / "files", tmp_path / "index"
    files.mkdir()
    (files / old).write_text(content)
    index(folder, files)
    (files / old).rename(files / new)
    report = index(folder, files)
    assert (report.files_read, report.files_followed) == (1, 0)
    # The id does not come from the name: it is the same article in any case.
    assert report.added == 0


@pytest.mark.parametrize(
    "options", [{"force": True}, {"settings": Settings(max_article_chars=2000)}],
    ids=["force", "other options"],
)  # fmt: skip
def test_moved_files_are_read_where_unchanged_ones_would_be(
    tmp_path: Path, folder: Path, files: Path, options: dict[str, Any]
) -> None:
    files.rename(tmp_path / "renamed")
    report = index(folder, tmp_path / "renamed", **options)
    assert what_happened(report) == (0, 0, 10, 0, 5, 0)


def test_only_files_of_a_size_that_is_known_are_hashed(folder: Path, files: Path) -> None:
    write(files / "new.jsonl", 77777)
    with files_opened(files) as opened:
        index(folder, files)
    assert set(opened) == {"new.jsonl"}


@needs_fork
@may_fork
def test_a_kill_while_files_are_followed_loses_no_article(
    tmp_path: Path, folder: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    before = added(folder)
    files.rename(tmp_path / "renamed")
    step, is_killed = 0, True
    while is_killed:
        step += 1
        killed = tmp_path / "killed"
        shutil.copytree(folder, killed)
        is_killed = run_up_to(
            step,
            killed,
            lambda killed=killed: index(killed, tmp_path / "renamed", delete_missing=True),
        )
        report = index(killed, tmp_path / "renamed", delete_missing=True)
        assert (report.added, report.changed, report.deleted, report.unchanged) == (0, 0, 0, 10)
        assert added(killed) == before
        shutil.rmtree(killed)
