"""What a node of OpenSearch is started from: a JDK that is here, jars from Maven, and our one class, compiled.

Both are made once, in .opensearch/ of the checkout; `make clean` removes it.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import CHECKOUT

MADE = CHECKOUT / ".opensearch"
NODE = Path(__file__).parent / "node"
#: A release of OpenSearch, which has its folder in node/ -> the releases of Java that it runs on. The first that fits is taken.
RUNS_ON = {"3.8": range(21, 100), "2.19": range(17, 24)}
_PLACES = ("/usr/lib/jvm/*", "/opt/java/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


class NotHere(Exception):
    """What the cluster needs is not on this machine; the message names it, and how to get it."""


@dataclass(frozen=True, slots=True)
class Java:
    """A JDK: where it lies, and its release, such as 17."""

    home: Path
    release: int

    def command(self, name: str) -> str:
        return str(self.home / "bin" / name)


@dataclass(frozen=True, slots=True)
class NodeProgram:
    """What starts a node: `command` and after it the node's folder and settings."""

    opensearch: str
    command: tuple[str, ...]


@functools.cache
def node_program() -> NodeProgram:
    """Return the program of a node, which is made where it is not there yet.

    The variable OPENSEARCH_RELEASE asks for one of `RUNS_ON`. Raises `NotHere`.
    """
    opensearch, java = choose(os.environ.get("OPENSEARCH_RELEASE", ""), _javas())
    jars = _made(f"jars-{opensearch}", lambda folder: resolve(opensearch, folder))
    classes = _made(
        f"classes-{opensearch}-java-{java.release}", lambda folder: _compile(java, jars, folder)
    )
    # The collector and the compiler that start soonest: green after a third of the time.
    flags = ["-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    if java.release >= 22:
        # What Lucene and zstd do with memory of their own; else each start warns of it.
        flags.append("--enable-native-access=ALL-UNNAMED")
    path = f"{classes}{os.pathsep}{jars}{os.sep}*"
    return NodeProgram(opensearch, (java.command("java"), *flags, "-cp", path, "ClusterNode"))


def choose(wanted: str, javas: Iterable[Java]) -> tuple[str, Java]:
    """Return the release of OpenSearch to start, *wanted* or the newest that one of *javas* runs, and with which.

    Raises `NotHere`.
    """
    if wanted not in ("", *RUNS_ON):
        raise NotHere(f"OPENSEARCH_RELEASE={wanted} is none of {', '.join(RUNS_ON)}")
    found = sorted(set(javas), key=lambda java: (java.release, java.home), reverse=True)
    for opensearch, releases in RUNS_ON.items():
        for java in found:
            if wanted in ("", opensearch) and java.release in releases:
                return opensearch, java
    releases = RUNS_ON[wanted or "2.19"]
    raise NotHere(
        f"no JDK of Java {releases.start} or newer: apt-get install openjdk-17-jdk-headless, or name one in JAVA_HOME"
    )


def _javas() -> Iterator[Java]:
    """Yield the JDKs that are here, with their compiler: an environment for running alone is none."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if on_path := shutil.which("javac"):
        homes.append(Path(on_path).resolve().parents[1])
    for place in _PLACES:
        homes.extend(Path("/").glob(place.removeprefix("/")))
    for home in homes:
        about = home / "release"
        if (home / "bin/javac").exists() and about.is_file():
            named = re.search(r'^JAVA_VERSION="(\d+)', about.read_text("utf-8"), re.MULTILINE)
            if named:
                yield Java(home.resolve(), int(named[1]))


def resolve(opensearch: str, folder: Path) -> None:
    """Put the jars of a node into *folder*; they come from Maven Central. Raises `NotHere`."""
    maven = shutil.which("mvn")
    if maven is None:
        raise NotHere("no Maven (mvn), which fetches OpenSearch: apt-get install maven")
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    pom = NODE / f"opensearch-{opensearch}" / "pom.xml"
    _run([maven, "--batch-mode", "--quiet", "--file", pom, goal, f"-DoutputDirectory={folder}"])


def _compile(java: Java, jars: Path, folder: Path) -> None:
    source = NODE / "ClusterNode.java"
    _run([java.command("javac"), "-cp", f"{jars}{os.sep}*", "-d", folder, source])


def _run(command: list[str | Path]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if ran.returncode:
        said = (ran.stdout + ran.stderr).strip()[-2000:]
        raise NotHere(
            f"{Path(command[0]).name} failed, which fetches or compiles OpenSearch:\n{said}"
        )


def _made(name: str, make: Callable[[Path], None]) -> Path:
    """Return folder *name*, after *make* has filled it: at once, so that no half of it is ever found."""
    folder = MADE / name
    newest = max(path.stat().st_mtime for path in NODE.rglob("*") if path.is_file())
    if folder.is_dir() and folder.stat().st_mtime >= newest:
        return folder
    MADE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MADE) as beside:
        filled = Path(beside) / name
        filled.mkdir()
        make(filled)
        shutil.rmtree(folder, ignore_errors=True)
        os.utime(filled)
        try:
            filled.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder
