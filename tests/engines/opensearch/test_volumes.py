"""Which volume an article is in, and which a question with dates asks, without a cluster."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from search.engines.opensearch.connection import Connection
from search.engines.opensearch.location import Location
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.volumes import (
    Volumes,
    erase_volumes,
    gone_from,
    parted_by,
    volume_of,
    volumes_between,
)
from search.model.errors import EngineError, IndexMissing, SettingError


@pytest.mark.parametrize(
    ("by", "instant", "expected"),
    [
        ("", datetime(2024, 5, 17, tzinfo=UTC), "news-1"),
        ("", None, "news-1"),
        ("year", datetime(2024, 5, 17, tzinfo=UTC), "news-1-2024"),
        ("year", datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC), "news-1-2024"),
        ("month", datetime(2024, 5, 17, tzinfo=UTC), "news-1-2024-05"),
        ("year", None, "news-1-rest"),
        ("year", datetime(201, 5, 17, tzinfo=UTC), "news-1-rest"),
        ("month", datetime(9999, 5, 17, tzinfo=UTC), "news-1-rest"),
    ],
    ids=["whole", "whole-undated", "year", "last-second", "month", "undated", "early", "late"],
)
def test_the_date_says_which_volume(by: str, instant: datetime | None, expected: str) -> None:
    assert volume_of(Manifest("news-1", volumes_by=by), instant) == expected


@pytest.mark.parametrize(
    ("by", "first", "last", "expected"),
    [
        ("year", None, None, "2008 2009 2010 rest"),
        ("year", date(2009, 1, 1), None, "2009 2010 rest"),
        ("year", None, date(2009, 1, 1), "2008 2009 rest"),
        ("year", date(2009, 7, 1), date(2009, 7, 2), "2009 rest"),
        ("year", date(2011, 1, 1), date(1900, 1, 1), "rest"),
        ("month", date(2009, 7, 31), date(2010, 1, 1), "2009-07 2010-01 rest"),
    ],
    ids=["all", "from", "to", "within", "nothing", "months"],
)
def test_dates_say_which_volumes(
    by: str, first: date | None, last: date | None, expected: str
) -> None:
    labels = {"year": "2008 2009 2010", "month": "2009-06 2009-07 2010-01 2010-02"}[by]
    manifest = Manifest("news-1", volumes_by=by)
    there = [f"news-1-{label}" for label in (*labels.split(), "rest")]
    found = volumes_between(manifest, there, first, last)
    assert found == [f"news-1-{label}" for label in expected.split()]


def test_a_setting_is_one_of_those_there_are() -> None:
    assert [parted_by(each) for each in ("none", "year", "month")] == ["", "year", "month"]
    with pytest.raises(SettingError, match="choose one of none, year, month"):
        parted_by("week")


def test_an_earlier_program_refuses_an_index_with_volumes() -> None:
    """One that knows format 1 alone would overlook them."""
    parted = Manifest("news-1", volumes_by="year", volumes=("a", "b"), retired=("c",))
    assert parted.to_json()["format"] == 2
    assert Manifest("news-1").to_json()["format"] == 1
    assert Manifest.of_json(parted.to_json()) == parted


def test_a_volume_that_has_vanished_is_named() -> None:
    manifest = Manifest("n", volumes_by="year", volumes=tuple(f"n-{y}" for y in range(2000, 2006)))
    assert gone_from(manifest, [*manifest.volumes, "n-2010"]) == ""
    said = gone_from(manifest, ["n-2000"])
    assert said.startswith("n-2001, n-2002, n-2003 and others: gone from the cluster")


class Fake(Connection):
    """Notes what it is asked; what is in ``there`` cannot be made."""

    def __init__(self, *there: str) -> None:
        super().__init__(Location(("http://127.0.0.1:1",), "news"))
        self.there = set(there)
        self.asked: list[str] = []

    def request(self, method: str, path: str, body: Any = None, params: Any = None, **_: Any) -> Any:  # type: ignore[override]  # fmt: skip
        self.asked.append(f"{method} {path}")
        if method == "HEAD":
            return {"answer": path[1:] in self.there}
        if method == "PUT" and path[1:] in self.there:
            raise EngineError("exists")
        if method == "DELETE" and path[1:] not in self.there:
            raise IndexMissing("no such index")
        return {}


def test_a_volume_that_another_process_has_made_is_taken() -> None:
    connection = Fake("n-2009")
    volumes, manifest = Volumes(connection, lambda _: {}), Manifest("n", volumes_by="year")
    volumes.make(manifest, ["n-2009"])
    volumes.make(manifest, ["n-2009", "n-2010"])
    assert connection.asked == [
        "PUT /n-2009", "HEAD /n-2009", "GET /_cluster/health/n-2009", "POST /_aliases",
        "PUT /n-2010", "POST /_aliases",
    ]  # fmt: skip


def test_a_volume_that_cannot_be_made_is_said() -> None:
    connection = Fake("n-2009")
    connection.there.clear()
    connection.request = lambda *_, **__: (_ for _ in ()).throw(EngineError("full"))  # type: ignore[method-assign, assignment]
    with pytest.raises(EngineError, match="full"):
        Volumes(connection, lambda _: {}).make(Manifest("n"), ["n-2009"])


def test_what_is_erased_already_is_no_matter() -> None:
    connection = Fake()
    erase_volumes(connection, [f"n-{year}" for year in range(1900, 1945)])
    assert len(connection.asked) == 3
