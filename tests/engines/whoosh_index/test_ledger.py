"""The ledger in the folder of an index: what it keeps, and what becomes of one that cannot be used."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.staging import InputFile
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.write.ledger import LEDGER, SqliteLedger
from search.model.errors import EngineError, IndexLocked
from tests.support.documents import document
from tests.support.ledger_steps import STEPS, A, contents, do, runs_of
from tests.support.memory_ledger import MemoryLedger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an empty index."""
    with closing(WhooshEngine(tmp_path / "index", make=True)):
        return tmp_path / "index"


def ledger_of(folder: Path, timeout_ms: int = 0) -> SqliteLedger:
    return SqliteLedger(folder, timeout_ms)


def recorded(folder: Path, ids: str = "xy") -> None:
    """Record a file that claims *ids*."""
    with ledger_of(folder) as ledger:
        ledger.claim({A.path: list(ids)})
        ledger.record([A])


def changed_by_hand(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / LEDGER)) as database, database:
        for statement in statements:
            database.execute(statement)


# What it keeps


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, max_size=8))
def test_it_keeps_what_one_of_dicts_keeps(
    steps: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("index")
    WhooshEngine(folder, make=True).close()
    other = MemoryLedger()
    for run in runs_of(steps):
        with ledger_of(folder) as ledger, other:
            assert contents(ledger) == contents(other)
            for step in run:
                do(ledger, step)
                do(other, step)
                assert contents(ledger) == contents(other)
            assert ledger.notices == []


def test_one_that_was_made_without_the_index_of_bytes_gets_it(folder: Path) -> None:
    with ledger_of(folder) as ledger:
        ledger.record([A])
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as database:
        database.execute("DROP INDEX file_of_bytes")
    for _ in range(2):
        with ledger_of(folder) as ledger:
            assert ledger.notices == []
            assert [file.path for file in ledger.with_digest(A.size_bytes, A.digest)] == [A.path]


def test_nothing_is_kept_of_a_change_that_fails(folder: Path) -> None:
    recorded(folder, "x")

    def broken() -> Iterator[InputFile]:
        yield A._replace(size_bytes=8)
        raise KeyboardInterrupt

    with ledger_of(folder) as ledger:
        with pytest.raises(KeyboardInterrupt):
            ledger.record(broken(), {A.path: ["x"]})
        assert (ledger.get(A.path), ledger.claimants("x")) == (
            A._replace(articles=1),
            {"x": [A.path]},
        )


def test_a_group_may_write_it_that_may_write_the_index(folder: Path) -> None:
    before = os.umask(0o002)
    try:
        recorded(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / LEDGER).stat().st_mode) == 0o664


def test_nothing_is_left_beside_it(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    recorded(folder)
    assert {path.name for path in folder.iterdir()} - before == {LEDGER, "ledger.lock"}


# One run at a time


def test_a_second_run_waits_and_then_says_so(folder: Path) -> None:
    with (
        ledger_of(folder),
        pytest.raises(
            IndexLocked, match=r"another run .* within 30 ms.*NEWSSEARCH_LOCK_TIMEOUT_MS"
        ),
    ):
        ledger_of(folder, 30).__enter__()
    recorded(folder)


def test_what_another_run_claims_meanwhile_is_seen(folder: Path) -> None:
    def claimants() -> dict[str, list[str]]:
        with ledger_of(folder, 60_000) as ledger:
            return ledger.claimants("x")

    with ThreadPoolExecutor() as pool:
        with ledger_of(folder) as ledger:
            waiting = pool.submit(claimants)
            ledger.claim({A.path: ["x"]})
        assert waiting.result(timeout=60) == {"x": [A.path]}


def test_a_program_that_keeps_the_database_open_is_waited_for_no_longer_than_said(
    folder: Path,
) -> None:
    recorded(folder)
    with closing(sqlite3.connect(folder / LEDGER, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(IndexLocked, match=r"ledger\.sqlite: another program .* within 30 ms"):
            ledger_of(folder, 30).__enter__()
    recorded(folder)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda folder: (folder / "ledger.lock").mkdir(), "cannot be locked: Is a directory"),
        (lambda folder: (folder / LEDGER).mkdir(), "is not a file"),
    ],
    ids=["lock", "database"],
)
def test_what_cannot_be_opened_is_said(
    folder: Path, break_it: Callable[[Path], None], message: str
) -> None:
    break_it(folder)
    with pytest.raises(EngineError, match=message):
        ledger_of(folder).__enter__()


