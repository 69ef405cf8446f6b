"""How exactly dates are known, in an index that was written without it: opened, merged, made anew."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import PublicationDate
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.documents import PRECISION_NUMBERS
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.ingest.rebuild import rebuild_index
from search.model.article import PRECISIONS
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import parse
from tests.support.engine_samples import document
from tests.support.older_segments import without_column

NEW_YORK = ZoneInfo("America/New_York")
DAY = datetime(2024, 11, 13, tzinfo=UTC)
ARTICLES = [
    document("day", published=DAY),
    document("instant", published=DAY, precision="second"),
    document("undated"),
]


def test_every_precision_has_a_number() -> None:
    assert list(PRECISION_NUMBERS) == list(PRECISIONS)


def found(engine: WhooshEngine, text: str) -> list[str]:
    """Return the ids of what is found by *text* as it is read in New York."""
    tree = parse(text, ParseContext(zone=NEW_YORK)).tree
    hits = engine.search(SearchRequest(tree=tree)).hits
    return sorted(hit.article.article_id for hit in hits)


def test_without_precisions_dates_are_instants_and_the_index_says_so(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(ARTICLES)
        assert engine.lacking() == ()
        assert found(engine, "date:2024-11-13") == ["day"]
    without_column(tmp_path, "precisions")
    with closing(WhooshEngine(tmp_path)) as engine:
        assert engine.lacking() == ("precisions",)
        assert any("precisions; newssearch rebuild" in remark for remark in engine.remarks())
        assert engine.verify() == ()
        assert found(engine, "date:2024-11-12") == ["day", "instant"]
        assert engine.stats().newest == PublicationDate(DAY, "second")
        assert engine.get("day") is not None


def test_merging_makes_precisions_of_the_articles(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(ARTICLES)
    without_column(tmp_path, "precisions")
    limits = replace(WRITE_LIMITS, full_documents=4)
    with closing(WhooshEngine(tmp_path, write_limits=limits)) as engine:
        engine.add([document("new", published=DAY)])
        engine.delete(["undated"])
        assert engine.stats().segments == 1
        assert engine.lacking() == ()
        assert found(engine, "date:2024-11-13") == ["day", "new"]
        assert found(engine, "date:2024-11-12") == ["instant"]
        assert engine.stats().newest == PublicationDate(DAY, "second")


def test_a_rebuild_makes_precisions(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(ARTICLES)
    without_column(tmp_path, "precisions")
    settings = Settings(lock_timeout_ms=0)
    rebuild_index(FolderRebuild(tmp_path, settings), settings=settings)
    with closing(WhooshEngine(tmp_path)) as engine:
        assert engine.lacking() == ()
        assert found(engine, "date:2024-11-13") == ["day"]
