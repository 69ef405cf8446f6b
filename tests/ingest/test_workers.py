"""Several processes read as one does: the same report, the same index, whatever comes in between."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.registry import open_staging
from search.engines.staging import StagingEngine, StagingHandle
from search.ingest import workers
from search.ingest.cases import CaseFile
from search.ingest.limits import RUN_LIMITS, RunLimits
from search.ingest.plan import Plan
from search.ingest.run import IndexReport, Progress, index_files
from search.ingest.tasks import ReadOptions
from search.model.article import Article, Document
from search.model.errors import EngineError, IndexMissing
from search.model.settings import Settings
from search.readers.options import AS_FOUND
from search.readers.source import Limits
from tests.support.documents import as_given
from tests.support.memory_engine import MemoryEngine
from tests.support.waiting import wait_until

EVERYTHING = SearchRequest(limit=1000)


def record(article_id: str, body: str = "The ferry left at dawn.") -> dict[str, Any]:
    return {"id": article_id, "title": f"Title of {article_id}", "body": body, "language": "en"}


def lines(*records: dict[str, Any] | str) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in records)


#: Read tasks of a few lines, and workers for any of them.
SMALL_TASKS = RunLimits(work_for_workers=0, cut_bytes=300, block_bytes=200)


# Threads in the place of processes, so that hypothesis decides who is heard first

SHARED: dict[str, MemoryEngine] = {}


def open_shared(name: str, *, settings: Settings) -> MemoryEngine:
    return SHARED[name]


def launch_thread(connection: Connection[Any, Any]) -> Any:
    """Do what a process does in a thread of this one; return what stands for the process."""
    own: Connection[Any, Any] = Connection(os.dup(connection.fileno()))

    def work() -> None:
        with own, suppress(EOFError):
            workers.work(own)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return SimpleNamespace(stdin=None, wait=lambda *_: 0, kill=lambda: None)


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    states=st.lists(FILES, min_size=1, max_size=3),
    jobs=st.integers(2, 3),
    batch_articles=st.sampled_from([1, 2, 3, 100]),
    said_articles=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_order_of_answers_changes_nothing(
    states: list[dict[str, list[tuple[str, str] | None]]],
    jobs: int,
    batch_articles: int,
    said_articles: int,
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

    limits = RunLimits(
        work_for_workers=0,
        cut_bytes=1,
        block_bytes=150,
        last_block_bytes=70,
        said_articles=said_articles,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "_launch", launch_thread)
        patch.setattr(workers, "wait", choose)
        for number, state in enumerate(states):
            write_state(folder / "articles", state, number)
            options: dict[str, Any] = {"entities": "none", "delete_missing": True, "limits": limits}
            one = index_files(
                [folder / "articles"],
                alone,
                settings=Settings(jobs=1),
                **options,
            )
            several = index_files(
                [folder / "articles"],
                shared,
                settings=Settings(jobs=jobs, batch_articles=batch_articles),
                opener=partial(open_shared, "engine"),
                **options,
            )
            assert documents(shared) == documents(alone)
            if batch_articles == 100:
                assert several == one


def test_the_end_of_the_last_file_is_read_in_smaller_tasks(tmp_path: Path) -> None:
    """Of two workers one would be done long before the other, and wait for it."""
    paths = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    for path in paths:
        Path(path).write_text(lines(*(record(f"{n:05}") for n in range(8000))))
    limits = RunLimits(cut_bytes=1, block_bytes=50_000, last_bytes=100_000, last_block_bytes=10_000)
    options = ReadOptions(
        limits=Limits(max_article_chars=1000, max_record_chars=1000, block_bytes=50_000),
        reading=AS_FOUND,
        tagger="",
        force=False,
        looks_up=False,
        run_limits=limits,
    )
    sizes: dict[str, list[int]] = {path: [] for path in paths}
    with MemoryEngine().ledger() as ledger:
        plan = Plan(ledger, options, paths, lambda: None)
        plan.start(paths)
        while (task := plan.next_task()) is not None:
            assert task.block is not None
            sizes[task.paths[0]].append(len(task.block.content))
            plan.take()
    of_first, of_last = sizes[paths[0]], sizes[paths[1]]
    assert sum(of_first) == sum(of_last) == os.path.getsize(paths[0])
    assert min(of_first[:-1]) > 40_000
    assert of_last[: len(of_first) // 2] == of_first[: len(of_first) // 2]
    assert max(of_last[-5:]) < 12_000


def test_the_first_ctrl_c_commits_what_all_processes_have_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_launch", launch_thread)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source = tmp_path / "a.jsonl"
    source.write_text(lines(*(record(f"a{n}") for n in range(40))))
    engine = SHARED["engine"] = MemoryEngine()
    heard: list[str] = []

    def press(progress: Progress) -> None:
        if progress.articles >= 8 and not heard:
            signal.raise_signal(signal.SIGINT)

    def run(**options: Any) -> IndexReport:
        return index_files(
            [source],
            engine,
            settings=Settings(jobs=2),
            entities="none",
            opener=partial(open_shared, "engine"),
            limits=replace(SMALL_TASKS, said_articles=2),
            **options,
        )

    first = run(on_progress=press, on_interrupt=lambda: heard.append("interrupted"))
    assert (first.is_interrupted, heard) == (True, ["interrupted"])
    assert 8 <= first.added == len(documents(engine)) < 40
    second = run()
    assert (second.added, second.unchanged) == (40 - first.added, first.added)
    assert len(documents(engine)) == 40


# Real processes


def changed(folder: Path, name: str, content: str | bytes, mtime: int) -> None:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, ns=(mtime, mtime))


MANY = [record(f"m{n}", f"Text number {n}. " * 3) for n in range(40)]
BLINKEN = "Antony Blinken met ministers in Brussels. Blinken then left Brussels."
PACKED = gzip.compress(
    lines(*(record(f"z{n}", random.Random(n).randbytes(90).hex()) for n in range(200))).encode()
)

#: What is written to the folder of articles before each run of a scenario: name -> content, None removes.
SCENARIOS: dict[str, list[dict[str, str | bytes | None]]] = {
    "unchanged": [{"a.jsonl": lines(*MANY)}, {}],
    "edited": [
        {"a.jsonl": lines(*MANY)},
        {"a.jsonl": lines(*MANY[5:], record("m7", "new"), record("new"))},
    ],
    "refused": [{"a.jsonl": lines(*MANY[:9], "{", *MANY[9:20], "[]", *MANY[20:], '{"title": 3'), "b.jsonl": "\x89PNG\n"}],
    "several sources of one id": [
        {"a.jsonl": lines(*MANY, record("x", "1")), "b.json": json.dumps([record("x", "2"), *MANY[:9]]), "c.txt": "Title\n\nText."},
        {"b.json": "[]", "c.txt": None},
    ],
    "later ones as in the index": [
        {"a.jsonl": lines(*(record("x", str(n % 7)) for n in range(50)), *MANY, record("x", "last"))},
        {"a.jsonl": lines(*(record("x", str(n % 5)) for n in range(50)), *MANY, record("x", "last"))},
    ],
    "formats": [
        {
            "a.csv": "title,body\n" + "".join(f'"Title {n}","Text\n{n}"\n' for n in range(30)),
            "b.html": "<html><head><title>Page</title></head><body><article><p>Text of a page.</p></article></body></html>",
            "c.jsonl": lines(*MANY).encode("utf-16"),
            "d.jsonl": lines(*MANY[:20]).replace("number", "n\xfcmber").encode("cp1252"),
            "e.jsonl.gz": gzip.compress(lines(*(record(f"g{n}") for n in range(30))).encode()),
        }
    ],
    "remarks": [
        {
            "a.jsonl": lines(*(record(f"r{n}") | {"published": "03/04/2024", "colour": "red"} for n in range(20)), "{"),
            "b.csv": "id,title,body,shade\n" + "".join(f"c{n},Title {n},Text,blue\n" for n in range(20)),
            "c.docx": "PK",
        },
        {"a.jsonl": lines(*(record(f"r{n}") | {"title": "Another", "colour": "red"} for n in range(20)))},
    ],
    "cut short": [{"a.jsonl.gz": PACKED[:-300], "b.jsonl": lines(*MANY)}, {"b.jsonl": None}],
    "entities": [
        {"a.jsonl": lines(*(record(f"e{n}", BLINKEN) for n in range(20)))},
        {"a.jsonl": lines(*(record(f"e{n}", BLINKEN) for n in range(21)))},
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_report_and_index_are_those_of_one_process(tmp_path: Path, name: str) -> None:
    (tmp_path / "articles").mkdir()
    changed(tmp_path / "articles", "keep.jsonl", lines(record("keep")), 0)
    reports: dict[int, list[IndexReport]] = {1: [], 2: []}
    for number, files in enumerate(SCENARIOS[name]):
        for file, content in files.items():
            if content is None:
                (tmp_path / "articles" / file).unlink()
            else:
                changed(tmp_path / "articles", file, content, number + 1)
        for jobs in reports:
            reports[jobs].append(index_beside(tmp_path, jobs, f"index{jobs}", delete_missing=True))

    assert reports[2] == reports[1]
    assert stored(tmp_path / "index2") == stored(tmp_path / "index1")


def test_all_cases_are_written_whoever_has_read_them(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        changed(tmp_path / "articles", name, lines(*MANY, "{", *MANY, "[]", *MANY[:9]), 0)
    limits = replace(SMALL_TASKS, said_cases=3, said_articles=7)
    written = []
    for jobs in (1, 2):
        with CaseFile(tmp_path / "cases.jsonl") as file:
            index_beside(tmp_path, jobs, f"index{jobs}", case_file=file, limits=limits)
        written.append((tmp_path / "cases.jsonl").read_text("utf-8").splitlines())

    assert len(written[0]) == 4 + len(MANY) * 3 + 2 * 9
    assert sorted(written[1]) == sorted(written[0])


def index_beside(folder: Path, jobs: int, name: str = "index", **options: Any) -> IndexReport:
    """Index the articles of a folder beside them, with that many processes."""
    index = folder / name
    options = {"opener": partial(open_staging, str(index)), "limits": SMALL_TASKS, **options}
    with closing(open_staging(str(index), make=True)) as engine:
        return index_files(
            [folder / "articles"],
            engine,
            settings=Settings(jobs=jobs),
            **options,
        )


def stored(index: Path) -> dict[str, Document | None]:
    """Return what the index has, as it was given, but for the time; the ledger claims all of it."""
    with closing(open_staging(str(index))) as engine, engine.ledger() as ledger:
        ids = sorted(hit.article.article_id for hit in engine.search(EVERYTHING).hits)
        assert ledger.claimants(ids).keys() == set(ids)
        return {article_id: at_no_time(as_given(engine, article_id)) for article_id in ids}


def at_no_time(document: Document | None) -> Document | None:
    if document is None or document.provenance is None:
        return document
    return document._replace(packed_provenance=document.provenance._replace(read_at=None).packed())


class Failing:
    """An engine that fails in the way that its name says, and is else the one of a folder."""

    def __init__(self, engine: StagingEngine, how: str) -> None:
        self._engine = engine
        self._how = how

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def stage(self) -> Any:
        return FailingStaging(self._engine.stage(), self._how)


class FailingStaging:
    """A handle that fails at the fourth article."""

    def __init__(self, handle: StagingHandle, how: str) -> None:
        self._handle = handle
        self._how = how
        self._articles = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)

    def add(self, article: Article) -> None:
        self._articles += 1
        if self._articles == 4:
            fail(self._how)
        self._handle.add(article)


def fail(how: str) -> None:
    match how:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "disk full":
            raise EngineError("disk full")
        case "no memory":
            raise MemoryError
        case "fault":
            raise KeyError("odd")


def no_more_processes() -> int:
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def open_failing(index: str, how: str, *, settings: Settings) -> Any:
    return Failing(open_staging(index, settings=settings), how)


def open_never(*, settings: Settings) -> Any:
    raise EngineError("cannot be opened")


IS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


@pytest.fixture(params=[pytest.param(True, marks=IS_LINUX), False], ids=["forked", "afresh"])
def is_forked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Have processes started in one way, whatever threads this one has."""
    monkeypatch.setattr(workers, "_can_fork", lambda: request.param)
    return bool(request.param)


