"""`newssearch query` shows one row a story, and every article to programs that work on ids."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.engines.whoosh_index.segment.reader import SegmentReader
from tests.support.command_line import Run


@pytest.fixture
def _of_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the articles with a source one story, and the others another."""

    def given(segment: SegmentReader) -> object:
        return np.array([int(i in ("summit", "oil")) for i in segment.ids.all()], np.int64)

    monkeypatch.setattr(SegmentReader, "stories", property(given))


@pytest.mark.usefixtures("_of_one_story")
def test_rows_are_stories_and_say_where_else_they_are(run: Run) -> None:
    result = run("query", "--sort", "newest")

    assert result.stdout.splitlines()[:4] == [
        "1. Crude oil falls",
        "   Rich Miller · 2024-11-14 09:30:00 UTC · AFP",
        "   Prices fell again.",
        "   also in 1 source: Reuters",
    ]
    assert "   1 more copy" in result.stdout
    assert result.stderr.startswith("2 stories in 4 articles (")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], 4),
        (["--group"], 2),
        (["--no-group"], 4),
    ],
    ids=["as a rule", "grouped", "not grouped"],
)
@pytest.mark.usefixtures("_of_one_story")
def test_ids_are_of_all_articles_unless_grouped(run: Run, options: list[str], ids: int) -> None:
    assert len(run("query", "--ids", *options).stdout.split()) == ids
    assert len(run("query", "--csv", *options).stdout.strip().splitlines()) == 1 + ids


@pytest.mark.parametrize(
    ("options", "stories", "hits"), [([], 2, 2), (["--no-group"], None, 4)], ids=["", "not grouped"]
)
@pytest.mark.usefixtures("_of_one_story")
def test_json_is_grouped(run: Run, options: list[str], stories: int | None, hits: int) -> None:
    answer = json.loads(run("query", "--json", *options).stdout)
    assert (answer["total"], answer["stories"], len(answer["hits"])) == (4, stories, hits)


@pytest.mark.usefixtures("_of_one_story")
def test_every_article_is_a_row_where_asked(run: Run) -> None:
    result = run("query", "--no-group")
    assert result.stderr.startswith("4 articles (")
    assert "also in" not in result.stdout


@pytest.mark.usefixtures("_of_one_story")
def test_an_article_names_its_copies(run: Run) -> None:
    assert "Also in 1 source: AFP oil" in run("show", "summit").stdout.splitlines()
    answer = json.loads(run("show", "summit", "--json").stdout)
    assert [copy["id"] for copy in answer["story"]["copies"]] == ["oil"]


@pytest.mark.usefixtures("_of_one_story")
def test_a_suggested_command_groups_as_this_one_did(run: Run) -> None:
    assert " --no-group " in run("query", "--no-group", "blinkin").stderr


#: Three papers' articles of one thing, and one of another.
_HALL = (
    "The council of Lindvik voted on Monday to rebuild the harbour hall whose roof a storm tore off in autumn. "
    "Mayor Asta Berg said work would begin in spring and that the parish would pay for most of it. "
    "Two parties had asked for a cheaper plan, which the engineers called unsafe. Until the hall opens again, "
    "auctions are held in a tent on the quay, where buyers have complained of the cold."
)
_BREAD = (
    "A bakery in the old town won a prize for its rye bread, said the jury, which had tasted forty loaves over two "
    "days and could not agree for hours before it chose, so close were the best of them to each other."
)


def test_copies_found_while_indexing_are_one_row(tmp_path: Path) -> None:
    texts = {
        "Wire": _HALL,
        "Post": _HALL + " (Wire)",
        "Star": _HALL.rpartition(". ")[0] + ".",
        "Herald": _BREAD,
    }
    source = tmp_path / "articles.jsonl"
    source.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": name.lower(),
                    "title": name,
                    "source": name,
                    "body": text,
                    "published": "2024-11-13",
                }
            )
            for name, text in texts.items()
        ),
        "utf-8",
    )
    index = ["--index", str(tmp_path / "index")]
    assert CliRunner().invoke(main, ["index", *index, str(source)]).exit_code == 0
    result = CliRunner().invoke(main, ["query", *index])
    assert result.stderr.startswith("2 stories in 4 articles (")
    assert "   also in 2 sources: Star, Wire" in result.stdout.splitlines()
