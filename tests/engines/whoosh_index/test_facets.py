"""Facets and numbers of a new generation are made of those of the one before, not from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.protocol.facets import facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.columns import StringColumn
from search.engines.whoosh_index.segment import facets
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.facets import NO_VALUES, FacetValues
from search.engines.whoosh_index.write.limits import WRITE_LIMITS
from search.model.question import FacetRequest, Selection
from tests.support.documents import document

MERGE_FACTOR = WRITE_LIMITS.merge_factor
AUTHORS = SearchRequest(facets=(FacetRequest("author", 100),))


class Strings:
    """Stands in for the reader of a facet, and counts how often its values are read."""

    def __init__(self, strings: list[str]) -> None:
        self.values = self
        self.strings = strings
        self.read = 0

    def all(self) -> list[str]:
        self.read += 1
        return self.strings

    @property
    def keys(self) -> Strings:
        return self

    def hashes(self) -> np.ndarray:
        return np.array([hash(facet_key(string)) for string in self.strings], np.int64)


SEGMENTS = st.dictionaries(
    st.sampled_from("ABCDEF"), st.lists(st.sampled_from("abcdefghäöAÄ"), unique=True), max_size=5
)


@given(generations=st.lists(SEGMENTS, min_size=1, max_size=5))
def test_values_that_are_carried_on_are_those_made_from_nothing(
    generations: list[dict[str, list[str]]],
) -> None:
    # A segment never changes.
    content: dict[str, list[str]] = {}
    known = NO_VALUES
    for names in generations:
        readers = {name: Strings(content.setdefault(name, own)) for name, own in names.items()}
        before = set(known.of_segments)
        known = FacetValues.of(readers, known)  # type: ignore[arg-type]

        assert known.values == sorted(set().union(*(r.strings for r in readers.values())))
        found = {
            name: [known.values[ordinal] for ordinal in ordinals.tolist()]
            for name, ordinals in known.of_segments.items()
        }
        assert found == {name: reader.strings for name, reader in readers.items()}
        assert {name for name, reader in readers.items() if reader.read} == set(readers) - before
        assert known.keys.tolist() == [hash(facet_key(value)) for value in known.values]


@pytest.fixture
def engine(tmp_path: Path, read: list[int]) -> Iterator[WhooshEngine]:
    # Finding which names are one reads all values of entities.
    with closing(WhooshEngine(tmp_path / "index", make=True, joined_names=False)) as engine:
        engine.add([document(f"a{n}", "gold", authors=(f"Ann {n}", "Bo")) for n in range(5)])
        yield engine


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many values there are each time all values of a facet in a segment are read."""
    read: list[int] = []

    class Counted(StringColumn):
        def all(self) -> list[str]:
            found = super().all()
            read.append(len(found))
            return found

    monkeypatch.setattr(facets, "StringColumn", Counted)
    return read


def authors(engine: WhooshEngine) -> dict[str, int]:
    (found,) = engine.facets(AUTHORS).values()
    return {value.value: value.count for value in found.values}


def test_after_a_commit_only_the_values_of_new_segments_are_read(engine, read):
    assert authors(engine) == {"Bo": 5} | {f"Ann {n}": 1 for n in range(5)}
    assert read == [6]
    engine.add([document("b", "gold", authors=("Bo", "Aaron", "Zoe"))])
    del read[:]
    assert authors(engine) == {"Bo": 6, "Aaron": 1, "Zoe": 1} | {f"Ann {n}": 1 for n in range(5)}
    assert read == [3]


def test_after_a_deletion_no_value_is_read(engine, read):
    authors(engine)
    engine.delete(["a1"])
    del read[:]
    assert authors(engine) == {"Bo": 4} | {f"Ann {n}": 1 for n in (0, 2, 3, 4)}
    assert read == []


def test_values_that_nobody_asks_for_are_kept_for_whoever_does(engine, read):
    authors(engine)
    for name in "bc":
        engine.add([document(name, "gold", authors=("Bo",))])
        engine.count(SearchRequest())
    del read[:]
    assert authors(engine)["Bo"] == 7
    assert read == [1, 1]


def test_values_of_merged_segments_are_those_of_the_new_one(engine, read):
    authors(engine)
    engine.delete([f"a{n}" for n in range(4)])
    for number in range(WRITE_LIMITS.merge_factor):
        engine.add([document(f"b{number}", "gold", authors=("Cleo",))])
        authors(engine)
    assert engine.stats().segments < WRITE_LIMITS.merge_factor
    assert authors(engine) == {"Cleo": WRITE_LIMITS.merge_factor, "Bo": 1, "Ann 4": 1}
    request = SearchRequest(selections=(Selection("author", ("cleo", "ann 4", "nobody")),))
    assert engine.count(request) == WRITE_LIMITS.merge_factor + 1


def test_the_start_page_reads_no_dictionary(engine, monkeypatch):
    """It took a set of all words of all segments, after each commit."""

    def refused(segment: SegmentReader, name: str) -> None:
        raise RuntimeError("a dictionary was opened")

    monkeypatch.setattr(SegmentReader, "family", refused)
    stats = engine.stats()
    assert (stats.articles, stats.facet_values["author"]) == (5, 6)
    with pytest.raises(RuntimeError, match="dictionary"):
        engine.count_terms()
