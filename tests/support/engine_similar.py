"""Engine suite: which articles are like one, and which words those found have more than others."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SimilarHit
from search.model.question import Selection
from search.query.tree import Everything, Group, Wildcard, Word
from tests.support.engine_samples import EngineSuite, day, document
from tests.support.engine_stories import StoryOf, by_letter
from tests.support.memory_engine import MemoryEngine

#: One article, those like it the more the further up, and others.
ARTICLES = [
    document("a1", "Flood waters rise in the harbour; ferries wait", published=day(3, 1), language="en"),
    document("b1", "The harbour flood kept all ferries waiting", published=day(3, 1), language="en"),
    document("c1", "A flood of letters about the ferry to the harbour and its rising fares", published=day(3, 1)),
    document("d1", "Floods: harbour ferries rise", published=day(9, 1), language="en-GB"),
    document("e1", "Flood Harbour Ferries rise", language="de", published=day(3, 1)),
    document("f1", "Budget talks fail", published=day(3, 1), language="en"),
    document("g1", "", title="", published=day(3, 1)),
    document("h1", "1987 1988 1989"),
    document("i1", "1987 1988 1989"),
]  # fmt: skip

WORDS = ("gold", "golden", "tin", "silver", "harbour", "harbours", "flood", "ferry", "1987", "the")
PARTS = st.tuples(
    st.lists(st.sampled_from(WORDS), max_size=9),
    st.none() | st.integers(1, 28),
    st.sampled_from(["", "", "en", "en-GB", "de"]),
)
COPIES = [
    ("coffee", "Coffee quota of the pact; exporters, exporting"),
    ("coffee", "Quotas for coffee: an exporter of Bogota waits"),
    ("coffee", "The coffee pact has quotas, exporters say"),
    ("coffee", "Coffee in Bogota, the exporters"),
    ("tea", "Tea prices and the exporters"),
    ("tea", "Rain"),
    ("tea", "Rain and wind"),
    ("tea", "Wind and rain in the hills"),
]


def ids(hits: Sequence[SimilarHit]) -> str:
    return " ".join(hit.article.article_id for hit in hits)


class EngineSimilar(EngineSuite):
    """What an engine does that knows the heaviest words of its articles."""

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> object:
        raise NotImplementedError

    @pytest.fixture
    def alike(self, engine):
        engine.add(ARTICLES[:4])
        engine.add(ARTICLES[4:])
        return engine

    @pytest.mark.parametrize(
        ("article_id", "expected"),
        [("a1", "b1 d1 c1"), ("f1", ""), ("e1", "c1"), ("g1", ""), ("h1", "")],
        ids=["its language", "nothing like it", "another language", "no text", "only numbers"],
    )
    def test_finds_those_that_share_words(self, alike, article_id, expected):
        found = alike.similar(article_id)
        assert ids(found.hits) == expected
        assert all(0.1 <= hit.score <= 1 for hit in found.hits)

    def test_an_unknown_article_has_none(self, alike):
        assert alike.similar("nobody") is None

    def test_says_where_there_is_nothing_to_compare(self, alike):
        for article_id in ("g1", "h1"):
            found = alike.similar(article_id)
            assert (found.hits, found.words) == ((), ())
            assert len(found.notices) == 1

    def test_names_the_words_that_are_shared_by_their_most_frequent_forms(self, alike):
        found = alike.similar("a1")
        assert set(found.hits[0].words) <= set(found.words)
        assert {"flood", "harbour", "ferries"} <= set(found.words)

    def test_what_is_near_in_time_comes_first(self, engine):
        text = "Flood waters in the harbour"
        engine.add(
            [
                document("a", text + " one", published=day(3, 1)),
                document("near", text + " two", published=day(3, 3)),
                document("far", text + " three", published=day(9, 3)),
                document("undated", text + " four"),
            ]
        )
        plain = {hit.article.article_id: hit.score for hit in engine.similar("a").hits}
        assert list(plain) == ["near", "far", "undated"]
        assert plain["undated"] < plain["far"] < plain["near"] * 0.6
        of_undated = engine.similar("undated").hits
        assert {round(hit.score, 4) for hit in of_undated} == {round(of_undated[0].score, 4)}

    def test_one_of_each_story_and_none_of_its_own(self, tmp_path):
        with closing(self.open_with_stories(tmp_path / "stories", by_letter)) as engine:
            texts = ["a1", "a2", "b1", "b2", "c1"]
            engine.add([document(name, "flood harbour ferries " + name) for name in texts])
            assert ids(engine.similar("a1").hits) == "b1 c1"
            assert ids(engine.similar("a1", 1).hits) == "b1"

    def test_what_is_deleted_or_may_not_be_seen_is_left_out(self, alike):
        alike.delete(["b1"])
        alike.add([document("c1", ARTICLES[2].article.body, is_withdrawn=True)])
        assert ids(alike.similar("a1").hits) == "d1"
        assert alike.similar("b1") is None
        assert alike.similar("c1") is None

    def test_agrees_with_the_oracle(self, tmp_path):
        # Without shrinking, which takes minutes.
        @settings(
            max_examples=25,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(st.lists(PARTS, min_size=1, max_size=24), st.integers(1, 8))
        def check(parts: list[tuple[list[str], int | None, str]], limit: int) -> None:
            documents = [
                document(
                    f"{chr(ord('a') + n % 9)}{n:02}",
                    " ".join(words),
                    published=None if date is None else day(1, date),
                    language=language,
                )
                for n, (words, date, language) in enumerate(parts)
            ]
            oracle = MemoryEngine(story_of=by_letter)
            oracle.add(documents)
            folder = Path(mkdtemp(dir=tmp_path)) / "index"
            with closing(self.open_with_stories(folder, by_letter)) as engine:
                engine.add(documents[:10])
                engine.add(documents[10:])
                for each in (documents[0], documents[-1]):
                    got = engine.similar(each.article_id, limit)
                    want = oracle.similar(each.article_id, limit)
                    assert got.words == want.words
                    assert [hit.score for hit in got.hits] == pytest.approx(
                        [hit.score for hit in want.hits], abs=1e-4
                    )
                for tree in (Word("gold"), Group((Word("harbour"), Word("tin")))):
                    request = SearchRequest(tree=tree, match="any", significant=limit)
                    got, want = (
                        engine.search(request).significant,
                        oracle.search(request).significant,
                    )
                    assert got.looked_at == want.looked_at
                    assert [w.score for w in got.words] == pytest.approx(
                        [w.score for w in want.words]
                    )
                    assert {w[:3] for w in got.words if w.score > got.words[-1].score} == {
                        w[:3] for w in want.words if w.score > want.words[-1].score
                    }

        check()

    def test_a_form_that_has_another_stem_is_no_form_of_what_is_written_like_it(self, engine):
        """In German "golden" has the stem of "Gold"; the English word of that spelling has its own."""
        engine.add([document("a", "gold golden"), document("b", "golden", language="de")])
        assert engine.similar("a").words == ()

    # Significant words

    @pytest.fixture
    def drinks(self, engine):
        added = [
            document(f"{topic}{n}", text, source=topic) for n, (topic, text) in enumerate(COPIES)
        ]
        engine.add(added[:3])
        engine.add(added[3:])
        return engine

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            ({"tree": Word("coffee")}, [("quotas", 3, 3), ("exporters", 4, 5)]),
            ({"selections": (Selection("source", ("coffee",)),)}, [("quotas", 3, 3), ("exporters", 4, 5)]),
            ({"tree": Wildcard("quota*"), "match": "any"}, [("coffee", 3, 4), ("exporters", 3, 5)]),
            ({"tree": Word("rain")}, []),
            ({"tree": Word("bogota")}, []),
            ({"tree": Everything()}, []),
            ({"tree": Word("nothing")}, []),
        ],
        ids=["word", "source", "wildcard", "in few", "too few articles", "everything", "nothing"],
    )  # fmt: skip
    def test_words_of_what_was_found_more_than_of_the_rest(self, drinks, request_, expected):
        found = drinks.search(SearchRequest(**request_, significant=10))
        assert [each[:3] for each in found.significant.words] == expected
        assert found.significant.looked_at == found.total

    def test_as_many_as_asked_for_and_none_unless_asked(self, drinks):
        request = SearchRequest(tree=Word("coffee"), significant=1)
        assert [each.word for each in drinks.search(request).significant.words] == ["quotas"]
        assert drinks.search(request._replace(significant=0)).significant is None
