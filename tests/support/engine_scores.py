"""The scores of an engine that promises the formula of docs/ranking.md: those of the oracle, to 1e-4."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from search.engines import ranking
from search.engines.protocol.engine import Engine
from search.engines.protocol.request import SearchRequest
from search.model.article import Document
from search.model.settings import Settings
from search.query.render import render
from search.query.tree import (
    And,
    Either,
    Everything,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Wildcard,
    Word,
)
from tests.support.engine_agreement import MAX_EXPANSIONS, assert_agrees, assert_same_answer
from tests.support.engine_samples import NEWS, EngineSuite, day, document, ranked, words
from tests.support.memory_engine import MemoryEngine


def scores_of(engine: Engine, tree: Query) -> dict[str, float]:
    hits = engine.search(SearchRequest(tree=tree, limit=100)).hits
    return {hit.article.article_id: hit.score for hit in hits}


class EngineScores(EngineSuite):
    """How an engine ranks by our formula."""

    def test_the_exact_form_ranks_above_other_forms(self, engine):
        engine.add([document("a", "the missile flew"), document("b", "the missiles flew")])
        assert ranked(engine, Word("missiles")) == ["b", "a"]
        assert ranked(engine, Word("missile")) == ["a", "b"]

    def test_the_title_counts_more_than_the_body(self, engine):
        engine.add([document("a", "gold", "silver"), document("b", "silver", "gold")])
        assert ranked(engine, Word("gold")) == ["b", "a"]

    def test_a_word_is_one_term_over_all_languages(self, engine):
        """In each article its forms by the rules of that one's language, and one df."""
        languages = [("a", "Rakete", "de"), ("b", "Raketen", "de"), ("c", "Raketen", "en")]
        engine.add([document(i, body, language=language) for i, body, language in languages])
        engine.add([document("d", "Rakete", language="fr")])
        of_word, of_form = ranking.idf(4, 3), ranking.EXACT_WEIGHT * ranking.idf(4, 2)
        wanted = {"a": of_word, "b": of_word + of_form, "c": of_word + of_form}
        assert scores_of(engine, Word("raketen")) == pytest.approx(wanted, abs=1e-4)

    def test_words_in_a_row_rank_above_the_same_words_apart(self, engine):
        engine.add([document("a", "crude and oil"), document("b", "and crude oil")])
        assert ranked(engine, words("crude oil")) == ["b", "a"]

    def test_scores_do_not_depend_on_how_the_index_came_about(self, tmp_path):
        request = SearchRequest(tree=words("missile attack"), limit=100)
        answers = []
        for name, size in (("one", len(NEWS)), ("many", 1)):
            with closing(self.open_at(tmp_path / name, Settings())) as engine:
                for start in range(0, len(NEWS), size):
                    engine.add(NEWS[start : start + size])
                answers.append(engine.search(request))
        assert_same_answer(answers[1], answers[0])

    def test_empty_articles_count_for_the_average_length(self, engine):
        """At one word in five articles the average is below one; it is an average all the same."""
        added = [document("a", "gold"), *(document(key) for key in "bcde")]
        oracle = MemoryEngine()
        for either in (engine, oracle):
            either.add(added)
        request = SearchRequest(tree=Word("gold"))
        assert_same_answer(engine.search(request), oracle.search(request))

    @pytest.mark.parametrize(
        "forms", ["x y z", "x y x", "x x", "x x y", "x y x z"], ids=lambda forms: forms
    )
    def test_a_first_word_that_comes_again_within_a_phrase_occurs_too(self, engine, forms):
        bodies = ["x y x z", "x y x z y", "x x y z", "x y q x q z", "x x", "x q x", "x y x y x z z", "z y x"]  # fmt: skip
        self.agree(
            engine,
            [document(f"{n}", body, body[2:]) for n, body in enumerate(bodies)],
            [
                Phrase(tuple(forms.split()), slop, field)
                for slop in (0, 1, 2, 3, 100)
                for field in (None, "body")
            ],
        )

    @pytest.mark.parametrize("left", ["missile", "missiles"])
    @pytest.mark.parametrize("right", ["missile", "missiles", "y"])
    def test_no_word_is_near_itself_in_whatever_form(self, engine, left, right):
        bodies = ["missile", "missiles missile", "missile y missiles", "missiles y q missiles y", "y missile"]  # fmt: skip
        self.agree(
            engine,
            [document(f"{n}", body, language="en") for n, body in enumerate(bodies)],
            [
                Near(Word(left, exact=of_left), Word(right, exact=of_right), distance)
                for distance in (1, 2, 3, 100)
                for of_left in (False, True)
                for of_right in (False, True)
            ],
        )

    def agree(self, engine: Engine, added: list[Document], trees: list[Query]) -> None:
        """Check that the engine answers as the oracle does."""
        oracle = MemoryEngine()
        for either in (engine, oracle):
            either.add(added)
        for tree in trees:
            request = SearchRequest(tree=tree)
            assert_same_answer(engine.search(request), oracle.search(request))

    @pytest.mark.parametrize(
        "filter_",
        [
            Word("reuters", "source"),
            Phrase(("air", "defence"), field="topic"),
            Phrase(("air", "defence"), 2, "topic"),
            Wildcard("reut*", "source"),
            Near(Word("air"), Word("defence"), 3, "topic"),
            Not(Word("nato")),
            HasValue("section"),
        ],
        ids=render,
    )
    def test_what_filters_adds_nothing_to_other_scores(self, news, filter_):
        alone = scores_of(news, Word("missile"))["a"]
        for together in (And, Group):
            found = scores_of(news, together((Word("missile"), filter_)))
            assert found["a"] == pytest.approx(alone)

    def test_match_modes_rank_by_the_same_formula(self, news):
        request = {"tree": words("missile attack"), "limit": 100}
        scores = [
            {hit.article.article_id: hit.score for hit in news.search(asked).hits}["a"]
            for asked in (
                SearchRequest(match="all", **request),
                SearchRequest(match="most", **request),
                SearchRequest(match="any", **request),
            )
        ]
        assert scores == pytest.approx([scores[0]] * 3)

    def test_equal_scores_are_ordered_newest_first_then_by_id(self, engine):
        engine.add(
            [
                document("c", "gold"),
                document("b", "gold"),
                document("d", "gold", published=day(1, 1)),
                document("e", "gold", published=day(1, 2)),
                document("a", "gold", published=day(1, 1)),
            ]
        )
        assert ranked(engine, Word("gold")) == ["e", "a", "d", "b", "c"]

    @pytest.mark.parametrize(
        "tree",
        [
            Word("missile"),
            words("missile attack"),
            Group((Word("missile"), Phrase(("missile", "attack")), Not(Word("nato")))),
            Or((And((Word("missile"), Word("attack"))), Wildcard("cap*"))),
            Near(Word("missile"), Word("attack"), 3),
            Either((Word("missile"), Word("nato"))),
            Group((Synonyms((Word("missile"), Word("nato"))), Word("firm"))),
            Everything(),
        ],
    )
    def test_contributions_add_up_to_the_score(self, news, tree):
        hits = news.search(SearchRequest(tree=tree, explain=True)).hits
        sums = [sum(part.score for part in hit.contributions) for hit in hits]
        assert sums == pytest.approx([hit.score for hit in hits], abs=1e-4)
        assert all(part.score > 0 and part.clause for hit in hits for part in hit.contributions)

    def test_of_several_spellings_the_best_counts(self, news):
        spellings = Word("missile"), Phrase(("missile", "attack")), Word("nato")
        alone = [scores_of(news, spelling) for spelling in spellings]
        together = scores_of(news, Either(spellings))
        assert together == {
            article_id: pytest.approx(max(found.get(article_id, 0) for found in alone))
            for article_id in {each for found in alone for each in found}
        }

    def test_a_synonym_weighs_less_than_what_was_asked_for(self, news):
        spellings = Word("nato"), Word("missile"), Phrase(("firm", "response"), exact=False)
        asked, *others = [scores_of(news, spelling) for spelling in spellings]
        together = scores_of(news, Synonyms(spellings))
        assert together == {
            article_id: pytest.approx(
                max(
                    asked.get(article_id, 0),
                    *(ranking.SYNONYM_WEIGHT * found.get(article_id, 0) for found in others),
                )
            )
            for article_id in {each for found in (asked, *others) for each in found}
        }

    def test_contributions_name_their_clauses(self, news):
        request = SearchRequest(tree=words("firm response"), explain=True)
        clauses = [part.clause for part in news.search(request).hits[0].contributions]
        assert clauses == ["firm", "response", "neighbouring words"]

    def test_contributions_are_only_given_when_asked_for(self, news):
        assert news.search(SearchRequest(tree=Word("missile"))).hits[0].contributions == ()

    def test_scores_agree_with_the_memory_engine_after_any_edits(self, tmp_path):
        def opened() -> Engine:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            return self.open_at(folder, Settings(max_expansions=MAX_EXPANSIONS))

        assert_agrees(opened, assert_same_answer, self.scoring)
