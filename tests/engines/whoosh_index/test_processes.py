"""Several processes at one index: writers in turn, readers beside them, and processes that are killed."""

from __future__ import annotations

import errno
import http.client
import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import whoosh.index
import whoosh.query

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc, toc_path
from search.engines.whoosh_index.write import disk
from search.engines.whoosh_index.write.commit import write_lock
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.engines.whoosh_index.write.revisions import REVISIONS
from search.model.article import Document
from search.model.errors import EngineError, IndexLocked
from search.query.tree import Word
from tests.support.documents import document
from tests.support.killing import at_each_step, may_fork, needs_fork, run_up_to
from tests.support.staging import staged

MERGE_FACTOR = WRITE_LIMITS.merge_factor

#: More than a machine under load takes for anything that is waited for here.
PATIENCE = 120

GOLD = SearchRequest(tree=Word("gold"), limit=1000)


def article(article_id: str, body: str = "gold") -> Document:
    return document(article_id, title="", body=body)


def contents(folder: Path) -> dict[str, str]:
    """Return the body of every article by its id, after checking every byte."""
    with closing(WhooshEngine(folder)) as engine:
        assert engine.verify() == ()
        hits = engine.search(SearchRequest(limit=1000)).hits
        return {hit.article.article_id: hit.article.body for hit in hits}


def heaviest_words(folder: Path) -> dict[str, set[str]]:
    """Return the stems that the forward column has of every article, by its id."""
    found = {}
    with closing(WhooshEngine(folder)) as engine:
        snapshot = engine._index.current()
        for number in snapshot.documents.live_numbers.tolist():
            [(segment, _, terms)] = snapshot.terms_of(np.array([number]))
            family = segment.family("text")
            stems = {family.term(term) for term in terms.terms.tolist()}
            found[snapshot.article_id(number)] = stems
    return found


def assert_nothing_is_left_over(folder: Path) -> None:
    """Assert that the folder holds what its table of contents names, the lock, and revisions of what changed."""
    generation = latest_generation(folder)
    named = {name for segment in read_toc(folder, generation).segments for name in segment.files()}
    named |= {toc_path(folder, generation).name, "MAIN_WRITELOCK"}
    assert {path.name for path in folder.iterdir()} - {REVISIONS} == named


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(WhooshEngine(tmp_path / "index", make=True)) as engine:
        engine.add([article("a"), article("b")])
    return tmp_path / "index"


