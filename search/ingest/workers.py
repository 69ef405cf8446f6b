"""The workers: processes that read and stage articles for the one that commits them.

Each is forked off where the process that starts it has one thread and the system says so: all modules are there already, and
the tagger, which takes half of the time of the first thousand articles to find again. To fork a process that has threads and locks
is not safe: then each is a Python of its own, started afresh. It
speaks with the process that started it over one socket, values of `search.ingest.tasks` pickled
both ways - between two processes of ours, nothing that came from outside. It does not hear Ctrl-C, and
ends when its standard input does: when it is to, or when the process that started it has ended,
in whatever way.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, BinaryIO, Protocol

from search.engines.staging import Staged, StagingEngine
from search.enrich.tagger import FAST, tagger_called
from search.ingest.limits import use_one_core
from search.ingest.tasks import ReadOn, ReadOptions, Request, TaskRead, TaskReader
from search.model.article import Article
from search.model.errors import EngineError, SearchError
from search.model.settings import Settings

#: What a worker runs: the path by which the first one finds its modules comes from there.
_PROGRAM = "import sys; sys.path[:] = sys.argv[2:]; from search.ingest.workers import main; main(int(sys.argv[1]))"

#: Seconds between two looks for something to do, where a worker waits for what a pipe will bring.
_ASK_AGAIN_S = 0.05

#: Seconds that a worker has to tidy up when it is to end.
_PATIENCE_S = 10.0

#: Seconds between two looks whether a process that is waited for has ended.
_LOOK_AGAIN_S = 0.005


class EngineOpener(Protocol):
    """Opens the engine that a run writes to once more, in another process: it has to be picklable."""

    def __call__(self, *, settings: Settings) -> StagingEngine: ...


@dataclass(frozen=True, slots=True)
class _Start:
    """The first message to a worker."""

    opener: EngineOpener
    settings: Settings
    options: ReadOptions
    #: Number of new objects after which Python looks for garbage, as in the process that starts it.
    collected_every: int


class Worker:
    """One worker, as the process that commits sees it."""

    def __init__(self, start: _Start) -> None:
        ours, theirs = Pipe()
        self.connection: Connection[Any, Any] = ours
        with theirs:
            self._process = _launch(theirs)
        #: It has begun a task and not read it to its end.
        self.has_begun = False
        self.send(start)

    def send(self, message: _Start | Request) -> None:
        try:
            self.connection.send(message)
        except OSError as exc:
            raise self._ended() from exc

    def receive(self) -> TaskRead | Staged | None:
        """Return the answer to the last request. Raises what the worker has raised, and `EngineError` when it is gone."""
        try:
            message: TaskRead | Staged | BaseException | None = self.connection.recv()
        except (EOFError, OSError) as exc:
            raise self._ended() from exc
        if isinstance(message, BaseException):
            raise message
        return message

    def _ended(self) -> BaseException:
        """Return what it has said last, if that was what is wrong, and else how it ended."""
        with suppress(EOFError, OSError):
            if self.connection.poll() and isinstance(said := self.connection.recv(), BaseException):
                return said
        self.end(_PATIENCE_S)
        status = self._process.returncode or 0
        how = f"with status {status}"
        if status < 0:
            how = f"by {signal.Signals(-status).name}"
        if status == -signal.SIGKILL:
            how += " (did memory run out?)"
        return EngineError(
            f"a process that reads articles was ended {how}; what was committed is kept, and the same "
            "command goes on from there, with fewer --jobs or less --memory-mb where memory is short"
        )

    def tell_to_end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self, patience_s: float) -> None:
        """Wait until it has ended; after *patience_s* seconds, make it."""
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._process.kill()
            self._process.wait()
            self.connection.close()


class Workers:
    """The workers that share the reading of a run."""

    def __init__(
        self, count: int, opener: EngineOpener, settings: Settings, options: ReadOptions
    ) -> None:
        self._workers: list[Worker] = []
        if _can_fork():
            _make_ready(options)
        start = _Start(opener, settings, options, gc.get_threshold()[0])
        try:
            for _ in range(count):
                self._workers.append(Worker(start))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all of them. What they have staged and was not published is gone."""
        for worker in self._workers:
            worker.tell_to_end()
        end = time.monotonic() + _PATIENCE_S
        try:
            for worker in self._workers:
                worker.end(max(0.0, end - time.monotonic()))
        except BaseException:  # a second Ctrl-C
            for worker in self._workers:
                worker.end(0)
            raise

    def has_begun(self) -> bool:
        """Whether one of them has not read its task to the end."""
        return any(worker.has_begun for worker in self._workers)

    def batch(
        self,
        next_request: Callable[[bool], Request | None],
        take: Callable[[int, TaskRead], None],
        look_ahead: Callable[[], bool],
    ) -> dict[int, Staged]:
        """Read until each worker has been asked to finish; return what each has staged, by its number.

        *next_request* is asked for each worker what it is to do, given whether it has begun a task; None
        is to ask again later. *take* is given what each has read. *look_ahead* is called where there is
        nothing else to do, until it returns False.
        """
        staged: dict[int, Staged] = {}
        idle = list(enumerate(self._workers))
        busy: dict[Any, tuple[int, Worker]] = {}
        is_in_batch = [False] * len(idle)
        while idle or busy:
            for number, worker in list(idle):
                request = next_request(worker.has_begun)
                if request is None:
                    continue
                idle.remove((number, worker))
                if isinstance(request, ReadOn) or is_in_batch[number]:
                    is_in_batch[number] = True
                    worker.send(request)
                    busy[worker.connection] = number, worker
            ready = wait(list(busy), 0)
            if not ready and look_ahead():
                continue
            if not ready and (busy or idle):
                ready = wait(list(busy), _ASK_AGAIN_S if idle else None)
            for connection in ready:
                number, worker = busy.pop(connection)
                answer = worker.receive()
                if isinstance(answer, TaskRead):
                    worker.has_begun = not answer.is_last
                    take(number, answer)
                    idle.append((number, worker))
                elif answer is not None:
                    staged[number] = answer
        return staged


