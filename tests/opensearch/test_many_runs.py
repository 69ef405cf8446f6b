"""Several runs of newssearch index at once into one index of a cluster: as if one had followed the other."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.ledger import ledger_index
from search.engines.opensearch.location import Location
from search.engines.staging import InputFile
from search.ingest.limits import RUN_LIMITS
from search.ingest.run import IndexReport, Progress, index_files
from search.ingest.tasks import ReadOptions
from search.model.errors import EngineError, IndexLocked
from search.model.settings import Settings
from search.readers.options import AS_FOUND
from search.readers.source import Limits
from tests.support.command_line import PROGRAM
from tests.support.documents import document
from tests.support.ledger_steps import A
from tests.support.paths import CHECKOUT
from tests.support.waiting import wait_until

QUICK = Settings(entities="none", lock_timeout_ms=200)
_AGENCY = (
    "The ferry to Lindvik ran aground in thick fog on Monday morning, and all sixty people on board were brought "
    "ashore by fishing boats within the hour, the coast guard said."
)


@pytest.fixture
def engine(location: Location) -> Iterator[OpenSearchEngine]:
    with closing(OpenSearchEngine(location, settings=QUICK)) as engine:
        yield engine


@pytest.fixture
def other(location: Location) -> Iterator[OpenSearchEngine]:
    """The same index, open in what might be another process."""
    with closing(OpenSearchEngine(location, settings=QUICK)) as engine:
        yield engine


def written(file: Path, *articles: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(each) + "\n" for each in articles))
    return file


def article(name: str, text: str = "gold", **more: str) -> dict[str, str]:
    return {"id": name, "title": f"Title of {name}", "text": text, **more}


def folder_of(folder: Path, files: int, each: int = 10, name: str = "a") -> Path:
    """Return a folder of that many files of *each* articles."""
    for number in range(files):
        ids = [f"{name}{number:03}-{at}" for at in range(each)]
        written(folder / f"{number:03}.jsonl", *(article(i, f"gold {i}") for i in ids))
    return folder


def stored(engine: OpenSearchEngine) -> list[str]:
    return sorted(document.article_id for document in engine.stored_documents())


def rows(engine: OpenSearchEngine) -> int:
    """Return how many documents the cluster has, seen or not."""
    physical = engine.control.manifest().physical
    engine.connection.refresh(physical)
    return int(engine.connection.request("GET", f"/{physical}/_count")["count"])


def leavings(engine: OpenSearchEngine) -> tuple[object, ...]:
    """Return what runs hold or have not finished."""
    manifest = engine.control.manifest()
    holds = ledger_index(engine.control).count({"exists": {"field": "holder"}})
    return dict(manifest.pending), dict(manifest.leases), manifest.dead, holds


NOTHING = ({}, {}, (), 0)


class TestCommands:
    """Real ones, each in a process of its own."""

    def start(self, location: Location, *paths: Path, **options: str) -> subprocess.Popen[str]:
        more = [f"--{name}={value}" for name, value in {"entities": "none", **options}.items()]
        index = f"opensearch:{location}"
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "index", "--index", index, *more, *map(str, paths)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def files_read(self, said: str) -> int:
        found = re.search(r"([\d,]+) files? read", said)
        assert found, said
        return int(found[1].replace(",", ""))

    def ended(self, *runs: subprocess.Popen[str]) -> list[str]:
        said = [run.communicate()[0] for run in runs]
        assert [run.returncode for run in runs] == [0] * len(runs), said
        return said

    def test_with_one_folder_read_each_file_once(
        self, location: Location, engine: OpenSearchEngine, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path / "in", files=300)
        runs = [self.start(location, folder, **{"batch-articles": "300"}) for _ in range(2)]
        said = self.ended(*runs)

        assert sum(map(self.files_read, said)) == 300
        assert len(stored(engine)) == len(set(stored(engine))) == rows(engine) == 3000
        with engine.ledger() as ledger:
            assert {file.is_current for file in ledger.files()} == {True}
        assert leavings(engine) == NOTHING

    def test_with_folders_of_their_own_have_one_story_of_what_is_copied(
        self, location: Location, engine: OpenSearchEngine, tmp_path: Path
    ) -> None:
        folders = []
        for name in ("one", "two", "three"):
            folder = folder_of(tmp_path / name, files=30, name=name)
            written(folder / "wire.jsonl", article(f"wire-{name}", _AGENCY, source=name))
            folders.append(folder)
        self.ended(*(self.start(location, folder) for folder in folders))

        assert len(stored(engine)) == rows(engine) == 903
        copies = [engine.stored(f"wire-{name}") for name in ("one", "two", "three")]
        assert len({copy.story for copy in copies if copy is not None}) == 1
        assert leavings(engine) == NOTHING

    def test_that_are_killed_leave_their_files_to_the_others(
        self, location: Location, engine: OpenSearchEngine, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path / "in", files=400)
        killed, *others = [
            self.start(location, folder, **{"batch-articles": "300"}) for _ in range(3)
        ]
        holders = ledger_index(engine.control)

        def has_three() -> bool:
            holders.see_others()
            return len(list(holders.values("holder"))) == 3

        wait_until(has_three)
        killed.kill()
        self.ended(*others)
        killed.communicate()

        assert killed.returncode == -signal.SIGKILL
        assert len(stored(engine)) == rows(engine) == 4000
        # What it has left is gone after the next run, if not before.
        [said] = self.ended(self.start(location, folder))
        assert self.files_read(said) == 0
        assert leavings(engine) == NOTHING


class TestMeanwhile:
    """What another run commits between the reading of a batch and its commit."""

    def indexed(
        self, engine: OpenSearchEngine, path: Path, meanwhile: Callable[[], object] = int
    ) -> IndexReport:
        """Index *path*; call *meanwhile* once, when something was read."""
        left = [meanwhile]

        def see(progress: Progress) -> None:
            if progress.articles and left:
                left.pop()()

        return index_files([path], engine, settings=QUICK, on_progress=see)

    def test_an_article_that_another_file_gives_up_stays_where_this_one_has_it(
        self, engine: OpenSearchEngine, other: OpenSearchEngine, tmp_path: Path
    ) -> None:
        theirs = written(tmp_path / "theirs/a.jsonl", article("x"), article("y"))
        self.indexed(other, theirs)
        mine = written(tmp_path / "mine/a.jsonl", article("x"))

        def give_up() -> None:
            written(theirs, article("y"))
            assert self.indexed(other, theirs).deleted == 1

        self.indexed(engine, mine, give_up)

        assert stored(engine) == ["x", "y"]
        with engine.ledger() as ledger:
            assert ledger.claimants(["x"]) == {"x": [str(mine)]}
            assert [file.is_current for file in ledger.files()] == [True, True]

    def test_what_was_taken_back_stays_so(
        self, engine: OpenSearchEngine, other: OpenSearchEngine, tmp_path: Path
    ) -> None:
        mine = written(tmp_path / "mine/a.jsonl", article("x"), article("y"))
        kill = written(tmp_path / "theirs/kill.jsonl", article("x", pubstatus="canceled"))
        report = self.indexed(engine, mine, lambda: self.indexed(other, kill))

        found = engine.stored("x")
        assert found is not None
        assert found.article.is_withdrawn
        assert engine.get("y") is not None
        assert "withdrawn" in report.cases

    def test_rules_that_came_count(
        self, engine: OpenSearchEngine, other: OpenSearchEngine, tmp_path: Path
    ) -> None:
        mine = written(tmp_path / "mine/a.jsonl", article("x"), article("y"))
        theirs = written(tmp_path / "theirs/b.jsonl", article("z"))
        rules = tmp_path / "hidden.toml"
        rules.write_text('[[hide]]\nid = "x"\nreason = "asked"\ndate = 2026-11-29\n')
        with_rules = QUICK._replace(hidden=str(rules))
        self.indexed(engine, mine, lambda: index_files([theirs], other, settings=with_rules))

        assert stored(engine) == ["y", "z"]

    def test_the_same_file_is_read_once(
        self, engine: OpenSearchEngine, other: OpenSearchEngine, tmp_path: Path
    ) -> None:
        folder = folder_of(tmp_path / "in", files=3, each=1)
        files = sorted(folder.iterdir())

        with other.ledger(shares=True) as ledger:
            assert ledger.hold([str(files[1])]) == set()

            def end() -> None:
                with ledger.committing():
                    ledger.record([A._replace(path="/elsewhere")])
                    ledger.let_go([str(files[1])])

            assert self.indexed(engine, folder, end).files_read == 3
        assert stored(engine) == ["a000-0", "a001-0", "a002-0"]

    def test_what_is_gone_elsewhere_is_no_missing_file_here(
        self, engine: OpenSearchEngine, tmp_path: Path
    ) -> None:
        """A machine does not see the folders of another one: a copy of a file of these was not moved here."""
        theirs = written(tmp_path / "theirs/a.jsonl", article("x"))
        self.indexed(engine, theirs)
        mine = written(tmp_path / "mine/a.jsonl", article("x"))
        theirs.unlink()
        report = index_files([mine.parent], engine, settings=QUICK, delete_missing=True)

        assert (report.files_followed, report.deleted) == (1, 0)
        with engine.ledger() as ledger:
            assert ledger.claimants(["x"]) == {"x": sorted([str(mine), str(theirs)])}


def test_files_that_are_as_they_were_are_asked_for_by_the_thousand(
    engine: OpenSearchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.add([document("x")])
    how = ReadOptions(Limits.of(QUICK), AS_FOUND, "", False, True, RUN_LIMITS).how()
    for number in range(3000):
        path = tmp_path / f"{number // 1000}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("gold")
    files = []
    for path in tmp_path.rglob("*.txt"):
        status = path.stat()
        files.append(InputFile(str(path), 4, status.st_mtime_ns, "d", how, "", articles=1))
    with engine.ledger() as ledger:
        ledger.record(files)
    asked: list[str] = []
    request = engine.connection.request

    def counted(method: str, path: str, *args: Any, **options: Any) -> dict[str, Any]:
        asked.append(path)
        return request(method, path, *args, **options)

    monkeypatch.setattr(engine.connection, "request", counted)
    counts = []
    for paths in ([tmp_path / "0"], [tmp_path]):
        asked.clear()
        report = index_files(paths, engine, settings=QUICK)
        counts.append((report.files_read, report.files_unchanged, len(asked)))
    (*of_few, few), (*of_more, more) = counts
    assert (of_few, of_more) == ([0, 1000], [0, 3000])
    # A question for each further thousand; what else is asked does not depend on the files.
    assert more <= few + 4 < 60


class TestLedger:
    def test_is_shared_by_runs_and_by_nobody_else(
        self, engine: OpenSearchEngine, other: OpenSearchEngine
    ) -> None:
        with engine.ledger(shares=True), other.ledger(shares=True):
            pass
        with (
            engine.ledger(shares=True),
            pytest.raises(IndexLocked, match="another process"),
        ):
            other.ledger().__enter__()
        with engine.ledger(), pytest.raises(IndexLocked, match="another process"):
            other.ledger(shares=True).__enter__()

    def test_gives_a_file_to_one_run_until_that_lets_it_go(
        self, engine: OpenSearchEngine, other: OpenSearchEngine
    ) -> None:
        with engine.ledger(shares=True) as first, other.ledger(shares=True) as second:
            assert first.hold(["/a", "/b"]) == set()
            assert second.hold(["/b", "/c"]) == {"/b"}
            assert first.held_elsewhere(["/a", "/b", "/c", "/d"]) == {"/c"}
            with first.committing():
                first.record([A._replace(path="/b")])
            assert second.hold(["/a", "/b"]) == {"/a"}
            assert second.get("/b") == A._replace(path="/b")
            assert not second.clear()
        assert leavings(engine) == NOTHING

    def test_of_a_lost_run_is_taken_over_and_changed_by_it_no_more(
        self, engine: OpenSearchEngine, other: OpenSearchEngine
    ) -> None:
        with engine.ledger(shares=True) as lost, other.ledger(shares=True) as second:
            lost.hold(["/a"])
            assert second.hold(["/a"]) == {"/a"}
            # As after a minute in which it was stopped.
            end_all_but(other)
            assert second.hold(["/a"]) == set()
            with pytest.raises(EngineError, match="stopped for so long"), lost.committing():
                pass
            assert second.held_elsewhere(["/a"]) == set()

    def test_tells_what_went_since(self, engine: OpenSearchEngine, other: OpenSearchEngine) -> None:
        with engine.ledger(shares=True) as first, other.ledger(shares=True) as second:
            before = second.moment()
            with first.committing():
                first.note_gone([f"a{number}" for number in range(1500)])
                engine.control.change(lambda m: m._replace(generation=m.generation + 1))
            assert len(second.gone_since(before)) == 1500
            assert second.gone_since(second.moment()) == set()


def end_all_but(engine: OpenSearchEngine) -> None:
    """Have the time of all leases be over that are not of *engine*."""
    engine.control.change(
        lambda manifest: manifest._replace(
            leases={
                name: lease if lease.owner == engine.leases.owner else lease._replace(until=0.0)
                for name, lease in manifest.leases.items()
            }
        )
    )
