"""What commits give to documents: when they came, how often they changed; over merges, and with a clock put back."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from search.engines.records import entities_as_lists
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.columns import ColumnFile, FileOf, write_columns
from search.engines.whoosh_index.format.documents import GIVEN_COLUMNS, GivenColumn
from search.engines.whoosh_index.format.stored import (
    LENGTHS,
    UNREADABLE,
    Records,
    article_part,
)
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.write import given
from search.model.article import (
    NO_ENTITIES,
    Document,
    Enrichment,
    Entities,
    Entity,
    Mention,
)
from search.model.errors import IndexDamaged
from search.model.fields import FIELDS
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine

RECORDS = Records(FIELDS)
TAGGED = Enrichment(Entities(people=(Entity("Ann Lee"),)), "tests 2")

#: What one commit adds, or the ids of what it deletes.
EDITS = st.lists(
    st.lists(
        st.builds(
            lambda article_id, body, enrichment: document(article_id, body=body)._replace(
                enrichment=enrichment
            ),
            st.sampled_from("abcde"),
            st.sampled_from(["gold", "silver"]),
            st.sampled_from([Enrichment(), TAGGED]),
        ),
        min_size=1,
        max_size=4,
    )
    | st.frozensets(st.sampled_from("abcde"), max_size=2),
    max_size=20,
)


def came(engine: WhooshEngine | MemoryEngine) -> dict[str, tuple[int, int]]:
    """Return for each id its place in the order in which the documents came, and its revision."""
    documents = {found.article_id: found for found in engine.documents()}
    instants = sorted({found.added for found in documents.values() if found.added is not None})
    return {
        article_id: (instants.index(found.added), found.revision)
        for article_id, found in documents.items()
        if found.added is not None
    }


@settings(max_examples=30, deadline=None)
@drawn(EDITS)
def test_after_any_edits_documents_have_what_the_oracle_gives(
    edits: list[list[Document] | frozenset[str]],
) -> None:
    """Small commits are merged several times."""
    memory = MemoryEngine()
    with TemporaryDirectory() as folder, closing(WhooshEngine(folder, make=True)) as engine:
        for edit in edits:
            for either in (memory, engine):
                if isinstance(edit, list):
                    either.add(edit)
                else:
                    either.delete(edit)
        assert came(engine) == came(memory)
        assert engine.verify() == ()


def clock_at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    monkeypatch.setattr(given.time, "time_ns", lambda: int(instant.timestamp()) * 10**9)


def added(engine: WhooshEngine, article_id: str) -> datetime:
    found = engine.get(article_id)
    assert found is not None
    assert found.added is not None
    return found.added


def test_what_comes_is_later_than_all_before_also_when_the_clock_was_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2030, 5, 6, tzinfo=UTC)
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        clock_at(monkeypatch, now)
        engine.add([document("a")])
        assert added(engine, "a") == now
        clock_at(monkeypatch, now.replace(year=2020))
        engine.add([document("b")])
    with closing(WhooshEngine(tmp_path)) as engine:
        engine.add([document("c")])
        microseconds = [added(engine, i).microsecond for i in "abc"]
        assert [added(engine, i).replace(microsecond=0) for i in "abc"] == [now] * 3
        assert microseconds == [0, 1, 2]


def test_what_was_deleted_is_not_forgotten_when_the_clock_was_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No segment is left that knows of it; who has seen it must see what comes later."""
    now = datetime(2030, 5, 6, tzinfo=UTC)
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        clock_at(monkeypatch, now)
        engine.add([document("a")])
        engine.delete(["a"])
        clock_at(monkeypatch, now.replace(year=2020))
        engine.add([document("b")])
        assert added(engine, "b") > now
        assert engine.stats().segments == 1


