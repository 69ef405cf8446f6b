"""`newssearch query` shows one row a story, and every article to programs that work on ids."""

from __future__ import annotations

import json

import numpy as np
import pytest

from search.engines.whoosh_index.segment.reader import SegmentReader
from tests.support.command_line import Run


@pytest.fixture(autouse=True)
def _of_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the articles with a source one story, and the others another."""

    def given(segment: SegmentReader) -> object:
        return np.array([int(i in ("summit", "oil")) for i in segment.ids.all()], np.int64)

    monkeypatch.setattr(SegmentReader, "stories", property(given))


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
def test_ids_are_of_all_articles_unless_grouped(run: Run, options: list[str], ids: int) -> None:
    assert len(run("query", "--ids", *options).stdout.split()) == ids
    assert len(run("query", "--csv", *options).stdout.strip().splitlines()) == 1 + ids


@pytest.mark.parametrize(
    ("options", "stories", "hits"), [([], 2, 2), (["--no-group"], None, 4)], ids=["", "not grouped"]
)
def test_json_is_grouped(run: Run, options: list[str], stories: int | None, hits: int) -> None:
    answer = json.loads(run("query", "--json", *options).stdout)
    assert (answer["total"], answer["stories"], len(answer["hits"])) == (4, stories, hits)


def test_every_article_is_a_row_where_asked(run: Run) -> None:
    result = run("query", "--no-group")
    assert result.stderr.startswith("4 articles (")
    assert "also in" not in result.stdout


def test_an_article_names_its_copies(run: Run) -> None:
    assert "Also in 1 source: AFP oil" in run("show", "summit").stdout.splitlines()
    answer = json.loads(run("show", "summit", "--json").stdout)
    assert [copy["id"] for copy in answer["story"]["copies"]] == ["oil"]


def test_a_suggested_command_groups_as_this_one_did(run: Run) -> None:
    assert " --no-group " in run("query", "--no-group", "blinkin").stderr
