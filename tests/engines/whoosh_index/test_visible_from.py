"""The column of when documents are visible: where it is, through merges and rebuilds, and what it costs without any."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from search.engines.protocol.request import SearchRequest
from search.engines.records import to_microseconds
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.documents import WITHDRAWN
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.rebuild import open_rebuild
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.ingest.rebuild import rebuild_index
from search.model.settings import Settings
from search.query.tree import Word
from tests.support.documents import document

ENDS = datetime(2090, 1, 1, tzinfo=UTC)
MERGING = replace(WRITE_LIMITS, full_documents=4)


def column(folder: Path) -> dict[str, int]:
    """Return the number of each document, by id; without what lies in segments that lack the column."""
    with closing(WhooshEngine(folder)) as engine:
        return {
            segment.ids[number]: int(segment.column("visible_from")[number])
            for segment in engine._index.current().whole
            if "visible_from" in segment.columns
            for number in segment.live_documents().tolist()
        }


def test_an_index_without_any_has_no_column_and_lacks_nothing(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a"), document("b")])
        assert engine.lacking() == ()
        (segment,) = engine._index.current().whole
        assert "visible_from" not in segment.columns
        assert engine._index.current().segments[0] is segment


def test_merging_keeps_it_and_unpacks_no_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(WhooshEngine(tmp_path, make=True, write_limits=MERGING)) as engine:
        engine.add([document("a"), document("b")])
        with monkeypatch.context() as patched:
            patched.setattr(
                "search.engines.whoosh_index.format.stored.StoredArticles.__getitem__", None
            )
            engine.add(
                [
                    document("c", embargoed_until=ENDS),
                    document("d", is_withdrawn=True, embargoed_until=ENDS),
                ]
            )
        assert engine.stats().segments == 1
    assert column(tmp_path) == {
        "a": UNDATED,
        "b": UNDATED,
        "c": to_microseconds(ENDS),
        "d": WITHDRAWN,
    }


def test_a_merge_that_leaves_none_leaves_no_column(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True, write_limits=MERGING)) as engine:
        engine.add([document("a"), document("b"), document("c", is_withdrawn=True)])
        engine.delete(["c"])
        engine.add([document("d"), document("e")])
        assert engine.stats().segments == 1
    assert column(tmp_path) == {}


def test_a_rebuild_carries_it(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", "gold"), document("b", "gold", embargoed_until=ENDS)])
    report = rebuild_index(open_rebuild(str(tmp_path), Settings()))
    assert report.articles == 2
    with closing(WhooshEngine(tmp_path)) as engine:
        assert (engine.stats().articles, engine.stats().embargoed) == (1, 1)
        assert engine.stored("b").article.embargoed_until == ENDS


HIDDEN = {
    "embargoed": {"embargoed_until": ENDS},
    "withdrawn": {"is_withdrawn": True},
}


@pytest.mark.parametrize("fields", HIDDEN.values(), ids=HIDDEN)
def test_no_word_of_what_nobody_may_see_comes_out_of_the_forward_column(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Neither by what is like an article nor by the words that set apart, or weigh in, what was found."""
    flood = [document(f"f{n}", "Flood", f"A flood drowned meadow {n}.") for n in range(5)]
    other = [document(f"o{n}", "Prices", f"Grain prices rose {n}.") for n in range(20)]
    secret = [
        document(f"s{n}", "Flood", "A flood of plutonium, meadow.", **fields) for n in range(5)
    ]
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([*flood, *other, *secret])
        assert engine.similar("s0") is None
        alike = engine.similar("f0", 100)
        assert alike is not None
        assert alike.words
        assert {hit.article.article_id for hit in alike.hits} <= {f"f{n}" for n in range(5)}
        asked = SearchRequest(tree=Word("flood"), rank="feedback", explain=True, significant=50)
        found = engine.search(asked)
        assert found.weighed
        assert found.significant is not None
        assert found.significant.words
        shown = {each.word for each in (*found.weighed, *found.significant.words)}
        shown |= {*alike.words, *(word for hit in alike.hits for word in hit.words)}
        assert "plutonium" not in shown
        assert all(each.everywhere <= 5 for each in found.significant.words)
        assert engine.spellings("plutonum") == ()
