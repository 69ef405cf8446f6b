"""The counts of a facet: how many of the documents found have each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from search.engines.protocol.facets import FacetCounts, FacetValue
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.model.question import FacetRequest
from search.text.arrays import Ints


def facet_counts(
    table: FacetTable, documents: Ints, wanted: FacetRequest, chosen: Mapping[str, Sequence[int]]
) -> FacetCounts:
    """Return how many of *documents* have each of the values *wanted*, most first, and of those chosen.

    *chosen* has for each value that is selected the ordinals of the values that it means.
    """
    if (
        not table.values and not chosen
    ):  # nearly every archive has facets that no article has a value in
        return FacetCounts((), 0, len(documents), 0)
    if not chosen and not wanted.text and not table.are_all(documents):  # as nearly always
        most = table.most(documents, wanted.size)
        names, found = table.values, []
        for ordinal, count in zip(most.ordinals.tolist(), most.counts.tolist(), strict=True):
            found.append(FacetValue(names[ordinal], count, False))
        found.sort(key=_most_first)
        other = most.total - sum([value.count for value in found])
        return FacetCounts(tuple(found), other, most.missing, most.distinct)
    selected = {ordinal for ordinals in chosen.values() for ordinal in ordinals}
    counts = every = table.with_selected(table.counts(documents), documents, selected)
    if wanted.text:
        asked_for = table.ordinals_with(wanted.text)
        counts = np.zeros_like(every)
        counts[asked_for] = every[asked_for]
    ranked = _most(counts, wanted.size)
    values = table.values
    shown = [*ranked, *sorted(n for n in selected.difference(ranked) if every[n])]
    found = [FacetValue(values[n], int(every[n]), n in selected) for n in shown]
    found.sort(key=_most_first)
    # What is selected is shown though nothing has it, so that it can be taken back.
    found += sorted(
        (
            FacetValue(values[ordinals[0]] if ordinals else asked, 0, True)
            for asked, ordinals in chosen.items()
            if not every[ordinals].any()
        ),
        key=lambda value: value.value,
    )
    other = int(counts.sum()) - int(counts[shown].sum())
    distinct = np.count_nonzero(counts) + sum(not counts[n] and every[n] > 0 for n in selected)
    return FacetCounts(tuple(found), other, table.missing(documents), int(distinct))


def _most_first(value: FacetValue) -> tuple[int, str]:
    return -value.count, value.value


def _most(counts: Ints, size: int) -> list[int]:
    """Return the ordinals of the *size* largest counts above 0, of equal ones the first."""
    # Counts that single precision makes equal are all returned: what follows ranks the counts themselves.
    ordinals, least = kernels.highest(counts.astype(np.float32), size)
    if not least:
        ordinals = counts.nonzero()[0]
    order = (-counts.take(ordinals)).argsort(kind="stable")
    found: list[int] = ordinals.take(order[:size]).tolist()
    return found
