"""The indexer reads what has changed, counts every article under what became of it, and loses nothing."""

from __future__ import annotations

import gc
import gzip
import io
import json
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.staging import Given, Staged
from search.ingest.cases import CaseFile
from search.ingest.limits import COLLECTED_EVERY, RUN_LIMITS, RunLimits
from search.ingest.plan import Plan
from search.ingest.run import IndexReport, Progress, index_files
from search.ingest.tasks import TaskRead
from search.ingest.versions import Versions
from search.model.article import Document
from search.model.errors import EngineError, ReadError
from search.model.settings import Settings
from tests.support.memory_engine import MemoryEngine
from tests.support.memory_ledger import MemoryLedger

Index = Callable[..., IndexReport]


def counts(report: IndexReport) -> dict[str, int]:
    """Return the counts of a report that are not 0."""
    names = ("added", "changed", "retagged", "unchanged", "deleted", "refused_total", "duplicates")
    return {name: value for name in names if (value := getattr(report, name))}


def write(path: Path, *records: dict[str, Any] | str) -> Path:
    """Write a file of records, a line each; a str is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (r if isinstance(r, str) else json.dumps(r) for r in records)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def record(article_id: str, body: str = "The ferry left at dawn.") -> dict[str, Any]:
    return {"id": article_id, "title": f"Title of {article_id}", "body": body, "language": "en"}


def touch(path: Path) -> None:
    """Give a file another time of change, whatever the resolution of the file system is."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 5_000_000_000))


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """An empty folder for articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder


@pytest.fixture
def index(engine: MemoryEngine) -> Index:
    """Index into ``engine``, without entities unless asked for."""

    def run(*paths: Path | str, **options: Any) -> IndexReport:
        options = {"entities": "none", **options}
        return index_files(paths, engine, **options)

    return run


def ids(engine: MemoryEngine) -> set[str]:
    return {hit.article.article_id for hit in engine.search(everything()).hits}


def path_id(name: str) -> str:
    return name.replace("/", "-")


def body(engine: MemoryEngine, article_id: str) -> str:
    found = engine.get(article_id)
    assert found is not None
    return found.article.body


def everything() -> Any:
    from search.engines.protocol.request import SearchRequest

    return SearchRequest(limit=1000)


class TestCounting:
    def test_new_articles_are_added(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("a"), record("b"))

        assert counts(index(articles)) == {"added": 2}
        assert ids(engine) == {"a", "b"}

    def test_second_run_changes_nothing(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a"), record("b"))
        index(articles)

        report = index(articles)

        assert counts(report) == {"unchanged": 2}
        assert (report.files_read, report.files_unchanged) == (0, 1)

    def test_changed_source_replaces_what_differs_and_deletes_what_vanished(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("same"), record("edited"), record("gone"))
        index(articles)
        write(articles / "a.jsonl", record("same"), record("edited", "New."), record("new"))
        touch(articles / "a.jsonl")

        report = index(articles)

        assert counts(report) == {"added": 1, "changed": 1, "unchanged": 1, "deleted": 1}
        assert ids(engine) == {"same", "edited", "new"}

    def test_same_size_and_other_content_is_noticed(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        path = write(articles / "a.jsonl", record("a", "one"))
        index(articles)
        write(path, record("a", "two"))
        touch(path)

        assert counts(index(articles)) == {"changed": 1}
        found = engine.get("a")
        assert found is not None
        assert found.article.body == "two"

    def test_touched_source_is_not_read_again(self, index: Index, articles: Path) -> None:
        path = write(articles / "a.jsonl", record("a"))
        index(articles)
        touch(path)

        assert index(articles).files_unchanged == 1
        assert index(articles).files_unchanged == 1

    def test_moved_source_finds_its_articles_unchanged(self, index: Index, articles: Path) -> None:
        path = write(articles / "a.jsonl", record("a"))
        index(articles)
        path.rename(articles / "b.jsonl")

        assert counts(index(articles)) == {"unchanged": 1}

    def test_force_reads_again_and_finds_nothing_new(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a"))
        index(articles)

        report = index(articles, force=True)

        assert counts(report) == {"unchanged": 1}
        assert report.files_read == 1

    @pytest.mark.parametrize("batch_articles", [1, 2, 1000], ids=["one", "two", "all"])
    def test_later_of_one_id_in_a_file_stays(
        self, index: Index, articles: Path, engine: MemoryEngine, batch_articles: int
    ) -> None:
        write(articles / "a.jsonl", record("a", "first"), record("b"), record("a", "last"))

        report = index(articles, settings=Settings(batch_articles=batch_articles))

        assert counts(report) == {"added": 2, "duplicates": 1}
        assert report.duplicate_ids == ("a",)
        found = engine.get("a")
        assert found is not None
        assert found.article.body == "last"

    def test_duplicates_read_again_are_unchanged(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a", "first"), record("a", "last"))
        index(articles)

        assert counts(index(articles, force=True)) == {"unchanged": 1, "duplicates": 1}

    def test_an_article_that_a_batch_has_brought_is_known_to_the_next(
        self, index: Index, articles: Path
    ) -> None:
        write(articles / "a.jsonl", record("x"))
        index(articles)
        write(articles / "b.jsonl", record("a"), record("b"), record("a"))

        report = index(articles, settings=Settings(batch_articles=1))
        assert counts(report) == {"added": 2, "unchanged": 1, "duplicates": 1}

    def test_the_index_is_asked_for_many_articles_at_once(
        self, index: Index, articles: Path, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(articles / "a.jsonl", *(record(f"a{n}") for n in range(300)))
        index(articles)
        asked: list[int] = []
        stored_of = engine.stored_of

        def counted(article_ids: Sequence[str]) -> dict[str, Document]:
            asked.append(len(article_ids))
            return stored_of(article_ids)

        monkeypatch.setattr(engine, "stored_of", counted)
        monkeypatch.setattr(engine, "stored", lambda article_id: pytest.fail(article_id))
        assert counts(index(articles, force=True)) == {"unchanged": 300}
        assert sum(asked) == 300
        assert len(asked) < 30

    def test_one_commit_a_batch(self, index: Index, articles: Path, engine: MemoryEngine) -> None:
        write(articles / "a.jsonl", *(record(f"a{n}") for n in range(5)))
        write(articles / "b.jsonl", *(record(f"b{n}") for n in range(2)))
        commits = []
        publish = engine.publish
        engine.publish = lambda found, deleted: (
            commits.append(publish(found, deleted)) or commits[-1]
        )  # type: ignore[method-assign,func-returns-value]

        index(articles, settings=Settings(batch_articles=3))

        assert commits == [3, 3, 1]


class TestDeleting:
    def test_article_of_two_sources_stays_while_one_has_it(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        path = write(articles / "a.jsonl", record("shared"), record("a"))
        write(articles / "b.jsonl", record("shared"))
        index(articles)
        write(path, record("a"))
        touch(path)

        assert index(articles).deleted == 0
        assert ids(engine) == {"shared", "a"}

    def test_source_that_became_unreadable_in_part_keeps_its_articles(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        path = write(articles / "a.jsonl", record("a"), record("b"))
        index(articles)
        write(path, record("a"), '{"id": "b", "tit')
        touch(path)

        report = index(articles)

        assert (report.deleted, report.refused_total) == (0, 1)
        assert ids(engine) == {"a", "b"}

    def test_missing_source_is_left_alone_unless_asked(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        index(articles)
        (articles / "b.jsonl").unlink()

        assert index(articles).deleted == 0
        assert ids(engine) == {"a", "b"}

    def test_delete_missing_deletes_what_is_gone_below_the_paths(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "in" / "a.jsonl", record("a"))
        gone = write(articles / "in" / "deep" / "b.jsonl", record("b"), record("a"))
        elsewhere = write(articles / "out" / "c.jsonl", record("c"))
        index(articles)
        shutil.rmtree(gone.parent)
        elsewhere.unlink()

        report = index(articles / "in", delete_missing=True)

        assert report.deleted == 1
        assert ids(engine) == {"a", "c"}
        assert index(articles / "in", delete_missing=True).deleted == 0

    def test_delete_missing_spares_a_folder_that_is_suddenly_empty(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        """An empty folder is what the place of an unmounted disk looks like."""
        write(articles / "disk" / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        index(articles)
        (articles / "disk" / "a.jsonl").unlink()

        report = index(articles, delete_missing=True)

        assert ids(engine) == {"a", "b"}
        assert "disk is empty now" in " ".join(report.notices)

    @pytest.mark.parametrize("given", ["link", "link/a.jsonl"])
    def test_link_to_a_disk_that_is_not_mounted_is_an_error(
        self, index: Index, articles: Path, engine: MemoryEngine, tmp_path: Path, given: str
    ) -> None:
        write(articles / "a.jsonl", record("a"))
        link = tmp_path / "link"
        link.symlink_to(articles)
        index(link)
        articles.rename(tmp_path / "away")

        with pytest.raises(ReadError, match="link"):
            index(tmp_path / given, delete_missing=True)
        assert ids(engine) == {"a"}

    def test_delete_missing_spares_what_lies_behind_a_link_to_nothing(
        self, index: Index, articles: Path, engine: MemoryEngine, tmp_path: Path
    ) -> None:
        write(tmp_path / "disk" / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        (articles / "link").symlink_to(tmp_path / "disk")
        index(articles, articles / "link")
        shutil.rmtree(tmp_path / "disk")

        report = index(articles, delete_missing=True)

        assert ids(engine) == {"a", "b"}
        assert "link is a link to nothing now" in report.notices[0]

    def test_delete_missing_spares_a_folder_of_which_nothing_is_left(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        """What lies below a mount point need not be empty."""
        write(articles / "disk" / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        index(articles)
        (articles / "disk" / "a.jsonl").unlink()
        write(articles / "disk" / "README.txt", "")

        report = index(articles / "disk", delete_missing=True)

        assert ids(engine) == {"a", "b"}
        assert "is there any more" in " ".join(report.notices)
        assert index(articles, delete_missing=True).deleted == 1  # the folder above still has one

    @pytest.mark.parametrize("call", ["lstat", "scandir"])
    def test_delete_missing_spares_what_cannot_be_looked_at(
        self,
        index: Index,
        articles: Path,
        engine: MemoryEngine,
        monkeypatch: pytest.MonkeyPatch,
        call: str,
    ) -> None:
        gone = write(articles / "in" / "a.jsonl", record("a"))
        write(articles / "in" / "c.jsonl", record("c"))
        write(articles / "b.jsonl", record("b"))
        index(articles)
        gone.unlink()
        real = getattr(os, call)

        def refuse(path: Any = ".", **options: Any) -> Any:
            if os.fspath(path) in (str(gone), str(gone.parent)):
                raise PermissionError(13, "Permission denied", path)
            return real(path, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, refuse)
            report = index(articles, delete_missing=True)

        assert ids(engine) == {"a", "b", "c"}
        assert "in" in report.notices[0]
        assert index(articles, delete_missing=True).deleted == 1

    def test_delete_missing_spares_what_is_below_a_path_that_was_refused(
        self, index: Index, articles: Path, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = write(articles / "in" / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        write(articles / "in" / "c.jsonl", record("c"))
        index(articles)
        gone.unlink()
        monkeypatch.setattr(
            "search.ingest.run.input_files",
            lambda *_: [articles / "b.jsonl", articles / "in"],
        )

        report = index(articles, delete_missing=True)

        assert counts(report) == {"unchanged": 1, "refused_total": 1}
        assert ids(engine) == {"a", "b", "c"}
        assert "in could not be read this time" in report.notices[0]

    def test_delete_missing_takes_a_pattern(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        for name in ("x1.jsonl", "x2.jsonl", "y1.jsonl"):
            write(articles / name, record(name))
        index(articles)
        (articles / "x1.jsonl").unlink()
        (articles / "y1.jsonl").unlink()

        index(str(articles / "x*.jsonl"), delete_missing=True)

        assert ids(engine) == {"x2.jsonl", "y1.jsonl"}

    @pytest.mark.parametrize(
        ("pattern", "deleted"),
        [
            ("*.jsonl", set()),
            ("*/*.jsonl", {"in/a"}),
            ("**/*.jsonl", {"in/a", "in/deep/b"}),
            ("i?", {"in/a", "in/deep/b", "in/.hidden/c"}),
            ("*/[cd]eep", {"in/deep/b"}),
            ("*/.*/*", {"in/.hidden/c"}),
        ],
    )
    def test_delete_missing_takes_of_a_pattern_what_it_would_find(
        self, index: Index, articles: Path, engine: MemoryEngine, pattern: str, deleted: set[str]
    ) -> None:
        names = ["in/a", "in/deep/b", "in/.hidden/c"]
        for name in names:
            path = write(articles / f"{name}.jsonl", record(path_id(name)))
            write(path.with_name("stays.jsonl"), record(path_id(name) + "-stays"))
            index(path, path.with_name("stays.jsonl"))
            path.unlink()
        write(articles / "top.jsonl", record("top"))
        before = ids(engine)

        index(str(articles / pattern), delete_missing=True)

        assert before - ids(engine) == {path_id(name) for name in deleted}


class TestSharedArticles:
    """An id that two sources have stands for what one of them says."""

    @pytest.fixture
    def two(self, index: Index, articles: Path) -> tuple[Path, Path]:
        """Two sources of one id; the index has the text of the second, read last."""
        first = write(articles / "a.jsonl", record("x", "first"), record("a"))
        second = write(articles / "b.jsonl", record("x", "second"), record("b"))
        index(articles)
        return first, second

    @pytest.mark.parametrize(
        ("is_gone", "expected"),
        [
            (False, {"changed": 1, "unchanged": 2}),
            (True, {"changed": 1, "unchanged": 1, "deleted": 1}),
        ],
        ids=["edited", "removed"],
    )
    def test_given_up_by_one_is_what_the_other_says(
        self,
        index: Index,
        articles: Path,
        engine: MemoryEngine,
        two: tuple[Path, Path],
        is_gone: bool,
        expected: dict[str, int],
    ) -> None:
        second = two[1]
        if is_gone:
            second.unlink()
        else:
            write(second, record("b"))
            touch(second)

        report = index(articles, delete_missing=True)

        assert body(engine, "x") == "first"
        assert counts(report) == expected
        assert index(articles).files_read == 0

    def test_other_one_is_read_by_the_next_run_that_comes_to_it(
        self, index: Index, articles: Path, engine: MemoryEngine, two: tuple[Path, Path]
    ) -> None:
        first, second = two
        write(second, record("b"))
        touch(second)

        index(second)
        assert body(engine, "x") == "second"
        assert index(first).changed == 1
        assert body(engine, "x") == "first"


class TestRefusing:
    def test_bad_records_do_not_stop_the_others(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("a"), "{not json", record("b"))

        report = index(articles)

        assert counts(report) == {"added": 2, "refused_total": 1}
        assert (report.refused[0].line, ids(engine)) == (2, {"a", "b"})

    def test_refusals_are_all_counted_and_the_first_named(
        self, index: Index, articles: Path
    ) -> None:
        write(articles / "a.jsonl", record("a"), *["{"] * (RUN_LIMITS.named + 5))

        report = index(articles)

        assert (report.refused_total, len(report.refused)) == (
            RUN_LIMITS.named + 5,
            RUN_LIMITS.named,
        )

    @pytest.mark.parametrize("name", ["absent", "absent/*.json"], ids=["path", "pattern"])
    def test_path_that_stands_for_nothing_is_an_error(
        self, index: Index, articles: Path, name: str
    ) -> None:
        with pytest.raises(ReadError, match="absent"):
            index(articles, str(articles / name), delete_missing=True)

    def test_binary_file_is_refused_and_the_rest_is_read(
        self, index: Index, articles: Path
    ) -> None:
        (articles / "a.jsonl").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        write(articles / "b.jsonl", record("b"))

        assert counts(index(articles)) == {"added": 1, "refused_total": 1}

    def test_source_that_cannot_be_read_any_more_keeps_its_articles(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        path = write(articles / "a.jsonl", record("a"))
        index(articles)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

        assert counts(index(articles)) == {"refused_total": 1}
        assert counts(index(articles)) == {"refused_total": 1}
        assert ids(engine) == {"a"}

    def test_refusals_of_unchanged_sources_are_counted_again(
        self, index: Index, articles: Path
    ) -> None:
        write(articles / "a.jsonl", record("a"), "{not json", "{nor this")
        index(articles)

        report = index(articles)

        assert counts(report) == {"unchanged": 1}
        assert report.refused_earlier == 2
        assert index(articles, force=True).refused_earlier == 0

    def test_raised_limit_is_tried_on_unchanged_sources(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a", "word " * 1000), record("b"))
        low, high = Settings(max_article_chars=1000), Settings(max_article_chars=10_000)

        assert counts(index(articles, settings=low)) == {"added": 1, "refused_total": 1}
        assert counts(index(articles, settings=high)) == {"added": 1, "unchanged": 1}
        assert counts(index(articles, settings=high)) == {"unchanged": 2}

    def test_source_that_was_cut_short_is_read_each_time(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        random = "".join(f"{n * 7919 % 10007:x} " for n in range(60_000))
        lines = [record("a"), record("b", random)]
        content = gzip.compress("\n".join(map(json.dumps, lines)).encode())
        (articles / "a.jsonl.gz").write_bytes(content[:-2000])

        assert index(articles).refused_total >= 1
        again = index(articles)

        assert (again.files_read, again.refused_total >= 1, again.unchanged) == (1, True, 1)
        assert ids(engine) == {"a"}

    def test_folder_without_articles_is_told(self, index: Index, articles: Path) -> None:
        report = index(articles)

        assert counts(report) == {}
        assert str(articles) in report.notices[0]


def case_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestCases:
    """What a person is to know of what was read, or not."""

    def test_files_left_out_are_counted_by_suffix(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a"))
        for number in range(30):
            (articles / f"{number}.pages").touch()
        (articles / "b.rtf").touch()
        (articles / ".hidden").mkdir()

        report = index(articles)

        assert report.left_out == {".pages": 30, ".rtf": 1}
        assert report.left_out_folders == {"hidden": 1}
        assert report.remarks == {"left out": 32}
        assert counts(report) == {"added": 1}

    def test_suffixes_without_end_are_not_kept(
        self, index: Index, articles: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.ingest.run._MOST_SUFFIXES", 3)
        for number in range(9):
            (articles / f"a.x{number}").touch()

        report = index(articles)

        assert (len(report.left_out), sum(report.left_out.values())) == (4, 9)

    def test_another_article_of_an_id_is_told_from_a_later_version(
        self, index: Index, articles: Path
    ) -> None:
        write(articles / "a.jsonl", record("x"), record("y"))
        write(articles / "b.jsonl", {**record("x"), "title": "Another"}, record("y", "Later."))

        report = index(articles)

        [other], [again] = (report.cases[kind].examples for kind in ("same id", "again"))
        assert (other.path, other.line) == (str(articles / "b.jsonl"), 1)
        assert f"the id x that another article has, {articles / 'a.jsonl'}:1" in other.reason
        assert (again.path, again.line) == (str(articles / "b.jsonl"), 2)
        assert f"{articles / 'a.jsonl'}:2" in again.reason
        assert report.duplicates == 2

    def test_what_lies_in_an_archive_is_named_with_it(self, index: Index, articles: Path) -> None:
        """Both were said to be line 1 of the archive."""
        with zipfile.ZipFile(articles / "a.zip", "w") as archive:
            for name, title in (("2024/a.json", "One"), ("b.json", "Another")):
                archive.writestr(name, json.dumps({**record("x"), "title": title}))

        [case] = index(articles).cases["same id"].examples

        assert (case.path, case.line) == (f"{articles}/a.zip!/b.json", 1)
        assert f"{articles}/a.zip!/2024/a.json:1" in case.reason

    @pytest.mark.parametrize(
        ("name", "title", "is_gone", "kinds"),
        [
            ("b.jsonl", "Another", False, {"same id": 1}),
            ("b.jsonl", "Another", True, {}),
            ("b.jsonl", "Title of x", False, {}),
            ("a.jsonl", "Another", False, {}),
        ],
        ids=["of another file", "of a file that is gone", "same title", "of the same file"],
    )
    def test_article_that_takes_the_place_of_one_in_the_index(
        self, index: Index, articles: Path, name: str, title: str, is_gone: bool, kinds: Any
    ) -> None:
        write(articles / "a.jsonl", record("x"))
        index(articles)
        write(articles / name, {**record("x", "Other."), "title": title})
        touch(articles / name)
        if is_gone:
            (articles / "a.jsonl").unlink()

        report = index(articles)

        assert counts(report)["changed"] == 1
        assert report.remarks == kinds
        assert all("'Title of x'" in c.examples[0].reason for c in report.cases.values())

    def test_long_title_of_the_article_before_is_cut(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", {**record("x"), "title": "word " * 10_000})
        index(articles)
        write(articles / "b.jsonl", record("x"))

        [case] = index(articles).cases["same id"].examples
        assert len(case.reason) < 500

    def test_every_case_is_written_in_reading_order(
        self, index: Index, articles: Path, tmp_path: Path
    ) -> None:
        broken = ["{"] * (RUN_LIMITS.named + 5)
        write(articles / "a.jsonl", *broken, record("a"), record("a"))
        (articles / "b.pages").touch()

        with CaseFile(tmp_path / "r.jsonl") as file:
            report = index(articles, case_file=file)

        cases = case_lines(tmp_path / "r.jsonl")
        assert [case["kind"] for case in cases] == ["left out", *["refused"] * len(broken), "again"]
        assert [case["line"] for case in cases[1:]] == [*range(1, len(broken) + 1), 107]
        assert sum(each.times for each in report.cases.values()) == len(cases)

    def test_cases_of_committed_batches_can_be_read_meanwhile(
        self, index: Index, articles: Path, tmp_path: Path
    ) -> None:
        write(articles / "a.jsonl", "{", *(record(f"a{n}") for n in range(9)))
        seen = []

        def look(progress: Progress) -> None:
            if progress.articles > 4:
                seen.append(len(case_lines(tmp_path / "r.jsonl")))

        with CaseFile(tmp_path / "r.jsonl") as file:
            index(
                articles,
                case_file=file,
                on_progress=look,
                settings=Settings(batch_articles=2),
                limits=RunLimits(said_articles=1),
            )

        assert set(seen) == {1}

    def test_memory_does_not_grow_with_their_number(
        self, index: Index, articles: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No message of a reader has more than ``said_cases``, and no batch many more than ``batch_cases``."""
        path = write(articles / "a.jsonl", *["{"] * 100, record("a"))
        messages: list[int] = []
        batches = [0]
        note, commit = Plan.read, Versions.commit

        def read(self: Plan, worker: int, read: TaskRead) -> None:
            messages.append(sum(len(file.refused) for file in read.files))
            batches[-1] += messages[-1]
            note(self, worker, read)

        def committed(self: Versions) -> None:
            batches.append(0)
            commit(self)

        monkeypatch.setattr(Plan, "read", read)
        monkeypatch.setattr(Versions, "commit", committed)

        report = index(path, limits=RunLimits(said_cases=3, batch_cases=10))

        assert (report.refused_total, report.added) == (100, 1)
        assert max(messages) == 3
        assert max(batches) == 12