@contextmanager
def running(work: Callable[..., None], *arguments: object) -> Iterator[Any]:
    """Run *work* in a process of its own; its first argument is a connection to what is yielded."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there, *arguments))
    process.start()
    there.close()
    try:
        yield here
    finally:
        here.close()
        process.join(PATIENCE)
        process.kill()
    assert process.exitcode == 0


def told(connection: Any) -> Any:
    assert connection.poll(PATIENCE), "the other process says nothing"
    return connection.recv()


# Writers


def hold_the_lock(connection: Any, folder: Path) -> None:
    with write_lock(folder, 0):
        connection.send("held")
        told(connection)
    connection.send("free")


def test_a_second_writer_waits_until_the_first_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(hold_the_lock, folder) as other:
        assert told(other) == "held"
        with (
            closing(WhooshEngine(folder, lock_timeout_ms=30)) as engine,
            pytest.raises(IndexLocked, match=r"another process is writing.* 30 ms"),
        ):
            engine.add([article("c")])
        waits: list[float] = []

        def wait(seconds: float) -> None:
            """Instead of a sleep let the other process go on, once this one is seen to wait."""
            waits.append(seconds)
            if len(waits) == 1:
                other.send("go on")
                assert told(other) == "free"

        monkeypatch.setattr(disk.time, "sleep", wait)
        with closing(WhooshEngine(folder, lock_timeout_ms=PATIENCE * 1000)) as engine:
            engine.add([article("c")])
        assert waits
    assert contents(folder).keys() == {"a", "b", "c"}


BATCH = 5


def add_batches(connection: Any, folder: Path, name: str, batches: int) -> None:
    with closing(WhooshEngine(folder, lock_timeout_ms=PATIENCE * 1000)) as engine:
        connection.send("ready")
        told(connection)
        for batch in range(batches):
            engine.add(article(f"{name}-{batch}-{n}") for n in range(BATCH))
            engine.add([article(f"{name}-last", f"silver {batch}")])
    connection.send("done")


def test_writers_take_turns_and_readers_see_whole_commits(folder: Path) -> None:
    with (
        running(add_batches, folder, "x", MERGE_FACTOR) as one,
        running(add_batches, folder, "y", MERGE_FACTOR) as other,
        closing(WhooshEngine(folder)) as engine,
    ):
        for writer in (one, other):
            assert told(writer) == "ready"
        for writer in (one, other):
            writer.send("go on")
        totals = []
        while not (one.poll() and other.poll()):
            totals.append(engine.search(GOLD).total)
            with closing(WhooshEngine(folder)) as fresh:
                totals.append(fresh.search(GOLD).total)
        assert (told(one), told(other)) == ("done", "done")
        totals.append(engine.search(GOLD).total)
    assert totals == sorted(totals)
    assert {(total - 2) % BATCH for total in totals} == {0}
    assert totals[-1] == 2 + 2 * BATCH * MERGE_FACTOR
    last = f"silver {MERGE_FACTOR - 1}"
    assert [contents(folder)[f"{name}-last"] for name in "xy"] == [last, last]
    assert_nothing_is_left_over(folder)


# Readers


def read_before_and_after(connection: Any, folder: Path) -> None:
    """Ask, wait for commits, and only then read what was found; once through us and once through Whoosh."""
    searcher = whoosh.index.open_dir(folder).searcher()
    with closing(WhooshEngine(folder)) as engine:
        found = engine.search(GOLD)
        connection.send(found.total)
        told(connection)
        connection.send({hit.article.article_id: hit.article.body for hit in found.hits})
        gold = whoosh.query.Term("text", "gold")
        connection.send({hit["id"]: hit["body"] for hit in searcher.search(gold, limit=None)})
        connection.send(engine.search(GOLD).total)
        connection.send(len(searcher.refresh().search(gold, limit=None)))


def test_a_reader_keeps_its_generation_while_files_go(folder: Path) -> None:
    before = contents(folder)
    old_files = {path for path in folder.iterdir() if path.suffix.startswith(".ns")}
    with running(read_before_and_after, folder) as reader:
        assert told(reader) == 2
        with closing(WhooshEngine(folder)) as engine:
            engine.add([article("a", "gold again")])
            for number in range(MERGE_FACTOR):
                engine.add([article(f"n{number}")])
        assert not any(path.exists() for path in old_files)
        reader.send("go on")
        assert told(reader) == before
        assert told(reader) == before
        assert (told(reader), told(reader)) == (2 + MERGE_FACTOR, 2 + MERGE_FACTOR)
    assert_nothing_is_left_over(folder)


# The web server

SERVE = "import sys; from search.cli.main import main; sys.exit(main())"
COMMITS = 2 * MERGE_FACTOR
ASKERS = 3
#: Far more requests than are made during these commits; after these an asker gives up.
MOST_REQUESTS = 20_000


@pytest.fixture
def served(folder: Path, checkout: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", SERVE, "serve", "--index", str(folder), "--port", "0"]
    with subprocess.Popen(command, cwd=checkout, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process, urlsplit(process.stderr.readline().split()[2]).netloc
        process.send_signal(signal.SIGTERM)


def asked(connection: http.client.HTTPConnection) -> tuple[int, int]:
    """Return the status and the total of one search."""
    connection.request("GET", "/api/v1/search?q=gold")
    response = connection.getresponse()
    return response.status, json.load(response)["total"]


def mapped_and_deleted(process: subprocess.Popen[str]) -> list[str]:
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    return [line for line in maps.splitlines() if ".ns" in line and line.endswith("(deleted)")]


def test_a_web_server_shows_each_commit_and_drops_no_request(
    folder: Path, served: tuple[subprocess.Popen[str], str]
) -> None:
    _, address = served
    is_over = threading.Event()
    answers: list[list[tuple[int, int]]] = [[] for _ in range(ASKERS)]

    def keep_asking(answered: list[tuple[int, int]]) -> None:
        with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
            while not is_over.is_set() and len(answered) < MOST_REQUESTS:
                answered.append(asked(connection))

    askers = [threading.Thread(target=keep_asking, args=(answered,)) for answered in answers]
    for asker in askers:
        asker.start()
    try:
        with (
            closing(WhooshEngine(folder)) as engine,
            closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection,
        ):
            for number in range(COMMITS):
                engine.add([article("a", f"gold {number}"), article(f"n{number}")])
                # A request that begins after a commit is answered from it.
                assert asked(connection) == (200, 3 + number)
    finally:
        is_over.set()
        for asker in askers:
            asker.join(PATIENCE)
    for answered in answers:
        assert {status for status, _ in answered} == {200}
        totals = [total for _, total in answered]
        assert totals == sorted(totals)
    assert_nothing_is_left_over(folder)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc to see mapped files in")
def test_a_web_server_lets_go_of_files_that_are_gone(
    folder: Path, served: tuple[subprocess.Popen[str], str]
) -> None:
    process, address = served
    with (
        closing(WhooshEngine(folder)) as engine,
        closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection,
    ):
        assert asked(connection) == (200, 2)
        for number in range(MERGE_FACTOR):
            engine.add([article(f"n{number}")])
        assert mapped_and_deleted(process)
        assert asked(connection) == (200, 2 + MERGE_FACTOR)
        assert mapped_and_deleted(process) == []


# Killed

#: How a fork ends that got an `EngineError`, or nothing because its step never came.
TOLD, NO_SUCH_STEP = 3, 4


def outcome_of_failing_at(step: int, folder: Path, work: Callable[[], None], *, once: bool) -> int:
    """Run *work* in a fork in which its step number *step*, or all from that on, fail; return how it ended."""
    child = os.fork()
    if not child:
        status = 1
        try:
            steps = 0

            def count() -> None:
                nonlocal steps
                steps += 1
                if steps == step or (steps > step and not once):
                    raise OSError(errno.EIO, os.strerror(errno.EIO))

            at_each_step(count, str(folder), with_locks=False)
            logging.disable()  # of what the disk does not confirm, see test_whoosh_index
            try:
                work()
                status = 0 if steps >= step else NO_SUCH_STEP
            except EngineError:
                status = TOLD
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ready_to_merge(tmp_path: Path) -> Path:
    """Return an index whose next commit merges."""
    base = tmp_path / "base"
    with closing(WhooshEngine(base, make=True)) as engine:
        engine.add([article(f"b{number}") for number in range(MERGE_FACTOR + 2)])
        for number in range(MERGE_FACTOR - 1):
            engine.add([article(f"n{number}")])
    return base


def change(folder: Path) -> None:
    """Add, replace and delete in one commit."""
    with closing(WhooshEngine(folder)) as engine:
        waiting = staged(engine, [article("n0", "silver"), article("new", "silver")])
        engine.publish([waiting], ["b1"])


def changed(before: dict[str, str]) -> dict[str, str]:
    after = {**before, "n0": "silver", "new": "silver"}
    del after["b1"]
    return after


@needs_fork
@may_fork
@pytest.mark.usefixtures("no_waiting_for_the_disk")
def test_a_writer_killed_anywhere_leaves_a_whole_index_and_nothing_else(tmp_path: Path) -> None:
    """One commit that adds, replaces, deletes and merges, killed before each thing it does to a file."""
    base = ready_to_merge(tmp_path)
    before = contents(base)
    after = changed(before)

    step, outcomes = 0, []
    is_killed = True
    while is_killed:
        step += 1
        folder = tmp_path / f"killed-{step}"
        copytree(base, folder)
        is_killed = run_up_to(step, folder, lambda folder=folder: change(folder))
        left = contents(folder)
        assert left in (before, after)
        assert heaviest_words(folder) == {each: set(body.split()) for each, body in left.items()}
        outcomes.append(left == after)
        # The lock is free, and the next commit tidies up.
        with closing(WhooshEngine(folder, lock_timeout_ms=0)) as engine:
            engine.add([article("z")])
        assert contents(folder) == {**left, "z": "gold"}
        assert_nothing_is_left_over(folder)
    # From the moment that it counts it counts for good.
    assert outcomes == sorted(outcomes)
    assert len(set(outcomes)) == 2


@needs_fork
@may_fork
@pytest.mark.usefixtures("no_waiting_for_the_disk")
@pytest.mark.parametrize("once", [True, False], ids=["once", "from then on"])
def test_whatever_the_disk_refuses_an_error_means_undone_and_none_means_done(
    tmp_path: Path, once: bool
) -> None:
    base = ready_to_merge(tmp_path)
    before = contents(base)
    step, outcomes = 0, []
    while NO_SUCH_STEP not in outcomes:
        step += 1
        folder = tmp_path / f"failed-{step}"
        copytree(base, folder)
        outcomes.append(
            outcome_of_failing_at(step, folder, lambda folder=folder: change(folder), once=once)
        )
        assert outcomes[-1] in (0, TOLD, NO_SUCH_STEP)
        left = contents(folder)
        assert left == (before if outcomes[-1] == TOLD else changed(before))
        # The lock is free, and the next commit tidies up.
        with closing(WhooshEngine(folder, lock_timeout_ms=0)) as engine:
            engine.add([article("z")])
        assert contents(folder) == {**left, "z": "gold"}
        assert_nothing_is_left_over(folder)
    assert {0, TOLD} < set(outcomes)


@needs_fork
@may_fork
@pytest.mark.usefixtures("no_waiting_for_the_disk")
def test_making_an_index_can_be_killed_anywhere(tmp_path: Path) -> None:
    step, is_killed = 0, True
    while is_killed:
        step += 1
        folder = tmp_path / f"killed-{step}"
        is_killed = run_up_to(step, folder, lambda folder=folder: WhooshEngine(folder, make=True))
        with closing(WhooshEngine(folder, make=True, lock_timeout_ms=0)) as engine:
            engine.add([article("a")])
        assert contents(folder) == {"a": "gold"}
        assert_nothing_is_left_over(folder)
    assert step > 3
