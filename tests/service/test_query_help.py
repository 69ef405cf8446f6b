"""The query language by examples of an index."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.model.question import Question
from search.service.query_help import help_forms
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.four_articles import ARTICLES
from tests.support.memory_engine import MemoryEngine


def service_of(articles):
    engine = MemoryEngine()
    engine.add(articles)
    return SearchService(engine)


def rows_of(parts):
    return [row for part in parts for row in part.rows]


def test_each_example_finds_what_it_says():
    service = service_of(ARTICLES)
    counted = [row for row in rows_of(service.help_parts()) if row.articles is not None]
    assert len(counted) > 10
    found = {row.query: service.search(Question(text=row.query)).total for row in counted}
    assert found == {row.query: row.articles for row in counted}
    assert all(found.values())


@pytest.mark.parametrize(
    "articles",
    [[], [document("a", "")], [document("a", '"AND" (', authors=('x" OR (',), source=":")]],
    ids=["empty", "no words", "signs"],
)
def test_what_the_index_cannot_show_is_a_form(articles):
    rows = rows_of(service_of(articles).help_parts())
    assert [row.means for row in rows] == [row.means for row in rows_of(help_forms())]
    assert rows[0].query == "ONE TWO"
    assert rows[0].articles is None


def test_help_at_the_terminal_needs_no_index(tmp_path):
    result = CliRunner().invoke(main, ["help", "query", "--index", str(tmp_path / "none")])
    assert result.exit_code == 0
    assert "(ONE OR TWO) THREE" in result.stdout
    assert "no index in" in result.stderr


@pytest.mark.parametrize(
    ("topic", "status", "said"),
    [(["facets"], 0, "List all values of a facet"), ([], 0, "Commands:"), (["nothing"], 2, "")],
    ids=["command", "all", "unknown"],
)
def test_help_on_commands(topic, status, said):
    result = CliRunner().invoke(main, ["help", *topic])
    assert result.exit_code == status
    assert said in result.stdout


def test_words_of_the_examples_are_names_where_there_are_some():
    shown = {row.means: row.query for row in rows_of(service_of(ARTICLES).help_parts())}
    assert shown["both words"] == "Blinken Brussels"
    assert shown["any one letter"] == "B?inken"
    assert shown["within five words, in either order"] == "Blinken NEAR/5 Brussels"
    assert shown["brackets hold together"].startswith("(Blinken OR ")
