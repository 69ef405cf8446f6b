"""The values of documents' fields as numbers, each distinct value kept once; what documents have of entities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.layout import FacetStream
from search.model.article import Document, Entities
from search.text.arrays import Numbers
from search.text.known_names import listed_forms


class FieldValues:
    """The values of one field over many documents."""

    def __init__(self) -> None:
        #: The number of each distinct value, in order of appearance.
        self._known: dict[str, int] = {}
        self._numbers: list[Numbers] = [np.zeros(0, np.int32)]
        self._counts: list[Numbers] = [np.zeros(0, np.int32)]
        self.held_bytes = 0

    def extend(self, of_documents: list[Sequence[str]]) -> None:
        """Take in the values of further documents, of each without repeats and blank ones."""
        before = len(self._known)
        numbers, counts, characters = kernels.numbered(of_documents, self._known)
        self._numbers.append(numbers)
        self._counts.append(counts)
        new = len(self._known) - before
        self.held_bytes += numbers.nbytes + counts.nbytes + characters + 200 * new

    def stream(self) -> FacetStream:
        return FacetStream(
            list(self._known), np.concatenate(self._numbers), np.concatenate(self._counts)
        )


class EntityValues(NamedTuple):
    """What documents have of the entities of one kind, a list for each of them."""

    #: As `Layout.values` has them.
    names: list[list[str]]
    #: As `Layout.texts` and `Layout.forms` have them, each as often as it is there.
    texts: list[list[str]]
    forms: list[list[str]]


def entity_values(documents: Iterable[Document], kinds: Sequence[str]) -> list[EntityValues]:
    """Return what *documents* have of the entities of each of *kinds*, attributes of `Entities`."""
    found = [document.enrichment.entities for document in documents]
    places, listed = map(Entities._fields.index, kinds), listed_forms()
    return [
        EntityValues(*kernels.entity_values([entities[at] for entities in found], listed))
        for at in places
    ]


def united(members: Sequence[EntityValues]) -> list[list[str]]:
    """Return the texts that documents have in all *members*, those of the first before others."""
    each = zip(*[member.texts for member in members], strict=True)
    return [list(chain.from_iterable(texts)) for texts in each]
