"""One hit a story: the suite of every engine that knows stories, whatever its scores."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.protocol.engine import Engine
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import HIT_COPIES, EngineHit, Story
from search.model.article import Document
from search.model.histogram import HistogramRequest
from search.model.question import FacetRequest, Selection
from search.query.tree import Everything, Not, Word
from tests.support.engine_agreement import ARTICLES, REQUESTS
from tests.support.engine_samples import EngineSuite, day, document

#: Returns the number of the story that the article with an id is of, -1 where that is not known.
StoryOf = Callable[[str], int]

#: Ten papers' articles: a letter for the story, a number for the paper.
COPIES = tuple(
    document(
        article_id,
        body,
        published=published,
        source=source,
        authors=("Ann Lee",) if article_id.startswith("a") else (),
    )
    for article_id, body, published, source in (
        ("a1", "gold " * 4, day(1, 3), "Morning Post"),
        ("a2", "gold " * 5, day(1, 2), "Evening Star"),
        ("a3", "gold silver", day(1, 4), "Evening Star"),
        ("a4", "tin", day(1, 5), "Weekly"),
        ("b1", "gold " * 3 + "silver", day(1, 1), "Morning Post"),
        ("b2", "silver", day(1, 9), ""),
        ("c1", "gold zinc", day(1, 6), "Weekly"),
        ("d1", "silver " * 2, None, "Morning Post"),
        ("d2", "silver " * 2, None, "Morning Post"),
        ("e1", "zinc", day(1, 7), "Herald"),
    )
)


def by_letter(article_id: str) -> int:
    return ord(article_id[0])


def rows(hits: Sequence[EngineHit]) -> str:
    """Return hits as one line: id of the article shown, then in brackets those of the copies."""
    return " ".join(
        hit.article.article_id + (f"({listed(hit.story)})" if hit.story else "") for hit in hits
    )


def listed(story: Story) -> str:
    return ",".join(copy.article_id for copy in story.copies)


def expected(
    hits: Sequence[EngineHit], story_of: StoryOf
) -> list[tuple[str, float, int, list[str], list[str], int]]:
    """Return what one hit a story has to be, made of all hits: id, score, articles, copies, other sources, others."""
    of_stories: dict[object, list[EngineHit]] = {}
    for hit in hits:
        number = story_of(hit.article.article_id)
        of_stories.setdefault(hit.article.article_id if number < 0 else number, []).append(hit)
    found = []
    for first, *copies in of_stories.values():
        sources = [hit.article.source for hit in copies]
        named = [name for name in sources if name.strip() and name != first.article.source]
        ids = [hit.article.article_id for hit in copies[:HIT_COPIES]]
        found.append(
            (
                first.article.article_id,
                first.score,
                1 + len(copies),
                ids,
                list(dict.fromkeys(named)),
                len(copies) - len(named),
            )
        )
    return found


def as_shown(hits: Sequence[EngineHit]) -> list[tuple[str, float, int, list[str], list[str], int]]:
    return [
        (
            hit.article.article_id,
            hit.score,
            hit.story_size,
            [copy.article_id for copy in hit.story.copies] if hit.story else [],
            list(hit.story.sources) if hit.story else [],
            hit.story.others if hit.story else 0,
        )
        for hit in hits
    ]


class EngineStories(EngineSuite):
    """What an engine does that knows which articles are of one story."""

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> Engine:
        """Open an index in *folder* whose articles are of the stories that *story_of* says."""
        raise NotImplementedError

    @pytest.fixture
    def copies(self, tmp_path: Path) -> Iterator[Engine]:
        with closing(self.open_with_stories(tmp_path / "stories", by_letter)) as engine:
            for part in (COPIES[:4], COPIES[4:]):
                engine.add(part)
            yield engine

    @pytest.mark.parametrize(
        ("request_", "shown"),
        [
            ({"sort": "newest"}, "b2(b1) e1 c1 a4(a3,a1,a2) d1(d2)"),
            ({"sort": "oldest"}, "b1(b2) a2(a1,a3,a4) c1 e1 d1(d2)"),
            ({"tree": Word("gold"), "sort": "newest"}, "c1 a3(a1,a2) b1"),
            ({"tree": Word("silver"), "sort": "oldest"}, "b1(b2) a3 d1(d2)"),
            ({"tree": Word("tin")}, "a4"),
            ({"tree": Word("platinum")}, ""),
            ({"tree": Not(Word("gold")), "sort": "newest"}, "b2 e1 a4 d1(d2)"),
            ({"sort": "newest", "selections": (Selection("source", ("Weekly",)),)}, "c1 a4"),
        ],
        ids=["newest", "oldest", "word", "word, oldest", "one of a story", "nothing", "without", "selected"],
    )  # fmt: skip
    def test_one_hit_a_story_the_best_in_the_order_asked_for(self, copies, request_, shown):
        result = copies.search(SearchRequest(**request_, group=True, limit=100))
        assert rows(result.hits) == shown
        assert result.stories == len(result.hits)
        assert result.total == copies.count(SearchRequest(**request_))

    @pytest.mark.parametrize("limit", [0, 1, 2])
    def test_totals_are_exact_on_every_page(self, copies, limit):
        result = copies.search(SearchRequest(group=True, limit=limit, offset=1))
        assert (result.total, result.stories, len(result.hits)) == (10, 5, limit)

    def test_a_page_past_the_last_story_is_empty(self, copies):
        result = copies.search(SearchRequest(group=True, offset=5))
        assert (result.total, result.stories, result.hits) == (10, 5, ())

    def test_without_grouping_each_article_is_a_hit_and_stories_are_not_counted(self, copies):
        result = copies.search(SearchRequest(limit=100))
        assert (len(result.hits), result.stories) == (10, None)
        assert {hit.story for hit in result.hits} == {None}

    def test_sources_are_named_once_and_the_one_shown_not_at_all(self, copies):
        request = SearchRequest(sort="newest", group=True)
        sources = {
            hit.article.article_id: (hit.story.sources, hit.story.others)
            for hit in copies.search(request).hits
            if hit.story
        }
        assert sources == {
            "a4": (("Evening Star", "Morning Post"), 0),
            "b2": (("Morning Post",), 0),
            "d1": ((), 1),
        }

    def test_copies_say_what_a_list_shows_of_them(self, copies):
        hit = copies.search(SearchRequest(tree=Word("tin"), group=True)).hits[0]
        assert hit.story is None
        story = copies.search(SearchRequest(sort="oldest", group=True)).hits[0].story
        (copy,) = story.copies
        assert (copy.article_id, copy.source, copy.published) == ("b2", "", (day(1, 9), "day"))
        assert copy.document == copies.get("b2")
        undated = copies.search(SearchRequest(tree=Word("silver"), sort="oldest", group=True)).hits
        assert undated[-1].story.copies[0].published is None

    def test_facets_and_histogram_count_articles(self, copies):
        asked = SearchRequest(
            tree=Word("gold"),
            facets=(FacetRequest("source"), FacetRequest("author")),
            histogram=HistogramRequest("month"),
        )
        plain, grouped = copies.search(asked), copies.search(asked._replace(group=True))
        assert (grouped.total, grouped.facets, grouped.histogram) == (
            plain.total,
            plain.facets,
            plain.histogram,
        )

    def test_deleted_and_replaced_articles_do_not_count(self, copies):
        copies.delete(["a4", "d2"])
        copies.add([document("b2", "tin", published=day(1, 9))])
        result = copies.search(SearchRequest(sort="newest", group=True, limit=100))
        assert rows(result.hits) == "b2(b1) e1 c1 a3(a1,a2) d1"
        assert (result.total, result.stories) == (8, 5)

    def test_copies_are_bounded_and_counted_all_the_same(self, tmp_path):
        with closing(self.open_with_stories(tmp_path / "many", by_letter)) as engine:
            engine.add(
                [document(f"a{n:02}", "gold", source=f"Paper {n}") for n in range(HIT_COPIES + 5)]
                + [document(f"a{n}", "gold", source=n * " ") for n in (98, 99)]
                + [document("b", "gold")]
            )
            result = engine.search(SearchRequest(tree=Word("gold"), group=True, limit=1))
            assert (result.total, result.stories) == (HIT_COPIES + 8, 2)
            story = result.hits[0].story
            assert result.hits[0].story_size == HIT_COPIES + 7
            assert story.articles == HIT_COPIES + 6
            assert len(story.copies) == HIT_COPIES
            assert (len(story.sources), story.others) == (HIT_COPIES + 4, 2)

    @pytest.mark.parametrize(
        ("article_id", "listed_ids"),
        [("a3", "a2,a1,a4"), ("b1", "b2"), ("c1", None), ("d2", "d1"), ("nobody", None)],
    )
    def test_an_article_has_the_others_of_its_story_the_oldest_first(
        self, copies, article_id, listed_ids
    ):
        story = copies.story(article_id)
        assert (story and listed(story)) == listed_ids

    def test_an_article_has_no_deleted_copies(self, copies):
        copies.delete(["b2", "a1"])
        assert copies.story("b1") is None
        assert copies.story("b2") is None
        assert listed(copies.story("a2")) == "a3,a4"

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    @pytest.mark.parametrize("tree", [Word("gold"), Everything()], ids=["scored", "not scored"])
    def test_pages_are_parts_of_one_list(self, tmp_path, tree, sort, size):
        """However many are equal in score, in date or in both, and of a story that fills a page alone."""
        with closing(self.open_with_stories(tmp_path / "pages", by_letter)) as engine:
            added = [
                document(
                    f"{'abcab'[number % 5] if number % 3 else chr(ord('d') + number % 11)}{number * 7 % 40:02}",
                    "gold " * (number % 3 + 1) + "filler " * (3 - number % 3),
                    published=day(1, 1 + number % 4) if number % 5 else None,
                )
                for number in range(40)
            ]
            for part in (added[:15], added[15:18], added[18:]):
                engine.add(part)
            asked = SearchRequest(tree=tree, sort=sort, limit=100)
            want = expected(engine.search(asked).hits, by_letter)
            pages = [
                engine.search(asked._replace(group=True, limit=size, offset=offset)).hits
                for offset in range(0, len(want) + size, size)
            ]
            assert [row for page in pages for row in as_shown(page)] == want

    def test_any_grouped_page_follows_from_the_whole_list(self, tmp_path):
        """Whatever is asked of whatever articles, in whatever stories, some of them not known."""

        @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(
            batches=st.lists(st.lists(ARTICLES, min_size=1, max_size=8), min_size=1, max_size=3),
            stories=st.lists(st.integers(-1, 4), min_size=10, max_size=10),
            deleted=st.lists(st.sampled_from("abcdefghij"), max_size=2),
            requests=st.lists(REQUESTS, min_size=1, max_size=6),
            limit=st.integers(1, 4),
        )
        def check(
            batches: list[list[Document]],
            stories: list[int],
            deleted: list[str],
            requests: list[SearchRequest],
            limit: int,
        ) -> None:
            def story_of(article_id: str) -> int:
                return stories["abcdefghij".index(article_id)]

            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            with closing(self.open_with_stories(folder, story_of)) as engine:
                for batch in batches:
                    engine.add(batch)
                engine.delete(deleted)
                for request in requests:
                    plain = engine.search(request)
                    want = expected(plain.hits, story_of)
                    got = engine.search(request._replace(group=True))
                    assert as_shown(got.hits) == want
                    assert (got.total, got.facets) == (plain.total, plain.facets)
                    assert got.stories in (len(want), None)
                    every = engine.every(request._replace(group=True, offset=1))
                    assert as_shown(list(every.hits)) == want[1:]
                    assert (every.total, every.stories) == (got.total, got.stories)
                    for offset in range(0, len(want) + 1, limit):
                        part = request._replace(group=True, limit=limit, offset=offset)
                        assert as_shown(engine.search(part).hits) == want[offset : offset + limit]

        check()