@pytest.mark.usefixtures("is_forked")
def test_names_are_found_however_processes_are_started(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    files = SCENARIOS["entities"][0]
    changed(tmp_path / "articles", "a.jsonl", str(files["a.jsonl"]), 1)
    reports = [index_beside(tmp_path, jobs, f"index{jobs}") for jobs in (1, 2)]

    assert reports[1] == reports[0]
    assert stored(tmp_path / "index2") == stored(tmp_path / "index1")


def test_a_process_that_has_threads_is_not_forked() -> None:
    """What another thread has locked would stay locked for good."""
    wait = threading.Event()
    thread = threading.Thread(target=wait.wait)
    thread.start()
    try:
        assert not workers._can_fork()
    finally:
        wait.set()
        thread.join()


@IS_LINUX
def test_a_forked_process_has_nothing_open_of_the_other(tmp_path: Path) -> None:
    """What it kept open would stay locked, and a full disk full, as long as it lives."""
    ours, theirs = workers.Pipe()
    with (tmp_path / "open").open("w") as file, ours, pytest.MonkeyPatch.context() as patch:
        file.write("once")
        patch.setattr(workers, "work", say_what_is_open)
        with theirs:
            process = workers._forked(theirs)
        found = ours.recv()
        process.stdin.close()
        assert process.wait(60) == 0
    assert sorted(found)[:3] == [0, 1, 2]
    assert len(found) == 4  # and the socket
    assert (tmp_path / "open").read_text() == "once"


def say_what_is_open(connection: Connection[Any, Any]) -> None:
    names = os.listdir("/proc/self/fd")
    connection.send([int(name) for name in names if os.path.exists(f"/proc/self/fd/{name}")])


@pytest.mark.usefixtures("is_forked")
class TestFailure:
    @pytest.mark.parametrize(
        ("how", "error", "message"),
        [
            (
                "killed",
                EngineError,
                "ended by SIGKILL .did memory run out.*what was committed is kept",
            ),
            ("disk full", EngineError, "^disk full$"),
            ("no memory", EngineError, "--memory-mb"),
            ("fault", RuntimeError, "KeyError: 'odd'"),
        ],
    )
    def test_in_a_process_is_told_and_loses_nothing(
        self, tmp_path: Path, how: str, error: type[Exception], message: str
    ) -> None:
        (tmp_path / "articles").mkdir()
        changed(tmp_path / "articles", "a.jsonl", lines(record("before")), 1)
        index_beside(tmp_path, 1)
        changed(tmp_path / "articles", "a.jsonl", lines(*MANY), 2)
        index = tmp_path / "index"

        with pytest.raises(error, match=message):
            index_beside(tmp_path, 2, opener=partial(open_failing, str(index), how))
        assert list(stored(index)) == ["before"]
        assert index_beside(tmp_path, 1).added == len(MANY)
        assert list(index.glob("staging-*")) == []

    def test_of_opening_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "articles").mkdir()
        changed(tmp_path / "articles", "a.jsonl", lines(*MANY), 1)

        with pytest.raises(EngineError, match="cannot be opened"):
            index_beside(tmp_path, 2, opener=open_never)

    def test_of_starting_a_process_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "articles").mkdir()
        changed(tmp_path / "articles", "a.jsonl", lines(*MANY), 1)
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        monkeypatch.setattr(os, "fork", no_more_processes)

        with pytest.raises(EngineError, match="--jobs 1"):
            index_beside(tmp_path, 2)