# Believed no further than the index


def test_a_file_is_not_current_before_it_is_recorded(folder: Path) -> None:
    recorded(folder)
    with ledger_of(folder) as ledger:
        ledger.claim({A.path: ["z"]})
    with ledger_of(folder) as ledger:
        assert ledger.get(A.path) == A._replace(articles=2, is_current=False)
        assert sorted(ledger.not_renewed([A.path])[A.path]) == ["x", "y", "z"]


def test_a_file_of_a_generation_that_the_index_has_not_is_not_current(folder: Path) -> None:
    with closing(WhooshEngine(folder)) as engine:
        engine.add([document("x")])
    newest = (folder / "_MAIN_1.toc").rename(folder / "later")
    (folder / "_MAIN_0.toc").write_bytes(b"")
    recorded(folder)
    with ledger_of(folder) as ledger:
        assert ledger.get(A.path) == A._replace(articles=2)
    newest.rename(folder / "_MAIN_1.toc")
    (folder / "_MAIN_0.toc").unlink()
    later = A._replace(path="/in/later.jsonl")
    with ledger_of(folder) as ledger:
        ledger.record([later])
    (folder / "_MAIN_1.toc").unlink()
    (folder / "_MAIN_0.toc").write_bytes(b"")
    with ledger_of(folder) as ledger:
        assert ledger.get(A.path) == A._replace(articles=2)
        assert ledger.get(later.path) == later._replace(is_current=False)


def test_a_file_is_not_current_where_the_disk_did_not_confirm_the_generation(folder: Path) -> None:
    (folder / "_MAIN_1.toc").write_bytes(b"")  # next to that of generation 0
    recorded(folder)
    with ledger_of(folder) as ledger:
        assert ledger.get(A.path) == A._replace(articles=2, is_current=False)
        assert ledger.claimants("x") == {"x": [A.path]}


# What cannot be used


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"no database" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(20_000)),
        lambda path: changed_by_hand(path.parent, "PRAGMA user_version = 2"),
        lambda path: changed_by_hand(path.parent, "PRAGMA application_id = 0"),
        lambda path: changed_by_hand(path.parent, "DROP INDEX claim_of_file"),
        lambda path: changed_by_hand(
            path.parent,
            "CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM file; END",
        ),
    ],
    ids=["noise", "cut", "zeros", "other version", "other program", "other schema", "trigger"],
)
def test_what_is_no_ledger_of_ours_is_put_aside_and_everything_is_read_again(
    folder: Path, spoil: Callable[[Path], object]
) -> None:
    recorded(folder)
    spoil(folder / LEDGER)
    (folder / (LEDGER + "-journal")).write_bytes(b"of another database")
    with ledger_of(folder) as ledger:
        assert len(ledger) == 0
        (notice,) = ledger.notices
        assert "cannot be used" in notice
        assert notice.endswith("kept as ledger.sqlite.damaged, and every input file is read again")
    assert (folder / "ledger.sqlite.damaged").exists()
    recorded(folder)
    with ledger_of(folder) as ledger:
        assert (ledger.notices, len(ledger)) == ([], 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE file SET path = 'a text'",
        "UPDATE file SET size_bytes = 'much'",
        "UPDATE file SET how = x'ff'",
        "UPDATE file SET digest = CAST(x'ff' AS TEXT)",
    ],
)
def test_damage_that_is_met_later_ends_the_run_and_the_next_one_begins_anew(
    folder: Path, statement: str
) -> None:
    recorded(folder)
    changed_by_hand(folder, statement)
    with (
        ledger_of(folder) as ledger,
        pytest.raises(EngineError, match=r"kept as ledger\.sqlite\.dam"),
    ):
        list(ledger.files())
    with ledger_of(folder) as ledger:
        assert (ledger.notices, len(ledger)) == ([], 0)


