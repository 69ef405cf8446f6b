"""Where an article stands in the answer to a question, and what stands before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit


class Standing(NamedTuple):
    """The rank of an article, from 1, among ``rows`` hits of ``total`` articles, and the ids before and after it, "" at an end.

    Of an article that is a copy of a hit it is that of the hit. ``page_before`` and ``page_after`` are the pages on which these are.
    """

    rank: int
    rows: int
    total: int
    before: str
    after: str
    page_before: int
    page_after: int


def standing(
    engine: Searcher, request: SearchRequest, article_id: str, page: int, page_size: int
) -> Standing | None:
    """Return where an article stands on a page of the answer to *request*; None where it is not on that page any more.

    Hits are asked for one beyond each end of the page, so that the last of a page leads to the first of the next.
    """
    offset = (page - 1) * page_size
    first = max(0, offset - 1)
    found = engine.search(
        request._replace(
            offset=first, limit=offset + page_size + 1 - first, facets=(), histogram=None
        )
    )
    at = _number_of(article_id, found.hits)
    if at is None or not offset <= first + at < offset + page_size:
        return None
    rank = first + at + 1
    before = found.hits[at - 1].article.article_id if at else ""
    after = found.hits[at + 1].article.article_id if at + 1 < len(found.hits) else ""
    return Standing(
        rank,
        found.total if found.stories is None else found.stories,
        found.total,
        before,
        after,
        max(1, -(-(rank - 1) // page_size)),
        rank // page_size + 1,
    )


def _number_of(article_id: str, hits: Sequence[EngineHit]) -> int | None:
    """Return which of *hits* is the article, or has it as a copy."""
    for at, hit in enumerate(hits):
        if hit.article.article_id == article_id:
            return at
    for at, hit in enumerate(hits):
        if hit.story and any(copy.article_id == article_id for copy in hit.story.copies):
            return at
    return None
