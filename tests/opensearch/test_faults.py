"""What happens when something fails: nodes, managers, writers, disks. Nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from search.engines.opensearch.connection import Connection
from search.engines.opensearch.engine import OpenSearchEngine
from search.model.errors import EngineError
from search.model.settings import Settings
from tests.opensearch.articles import WORDS, answer, article, bodies, opened, physical
from tests.opensearch.cluster import Cluster
from tests.opensearch.killing import before_writes, states_after_kills
from tests.support.command_line import PROGRAM
from tests.support.killing import may_fork, needs_fork
from tests.support.paths import CHECKOUT
from tests.support.waiting import wait_until


class TestLost:
    MANY = 20_000

    def written(self, folder: Path, many: int) -> Path:
        """Return a file of that many articles."""
        file = folder / "news.jsonl"
        with file.open("w") as lines:
            for number in range(many):
                title, body = article(number).article.title, article(number).article.body
                line = {"id": f"article-{number:05}", "title": title, "text": body}
                lines.write(json.dumps(line) + "\n")
        return file

    def indexing(self, cluster: Cluster, name: str, file: Path) -> subprocess.Popen[str]:
        """Start to index *file*, as a person does."""
        command = ["index", "--index", cluster.index(name), "--batch-articles", "4000"]
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *command, "--entities", "none", str(file)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def test_node_while_a_command_indexes_loses_no_article_and_doubles_none(
        self, breakable: Cluster, name: str, tmp_path: Path
    ) -> None:
        file = self.written(tmp_path, self.MANY)
        with closing(opened(breakable, name)) as engine:
            breakable.wait_for_green()
            with self.indexing(breakable, name, file) as running:
                wait_until(lambda: engine.control.manifest().generation >= 2)
                breakable.kill(max(breakable.holders(physical(engine)) - {breakable.manager()}))
                was_in_the_middle = running.poll() is None
                said, _ = running.communicate()

            kept = [document.article.title for document in engine.documents()]
            assert (running.returncode, was_in_the_middle) == (0, True), said
            assert sorted(kept) == sorted(f"Title {number}" for number in range(self.MANY))
            assert len(breakable.running) == 2

    def test_writer_is_made_good_by_the_same_command(
        self, own_cluster: Cluster, name: str, tmp_path: Path
    ) -> None:
        file = self.written(tmp_path, 12_000)
        with closing(opened(own_cluster, name)) as engine:
            with self.indexing(own_cluster, name, file) as killed:
                wait_until(lambda: engine.control.manifest().generation >= 2)
                killed.kill()
            with self.indexing(own_cluster, name, file) as again:
                said, _ = again.communicate()
            kept = [document.article.title for document in engine.documents()]
            manifest = engine.control.manifest()

        assert (killed.returncode, again.returncode) == (-signal.SIGKILL, 0), said
        assert sorted(kept) == sorted(f"Title {number}" for number in range(12_000))
        assert (dict(manifest.pending), dict(manifest.leases)) == ({}, {})

    def test_manager_while_indexing_loses_no_article_and_doubles_none(
        self, breakable: Cluster, name: str
    ) -> None:
        with closing(opened(breakable, name)) as engine:
            breakable.wait_for_green()
            acknowledged = 0
            for first in range(0, self.MANY, 2000):
                if acknowledged == 6000:
                    killer = threading.Timer(0.3, breakable.kill, [breakable.manager()])
                    killer.start()
                acknowledged += engine.add(map(article, range(first, first + 2000)))
            killer.join()

            kept = [document.article_id for document in engine.documents()]
            assert acknowledged == self.MANY
            assert kept == [f"article-{number:05}" for number in range(self.MANY)]
            assert len(breakable.running) == 2

    def test_node_while_searching_fails_no_search(self, breakable: Cluster, name: str) -> None:
        with closing(opened(breakable, name)) as engine:
            engine.add(map(article, range(1000)))
            breakable.wait_for_green()
            expected = {word: answer(engine, word) for word in WORDS}
            asked = count()

            def ask(word: str) -> bool:
                if next(asked) == 300:
                    breakable.kill(min(breakable.holders(physical(engine))))
                return answer(engine, word) == expected[word]

            with ThreadPoolExecutor(4) as threads:
                right = list(threads.map(ask, [WORDS[number % 10] for number in range(1000)]))

            assert all(len(ids) == 190 for _, ids in expected.values())
            assert (len(right), all(right), len(breakable.running)) == (1000, True, 2)

    def test_nothing_is_by_a_part_that_moves_to_another_node(
        self, own_cluster: Cluster, name: str
    ) -> None:
        """A point in time stays where the part was, which knows its words no more."""
        alone = Settings(opensearch_shards=1, opensearch_replicas=0, query_timeout_ms=0)
        with closing(opened(own_cluster, name, alone)) as engine:
            engine.add(map(article, range(100)))
            index = physical(engine)
            before = answer(engine, "gold")
            [held] = own_cluster.holders(index)
            move = {
                "index": index,
                "shard": 0,
                "from_node": f"node-{held}",
                "to_node": f"node-{(held + 1) % 3}",
            }
            own_cluster.ask("/_cluster/reroute", {"commands": [{"move": move}]})
            own_cluster.ask(
                f"/_cluster/health/{index}?wait_for_no_relocating_shards=true&timeout=60s"
            )

            assert [answer(engine, "gold") for _ in range(3)] == [before] * 3


class TestCommit:
    """A publication is there whole or not at all, whatever ends in the middle of it."""

    OLD, NEW = Counter(old=30), Counter(old=20, new=20)

    def make_old(self, engine: OpenSearchEngine) -> None:
        engine.add(article(number, "old") for number in range(30))

    def make_new(self, engine: OpenSearchEngine) -> None:
        """Replace ten of the thirty articles, and add ten."""
        engine.add(article(number, "new") for number in range(20, 40))

    def test_goes_on_when_the_manager_is_killed_at_any_write(
        self, breakable: Cluster, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(opened(breakable, name)) as engine:
            self.make_old(engine)
            breakable.wait_for_green()
            writes = count(1)

            def kill_at_the_third() -> None:
                if next(writes) == 3:
                    breakable.kill(breakable.manager())

            with monkeypatch.context() as patched:
                patched.setattr(Connection, "request", before_writes(kill_at_the_third))
                self.make_new(engine)

            assert bodies(engine) == self.NEW
            assert next(writes) > 3

    @needs_fork
    @may_fork
    def test_of_a_writer_killed_before_any_of_its_writes(
        self, own_cluster: Cluster, name: str
    ) -> None:
        with closing(opened(own_cluster, name)) as engine:
            seen = states_after_kills(
                lambda: self.make_old_alone(engine),
                lambda: self.make_new(opened(own_cluster, name)),
                lambda: bodies(engine),
            )
            # Who comes after it takes over at once, and leaves nothing of it.
            self.make_old_alone(engine)
            manifest = engine.control.manifest()
            rows = own_cluster.ask(f"/{manifest.physical}/_count")["count"]

        first_new = seen.index(self.NEW)
        assert len(seen) > 4
        assert seen == [self.OLD] * first_new + [self.NEW] * (len(seen) - first_new)
        assert (dict(manifest.pending), manifest.dead, rows) == ({}, (), 30)

    def make_old_alone(self, engine: OpenSearchEngine) -> None:
        engine.delete([f"article-{number:05}" for number in range(30, 40)])
        self.make_old(engine)
        engine.connection.refresh(physical(engine))

    def test_of_two_writers_is_never_seen_mixed(self, own_cluster: Cluster, name: str) -> None:
        with closing(opened(own_cluster, name)) as engine:
            engine.add(article(number, "first") for number in range(50))

            def write_all(who: str) -> None:
                with closing(opened(own_cluster, name)) as own:
                    for turn in range(6):
                        own.add(article(number, f"{who} {turn}") for number in range(50))

            seen = []
            with ThreadPoolExecutor(2) as writers:
                work = [writers.submit(write_all, who) for who in ("one", "two")]
                while not all(each.done() for each in work):
                    seen.append(bodies(engine))
                for each in work:
                    each.result()
            last = bodies(engine)

        assert all(list(each.values()) == [50] for each in seen)
        assert last in (Counter({"one 5": 50}), Counter({"two 5": 50}))
        assert len({tuple(each) for each in seen}) > 1


class TestRefusal:
    """What the cluster cannot do now is said, changes nothing, and is done when it can."""

    @pytest.mark.parametrize("of", ["articles", "control"])
    def test_of_a_blocked_index(self, own_cluster: Cluster, name: str, of: str) -> None:
        with closing(opened(own_cluster, name)) as engine:
            engine.add([article(1)])
            index = physical(engine) if of == "articles" else "newssearch-control"
            block(own_cluster, index, True)
            with pytest.raises(EngineError, match=r"takes no more .*disks are full"):
                engine.add([article(2)])
            during = sum(bodies(engine).values())
            block(own_cluster, index, None)
            engine.add([article(2)])

            assert (during, sum(bodies(engine).values())) == (1, 2)

    def test_of_a_full_disk(self, breakable: Cluster, name: str) -> None:
        with closing(opened(breakable, name)) as engine:
            engine.add([article(1)])
            limit = "cluster.routing.allocation.disk"
            full = {
                f"{limit}.watermark.{mark}": "100000gb" for mark in ("low", "high", "flood_stage")
            }
            settings = {
                **full,
                f"{limit}.threshold_enabled": True,
                "cluster.info.update.interval": "10s",
            }
            breakable.ask("/_cluster/settings", {"persistent": settings}, method="PUT")
            acknowledged = [1]

            def add_until_refused() -> None:
                while True:
                    engine.add([article(acknowledged[-1] + 1)])
                    acknowledged.append(acknowledged[-1] + 1)

            with pytest.raises(EngineError, match=r"takes no more .*disks are full"):
                add_until_refused()
            settings = {**dict.fromkeys(full), f"{limit}.threshold_enabled": False}
            breakable.ask("/_cluster/settings", {"persistent": settings}, method="PUT")
            for index in (physical(engine), "newssearch-control"):
                block(breakable, index, None)
            engine.add([article(0)])

            assert sum(bodies(engine).values()) == len(acknowledged) + 1

    def test_of_an_index_that_lost_all_copies_of_a_part(
        self, breakable: Cluster, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.engines.opensearch.opening.ASK_ANEW_S", 1.0)
        with closing(opened(breakable, name, Settings(opensearch_replicas=0))) as engine:
            engine.add(map(article, range(100)))
            breakable.kill(min(breakable.holders(physical(engine))))
            with pytest.raises(EngineError, match=r"see whether all .*nodes run"):
                bodies(engine)
            breakable.restore()

            assert sum(bodies(engine).values()) == 100

    def test_of_a_node_that_hangs(self, breakable: Cluster, name: str) -> None:
        settings = Settings(opensearch_replicas=0, query_timeout_ms=1500)
        with closing(opened(breakable, name, settings)) as engine:
            engine.add(map(article, range(100)))
            node = max(breakable.holders(physical(engine)) - {0})
            os.kill(breakable.pids[node], signal.SIGSTOP)
            try:
                # Which of the two depends on what the node is asked for.
                with pytest.raises(EngineError, match=r"given up after 1,500 ms|no answer in time"):
                    answer(engine, "gold")
            finally:
                os.kill(breakable.pids[node], signal.SIGCONT)
            breakable.wait_for_green()

            assert answer(engine, "gold")[0] == 19


def block(cluster: Cluster, index: str, value: bool | None) -> None:
    """Block *index* against writing as a full disk does, or lift that."""
    cluster.ask(f"/{index}/_settings", {"index.blocks.read_only_allow_delete": value}, method="PUT")