def test_a_full_disk_is_said_and_loses_nothing(folder: Path) -> None:
    recorded(folder)
    with ledger_of(folder) as ledger:
        ledger._database.execute("PRAGMA max_page_count = 8")
        with pytest.raises(EngineError, match="full; what is in the index stays"):
            ledger.claim({A.path: [f"article-{number}" for number in range(5000)]})
    with ledger_of(folder) as ledger:
        assert ledger.get(A.path) == A._replace(articles=2)


# What earlier versions kept

OLD = {
    "path": A.path,
    "size_bytes": A.size_bytes,
    "mtime_ns": A.mtime_ns,
    "digest": "d",
    "how": "reader auto, entities rules, max_file_mb 4096, max_article_chars 5000000",
    "article_ids": ["x", "y"],
    "refused": 3,
}


def lines(*values: object) -> str:
    return "".join(f"{v if isinstance(v, str) else json.dumps(v)}\n" for v in values)


HEADER = {"newssearch_sources": 2}


def test_the_file_of_an_earlier_version_is_taken_over_once(folder: Path) -> None:
    again = {**OLD, "path": "/in/caf\udce9.jsonl", "digest": "", "article_ids": ["x"]}
    (folder / "sources.jsonl").write_text(lines(HEADER, OLD, again))
    for left_over in ("sources.lock", ".sources.jsonl.4711"):
        (folder / left_over).touch()
    expected = A._replace(
        how="reader auto, max_file_mb 4096, max_article_chars 5000000", tagger="", refused=3
    )
    for _ in range(2):
        with ledger_of(folder) as ledger:
            assert ledger.get(A.path) == expected._replace(articles=2)
            other = ledger.get("/in/caf\udce9.jsonl")
            assert other is not None
            assert (other.is_current, other.articles) == (False, 1)
            assert len(ledger.claimants("x")["x"]) == 2
            assert ledger.notices == []
    assert not [path for path in folder.iterdir() if "sources" in path.name]


def test_what_is_there_is_not_replaced_by_the_file_of_an_earlier_version(folder: Path) -> None:
    recorded(folder, "z")
    (folder / "sources.jsonl").write_text(lines(HEADER, OLD))
    with ledger_of(folder) as ledger:
        assert ledger.claimants("xz") == {"z": [A.path]}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}\n",
        "not json\n",
        '{"newssearch_sources": 99}\n',
        lines(HEADER, {"path": 3}),
        lines(HEADER, OLD)[:-30],
        lines(HEADER, []),
        lines(HEADER, "[" * 100_000),
        lines(HEADER, {**OLD, "size_bytes": 1 << 70}),
        lines(HEADER, {**OLD, "path": "/\ud800"}),
        lines(HEADER, {**OLD, "article_ids": ["\ud800"]}),
        lines(HEADER, OLD).encode("utf-16"),
    ],
    ids=[
        "empty", "no version", "no json", "other version", "wrong type", "cut", "list", "nested",
        "large number", "no path", "no id", "no text",
    ],
)  # fmt: skip
def test_one_of_an_earlier_version_that_cannot_be_used_is_said(
    folder: Path, content: str | bytes
) -> None:
    path = folder / "sources.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with ledger_of(folder) as ledger:
        assert len(ledger) == 0
        (notice,) = ledger.notices
        assert "sources.jsonl cannot be used" in notice
        assert "every input file is read again" in notice
    with ledger_of(folder) as ledger:
        assert ledger.notices == []


def test_doctor_says_of_a_damaged_ledger_what_it_costs(folder: Path) -> None:
    def remarks() -> list[str]:
        with closing(WhooshEngine(folder)) as engine:
            return [remark for remark in engine.remarks() if LEDGER in remark]

    assert remarks() == []
    recorded(folder)
    assert remarks() == []
    (folder / LEDGER).write_bytes(b"no database" * 400)
    (remark,) = remarks()
    assert "reads every input file again" in remark
