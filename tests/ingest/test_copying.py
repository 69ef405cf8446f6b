"""An index copied into another one: all that is kept of it, after a break too, and what differs is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engines.staging import InputFile, StagingEngine
from search.engines.whoosh_index.engine import WhooshEngine
from search.ingest.copying import CopyReport, copy_index
from search.model.article import Document, Provenance
from search.model.errors import EngineError
from search.model.settings import Settings
from tests.support.engine_samples import FULL, NEWS, document
from tests.support.memory_engine import MemoryEngine

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FILE = InputFile("/in/a.jsonl", 10, 20, "abc", "{}", "rules 1", articles=1)
#: Every document in a batch of its own.
SMALL = Settings(batch_articles=1)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[WhooshEngine]:
    """An index with a bit of everything."""
    with closing(WhooshEngine(tmp_path / "source", make=True)) as engine:
        where = Provenance("/café.jsonl", 3, "x", "", "records", LATER).packed()
        engine.add([*NEWS, FULL, document("p", "gold")._replace(packed_provenance=where)])
        engine.add([document("a", "another"), document("w", "gold", is_withdrawn=True)])
        engine.add([document("a", "a third"), document("e", "gold", embargoed_until=LATER)])
        engine.keep_text("hidden.toml", "# no rules\n")
        engine.keep_text("hidden.applied", "0")
        with engine.ledger() as ledger:
            ledger.claim({FILE.path: ["a", "b"], "/unread": ["c"]})
            ledger.record([FILE])
        yield engine


@pytest.fixture(params=["memory", "whoosh"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StagingEngine]:
    if request.param == "memory":
        yield MemoryEngine()
        return
    with closing(WhooshEngine(tmp_path / "target", make=True)) as engine:
        yield engine


def stored(engine: StagingEngine) -> dict[str, Document]:
    return {d.article_id: d._replace(story=-1) for d in engine.stored_documents()}


def copied(source: StagingEngine, target: StagingEngine) -> CopyReport:
    return copy_index(source, target, Settings())


def test_all_that_is_kept_is_copied(source: WhooshEngine, target: StagingEngine) -> None:
    report = copied(source, target)

    assert report.differences == []
    assert (report.copied, report.there, report.revisions, report.files) == (11, 0, 3, 2)
    assert stored(target) == stored(source)
    assert target.revisions("a") == source.revisions("a")
    assert target.text("hidden.toml") == "# no rules\n"
    assert target.text("hidden.applied") == "0"
    with source.ledger() as known, target.ledger() as ledger:
        assert sorted(ledger.files()) == sorted(known.files())
        assert sorted(ledger.claimants(["a"])["a"]) == [FILE.path]
        assert ledger.claimants(["c"]) == {"c": ["/unread"]}


def test_a_copy_of_a_copy_has_the_same_checksum(source: WhooshEngine, tmp_path: Path) -> None:
    memory = MemoryEngine()
    first = copied(source, memory)
    with closing(WhooshEngine(tmp_path / "third", make=True)) as third:
        second = copied(memory, third)
        assert (second.differences, second.checksum) == ([], first.checksum)
        assert stored(third) == stored(source)


def test_after_a_break_only_the_rest_is_copied(
    source: WhooshEngine, target: StagingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.ingest.copying._TOGETHER", 3)
    publish, calls = target.publish, []

    def broken(*args: object) -> int:
        calls.append(args)
        if len(calls) == 3:
            raise EngineError("the network went away")
        return publish(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(target, "publish", broken)
    with pytest.raises(EngineError, match="went away"):
        copy_index(source, target, SMALL)
    report = copy_index(source, target, SMALL)
    assert (report.there, report.copied, report.differences) == (6, 5, [])
    assert stored(target) == stored(source)


def test_what_changed_since_is_brought_up_to_date(
    source: WhooshEngine, target: StagingEngine
) -> None:
    copied(source, target)
    source.add([document("a", "a fourth"), document("new", "gold")])
    report = copied(source, target)
    assert (report.copied, report.there, report.differences) == (2, 10, [])
    assert stored(target) == stored(source)
    assert target.revisions("a") == source.revisions("a")


def test_what_only_the_copy_has_stays_and_is_named(
    source: WhooshEngine, target: StagingEngine
) -> None:
    target.add([document("other", "gold")])
    target.keep_text("hidden.toml", "# others\n")
    report = copied(source, target)
    assert report.differences == [
        "hidden.toml: the copy has rules of its own, which stay",
        "in the copy alone: 1 article, such as other",
    ]
    assert report.checksum == ""
    assert target.text("hidden.applied") == ""
    assert target.stored("other") is not None


@pytest.mark.parametrize("target", ["memory"], indirect=True)
def test_what_was_lost_on_the_way_is_said(
    source: WhooshEngine, target: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = target.publish

    def lossy(*args: object) -> int:
        count = publish(*args)  # type: ignore[arg-type]
        for article_id in "bc":
            del target._documents[article_id]
        elsewhere = Provenance("/elsewhere").packed()
        laid_out = target._documents["d"]
        wrong = laid_out.document._replace(packed_provenance=elsewhere)
        target._documents["d"] = replace(laid_out, document=wrong)
        return count

    monkeypatch.setattr(target, "publish", lossy)
    report = copied(source, target)
    assert report.differences == ["not in the copy: b, c", "not the same in the copy: d"]
    assert report.checksum == ""
