"""`newssearch facets` and `newssearch suggest` as a person types them."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Entities, Entity
from tests.support.documents import document

_PORT = Entities(places=(Entity("Odesa"),))


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facets") / "index"
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add(
            [
                document("a", "Port opens", authors=("Ann Lee", "=1+1"), entities=_PORT),
                document("b", "Port shuts", authors=("Ann Lee",), source="Post"),
                document("c", "Portal"),
            ]
        )
    return folder


def run(index, *words):
    return CliRunner().invoke(main, [*words, "--index", str(index)])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("author",), "       2  Ann Lee\n       1  =1+1\n       1  (without an author)\n"),
        (("author", "--by-name"), "       1  =1+1\n       2  Ann Lee\n       1  (without an author)\n"),
        (("author", "--find", "le"), "       2  Ann Lee\n       1  (without an author)\n"),
        (("author", "--limit", "1", "--page", "2"), "       1  =1+1\n       1  (without an author)\n"),
        (("author", "--query", "opens", "--letter", "a"), "       1  Ann Lee\n"),
        (("author", "--exclude", "place:odesa", "--csv"), "author,articles\nAnn Lee,1\n"),
        (("author", "--by-name", "--csv"), "author,articles\n'=1+1,1\nAnn Lee,2\n"),
    ],
    ids=["most first", "by name", "found", "page", "letter", "without a value", "no formula"],
)  # fmt: skip
def test_values_are_listed(index, words, expected):
    result = run(index, "facets", *words)
    assert (result.stdout, result.exit_code) == (expected, 0)


def test_values_as_json(index):
    answer = json.loads(run(index, "facets", "place", "--json").stdout)
    assert answer == {
        "total": 3, "distinct": 1, "missing": 2, "page": 1, "last_page": 1,
        "values": [{"value": "Odesa", "count": 1, "selected": False}], "letters": {"O": 1},
    }  # fmt: skip


def test_nothing_found_is_1_and_a_mistake_is_2(index):
    assert run(index, "facets", "author", "--query", "nowhere").exit_code == 1
    assert run(index, "facets", "colour").exit_code == 2
    result = run(index, "facets", "author", "--exclude", "Odesa")
    assert result.exit_code == 2
    assert "as in place:Brussels" in result.stderr


def test_what_is_left_out_by_query(index):
    result = run(index, "query", "--exclude", "place:Odesa", "--exclude", "source:post", "--ids")
    assert (result.stdout, result.exit_code) == ("c\n", 0)


def test_a_query_is_completed(index):
    result = run(index, "suggest", "por")
    assert (result.stdout, result.exit_code) == ("       2  port\n       1  portal\n", 0)
    answer = json.loads(run(index, "suggest", "ode", "--json").stdout)
    assert answer["suggestions"][1:] == [
        {
            "query": 'place:"Odesa"', "completed": "Odesa", "kind": "place", "articles": 1,
            "text": "place, 1 article",
        }
    ]  # fmt: skip
    assert run(index, "suggest", "zzz").exit_code == 1
