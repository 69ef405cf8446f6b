"""One index given the segments of another, as newssearch rebuild does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.segment.toc import latest_generation
from search.engines.whoosh_index.write.replace import replace_all
from tests.support.documents import document


def made(folder: Path, commits: int) -> Path:
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add([document(f"n{n}") for n in range(20)])
        for number in range(commits - 1):
            engine.delete([f"n{number}"])
    return folder


@pytest.mark.parametrize("between", range(5))
@pytest.mark.parametrize(("commits", "other_commits"), [(1, 5), (5, 1), (3, 3)])
def test_commits_go_on_after_the_segments_of_another_index_were_taken(
    tmp_path: Path, commits: int, other_commits: int, between: int
) -> None:
    """What the other gave to documents is in files named after its generations: a later commit met one of them."""
    index, other = made(tmp_path / "index", commits), made(tmp_path / "other", other_commits)
    assert replace_all(index, other, latest_generation(index), 0)
    with closing(WhooshEngine(index)) as engine:
        for number in range(between):
            engine.add([document(f"new{number}")])
        assert engine.delete(["n19"]) == 1
        assert len(list(engine.documents())) == 20 - other_commits + between
        assert engine.verify() == ()


def test_an_index_that_has_changed_meanwhile_stays(tmp_path: Path) -> None:
    index, other = made(tmp_path / "index", 3), made(tmp_path / "other", 1)
    before = latest_generation(index)
    with closing(WhooshEngine(index)) as engine:
        engine.delete(["n9"])
        assert not replace_all(index, other, before, 0)
        assert len(list(engine.documents())) == 17