class TestPipesAndDevices:
    @pytest.fixture
    def pipe(self, articles: Path) -> Path:
        """A pipe that nobody writes to."""
        path = articles / "b.jsonl"
        os.mkfifo(path)
        return path

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/ptmx"])
    @pytest.mark.parametrize(
        "given", ["link.jsonl", "", "*.jsonl"], ids=["named", "in a folder", "by a pattern"]
    )
    def test_a_link_to_a_device_is_refused(
        self, index: Index, articles: Path, engine: MemoryEngine, device: str, given: str
    ) -> None:
        """/dev/zero never ends, and a terminal waits for somebody to type."""
        if not Path(device).exists():
            pytest.skip(f"there is no {device} here")
        (articles / "link.jsonl").symlink_to(device)
        write(articles / "a.jsonl", record("a"))

        report = index(str(articles / given))

        assert report.refused_total == 1
        assert "is a device or a socket, and not a file" in str(report.refused[0])
        assert ids(engine) == (set() if given == "link.jsonl" else {"a"})

    @pytest.mark.parametrize("given", ["", "*.jsonl"], ids=["in a folder", "by a pattern"])
    def test_a_pipe_that_is_not_named_is_refused(
        self, index: Index, articles: Path, engine: MemoryEngine, pipe: Path, given: str
    ) -> None:
        (articles / "link.jsonl").symlink_to(pipe)
        write(articles / "a.jsonl", record("a"))

        report = index(str(articles / given))

        assert [Path(bad.path).name for bad in report.refused] == ["b.jsonl", "link.jsonl"]
        assert "is a pipe, which may never end; name it in full" in str(report.refused[0])
        assert ids(engine) == {"a"}

    def test_a_pipe_that_is_named_is_read_each_time(
        self, index: Index, articles: Path, engine: MemoryEngine, pipe: Path
    ) -> None:
        with ThreadPoolExecutor() as pool:
            for body in ("one", "two"):
                written = pool.submit(pipe.write_text, json.dumps(record("a", body)))
                assert index(pipe).files_read == 1
                written.result(timeout=60)
                found = engine.get("a")
                assert found is not None
                assert found.article.body == body


