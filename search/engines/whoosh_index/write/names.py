"""Which names of an index are one: what its segments say of them, counted for `search.engines.joining`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from search.engines.joining.joins import Join, Months
from search.engines.joining.rule import joins_of
from search.engines.joining.spellings import APART, NameCounts, Vetoes
from search.engines.protocol.facets import facet_key
from search.engines.whoosh_index.format.documents import months_of
from search.engines.whoosh_index.format.layout import FORM_END, Layout
from search.engines.whoosh_index.segment.facets import ValuesReader
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.write.disk import read_text
from search.engines.whoosh_index.write.parts import Part
from search.text.arrays import Bools, Ints


def joins_in(
    folder: Path, parts: Sequence[Part], layout: Layout, instant: int
) -> dict[str, list[Join]]:
    """Return by facet which names of the documents that stay in *parts* are one.

    Documents that are not visible at *instant*, in microseconds, are left out. Raises `EngineError`.
    """
    counted = [_Names(part, instant) for part in parts]
    vetoes = Vetoes.of_text(read_text(folder, APART))
    counts = {
        kind: _counts_of(facet, [each for each in counted if each.documents])
        for facet, kind in layout.entities.items()
    }
    joins: dict[str, list[Join]] = {facet: [] for facet in layout.entities}
    facets = {kind: facet for facet, kind in layout.entities.items()}
    for join in joins_of(counts, vetoes):
        joins[facets[join.kind]].append(join)
    return joins


class _Names:
    """The documents of one segment whose names count."""

    def __init__(self, part: Part, instant: int) -> None:
        self.reader: SegmentReader = part.reader
        stays = np.zeros(len(part.reader), bool)
        stays[part.kept()] = True
        if "visible_from" in part.reader.columns:
            stays &= part.reader.column("visible_from") <= instant
        self.documents = int(np.count_nonzero(stays))
        #: None where all do.
        self._stays: Bools | None = None if self.documents == len(stays) else stays

    def totals(self, values: ValuesReader) -> list[int]:
        """Return how many documents have each value."""
        ordinals = values.ordinals
        if self._stays is not None:
            starts: Ints = values.starts.astype(np.int64)
            ordinals = ordinals[np.repeat(self._stays, starts[1:] - starts[:-1])]
        found: list[int] = np.bincount(ordinals, minlength=len(values.values)).tolist()
        return found

    def months(self, facet: str, ordinals: Ints) -> Iterator[tuple[int, int, int]]:
        """Yield which of *ordinals*, which ascend, documents of which month have, and how many."""
        reader = self.reader
        values = reader.facet(facet)
        is_wanted = np.zeros(len(values.values), bool)
        is_wanted[ordinals] = True
        at = np.flatnonzero(is_wanted[values.ordinals])
        documents = np.searchsorted(values.starts, at, "right") - 1
        if self._stays is not None:
            stays = self._stays[documents]
            at, documents = at[stays], documents[stays]
        months = months_of(reader.dates[documents], reader.precisions[documents])
        number = np.searchsorted(ordinals, values.ordinals[at])
        pairs, counts = np.unique(np.stack((number, months)), axis=1, return_counts=True)
        yield from zip(*pairs.tolist(), counts.tolist(), strict=True)


def _counts_of(facet: str, segments: Sequence[_Names]) -> NameCounts:
    """Return what *segments* say of the names of a facet."""
    totals: dict[str, int] = {}
    keys: dict[str, str] = {}
    written: dict[tuple[str, str], int] = {}
    for segment in segments:
        reader = segment.reader.facet(facet)
        found = segment.totals(reader)
        names = reader.values.all()
        if not totals and 0 not in found:
            totals = dict(zip(names, found, strict=True))
            keys = dict(zip(names, reader.keys.all(), strict=True))
        else:
            for name, key, number in zip(names, reader.keys.all(), found, strict=True):
                if number:
                    totals[name] = totals.get(name, 0) + number
                    keys[name] = key
        forms = segment.reader.forms(facet)
        if forms is not None:
            for text, number in zip(forms.values.all(), segment.totals(forms), strict=True):
                form, _, name = text.partition(FORM_END)
                if number:
                    written[form, name] = written.get((form, name), 0) + number

    def of_months(names: Collection[str]) -> Mapping[str, Months]:
        months: dict[str, dict[int, int]] = {name: {} for name in names}
        for segment in segments:
            own = segment.reader.facet(facet).values.all()
            ordinals = [number for number, name in enumerate(own) if name in months]
            if not ordinals:
                continue
            for number, month, articles in segment.months(facet, np.array(ordinals)):
                of_name = months[own[ordinals[number]]]
                of_name[month] = of_name.get(month, 0) + articles
        return months

    # Most are known; a form may be the name of nothing.
    return NameCounts(totals, of_months, written, lambda name: keys.get(name) or facet_key(name))
