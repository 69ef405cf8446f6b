"""Work that another process does: what comes of it, also where it fails, is not wanted, or the first process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.segment.joined import joined_path
from search.engines.whoosh_index.segment.toc import latest_generation
from search.engines.whoosh_index.write import aside as module
from search.engines.whoosh_index.write import commit
from search.engines.whoosh_index.write.aside import aside
from search.engines.whoosh_index.write.limits import WriteLimits
from tests.support.engine_names import ARTICLES, JOINED, counted, few_are_enough

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="the system does not say who has threads"
)


@pytest.fixture
def _pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_pays", lambda: True)


def has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@pytest.mark.usefixtures("_pays")
class TestElsewhere:
    def test_the_result_comes_from_another_process(self) -> None:
        with aside(lambda: {"number": os.getpid(), "text": "é" * 100_000}) as result:
            found = result()
        assert found["number"] != os.getpid()
        assert found["text"] == "é" * 100_000
        assert not has_children()

    def test_what_fails_there_is_done_here(self) -> None:
        here = os.getpid()

        def work() -> int:
            if os.getpid() != here:
                raise OSError("no memory")
            return here

        with aside(work) as result:
            assert result() == here
        assert not has_children()

    def test_what_is_raised_here_too_is_raised(self) -> None:
        def work() -> None:
            raise ValueError("an altered file")

        with aside(work) as result, pytest.raises(ValueError, match="altered"):
            result()
        assert not has_children()

    def test_what_is_not_wanted_is_ended(self) -> None:
        with pytest.raises(KeyboardInterrupt), aside(lambda: time.sleep(300)):
            raise KeyboardInterrupt
        assert not has_children()

    def test_it_hears_no_ctrl_c(self) -> None:
        def work() -> bool:
            os.kill(os.getpid(), signal.SIGINT)
            return True

        here = os.getpid()
        with aside(lambda: os.getpid() != here and work()) as result:
            assert result() is True

    def test_without_room_for_a_process_it_is_done_here(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_more() -> int:
            raise BlockingIOError("no more processes")

        open_before = os.listdir("/proc/self/fd")
        monkeypatch.setattr(os, "fork", no_more)
        with aside(os.getpid) as result:
            assert result() == os.getpid()
        assert len(os.listdir("/proc/self/fd")) == len(open_before)


def test_a_process_that_has_threads_is_not_forked() -> None:
    is_over = threading.Event()
    thread = threading.Thread(target=is_over.wait)
    thread.start()
    try:
        with aside(os.getpid) as result:
            assert result() == os.getpid()
    finally:
        is_over.set()
        thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with another")
def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    written = tmp_path / "number"
    code = f"""
import os, time
from pathlib import Path
from search.engines.whoosh_index.write import aside
aside._pays = lambda: True
def work():
    Path({str(written)!r}).with_suffix(".new").write_text(str(os.getpid()))
    Path({str(written)!r}).with_suffix(".new").rename({str(written)!r})
    time.sleep(300)
with aside.aside(work) as result:
    result()
"""
    with subprocess.Popen([sys.executable, "-c", code]) as first:
        end = time.monotonic() + 60
        while not written.exists() and time.monotonic() < end:
            time.sleep(0.01)
        number = int(written.read_text())
        first.kill()
    while time.monotonic() < end and Path(f"/proc/{number}/stat").exists():
        if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break  # ended, and nobody has asked how
        time.sleep(0.01)
    else:
        assert not Path(f"/proc/{number}").exists()


@pytest.mark.usefixtures("_pays")
@pytest.mark.parametrize("aside_documents", [0, 1000], ids=["elsewhere", "here"])
def test_names_are_joined_alike_wherever_that_is_done(
    aside_documents: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_are_enough(monkeypatch)
    processes = []
    found = commit.aside

    def noted(work):
        processes.append(work)
        return found(work)

    monkeypatch.setattr(commit, "aside", noted)
    limits = WriteLimits(aside_documents=aside_documents)
    with closing(WhooshEngine(tmp_path / "index", make=True, write_limits=limits)) as engine:
        engine.add(ARTICLES)
        assert counted(engine) == JOINED
        assert joined_path(tmp_path / "index", latest_generation(tmp_path / "index")).exists()
        assert len(processes) == (aside_documents == 0)
        engine.delete("abc")
        assert not joined_path(tmp_path / "index", latest_generation(tmp_path / "index")).exists()
