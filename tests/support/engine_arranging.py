"""Engine suite: the order of the first hits, so that no source fills them, and by age."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import Recency, SearchRequest
from search.engines.protocol.result import EngineHit, Moved
from search.model.article import Document
from search.query.tree import Group, Not, Word
from tests.support.engine_samples import EngineSuite, day, document
from tests.support.engine_stories import StoryOf, by_letter
from tests.support.memory_engine import MemoryEngine

GOLD = SearchRequest(tree=Word("gold"), is_diverse=True, limit=100)
DIVERSE = st.builds(
    SearchRequest,
    tree=st.sampled_from([Word("gold"), Group((Word("gold"), Word("tin"))), Not(Word("tin"))]),
    match=st.just("any"),
    group=st.booleans(),
    is_diverse=st.booleans(),
    recency=st.none() | st.sampled_from([Recency(1.0), Recency(3.0, 0.0), Recency(30.0, 1.0)]),
    limit=st.sampled_from([1, 3, 7, 10, 15]),
)
PARTS = st.tuples(
    st.sampled_from(["Wire", "wire ", "Wire", "Post", "Star", "Sun", "Globe", "Mail", ""]),
    st.integers(1, 9),
    st.none() | st.integers(1, 20),
)


def text_of(place: int) -> str:
    """Return a text, no copy of another, that ranks at *place* for gold."""
    return "gold " * (60 - place) + " ".join(f"dust{place}x{n}" for n in range(place + 30))


def ranked(sources: str) -> list[Document]:
    """Return articles in the order that their scores have, each with the source that its letter says; "-" is none."""
    return [
        document(f"{n:02}", text_of(n), source=source.strip("-"))
        for n, source in enumerate(sources)
    ]


def ids(hits: Sequence[EngineHit]) -> list[str]:
    return [hit.article.article_id for hit in hits]


class EngineArranging(EngineSuite):
    """What an engine does that puts the first hits in another order than their scores."""

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> object:
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("sources", "shown", "moved"),
        [
            ("RRRRRABBCDDEEF", "RRABBCDDEE" + "RRR" + "F", [("R", 3)]),
            ("RrRABCDEFGHI", "RrABCDEFGH" + "R" + "I", [("R", 1)]),
            ("RRRRBBBBCCDDEEF", "RRBBCCDDEE" + "RRBB" + "F", [("R", 2), ("B", 2)]),
            ("---------------", "---------------", []),
            ("RRABCDEFGHRR", "RRABCDEFGHRR", []),
            ("RRRRRRRRRRRRABC", "RRRRRRRRRRRRABC", []),
            ("RRRABCDEF", "RRRABCDEF", []),
            ("R" * 29 + "ABCDEFGH", "R" * 29 + "ABCDEFGH", []),
        ],
        ids=["third and later", "case", "two sources", "no sources", "not needed", "too few sources", "one page", "too deep"],
    )  # fmt: skip
    def test_two_hits_of_a_source_are_among_the_first_ten(self, engine, sources, shown, moved):
        engine.add(ranked(sources))
        result = engine.search(GOLD)
        assert "".join(hit.article.source or "-" for hit in result.hits) == shown
        assert list(result.moved) == [Moved(*each) for each in moved]
        plain = engine.search(GOLD._replace(is_diverse=False))
        assert (result.total, sorted(ids(result.hits))) == (plain.total, sorted(ids(plain.hits)))

    def test_one_copy_of_a_story_is_among_the_first_ten(self, tmp_path):
        with closing(self.open_with_stories(tmp_path / "stories", by_letter)) as engine:
            letters = "aabcdefghijk"
            engine.add(
                [document(f"{letter}{n:02}", text_of(n)) for n, letter in enumerate(letters)]
            )
            result = engine.search(GOLD)
            assert "".join(i[0] for i in ids(result.hits)) == "abcdefghij" + "a" + "k"
            assert result.moved == (Moved("", 1),)
            assert engine.search(GOLD._replace(group=True)).moved == ()

    def test_a_page_that_nothing_can_be_moved_to_says_nothing(self, engine):
        engine.add(ranked("RRRRRABBCDDEEF" + "Z" * 30))
        assert engine.search(GOLD._replace(offset=10, limit=10)).moved
        assert engine.search(GOLD._replace(offset=30, limit=10)).moved == ()

    @pytest.mark.parametrize("sort", ["newest", "oldest"])
    def test_the_order_of_dates_stays(self, engine, sort):
        engine.add(ranked("RRRRRABBCDDEEF"))
        plain = engine.search(SearchRequest(tree=Word("gold"), sort=sort, limit=100))
        asked = GOLD._replace(sort=sort, recency=Recency(1.0))
        found = engine.search(asked)
        assert (ids(found.hits), found.moved) == (ids(plain.hits), ())

    def test_what_has_no_score_is_newest_first(self, engine):
        engine.add(ranked("RRRRRABBCDDEEF"))
        found = engine.search(GOLD._replace(tree=Not(Word("tin"))))
        assert ids(found.hits) == [f"{n:02}" for n in range(14)]

    def test_recency_halves_what_is_above_the_floor(self, engine):
        engine.add(
            [
                document("new", "gold", published=day(1, 31)),
                document("old", "gold", published=day(1, 1)),
                document("older", "gold", published=day(1, 31) - timedelta(days=365)),
                document("undated", "gold"),
            ]
        )
        request = SearchRequest(tree=Word("gold"), recency=Recency(30.0, 0.2), explain=True)
        hits = engine.search(request).hits
        full = engine.search(request._replace(recency=None)).hits[0].score
        shares = {hit.article.article_id: hit.score / full for hit in hits}
        assert shares == pytest.approx(
            {"new": 1.0, "old": 0.6, "older": 0.2 + 0.8 / 2 ** (365 / 30), "undated": 0.2}, abs=1e-4
        )
        assert [hit.article.article_id for hit in hits] == ["new", "old", "older", "undated"]
        assert [part.clause for part in hits[1].contributions] == ["gold", "age: 60% of it is kept"]
        for hit in hits:
            assert sum(part.score for part in hit.contributions) == pytest.approx(
                hit.score, abs=1e-4
            )

    def test_age_counts_from_the_end_of_the_days_asked_for(self, engine):
        from tests.support.engine_samples import bound

        engine.add([document("a", "gold", published=day(1, 1)), document("b", published=day(6, 1))])
        asked = SearchRequest(tree=Word("gold"), recency=Recency(30.0, 0.0))
        late = engine.search(asked).hits[0].score
        early = engine.search(asked._replace(end=bound(day(1, 31)))).hits[0].score
        assert late == pytest.approx(early / 2 ** (122 / 30), rel=1e-3)

    def test_pages_are_parts_of_one_list_that_holds_each_hit_once(self, tmp_path):
        """And it is that of the oracle, whatever sources, stories, dates and pages there are."""

        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(PARTS, max_size=45), DIVERSE)
        def check(parts: list[tuple[str, int, int | None]], asked: SearchRequest) -> None:
            documents = [
                document(
                    f"{'abcdefgh'[n % 8] if n % 3 else chr(ord('i') + n % 18)}{n:02}",
                    "gold " * gold + "tin " * (n % 2) + "dust " * (10 - gold),
                    source=source,
                    published=None if date is None else day(1, date),
                )
                for n, (source, gold, date) in enumerate(parts)
            ]
            oracle = MemoryEngine(story_of=by_letter)
            oracle.add(documents)
            folder = Path(mkdtemp(dir=tmp_path)) / "index"
            with closing(self.open_with_stories(folder, by_letter)) as engine:
                engine.add(documents)
                found = [
                    engine.search(asked._replace(offset=offset))
                    for offset in range(0, len(documents) + asked.limit, asked.limit)
                ]
                plain = engine.search(asked._replace(is_diverse=False, recency=None, limit=100))
                every = list(engine.every(asked).hits)
            want = oracle.search(asked._replace(limit=100))
            hits = [hit for each in found for hit in each.hits]
            assert len(set(ids(hits))) == len(hits) == len(plain.hits)
            assert ids(hits) == ids(want.hits) == ids(every)
            assert [hit.score for hit in hits] == pytest.approx(
                [hit.score for hit in want.hits], abs=1e-4
            )
            assert (found[0].moved, found[0].total) == (want.moved, plain.total)

        check()
