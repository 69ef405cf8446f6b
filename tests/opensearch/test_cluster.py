"""The cluster itself: it starts, loses a node, has it again, and ends with whoever started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.opensearch import jars
from tests.opensearch.cluster import Cluster
from tests.support.paths import CHECKOUT
from tests.support.waiting import wait_until


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_three_nodes_are_one_cluster(own_cluster: Cluster) -> None:
    names = {row["name"] for row in own_cluster.ask("/_cat/nodes?format=json")}

    assert names == {"node-0", "node-1", "node-2"}
    assert all(own_cluster.ask("/", node=node)["cluster_name"] for node in range(3))


def test_a_killed_node_comes_back_with_what_it_held(own_cluster: Cluster) -> None:
    own_cluster.ask("/kept", {"settings": {"number_of_replicas": 0}}, method="PUT")
    own_cluster.wait_for_green("kept")
    own_cluster.ask("/kept/_doc/1?refresh=true", {"word": "gold"})
    [holder] = own_cluster.holders("kept")
    pid = own_cluster.pids[holder]

    own_cluster.kill(holder)
    gone = is_alive(pid), own_cluster.running
    own_cluster.restore()

    assert gone == (False, [node for node in range(3) if node != holder])
    assert own_cluster.ask("/kept/_doc/1", node=holder)["_source"] == {"word": "gold"}
    own_cluster.ask("/kept", method="DELETE")


@pytest.mark.usefixtures("own_cluster")
def test_nodes_end_with_a_process_that_is_killed() -> None:
    program = (
        "from tests.opensearch.cluster import Cluster\n"
        "cluster = Cluster(nodes=1)\n"
        "cluster.start()\n"
        "print(cluster.pids[0], cluster._folder, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        pid, _, folder = starter.stdout.readline().strip().partition(" ")
        was_alive = is_alive(int(pid))
        starter.send_signal(signal.SIGKILL)

    wait_until(lambda: not is_alive(int(pid)))
    assert was_alive
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ("", "no JDK of Java 17 or newer"),
        ("3.8", "no JDK of Java 21"),
        ("1.0", "none of 3.8, 2.19"),
    ],
    ids=["no Java", "no Java for that release", "no such release"],
)
def test_what_is_missing_is_named(
    release: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jars, "_PLACES", ())
    monkeypatch.setenv("OPENSEARCH_RELEASE", release)

    with pytest.raises(jars.NotHere, match=said):
        jars.node_program.__wrapped__()


def test_a_missing_maven_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(jars.NotHere, match="no Maven"):
        jars.resolve("3.8", tmp_path)


@pytest.mark.parametrize(
    ("releases", "wanted", "chosen"),
    [
        ((17, 25), "", ("3.8", 25)),
        ((17, 21), "", ("3.8", 21)),
        ((17,), "", ("2.19", 17)),
        ((17, 25), "2.19", ("2.19", 17)),
    ],
    ids=["newest", "21 is enough", "the older for Java 17", "asked for"],
)
def test_the_newest_release_that_a_jdk_runs_is_taken(
    releases: tuple[int, ...], wanted: str, chosen: tuple[str, int], tmp_path: Path
) -> None:
    javas = [jars.Java(tmp_path / str(release), release) for release in releases]

    opensearch, java = jars.choose(wanted, javas)

    assert (opensearch, java.release) == chosen
