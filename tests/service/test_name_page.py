"""What is said of one name: who is named with it, when, by whom, in which forms, and what bounds it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.protocol.facets import FacetValue
from search.model.article import Document, Entities, Entity, Mention
from search.model.errors import QueryTimeout, RequestError
from search.model.question import Question, Selection
from search.model.settings import Settings
from search.service.limits import Limits
from search.service.name_page import Form, Forms, NamePage, UnknownName, lift
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine


def naming(article_id: str, people: str = "", places: str = "", **parts: Any) -> Document:
    """Return an article that names people and places, each a name between commas."""

    def entities(names: str) -> tuple[Entity, ...]:
        return tuple(Entity(name) for name in filter(None, names.split(",")))

    found = Entities(people=entities(people), places=entities(places))
    return document(article_id, f"title {article_id}", entities=found, **parts)


def on(day: int) -> dict[str, Any]:
    return {"published": datetime(2024, 11, day, tzinfo=UTC), "published_precision": "day"}


#: Ada is in six of twelve articles, four times with Bo, who is in one of the others, and four times with Cy, who is in all of those.
ARTICLES = (
    *(naming(f"ab{n}", "Ada Ek,Bo Ax,Cy Moe", "Oslo", authors=("Jo Poe",), **on(n)) for n in (1, 2, 3, 4)),
    naming("a5", "Ada Ek", "Oslo", authors=("Jo Poe", "Al Fo"), source="Post", **on(5)),
    naming("a6", "ADA EK", "Oslo", collection="Old", **on(6)),
    naming("b7", "Bo Ax,Cy Moe", "Oslo", source="Post", **on(7)),
    *(naming(f"c{n}", "Cy Moe", "Oslo", **on(n)) for n in (8, 9, 10, 11)),
    naming("c12", "Cy Moe", "Oslo,Bergen"),
)  # fmt: skip


def service_of(*articles: Document, **parts: Any) -> SearchService:
    engine = MemoryEngine()
    engine.add(articles)
    return SearchService(engine, Settings(), **parts)


def page_of(service: SearchService, field: str, name: str, **filters: Any) -> NamePage:
    page = service.name_page(field, name, Question(**filters))
    assert isinstance(page, NamePage)
    return page


@pytest.fixture(scope="module")
def ada():
    return page_of(service_of(*ARTICLES), "person", "ada ek")


class TestPage:
    def test_a_name_has_the_spelling_that_most_articles_have_and_all_their_articles(self, ada):
        assert (ada.name, ada.total, ada.articles) == ("Ada Ek", 6, 12)

    def test_the_newest_articles_come_first_with_the_name_marked(self, ada):
        assert [hit.article.article_id for hit in ada.newest][:3] == ["a6", "a5", "ab4"]

    def test_dates_are_counted(self, ada):
        assert [found.count for found in ada.histogram.bins] == [1] * 6

    def test_authors_and_sources_are_counted_among_its_articles(self, ada):
        authors = ada.facets["author"]
        assert authors.values == (FacetValue("Jo Poe", 5), FacetValue("Al Fo", 1))
        assert (authors.missing, ada.facets["source"].values) == (1, (FacetValue("Post", 1),))

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"start": "2024-11-03", "end": "2024-11-05"}, (3, 3)),
            ({"selections": (Selection("source", ("Post",)),)}, (1, 2)),
            ({"selections": (Selection("collection", ("old",)),), "end": "2024-11-05"}, (0, 0)),
        ],
        ids=["dates", "source", "none left"],
    )
    def test_filters_hold_for_its_articles_and_for_the_others(self, filters, expected):
        page = page_of(service_of(*ARTICLES), "person", "Ada Ek", **filters)
        assert (page.total, page.articles) == expected

    @pytest.mark.parametrize(
        ("field", "selections", "message"),
        [
            ("source", (), "'source' has no names; choose one of author, person, org, place"),
            ("person", (Selection("org", ("NATO",)),), "org does not narrow"),
            ("person", (Selection("person", ("Bo Ax",)),), "person does not narrow"),
        ],
        ids=["field", "filter", "filter of its own"],
    )
    def test_what_it_cannot_say_is_refused(self, field, selections, message):
        with pytest.raises(RequestError, match=message):
            service_of(*ARTICLES).name_page(field, "Ada Ek", Question(selections=selections))

    @pytest.mark.parametrize(
        ("name", "near"),
        [("Ada", ["Ada Ek"]), ("Bo Axx", ["Bo Ax"]), ("Zz Qq", []), ("%/..", [])],
        ids=["part", "one letter", "nobody", "no word"],
    )
    def test_an_unknown_name_has_those_that_are_like_it(self, name, near):
        found = service_of(*ARTICLES).name_page("person", name)
        assert isinstance(found, UnknownName)
        assert [value.value for value in found.near] == near


class TestCompany:
    def test_who_is_named_with_it_comes_by_lift_and_not_by_count(self, ada):
        # Cy is named with it as often, and more often without it; Oslo is everywhere.
        [people] = ada.company
        assert [(c.name, c.together, c.elsewhere, c.times) for c in people.companions] == [
            ("Bo Ax", 4, 1, pytest.approx(4.0))
        ]

    def test_one_who_is_named_nowhere_else_is_as_if_one_other_article_did(self):
        page = page_of(
            service_of(*(a for a in ARTICLES if a.article_id != "b7")), "person", "Ada Ek"
        )
        [bo] = page.company[0].companions
        assert (bo.elsewhere, bo.times) == (0, pytest.approx((4 / 6) / (1 / 5)))

    def test_authors_have_fellow_authors_and_other_names_have_none(self):
        more = [naming(f"x{n}", authors=("Jo Poe", "Al Fo")) for n in range(3)]
        service = service_of(*ARTICLES, *more)
        page = page_of(service, "author", "Jo Poe")
        fields = {company.field: company.companions for company in page.company}
        assert [each.name for each in fields["author"]] == ["Al Fo"]
        assert "author" not in page.facets
        assert "author" not in {c.field for c in page_of(service, "person", "Ada Ek").company}

    def test_two_together_in_few_articles_are_not_compared(self):
        page = page_of(service_of(*ARTICLES), "place", "Bergen")
        assert page.company == ()

    @pytest.mark.parametrize(("with_it", "least"), [(10, 3), (101, 4), (200, 6)])
    def test_how_many_must_have_both_grows_with_the_articles(self, with_it, least):
        articles = [naming(f"a{n}", "Ada Ek,Bo Ax") for n in range(with_it)]
        page = page_of(
            service_of(*articles, naming("other"), naming("another")), "person", "Ada Ek"
        )
        assert [company.least for company in page.company] == [least]

    def test_where_every_article_has_the_name_nothing_is_compared(self):
        page = page_of(
            service_of(*(naming(f"a{n}", "Ada Ek,Bo Ax") for n in range(4))), "person", "Ada Ek"
        )
        assert (page.total, page.articles, page.company) == (4, 4, ())

    @given(
        together=st.integers(1, 50),
        without=st.integers(0, 50),
        elsewhere=st.integers(0, 50),
        rest=st.integers(50, 99),
    )
    def test_lift_is_above_one_exactly_where_it_is_named_more_often_than_elsewhere(
        self, together, without, elsewhere, rest
    ):
        total = together + without
        found = lift(together, total, elsewhere, rest)
        is_more = together * rest > max(elsewhere, 1) * total
        assert (found > 1) == is_more or found == pytest.approx(1)


class TestForms:
    def test_mentions_say_how_it_is_written_and_in_how_many_articles(self):
        text = document(
            "a", "Ada Ek speaks", "Ek and\nAda  Ek and Ek.",
            entities=Entities(people=(Entity("Ada Ek", (Mention(0, 6), Mention(15, 17), Mention(22, 29), Mention(34, 36)), ("Ek",)),)),
        )  # fmt: skip
        page = page_of(
            service_of(text, naming("b", "Ada Ek"), naming("c", "ADA EK")), "person", "Ada Ek"
        )
        assert page.forms == Forms((Form("Ada Ek", 2), Form("ADA EK", 1), Form("Ek", 1)), 3, 0)

    def test_only_the_newest_articles_are_read_and_the_most_frequent_forms_shown(self):
        service = service_of(*ARTICLES, limits=Limits(read_for_forms=2, forms=1))
        assert page_of(service, "person", "Ada Ek").forms == Forms((Form("ADA EK", 1),), 2, 1)

    def test_an_author_is_written_as_articles_have_it(self):
        page = page_of(service_of(*ARTICLES, naming("x", authors=("JO POE",))), "author", "Jo Poe")
        assert page.forms.forms == (Form("Jo Poe", 5), Form("JO POE", 1))


class _LateEngine(MemoryEngine):
    """Takes too long for facets alone, which only the comparison asks for."""

    def facets(self, request):
        raise QueryTimeout("too slow")


class TestTime:
    def test_what_takes_too_long_is_left_out_and_said(self):
        times = iter([0.0, 0.0, *[9.0] * 100])
        page = page_of(service_of(*ARTICLES, clock=lambda: next(times)), "person", "Ada Ek")
        assert (page.total, page.forms) == (6, Forms())
        assert "took long" in page.notices[0]

    def test_a_comparison_that_runs_out_of_time_leaves_the_rest(self):
        engine = _LateEngine()
        engine.add(ARTICLES)
        page = page_of(SearchService(engine), "person", "Ada Ek")
        assert (page.total, page.company) == (6, ())
        assert "took long" in page.notices[0]


class TestNamesThatAreOne:
    @pytest.fixture
    def service(self):
        full = (naming(f"f{n}", "Ada Ek,Bo Ax", **on(n)) for n in range(1, 13))
        short = (naming(f"s{n}", "Ek", body="Ek spoke.", **on(20 + n)) for n in range(2))
        return service_of(*full, *short, naming("x", "Cy Moe"), naming("y", "Cy Moe"))

    def test_a_name_says_which_others_it_counts_and_how_it_is_written(self, service):
        page = page_of(service, "person", "Ada Ek")
        assert (page.total, page.counts_for) == (14, ())
        assert [(join.name, join.articles) for join in page.counts_also] == [("Ek", 2)]
        assert "12 articles" in page.counts_also[0].why
        assert page.forms.forms == (Form("Ada Ek", 12), Form("Ek", 2))
        assert [each.name for each in page.company[0].companions] == ["Bo Ax"]

    def test_names_that_are_counted_under_it_are_marked_too(self, service):
        newest = page_of(service, "person", "Ada Ek").newest[0]
        assert [newest.snippet.text[a:b] for a, b in newest.snippet.marks] == ["Ek"]

    def test_the_other_name_says_what_it_counts_for(self, service):
        page = page_of(service, "person", "ek")
        assert (page.name, page.total, page.counts_also) == ("Ek", 2, ())
        assert [(join.counts_for, join.articles) for join in page.counts_for] == [("Ada Ek", 2)]
        assert page.company == ()

    def test_a_similar_name_has_all_that_counts_for_it(self, service):
        found = service.name_page("person", "Ada")
        assert isinstance(found, UnknownName)
        assert found.near == (FacetValue("Ada Ek", 14),)
