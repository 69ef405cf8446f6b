"""Ways out of an empty answer: what is suggested, and what it may cost to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model.errors import QueryTimeout
from search.model.fields import FIELDS
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.query.parser import parse
from search.query.tree import Everything, Word
from search.service.answer import Suggestion
from search.service.limits import Limits
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.four_articles import ARTICLES, NOW, by
from tests.support.memory_engine import MemoryEngine


class TestSuggestions:
    @pytest.mark.parametrize(
        ("question", "text", "changed", "total"),
        [
            (
                Question(text="blinkin"),
                "with blinken instead of blinkin",
                Question(text="blinken"),
                1,
            ),
            (
                Question(text="blinkin natoo"),
                "with blinken instead of blinkin, nato instead of natoo",
                Question(text="blinken nato"),
                1,
            ),
            (
                Question(text="blinken nato brussels oil", page=3),
                "with most of the words",
                Question(text="blinken nato brussels oil", match="most"),
                1,
            ),
            (
                Question(text='"firm response" grain'),
                "without grain",
                Question(text='"firm response"'),
                1,
            ),
            (
                Question(text="blinkn zebra"),
                "with blinken instead of blinkn, without zebra",
                Question(text="blinken"),
                1,
            ),
            (
                Question(text="blinkn graim"),
                "with blinken instead of blinkn, without graim",
                Question(text="blinken"),
                1,
            ),
            (
                Question(text="blinkn graim"),
                "with blinken instead of blinkn, grain instead of graim, any of the words",
                Question(text="blinken grain", match="any"),
                2,
            ),
            (
                Question(text="(blinkn OR zebra) nato"),
                "with blinken instead of blinkn, without zebra",
                Question(text="blinken nato"),
                1,
            ),
            (
                Question(text="zebra grain okapi odesa"),
                "without zebra, okapi",
                Question(text="grain odesa"),
                1,
            ),
            (Question(text="nato -nato"), "without -nato", Question(text="nato"), 1),
            (
                Question(text="nato AND oil"),
                "without oil",
                Question(text="nato"),
                1,
            ),
            (
                Question(text="nato oil"),
                "with any of the words",
                Question(text="nato oil", match="any"),
                2,
            ),
            (
                Question(text="nato", start="2024-12", end="2024-12"),
                "without the dates",
                Question(text="nato"),
                1,
            ),
            (
                Question(text="nato", selections=by("source", "AFP")),
                "without source AFP",
                Question(text="nato"),
                1,
            ),
            (
                Question(text="nato", without=("source",)),
                "with and without source",
                Question(text="nato"),
                1,
            ),
            (
                Question(text="nato", selections=by("author", "Miler")),
                "with author Rich Miller instead of Miler",
                Question(text="nato", selections=by("author", "Rich Miller")),
                1,
            ),
            (
                Question(text="nato", selections=by("source", "AFP"), start="2024-12"),
                "without any filter",
                Question(text="nato"),
                1,
            ),
            (
                Question(text="nato xyzzy qwertz", selections=by("source", "AFP")),
                "with any of the words, without any filter",
                Question(text="nato xyzzy qwertz", match="any"),
                1,
            ),
            (
                Question(text="grain or nato"),
                "with OR as an operator",
                Question(text="grain OR nato"),
                2,
            ),
            (
                Question(text="blinken and not oil or grain"),
                "with NOT and OR as operators",
                Question(text="blinken (-oil OR grain)"),
                1,
            ),
            (
                Question(text="blinkin", selections=by("source", "AFP")),
                "with blinken instead of blinkin, without any filter",
                Question(text="blinken"),
                1,
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_way_out(
        self, service: SearchService, question: Question, text: str, changed: Question, total: int
    ) -> None:
        page = service.search(question)

        assert page.total == 0
        assert Suggestion(text, changed, total) in page.suggestions

    @pytest.mark.parametrize("text", ["xyzzy", "xyzzy plugh", "author:nobody", "xyzz*"])
    def test_only_what_finds_something_is_suggested(
        self, service: SearchService, text: str
    ) -> None:
        assert service.search(Question(text=text)).suggestions == ()

    @pytest.mark.parametrize(("text", "words"), [("pprt", ["port"]), ("pxxt", []), ("xxins", [])])
    def test_a_word_of_up_to_five_letters_may_have_one_of_them_wrong(
        self, service: SearchService, text: str, words: list[str]
    ) -> None:
        assert [
            way.question.text for way in service.search(Question(text=text)).suggestions
        ] == words

    def test_nothing_is_suggested_where_something_is_found(self, service: SearchService) -> None:
        assert service.search(Question(text="nato")).suggestions == ()

    def test_what_would_be_too_long_to_ask_is_not_suggested(self, engine: MemoryEngine) -> None:
        """Dates are rendered as days, which can be longer than what was typed."""
        question = Question(text="blinkin after:2024-11")
        [suggested, *_] = SearchService(engine).search(question).suggestions
        longest = len(suggested.question.text)
        assert longest > len(question.text)

        fits = SearchService(engine, Settings(max_query_chars=longest))
        assert suggested in fits.search(question).suggestions
        too_long = SearchService(engine, Settings(max_query_chars=longest - 1))
        texts = [way.question.text for way in too_long.search(question).suggestions]
        assert suggested.question.text not in texts

    def test_is_counted_as_the_tree_that_its_text_reads_as(self) -> None:
        counted = []

        class Watched(MemoryEngine):
            def count(self, request: SearchRequest) -> int:
                counted.append(request.tree)
                return super().count(request)

        engine = Watched()
        engine.add(ARTICLES)
        page = SearchService(engine).search(Question(text='blinkin AND "nato in" OR zebra'))

        assert page.suggestions
        assert {parse(way.question.text).tree for way in page.suggestions} <= set(counted)

    def test_of_a_single_word_three_spellings_are_tried(self) -> None:
        engine = MemoryEngine()
        words = ["oper"] * 4 + ["open"] * 3 + ["opec"] * 2
        engine.add([document(str(number), word) for number, word in enumerate(words)])
        suggestions = SearchService(engine).search(Question(text="opek")).suggestions

        assert [(way.question.text, way.total) for way in suggestions] == [
            ("oper", 4),
            ("open", 3),
            ("opec", 2),
        ]

    def test_are_few_and_true(self, service: SearchService) -> None:
        question = Question(
            text="blinkin nato oil grain odesa prices",
            selections=(*by("author", "Miller"), *by("source", "Reuter")),
            start="2024-12",
        )

        suggestions = service.search(question).suggestions

        assert 0 < len(suggestions) <= 5
        assert [s.total for s in suggestions] == [
            service.search(s.question).total for s in suggestions
        ]


class CountingEngine(MemoryEngine):
    """Notes what it is asked, and moves *seconds* on for every whole question."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__()
        self.add(ARTICLES)
        self.asked: list[str] = []
        self.seconds = seconds
        self.now = 0.0

    def search(self, request: SearchRequest) -> SearchResult:
        before = self.now
        result = super().search(request)
        self.asked.clear()  # it counts clauses by asking itself
        self.now = before + self.seconds
        return result

    def count(self, request: SearchRequest) -> int:
        single = isinstance(request.tree, Word) or request.tree == Everything()
        self.asked.append("look-up" if single else "count")
        self.now += 0 if single else self.seconds
        return super().count(request)

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        self.asked.append("facets")
        return super().facets(request)

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        self.asked.append("spellings")
        return super().spellings(form, limit)