class TestInterruption:
    @pytest.mark.parametrize(
        ("after", "kept"), [(0, 0), (1, 0), (4, 3), (9, 6), (10, 9), (11, 9)], ids=str
    )
    def test_ctrl_c_keeps_what_was_committed_and_the_next_run_completes_it(
        self, index: Index, articles: Path, engine: MemoryEngine, after: int, kept: int
    ) -> None:
        write(articles / "a.jsonl", *(record(f"a{n}") for n in range(10)))
        write(articles / "b.jsonl", record("b"))

        def stop(progress: Progress) -> None:
            if progress.articles >= after:
                raise KeyboardInterrupt

        first = index(articles, settings=Settings(batch_articles=3), on_progress=stop)
        assert len(ids(engine)) == kept
        second = index(articles)

        assert (first.is_interrupted, first.added) == (True, kept)
        assert (second.added, second.unchanged) == (11 - kept, kept)
        assert len(ids(engine)) == 11

    @pytest.mark.parametrize(
        ("presses", "pipe", "kept", "told"),
        [(1, False, 4, 1), (2, False, 0, 1), (1, True, 0, 0)],
        ids=["once", "twice", "once while a pipe is among the sources"],
    )
    def test_the_first_ctrl_c_commits_what_was_read_so_far(
        self,
        index: Index,
        articles: Path,
        engine: MemoryEngine,
        monkeypatch: pytest.MonkeyPatch,
        presses: int,
        pipe: bool,
        kept: int,
        told: int,
    ) -> None:
        """Up to 30 seconds of reading were lost. What a pipe brings may never come: there it stops at once."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        source = write(articles / "a.jsonl", *(record(f"a{n}") for n in range(10)))
        heard = []

        def press(progress: Progress) -> None:
            if progress.articles == 4:
                for _ in range(presses):
                    signal.raise_signal(signal.SIGINT)

        if pipe:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
        first = index(
            source,
            *(["-"] if pipe else []),
            limits=RunLimits(said_articles=2),
            on_progress=press,
            on_interrupt=lambda: heard.append("interrupted"),
        )
        assert (first.is_interrupted, first.added, len(ids(engine))) == (True, kept, kept)
        assert len(heard) == told
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        second = index(source)
        assert (second.added, second.unchanged, len(ids(engine))) == (10 - kept, kept, 10)

    def test_articles_of_an_interrupted_source_go_with_it(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        path = write(articles / "a.jsonl", *(record(f"a{n}") for n in range(4)))
        write(articles / "b.jsonl", record("b"))

        def stop(progress: Progress) -> None:
            if progress.articles == 3:
                raise KeyboardInterrupt

        index(articles, settings=Settings(batch_articles=2), on_progress=stop)
        path.unlink()
        index(articles, delete_missing=True)

        assert ids(engine) == {"b"}

    def test_engine_that_fails_leaves_a_true_ledger(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("a"))
        write(articles / "b.jsonl", record("b"))
        publish = engine.publish

        def publish_once(found: Sequence[Staged], deleted: Iterable[str]) -> int:
            if ids(engine):
                raise EngineError("disk full")
            return publish(found, deleted)

        engine.publish = publish_once  # type: ignore[method-assign,assignment]
        with pytest.raises(EngineError, match="disk full"):
            index(articles, settings=Settings(batch_articles=1))
        engine.publish = publish  # type: ignore[method-assign]

        assert counts(index(articles)) == {"added": 1, "unchanged": 1}

    def test_too_little_memory_is_said_and_what_was_committed_stays(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        """It was called a fault of newssearch."""
        write(articles / "a.jsonl", *(record(f"a{n}") for n in range(3)))

        def fail(progress: Progress) -> None:
            if progress.articles == 2:
                raise MemoryError

        with pytest.raises(EngineError, match=r"memory ran out.*--memory-mb"):
            index(articles, settings=Settings(batch_articles=1), on_progress=fail)
        assert ids(engine) == {"a0"}


class TestLedger:
    def test_index_that_was_emptied_is_filled_again(
        self, index: Index, articles: Path, engine: MemoryEngine
    ) -> None:
        write(articles / "a.jsonl", record("a"))
        index(articles)
        engine.delete(["a"])

        report = index(articles)

        assert counts(report) == {"added": 1}
        assert report.notices == ("the index is empty; every input file is read again",)

    def test_what_another_run_has_indexed_while_this_one_waited_is_seen(
        self, articles: Path
    ) -> None:
        """An index that was empty before made this run forget what the other one had recorded."""
        write(articles / "a.jsonl", record("a"))

        class Waiting(MemoryEngine):
            def ledger(self, *, waits: bool = True, shares: bool = False) -> MemoryLedger:
                ledger = super().ledger()
                if not self.stats().articles:
                    other = MemoryEngine()
                    index_files([articles], other, entities="none")
                    self.add(other.documents())
                    ledger = self._ledger = other.ledger()
                return ledger

        report = index_files([articles], Waiting(), entities="none")

        assert (report.files_unchanged, report.unchanged, report.notices) == (1, 1, ())

    @pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text need Linux")
    def test_file_name_that_is_no_text(self, index: Index, articles: Path) -> None:
        source = os.fsencode(articles) + b"/caf\xe9.jsonl"
        shutil.copy(write(articles / "a.txt", json.dumps(record("a"))), source)
        (articles / "a.txt").unlink()

        assert counts(index(articles)) == {"added": 1}
        assert index(articles).files_unchanged == 1


class TestReading:
    def test_gzip_and_standard_input(
        self, index: Index, articles: Path, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with gzip.open(articles / "a.jsonl.gz", "wt") as file:
            file.write(json.dumps(record("a")))
        stdin = io.BufferedReader(io.BytesIO(json.dumps(record("b")).encode()))  # type: ignore[arg-type]
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))

        assert counts(index(articles, "-")) == {"added": 2}
        assert ids(engine) == {"a", "b"}

    def test_progress_tells_of_bytes_sources_and_articles(
        self, index: Index, articles: Path
    ) -> None:
        paths = [write(articles / f"{name}.jsonl", record(name)) for name in "ab"]
        size = sum(path.stat().st_size for path in paths)
        seen: list[Progress] = []

        index(articles, on_progress=seen.append)

        assert seen[0] == Progress(str(paths[0]), 0, 2, 0, size, 0)
        assert seen[-1] == Progress("", 2, 2, size, size, 2)
        assert seen == sorted(seen, key=lambda p: (p.bytes_done, p.articles))

    def test_limit_of_the_settings_holds(self, index: Index, articles: Path) -> None:
        write(articles / "a.jsonl", record("a", "word " * 1000))

        report = index(articles, settings=Settings(max_article_chars=1000))

        assert counts(report) == {"refused_total": 1}


class TestEntities:
    @pytest.fixture
    def source(self, articles: Path) -> Path:
        body = "Antony Blinken met ministers in Brussels. Blinken then left Brussels."
        return write(articles / "a.jsonl", record("a", body))

    def test_are_found(self, index: Index, source: Path, engine: MemoryEngine) -> None:
        index(source, entities="fast")

        found = engine.get("a")
        assert found is not None
        assert "Antony Blinken" in {person.name for person in found.enrichment.entities.people}

    @pytest.mark.parametrize(
        ("first", "second"), [("none", "fast"), ("fast", "none")], ids=["added", "left-out"]
    )
    def test_asked_for_otherwise_are_found_again_in_unchanged_files(
        self, index: Index, source: Path, engine: MemoryEngine, first: str, second: str
    ) -> None:
        index(source, entities=first)

        assert counts(index(source, entities=second)) == {"retagged": 1}
        found = engine.get("a")
        assert found is not None
        assert bool(found.enrichment.entities) == (second == "fast")


IDS = st.sampled_from("abcd")
FILES = st.dictionaries(
    st.sampled_from(["f1.jsonl", "f2.jsonl"]),
    st.lists(st.tuples(IDS, st.sampled_from(["one", "two"])), min_size=1, max_size=4),
    min_size=1,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states=st.lists(FILES, min_size=1, max_size=3))
def test_index_holds_what_the_files_hold(
    states: list[dict[str, list[tuple[str, str]]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever happens to two files, what an id stands for is what one of them says, and no id is left over."""
    folder = tmp_path_factory.mktemp("run")
    engine = MemoryEngine()
    (folder / "articles").mkdir()
    (folder / "articles" / "keep.jsonl").write_text("")
    for number, state in enumerate(states):
        for name in ("f1.jsonl", "f2.jsonl"):
            path = folder / "articles" / name
            path.unlink(missing_ok=True)
            if name in state:
                write(path, *(record(i, body) for i, body in state[name]))
                os.utime(path, ns=(number, number))
        index_files(
            [folder / "articles"],
            engine,
            settings=Settings(batch_articles=2),
            entities="none",
            delete_missing=True,
        )
    last = states[-1]
    expected = {i: {dict(pairs)[i] for pairs in last.values() if i in dict(pairs)} for i in "abcd"}

    assert ids(engine) == {i for i, bodies in expected.items() if bodies}
    assert all(
        hit.article.body in expected[hit.article.article_id]
        for hit in engine.search(everything()).hits
    )