@pytest.mark.parametrize(
    "numbers", [[0], [7, 7, 7], [3, 1, 3], list(range(300)), [-5, 2**62, -(2**63)]], ids=str
)
def test_what_is_given_is_read_as_it_was_written(tmp_path: Path, numbers: list[int]) -> None:
    column = GIVEN_COLUMNS[1]
    of = FileOf("given", "x", 1, len(numbers))
    write_columns(tmp_path / "x", of, GivenColumn.columns(column, np.array(numbers)))
    found = GivenColumn(ColumnFile(tmp_path / "x", of, whole=True), column, len(numbers))
    assert found.numbers().tolist() == [found[n] for n in range(len(numbers))] == numbers
    assert found.largest == max(numbers)


@pytest.mark.parametrize("numbers", [[-1], [0, 1, 2], [70_000, -1, 5]], ids=str)
def test_own_numbers_are_read_as_they_were_written(tmp_path: Path, numbers: list[int]) -> None:
    column = GIVEN_COLUMNS[-1]
    of = FileOf("given", "x", 1, len(numbers))
    write_columns(tmp_path / "x", of, GivenColumn.columns(column, np.array(numbers)))
    found = GivenColumn(ColumnFile(tmp_path / "x", of, whole=True), column, len(numbers))
    assert found.numbers().tolist() == [found[n] for n in range(len(numbers))] == numbers
    assert found.largest == max(numbers)
    with pytest.raises(IndexDamaged, match="x: column story does not fit the documents"):
        GivenColumn(ColumnFile(tmp_path / "x", of, whole=True), column, len(numbers) + 1)


@pytest.mark.parametrize(
    ("values", "ordinals"),
    [([1, 2], []), ([1, 2], [0, 1]), ([1, 2], [0, 1, 2]), ([1], [0, 0, 0]), ([], [])],
    ids=str,
)
def test_what_is_given_to_other_documents_is_damage(
    tmp_path: Path, values: list[int], ordinals: list[int]
) -> None:
    of = FileOf("given", "x", 1, 3)
    columns = {
        "added.values": np.array(values, np.int64),
        "added.ordinals": np.array(ordinals, np.uint8),
    }
    write_columns(tmp_path / "x", of, columns.items())
    with pytest.raises(IndexDamaged, match="x: column added does not fit the documents"):
        GivenColumn(ColumnFile(tmp_path / "x", of, whole=True), GIVEN_COLUMNS[1], 3)


def without(folder: Path, *names: str) -> SegmentReader:
    """Write what is given to the documents of the first segment anew without some columns."""
    name = read_toc(folder, latest_generation(folder)).segments[0]
    path = folder / name.given_file()
    file = ColumnFile(path)
    kept = {
        name: file[name].copy()
        for column in GIVEN_COLUMNS
        if column.name not in names
        for name in (column.name, f"{column.name}.values", f"{column.name}.ordinals")
        if name in file
    }
    path.unlink()
    write_columns(path, name.given_of(), kept.items())
    return SegmentReader(folder, name)


def test_an_index_without_a_column_is_read_and_says_so(tmp_path: Path) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a"), document("b")])
        assert list(engine.lacking()) == []
    left_out = ["added", "revision", "story"]
    assert list(without(tmp_path, *left_out).lacking()) == left_out
    with closing(WhooshEngine(tmp_path)) as engine:
        assert engine.lacking() == tuple(left_out)
        assert engine.get("a") == document("a")
        assert engine.verify() == ()
        engine.add([document("a", body="gold"), document("c")])
        found = {d.article_id: d for d in engine.documents()}
        assert [found[i].added is None for i in "abc"] == [False, True, False]
        assert [found[i].revision for i in "abc"] == [1, 0, 0]
        assert found["b"].story == -1
        assert min(found["a"].story, found["c"].story) >= 0


