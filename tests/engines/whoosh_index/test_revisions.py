"""Earlier revisions lie beside the index: whole after a kill, gone when they are to go, no danger when damaged."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.write import revisions
from search.engines.whoosh_index.write.revisions import REVISIONS
from search.model.errors import EngineError, IndexDamaged
from tests.support.documents import document
from tests.support.killing import may_fork, needs_fork, run_up_to

State = dict[str, tuple[str | None, list[tuple[int, str]]]]


def changed(folder: Path, **bodies: str) -> None:
    with closing(WhooshEngine(folder, make=True, kept_revisions=3)) as engine:
        engine.add(document(i, body=body) for i, body in bodies.items())


def deleted(folder: Path, *article_ids: str) -> None:
    with closing(WhooshEngine(folder)) as engine:
        engine.delete(article_ids)


def state(folder: Path) -> State:
    """Return of each article its body, and its revisions by number."""
    with closing(WhooshEngine(folder)) as engine:
        return {
            i: (
                found.article.body if (found := engine.get(i)) else None,
                [(each.number, each.document.article.body) for each in engine.revisions(i)],
            )
            for i in "ab"
        }


CHANGES: dict[str, tuple[Callable[[Path], None], State]] = {
    "change": (
        lambda folder: changed(folder, a="4", b="2"),
        {"a": ("4", [(1, "1"), (2, "2"), (3, "3")]), "b": ("2", [(0, "1")])},
    ),
    "delete": (lambda folder: deleted(folder, "a"), {"a": (None, []), "b": ("1", [])}),
}


@needs_fork
@may_fork
@pytest.mark.parametrize("change", CHANGES)
def test_a_kill_leaves_the_revisions_of_what_is_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(revisions, "_PRAGMAS", (*revisions._PRAGMAS[2:], "synchronous = OFF"))
    base = tmp_path / "base"
    for body in "0123":
        changed(base, a=body, b="1")
    with sqlite3.connect(base / REVISIONS) as database:  # it is the oldest that goes next
        assert database.execute("SELECT count(*) FROM revision").fetchone() == (3,)
    before: State = {"a": ("3", [(0, "0"), (1, "1"), (2, "2")]), "b": ("1", [])}
    assert state(base) == before
    act, after = CHANGES[change]

    step, is_killed, seen = 0, True, []
    while is_killed:
        step += 1
        folder = tmp_path / "killed"
        copytree(base, folder)
        is_killed = run_up_to(step, folder, lambda folder=folder: act(folder))
        seen.append(state(folder))
        assert seen[-1] in (before, after)
        act(folder)
        assert state(folder) == after
        with sqlite3.connect(folder / REVISIONS) as database:
            kept = database.execute("SELECT article_id, number FROM revision").fetchall()
        assert sorted(kept) == [(i, n) for i, (_, found) in after.items() for n, _ in found]
        rmtree(folder)
    assert seen[0] == before
    assert seen[-1] == after


def test_what_is_deleted_does_not_linger_on_the_disk(tmp_path: Path) -> None:
    """A takedown has to be one: SQLite keeps the bytes of deleted rows unless it is asked to overwrite them."""
    taken_down = "taken-down-9f3c"
    changed(tmp_path, **{taken_down: "1", "b": "1"})
    changed(tmp_path, **{taken_down: "2"})
    assert taken_down.encode() in (tmp_path / REVISIONS).read_bytes()
    deleted(tmp_path, taken_down)
    left = [path for path in tmp_path.iterdir() if path.name.startswith(REVISIONS)]
    assert left == [tmp_path / REVISIONS]
    assert taken_down.encode() not in (tmp_path / REVISIONS).read_bytes()


def test_an_index_without_changes_has_no_file_of_them(tmp_path: Path) -> None:
    changed(tmp_path, a="1")
    changed(tmp_path, a="1", b="1")
    deleted(tmp_path, "b")
    assert not (tmp_path / REVISIONS).exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"no database" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 9").connection.close(),
    ],
    ids=["something else", "cut", "another version"],
)
def test_damaged_revisions_are_put_aside_and_the_index_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], object]
) -> None:
    changed(tmp_path, a="1", b="1")
    changed(tmp_path, a="2")
    harm(tmp_path / REVISIONS)
    with closing(WhooshEngine(tmp_path)) as engine:
        with pytest.raises(IndexDamaged, match=REVISIONS):
            engine.revisions("a")
        assert engine.get("a")
        assert any(REVISIONS in remark for remark in engine.remarks())
    with caplog.at_level(logging.WARNING):
        changed(tmp_path, a="3", b="2")
    assert f"{REVISIONS}.damaged" in caplog.text
    assert state(tmp_path) == {"a": ("3", [(1, "2")]), "b": ("2", [(0, "1")])}


def test_where_they_cannot_be_written_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(tmp_path, a="1", b="1")

    def full(*_: object) -> object:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(revisions, "_rows", full)
        with pytest.raises(EngineError, match="disk is full"):
            changed(tmp_path, a="2")
    assert state(tmp_path) == {"a": ("1", []), "b": ("1", [])}
    changed(tmp_path, a="2")
    assert state(tmp_path)["a"] == ("2", [(0, "1")])
