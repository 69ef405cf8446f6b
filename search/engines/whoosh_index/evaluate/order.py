"""The order of hits: by score, then by date, then by id."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from heapq import merge
from itertools import pairwise

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.stories import Stories
from search.text.arrays import Bools, Floats, Ints, UInt32s

#: Scores are sums of 32-bit numbers; less than this is what rounding leaves.
ROUNDING = 1e-4


def page(
    snapshot: Snapshot, documents: Ints, scores: Floats | None, sort: str, offset: int, end: int
) -> tuple[Ints, Floats]:
    """Return those of *documents* that rank from *offset* up to *end*, best first, and their scores.

    By score descending, equals by date as *sort* says, then by id: dates and ids are read only of
    those that are still in the running.
    """
    dates = snapshot.documents.dates
    # Ids do not matter where no two are equal.
    if scores is not None and sort != "oldest":
        best = kernels.top(documents, scores, dates, end)
        if best is not None:
            return best[0][offset:], best[1][offset:]
    numbers, own, order = _best(snapshot, documents, scores, sort, end)
    is_new = _are_new(own, order)
    if is_new.all():
        return numbers[offset:], own[offset:]
    # From the first on that is equal to the one at the offset.
    first = int(np.flatnonzero(is_new[: offset + 1])[-1])
    ranks, ids = (
        np.cumsum(is_new).tolist(),
        list(map(snapshot.article_id, numbers[first:].tolist())),
    )
    tied = sorted(range(first, len(ranks)), key=lambda at: (ranks[at], ids[at - first]))
    return numbers.take(tied[offset - first :]), own.take(tied[offset - first :])


def page_of_stories(
    snapshot: Snapshot,
    stories: Stories,
    documents: Ints,
    scores: Floats | None,
    sort: str,
    offset: int,
    end: int,
    looked_at: int,
    *,
    is_all: bool,
) -> list[tuple[int, float]] | None:
    """Return what `page` does of the best document of each story; *offset* and *end* count stories.

    None where the *looked_at* best of *documents* have fewer than *end* stories and are not all that is found.
    """
    groups = stories.groups
    if scores is not None and sort != "oldest":
        best = kernels.top(documents, scores, snapshot.documents.dates, looked_at)
        if best is not None:
            found = firsts_of_groups(as_rows(*best), groups.take(best[0]).tolist())
            return found[offset:end] if is_all or len(found) >= end else None
    numbers, own, order = _best(snapshot, documents, scores, sort, looked_at)
    of_groups = groups.take(numbers)
    is_first = _are_first(of_groups)
    counted = np.cumsum(is_first)
    if counted[-1] < end and not is_all:
        return None
    if counted[-1] <= offset:
        return []
    is_new = _are_new(own, order)
    # From the first on that is equal to the first of the page, up to the last that is equal to its last: who comes
    # first of equal ones decides which of its story is shown, but not which stories begin before them.
    at, last = counted.searchsorted((offset + 1, min(end, int(counted[-1])))).tolist()
    first = int(np.flatnonzero(is_new[: at + 1])[-1])
    after = last + 1 + int(np.append(is_new[last + 1 :], True).argmax())
    passed = int(counted[first]) - int(is_first[first])
    if first:
        # Stories that begin before the page are of no interest.
        seen = np.zeros(int(of_groups.max()) + 1, bool)
        seen[of_groups[:first]] = True
        seen[0] = False
        rows = first + np.flatnonzero(~seen[of_groups[first:after]])
    else:
        rows = np.arange(after)
    of_page = list(
        zip(
            np.cumsum(is_new).take(rows).tolist(),
            numbers.take(rows).tolist(),
            own.take(rows).tolist(),
            of_groups.take(rows).tolist(),
            strict=True,
        )
    )
    if not is_new[first:after].all():
        of_page.sort(key=lambda row: (row[0], snapshot.article_id(row[1])))
    ranked = [(document, score) for _, document, score, _ in of_page]
    return firsts_of_groups(ranked, [group for *_, group in of_page])[
        offset - passed : end - passed
    ]


def all_in_order(
    snapshot: Snapshot, documents: Ints, scores: Floats | None, sort: str
) -> Iterator[tuple[int, float]]:
    """Return all of *documents* with their scores in the order of `page`; they are sorted now, but for equal ones by id."""
    if not len(documents):
        return iter(())
    numbers, own, order = _best(snapshot, documents, scores, sort, len(documents))
    firsts = np.append(np.flatnonzero(_are_new(own, order)), len(numbers))
    return _with_equals_by_id(snapshot, numbers, own, firsts)


def _with_equals_by_id(
    snapshot: Snapshot, numbers: Ints, scores: Floats, firsts: Ints
) -> Iterator[tuple[int, float]]:
    """Yield documents and scores; from one of *firsts* up to the next, all are equal but for their ids."""
    for first, end in pairwise(firsts):
        score = float(scores[first])
        if end - first == 1:
            yield int(numbers[first]), score
            continue
        equal = np.sort(numbers[first:end])
        runs = [own.tolist() for own in _by_id_in_segments(snapshot, equal)]
        for document in merge(*runs, key=snapshot.article_id):
            yield document, score


def _by_id_in_segments(snapshot: Snapshot, documents: Ints) -> Iterator[Ints]:
    """Yield those of *documents*, which ascend, that are in one segment, in the order of their ids."""
    all_documents = snapshot.documents
    ends = documents.searchsorted([*all_documents.bases, all_documents.size]).tolist()
    for segment, base, first, end in zip(
        snapshot.segments, all_documents.bases, ends[:-1], ends[1:], strict=True
    ):
        if first < end:
            own = documents[first:end]
            yield own.take(segment.id_ranks[own - base].argsort())


def count_up_to(
    snapshot: Snapshot, documents: Ints, sort: str, instant: int, article_id: str
) -> int:
    """Return how many of *documents*, which ascend, come in the order of their dates up to that of an *instant* and id."""
    order = date_order(snapshot.documents.dates.take(documents), sort)
    own = int(date_order(np.array([instant]), sort)[0])
    equal = documents.compress(order == own)
    return int(np.count_nonzero(order < own)) + sum(
        bisect_right(run, article_id, key=lambda document: snapshot.article_id(int(document)))
        for run in _by_id_in_segments(snapshot, equal)
    )


def firsts_of_all(
    ranked: Iterator[tuple[int, float]], groups: UInt32s
) -> Iterator[tuple[int, float]]:
    """Yield those of *ranked* that are in group 0, and of each other group the first."""
    seen = bytearray(int(groups.max()) + 1)
    for document, score in ranked:
        group = int(groups[document])
        if not seen[group]:
            seen[group] = group > 0
            yield document, score


def first_of_stories(stories: Stories, documents: Ints) -> Ints:
    """Return which of *documents*, as indices, are of another story than all before them."""
    return np.flatnonzero(_are_first(stories.groups.take(documents)))


def _are_first(groups: Ints | UInt32s) -> Bools:
    """Return for each of some documents, given their groups, whether it is the first of its group, or in none."""
    is_first: Bools = groups == 0
    is_first[np.unique(groups, return_index=True)[1]] = True
    return is_first


def as_rows(documents: Ints, scores: Floats) -> list[tuple[int, float]]:
    """Return document and score of each hit."""
    return list(zip(documents.tolist(), scores.tolist(), strict=True))


def firsts_of_groups(ranked: list[tuple[int, float]], groups: list[int]) -> list[tuple[int, float]]:
    """Return those of *ranked* that are in group 0, and of each other group the first."""
    seen: set[int] = set()
    found = []
    for hit, group in zip(ranked, groups, strict=True):
        if group not in seen:
            found.append(hit)
            if group:
                seen.add(group)
    return found


def _best(
    snapshot: Snapshot, documents: Ints, scores: Floats | None, sort: str, size: int
) -> tuple[Ints, Floats, Ints]:
    """Return the *size* best of *documents*, their scores, and what ascends in the order of their dates.

    Best first, but in any order where both are equal. Ids decide only which of these are left out.
    """
    dates = snapshot.documents.dates
    # What is left of the documents, as indices.
    left = np.arange(len(documents))
    chosen: list[Ints] = []
    missing = size
    for is_date in (False, True):
        if is_date:
            keys: Ints | Floats = date_order(dates.take(documents.take(left)), sort)
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
    order = date_order(dates.take(numbers), sort)
    ranked = np.lexsort((order, -own))
    return numbers.take(ranked), own.take(ranked), order.take(ranked)


def _are_new(scores: Floats, order: Ints) -> Bools:
    """Return of each of some ranked documents whether it differs from the one before."""
    is_new = np.ones(len(scores), bool)
    is_new[1:] = (np.diff(scores) != 0) | (np.diff(order) != 0)
    return is_new


def date_order(dates: Ints, sort: str) -> Ints:
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
