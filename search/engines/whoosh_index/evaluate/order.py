"""The order of hits: by score, then by date, then by id."""

from __future__ import annotations

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Floats, Ints


def page(
    snapshot: Snapshot, documents: Ints, scores: Floats | None, sort: str, offset: int, end: int
) -> list[tuple[int, float]]:
    """Return those of *documents* that rank from *offset* up to *end*, best first, with their scores.

    By score descending, equals by date as *sort* says, then by id: dates and ids are read only of
    those that are still in the running.
    """
    dates = snapshot.documents.dates
    # Ids do not matter where no two are equal.
    if scores is not None and sort != "oldest":
        best = kernels.top(documents, scores, dates, end)
        if best is not None:
            return best[offset:]
    # What is left of the documents, as indices.
    left = np.arange(len(documents))
    chosen: list[Ints] = []
    missing = end
    for is_date in (False, True):
        if is_date:
            keys: Ints | Floats = _date_order(dates.take(documents.take(left)), sort)
        elif scores is not None:
            keys = -scores
        else:
            continue
        below, equal = _up_to(keys, missing)
        chosen.append(left.take(below))
        missing -= len(below)
        left = left.take(equal)
        if len(left) <= missing:
            break
    chosen.append(left if len(left) <= missing else _by_id(snapshot, documents, left, missing))
    found = np.concatenate(chosen)
    numbers = documents.take(found)
    own = np.zeros(len(found), np.float32) if scores is None else scores.take(found)
    order = _date_order(dates.take(numbers), sort)
    ranked = np.lexsort((order, -own))
    numbers, own, order = numbers.take(ranked), own.take(ranked), order.take(ranked)
    is_new = np.ones(len(ranked), bool)
    is_new[1:] = (np.diff(own) != 0) | (np.diff(order) != 0)
    if is_new.all():
        return list(zip(numbers[offset:].tolist(), own[offset:].tolist(), strict=True))
    # From the first on that is equal to the one at the offset.
    first = int(np.flatnonzero(is_new[: offset + 1])[-1])
    rows = zip(
        np.cumsum(is_new[first:]).tolist(),
        numbers[first:].tolist(),
        own[first:].tolist(),
        strict=True,
    )
    tied = sorted(rows, key=lambda row: (row[0], snapshot.article_id(row[1])))
    return [(document, score) for _, document, score in tied[offset - first :]]


def _date_order(dates: Ints, sort: str) -> Ints:
    """Return numbers that ascend in the order dates are shown in, undated last."""
    last = np.iinfo(np.int64).max
    order = dates if sort == "oldest" else -np.maximum(dates, UNDATED + 1)
    return np.where(dates == UNDATED, last, order)


def _up_to(keys: Ints | Floats, size: int) -> tuple[Ints, Ints]:
    """Return the indices of the keys below the *size*-th in order, and of those equal to it."""
    last = keys.max() if len(keys) <= size else np.partition(keys, size - 1)[size - 1]
    return np.flatnonzero(keys < last), np.flatnonzero(keys == last)


def _by_id(snapshot: Snapshot, documents: Ints, which: Ints, wanted: int) -> Ints:
    """Return those indices of *which* whose documents have the *wanted* first ids."""
    tied = documents.take(which)
    all_documents = snapshot.documents
    kept: list[Ints] = []
    for base, size, segment in zip(
        all_documents.bases, all_documents.sizes, snapshot.segments, strict=True
    ):
        first, end = tied.searchsorted((base, base + size))
        ranks = segment.id_ranks[tied[first:end] - base]
        if len(ranks) > wanted:
            kept.append(first + np.argpartition(ranks, wanted)[:wanted])
        else:
            kept.append(np.arange(first, end))
    found: list[int] = np.concatenate(kept).tolist()
    found.sort(key=lambda at: snapshot.article_id(int(tied[at])))
    return which.take(found[:wanted])
