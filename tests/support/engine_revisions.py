"""What an engine does that keeps what a changed article was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.engines.protocol.engine import KeepsRevisions, Revision
from search.engines.protocol.request import SearchRequest
from search.engines.staging import Given
from search.model import clock
from search.model.article import Provenance
from search.model.settings import Settings
from search.query.tree import Word
from tests.support.engine_samples import EngineSuite, document, found
from tests.support.staging import staged

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def bodies(engine: KeepsRevisions, article_id: str = "a") -> list[tuple[int, str]]:
    return [(each.number, each.document.article.body) for each in engine.revisions(article_id)]


class EngineRevisions(EngineSuite):
    """An engine that is a `search.engines.protocol.engine.KeepsRevisions` too."""

    def test_what_an_article_was_is_kept_whole(self, engine):
        where = Provenance("/a.jsonl", 3, "", "", "records").packed()
        one = document("a", "gold", title="One", authors=("Ann Lee",))
        engine.add([one._replace(packed_provenance=where), document("b", "gold")])
        before = engine.get("a")
        engine.add([document("a", "silver")])
        after = engine.get("a")
        [kept] = engine.revisions("a")
        assert kept.document._replace(story=-1) == before._replace(story=-1)
        assert kept.number == 0
        assert kept.replaced == after.added
        assert engine.revisions("b") == ()
        assert engine.revisions("nobody") == ()

    def test_it_is_never_searched_nor_counted(self, engine):
        engine.add([document("a", "gold")])
        engine.add([document("a", "silver")])
        assert found(engine, Word("gold")) == ""
        assert engine.count(SearchRequest()) == 1
        assert engine.stats().articles == 1
        assert [d.article.body for d in engine.documents()] == ["silver"]

    def test_each_change_makes_one_and_nothing_else_does(self, engine):
        engine.add([document("a", "1"), document("b", "1")])
        engine.add([document("a", "1"), document("c", "1")])
        engine.add([document("a", "1")._replace(packed_provenance=Provenance("/b").packed())])
        assert engine.revisions("a") == ()
        for body in ("2", "3", "1"):
            engine.add([document("a", body)])
        assert bodies(engine) == [(0, "1"), (1, "2"), (2, "3")]

    def test_of_several_new_ones_only_the_last_counts(self, engine):
        engine.add([document("a", "1")])
        engine.add([document("a", "2"), document("a", "3")])
        assert bodies(engine) == [(0, "1")]

    def test_the_last_ones_are_kept(self, engine):
        for number in range(14):
            engine.add([document("a", str(number))])
        assert bodies(engine) == [(n, str(n)) for n in range(3, 13)]
        assert engine.count_revisions()[:2] == (10, 1)

    @pytest.mark.parametrize("most", [0, 2])
    def test_the_setting_says_how_many(self, tmp_path: Path, most: int):
        engine = self.open_at(tmp_path / "few", Settings(kept_revisions=most))
        for number in range(5):
            engine.add([document("a", str(number))])
        assert bodies(engine) == [(n, str(n)) for n in range(4 - most, 4)]

    def test_those_of_a_deleted_article_go_with_it(self, engine):
        engine.add([document("a", "1"), document("b", "1")])
        engine.add([document("a", "2"), document("b", "2")])
        engine.delete(["a"])
        assert engine.revisions("a") == ()
        engine.add([document("a", "3")])
        engine.add([document("a", "4")])
        assert bodies(engine) == [(0, "3")]
        assert bodies(engine, "b") == [(0, "1")]
        assert engine.count_revisions()[:2] == (2, 2)

    def test_they_can_be_forgotten(self, engine):
        engine.add([document("a", "1"), document("b", "1")])
        engine.add([document("a", "2"), document("b", "2")])
        engine.forget_revisions(["a", "nobody"])
        assert bodies(engine) == []
        assert bodies(engine, "b") == [(0, "1")]
        engine.add([document("a", "3")])
        assert bodies(engine) == [(1, "2")]

    def test_what_its_publisher_takes_back_leaves_none(self, engine):
        engine.add([document("a", "1")])
        engine.add([document("a", "2")])
        engine.add([document("a", "3", is_withdrawn=True)])
        assert engine.revisions("a") == ()
        engine.add([document("a", "4")])
        assert bodies(engine) == []
        engine.add([document("a", "5")])
        assert bodies(engine) == [(3, "4")]

    def test_an_embargo_holds_for_what_was_replaced_too(self, engine, monkeypatch):
        engine.add([document("a", "1")])
        engine.add([document("a", "2", embargoed_until=LATER)])
        assert engine.revisions("a") == ()
        engine.add([document("a", "3")])
        assert bodies(engine) == [(0, "1")]
        monkeypatch.setattr(clock, "now", lambda: LATER + timedelta(days=1))
        assert bodies(engine) == [(0, "1"), (1, "2")]

    def test_all_that_is_kept_can_be_gone_over_seen_or_not(self, engine):
        engine.add([document("a", "1"), document("b", "1"), document("c", "1")])
        engine.add([document("a", "2"), document("b", "2", embargoed_until=LATER)])
        engine.add([document("a", "3", embargoed_until=LATER), document("b", "3")])
        kept = {(d.article_id, d.article.body) for d, _ in engine.stored_revisions()}
        assert kept == {("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")}
        engine.delete(["a"])
        assert {d.article_id for d, _ in engine.stored_revisions()} == {"b"}

    def test_those_of_another_index_can_be_kept(self, engine):
        engine.add([document("a", "1"), document("b", "1")])
        engine.add([document("a", "2"), document("b", "2")])
        [of_b] = engine.revisions("b")
        engine.forget_revisions(["b"])
        came = datetime(2024, 5, 1, tzinfo=UTC)
        engine.publish([staged(engine, [document("a", "9")])], (), {"a": Given(came, 2)})
        other = document("a", "8")._replace(revision=1, added=datetime(2024, 4, 1, tzinfo=UTC))
        replaced = datetime(2024, 5, 1, 1, tzinfo=UTC)
        for _ in range(2):
            engine.keep_revisions([Revision(other, replaced), of_b])
        assert bodies(engine) == [(0, "1"), (1, "8")]
        assert engine.revisions("a")[1] == Revision(other, replaced)
        assert engine.revisions("b") == (of_b,)
        assert engine.count_revisions()[:2] == (3, 2)
        engine.add([document("a", "10")])
        assert bodies(engine) == [(0, "1"), (1, "8"), (2, "9")]

    def test_what_comes_from_another_index_is_no_change(self, engine):
        engine.add([document("a", "1")])
        waiting = staged(engine, [document("a", "2")])
        engine.publish([waiting], (), {"a": Given(datetime(2024, 5, 1, tzinfo=UTC), 7)})
        assert engine.revisions("a") == ()
