"""What an engine does that takes documents in several processes and publishes them at once."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.staging import Given, InputFile
from search.model.errors import RequestError
from search.model.question import Selection
from search.model.settings import Settings
from search.query.tree import Everything, Wildcard, Word
from tests.support.documents import as_given
from tests.support.engine_samples import EngineSuite, document, found
from tests.support.staging import staged


class EngineStaging(EngineSuite):
    """An engine that is a `search.engines.staging.Staging` too."""

    def test_what_is_staged_is_not_seen_before_it_is_published(self, news):
        waiting = staged(
            news, [document("a", "gold"), document("z", "gold"), document("z", "missile")]
        )
        assert (waiting.article_ids, waiting.documents) == (("a", "z"), 3)
        assert found(news, Word("missile")) == "ac"
        assert news.publish([waiting]) == 2
        assert found(news, Word("missile")) == "cz"
        assert found(news, Word("gold")) == "a"

    def test_several_are_published_at_once_and_the_last_of_one_id_counts(self, news):
        waiting = [
            staged(news, [document("x", "gold"), document("y", "gold")]),
            staged(news, []),
            staged(news, [document("a", "gold"), document("y", "silver"), document("b", "silver")]),
            staged(news, [document("x", "silver")]),
        ]
        assert news.publish(waiting, ["b", "c", "nobody"]) == 4
        assert found(news, Word("gold")) == "a"
        assert found(news, Word("silver")) == "bxy"
        assert found(news, Everything()) == "abdefghxy"
        assert as_given(news, "y") == document("y", "silver")

    def test_publishing_in_another_order_keeps_the_last_of_that_order(self, engine):
        first, second = staged(engine, [document("x", "1")]), staged(engine, [document("x", "2")])
        engine.publish([second, first])
        assert as_given(engine, "x") == document("x", "1")

    def test_what_is_left_out_is_not_published_and_replaces_nothing(self, engine):
        engine.add([document("w", "old"), document("x", "old"), document("y", "old")])
        first = staged(engine, [document("x", "1"), document("y", "1"), document("y", "2")])
        second = staged(engine, [document("x", "2"), document("w", "2")])
        third = staged(engine, [document("z", "3")])
        engine.publish(
            [
                first._replace(left_out=frozenset({"y"})),
                second._replace(left_out=frozenset({"x", "nobody"})),
                third._replace(left_out=frozenset({"z"})),
            ]
        )
        bodies = {i: engine.get(i).article.body for i in "wxy"}
        assert bodies == {"w": "2", "x": "1", "y": "old"}
        assert (engine.get("z"), engine.count(SearchRequest())) == (None, 3)

    def test_publishing_nothing_changes_nothing(self, news):
        assert news.publish([]) == 0
        assert news.publish([staged(news, [])]) == 0
        assert news.publish([], ["a"]) == 0
        assert found(news, Everything()) == "bcdefgh"

    def test_what_is_discarded_is_gone(self, news):
        unfinished, finished, published = news.stage(), news.stage(), news.stage()
        unfinished.add(document("z", body="gold"))
        finished.add(document("z", body="gold"))
        finished.finish()
        published.add(document("y", body="gold"))
        assert news.publish([published.finish()]) == 1
        for handle in (unfinished, finished, published, published):
            handle.discard()
        assert found(news, Word("gold")) == "y"

    def test_documents_can_be_staged_side_by_side(self, news):
        first, second = news.stage(), news.stage()
        for handle, word, ids in ((first, "gold", "xz"), (second, "silver", "yz")):
            for article_id in ids:
                handle.add(document(article_id, body=word))
        assert news.publish([first.finish(), second.finish()]) == 3
        assert found(news, Word("gold")) == "x"
        assert found(news, Word("silver")) == "yz"

    def test_documents_of_another_index_keep_what_that_gave_to_them(self, news):
        came = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
        given = {"a": Given(came, 3), "x": Given(came, 2), "nobody": Given(came, 1)}
        waiting = staged(news, [document("a", "silver"), document("x"), document("y")])
        assert news.publish([waiting], (), given) == 3
        a, x, y = (news.get(article_id) for article_id in "axy")
        assert [(each.added, each.revision) for each in (a, x)] == [(came, 3), (came, 2)]
        assert (y.added > news.get("b").added, y.revision) == (True, 0)

    def test_what_nobody_may_see_is_stored(self, engine):
        hidden = document("b", "gold", is_withdrawn=True)
        engine.add([document("a", "gold"), hidden])
        assert engine.get("b") is None
        assert engine.stored("b").article == hidden.article
        assert (engine.stored("a"), engine.stored("c")) == (engine.get("a"), None)
        assert sorted(d.article_id for d in engine.stored_documents()) == ["a", "b"]

    def test_ids_are_those_of_the_pages(self, news):
        asked = SearchRequest(tree=Word("missile"), limit=0, offset=9, sort="oldest")
        assert sorted(news.ids(asked)) == ["a", "c"]
        assert sorted(news.ids(SearchRequest())) == list("abcdefgh")
        with pytest.raises(RequestError):
            list(news.ids(SearchRequest(selections=(Selection("nowhere", ("x",)),))))

    def test_ids_are_of_one_generation(self, news):
        ids = news.ids(SearchRequest())
        news.delete(["a", "b"])
        assert sorted(ids) == list("abcdefgh")

    def test_stored_ids_are_of_what_nobody_may_see_too(self, news):
        news.add([document("y", "missile", is_withdrawn=True), document("z", "gold")])
        news.delete(["a"])
        asked = SearchRequest(tree=Word("missile"))
        assert sorted(news.stored_ids(asked)) == ["c", "y"]
        assert sorted(news.ids(asked)) == ["c"]

    def test_a_wildcard_stands_for_all_its_words_in_stored_ids(self, tmp_path):
        with closing(self.open_at(tmp_path / "few", Settings(max_expansions=2))) as engine:
            engine.add([document(i, f"gold{i}") for i in "abcde"])
            asked = SearchRequest(tree=Wildcard("gold*"))
            assert len(list(engine.ids(asked))) == 2
            assert sorted(engine.stored_ids(asked)) == list("abcde")

    def test_what_is_staged_can_be_asked_before_it_is_published(self, news):
        waiting = staged(
            news,
            [document("z", "missile"), document("a", "gold"), document("z", "gold"),
             document("y", "gold", is_withdrawn=True)],
        )  # fmt: skip
        asked = {
            w: sorted(news.stored_ids(SearchRequest(tree=Word(w)), waiting))
            for w in ("missile", "gold")
        }
        assert asked == {"missile": [], "gold": ["a", "y", "z"]}
        assert found(news, Word("gold")) == ""
        news.publish([waiting._replace(left_out=frozenset("a"))])
        assert found(news, Word("gold")) == "z"

    def test_an_index_keeps_texts(self, tmp_path):
        with closing(self.open_at(tmp_path / "index", Settings())) as engine:
            assert engine.text("hidden.toml") == ""
            engine.keep_text("hidden.toml", "# é\n")
            engine.keep_text("hidden.applied", "x")
            engine.keep_text("hidden.toml", "# ü\n")
            assert not engine.keep_text("hidden.applied", "y", before="z")
            assert engine.keep_text("hidden.applied", "y", before="x")
            engine.add([document("a")])
            engine.delete(["a"])
        with closing(self.open_at(tmp_path / "index", Settings())) as engine:
            assert (engine.text("hidden.toml"), engine.text("hidden.applied")) == ("# ü\n", "y")

    def test_what_comes_later_is_later_than_what_another_index_gave(self, engine):
        came = datetime.now(UTC) + timedelta(days=9)
        engine.publish([staged(engine, [document("a")])], (), {"a": Given(came, 0)})
        engine.add([document("b")])
        assert engine.get("b").added > engine.get("a").added == came

    def test_the_ledger_keeps_what_files_claim_until_they_give_it_up(self, engine):
        file = InputFile(path="/a", size_bytes=1, mtime_ns=2, digest="d", how="h", tagger="t")
        with engine.ledger() as ledger:
            ledger.claim({"/a": ["x", "y"], "/b": ["x"]})
            ledger.record([file])
            assert ledger.not_renewed(["/a"]) == {}
        with engine.ledger() as ledger:
            assert ledger.get("/a") == file._replace(articles=2)
            assert [f.is_current for f in ledger.files()] == [True, False]
            ledger.claim({"/a": ["x"]})
            assert (ledger.get("/a").is_current, ledger.not_renewed(["/a", "/b"])) == (
                False,
                {"/a": ["y"], "/b": ["x"]},
            )
            ledger.record([file], {"/a": ["y"]})
            assert ledger.get("/a") == file._replace(articles=1)
            [of_x] = ledger.claimants("xy").values()
            assert sorted(of_x) == ["/a", "/b"]
            ledger.remove(["/a"])
            assert (len(ledger), ledger.get("/a")) == (1, None)
            assert ledger.claimants("x") == {"x": ["/b"]}
