"""Pages of stories out of many articles: however few of them are looked at first, and whoever knows no stories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import HIT_COPIES, STORY_COPIES
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate import copies
from search.engines.whoosh_index.evaluate.limits import Limits
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.stories import Stories
from search.model.article import Document
from search.model.question import Sort
from search.query.tree import And, Everything, Group, Or, Query, Word
from tests.support.engine_samples import day, document
from tests.support.engine_stories import as_shown, expected

#: As shipped; with upper bounds and then scores for any number; as few documents at first as can be.
LIMITS = {"shipped": Limits(), "bounds": Limits(few_documents=0, spare_documents=0)}


def story_of(article_id: str) -> int:
    """Return a story that 130 articles have, one that 60 have, and some that two to four have."""
    number = int(article_id[1:])
    if number < 130:
        return 7
    return 1000 if number < 190 else 2000 + number // (1 + number % 3)


def documents() -> Iterator[Document]:
    """Yield articles whose largest story ranks first, some equal in score and date."""
    for number in range(300):
        gold = 9 - number % 2 if number < 130 else 1 + number % 7
        yield document(
            f"n{number}",
            "gold " * gold + "silver " * (number % 3) + "filler " * (12 - gold),
            published=day(1 + number % 5, 1 + number % 9) if number % 11 else None,
            source=f"Paper {number % 40}",
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stories") / "index"
    added = list(documents())
    with closing(WhooshEngine(path, make=True)) as engine:
        for part in (added[::3], added[1::3], added[2::3]):
            engine.add(part)
        engine.delete(["n3", "n150", "n299"])
    return path


@pytest.fixture
def stories_are(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], int]], None]:
    """Give articles the stories that a function says by their ids."""

    def give(number_of: Callable[[str], int]) -> None:
        def given(segment: SegmentReader) -> object:
            return np.array([number_of(article_id) for article_id in segment.ids.all()], np.int64)

        monkeypatch.setattr(SegmentReader, "stories", property(given))

    return give


TREES = {
    "word": Word("gold"),
    "or": Or((Word("gold"), Word("silver"))),
    "and": And((Word("gold"), Word("filler"))),
    "neighbours": Group((Word("gold"), Word("silver"))),
    "everything": Everything(),
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_every_page_is_a_part_of_the_whole_list(
    folder: Path,
    stories_are: Callable[[Callable[[str], int]], None],
    tree: Query,
    sort: Sort,
    limits: Limits,
) -> None:
    stories_are(story_of)
    with closing(WhooshEngine(folder, limits=limits)) as engine:
        asked = SearchRequest(tree=tree, sort=sort, limit=1000)
        want = expected(engine.search(asked).hits, story_of)
        assert len(want) > 30
        for offset in (0, 1, 10, len(want) - 3, len(want)):
            part = asked._replace(group=True, offset=offset, limit=10)
            found = engine.search(part)
            assert found.stories == len(want)
            assert rounded(as_shown(found.hits)) == rounded(want[offset : offset + 10])


def rounded(rows: list[tuple[str, float, int, list[str], list[str]]]) -> list[object]:
    return [(article_id, round(score, 4), *rest) for article_id, score, *rest in rows]


def test_an_article_has_as_many_copies_as_the_limit(
    folder: Path, stories_are: Callable[[Callable[[str], int]], None]
) -> None:
    stories_are(story_of)
    with closing(WhooshEngine(folder)) as engine:
        story = engine.story("n0")
        assert story is not None
        assert (story.articles, len(story.copies)) == (128, STORY_COPIES)
        (hit,) = engine.search(SearchRequest(group=True, limit=1)).hits
        assert len(hit.story.copies) == HIT_COPIES  # type: ignore[union-attr]


def test_a_story_of_very_many_is_counted_whole_and_names_every_source(
    folder: Path,
    stories_are: Callable[[Callable[[str], int]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stories_are(story_of)
    asked = SearchRequest(tree=Word("gold"), sort="oldest", limit=40, group=True)
    with closing(WhooshEngine(folder)) as engine:
        whole = engine.search(asked).hits
        monkeypatch.setattr(copies, "_MANY", 12)
        hits = engine.search(asked).hits
        assert [hit.story_size for hit in hits] == [hit.story_size for hit in whole]
        assert [hit.story and set(hit.story.sources) for hit in hits] == [
            hit.story and set(hit.story.sources) for hit in whole
        ]
        assert [hit.story and hit.story.sources[:3] for hit in hits] == [
            hit.story and hit.story.sources[:3] for hit in whole
        ]


def test_an_index_that_knows_no_stories_is_not_grouped_and_says_nothing(
    folder: Path, stories_are: Callable[[Callable[[str], int]], None]
) -> None:
    stories_are(lambda _: -1)
    with closing(WhooshEngine(folder)) as engine:
        asked = SearchRequest(tree=Word("gold"), limit=20)
        grouped, plain = engine.search(asked._replace(group=True)), engine.search(asked)
        assert grouped == plain
        assert (grouped.stories, grouped.notices) == (None, ())
        assert engine.story("n0") is None


def test_articles_without_a_story_are_rows_of_their_own_and_counted_in_a_notice(
    folder: Path, stories_are: Callable[[Callable[[str], int]], None]
) -> None:
    def some(article_id: str) -> int:
        return -1 if int(article_id[1:]) < 100 else story_of(article_id)

    stories_are(some)
    with closing(WhooshEngine(folder)) as engine:
        asked = SearchRequest(sort="newest", limit=1000)
        want = expected(engine.search(asked).hits, some)
        found = engine.search(asked._replace(group=True))
        assert as_shown(found.hits) == want
        assert found.notices == (
            "99 articles of the index are not grouped into stories; newssearch rebuild does that",
        )


@pytest.mark.parametrize(
    ("numbers", "live", "groups"),
    [
        ([], [], []),
        ([5, 5, 6], [0, 1, 2], [1, 1, 0]),
        ([5, 5, 6], [0, 2], [0, 0, 0]),
        ([-1, -1, 2, 2], [0, 1, 2, 3], [0, 0, 1, 1]),
        ([9, 3, 9, 3, 4], [0, 1, 2, 3, 4], [2, 1, 2, 1, 0]),
        ([1 << 40, 3, 1 << 40], [0, 1, 2], [1, 0, 1]),
    ],
    ids=["none", "two", "deleted", "not known", "two stories", "far apart"],
)
def test_groups_are_the_stories_of_several_live_documents(
    numbers: list[int], live: list[int], groups: list[int]
) -> None:
    stories = Stories(np.array(numbers, np.int64), np.array(live, np.int64))
    assert stories.groups.tolist() == groups
    assert stories.documents.tolist() == [d for d, group in enumerate(groups) if group]
    for group in set(groups) - {0}:
        members = [d for d, own in enumerate(groups) if own == group]
        assert stories.members(np.array([group])).tolist() == members
