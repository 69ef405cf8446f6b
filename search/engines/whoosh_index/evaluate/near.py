"""Articles near a query in meaning that do not match it: all are compared, by brute force."""

from __future__ import annotations

from functools import partial

import numpy as np

from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit, SearchResult
from search.engines.whoosh_index.evaluate.answer import Answer
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.snapshot.vectors import Nearness
from search.query.tree import required_of

#: Articles that are compared with a query at most, the newest ones.
COMPARED = 100_000
#: Of these at once.
_AT_ONCE = 2048


def near(
    nearness: Nearness, request: SearchRequest, limit: int, limits: Limits, deadline: Deadline
) -> SearchResult:
    """Return documents near ``request.meaning`` that its tree does not match, as `HasVectors.near` does."""
    meaning, snapshot = request.meaning, nearness.snapshot
    assert meaning is not None  # noqa: S101
    plain = request._replace(
        limit=0, facets=(), histogram=None, counted=(), group=False, rank="plain", meaning=None
    )
    matching = Answer(snapshot, plain, limits, deadline).documents
    insisted = plain._replace(tree=required_of(plain.tree))
    fitting = Answer(snapshot, insisted, limits, deadline).documents
    others = np.setdiff1d(fitting, matching, assume_unique=True)
    others = others[nearness.has(others)]
    notices: tuple[str, ...] = ()
    if len(others) > COMPARED:
        notices = (
            f"of {len(others):,} articles that the query does not find, only the newest {COMPARED:,} "
            "were compared with its meaning",
        )
        dates = snapshot.documents.dates.take(others)
        others = np.sort(others[np.argpartition(-dates, COMPARED)[:COMPARED]])
    wanted = np.array(meaning.vector, np.float32)
    scores = np.zeros(len(others), np.float32)
    for begin in range(0, len(others), _AT_ONCE):
        deadline.check()
        scores[begin : begin + _AT_ONCE] = nearness.near(others[begin : begin + _AT_ONCE], wanted)
    # Of equal ones the first stored.
    best = (-scores).argsort(kind="stable")[:limit]
    best = best[scores[best] >= meaning.least_nearness]
    hits = tuple(
        EngineHit(partial(snapshot.document_at, document), score)
        for document, score in zip(others[best].tolist(), scores[best].tolist(), strict=True)
    )
    return SearchResult(len(others), hits, notices=notices)
