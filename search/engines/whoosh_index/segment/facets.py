"""The values of a facet in one segment."""

from __future__ import annotations

import numpy as np

from search.engines.protocol.facets import facet_key
from search.engines.whoosh_index.format.columns import ColumnFile, StringColumn
from search.engines.whoosh_index.format.layout import FacetStream
from search.text.arrays import Ints, indices_of


class ValuesReader:
    """Which of some strings each document of a segment has; a string is named by its *ordinal*."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        self.path = file.path
        self.values = StringColumn(file, f"{name}.values")
        #: Document *d* has the ordinals from ``starts[d]`` up to ``starts[d + 1]``.
        self.starts = file[f"{name}.starts"]
        self.ordinals = file[f"{name}.ordinals"]

    def stream(self, documents: Ints) -> FacetStream:
        """Return the values of *documents*, which ascend, to be merged."""
        starts: Ints = self.starts[documents].astype(np.int64)
        counts: Ints = self.starts[documents + 1].astype(np.int64) - starts
        ordinals = self.ordinals[indices_of(starts, counts)]
        used = np.unique(ordinals)
        return FacetStream(
            [self.values[number] for number in used.tolist()],
            np.searchsorted(used, ordinals),
            counts,
        )


class FacetReader(ValuesReader):
    """The values of one facet in one segment."""

    def __init__(self, file: ColumnFile, name: str) -> None:
        super().__init__(file, f"facet.{name}")
        #: What selecting each value compares (`facet_key`).
        self.keys = StringColumn(file, f"facet.{name}.keys")

    def ordinals_of(self, value: str) -> range:
        """Return the ordinals of all values that selecting *value* means (see `facet_key`)."""
        return self.keys.range_of(facet_key(value))