@pytest.mark.parametrize(
    ("before", "while_it_runs"),
    [(700, COLLECTED_EVERY), (COLLECTED_EVERY + 1, COLLECTED_EVERY + 1), (0, 0)],
    ids=["often", "more seldom", "never"],
)
def test_garbage_is_looked_for_seldom_while_a_run_lasts(
    before: int, while_it_runs: int, articles: Path, index: Index
) -> None:
    (articles / "a.txt").write_text("Ferry late\n\nThe ferry left at dawn.")
    kept, seen = gc.get_threshold(), set()
    gc.set_threshold(before, 7, 3)
    try:
        index(articles, on_progress=lambda _: seen.add(gc.get_threshold()))
        after = gc.get_threshold()
    finally:
        gc.set_threshold(*kept)
    assert (seen, after) == ({(while_it_runs, 7, 3)}, (before, 7, 3))


def test_ctrl_c_waits_until_what_is_committed_is_counted(tmp_path: Path) -> None:
    """A signal between the commit and the count made the report one short."""
    (tmp_path / "a.jsonl").write_text('{"id": "a", "title": "A"}\n{"id": "b", "title": "B"}\n')

    class Interrupted(MemoryEngine):
        def publish(
            self,
            staged: Sequence[Staged],
            deleted_ids: Iterable[str] = (),
            given: Mapping[str, Given] | None = None,
        ) -> int:
            count = super().publish(staged, deleted_ids, given)
            signal.raise_signal(signal.SIGINT)
            return count

    engine = Interrupted()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report = index_files([tmp_path / "a.jsonl"], engine, settings=Settings(batch_articles=1))
    assert (report.added, report.is_interrupted, engine.stats().articles) == (1, True, 1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
