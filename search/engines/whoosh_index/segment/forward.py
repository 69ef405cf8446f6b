"""The forward column of one segment: which words a document is heaviest in, and how often it has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.engines.whoosh_index.format.columns import ColumnFile
from search.text.arrays import Ints, Numbers, UInt8s, UInt16s, indices_of, starts_of

#: What comes before the names of its columns.
FORWARD = "text.forward"


class ForwardTerms(NamedTuple):
    """The terms of some documents of one segment, document by document.

    Those of document i, ascending, are ``terms[starts[i] : starts[i + 1]]``. `FamilyReader.term`
    says what a number stands for.
    """

    starts: Ints
    terms: Ints
    #: The weighted frequency of each, at most 255.
    weights: UInt8s

    @property
    def owners(self) -> Ints:
        """Of each term the document."""
        return np.arange(len(self.starts) - 1).repeat(np.diff(self.starts))


class ForwardReader:
    """Reads the column. Terms of a document ascend and are stored as what each is more than the one before.

    A step too long for 16 bits is several, of which the last alone has a weight.
    """

    def __init__(self, file: ColumnFile) -> None:
        self._starts: Numbers = file[FORWARD + ".starts"]
        self._steps: UInt16s = file[FORWARD + ".steps"]  # type: ignore[assignment]
        self._weights: UInt8s = file[FORWARD + ".weights"]  # type: ignore[assignment]

    @property
    def columns(self) -> tuple[Numbers, UInt16s, UInt8s]:
        """The columns as they are stored: where the terms of each document start, steps, weights."""
        return self._starts, self._steps, self._weights

    def of(self, documents: Ints) -> ForwardTerms:
        """Return the terms of *documents*."""
        first = self._starts[documents].astype(np.int64)
        widths = self._starts[documents + 1].astype(np.int64) - first
        at = indices_of(first, widths)
        starts = starts_of(widths)
        terms = starts_of(self._steps[at])
        terms = terms[1:] - terms[starts[:-1]].repeat(widths)
        weights = self._weights[at]
        kept = weights > 0
        if kept.all():
            return ForwardTerms(starts, terms, weights)
        return ForwardTerms(starts_of(kept)[starts], terms[kept], weights[kept])
