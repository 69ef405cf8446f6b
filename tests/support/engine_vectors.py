"""What an engine does that has vectors of what articles mean."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from search.engines.protocol.engine import HasVectors, VectorCount
from search.engines.protocol.request import Meaning, SearchRequest
from search.engines.rescoring.nearness import NOT_BY_MEANING, lacking_notice
from search.engines.staging import KeepsVectors
from search.model.article import Document
from search.model.question import Selection
from search.query.tree import And, Group, Not, Word
from search.text.arrays import Floats
from tests.support.engine_samples import EngineSuite, day, document

MODEL = "model 1"


def rows(*numbers: tuple[float, ...]) -> Floats:
    """Return vectors of length 1."""
    made = np.array(numbers, np.float32).reshape(len(numbers), -1)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def lacking(engine: KeepsVectors, model: str = MODEL) -> str:
    """Return the ids of the articles without vectors as one word."""
    return "".join(sorted(each.article_id for each in engine.without_vectors(model)))


def keep(engine: KeepsVectors, model: str = MODEL, **vectors: Floats) -> None:
    """Keep the vectors of some articles, by id."""
    documents = {each.article_id: each for each in engine.without_vectors(model)}
    engine.keep_vectors(model, [(documents[i], made) for i, made in vectors.items()])


def one_letter(letters: str, body: str = "gold", **fields: object) -> Iterable[Document]:
    return [document(letter, body, **fields) for letter in letters]


def near(engine: HasVectors, *vector: float, limit: int = 10, **request: object) -> str:
    """Return the ids of the articles near *vector* that have no gold in them."""
    meaning = Meaning(MODEL, vector, 0.5)
    asked = SearchRequest(tree=Word("gold"), meaning=meaning, **request)  # type: ignore[arg-type]
    return "".join(hit.article.article_id for hit in engine.near(asked, limit).hits)


class EngineVectors(EngineSuite):
    """An engine that is `search.engines.protocol.engine.HasVectors` and `search.engines.staging.KeepsVectors`."""

    def test_vectors_come_back_as_they_were_but_for_rounding(self, engine):
        engine.add(one_letter("abc"))
        made = {"a": rows((0.6, -0.8), (1, 0.01), (-0.3, 0.2)), "c": rows((0, 1))}
        keep(engine, **made)
        found = engine.vectors(["c", "b", "a", "nobody"], MODEL)
        assert list(found) == ["c", "a"]
        for article_id, vectors in made.items():
            assert np.abs(found[article_id] - vectors).max() < 0.01

    def test_an_article_without_a_word_has_none_and_lacks_none(self, engine):
        engine.add(one_letter("ab"))
        keep(engine, a=np.zeros((0, 2), np.float32))
        assert lacking(engine) == "b"
        assert len(engine.vectors(["a"], MODEL)["a"]) == 0

    def test_it_counts_who_has_some(self, engine):
        assert engine.vector_models() == []
        engine.add(one_letter("abc"))
        keep(engine, a=rows((1, 0)))
        keep(engine, b=rows((1, 0)))
        assert engine.count_vectors(MODEL) == VectorCount(3, 2)
        assert engine.count_vectors("model 2") == VectorCount(3, 0)
        assert list(engine.vector_models()) == [MODEL]

    def test_one_that_has_changed_lacks_them_and_one_that_has_not_does_not(self, engine):
        engine.add(one_letter("abc"))
        keep(engine, a=rows((1, 0)), b=rows((1, 0)), c=rows((1, 0)))
        engine.add([document("a", "silver"), document("b", "gold"), document("d", "gold")])
        assert lacking(engine) == "ad"
        assert list(engine.vectors("abcd", MODEL)) == ["b", "c"]

    def test_one_that_was_deleted_and_came_again_lacks_them(self, engine):
        engine.add(one_letter("ab"))
        keep(engine, a=rows((1, 0)), b=rows((1, 0)))
        engine.delete(["a"])
        assert list(engine.vectors("ab", MODEL)) == ["b"]
        engine.add(one_letter("a"))
        assert lacking(engine) == "a"

    def test_what_is_deleted_takes_them_along(self, engine):
        engine.add(one_letter("ab"))
        keep(engine, a=rows((1, 0)), b=rows((1, 0)))
        keep(engine, "model 0", a=rows((0, 1)))
        engine.delete(["a"])
        assert list(engine.vector_models()) == [MODEL]
        engine.delete(["b"])
        assert list(engine.vector_models()) == []

    def test_merging_keeps_them(self, engine):
        for letter in "abcdefghijkl":
            engine.add(one_letter(letter))
            angle = (ord(letter) - 97) / 10
            keep(engine, **{letter: rows((np.sin(angle), np.cos(angle)))})
        assert lacking(engine) == ""
        found = engine.vectors("abcdefghijkl", MODEL)
        angles = {letter: float(np.arctan2(*vectors[0])) for letter, vectors in found.items()}
        assert angles == {c: pytest.approx((ord(c) - 97) / 10, abs=0.01) for c in "abcdefghijkl"}

    def test_tidying_forgets_those_of_other_models_and_of_what_is_gone(self, engine):
        engine.add(one_letter("abc"))
        keep(engine, "model 0", a=rows((0, 1)), b=rows((0, 1)))
        keep(engine, a=rows((1, 0)), b=rows((1, 1), (0, 1)))
        keep(engine, c=rows((0.5, 1)))
        assert list(engine.vector_models()) == ["model 0", MODEL]
        engine.delete(["a"])
        engine.tidy_vectors(MODEL)
        assert list(engine.vector_models()) == [MODEL]
        assert lacking(engine) == ""
        found = engine.vectors("abc", MODEL)
        assert [len(found[i]) for i in "bc"] == [2, 1]
        assert np.abs(found["c"] - rows((0.5, 1))).max() < 0.01
        engine.tidy_vectors(MODEL)
        engine.tidy_vectors("model 3")
        assert engine.vector_models() == []

    def test_near_are_those_that_do_not_match(self, engine):
        engine.add([*one_letter("ab"), *one_letter("cdef", "silver")])
        keep(
            engine,
            a=rows((1, 0)),
            c=rows((0.8, 0.6)),
            d=rows((1, 0), (0, 1)),
            e=rows((0, 1)),
        )
        assert near(engine, 1.0, 0.0) == "dc"
        assert near(engine, 1.0, 0.0, limit=1) == "d"
        assert near(engine, -1.0, 0.0) == ""

    def test_near_are_those_that_fit_the_filters(self, engine):
        engine.add(
            [
                document("a", "silver", source="Post", published=day(1, 1)),
                document("b", "silver", source="Times", published=day(2, 1)),
                document("c", "silver", source="Post", published=day(2, 1)),
            ]
        )
        keep(engine, a=rows((1, 0)), b=rows((1, 0)), c=rows((1, 0)))
        selected = (Selection("source", ("Post",)),)
        assert sorted(near(engine, 1.0, 0.0, selections=selected)) == ["a", "c"]

    @pytest.mark.parametrize(
        ("insisted", "expected"),
        [
            ((Not(Word("copper")),), "a"),
            ((Word("times", "source"),), "b"),
            ((Word("post", "source"), Not(Word("copper"))), "a"),
            ((Word("zinc"),), "ab"),
        ],
        ids=["negation", "field", "both", "word"],
    )
    def test_near_are_those_that_fit_what_a_query_insists_on(self, engine, insisted, expected):
        engine.add(
            [document("a", "silver", source="Post"), document("b", "copper", source="Times")]
        )
        keep(engine, a=rows((1, 0)), b=rows((1, 0)))
        tree = Group((Word("gold"), *insisted))
        asked = SearchRequest(tree=tree, meaning=Meaning(MODEL, (1.0, 0.0), 0.5))
        found = [hit.article.article_id for hit in engine.near(asked, 5).hits]
        assert "".join(sorted(found)) == expected

    def test_its_total_says_how_many_were_compared(self, engine):
        engine.add([*one_letter("ab"), *one_letter("cde", "silver")])
        keep(engine, a=rows((1, 0)), c=rows((0, 1)), d=rows((0, 1)))
        asked = SearchRequest(tree=Group((Word("gold"),)), meaning=Meaning(MODEL, (1.0, 0.0), 0.5))
        result = engine.near(asked, 5)
        assert (result.total, result.hits) == (2, ())

    @pytest.mark.parametrize("many", [1, 300])
    def test_each_article_finds_its_own(self, engine, many):
        engine.add([document(f"a{n}", "gold") for n in range(many)])
        made = {f"a{n}": rows((np.cos(n), np.sin(n)), (n + 1, 1)) for n in range(many)}
        keep(engine, **made)
        engine.tidy_vectors(MODEL)
        found = engine.vectors(list(made), MODEL)
        assert all(np.abs(found[i] - vectors).max() < 0.01 for i, vectors in made.items())

    def test_meaning_puts_what_matches_in_another_order(self, engine):
        engine.add(
            [document("a", "gold gold"), document("b", "gold"), document("c", "gold silver")]
        )
        keep(engine, a=rows((0, 1)), b=rows((0, 1)), c=rows((1, 0)))
        assert by_meaning(engine, 1.0, 0.0)[0] == "c"
        assert by_meaning(engine, 0.0, 1.0)[-1] == "c"
        assert set(by_meaning(engine, 0.0, 1.0)) == set("abc")

    def test_who_lacks_vectors_is_counted_and_stays_among_the_others(self, engine):
        engine.add(one_letter("abc"))
        keep(engine, a=rows((1, 0)), c=rows((0, 1)))
        result = engine.search(semantic(1.0, 0.0))
        assert [hit.article.article_id for hit in result.hits] == ["a", "b", "c"]
        assert result.notices == (lacking_notice(1, 3),)

    def test_what_is_no_row_of_words_says_that_it_is_not_ranked_so(self, engine):
        engine.add(one_letter("abc"))
        keep(engine, a=rows((1, 0)), b=rows((1, 0)), c=rows((0, 1)))
        tree = And((Word("gold"), Word("gold")))
        assert engine.search(semantic(1.0, 0.0)._replace(tree=tree)).notices == (NOT_BY_MEANING,)
        newest = semantic(1.0, 0.0)._replace(sort="newest")
        assert engine.search(newest).notices == ()

    def test_scores_fall_over_all_pages_and_no_article_is_twice_or_missing(self, engine):
        many = 320
        engine.add([document(f"a{n}", "gold " + "silver " * (n % 7)) for n in range(many)])
        made = {f"a{n}": rows((np.cos(n), np.sin(n))) for n in range(0, many, 2)}
        keep(engine, **made)
        pages = [
            engine.search(semantic(1.0, 0.0)._replace(offset=at, limit=155)).hits
            for at in range(0, many, 155)
        ]
        hits = [hit for page in pages for hit in page]
        assert len({hit.article.article_id for hit in hits}) == many
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)

    def test_contributions_add_up_to_the_score(self, engine):
        engine.add(
            [document("a", "gold gold"), document("b", "gold"), document("c", "gold silver")]
        )
        keep(engine, a=rows((0, 1)), c=rows((1, 0)))
        for hit in engine.search(semantic(1.0, 0.5)._replace(explain=True)).hits:
            total = sum(part.score for part in hit.contributions)
            assert total == pytest.approx(hit.score, abs=1e-3)
            assert hit.contributions[-1].clause == "meaning, and words of the first hits"


def semantic(*vector: float) -> SearchRequest:
    tree = Group((Word("gold"),))
    return SearchRequest(tree=tree, rank="semantic", meaning=Meaning(MODEL, vector))


def by_meaning(engine: HasVectors, *vector: float) -> list[str]:
    return [hit.article.article_id for hit in engine.search(semantic(*vector)).hits]
