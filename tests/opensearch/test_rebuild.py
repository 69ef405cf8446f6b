"""An index of a cluster made anew, checked, and copied: what is stored stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engines.opensearch.engine import OpenSearchEngine, erase
from search.engines.opensearch.location import Location
from search.engines.opensearch.rebuild import open_rebuild
from search.engines.opensearch.scoring import NOT_BY_CLUSTER
from search.engines.protocol.request import SearchRequest
from search.engines.staging import InputFile
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.copying import copy_index
from search.ingest.rebuild import rebuild_index
from search.model.article import Document
from search.model.errors import IndexDamaged
from search.model.settings import Settings
from search.query.tree import Word
from tests.opensearch.cluster import Nodes
from tests.opensearch.pool import SETTINGS, Pool
from tests.support.engine_samples import FULL, NEWS, document

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FILE = InputFile("/in/a.jsonl", 10, 20, "abc", "{}", "rules 1", articles=1)


@pytest.fixture
def location(cluster: Nodes) -> Iterator[Location]:
    """The place of an index that a test may rebuild, which leaves another one there."""
    location = Location(tuple(cluster.urls), "keep-rebuilt")
    erase(location)
    yield location
    erase(location)


@pytest.fixture
def engine(location: Location) -> Iterator[OpenSearchEngine]:
    with closing(OpenSearchEngine(location, make=True, settings=SETTINGS)) as engine:
        engine.add([*NEWS, FULL])
        engine.add([document("a", "gold"), document("w", "gold", is_withdrawn=True)])
        engine.add([document("e", "gold", embargoed_until=LATER)])
        engine.keep_text("notes", "kept")
        with engine.ledger() as ledger:
            ledger.claim({FILE.path: ["a"]})
            ledger.record([FILE])
        yield engine


def stored(engine: OpenSearchEngine | WhooshEngine) -> dict[str, Document]:
    return {d.article_id: d._replace(story=-1) for d in engine.stored_documents()}


def what_stays(document: Document) -> tuple[object, ...]:
    """Return what a rebuild does not find out anew."""
    article = document.article
    seen = article.is_withdrawn, article.embargoed_until
    return article.title, article.body, article.published, seen, document.added, document.revision


def test_who_scores_can_be_changed_by_a_rebuild_and_back(
    location: Location, engine: OpenSearchEngine
) -> None:
    native = SETTINGS._replace(opensearch_scoring="native", query_timeout_ms=0)
    found = []
    for settings in (native, SETTINGS):
        rebuild_index(open_rebuild(str(location), settings), settings=settings, entities="none")
        with closing(OpenSearchEngine(location, settings=native)) as asked:
            result = asked.search(SearchRequest(Word("gold")))
            found.append((asked.stats().scoring, result.total, result.notices))

    total = found[0][1]
    assert found == [("native", total, ()), ("exact", total, (NOT_BY_CLUSTER,))]


def test_a_rebuilt_index_has_all_that_it_had(location: Location, engine: OpenSearchEngine) -> None:
    before, generation = stored(engine), engine.control.manifest().generation
    revisions = engine.revisions("a")
    report = rebuild_index(
        open_rebuild(str(location), SETTINGS), settings=SETTINGS, entities="none"
    )

    assert report.articles == len(before)
    manifest = engine.control.manifest()
    assert manifest.physical.startswith("keep-rebuilt-2-")
    assert manifest.generation > generation
    now = stored(engine)
    assert {i: what_stays(d) for i, d in now.items()} == {
        i: what_stays(d) for i, d in before.items()
    }
    assert (engine.revisions("a"), engine.text("notes")) == (revisions, "kept")
    with engine.ledger() as ledger:
        assert ledger.claimants(["a"]) == {"a": [FILE.path]}
    engine.add([document("new", "gold")])
    assert engine.get("new") is not None
    assert engine.verify() == ()


def test_what_is_deleted_meanwhile_is_not_there_afterwards(
    location: Location, engine: OpenSearchEngine
) -> None:
    with open_rebuild(str(location), SETTINGS) as rebuild:
        rebuild.new.add(rebuild.documents())
        engine.delete(["b"])
        assert not rebuild.replace()
        assert engine.control.manifest().physical.startswith("keep-rebuilt-1-")
    # What was made is there for the next try.
    rebuild_index(open_rebuild(str(location), SETTINGS), settings=SETTINGS, entities="none")
    assert "b" not in stored(engine)
    assert engine.control.manifest().physical.startswith("keep-rebuilt-2-")


def test_a_document_that_was_changed_in_the_cluster_is_named(pool: Pool, tmp_path: Path) -> None:
    location = pool.empty_index()
    with closing(OpenSearchEngine(location)) as engine:
        engine.add([document("a", "gold"), document("b", "silver")])
        assert engine.verify() == ()
        physical, key = engine.control.manifest().physical, "b@1"
        body = {"doc": {"doc": {"body": "lead"}}}
        engine.connection.request("POST", f"/{physical}/_update/{key}", body, {"refresh": True})
        engine.views.forget()
        assert engine.verify() == ("article b: is not as it was written: its checksum differs",)
        assert engine.remarks()[0].startswith("OpenSearch ")
    pool.give_back(location)


def test_a_question_that_comes_while_indexes_are_swapped_is_answered(
    location: Location, engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest that it has read names an index that is gone when it opens a point in time."""
    manifests = [engine.control.manifest()]
    before = stored(engine).keys()
    rebuild_index(open_rebuild(str(location), SETTINGS), settings=SETTINGS, entities="none")
    newest = engine.control.manifest
    monkeypatch.setattr(
        engine.control, "manifest", lambda: manifests.pop() if manifests else newest()
    )
    engine.views.forget()

    assert stored(engine).keys() == before
    assert manifests == []


def test_what_others_put_into_the_cluster_is_said(pool: Pool) -> None:
    location = pool.empty_index()
    with closing(OpenSearchEngine(location)) as engine:
        engine.add([document("a", "gold")])
        path = f"/{engine.control.manifest().physical}/_doc/strange"
        engine.connection.request("PUT", path, {"id": "strange", "batch": 1}, {"refresh": True})
        engine.views.forget()

        with pytest.raises(IndexDamaged, match=r"cannot be read as it was written.* doctor says"):
            list(engine.documents())
        assert engine.verify() == ("article strange: cannot be read (KeyError)",)
    pool.give_back(location)


def test_a_copy_goes_there_and_back(pool: Pool, engine: OpenSearchEngine, tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path / "back", make=True)) as back:
        to_folder = copy_index(engine, back, Settings())
        location = pool.empty_index()
        with closing(OpenSearchEngine(location)) as third:
            to_cluster = copy_index(back, third, Settings())
            assert (to_folder.differences, to_cluster.differences) == ([], [])
            assert to_folder.checksum == to_cluster.checksum != ""
            assert stored(third) == stored(back) == stored(engine)
            assert third.revisions("a") == engine.revisions("a")
            with engine.ledger() as known, third.ledger() as ledger:
                assert list(ledger.files()) == list(known.files())
    pool.give_back(location)