class TestCost:
    """However long a question, an empty answer costs a bounded number of others."""

    @pytest.mark.parametrize(
        "question",
        [
            Question(text=" ".join(f"x{n}*" for n in range(16))),
            Question(text="*et* *in* " + " ".join(f"w{n}" for n in range(200)), match="most"),
            Question(text="(a* OR blinkin) (b* OR natoo) " + "(q1 OR q2 OR oill) " * 30),
            Question(text="nato* AND oil* AND odesa* AND grain* AND left*"),
            Question(
                text="blinkin natoo oill grian odesaa pricess",
                selections=tuple(
                    Selection(name, tuple(f"Miler {n}" for n in range(100 // len(FIELDS.facets))))
                    for name in FIELDS.facets
                ),
                start="2024-12",
            ),
        ],
        ids=["wildcards", "many", "nested", "and", "all misspelt"],
    )
    def test_of_an_empty_answer_is_bounded(self, question: Question) -> None:
        engine = CountingEngine()
        SearchService(engine, now=lambda: NOW, clock=lambda: engine.now).search(question)
        asked = Counter(engine.asked)

        assert asked["count"] <= Limits().tried
        assert asked["look-up"] <= Limits().tried + 12
        assert asked["spellings"] <= 3
        assert asked["facets"] <= 6

    def test_of_a_selection_is_bounded_where_something_is_found(self) -> None:
        engine = CountingEngine()
        values = ("Rich Miller", *(f"Miler {n}" for n in range(99)))
        page = SearchService(engine, clock=lambda: engine.now).search(
            Question(selections=by("author", *values))
        )

        assert page.total == 2
        assert 0 < len(page.notices) <= 6
        assert Counter(engine.asked) <= Counter({"look-up": 6, "facets": 6})

    @pytest.mark.parametrize(
        ("seconds", "tried"), [(1.1, 0), (0.6, 1), (0.3, 3)], ids=["at once", "one", "three"]
    )
    def test_a_slow_question_is_not_asked_in_other_ways(self, seconds: float, tried: int) -> None:
        engine = CountingEngine(seconds)
        service = SearchService(engine, clock=lambda: engine.now)
        page = service.search(Question(text="nato* oil* gra* bru* fel*"))

        assert Counter(engine.asked) == Counter({"count": tried} if tried else {})
        assert [notice for notice in page.notices if "took long" in notice]
        assert page.took_ms == pytest.approx(seconds * (tried + 1) * 1000)

    @pytest.mark.parametrize("name", ["count", "facets", "spellings"])
    def test_a_timeout_of_another_question_leaves_the_answer(self, name: str) -> None:
        class Slow(CountingEngine):
            """Runs out of time where it is asked by *name*."""

            def count(self, request: SearchRequest) -> int:
                total = super().count(request)
                if name == "count" and request.match == "most":
                    raise QueryTimeout("it took longer than 3,000 ms")
                return total

            def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
                if name == "facets":
                    raise QueryTimeout("it took longer than 3,000 ms")
                return super().facets(request)

            def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
                if name == "spellings":
                    raise QueryTimeout("it took longer than 3,000 ms")
                return super().spellings(form, limit)

        question = Question(text="blinkin nato oil grain", selections=by("author", "Miler"))
        page = SearchService(Slow()).search(question)

        assert page.total == 0
        assert [notice for notice in page.notices if "took long" in notice]

    def test_what_was_found_before_a_timeout_is_suggested(self) -> None:
        class Slow(CountingEngine):
            def count(self, request: SearchRequest) -> int:
                if request.match == "most":
                    raise QueryTimeout("it took longer than 3,000 ms")
                return super().count(request)

        page = SearchService(Slow()).search(Question(text="blinkin nato zebra"))

        assert [way.question.text for way in page.suggestions] == ["blinken nato"]

    def test_how_much_is_tried_is_handed_in(self) -> None:
        limits = Limits(tried=2, looked_at=1, sought=1, suggestions=1)
        engine = CountingEngine()
        page = SearchService(engine, limits=limits, clock=lambda: engine.now).search(
            Question(text="blinkin natoo oil grain", selections=by("author", "Miler"))
        )

        assert len(page.suggestions) <= 1
        asked = Counter(engine.asked)
        assert asked["count"] <= 2
        assert asked["spellings"] <= 1

    def test_a_quick_one_has_no_notice(self) -> None:
        engine = CountingEngine(0.01)
        page = SearchService(engine, clock=lambda: engine.now).search(Question(text="xyzzy plugh"))

        assert page.notices == ()