def test_few_articles_need_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_launch", None)
    (tmp_path / "articles").mkdir()
    changed(tmp_path / "articles", "a.jsonl", lines(*MANY), 1)

    assert index_beside(tmp_path, 8, limits=RUN_LIMITS).added == len(MANY)


def test_processes_are_started_when_there_turns_out_to_be_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much comes out of a pipe nobody knows before."""
    content = lines(*(record(f"a{n}", "word " * 100) for n in range(300)))
    stdin = io.BufferedReader(io.BytesIO(content.encode()))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))
    launched = []
    launch = workers._launch
    monkeypatch.setattr(workers, "_launch", lambda each: launched.append(each) or launch(each))
    with closing(open_staging(str(tmp_path / "index"), make=True)) as engine:
        report = index_files(
            ["-"],
            engine,
            settings=Settings(jobs=2),
            entities="none",
            opener=partial(open_staging, str(tmp_path / "index")),
            limits=RunLimits(work_for_workers=20_000, block_bytes=5000),
        )
        assert (report.added, len(launched), engine.count(EVERYTHING)) == (300, 2, 300)


#: The program, made to start processes for little, and to hear Ctrl-C where tests run in the background.
PROGRAM = (
    "import signal, search.ingest.limits as i; i.RUN_LIMITS = i.RunLimits(work_for_workers=0); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); from search.cli.main import main; main()"
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`newssearch index -` with two processes, some articles committed and more awaited, as a job of its own."""
    arguments = ["index", "--index", str(tmp_path / "index"), "--entities", "none", "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments, "--batch-articles", "5", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(lines(*(record(f"a{n}", "word " * 500) for n in range(60))))
            process.stdin.flush()
            wait_until(lambda: committed(tmp_path / "index") >= 10)
            yield process
        finally:
            process.kill()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def committed(index: Path) -> int:
    try:
        with closing(open_staging(str(index))) as engine:
            return engine.count(EVERYTHING)
    except IndexMissing:
        return 0


def is_running(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class TestEnding:
    def test_ctrl_c_ends_all_processes_and_keeps_what_was_committed(
        self, running: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        os.killpg(running.pid, signal.SIGINT)  # a terminal sends it to all of them
        output, errors = running.communicate(timeout=60)

        assert running.returncode == 130
        assert errors == (
            "newssearch: interrupted; what was committed is kept, and the same command continues from there\n"
        )
        assert output.startswith(f"{committed(tmp_path / 'index')} added")
        assert not is_running(running.pid)
        assert list((tmp_path / "index").glob("staging-*")) == []

    def test_processes_end_with_the_one_that_started_them(
        self, running: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        running.kill()
        running.communicate(timeout=60)

        wait_until(lambda: not is_running(running.pid))
        assert committed(tmp_path / "index") >= 10
