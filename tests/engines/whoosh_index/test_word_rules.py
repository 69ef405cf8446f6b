"""An index whose words were found by older rules: it answers, says so, and a rebuild mends it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.ingest.rebuild import rebuild_index
from search.model.settings import Settings
from search.query.tree import Word
from tests.support.engine_samples import document
from tests.support.older_segments import without_column

REMARK = (
    "2 of the articles were indexed by older rules of what a word is, so that some may be missed; "
    "newssearch rebuild mends that"
)


def notices(engine: WhooshEngine) -> tuple[str, ...]:
    found = engine.search(SearchRequest(tree=Word("gold")))
    assert found.total
    return found.notices


def older_index(folder: Path) -> Path:
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add([document("a", "gold"), document("b", "gold"), document("c", "gold")])
        assert notices(engine) == ()
        engine.delete(["c"])
    without_column(folder, "word_rules")
    return folder


def test_an_index_with_older_words_says_so(tmp_path: Path) -> None:
    with closing(WhooshEngine(older_index(tmp_path))) as engine:
        assert notices(engine) == (REMARK,)
        assert REMARK in engine.remarks()
        assert engine.verify() == ()


def test_older_words_stay_so_among_new_ones(tmp_path: Path) -> None:
    limits = replace(WRITE_LIMITS, full_documents=4)
    with closing(WhooshEngine(older_index(tmp_path), write_limits=limits)) as engine:
        engine.add([document("d", "gold"), document("e", "gold")])
        engine.delete(["d"])
        assert engine.stats().segments == 1
        assert notices(engine) == (REMARK,)


def test_a_rebuild_finds_the_words_anew(tmp_path: Path) -> None:
    folder = older_index(tmp_path)
    settings = Settings(lock_timeout_ms=0)
    rebuild_index(FolderRebuild(folder, settings), settings=settings)
    with closing(WhooshEngine(folder)) as engine:
        assert notices(engine) == ()
