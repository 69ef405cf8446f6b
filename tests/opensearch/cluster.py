"""A real cluster of OpenSearch on this machine: three nodes, each a process. By hand: python -m tests.opensearch.cluster."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from tests.opensearch.jars import node_program
from tests.support.waiting import wait_until

#: Longer than three nodes need to find each other on a busy machine.
START_SECONDS = 240


class Nodes:
    """The nodes of a cluster that runs, whoever started it; node 0 is the first."""

    def __init__(self, urls: Sequence[str]) -> None:
        #: The address of each node, such as http://127.0.0.1:9200.
        self.urls = tuple(urls)

    @property
    def hosts(self) -> str:
        """The addresses as they stand in what ``--index`` takes."""
        return ",".join(self.urls)

    def index(self, name: str) -> str:
        """Return what ``--index`` takes for the news index *name* of this cluster."""
        return f"opensearch:{self.hosts}/{name}"

    def ask(self, path: str, body: object = None, *, method: str = "", node: int = 0) -> Any:
        """Return what *node* answers to *path*.

        Raises `OSError` where it does not answer, or answers with an error.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.urls[node] + path,
            data,
            {"content-type": "application/json"},
            method=method or ("POST" if data else "GET"),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


class Cluster(Nodes):
    """Nodes on 127.0.0.1 in folders of their own below one temporary folder, started and stopped by this object.

    Every node ends with this process, however that ends: its standard input closes then.
    """

    def __init__(self, ports: Sequence[int] = (), *, nodes: int = 3) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="newssearch-opensearch-"))
        free = free_ports(nodes * 2)
        self._http = list(ports) or free[:nodes]
        self._transport = free[nodes:]
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * nodes
        super().__init__([f"http://127.0.0.1:{port}" for port in self._http])

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def snapshots(self) -> str:
        """The folder in which snapshots may lie."""
        return str(self._folder / "snapshots")

    @property
    def running(self) -> list[int]:
        """The nodes that have not been killed."""
        return [node for node, process in enumerate(self._processes) if process]

    @property
    def pids(self) -> list[int]:
        """The processes of the nodes that run."""
        return [process.pid for process in self._processes if process]

    def start(self) -> None:
        """Start every node, and return when the cluster is green."""
        for node in range(len(self.urls)):
            self.start_node(node)
        self.wait_for_green()

    def start_node(self, node: int) -> None:
        """Start *node*, again on the folder that it had; see `wait_for_green`."""
        names = [f"node-{number}" for number in range(len(self.urls))]
        settings = {
            "cluster.name": "newssearch-tests",
            "node.name": names[node],
            "node.roles": "cluster_manager,data,ingest",
            "network.host": "127.0.0.1",
            "http.port": self._http[node],
            "transport.port": self._transport[node],
            "discovery.type": "zen",
            "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in self._transport),
            "cluster.initial_cluster_manager_nodes": ",".join(names),
            # How full this machine's disk is does not matter here: a test of a full disk says so itself.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "node.store.allow_mmap": "false",
            # The collector of `node_program` leaves old garbage until it has to: that is no sign of a full memory.
            "indices.breaker.total.use_real_memory": "false",
            "path.repo": self.snapshots,
        }
        folder = self._folder / names[node]
        with self._log(node).open("ab") as log:
            self._processes[node] = subprocess.Popen(
                [*node_program().command, folder, *(f"{k}={v}" for k, v in settings.items())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the one who started the cluster, who then stops the nodes.
                start_new_session=True,
            )

    def kill(self, node: int) -> None:
        """Kill *node* by its process id, as a power cut would; `start_node` brings it back."""
        process = self._processes[node]
        assert process is not None, f"node {node} does not run"
        process.kill()
        _reap(process)
        self._processes[node] = None

    def restore(self) -> None:
        """Start every node that was killed, and return when all are one green cluster."""
        for node, process in enumerate(self._processes):
            if process is None:
                self.start_node(node)
        self.wait_for_green()

    def ask_any(self, path: str, body: object = None, *, method: str = "") -> Any:
        """Return what the first node that runs answers; see `ask`."""
        return self.ask(path, body, method=method, node=self.running[0])

    def manager(self) -> int:
        """Return which node is the cluster manager now."""
        (row,) = self.ask_any("/_cat/cluster_manager?format=json")
        return _number(row)

    def holders(self, index: str, kind: str = "p") -> set[int]:
        """Return the nodes that hold a primary (*kind* p) or a replica (r) of *index*."""
        rows = self.ask_any(f"/_cat/shards/{index}?format=json")
        return {_number(row) for row in rows if row["prirep"] == kind and row["node"]}

    def wait_for_green(self, index: str = "") -> None:
        """Return when the nodes that run are one cluster, and each shard (of *index*) has all its copies."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            for node, process in enumerate(self._processes):
                if process is not None and process.poll() is not None:
                    raise RuntimeError(f"node {node} of OpenSearch ended:\n{self.log(node)}")
            with contextlib.suppress(OSError):
                if all(self._is_green(node, index) for node in self.running):
                    return
            time.sleep(0.1)
        log = self.log(self.running[0])
        raise RuntimeError(f"OpenSearch is not green after {START_SECONDS} s:\n{log}")

    def _is_green(self, node: int, index: str) -> bool:
        # Each is asked: the others may not know yet that one was lost which is back in its place.
        health = self.ask(f"/_cluster/health/{index}?timeout=1s", node=node)
        return health["status"] == "green" and health["number_of_nodes"] == len(self.running)

    def forget_settings(self) -> None:
        """Take back what a test has set for the whole cluster."""
        kept = self.ask_any("/_cluster/settings?flat_settings=true")
        for kind in ("persistent", "transient"):
            if kept[kind]:
                self.ask_any("/_cluster/settings", {kind: dict.fromkeys(kept[kind])}, method="PUT")
        wait_until(self._has_no_full_disk)

    def _has_no_full_disk(self) -> bool:
        """Whether no index is blocked for a full disk; lift the blocks where some are: nothing else does where disks are not watched."""
        block = "index.blocks.read_only_allow_delete"
        blocked = self.ask_any(f"/_all/_settings/{block}?flat_settings=true")
        if blocked:
            self.ask_any("/_all/_settings", {block: None}, method="PUT")
        return not blocked

    def log(self, node: int) -> str:
        """Return the end of what *node* has written."""
        log = self._log(node)
        return log.read_text("utf-8", "replace")[-8000:] if log.exists() else ""

    def stop(self) -> None:
        """Kill the nodes that this object started, as nobody wants what they hold, and remove their folder."""
        for node in self.running:
            self.kill(node)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _log(self, node: int) -> Path:
        return self._folder / f"node-{node}.log"


def _number(row: dict[str, str]) -> int:
    return int(row["node"].removeprefix("node-"))


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdin:
        process.stdin.close()


def free_ports(count: int) -> list[int]:
    """Return *count* ports of 127.0.0.1 at which nobody listens now."""
    with contextlib.ExitStack() as sockets:
        opened = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in opened:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in opened]


@contextlib.contextmanager
def _stopped_by_term() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main() -> None:
    """Start a cluster, say its addresses, and stop it at Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.opensearch.cluster", description=main.__doc__
    )
    parser.add_argument(
        "--ports", type=int, nargs=3, default=(), help="one for each node; free ones else"
    )
    ports = parser.parse_args().ports
    with _stopped_by_term(), contextlib.suppress(KeyboardInterrupt), Cluster(ports) as cluster:
        print(f"OpenSearch {node_program().opensearch}, processes {cluster.pids}", flush=True)
        print(f"newssearch index --index {cluster.index('news')} seeds", flush=True)
        print("Ctrl-C stops it.", flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
