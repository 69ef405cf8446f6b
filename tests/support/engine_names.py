"""Names that are one: the suite of every engine. The rule is that of tests/engines/test_joining.py, here is where it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from search.engines.joining import organisations
from search.engines.joining import people as people_rule
from search.engines.joining.spellings import APART
from search.engines.protocol.engine import Engine
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.model.article import Document, Entities, Entity
from search.model.errors import RequestError
from search.model.question import FacetRequest, Selection
from search.model.settings import Settings
from search.query.tree import Phrase, Word
from tests.support.engine_samples import EngineSuite, day, document, found, named


def naming(article_id: str, *people: str, month: int = 5, **fields: object) -> Document:
    """Return an article of a month of 2024 that names *people*."""
    return document(
        article_id,
        " ".join(people),
        published=day(month, 2),
        entities=Entities(people=named(*people)),
        **fields,
    )


#: Three articles that name Mara Ilven in full, three by her surname alone, one of them four years later.
ARTICLES = (
    naming("a", "Mara Ilven", "Bo Tarn"),
    naming("b", "Mara Ilven", "Ilven"),
    naming("c", "Mara Ilven"),
    naming("d", "Ilven"),
    naming("e", "Ilven", "Bo Tarn", month=6),
    document(
        "f",
        published=datetime(2028, 5, 2, tzinfo=UTC),
        entities=Entities(people=named("Ilven")),
    ),
)
PEOPLE = (FacetRequest("person", 10),)
AS_WRITTEN = {"Ilven": 4, "Mara Ilven": 3, "Bo Tarn": 2}
JOINED = {"Mara Ilven": 5, "Bo Tarn": 2, "Ilven": 1}


def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three articles be enough to say who is meant, and one to say what an acronym stands for."""
    monkeypatch.setattr(people_rule, "ENOUGH", 3)
    monkeypatch.setattr(organisations, "LEAST_WRITTEN", 1)


def people(engine: Engine, **request: object) -> FacetCounts:
    asked = SearchRequest(facets=PEOPLE, **request)  # type: ignore[arg-type]
    result = engine.search(asked)
    assert engine.facets(asked) == result.facets
    return result.facets["person"]


def counted(engine: Engine, **request: object) -> dict[str, int]:
    return {value.value: value.count for value in people(engine, **request).values}


def choosing(*values: str) -> tuple[Selection, ...]:
    return (Selection("person", values),)


