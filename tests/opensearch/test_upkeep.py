"""What people do to a cluster, as docs/scaling.md says: snapshots, nodes restarted one after another, copies set and lost."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search.model.article import Document
from tests.opensearch.articles import SETTINGS, answer, article, bodies, opened
from tests.opensearch.cluster import Cluster
from tests.support.waiting import wait_until


def dated(number: int, body: str = "") -> Document:
    """Return article *number* with a date: three years in turn."""
    document = article(number, body)
    instant = datetime(2000 + number % 3, 5, 17, tzinfo=UTC)
    own = replace(document.article, published=instant, published_precision="day")
    return document._replace(article=own)


@pytest.mark.parametrize("volumes", ["none", "year"])
def test_a_snapshot_is_gone_back_to(breakable: Cluster, name: str, volumes: str) -> None:
    settings = SETTINGS._replace(opensearch_volumes=volumes)
    repository = {"type": "fs", "settings": {"location": breakable.snapshots}}
    breakable.ask("/_snapshot/backup", repository, method="PUT")
    with closing(opened(breakable, name, settings)) as engine:
        engine.add(map(dated, range(100)))
        before = bodies(engine), answer(engine, "gold")
    indexes = {"indices": f"{name}-*,newssearch-control", "include_global_state": False}
    taken = breakable.ask(
        f"/_snapshot/backup/{volumes}?wait_for_completion=true", indexes, method="PUT"
    )
    with closing(opened(breakable, name)) as engine:
        engine.add(dated(number, "gold later") for number in range(50, 150))
    for index in breakable.ask(f"/_cat/indices/{name}-*?format=json"):
        breakable.ask(f"/{index['index']}", method="DELETE")
    breakable.ask("/newssearch-control", method="DELETE")
    breakable.ask(f"/_snapshot/backup/{volumes}/_restore?wait_for_completion=true", method="POST")

    with closing(opened(breakable, name)) as engine:
        restored = bodies(engine), answer(engine, "gold")
        engine.add([dated(100)])
        total = sum(bodies(engine).values())

    assert (taken["snapshot"]["state"], restored, total) == ("SUCCESS", before, 101)


def test_nodes_are_restarted_one_after_another_while_articles_come(
    breakable: Cluster, name: str
) -> None:
    added: list[int] = []
    is_over = threading.Event()

    def add_on() -> None:
        with closing(opened(breakable, name)) as engine:
            while not is_over.is_set():
                added.append(engine.add([article(len(added))]))

    with closing(opened(breakable, name)) as engine:
        engine.add([article(0)])
        breakable.wait_for_green()
        writer = threading.Thread(target=add_on)
        writer.start()
        try:
            asked = []
            for node in range(3):
                breakable.kill(node)
                asked.append(sum(bodies(engine).values()))
                breakable.restore()
        finally:
            is_over.set()
            writer.join()

        assert sum(bodies(engine).values()) == len(added)
    assert asked == sorted(asked)
    assert asked[0] > 0


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        (0, "there are no copies: losing a node loses articles; set number_of_replicas of "),
        (2, ""),
        (4, "each part is on 3 nodes, so that losing 2 of them loses no article"),
    ],
    ids=["none", "on-each-node", "more-than-nodes"],
)
def test_the_doctor_says_what_losing_a_node_costs(
    breakable: Cluster, name: str, copies: int, said: str
) -> None:
    with closing(opened(breakable, name)) as engine:
        engine.add([article(0)])
        assert "3 nodes with data" in engine.remarks()[0]
        setting = {"index": {"number_of_replicas": copies}}
        breakable.ask(f"/{name}-1-*/_settings", setting, method="PUT")
        parts = SETTINGS.opensearch_shards * (1 + min(copies, 2))
        wait_until(lambda: f"parts, {parts} with their copies" in engine.remarks()[0])
        assert said in "".join(engine.remarks())
        assert ("losing" in "".join(engine.remarks())) is bool(said)


def test_the_doctor_says_which_copies_have_no_node(breakable: Cluster, name: str) -> None:
    with closing(opened(breakable, name)) as engine:
        engine.add([article(0)])
        breakable.wait_for_green()
        breakable.kill(2)
        wait_until(lambda: "until they have one, losing a node may" in "".join(engine.remarks()))
