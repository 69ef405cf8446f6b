"""The file of which names are one: of which generation, what is left of it, and what is altered in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.segment.joined import JOINED_FILE, joined_path
from search.engines.whoosh_index.segment.toc import latest_generation
from search.model.errors import IndexDamaged
from tests.support.engine_names import ARTICLES, AS_WRITTEN, JOINED, counted, few_are_enough, naming


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    few_are_enough(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(WhooshEngine(tmp_path / "index", make=True)) as engine:
        engine.add(ARTICLES)
    return tmp_path / "index"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if JOINED_FILE.fullmatch(path.name))


def test_a_generation_has_its_own(folder):
    with closing(WhooshEngine(folder)) as engine:
        assert files(folder) == [joined_path(folder, latest_generation(folder))]
        engine.add([naming("g", "Mara Ilven")])
        assert files(folder) == [joined_path(folder, latest_generation(folder))]
        assert counted(engine) == JOINED | {"Mara Ilven": 6}


def test_there_is_none_where_nothing_is_joined(folder):
    with closing(WhooshEngine(folder)) as engine:
        engine.delete("abc")
    assert files(folder) == []


def test_what_a_killed_commit_has_left_is_replaced(folder):
    joined_path(folder, latest_generation(folder) + 1).write_bytes(b"half")
    with closing(WhooshEngine(folder)) as engine:
        engine.add([naming("g", "Mara Ilven")])
        assert counted(engine) == JOINED | {"Mara Ilven": 6}


def test_a_reader_keeps_that_of_its_generation(folder):
    with closing(WhooshEngine(folder)) as reader:
        snapshot = reader._index.current()
        with closing(WhooshEngine(folder)) as writer:
            writer.delete("abc")
        assert [join.name for join in snapshot.joined.of("person")] == ["Ilven"]


def test_without_it_names_are_as_written_until_the_next_commit(folder):
    joined_path(folder, latest_generation(folder)).unlink()
    with closing(WhooshEngine(folder)) as engine:
        assert engine.verify() == ()
        assert counted(engine) == AS_WRITTEN
        engine.delete(["nothing"])
        assert counted(engine) == JOINED


def test_an_altered_byte_is_found(folder):
    (path,) = files(folder)
    content = bytearray(path.read_bytes())
    content[64] ^= 1
    path.write_bytes(content)
    with closing(WhooshEngine(folder)) as engine:
        (problem,) = engine.verify()
    assert problem.startswith(f"{path}: column person.name.bytes")


def test_a_file_that_is_cut_short_is_refused(folder):
    (path,) = files(folder)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(IndexDamaged, match="nsj"):
        WhooshEngine(folder)
