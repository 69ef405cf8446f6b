"""What the benchmark of agreement draws, compares and says."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from benchmarks.agreement import compare, compared, main, real_queries
from search.engines.registry import open_engine
from search.model.question import Question
from search.service.service import SearchService
from tests.support.engine_samples import document

BODIES = {"a": "ferry ferry harbour", "b": "ferry harbour storm", "c": "ferry budget vote council"}


@pytest.fixture
def indexes(tmp_path):
    """Two folders: in the second one the first article is about something else."""
    names = []
    for name, first in (("one", BODIES["a"]), ("other", "budget vote")):
        names.append(str(tmp_path / name))
        with closing(open_engine(names[-1], make=True)) as engine:
            engine.add(document(each, body) for each, body in (BODIES | {"a": first}).items())
    return names


@pytest.fixture
def queries(tmp_path):
    path = tmp_path / "queries.jsonl"
    lines = [("+ferry +harbour", "intersection"), ("ferry storm", "union"), ("museum", "term")]
    path.write_text(
        "".join(f"{json.dumps({'query': text, 'tags': [tag]})}\n" for text, tag in lines), "utf-8"
    )
    return path


def test_queries_are_those_of_which_something_is_found(indexes, queries):
    with closing(open_engine(indexes[0])) as engine:
        drawn = real_queries(queries, engine, 10)
    assert {(each.text, each.match) for each in drawn} == {
        ("ferry harbour", "all"),
        ("ferry storm", "any"),
    }


def test_a_difference_is_named_by_its_place(indexes):
    with closing(open_engine(indexes[0])) as one, closing(open_engine(indexes[1])) as other:
        first, second = (SearchService(each).search(Question("ferry")) for each in (one, other))
        (same,) = compare(SearchService(one), SearchService(one), [Question("ferry")])
    found = compared("ferry", first, second)
    assert (same.differences, same.overlap, same.is_first_same, same.tau) == ((), 1.0, True, 1.0)
    assert found.differences[:2] == ("hits from place 2 on: a c and c", "total: 3 and 2")
    assert (found.overlap, found.is_first_same) == (pytest.approx(2 / 3), True)


@pytest.mark.parametrize(("other", "status"), [(0, 0), (1, 1)], ids=["same", "other"])
def test_the_command_ends_with_whether_all_are_the_same(indexes, queries, other, status, capsys):
    with pytest.raises(SystemExit) as ended:
        main([indexes[0], indexes[other], "--queries", str(queries)])
    assert ended.value.code == status
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 queries, a median of")
