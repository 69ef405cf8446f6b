"""What the speed benchmark does in separate processes: indexing, opening, serving, cold commands.

So each has its own peak of memory and its own imports. The child's side is
``python -m benchmarks.speed_process build|open|serve ...``, with JSON in and out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.speed_peers import BUILDERS, PEERS
from benchmarks.speed_queries import LIMIT, Wanted

#: Our command as a list of words: the installed script, or else what that would do.
_SCRIPT = shutil.which("newssearch", path=str(Path(sys.executable).parent))
NEWSSEARCH = (
    [_SCRIPT]
    if _SCRIPT
    else [sys.executable, "-c", "import sys; from search.cli.main import main; sys.exit(main())"]
)
SQLITE_UTILS = shutil.which("sqlite-utils", path=str(Path(sys.executable).parent))

_CHECKOUT = Path(__file__).parents[1]
_WATCH_EVERY_S = 0.05
_MB = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class IndexCost:
    """What an index cost: articles a second, bytes on disk, peak of resident memory in megabytes.

    The peak is that of all processes of the engine together.
    """

    docs_per_s: float
    bytes: int
    peak_mb: float


@dataclasses.dataclass(frozen=True, slots=True)
class Serving:
    """Memory of a process that has answered all queries: peak, and at the end without mapped files."""

    peak_mb: float
    private_mb: float


def build(engine: str, corpus: Path, folder: Path, docs: int, cores: int) -> IndexCost:
    """Index *corpus* with *engine* in *folder*, which it makes."""
    folder.mkdir()
    if engine == "newssearch":
        command = [*NEWSSEARCH, "index", str(corpus), "--index", str(folder)]
        command += ["--entities", "none", "--quiet"]
        if "--jobs" in _output([*NEWSSEARCH, "index", "--help"]):
            command += ["--jobs", str(cores)]
        _, seconds, peak = _watched(command)
    else:
        command = [*_child("build"), engine, str(corpus), str(folder), str(cores)]
        output, _, peak = _watched(command)
        seconds = json.loads(output)["seconds"]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return IndexCost(docs / seconds, size, peak / _MB)


def opening_ms(engine: str, folder: Path, wanted: Wanted, times: int) -> float:
    """Return the median of opening an index and asking it one query, in a Python that runs already."""
    command = [*_child("open"), engine, str(folder), str(times)]
    return float(json.loads(_output(command, _as_json([wanted])))["open_ms"])


def serving(folder: Path, queries: Iterable[Wanted]) -> Serving:
    """Return what memory our own engine takes to answer *queries*, a page each."""
    return Serving(**json.loads(_output([*_child("serve"), str(folder)], _as_json(queries))))


def cold_commands_ms(folders: dict[str, Path], words: Sequence[str]) -> dict[str, float]:
    """Return the median wall time of each cold command; they take turns, a word each turn."""
    commands = {}
    if "newssearch" in folders:
        commands["newssearch"] = [*NEWSSEARCH, "query", "--index", str(folders["newssearch"])]
    if "fts5" in folders and SQLITE_UTILS:
        database = str(folders["fts5"] / "articles.db")
        commands["sqlite-utils"] = [SQLITE_UTILS, "search", "--limit", str(LIMIT)]
        commands["sqlite-utils"] += [database, "article"]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for word in words:
        for name, command in commands.items():
            began = time.perf_counter()
            _output([*command, word])
            seconds[name].append(time.perf_counter() - began)
    # The first turn brought the files into memory.
    return {name: 1000 * statistics.median(taken[1:]) for name, taken in seconds.items()}


def _child(task: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.speed_process", task]


def _as_json(queries: Iterable[Wanted]) -> str:
    return json.dumps([dataclasses.asdict(wanted) for wanted in queries], default=str)


def _from_json(text: str) -> list[Wanted]:
    queries = []
    for fields in json.loads(text):
        days = {name: date.fromisoformat(fields[name]) for name in ("start", "end") if fields[name]}
        queries.append(Wanted(**fields | days | {"words": tuple(fields["words"])}))
    return queries


def _environment() -> dict[str, str]:
    """Return the environment of a child: it can import the checkout, wherever it runs.

    And it keeps what Python compiles, as an installed package does.
    """
    places = [str(_CHECKOUT), os.environ.get("PYTHONPATH", "")]
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, places))}


def _output(command: Sequence[str], text: str = "") -> str:
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, env=_environment(), check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


def _watched(command: Sequence[str]) -> tuple[str, float, int]:
    """Run *command*; return its output, the seconds it took, and its peak of memory in bytes."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, env=_environment())
        peak = 0
        while True:
            try:
                process.wait(_WATCH_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, _resident_bytes(process.pid))
        seconds = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
        output.seek(0)
        return output.read(), seconds, peak


def _resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and all its children; 0 on a system without /proc."""
    total, waiting = 0, [pid]
    while waiting:
        folder = Path("/proc", str(waiting.pop()))
        with contextlib.suppress(OSError, IndexError):  # it has ended meanwhile
            pages = int((folder / "statm").read_text().split()[1])
            total += pages * os.sysconf("SC_PAGE_SIZE")
            for task in (folder / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return total


# The child's side


def _build(engine: str, corpus: str, folder: str, cores: str) -> dict[str, float]:
    began = time.perf_counter()
    BUILDERS[engine](Path(corpus), Path(folder), int(cores))
    return {"seconds": time.perf_counter() - began}


def _open(engine: str, folder: str, times: str) -> dict[str, float]:
    (wanted,) = _from_json(sys.stdin.read())
    seconds = []
    for _ in range(int(times) + 1):
        peer = PEERS[engine][0]()
        began = time.perf_counter()
        peer.open(Path(folder))
        peer.top10(wanted)
        seconds.append(time.perf_counter() - began)
        peer.close()
    return {"open_ms": 1000 * statistics.median(seconds[1:])}  # the first did the imports


def _serve(folder: str) -> dict[str, float]:
    peer = PEERS["newssearch"][0]()
    peer.open(Path(folder))
    for wanted in _from_json(sys.stdin.read()):
        peer.page(wanted)
    return dataclasses.asdict(Serving(_status_mb("VmHWM"), _status_mb("RssAnon")))


def _status_mb(name: str) -> float:
    """Return an entry of this process's status in megabytes, 0.0 on a system without /proc."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    kilobytes = next(line.split()[1] for line in lines if line.startswith(name + ":"))
    return int(kilobytes) * 1024 / _MB


def main() -> None:
    tasks: dict[str, Any] = {"build": _build, "open": _open, "serve": _serve}
    print(json.dumps(tasks[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
