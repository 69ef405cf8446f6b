"""What people do to a cluster, as docs/scaling.md says: snapshots, and nodes restarted one after another."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search.model.article import Document
from tests.opensearch.articles import SETTINGS, answer, article, bodies, opened
from tests.opensearch.cluster import Cluster


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
