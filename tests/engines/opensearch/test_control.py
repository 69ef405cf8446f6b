"""The manifest changes by compare and set, and what a lost process held comes free."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any
from urllib.parse import unquote

import pytest

from search.engines.opensearch.connection import Conflict, Connection, NotThere
from search.engines.opensearch.control import Control
from search.engines.opensearch.leases import LEASE_S, Leases
from search.engines.opensearch.location import Location
from search.engines.opensearch.manifest import Lease, Manifest
from search.engines.opensearch.processes import this_process
from search.engines.opensearch.view import Published
from search.model.errors import EngineError, IndexLocked, IndexMissing, IndexOutdated


class OneDocumentAtATime(Connection):
    """Keeps documents in a dict as the control index does; ``before_put`` is called before each write, ``reads`` are counted."""

    def __init__(self) -> None:
        super().__init__(Location(("http://127.0.0.1:1",), "news"))
        self.kept: dict[str, tuple[dict[str, Any], int]] = {}
        self.before_put: list[Any] = []
        #: Called before it is asked for the time of the cluster.
        self.before_time: list[Any] = []
        self.reads = 0
        self.loses_answers = 0
        #: Those of the cluster whose names begin with that of the index.
        self.indexes: list[dict[str, str]] = []
        #: What copies say that have not got the last write yet, to one question after another.
        self.late: list[tuple[dict[str, Any], int] | None] = []
        #: By the clock of the cluster, None where it does not say.
        self.epoch: int | None = None

    def request(self, method: str, path: str, body: Any = None, params: Any = None, **_: Any) -> Any:  # type: ignore[override]  # fmt: skip
        # Written by its alias, and read by its name.
        key = unquote(path.rpartition("/")[2])
        if path.startswith("/_cat/indices/"):
            return {"answer": self.indexes}
        if method == "HEAD":
            return {"answer": True}
        if path == "/_cat/health" and self.before_time:
            self.before_time.pop()()
        if path == "/_cat/health" and self.epoch is not None:
            return {"answer": [{"epoch": str(self.epoch)}]}
        if method == "GET":
            self.reads += 1
            is_late = self.late and params != {"preference": "_primary"}
            kept = self.late.pop(0) if is_late else self.kept.get(key)
            if kept is None:
                raise NotThere(key)
            value, number = kept
            return {"_source": value, "_seq_no": number, "_primary_term": 1}
        if self.before_put:
            self.before_put.pop(0)()
        number = self.kept[key][1] if key in self.kept else None
        if params.get("if_seq_no") != number:
            raise Conflict(key)
        self.kept[key] = body, (number or 0) + 1
        if self.loses_answers:
            self.loses_answers -= 1
            return self.request(method, path, body, params)
        return {"_seq_no": self.kept[key][1], "_primary_term": 1}


@pytest.fixture
def connection() -> OneDocumentAtATime:
    return OneDocumentAtATime()


@pytest.fixture
def control(connection: OneDocumentAtATime) -> Control:
    control = Control(connection, "news")
    control.make(lambda: Manifest("news-1"))
    return control


def further(manifest: Manifest) -> Manifest:
    return manifest._replace(generation=manifest.generation + 1)


def test_another_layout_is_said(control: Control) -> None:
    control.put("", {**Manifest("news-1").to_json(), "format": 3}, control.get(""))

    with pytest.raises(
        IndexOutdated, match=r"layout 3, this one reads 1 and 2.*newssearch export there"
    ):
        control.manifest()


class TestManifest:
    def test_is_given_back_as_it_was(self) -> None:
        manifest = Manifest(
            "news-1", 3, 4, 5, {6: Lease("me", 1.5)}, (7,), (8,), ((9, 10),), 1, ("a@9",), ("list",), (("old", 1),),
            {"writer": Lease("me", 2.5)}, 11, {"joins": 1}, "x",
        )  # fmt: skip
        assert Manifest.of_json(manifest.to_json()) == manifest

    def test_is_missing_where_nothing_was_made(self, connection: OneDocumentAtATime) -> None:
        with pytest.raises(IndexMissing, match=r"no index 'news' at .*; make it"):
            Control(connection, "news").manifest()

    def test_nothing_that_another_process_changed_is_lost(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        other = Control(connection, "news")
        connection.before_put = [lambda: None, lambda: other.change(further)]
        control.change(further)
        assert control.change(further).generation == 3

    def test_a_change_whose_answer_was_lost_is_made_once(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        connection.loses_answers = 1
        assert (control.change(further).generation, control.manifest().generation) == (1, 1)

    def test_what_is_known_and_out_of_date_is_read_once(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        control.manifest()
        Control(connection, "news").change(further)
        before = connection.reads
        assert (control.change(further).generation, connection.reads - before) == (2, 1)

    def test_what_is_known_and_out_of_date_decides_nothing(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        control.manifest()
        Control(connection, "news").change(further)

        def only_once(manifest: Manifest) -> Manifest | None:
            if not manifest.generation:
                raise EngineError("nothing was published yet")
            return None

        assert control.change(only_once).generation == 1

    def test_is_not_made_where_it_would_hide_articles(self, connection: OneDocumentAtATime) -> None:
        connection.indexes = [
            {"index": index, "docs.count": count}
            for index, count in (("news-2-0a1b2c3d-2024", "7"), ("news-2-0a1b2c3d-rest", "0"))
        ]
        control = Control(connection, "news")

        with pytest.raises(EngineError, match=r"articles of it \(news-2-0a1b2c3d-2024\), but"):
            control.make(lambda: Manifest("news-1"))
        with pytest.raises(IndexMissing, match="which of them count"):
            control.manifest()
        assert connection.kept == {}

    def test_is_made_beside_the_indexes_of_others(self, connection: OneDocumentAtATime) -> None:
        others = (
            "news-ledger",
            "news-old-1-0a1b2c3d",
            "news-1",
            "news-1-0a1b2c3d-in",
            "news-12345678",
        )
        connection.indexes = [{"index": index, "docs.count": "7"} for index in others]

        assert Control(connection, "news").make(lambda: Manifest("news-1"))


class TestLeases:
    def test_a_lock_is_held_by_one(self, connection: OneDocumentAtATime, control: Control) -> None:
        own, other = Leases(control), Leases(Control(connection, "news"))
        with own.lock("writer", 0):
            with pytest.raises(IndexLocked, match="another process"), other.lock("writer", 0):
                pass
            with other.lock("ledger", 0):
                pass
        with other.lock("writer", 0):
            pass
        assert control.manifest().leases == {}
        own.close()
        other.close()

    def test_what_an_ended_process_held_is_free_at_once(self) -> None:
        program = (
            "from search.engines.opensearch.processes import this_process; print(this_process())"
        )
        owner = subprocess.check_output([sys.executable, "-c", program], text=True).strip()

        assert Lease(f"{owner}#0", 60).is_over(0)
        assert not Lease(f"{this_process()}#0", 60).is_over(0)

    @pytest.mark.parametrize(
        ("owner", "seconds", "is_over"),
        [("elsewhere/1/2/3#0", 60, False), ("elsewhere/1/2/3#0", -1, True), ("", 60, False)],
        ids=["another computer", "not renewed", "unknown"],
    )
    def test_what_another_computer_holds_is_free_after_its_time(
        self, owner: str, seconds: float, is_over: bool
    ) -> None:
        assert Lease(owner, 100 + seconds).is_over(100) == is_over

    @pytest.mark.parametrize("ahead_s", [-600, 600], ids=["slow", "ahead"])
    def test_count_by_the_clock_of_the_cluster(
        self, connection: OneDocumentAtATime, control: Control, ahead_s: float
    ) -> None:
        connection.epoch = round(time.time() - ahead_s)
        others = Lease("elsewhere/1/2/3#0", connection.epoch + 30)
        control.change(lambda manifest: manifest._replace(leases={"writer": others}))
        own = Leases(control)
        with (
            pytest.raises(IndexLocked, match=r"in (2\d|30|31) s"),
            own.lock("writer", 0),
        ):
            pass
        with own.lock("ledger", 0) as manifest:
            until = manifest.leases["ledger"].until
        assert until == pytest.approx(connection.epoch + LEASE_S, abs=30)
        own.close()

    def test_no_thread_counts_by_another_clock_while_one_asks_for_that(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        connection.epoch = round(time.time()) - 600
        others = []
        connection.before_time = [lambda: others.append(control.now())]
        control.now()
        assert others == [pytest.approx(connection.epoch, abs=30)]

    def test_batches_have_numbers_of_their_own(
        self, connection: OneDocumentAtATime, control: Control
    ) -> None:
        own, other = Leases(control), Leases(Control(connection, "news"))
        numbers = [own.new_batch(), other.new_batch(), own.new_batch()]
        assert [(manifest.physical, n) for manifest, n in numbers] == [
            ("news-1", n) for n in (1, 2, 3)
        ]
        assert set(control.manifest().pending) == {1, 2, 3}
        own.close()
        other.close()


@pytest.mark.parametrize(
    ("first", "before", "expected"),
    [
        (None, None, [(1, 5)]),
        (30, None, [(2, 2), (4, 5)]),
        (None, 30, [(1, 1), (3, 3)]),
        (20, 31, [(3, 4)]),
        (99, None, []),
    ],
    ids=["all", "from", "before", "between", "none"],
)
def test_batches_between_two_instants_are_few_ranges(
    first: int | None, before: int | None, expected: list[tuple[int, int]]
) -> None:
    """The second was published after the third: another process was slower."""
    published = Published({1: 10, 2: 35, 3: 20, 4: 30, 5: 40})
    assert published.between(first, before) == expected


@pytest.mark.parametrize("has_it", [True, False], ids=["an older one", "none"])
def test_who_has_seen_a_manifest_sees_no_older_one(
    connection: OneDocumentAtATime, *, has_it: bool
) -> None:
    """A write that goes on is not in all copies yet, and the next question may be put to one that lacks it."""
    writing, reading = Control(connection, "news"), Control(connection, "news")
    writing.make(lambda: Manifest("news-1-00000000"))
    before = connection.kept["news"]
    writing.change(lambda manifest: manifest._replace(generation=1))
    assert reading.manifest().generation == 1

    connection.late = [before if has_it else None]

    assert reading.manifest().generation == 1
    assert connection.late == []


def test_a_manifest_that_was_restored_counts_though_it_is_older(
    connection: OneDocumentAtATime,
) -> None:
    control = Control(connection, "news")
    control.make(lambda: Manifest("news-1-00000000"))
    before = connection.kept["news"]
    control.change(lambda manifest: manifest._replace(generation=1))

    connection.kept["news"] = before

    assert control.manifest().generation == 0