class EngineNames(EngineSuite):
    """What an engine promises of names that are one."""

    @pytest.fixture(autouse=True)
    def _few_are_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        few_are_enough(monkeypatch)

    @pytest.fixture
    def named_engine(self, engine: Engine) -> Engine:
        engine.add(ARTICLES)
        return engine

    def test_a_name_is_counted_under_the_one_that_it_counts_for(self, named_engine):
        assert counted(named_engine) == JOINED
        assert people(named_engine).missing == 0
        assert named_engine.stats().facet_values["person"] == 3

    def test_an_article_counts_once(self, named_engine):
        named_engine.delete("acdef")
        named_engine.add([naming(i, "Mara Ilven", "Ilven") for i in "xyz"])
        assert counted(named_engine) == {"Mara Ilven": 4}
        assert named_engine.stats().facet_values["person"] == 1

    def test_as_written_nothing_is_joined(self, named_engine):
        assert counted(named_engine, as_written=True) == AS_WRITTEN

    def test_choosing_a_name_finds_what_is_counted_under_it(self, named_engine):
        request = {"selections": choosing("Mara Ilven")}
        assert found(named_engine, Word("ilven"), **request) == "abcde"
        assert counted(named_engine, **request) == JOINED
        assert found(named_engine, Word("ilven"), as_written=True, **request) == "abc"

    @pytest.mark.parametrize("name", ["Ilven", "ilven", "ILVEN"])
    @pytest.mark.parametrize(
        ("left_out", "ids"), [("", "f"), ("f", "bde")], ids=["some are joined", "all are"]
    )
    def test_choosing_a_short_name_finds_as_many_as_are_counted(
        self, named_engine, name, left_out, ids
    ):
        named_engine.delete(left_out)
        request = {"selections": choosing(name)}
        result = named_engine.search(SearchRequest(facets=PEOPLE, limit=9, **request))
        assert sorted(hit.article.article_id for hit in result.hits) == list(ids)
        (value,) = [each for each in result.facets["person"].values if each.selected]
        assert (value.value, value.count) == ("Ilven", len(ids))
        assert counted(named_engine).get("Ilven", 0) == (0 if left_out else 1)
        assert result.facets["person"].other == 0

    def test_two_chosen_names_find_both(self, named_engine):
        assert found(named_engine, Word("ilven"), selections=choosing("Bo Tarn", "Ilven")) == "aef"

    def test_words_of_a_query_stay_words(self, named_engine):
        query = Phrase(("mara", "ilven"), field="person")
        assert found(named_engine, query) == "abc"
        assert found(named_engine, Word("ilven", field="person")) == "abcdef"

    def test_joins_follow_what_is_indexed(self, named_engine):
        named_engine.delete("a")
        assert counted(named_engine) == {"Ilven": 4, "Mara Ilven": 2, "Bo Tarn": 1}
        named_engine.add([naming("g", "Mara Ilven", month=4)])
        assert counted(named_engine) == {"Mara Ilven": 5, "Bo Tarn": 1, "Ilven": 1}
        named_engine.add([naming("h", "Tom Ilven")])
        assert counted(named_engine)["Ilven"] == 4

    def test_the_order_of_indexing_does_not_matter(self, engine):
        for article in reversed(ARTICLES):
            engine.add([article])
        assert counted(engine) == JOINED
        assert found(engine, Word("ilven"), selections=choosing("Mara Ilven")) == "abcde"

    def test_who_is_hidden_joins_nothing(self, engine):
        engine.add([*ARTICLES[1:], naming("a", "Mara Ilven", is_withdrawn=True)])
        assert counted(engine) == {"Ilven": 4, "Mara Ilven": 2, "Bo Tarn": 1}

    def test_an_article_without_a_date_goes_by_the_whole_archive(self, named_engine):
        named_engine.add([document("g", entities=Entities(people=named("Ilven")))])
        assert counted(named_engine) == JOINED | {"Mara Ilven": 6}

    def test_organisations_by_the_acronym_that_articles_write(self, engine):
        long = "Tin Exporting Countries"
        both = Entities(organisations=(Entity(long, forms=("TEC",)),))
        engine.add(
            [document(i, entities=both) for i in "ab"]
            + [document(i, entities=Entities(organisations=named("TEC"))) for i in "cdef"]
        )
        request = SearchRequest(facets=(FacetRequest("org"),))
        (value,) = engine.facets(request)["org"].values
        assert (value.value, value.count) == ("TEC", 6)
        (join,) = engine.names_of("org", "tec")
        assert (join.name, join.counts_for, join.articles) == (long, "TEC", 2)
        assert join.is_always
        assert join.why == "2 articles write the one for the other, and 0 write it for another name"

    def test_names_of_says_what_counts_and_why(self, named_engine):
        (join,) = named_engine.names_of("person", "mara ilven")
        assert named_engine.names_of("person", "Ilven") == (join,)
        assert join._replace(why="") == (
            "Ilven",
            "Mara Ilven",
            3,
            date(2024, 5, 1),
            date(2024, 6, 1),
            False,
            "",
        )
        assert join.why.startswith("3 articles of that time name Mara Ilven in full")
        assert named_engine.names_of("person", "Bo Tarn") == ()
        assert named_engine.names_of("source", "Ilven") == ()

    def test_names_of_an_unknown_facet(self, named_engine):
        with pytest.raises(RequestError):
            named_engine.names_of("people", "Ilven")

    def test_what_people_have_parted_is_counted_apart(self, engine):
        assert engine.keep_text(APART, "people\tIlven\tMara Ilven\n")
        engine.add(ARTICLES)
        assert counted(engine) == AS_WRITTEN
        assert engine.keep_text(APART, "")
        engine.delete(["nothing"])
        assert counted(engine) == JOINED

    def test_the_setting_turns_it_off(self, tmp_path):
        engine = self.open_at(Path(tmp_path) / "apart", Settings(joined_names=0))
        engine.add(ARTICLES)
        assert counted(engine) == AS_WRITTEN
        assert engine.names_of("person", "Ilven") == ()
        engine.close()
