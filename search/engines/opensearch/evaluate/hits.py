"""The hits of a question: a page of them, or all one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.keys import article_of
from search.engines.opensearch.view import View
from search.engines.protocol.result import Contribution, EngineHit
from search.model.fields import FieldTable

#: Hits up to which the server counts pages by itself, and at most gives at once.
WINDOW = 10_000
#: Hits asked for at once where all are wanted.
_AT_ONCE = 500

Found = dict[str, Any]


class Row(NamedTuple):
    """A hit in its place: what the server found, and its score as it is now."""

    found: Found
    score: float

    @property
    def key(self) -> str:
        key: str = self.found["_id"]
        return key

    @property
    def article_id(self) -> str:
        return article_of(self.key)

    @property
    def story(self) -> int:
        story: int = self.found["fields"]["story"][0]
        return story


def body_of(question: Question) -> dict[str, Any]:
    """Return what asks for the page of hits, from its first one on; not further than the server counts."""
    request = question.request
    body: dict[str, Any] = {"sort": question.order, "size": 0}
    if not request.limit:
        return body
    if question.place:
        size = request.offset + request.limit
        return body if size > WINDOW else body | {"size": size, "search_after": question.place}
    if request.offset + request.limit <= WINDOW:
        body |= {"size": request.limit, "from": request.offset}
    return body


def page(question: Question, answer: Found) -> list[Found]:
    """Return the hits of the page, given the *answer* to `body_of`; further ones are asked for."""
    request = question.request
    found: list[Found] = answer["hits"]["hits"]
    if not request.limit:
        return []
    if request.offset + request.limit <= WINDOW:
        return found[request.offset :] if question.place else found
    if request.offset >= answer["hits"]["total"]["value"]:
        return []
    later = after(question, question.place, skipping=request.offset, at_once=WINDOW)
    return [hit for hit, _ in zip(later, range(request.limit), strict=False)]


def after(
    question: Question, place: Sequence[Any], *, skipping: int = 0, at_once: int = _AT_ONCE
) -> Iterator[Found]:
    """Yield all hits after a *place* in the order of the question, from the first one where that is empty, *skipping* some."""
    while True:
        size = min(at_once, WINDOW)
        body = {
            "query": question.query,
            "sort": question.order,
            "size": size,
            "track_total_hits": False,
            # What is skipped is not read.
            "_source": skipping < size,
            **({"search_after": list(place)} if place else {}),
        }
        found = question.search(body)["hits"]["hits"]
        yield from found[skipping:]
        skipping = max(0, skipping - len(found))
        if len(found) < size:
            return
        place = found[-1]["sort"]


def as_hit(
    view: View,
    found: Found,
    fields: FieldTable,
    *,
    by_score: bool,
    contributions: tuple[Contribution, ...] = (),
) -> EngineHit:
    """Return a hit of what the server found."""
    score = found["_score"] if by_score else 0.0
    return EngineHit(partial(view.document, found["_source"], fields), score, contributions)