@pytest.mark.parametrize(
    "change",
    [
        lambda before: before._replace(enrichment=TAGGED),
        lambda before: before._replace(enrichment=Enrichment(tagger="other 1")),
        lambda before: before._replace(added=datetime.now(UTC), revision=9),
    ],
    ids=["tagged", "by another", "published"],
)
def test_equal_articles_have_equal_parts_of_what_is_stored(
    change: Callable[[Document], Document],
) -> None:
    one = document("a", title="T", body="gold", authors=("Ann",))
    assert article_part(RECORDS.encode(one)) == article_part(RECORDS.encode(change(one)))


@pytest.mark.parametrize(
    "other",
    [
        document("a", title="Tg", body="old", authors=("Ann",)),
        document("a", title="T", body="gold", authors=("Anna",)),
        document("a", title="T", body="gold "),
        document("b", title="T", body="gold", authors=("Ann",)),
    ],
    ids=["title and body part elsewhere", "author", "body", "id"],
)
def test_other_articles_have_other_parts(other: Document) -> None:
    one = document("a", title="T", body="gold", authors=("Ann",))
    assert article_part(RECORDS.encode(one)) != article_part(RECORDS.encode(other))


NAMES = st.text(
    st.sampled_from('ab "\\\n\t\x01\x7f/é北😀') | st.characters(exclude_categories=("Cs",)),
    max_size=6,
)
MENTIONS = st.lists(st.integers(0, 9), max_size=4).map(
    lambda gaps: tuple(Mention(sum(gaps[:n]), sum(gaps[: n + 1])) for n in range(0, len(gaps), 2))
)
ENTITIES = st.lists(
    st.builds(Entity, NAMES, MENTIONS, st.lists(NAMES, max_size=2).map(tuple)), max_size=3
).map(tuple)


@drawn(st.builds(Entities, ENTITIES, ENTITIES, ENTITIES), st.none() | st.just(NO_ENTITIES), NAMES)
def test_what_was_found_out_is_stored_as_json(
    entities: Entities, as_found: Entities | None, tagger: str
) -> None:
    enrichment = Enrichment(entities, tagger, as_found)
    one = document("a")._replace(enrichment=enrichment)
    encoded = RECORDS.encode(one)
    beside = encoded[LENGTHS.size :][: LENGTHS.unpack_from(encoded)[0]]
    expected = {"tagger": tagger, **entities_as_lists(entities)}
    if as_found is not None:
        expected["as_found"] = entities_as_lists(as_found)
    if tagger or entities:
        text = json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
        assert beside.decode() == text
        assert RECORDS.decode(encoded)[1] == enrichment
    else:
        assert beside == b""


def test_an_equal_article_is_told_without_decoding_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add(document(f"n{n}", body="gold") for n in range(5))
        with monkeypatch.context() as broken:
            broken.setattr(Records, "decode", None)
            engine.add(document(f"n{n}", body="gold")._replace(enrichment=TAGGED) for n in range(5))
        assert {d.revision for d in engine.documents()} == {0}


def test_what_was_found_out_is_made_when_asked_for_and_equals_what_was_stored() -> None:
    stored = document("a")._replace(enrichment=TAGGED)
    read = [RECORDS.decode(RECORDS.encode(stored))[1] for _ in range(5)]

    assert read[0] == TAGGED
    assert read[1] == TAGGED
    assert hash(read[2]) == hash(TAGGED)
    assert copy(read[3]) == TAGGED
    assert replace(read[4], tagger="tests 3") == Enrichment(TAGGED.entities, "tests 3")
    assert read[0] != Enrichment()


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'"people":[["Ann Lee"', b'"people":[[["n Lee"]'), (b'"people"', b'"pe0ple"')],
    ids=["a name is none", "a kind is missing"],
)
def test_what_was_found_out_and_cannot_be_read_is_damage(before: bytes, after: bytes) -> None:
    record = RECORDS.encode(document("a")._replace(enrichment=TAGGED))
    assert before in record
    with pytest.raises((IndexDamaged, *UNREADABLE)):
        repr(RECORDS.decode(record.replace(before, after))[1])