class _Forked:
    """A process that was forked off, as far as `subprocess.Popen` has what is asked of one."""

    def __init__(self, number: int, stdin: BinaryIO) -> None:
        self.stdin = stdin
        #: As `subprocess.Popen` has it: -9 where SIGKILL ended it.
        self.returncode: int | None = None
        self._number = number

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; return its status. Raises `subprocess.TimeoutExpired`."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            found, status = os.waitpid(self._number, 0 if end is None else os.WNOHANG)
            if found:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired("a worker", timeout or 0)
            else:
                time.sleep(_LOOK_AGAIN_S)
        return self.returncode

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self._number, signal.SIGKILL)


def _can_fork() -> bool:
    """Whether this process has one thread alone, those that Python knows nothing of included."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:  # nobody says so
        return False


def _make_ready(options: ReadOptions) -> None:
    """Load what each worker would load by itself. What is wrong with it is said where it is needed."""
    if options.tagger.partition(" ")[0] == FAST:
        with suppress(SearchError):
            # Word lists and all else is read when the first name is found.
            tagger_called(options.tagger).tag([Article(article_id="a", title="", body="Ada Roe")])


def _forked(connection: Connection[Any, Any]) -> _Forked:
    """Fork off a process that speaks over *connection*. Raises OSError."""
    ours = connection.fileno()
    reading, writing = os.pipe()
    try:
        number = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if number:
        os.close(reading)
        return _Forked(number, os.fdopen(writing, "wb"))
    # Nothing of what the other process has open is touched, or tidied up: not its ledger, and nothing that waits to be printed.
    status = 1
    try:
        os.dup2(reading, 0)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.closerange(3, ours)
        os.closerange(ours + 1, os.sysconf("SC_OPEN_MAX"))
        gc.freeze()
        main(ours)
        status = 0
    finally:
        os._exit(status)


def _launch(connection: Connection[Any, Any]) -> subprocess.Popen[bytes] | _Forked:
    """Start a process that speaks over *connection*. Raises `EngineError`."""
    use_one_core()
    descriptor = connection.fileno()
    # -P: what lies in the folder that a person works in is not to be imported.
    command = [sys.executable, "-P", "-c", _PROGRAM, str(descriptor), *sys.path]
    try:
        with _no_interrupts():
            if _can_fork():
                return _forked(connection)
            return subprocess.Popen(  # noqa: S603  # our own program, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[descriptor],
            )
    except OSError as exc:
        raise EngineError(f"no process can be started: {exc.strerror}; try --jobs 1") from exc


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start processes that hear nothing of Ctrl-C from their first moment; ours waits so long."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the worker itself


def main(descriptor: int) -> None:
    """Do what the process at the other end of a socket requests, until it says no more."""
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_input, daemon=True).start()
    connection: Connection[Any, Any] = Connection(descriptor)
    try:
        work(connection)
    except (EOFError, BrokenPipeError, ConnectionResetError, SystemExit):
        pass  # nobody is there any more to read for
    except BaseException as exc:
        with suppress(OSError):
            connection.send(_told(exc))


def work(connection: Connection[Any, Any]) -> None:
    """Read and stage as each request says, and answer it."""
    start = connection.recv()
    gc.set_threshold(start.collected_every)
    with closing(start.opener(settings=start.settings)) as engine, _stopped_before_the_end():
        reader = TaskReader(engine, start.options)
        while True:
            request = connection.recv()
            is_to_read = isinstance(request, ReadOn)
            connection.send(reader.read(request) if is_to_read else reader.finish())


def _told(error: BaseException) -> BaseException:
    """Return *error* as it is to be raised in the process that commits."""
    if isinstance(error, SearchError):
        return error
    if isinstance(error, MemoryError):
        return EngineError(
            "a process ran out of memory; choose fewer --jobs or a smaller --memory-mb"
        )
    said = RuntimeError(f"{type(error).__name__}: {error}, in a worker")
    said.add_note("".join(traceback.format_exception(error)))
    return said


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


@contextmanager
def _stopped_before_the_end() -> Iterator[None]:
    """Be stopped no more at the end of the block: what is tidied up then, as nobody is there any more, is tidied up whole."""
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end_with_input() -> None:
    """Wait for the end of standard input, then end this process: it may have minutes of work before it."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # so that what was begun is tidied up
    time.sleep(_PATIENCE_S)
    os._exit(1)
