"""Articles near a query in meaning that do not match it: the newest ones are compared, by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.pages import hits_of
from search.engines.opensearch.vectors import HEAD_FIELDS, IndexVectors, head_of
from search.engines.opensearch.view import View
from search.engines.protocol.result import EngineHit, SearchResult
from search.engines.rescoring.nearness import Passages
from search.text.arrays import Floats

#: Articles that are compared with a query at most, the newest ones: their vectors come over the network.
COMPARED = 20_000
#: Of these at once.
_AT_ONCE = 2_000


def near(matching: Question, insisted: Question, vectors: IndexVectors, limit: int) -> SearchResult:
    """Return articles near ``matching.request.meaning`` that *matching* does not find and *insisted* does, as `HasVectors.near` does."""
    meaning, view = matching.request.meaning, matching.view
    assert meaning is not None  # noqa: S101
    others = {"bool": {"filter": [insisted.query], "must_not": [matching.query]}}
    wanted = np.array(meaning.vector, np.float32)
    keys: list[str] = []
    scores: Floats = np.zeros(0, np.float32)
    looked_at, is_cut = 0, False
    hits = _newest(view, others)
    while part := list(islice(hits, _AT_ONCE)):
        looked_at += len(part)
        heads = [head_of(view, hit) for hit in part]
        rows, starts, has = vectors.passages_of(heads, meaning.model)
        known = [hit["_id"] for hit, is_known in zip(part, has, strict=True) if is_known]
        passages = Passages(rows, starts)
        found = passages.near(wanted) if len(rows) else np.zeros(len(part), np.float32)
        found[~passages.known] = -1
        keys += known
        scores = np.append(scores, found[np.array(has, bool)])
        if looked_at >= COMPARED:
            is_cut = next(hits, None) is not None
            break
    best = (-scores).argsort(kind="stable")[:limit]
    best = best[scores[best] >= meaning.least_nearness]
    shown = [(keys[place], float(scores[place])) for place in best.tolist()]
    notices: tuple[str, ...] = ()
    if is_cut:
        notices = (
            f"of the articles that the query does not find, only the newest {looked_at:,} were compared with its meaning",
        )
    return SearchResult(len(keys), _hits(insisted, shown), notices=notices)


def _newest(view: View, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return what matches a *query*, the newest first, with what says which revision each is."""
    body = {
        "query": query,
        "sort": [{"published": {"order": "desc", "missing": "_last"}}, {"id": "asc"}],
        "size": _AT_ONCE,
        "_source": list(HEAD_FIELDS),
        "track_total_hits": False,
    }
    return hits_of(view.search, body)


def _hits(question: Question, shown: list[tuple[str, float]]) -> tuple[EngineHit, ...]:
    view, fields = question.view, question.layout.fields
    body = {
        "query": {"terms": {"_id": [key for key, _ in shown]}},
        "size": len(shown),
        "track_total_hits": False,
    }
    hits = view.search(body)["hits"]["hits"] if shown else []
    sources = {hit["_id"]: hit["_source"] for hit in hits}
    return tuple(
        EngineHit(partial(view.document, sources[key], fields), score) for key, score in shown
    )
