"""All hits of a search, and all values of a field, however many: the server gives them a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

#: Values of one page; OpenSearch gives 65,535 at most.
_PAGE = 10_000

#: Gives the answer to a search body.
Search = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def hits_of(
    search: Search, body: Mapping[str, Any], first: Sequence[dict[str, Any]] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield all hits of a search *body* that says by what they are sorted, with no two equal, and of which size a page is.

    *first* is the first page, where that is known. Raises what *search* raises.
    """
    found = search(body)["hits"]["hits"] if first is None else first
    while True:
        yield from found
        if len(found) < body["size"]:
            return
        found = search({**body, "search_after": found[-1]["sort"]})["hits"]["hits"]


def values_of(
    search: Search,
    field: str,
    query: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Any, int]]:
    """Yield each value of a field in order, and how many of the documents that a *query* finds, or of all, have it.

    Raises what *search* raises.
    """
    pages: dict[str, Any] = {"size": _PAGE, "sources": [{"value": {"terms": {"field": field}}}]}
    body: dict[str, Any] = {"size": 0, "track_total_hits": False}
    if query is not None:
        body["query"] = query
    while True:
        body["aggs"] = {"values": {"composite": pages}}
        # An index that is not there gives none.
        found = search(body).get("aggregations", {}).get("values", {"buckets": []})
        for bucket in found["buckets"]:
            yield bucket["key"]["value"], bucket["doc_count"]
        if len(found["buckets"]) < _PAGE:
            return
        pages = {**pages, "after": found["after_key"]}
