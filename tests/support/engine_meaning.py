"""What questions mean and how an index changes: the suite that every engine passes, whatever its scores.

Longer than most files on purpose: it is the one place that says what an engine must do, and reads as a list.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from search.engines.protocol.engine import Engine
from search.engines.protocol.facets import FacetCounts, FacetValue
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult
from search.model import clock
from search.model.article import Credit, Document, Enrichment, Entities
from search.model.document_json import document_as_line, document_of_line
from search.model.errors import RequestError
from search.model.fields import FIELDS
from search.model.histogram import Histogram, HistogramRequest
from search.model.question import FacetRequest, Selection
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import parse
from search.query.tree import (
    And,
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Wildcard,
    Word,
)
from search.text.words import tokens, within_edits
from tests.support.documents import as_given
from tests.support.engine_agreement import MAX_EXPANSIONS, assert_agrees, assert_same_meaning
from tests.support.engine_samples import (
    FORMS,
    FULL,
    HOSTILE,
    NEWS,
    EngineSuite,
    bound,
    day,
    document,
    found,
    named,
    ranked,
    words,
)


def counts_of(histogram: Histogram) -> str:
    """Return the bins of a histogram and what is undated as one line: day, count, day, count ..."""
    return " ".join([*(f"{b.day}:{b.count}" for b in histogram.bins), f"-:{histogram.undated}"])


class EngineMeaning(EngineSuite):
    """What every engine does."""

    # Adding, replacing, deleting

    def test_an_article_comes_back_as_it_was_added(self, engine):
        engine.add([FULL])
        assert as_given(engine, FULL.article_id) == FULL
        assert engine.search(SearchRequest()).hits[0].article == FULL.article

    @pytest.mark.parametrize(
        "field", ["title", "body", "byline", "source", "section", "collection", "url"]
    )
    def test_hostile_text_comes_back_unchanged(self, engine, field):
        added = [document(str(n), **{field: text}) for n, text in enumerate(HOSTILE)]
        engine.add(added)
        assert [as_given(engine, str(n)) for n in range(len(added))] == added

    def test_credits_and_authors_as_read_come_back(self, engine):
        one = document(
            "a",
            authors=("Mara Quist",),
            authors_as_read=("M. Quist",),
            credits=(Credit("Cy Fox", "photos"),),
        )
        engine.add([one])
        assert as_given(engine, "a") == one

    def test_hostile_names_come_back_unchanged(self, engine):
        people = Entities(named(*dict.fromkeys(HOSTILE)))
        added = [document("a", authors=tuple(HOSTILE), topics=tuple(HOSTILE), entities=people)]
        engine.add(added)
        assert as_given(engine, "a") == added[0]

    def test_naughty_strings_come_back_unchanged_and_are_searchable(self, engine, shared):
        naughty = json.loads((shared / "data/hostile/naughty_strings.json").read_text("utf-8"))
        added = [
            document(str(n), title=text, body=text, authors=(text,))
            for n, text in enumerate(naughty)
            if text.encode(errors="replace").decode() == text
        ]
        engine.add(added)
        assert [as_given(engine, a.article_id) for a in added] == added
        lost = [
            a.article_id
            for a in added
            if (forms := tokens(a.article.body).forms)
            and a.article_id not in ranked(engine, Word(forms[0], exact=True))
        ]
        assert lost == []

    def test_an_absent_article_is_none(self, news):
        assert news.get("nobody") is None

    @pytest.mark.parametrize("article_id", ["", "..", "a/b", "\x00", "é", "a" * 1000])
    def test_no_id_is_too_odd_to_ask_for(self, news, article_id):
        assert news.get(article_id) is None
        assert news.delete([article_id]) == 0

    def test_adding_the_same_id_replaces(self, engine):
        assert engine.add([document("a", "gold"), document("b", "gold")]) == 2
        assert engine.add([document("a", "silver")]) == 1
        assert found(engine, Word("gold")) == "b"
        assert found(engine, Word("silver")) == "a"
        assert engine.stats().articles == 2

    def test_of_several_with_one_id_the_last_counts(self, engine):
        assert engine.add([document("a", "gold"), document("b"), document("a", "silver")]) == 2
        assert found(engine, Word("gold")) == ""
        assert as_given(engine, "a") == document("a", "silver")

    def test_deleted_articles_are_gone(self, news):
        assert news.delete(["a", "a", "nobody", "b"]) == 2
        assert news.get("a") is None
        assert found(news, Word("missile")) == "c"
        assert found(news, Everything()) == "cdefgh"

    def test_a_deleted_article_can_come_back(self, news):
        news.delete(["a"])
        news.add([document("a", "missile")])
        assert found(news, Word("missile")) == "ac"

    def test_documents_of_a_batch_came_at_one_instant_later_than_those_before(self, engine):
        for batch in ("a", "bc", "d"):
            engine.add([document(article_id) for article_id in batch])
        a, b, c, d = (engine.get(article_id) for article_id in "abcd")
        assert a.added < b.added == c.added < d.added
        assert [each.added.utcoffset() for each in (a, b, c, d)] == [timedelta(0)] * 4
        assert [each.revision for each in (a, b, c, d)] == [0] * 4

    def test_an_article_that_changes_came_anew_and_has_one_revision_more(self, engine):
        revisions, instants = [], []
        for body in ("gold", "silver", "silver", "gold"):
            engine.add([document("a", body)])
            revisions.append(engine.get("a").revision)
            instants.append(engine.get("a").added)
        assert revisions == [0, 1, 1, 2]
        assert instants[0] < instants[1] == instants[2] < instants[3]

    def test_what_was_found_out_changes_neither_when_it_came_nor_its_revision(self, engine):
        engine.add([document("a", "gold"), document("b", "gold")])
        engine.add([document("a", "silver")])
        before = engine.get("a")
        people = Entities(named("Ann Lee"))
        engine.add([document("a", "silver", entities=people)])
        after = engine.get("a")
        assert after.enrichment.entities == people
        assert (after.added, after.revision) == (before.added, before.revision)

    def test_an_article_that_was_deleted_is_new_when_it_comes_back(self, engine):
        engine.add([document("a", "gold")])
        engine.add([document("a", "silver")])
        before = engine.get("a")
        engine.delete(["a"])
        engine.add([document("a", "silver")])
        assert engine.get("a").revision == 0
        assert engine.get("a").added > before.added

    def test_a_hit_says_when_it_came(self, engine):
        engine.add([document("a", "gold")])
        (hit,) = engine.search(SearchRequest(tree=Word("gold"))).hits
        assert hit.document == engine.get("a")

    # What is withdrawn or embargoed

    @pytest.mark.parametrize(
        "hidden",
        [{"is_withdrawn": True}, {"embargoed_until": datetime(2090, 1, 1, tzinfo=UTC)}],
        ids=["withdrawn", "embargoed"],
    )
    def test_what_nobody_may_see_is_as_if_it_were_not_there(self, engine, hidden):
        engine.add([*NEWS, document("z", "zeppelin missile", source="Reuters", **hidden)])
        everything = SearchRequest(
            tree=Everything(),
            facets=(FacetRequest("source", 9),),
            histogram=HistogramRequest("year"),
            counted=(Word("missile"), Word("zeppelin"), Not(Word("zeppelin"))),
            limit=100,
        )
        with_it = engine.search(everything)
        assert engine.get("z") is None
        assert (found(engine, Word("missile")), found(engine, Word("zeppelin"))) == ("ac", "")
        assert (found(engine, Wildcard("zep*")), engine.spellings("zeppelen")) == ("", ())
        assert "z" not in [each.article_id for each in engine.documents()]
        assert engine.stats().articles == len(NEWS)
        assert engine.stats().withdrawn + engine.stats().embargoed == 1
        engine.delete(["z"])
        assert engine.search(everything) == with_it
        assert engine.stats().withdrawn + engine.stats().embargoed == 0

    def test_an_embargo_ends_without_an_index_run(self, engine, monkeypatch):
        ends = datetime(2090, 1, 1, tzinfo=UTC)
        later = document("z", "missile", source="Reuters", embargoed_until=ends)
        engine.add([*NEWS, later, document("y", "missile", is_withdrawn=True)])
        asked = SearchRequest(tree=Everything(), facets=(FacetRequest("source", 1),))
        seen = []
        for now in (ends - timedelta(microseconds=1), ends):
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            stats = engine.stats()
            reuters = engine.search(asked).facets["source"].values[0].count
            seen.append(
                (
                    found(engine, Word("missile")),
                    reuters,
                    stats.articles,
                    stats.withdrawn,
                    stats.embargoed,
                )
            )
        assert seen == [("ac", 2, len(NEWS), 1, 1), ("acz", 3, len(NEWS) + 1, 1, 0)]
        assert as_given(engine, "z") == later

    # When articles came

    def test_articles_are_found_by_when_they_came(self, engine):
        engine.add([document("a", "missile", source="Reuters"), document("b", "missile")])
        engine.add([document("c", "missile", source="Reuters")])
        first, last = engine.get("a").added, engine.get("c").added
        after = first + timedelta(microseconds=1)
        assert found(engine, Word("missile"), added_from=first) == "abc"
        assert found(engine, Word("missile"), added_from=after) == "c"
        assert found(engine, Word("missile"), added_before=last) == "ab"
        assert found(engine, Everything(), added_from=first, added_before=after) == "ab"
        assert found(engine, Word("missile"), added_from=last + timedelta(microseconds=1)) == ""
        assert engine.stats().last_added == last
        counted = SearchRequest(facets=(FacetRequest("source"),), added_from=after)
        values = engine.facets(counted)["source"].values
        assert [(v.value, v.count) for v in values] == [("Reuters", 1)]
        assert (engine.count(counted), list(engine.ids(counted))) == (1, ["c"])

    def test_an_article_that_changed_comes_again(self, engine):
        engine.add([document("a", "missile"), document("b", "missile")])
        after = engine.stats().last_added + timedelta(microseconds=1)
        engine.add([document("b", "missile silo")])
        assert found(engine, Word("missile"), added_from=after) == "b"

    def test_an_article_comes_when_its_embargo_ends(self, engine, monkeypatch):
        ends = datetime(2090, 1, 1, tzinfo=UTC)
        engine.add([document("a", "missile")])
        engine.add([document("z", "missile", embargoed_until=ends)])
        before = engine.get("a").added
        assert engine.stats().last_added == before
        monkeypatch.setattr(clock, "now", lambda: ends)
        after = before + timedelta(microseconds=1)
        assert found(engine, Word("missile"), added_from=after) == "z"
        assert found(engine, Word("missile"), added_from=ends) == "z"
        assert found(engine, Word("missile"), added_from=ends + timedelta(microseconds=1)) == ""
        assert engine.stats().last_added == ends

    def test_no_article_came_to_an_index_of_none(self, engine):
        assert engine.stats().last_added is None
        assert found(engine, Everything(), added_from=datetime(2000, 1, 1, tzinfo=UTC)) == ""

    def test_a_kill_notice_takes_the_place_of_the_article_of_its_id(self, news):
        news.add([document("a", "killed", is_withdrawn=True)])
        assert (news.get("a"), found(news, Word("missile"))) == (None, "c")
        news.add([document("a", "missile")])
        assert (news.get("a").revision, found(news, Word("missile"))) == (2, "ac")

    def test_every_document_is_given_in_turn(self, news):
        news.add([document("b", "silver"), document("z")])
        news.delete(["c"])
        given = list(news.documents())
        assert sorted(each.article_id for each in given) == list("abdefghz")
        assert given == [news.get(each.article_id) for each in given]

    def test_every_document_is_the_same_by_an_export(self, news):
        given = list(news.documents())
        lines = [json.dumps(document_as_line(each)) for each in given]
        assert [document_of_line(json.loads(line)) for line in lines] == given

    def test_documents_in_turn_are_of_one_generation(self, news):
        given = news.documents()
        first = next(given)
        news.add([document("z")])
        news.delete(["a", "b", "c"])
        assert sorted([first.article_id, *(each.article_id for each in given)]) == list("abcdefgh")

    def test_an_empty_batch_changes_nothing(self, news):
        assert news.add([]) == 0
        assert news.delete([]) == 0
        assert found(news, Everything()) == "abcdefgh"

    def test_an_empty_index_answers(self, engine):
        request = SearchRequest(tree=Word("gold"), facets=(FacetRequest("author"),))
        empty = {"author": FacetCounts((), 0, 0, 0)}
        assert engine.search(request) == SearchResult(0, (), empty)
        assert engine.search(SearchRequest(tree=Not(Word("gold")))).total == 0
        assert engine.stats().articles == 0
        assert engine.spellings("gold") == ()

    def test_a_failed_batch_leaves_the_index_unchanged_and_writable(self, news):
        def broken() -> Iterator[Document]:
            yield document("z", "gold")
            yield document("a", "gold")
            raise OSError("disk went away")

        with pytest.raises(OSError, match="disk went away"):
            news.add(broken())
        assert found(news, Word("gold")) == ""
        assert as_given(news, "a") == NEWS[0]
        assert news.add([document("z", "gold")]) == 1
        assert found(news, Word("gold")) == "z"

    def test_many_small_batches_are_one_index(self, engine):
        for number in range(30):
            engine.add([document(f"n{number:02}", "gold " * (number + 1), published=day(1, 1))])
        assert ranked(engine, Word("gold"), sort="oldest") == [f"n{n:02}" for n in range(30)]

    def test_what_was_added_is_there_after_reopening(self, tmp_path):
        with closing(self.open_at(tmp_path / "index", Settings())) as engine:
            engine.add([*NEWS, FULL])
            engine.delete(["b"])
            before = engine.search(SearchRequest(tree=Word("missile")))
        with closing(self.open_at(tmp_path / "index", Settings())) as engine:
            assert engine.search(SearchRequest(tree=Word("missile"))) == before
            assert as_given(engine, FULL.article_id) == FULL
            assert engine.get("b") is None
            engine.add([document("z", "missile")])
            assert found(engine, Word("missile")) == "acz"

    def test_closing_twice_is_harmless(self, tmp_path):
        engine = self.open_at(tmp_path / "index", Settings())
        engine.close()
        engine.close()

    def test_a_second_handle_sees_what_was_committed(self, news, tmp_path):
        with closing(self.open_at(tmp_path / "index", Settings())) as other:
            assert found(other, Word("missile")) == "ac"
            news.add([document("z", "missile")])
            news.delete(["a"])
            assert found(other, Word("missile")) == "cz"

    def test_a_batch_is_seen_whole_or_not_at_all(self, news):
        seen = []

        def batch() -> Iterator[Document]:
            yield document("y", "missile")
            seen.append(found(news, Word("missile")))
            yield document("z", "missile")

        news.add(batch())
        assert seen == ["ac"]
        assert found(news, Word("missile")) == "acyz"

    def test_searches_go_on_while_another_thread_adds(self, engine):
        def add_batches() -> None:
            for batch in range(5):
                engine.add(document(f"n{batch}-{n}", "gold") for n in range(20))

        adder = threading.Thread(target=add_batches)
        adder.start()
        totals = []
        while adder.is_alive():
            totals.append(engine.search(SearchRequest(tree=Word("gold"))).total)
        adder.join()
        totals.append(engine.search(SearchRequest(tree=Word("gold"))).total)
        assert totals == sorted(totals)
        assert totals[-1] == 100
        assert {total % 20 for total in totals} == {0}

    # Words

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("US", "de"), ("May", "e"), ("IT", "e"), ("Will", "e"), ("WHO", "e"),
            ("To be or not to be", "e"), ("the", "acd"), ("AT&T", "d"), ("O'Neil", "d"),
            ("don't", "d"), ("3,000", "d"), ("3000", "d"), ("U.S.", "de"), ("cafe", "d"),
            ("CAFÉ", "d"), ("Muller", "d"), ("习近平", "f"), ("北京", "f"), ("京北", ""),
            ("19", "g"), ("neil", ""), ("000", ""), ("platinum", ""),
        ],
    )  # fmt: skip
    def test_words(self, news, text, expected):
        assert found(news, words(text)) == expected

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Word("missile"), "ac"),
            (Word("missiles"), "ac"),
            (Word("missile", exact=True), "a"),
            (Word("missiles", exact=True), "c"),
            (Word("missiles", field="title"), "ac"),
            (Word("missiles", field="title", exact=True), "c"),
            (Word("attacks", field="body"), "ac"),
            (Phrase(("missile", "attack")), "a"),
            (Phrase(("missiles", "attacks")), ""),
            (Phrase(("missiles", "attacks"), exact=False), "a"),
        ],
    )
    def test_quoted_words_are_exact(self, news, tree, expected):
        assert found(news, tree) == expected

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Word("raketen"), "abc"),
            (Word("rakete"), "abe"),
            (Word("rakete", exact=True), "ae"),
            (Word("raked"), "d"),
            (Word("ракеты"), "f"),
            (Word("die"), "ace"),
            (Word("dies"), "c"),
            (Word("raketen", "title"), "b"),
            (Word("rakete", "title"), "b"),
            (Phrase(("zwei", "rakete"), exact=False), "b"),
            (Phrase(("raketen", "dies"), exact=False), "c"),
            (Phrase(("rakete", "dies"), exact=False), ""),
            (Phrase(("zwei", "rakete")), ""),
            (Near(Word("rakete"), Word("traf"), 1), "ab"),
            (Near(Word("raketen", exact=True), Word("traf"), 1), "b"),
            (Group((Word("rakete"), Not(Word("traf")))), "e"),
            (Wildcard("raket*"), "abce"),
            (Fuzzy("raketem", 1), "abce"),
            (And((Word("rakete"), Word("de", "lang"))), "ab"),
        ],
    )
    @pytest.mark.parametrize("at_once", [1, 6], ids=["one by one", "at once"])
    def test_an_article_has_the_stems_of_its_own_language(self, engine, tree, expected, at_once):
        added = [
            document("a", "Die Rakete traf.", language="de"),
            document("b", "Sie traf, zwei Raketen traf es.", "Raketen", language="de-AT"),
            document("c", "Die Raketen dies.", language="en"),
            document("d", "He rakes."),
            document("e", "Die Rakete", language="uk"),
            document("f", "С ракетами", language="ru"),
        ]
        for first in range(0, len(added), at_once):
            engine.add(added[first : first + at_once])
        assert found(engine, tree) == expected

    # Fields

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Word("kyiv", field="title"), "a"),
            (Word("kyiv", field="body"), ""),
            (Word("brussels", field="body"), "b"),
            (Word("lee", field="author"), "bc"),
            (Word("lees", field="author"), ""),
            (Phrase(("simon", "lewis"), field="author"), "a"),
            (Word("blinken", field="person"), "b"),
            (Word("nato", field="org"), "b"),
            (Word("kyiv", field="place"), "a"),
            (Word("nato", field="entity"), "b"),
            (Word("kyiv", field="entity"), "a"),
            (Word("capital", field="entity"), ""),
            (Word("reuters", field="source"), "ab"),
            (Word("reuter", field="source"), ""),
            (Word("world", field="section"), "ab"),
            (Word("defence", field="topic"), "ab"),
            (Phrase(("aid", "military"), field="topic"), "a"),
            (Phrase(("defence", "aid"), field="topic"), ""),
            (Near(Word("summits"), Word("air"), 9, field="topic"), ""),
            (Wildcard("summ*", field="topic"), "b"),
            (Word("summits"), ""),
            (Word("wire", field="collection"), "a"),
            (Word("en", field="lang"), "abc"),
            (Word("gb", field="lang"), "c"),
            (Phrase(("example", "org"), field="url"), "a"),
            (Phrase(("org", "example"), field="url"), ""),
            (Word("example"), ""),
            (Wildcard("reut*", field="source"), "ab"),
            (Fuzzy("reutres", 1, field="source"), "ab"),
            (Near(Word("www"), Word("org"), 2, field="url"), "a"),
        ],
    )
    def test_fields(self, news, tree, expected):
        assert found(news, tree) == expected

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Word("us", field="place"), "a"),
            (Word("us", field="entity"), "a"),
            (Phrase(("united", "states"), field="place"), "a"),
            (Word("america", field="place"), "a"),
            (Word("usa", field="entity"), "a"),
            (Word("america"), ""),
            (Word("iaea", field="org"), "ab"),
            (Phrase(("international", "atomic", "energy", "agency"), field="org"), "ab"),
            (Phrase(("agency", "iaea"), slop=100, field="org"), ""),
            (Near(Word("agency"), Word("iaea"), 100, field="entity"), ""),
            (Word("us", field="org"), ""),
            (Word("grossi", field="person"), "b"),
            (And((Word("rafael", field="person"), Word("us", field="entity"))), ""),
            (Wildcard("iae*", field="org"), "ab"),
            (Wildcard("iae*", field="entity"), "ab"),
            (Fuzzy("iaeo", 1, field="org"), "ab"),
            (Not(Word("iaea", field="entity")), "c"),
            (Word("us"), "ac"),
            (Word("iaea"), "a"),
        ],
    )
    def test_any_form_of_an_entity_is_found_by_its_field(self, engine, tree, expected):
        engine.add(FORMS)
        assert found(engine, tree) == expected

    def test_forms_change_neither_scores_of_bare_words_nor_lengths(self, engine):
        without = [
            each._replace(
                enrichment=Enrichment(
                    Entities(*(named(*(e.name for e in kind)) for kind in each.enrichment.entities))
                )
            )
            for each in FORMS
        ]
        scores = []
        for documents in (FORMS, without):
            engine.add(documents)
            found = [
                engine.search(SearchRequest(tree=words(w))).hits for w in ("us", "iaea agency")
            ]
            scores.append([(hit.article.article_id, hit.score) for hits in found for hit in hits])
        assert scores[0] == scores[1]

    def test_a_facet_counts_an_entity_once_by_its_name(self, engine):
        engine.add(FORMS)
        facets = engine.facets(SearchRequest(facets=(FacetRequest("org"), FacetRequest("place"))))
        assert [(v.value, v.count) for v in facets["org"].values] == [
            ("International Atomic Energy Agency", 2)
        ]
        assert [(v.value, v.count) for v in facets["place"].values] == [("United States", 1)]
        assert found(engine, Everything(), selections=(Selection("org", ("IAEA",)),)) == ""

    def test_forms_are_found_after_segments_were_merged_and_articles_changed(self, engine):
        for each in FORMS:
            engine.add([each])
        engine.add([document("a", "Nobody is named.")])
        assert found(engine, Word("iaea", field="org")) == "b"
        assert found(engine, Word("us", field="entity")) == ""

    @pytest.mark.parametrize("name", ["source", "section", "topic", "lang", "collection", "url"])
    def test_a_filter_field_adds_nothing_to_a_score(self, news, name):
        form = {
            "source": "reuters", "section": "world", "topic": "summits", "lang": "en", "collection": "wire",
            "url": "example",
        }[name]  # fmt: skip
        result = news.search(SearchRequest(tree=Word(form, field=name)))
        assert {hit.score for hit in result.hits} == {0.0}

    @pytest.mark.parametrize("slop", [0, 5, 100])
    def test_no_phrase_reaches_across_two_authors(self, news, slop):
        across = Phrase(("lewis", "olena"), slop=slop, field="author")
        assert found(news, across) == ""
        assert found(news, Phrase(("lewis", "olena"), slop=slop)) == ""
        assert found(news, Near(Word("lewis"), Word("olena"), slop or 1)) == ""

    def test_no_phrase_reaches_from_title_to_body(self, news):
        assert found(news, Phrase(("kyiv", "a", "missile"), slop=100)) == ""

    # Phrases and nearness

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Phrase(("firm", "response")), "b"),
            (Phrase(("response", "firm")), ""),
            (Phrase(("response", "firm"), slop=1), "a"),
            (Phrase(("response", "firm"), slop=0), ""),
            (Phrase(("antony", "firm"), slop=2), ""),
            (Phrase(("antony", "firm"), slop=3), "b"),
            (Phrase(("antony", "promised", "firm"), slop=1), ""),
            (Phrase(("antony", "promised", "firm"), slop=2), "b"),
            (Phrase(("to", "be", "or", "not", "to", "be")), "e"),
            (Phrase(("covid", "19"), exact=False), "g"),
            (Phrase(("习近", "近平")), "f"),
            (Near(Word("firm"), Word("response"), 1), "b"),
            (Near(Word("firm"), Word("response"), 2), "ab"),
            (Near(Word("response"), Word("firm"), 2), "ab"),
            (Near(Word("attacks"), Word("missile"), 2), "ac"),
            (Near(Word("attacks", exact=True), Word("missiles", exact=True), 2), "c"),
            (Near(Word("be"), Word("be"), 3), ""),
            (Near(Word("be"), Word("be"), 4), "e"),
            (Near(Word("firm"), Word("response"), 5, field="title"), ""),
        ],
    )
    def test_phrases_and_nearness(self, news, tree, expected):
        assert found(news, tree) == expected

    def test_a_longer_phrase_is_found_at_its_second_start(self, engine):
        engine.add([document("a", "x y x z"), document("b", "x y q x q z")])
        assert found(engine, Phrase(("x", "z"))) == "a"
        assert found(engine, Phrase(("x", "z"), slop=1)) == "ab"

    # Wildcards and fuzzy words

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (Wildcard("missil*"), "ac"),
            (Wildcard("*gate"), "g"),
            (Wildcard("m?y"), "e"),
            (Wildcard("*ssile*"), "ac"),
            (Wildcard("ukrain*"), "g"),
            (Wildcard("ukrainian"), ""),
            (Wildcard("missil*", field="title"), "ac"),
            (Wildcard("lew*", field="author"), "a"),
            (Wildcard("bru*", field="entity"), "b"),
            (Wildcard("at&*"), "d"),
            (Wildcard("北*"), "f"),
            (Wildcard("*zzz*"), ""),
            (Fuzzy("blinkne", 1), "b"),
            (Fuzzy("blinkxx", 1), ""),
            (Fuzzy("blinkxx", 2), "b"),
            (Fuzzy("kiyv", 1, field="title"), "a"),
            (Fuzzy("nota", 2, field="org"), "b"),
        ],
    )
    def test_wildcards_and_fuzzy_words(self, news, tree, expected):
        assert found(news, tree) == expected
        assert news.search(SearchRequest(tree=tree)).notices == ()

    @pytest.mark.parametrize(
        "tree",
        [Wildcard("w*"), Wildcard("w*", field="body"), Fuzzy("w1", 1), Not(Wildcard("w?"))],
        ids=["wildcard", "in a field", "fuzzy", "below a negation"],
    )
    def test_too_many_words_are_bounded_and_said(self, tmp_path, tree):
        with closing(self.open_at(tmp_path / "index", Settings(max_expansions=3))) as engine:
            bodies = {"a": "w0", "b": "w1 w2", "c": "w2 w3", "d": "w4 w4 w4", "e": "x"}
            engine.add(document(key, text) for key, text in bodies.items())
            # The most frequent word first, then by alphabet: w2, w0, w1.
            expected = "de" if isinstance(tree, Not) else "abc"
            assert found(engine, tree) == expected
            assert len(engine.search(SearchRequest(tree=tree)).notices) == 1

    @pytest.mark.parametrize("words_", [171, 1024, 1100])
    def test_a_wildcard_stands_for_many_words(self, engine, words_):
        bodies = [" ".join(f"w{n}" for n in range(at, words_, 9)) for at in range(9)]
        engine.add([document(f"{n}", body) for n, body in enumerate(bodies)])
        engine.add([document("x", " ".join(f"x{n}" for n in range(40))), document("y", "w0 w1 v")])
        result = engine.search(SearchRequest(tree=Wildcard("w*"), limit=20))
        assert (result.total, len(result.notices)) == (10, words_ > 1024)
        assert found(engine, And((Wildcard("w*"), Wildcard("x*")))) == ""
        assert found(engine, And((Wildcard("w*"), Wildcard("v*")))) == "y"

    @pytest.mark.parametrize("length", [12, 24, 25, 60, 100])
    def test_long_words_are_found_with_edits(self, engine, length):
        form = ("abcdefghij" * 10)[:length]
        half = length // 2
        changed = {
            "a": form,
            "b": form[:half] + "z" + form[half:],
            "c": form[1:],
            "d": form[: half - 1] + form[half] + form[half - 1] + form[half + 1 :],
            "e": "z" + form[1:-1] + "z",
            "f": form[1:half] + "z" + form[half + 1 :],
            "g": form[::-1],
            "h": "zz" + form[2:-1] + "z",
        }
        engine.add([document(key, body[:100]) for key, body in changed.items()])
        ones = "".join(k for k in "abcdefgh" if within_edits(form, changed[k][:100], 1))
        twos = "".join(k for k in "abcdefgh" if within_edits(form, changed[k][:100], 2))
        assert (found(engine, Fuzzy(form, 1)), found(engine, Fuzzy(form, 2))) == (ones, twos)

    def test_clauses_are_counted_on_their_own(self, news):
        request = SearchRequest(
            tree=Word("missile"), counted=(Word("missile"), Word("kyiv"), Word("no"))
        )
        expected = tuple(news.count(SearchRequest(tree=tree)) for tree in request.counted)
        assert news.search(request).counts == expected

    @pytest.mark.parametrize("tree", [Wildcard("w*", field="title"), Fuzzy("w1", 1, field="title")])
    def test_words_of_other_fields_do_not_count_for_the_bound(self, tmp_path, tree):
        with closing(self.open_at(tmp_path / "index", Settings(max_expansions=3))) as engine:
            titles = {"a": "w7", "b": "w8", "c": "w9"}
            engine.add(document(key, "w0 w1 w2 w3 w4", title) for key, title in titles.items())
            assert found(engine, tree) == "abc"
            assert engine.search(SearchRequest(tree=tree)).notices == ()

    # Booleans and match modes

    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            (And((Word("firm"), Word("missile"))), "a"),
            (Or((Word("nato"), Word("covid"))), "bg"),
            (Not(Word("missile")), "bdefgh"),
            (Not(Not(Word("missile"))), "ac"),
            (Not(Not(Not(Word("missile")))), "bdefgh"),
            (Not(Everything()), ""),
            (And((Not(Word("missile")), Not(Word("nato")))), "defgh"),
            (Or((Not(Word("missile")), Word("kyiv"))), "abdefgh"),
            (Or((Word("kyiv"), Or((Not(Word("missile")), Word("kyiv"))))), "abdefgh"),
            (Group((Word("firm"), Not(Word("nato")))), "a"),
            (Or((And((Word("firm"), Word("nato"))), Word("sea"))), "bc"),
            (Group((Word("attack"), Or((Word("sea"), Word("nato"))))), "c"),
            (Everything(), "abcdefgh"),
            (And((Word("missile"), Word("platinum"))), ""),
            (Or((Word("missile"), Word("platinum"))), "ac"),
            (Either((Word("missile"), Word("nato"))), "abc"),
            (And((Word("firm"), Either((Word("missile"), Phrase(("firm", "response")))))), "ab"),
            (Group((Not(Either((Word("missile"), Word("kyiv")))),)), "bdefgh"),
        ],
    )
    def test_booleans(self, news, tree, expected):
        assert found(news, tree) == expected

    @pytest.mark.parametrize(
        ("tree", "all_of_them", "most", "any_of_them"),
        [
            (words("firm missile nato capital"), "", "a", "abc"),
            (words("firm missile"), "a", "a", "abc"),
            (Group((Word("firm"), Word("missile"), Not(Word("nato")))), "a", "a", "ac"),
            (Group((Word("firm"), Word("sea"), Word("reuters", field="source"))), "", "", "ab"),
            (Group((Word("reuters", field="source"), Word("kyiv", field="place"))), *"aaa"),
            (Group((DateRange(bound(day(11, 14)), None), Word("firm"), Word("sea"))), "", "", "c"),
            (And((Word("firm"), Word("missile"))), *"aaa"),
            (Group((words("firm missile"), Word("platinum"))), "", "", "abc"),
        ],
        ids=["four", "two", "negation", "field", "only required", "date", "and", "nested"],
    )
    def test_match_modes(self, news, tree, all_of_them, most, any_of_them):
        assert found(news, tree, match="all") == all_of_them
        assert found(news, tree, match="most") == most
        assert found(news, tree, match="any") == any_of_them

    # Dates and order

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (day(11, 13), day(11, 14), "ab"),
            (day(11, 14), day(11, 15), "c"),
            (day(11, 13), None, "abcd"),
            (None, day(11, 13), "e"),
            (day(11, 13) + timedelta(microseconds=1), day(11, 14), "b"),
            (day(11, 14), day(11, 14), ""),
            (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), "abcde"),
        ],
    )
    def test_dates_are_half_open(self, news, start, end, expected):
        bounds = start and bound(start), end and bound(end)
        assert found(news, DateRange(*bounds)) == expected
        assert found(news, Everything(), start=bounds[0], end=bounds[1]) == expected

    def test_dates_of_any_century_keep_their_order(self, engine):
        years = [1, 1605, 1969, 1970, 2024, 9999]
        engine.add(
            document(f"y{year}", published=datetime(year, 1, 1, tzinfo=UTC)) for year in years
        )
        assert ranked(engine, Everything(), sort="oldest") == [f"y{year}" for year in years]
        assert (
            found(engine, DateRange(None, bound(datetime(1970, 1, 1, tzinfo=UTC))))
            == "y1y1605y1969"
        )

    #: Known to the year, the month, the day; two to the minute, on either side of a midnight in New York.
    KNOWN = (
        document("y", published=day(1, 1), precision="year"),
        document("m", published=day(4, 1), precision="month"),
        document("d", published=day(3, 31), precision="day"),
        document("t", published=day(4, 1) + timedelta(hours=3, minutes=59), precision="minute"),
        document("u", published=day(4, 1) + timedelta(hours=4), precision="minute"),
        document("n"),
    )

    @pytest.mark.parametrize(
        ("text", "west", "utc", "east"),
        [
            ("date:2024-03-31", "dt", "d", "d"),
            ("date:2024-04-01", "mu", "mtu", "mtu"),
            ("date:2024-03", "dt", "d", "d"),
            ("date:2023", "", "", ""),
            ("date:2024", *["ymdtu"] * 3),
            ("date:2024-01", *"yyy"),
            ("date:2024-02", "", "", ""),
            ("date:2024-01-01..2024-03-31", "ydt", "yd", "yd"),
            ("after:2024-04", "mu", "mtu", "mtu"),
            ("before:2024-04", "ydt", "yd", "yd"),
            ("-date:2024-03-31", "ymun", "ymtun", "ymtun"),
            ("date:2024-03-31T00:00", *"ddd"),
            ("date:2024-03-31T00:01..2024-04-01T23:59", "mtu", "mtu", "mtu"),
            ("after:2024-04-01T03:59:30Z", "mu", "u", "u"),
        ],
    )
    def test_a_day_is_that_day_in_every_zone(self, engine, text, west, utc, east):
        engine.add(self.KNOWN)
        answers = []
        for zone in ("America/New_York", "UTC", "Asia/Tokyo"):
            tree = parse(text, ParseContext(zone=ZoneInfo(zone))).tree
            answers.append(found(engine, tree))
            if isinstance(tree, DateRange):
                assert found(engine, Everything(), start=tree.start, end=tree.end) == answers[-1]
        assert answers == ["".join(sorted(ids)) for ids in (west, utc, east)]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("date:2011-12-29", "1"), ("date:2011-12-30", "2"), ("date:2011-12-31", "34")],
    )
    def test_a_day_that_a_zone_never_had_has_what_is_known_to_be_of_it(
        self, engine, text, expected
    ):
        days = [datetime(2011, 12, number, tzinfo=UTC) for number in (29, 30, 31)]
        engine.add(document(f"{n}", published=day_) for n, day_ in enumerate(days, 1))
        engine.add([document("4", published=days[1] + timedelta(hours=12))])
        tree = parse(text, ParseContext(zone=ZoneInfo("Pacific/Apia"))).tree
        assert found(engine, tree) == expected

    def test_undated_articles_match_no_date_but_their_absence(self, news):
        assert found(news, Not(DateRange(None, None))) == "fgh"

    @pytest.mark.parametrize(
        ("tree", "sort", "expected"),
        [
            (Everything(), "newest", "dcbaefgh"),
            (Everything(), "oldest", "eabcdfgh"),
            (Everything(), "relevance", "dcbaefgh"),
            (Word("reuters", field="source"), "relevance", "ba"),
            (Word("missile"), "newest", "ca"),
            (Word("missile"), "oldest", "ac"),
        ],
    )
    def test_order(self, news, tree, sort, expected):
        assert "".join(ranked(news, tree, sort=sort)) == expected

    def test_scores_are_nothing_where_dates_order(self, news):
        request = SearchRequest(tree=Word("missile"), sort="newest", explain=True)
        hits = news.search(request).hits
        assert [(hit.score, hit.contributions) for hit in hits] == [(0.0, ())] * 2

    # Pages

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_pages_make_up_the_whole(self, engine, sort):
        engine.add(
            document(f"n{n:02}", "gold " * (n % 7 + 1), published=day(1, n % 3 + 1))
            for n in range(25)
        )
        whole = ranked(engine, Word("gold"), sort=sort)
        pages = [
            ranked(engine, Word("gold"), sort=sort, limit=4, offset=n) for n in range(0, 28, 4)
        ]
        assert list(itertools.chain(*pages)) == whole
        assert len(whole) == 25

    @pytest.mark.parametrize("offset", [2, 3, 1000, 2**40])
    def test_a_page_past_the_end_is_empty_with_the_true_total(self, news, offset):
        result = news.search(SearchRequest(tree=Word("missile"), offset=offset))
        assert (result.total, result.hits) == (2, ())

    def test_no_hits_asked_for_is_the_total_alone(self, news):
        result = news.search(SearchRequest(tree=Word("missile"), limit=0))
        assert (result.total, result.hits) == (2, ())

    # Facets

    def facet(self, engine: Engine, asked: FacetRequest, **request: object) -> FacetCounts:
        """Return one facet, which `search` and `facets` must agree about."""
        question = SearchRequest(facets=(asked,), **request)  # type: ignore[arg-type]
        counts = engine.search(question).facets[asked.field]
        assert engine.facets(question) == {asked.field: counts}
        return counts

    def test_facets_count_whole_names(self, news):
        counts = self.facet(news, FacetRequest("author"), tree=Word("missile"))
        expected = ["Bob Ray", "Lee Simon", "Olena Harmash", "Simon Lewis"]
        assert counts == FacetCounts(tuple(FacetValue(v, 1) for v in expected), 0, 0, 4)

    def test_a_facet_is_ordered_by_count_and_cut_to_size(self, news):
        counts = self.facet(news, FacetRequest("source", 2))
        expected = (FacetValue("Reuters", 2), FacetValue("AFP", 1))
        assert counts == FacetCounts(expected, other=1, missing=4, distinct=3)
        assert counts.more == 1

    @pytest.mark.parametrize("name", FIELDS.facets)
    def test_every_facet_can_be_counted_and_selected(self, engine, name):
        engine.add([FULL, document("other")])
        counts = self.facet(engine, FacetRequest(name))
        value = counts.values[0]
        assert (value.count, counts.missing) == (1, 1)
        chosen = (Selection(name, (value.value,)),)
        assert ranked(engine, Everything(), selections=chosen) == [FULL.article_id]

    def test_a_name_that_stands_twice_counts_once(self, engine):
        engine.add([FULL])
        counts = self.facet(engine, FacetRequest("author"))
        assert counts.values == (FacetValue("Ann Lee", 1), FacetValue("Bob O'Neil", 1))

    def test_commas_do_not_part_names(self, engine):
        engine.add([document("a", authors=("Lee, Ann", "Bob Ray, Jr."))])
        counts = self.facet(engine, FacetRequest("author"))
        assert [v.value for v in counts.values] == ["Bob Ray, Jr.", "Lee, Ann"]

    def test_each_of_several_topics_is_counted_and_selected(self, news):
        counts = self.facet(news, FacetRequest("topic"))
        expected = [("Air defence", 2), ("Aid, military", 1), ("Summits", 1)]
        assert counts.values == tuple(FacetValue(*each) for each in expected)
        chosen = (Selection("topic", ("AIR DEFENCE",)),)
        assert "".join(sorted(ranked(news, Everything(), selections=chosen))) == "ab"

    @pytest.mark.parametrize("blank", ["", " ", "\t\n"])
    def test_a_blank_value_is_missing(self, engine, blank):
        engine.add([document("a", source=blank, authors=(blank,))])
        assert self.facet(engine, FacetRequest("source")) == FacetCounts((), 0, 1, 0)
        assert self.facet(engine, FacetRequest("author")) == FacetCounts((), 0, 1, 0)

    @pytest.mark.parametrize(
        ("selections", "expected"),
        [
            ([Selection("source", ("Reuters",))], "ab"),
            ([Selection("source", ("Reuters", "AP"))], "abc"),
            ([Selection("source", (" reuters ",))], "ab"),
            ([Selection("author", ("ZOE MULLER",))], "d"),
            ([Selection("author", ("Lee",))], ""),
            ([Selection("author", ("Ann Lee", "Bob Ray"))], "bc"),
            ([Selection("author", ("Ann Lee",)), Selection("source", ("AP",))], ""),
            ([Selection("person", ("antony blinken",)), Selection("source", ("Reuters",))], "b"),
            ([Selection("source", ("nobody",))], ""),
            ([Selection("source", ("AP",)), Selection("source", ("Reuters",))], "abc"),
            ([Selection("source", ("", " "))], "abcdefgh"),
            ([Selection("source", ("", "AP"))], "c"),
            ([Selection("source", ())], "abcdefgh"),
        ],
    )
    def test_selections(self, news, selections, expected):
        assert found(news, Everything(), selections=tuple(selections)) == expected

    def test_a_facet_leaves_its_own_selection_out(self, news):
        request = SearchRequest(
            selections=(Selection("source", ("reuters",)), Selection("author", ("Ann Lee",))),
            facets=(FacetRequest("source"), FacetRequest("author"), FacetRequest("org")),
        )
        result = news.search(request)
        assert result.total == 1
        assert result.facets == {
            "source": FacetCounts((FacetValue("Reuters", 1, True),), 0, 0, 1),
            "author": FacetCounts(
                (
                    FacetValue("Ann Lee", 1, True),
                    FacetValue("Olena Harmash", 1),
                    FacetValue("Simon Lewis", 1),
                ),
                0,
                0,
                3,
            ),
            "org": FacetCounts((FacetValue("NATO", 1),), 0, 0, 1),
        }

    def test_a_facet_within_its_own_selection_counts_what_is_found(self, news):
        request = SearchRequest(
            selections=(Selection("author", ("simon lewis",)),),
            facets=(FacetRequest("author"), FacetRequest("source")),
            facets_within=True,
        )
        result = news.search(request)
        assert result.facets["author"] == FacetCounts(
            (FacetValue("Olena Harmash", 1), FacetValue("Simon Lewis", 1, True)), 0, 0, 2
        )
        assert news.facets(request) == result.facets
        left_out = news.facets(request._replace(facets_within=False))
        assert len(left_out["author"].values) > 2
        assert left_out["source"] == result.facets["source"]

    def test_a_selected_value_is_shown_beyond_the_size_and_at_nothing(self, news):
        counts = self.facet(
            news,
            FacetRequest("source", 1),
            selections=(Selection("source", ("AP", "Nobody")),),
        )
        assert counts == FacetCounts(
            (FacetValue("Reuters", 2), FacetValue("AP", 1, True), FacetValue("Nobody", 0, True)),
            other=1,
            missing=4,
            distinct=3,
        )
        assert counts.more == 1

    def test_a_selected_value_is_shown_at_nothing_as_articles_spell_it(self, engine):
        engine.add([document("a", source="The Quay"), document("b", "gold", source="Echo")])
        counts = self.facet(
            engine,
            FacetRequest("source"),
            tree=Word("gold"),
            selections=(Selection("source", ("the  quay", "no one")),),
        )
        assert counts.values == (
            FacetValue("Echo", 1),
            FacetValue("The Quay", 0, True),
            FacetValue("no one", 0, True),
        )

    @pytest.mark.parametrize(
        ("text", "expected", "other"),
        [
            ("reag", ["Don Regan-Reagan 1", "Ronald Reagan 2"], 0),
            ("REAGAN", ["Don Regan-Reagan 1", "Ronald Reagan 2"], 0),
            ("ron reag", ["Ronald Reagan 2"], 0),
            ("reag ron", ["Ronald Reagan 2"], 0),
            ("eagan", [], 0),
            ("nald", [], 0),
            ("al-ch", ["Fadhil al-Chalabi 1"], 0),
            ("chalabi", ["Fadhil al-Chalabi 1"], 0),
            ("zoë ó", ["Zoe Ólafs 1"], 0),
            ("r", ["Don Regan-Reagan 1", "Ronald Reagan 2"], 1),
            ("[", [], 0),
            ("don.*", [], 0),
            (" ", ["Don Regan-Reagan 1", "Ronald Reagan 2"], 3),
        ],
    )
    def test_a_facet_can_be_searched_inside(self, engine, text, expected, other):
        names = ("Ronald Reagan", "Don Regan-Reagan", "Fadhil al-Chalabi", "Zoe Ólafs", "Rita Roe")
        engine.add([document("a", authors=names), document("b", authors=names[:1]), document("c")])
        counts = self.facet(engine, FacetRequest("author", 2, text))
        assert sorted(f"{v.value} {v.count}" for v in counts.values) == expected
        assert (counts.other, counts.missing) == (other, 1)
        assert counts.more == (1 if other == 1 else len(names) - 2 if other else 0)

    def test_what_is_selected_is_shown_whatever_a_facet_is_searched_for(self, news):
        chosen = (Selection("author", ("Ann Lee", "Nobody")),)
        counts = self.facet(news, FacetRequest("author", 5, "mü"), selections=chosen)
        assert [(v.value, v.count, v.selected) for v in counts.values] == [
            ("Ann Lee", 1, True), ("Zoë Müller", 1, False), ("Nobody", 0, True)
        ]  # fmt: skip
        assert (counts.other, counts.distinct, counts.more) == (0, 2, 0)

    @pytest.mark.parametrize(
        ("excluded", "expected"),
        [
            ([("source", "reuters")], "cdefgh"),
            ([("source", "AP"), ("source", "AFP")], "abefgh"),
            ([("author", "zoe muller"), ("source", "Reuters")], "cefgh"),
            ([("person", "antony blinken")], "acdefgh"),
            ([("source", "nobody")], "abcdefgh"),
            ([("source", " ")], "abcdefgh"),
        ],
        ids=lambda value: " ".join(map("=".join, value)) if isinstance(value, list) else "",
    )
    def test_articles_with_an_excluded_value_are_left_out(self, news, excluded, expected):
        out = tuple(Selection(field, (value,)) for field, value in excluded)
        assert found(news, Everything(), excluded=out) == expected

    def test_a_facet_counts_without_its_own_excluded_values(self, news):
        out = (Selection("source", ("Reuters",)),)
        counts = self.facet(news, FacetRequest("source"), excluded=out)
        assert [value.value for value in counts.values] == ["AFP", "AP"]
        assert (counts.missing, counts.distinct) == (4, 2)

    def test_a_value_both_selected_and_excluded_finds_nothing(self, news):
        chosen = (Selection("source", ("Reuters",)),)
        assert found(news, Everything(), selections=chosen, excluded=chosen) == ""

    @pytest.mark.parametrize(
        ("spellings", "shown"),
        [
            (["World", "WORLD", "world", "World"], "World 4"),
            (["Black", "black"], "Black 2"),
            (["BLACK", "black"], "BLACK 2"),
            (["BLACK", "Black"], "Black 2"),
            (["NATO", "Nato", "NATO"], "NATO 3"),
            (["Bo  Ray", "Bo Ray"], "Bo Ray 2"),
            (["Bo\tRay", "Bo  Ray", "Bo\tRay"], "Bo\tRay 3"),
            (["Zurich", "Zürich"], "Zürich 2"),
            (["Zurich", "Zürich", "Zurich"], "Zurich 3"),
            (["O’Neil", "O'Neil", "O'NEIL"], "O'Neil 3"),
            (["Jane Roe", "JANE ROE", "Jané Roe", "Jane Roe", "Bo"], "Jane Roe 4, Bo 1"),
            (["!!!", "???"], "!!! 1, ??? 1"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    @pytest.mark.parametrize("batches", ["one batch", "a batch each"])
    def test_values_that_differ_in_case_accents_or_blanks_are_one(
        self, engine, spellings, shown, batches
    ):
        articles = [
            document(f"{n}", source=value, authors=(value,)) for n, value in enumerate(spellings)
        ]
        for batch in [articles] if batches == "one batch" else [[each] for each in articles]:
            engine.add(batch)
        for name in ("source", "author"):
            counts = self.facet(engine, FacetRequest(name))
            assert ", ".join(f"{v.value} {v.count}" for v in counts.values) == shown
            for value in counts.values:
                chosen = (Selection(name, (value.value,)),)
                assert engine.count(SearchRequest(selections=chosen)) == value.count
        assert engine.stats().facet_values["author"] == shown.count(",") + 1

    def test_an_article_with_two_spellings_of_a_value_counts_once(self, engine):
        engine.add([document("a", authors=("Ann Lee", "ANN LEE")), document("b", authors=("Bo",))])
        chosen = (Selection("author", ("ann lee",)),)
        counts = self.facet(engine, FacetRequest("author"), selections=chosen)
        assert counts == FacetCounts((FacetValue("Ann Lee", 1, True), FacetValue("Bo", 1)), 0, 0, 2)

    def test_a_value_is_shown_as_most_articles_that_are_left_spell_it(self, engine):
        engine.add([document(f"{n}", source="Reuters") for n in range(2)])
        engine.add([document(f"x{n}", source="REUTERS") for n in range(3)])
        shown = []
        for gone in ((), ("x0",), ("x1",), ("0", "1")):
            engine.delete(gone)
            (value,) = self.facet(engine, FacetRequest("source")).values
            shown.append((value.value, value.count))
        assert shown == [("REUTERS", 5), ("Reuters", 4), ("Reuters", 3), ("REUTERS", 1)]

    @pytest.mark.parametrize(
        ("field", "expected"),
        [("author", "abcde"), ("source", "abcd"), ("section", "ab"), ("topic", "ab"), ("lang", "abcf"),
         ("collection", "a"), ("person", "b"), ("org", "b"), ("place", "ab"), ("entity", "ab"),
         ("url", "a"), ("title", "abcdef"), ("body", "abcdefg"), ("date", "abcde")],
    )  # fmt: skip
    def test_articles_with_a_value_and_without(self, news, field, expected):
        tree = parse(f"{field}:*").tree
        rest = "".join(sorted(set("abcdefgh") - set(expected)))
        assert (found(news, tree), found(news, Not(tree))) == (expected, rest)
        assert all(not hit.score for hit in news.search(SearchRequest(tree=tree)).hits)
        if field in FIELDS.facets:
            request = SearchRequest(without=(field,), facets=(FacetRequest(field),))
            assert found(news, Everything(), without=(field,)) == rest
            assert news.facets(request)[field].missing == len(rest)

    def test_text_without_a_word_is_no_value(self, engine):
        engine.add(
            [document("a", "!!!", title="...", url="-"), document("b", "x", title="y", url="z")]
        )
        for field in ("title", "body", "url"):
            assert found(engine, HasValue(field)) == "b"

    def test_what_is_without_a_value_is_an_alternative_to_those_selected(self, news):
        request = SearchRequest(
            selections=(Selection("source", ("AP",)),),
            without=("source", "section"),
            facets=(FacetRequest("source", 1), FacetRequest("section"), FacetRequest("lang")),
        )
        assert (
            found(news, Everything(), selections=request.selections, without=request.without)
            == "cefgh"
        )
        facets = news.facets(request)
        assert facets["source"].missing == 4
        assert facets["section"] == FacetCounts((), 0, 5, 0)
        assert facets["lang"].missing == 3
        within = news.facets(request._replace(facets_within=True))
        assert within["source"] == FacetCounts((FacetValue("AP", 1, True),), 0, 4, 1)

    def test_a_facet_with_many_values_of_equal_counts_is_in_order(self, engine):
        names = [f"{chr(97 + n * 7 % 26).upper()}{n:03}" for n in range(300)]
        engine.add([document(f"{n:03}", authors=(name,)) for n, name in enumerate(names)])
        engine.add([document("x", authors=("b000", "Zzz")), document("y", authors=("Zzz",))])
        counts = self.facet(engine, FacetRequest("author", 4))
        assert [(v.value, v.count) for v in counts.values] == [
            ("Zzz", 2), ("A000", 1), ("A026", 1), ("A052", 1),
        ]  # fmt: skip
        assert (counts.other, counts.distinct) == (len(names) + 1 - 3, len(names) + 2)
        whole = self.facet(engine, FacetRequest("author", 1000))
        assert [v.value for v in whole.values] == ["Zzz", *sorted([*names, "b000"])]
        chosen = (Selection("author", (names[299], "nobody")),)
        beyond = self.facet(engine, FacetRequest("author", 2), selections=chosen)
        assert [(v.value, v.count) for v in beyond.values] == [
            ("Zzz", 2), ("A000", 1), (names[299], 1), ("nobody", 0),
        ]  # fmt: skip
        assert beyond.other == len(names) + 1 - 2

    def test_facets_forget_what_was_replaced_and_deleted(self, news):
        news.add([document("a", source="AP")])
        news.delete(["d"])
        counts = self.facet(news, FacetRequest("source"))
        assert counts.values == (FacetValue("AP", 2), FacetValue("Reuters", 1))

    @pytest.mark.parametrize(
        "request_",
        [
            SearchRequest(facets=(FacetRequest("title"),)),
            SearchRequest(selections=(Selection("body", ("x",)),)),
            SearchRequest(without=("title",)),
            SearchRequest(excluded=(Selection("title", ("x",)),)),
            SearchRequest(limit=-1),
            SearchRequest(offset=-1),
        ],
        ids=["facet", "selection", "without", "excluded", "limit", "offset"],
    )
    def test_unknown_facets_and_negative_numbers_are_refused(self, news, request_):
        with pytest.raises(RequestError, match=r"title|body|-1"):
            news.search(request_)
        with pytest.raises(RequestError, match=r"title|body|-1"):
            news.facets(request_)

    # Histogram

    def histogram(self, engine: Engine, interval: str, **request: object) -> Histogram:
        wanted = HistogramRequest(
            interval,  # type: ignore[arg-type]
            **{name: request.pop(name) for name in ("zone", "max_bins") if name in request},  # type: ignore[arg-type]
        )
        histogram = engine.search(SearchRequest(histogram=wanted, limit=0, **request)).histogram  # type: ignore[arg-type]
        assert histogram is not None
        return histogram

    @pytest.mark.parametrize(
        ("interval", "expected"),
        [
            ("week", "2024-10-28:1 2024-11-04:0 2024-11-11:3 2024-11-18:0 2024-11-25:1 -:3"),
            ("month", "2024-10-01:1 2024-11-01:3 2024-12-01:1 -:3"),
            ("year", "2024-01-01:5 -:3"),
            ("decade", "2020-01-01:5 -:3"),
            ("century", "2000-01-01:5 -:3"),
        ],
    )
    def test_a_histogram_fills_gaps(self, news, interval, expected):
        assert counts_of(self.histogram(news, interval)) == expected

    def test_a_histogram_has_every_day_from_first_to_last(self, news):
        bins = self.histogram(news, "day").bins
        assert [b.day for b in bins] == [
            date(2024, 10, 31) + timedelta(days=number) for number in range(32)
        ]
        assert {b.day.isoformat()[5:]: b.count for b in bins if b.count} == {
            "10-31": 1, "11-13": 2, "11-14": 1, "12-01": 1
        }  # fmt: skip
        assert [b.start for b in bins[:2]] == [day(10, 31), day(11, 1)]

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            ({"tree": Word("missile")}, "2024-11-13:1 2024-11-14:1 -:0"),
            ({"selections": (Selection("source", ("reuters",)),)}, "2024-11-13:2 -:0"),
            ({"tree": Word("platinum")}, "-:0"),
            ({"tree": words("习近平")}, "-:1"),
            ({"start": bound(day(11, 30))}, "2024-11-30:0 2024-12-01:1 -:0"),
            ({"end": bound(day(11, 3))}, "2024-10-31:1 2024-11-01:0 2024-11-02:0 -:0"),
            ({"end": bound(day(11, 1) + timedelta(microseconds=1))}, "2024-10-31:1 2024-11-01:0 -:0"),
            ({"start": bound(day(11, 13)), "end": bound(day(11, 14))}, "2024-11-13:2 -:0"),
            ({"start": bound(day(9, 1)), "end": bound(day(9, 3))}, "2024-09-01:0 2024-09-02:0 -:0"),
            ({"start": bound(day(12, 2))}, "-:0"),
            ({"end": bound(day(1, 1))}, "-:0"),
            ({"start": bound(day(9, 3)), "end": bound(day(9, 1))}, "-:0"),
            ({"start": bound(day(9, 3)), "end": bound(day(9, 3))}, "-:0"),
            (
                {"start": bound(day(9, 3), ZoneInfo("America/New_York")), "end": bound(day(9, 3))},
                "-:0",
            ),
            ({"tree": DateRange(bound(day(11, 14)), bound(day(12, 1)))}, "2024-11-14:1 -:0"),
        ],
        ids=[
            "words", "selection", "nothing", "undated", "from", "to", "into the day", "both", "none between",
            "none after", "none before", "wrong order", "no time", "no time between zones", "dates of the query",
        ],
    )  # fmt: skip
    def test_a_histogram_counts_what_is_found(self, news, request_, expected):
        assert counts_of(self.histogram(news, "day", **request_)) == expected

    @pytest.mark.parametrize(
        ("max_bins", "expected"),
        [(32, "day"), (31, "week"), (5, "week"), (4, "month"), (3, "month"), (2, "year")],
    )
    def test_a_histogram_of_too_many_bins_is_coarser(self, news, max_bins, expected):
        histogram = self.histogram(news, "day", max_bins=max_bins)
        assert histogram.interval == expected
        assert len(histogram.bins) <= max_bins

    @pytest.mark.parametrize(
        ("instant", "interval"),
        [
            ("2027-07-27T00:00", "day"),
            ("2027-07-28T00:00", "week"),
            ("2108-01-31T00:00", "month"),
            ("2108-02-01T00:00", "year"),
            ("3024-01-01T00:00", "decade"),
            ("9999-12-31T23:59:59.999999", "decade"),
            ("0001-01-01T00:00", "decade"),
        ],
    )
    def test_a_histogram_is_bounded(self, news, instant, interval):
        """At most 1,000 bins though one date is far off; by decade the whole calendar has 1,000."""
        published = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        news.add([document("z", published=published)])
        histogram = self.histogram(news, "day")
        assert histogram.interval == interval
        assert sum(b.count for b in histogram.bins) == 6
        centuries = {
            b.day.year // 100: b.count for b in self.histogram(news, "day", max_bins=1).bins
        }
        assert centuries.pop(20) + centuries.pop(published.year // 100, 0) == 6
        assert not any(centuries.values())

    @pytest.mark.parametrize(
        ("zone", "interval", "instants", "starts", "counts"),
        [
            (
                "Europe/Berlin", "month",  # winter time, then summer time
                ["2024-02-29T22:59", "2024-02-29T23:00", "2024-03-31T21:59", "2024-03-31T22:00"],
                ["2024-01-31T23:00", "2024-02-29T23:00", "2024-03-31T22:00"], [1, 2, 1],
            ),
            (
                "Europe/Berlin", "day",  # 25 hours
                ["2024-10-26T22:00", "2024-10-27T22:59", "2024-10-27T23:00"],
                ["2024-10-26T22:00", "2024-10-27T23:00"], [2, 1],
            ),
            (
                "America/Sao_Paulo", "day",  # midnight was skipped
                ["2018-11-04T02:59", "2018-11-04T03:00"],
                ["2018-11-03T03:00", "2018-11-04T03:00"], [1, 1],
            ),
            (
                "America/Havana", "day",  # midnight came twice
                ["2024-11-03T03:59", "2024-11-03T04:00", "2024-11-03T05:00", "2024-11-04T05:00"],
                ["2024-11-02T04:00", "2024-11-03T04:00", "2024-11-04T05:00"], [1, 2, 1],
            ),
            (
                "Pacific/Apia", "day",  # there was no 30 December
                ["2011-12-30T09:59", "2011-12-30T10:00"],
                ["2011-12-29T10:00", "2011-12-30T10:00"], [1, 1],
            ),
            (
                "America/Goose_Bay", "day",  # at one past midnight it was the day before again
                ["2010-11-07T03:30"], ["2010-11-07T03:00"], [1],
            ),
            (
                "America/Toronto", "day",  # half past eleven became half past midnight
                ["1919-03-31T04:35", "1919-03-31T05:00"],
                ["1919-03-30T05:00", "1919-03-31T05:00"], [1, 1],
            ),
            (
                "America/New_York", "year", ["0001-01-01T00:00", "0002-01-01T04:56:01"],
                ["0001-01-01T00:00"], [2],
            ),
            (
                "Asia/Tokyo", "day", ["0001-01-01T00:00", "0001-01-02T00:00"],
                ["0001-01-01T00:00", "0001-01-01T14:41:01"], [1, 1],
            ),
            (
                "Asia/Tokyo", "week", ["9999-12-31T23:59:59.999999"], ["9999-12-26T15:00"], [1],
            ),
        ],
    )  # fmt: skip
    def test_days_of_a_histogram_are_those_of_the_zone(
        self, engine, zone, interval, instants, starts, counts
    ):
        engine.add(
            [
                document(
                    f"a{number}",
                    published=datetime.fromisoformat(instant).replace(tzinfo=UTC),
                    precision="second",
                )
                for number, instant in enumerate(instants)
            ]
        )
        bins = self.histogram(engine, interval, zone=ZoneInfo(zone)).bins
        assert [b.start for b in bins] == [
            datetime.fromisoformat(start).replace(tzinfo=UTC) for start in starts
        ]
        assert [b.count for b in bins] == counts

    @pytest.mark.parametrize(
        ("zone", "interval", "expected"),
        [
            ("America/New_York", "month", "2024-01-01:1 2024-02-01:0 2024-03-01:2 2024-04-01:2 -:1"),
            ("Asia/Tokyo", "month", "2024-01-01:1 2024-02-01:0 2024-03-01:1 2024-04-01:3 -:1"),
            ("America/New_York", "year", "2024-01-01:5 -:1"),
        ],
    )  # fmt: skip
    def test_a_histogram_counts_a_day_as_that_day(self, engine, zone, interval, expected):
        engine.add(self.KNOWN)
        assert counts_of(self.histogram(engine, interval, zone=ZoneInfo(zone))) == expected

    @pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Tokyo", "Pacific/Apia"])
    def test_each_count_of_a_histogram_is_what_a_query_for_its_day_finds(self, engine, zone):
        engine.add(self.KNOWN)
        context = ParseContext(zone=ZoneInfo(zone))
        for counted in self.histogram(engine, "day", zone=context.zone).bins:
            tree = parse(f"date:{counted.day}", context).tree
            assert len(found(engine, tree)) == counted.count

    def test_a_histogram_forgets_what_was_replaced_and_deleted(self, news):
        news.add([document("a", published=day(10, 1)), document("b")])
        news.delete(["c", "e"])
        expected = "2024-10-01:1 2024-11-01:0 2024-12-01:1 -:4"
        assert counts_of(self.histogram(news, "month")) == expected

    def test_there_is_only_a_histogram_where_one_is_asked_for(self, news):
        assert news.search(SearchRequest()).histogram is None

    # Explanations, spellings, stats

    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            ("misile", ("missile", "missiles")),
            ("missile", ("missiles",)),
            ("blinkne", ("blinken",)),
            ("platinum", ()),
        ],
    )
    def test_spellings(self, news, form, expected):
        assert news.spellings(form) == expected

    @pytest.mark.parametrize(
        ("beginning", "expected"),
        [
            ("gol", ("golden", "gold")),
            ("golds", ()),
            ("", ()),
            ("z", ("zurich",)),
            ("ann", ("ann",)),
        ],
    )
    def test_completions_are_by_frequency_then_alphabet(self, engine, beginning, expected):
        engine.add(
            [
                document("a", "golden gold", title="gold", authors=("Ann Lee",)),
                document("b", "Golden Zürich"),
                document("c", "golf"),
            ]
        )
        engine.delete(["c"])
        assert engine.completions(beginning) == expected
        assert engine.completions(beginning, limit=1) == expected[:1]

    def test_spellings_are_by_distance_then_frequency_then_alphabet(self, engine):
        engine.add(
            [document("a", "golf gold bold"), document("b", "bold scolds"), document("c", "scolds")]
        )
        assert engine.spellings("colds", limit=10) == ("scolds", "bold", "gold")
        assert engine.spellings("colds", limit=1) == ("scolds",)

    def test_stats_say_who_looked_for_names_by_language(self, engine):
        def found(article_id, tagger, **fields):
            made = document(article_id, **fields)
            return made._replace(enrichment=replace(made.enrichment, tagger=tagger))

        engine.add(
            [
                found("a", "fast 2", language="en"),
                found("b", "fast 2", language="en"),
                found("c", "fast 2"),
                found("d", "", language="de"),
                found("e", "spacy:x 3", language="de"),
                found("f", "", language="de"),
                found("g", "", language="de"),
            ]
        )
        engine.delete(["g"])
        engine.add([found("a", "spacy:x 3", language="en")])

        assert sorted(engine.stats().tagged) == [
            ("", "de", 2),
            ("fast 2", "", 1),
            ("fast 2", "en", 1),
            ("spacy:x 3", "de", 1),
            ("spacy:x 3", "en", 1),
        ]

    def test_stats(self, engine):
        engine.add([*NEWS, FULL])
        engine.delete(["d"])
        stats = engine.stats()
        assert (stats.articles, stats.oldest, stats.newest) == (
            8,
            (FULL.article.published, "second"),
            (day(11, 14), "day"),
        )
        assert stats.facet_values == {
            "author": 7, "source": 3, "section": 2, "topic": 5, "person": 2, "org": 1, "place": 3,
            "lang": 3, "collection": 2,
        }  # fmt: skip

    @pytest.mark.parametrize("precision", ["year", "day", "second"])
    def test_stats_say_how_exactly_the_ends_are_known(self, engine, precision):
        engine.add([document("a", published=day(1, 1), precision=precision), document("b")])
        assert engine.stats().oldest == engine.stats().newest == (day(1, 1), precision)

    def test_stats_have_the_most_exact_of_equal_dates(self, engine):
        engine.add(
            document(precision, published=day(1, 1), precision=precision)
            for precision in ("year", "minute", "day")
        )
        assert engine.stats().oldest == engine.stats().newest == (day(1, 1), "minute")

    def test_stats_of_undated_articles_have_no_dates(self, engine):
        engine.add([document("a", "gold")])
        assert (engine.stats().oldest, engine.stats().newest) == (None, None)

    def test_terms_are_counted_once_however_often_they_occur(self, engine):
        engine.add([document("a", "gold zinc gold"), document("b", "zinc")])
        engine.add([document("c", "gold tin")])
        assert engine.count_terms() == 3

    # Agreement with the oracle

    def test_agrees_with_the_memory_engine_after_any_edits(self, tmp_path):
        def opened() -> Engine:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            return self.open_at(folder, Settings(max_expansions=MAX_EXPANSIONS))

        assert_agrees(opened, assert_same_meaning, self.scoring)
