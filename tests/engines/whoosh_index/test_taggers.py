"""Which tagger has looked for names, in an index that was written without it: counted, merged, made anew."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.ingest.rebuild import rebuild_index
from search.model.article import Document
from search.model.settings import Settings
from tests.support.documents import document
from tests.support.older_segments import without_column


def found_by(tagger: str, article_id: str, language: str = "en") -> Document:
    made = document(article_id, language=language)
    return made._replace(enrichment=replace(made.enrichment, tagger=tagger))


def older(folder: Path) -> Path:
    """Make an index of three articles as an earlier version wrote it."""
    with closing(WhooshEngine(folder, make=True)) as engine:
        engine.add([found_by("fast 1", "a"), found_by("", "b", "de"), found_by("fast 1", "c")])
    without_column(folder, "taggers")
    return folder


def test_without_it_nobody_knows_and_the_index_says_so(tmp_path: Path) -> None:
    with closing(WhooshEngine(older(tmp_path))) as engine:
        assert engine.lacking() == ("taggers",)
        assert engine.verify() == ()
        assert engine.stats().tagged == ((None, "en", 2), (None, "de", 1))


def test_merging_makes_it_of_the_documents(tmp_path: Path) -> None:
    limits = replace(WRITE_LIMITS, full_documents=4)
    with closing(WhooshEngine(older(tmp_path), write_limits=limits)) as engine:
        engine.add([found_by("fast 2", "d")])
        engine.delete(["c"])
        assert engine.stats().segments == 1
        assert sorted(engine.stats().tagged) == [
            ("", "de", 1),
            ("fast 1", "en", 1),
            ("fast 2", "en", 1),
        ]


def test_a_rebuild_makes_it(tmp_path: Path) -> None:
    settings = Settings(lock_timeout_ms=0)
    rebuild_index(FolderRebuild(older(tmp_path), settings), settings=settings, entities="none")
    with closing(WhooshEngine(tmp_path)) as engine:
        assert engine.lacking() == ()
        assert sorted(engine.stats().tagged) == [("", "de", 1), ("", "en", 2)]
