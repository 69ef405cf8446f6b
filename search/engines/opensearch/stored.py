"""Documents as they are stored: one by its id, all of them, and how many there are of what."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from search.engines.opensearch.connection import Unanswered
from search.engines.opensearch.evaluate.joined import Joined, joined_facets
from search.engines.opensearch.mapping import KEYS
from search.engines.opensearch.opening import ASK_ANEW_S, Views
from search.engines.opensearch.view import COUNTED_EXACTLY, Clause, Point, View
from search.engines.opensearch.volumes import label_of
from search.engines.protocol.engine import Stats, Tagged, Volume
from search.engines.protocol.result import PublicationDate
from search.engines.records import from_microseconds
from search.model.article import PRECISIONS, Document
from search.model.errors import EngineError
from search.model.fields import FieldTable

#: Documents of one page, where all are read.
_AT_ONCE = 500
_PAUSE_S = 0.2
#: Batches that are asked at once which of them still has articles, the newest first.
_BATCHES_AT_ONCE = 50
#: Taggers and languages together.
_MOST_TAGGED = 1000


def find(
    view: View, article_id: str, filters: Sequence[Clause], fields: FieldTable
) -> Document | None:
    """Return the document of an article that fits *filters*, or None."""
    query = {"bool": {"filter": [{"term": {"id": article_id}}, *filters]}}
    hits = view.search({"query": query, "size": 1, "track_total_hits": False})["hits"]["hits"]
    return view.document(hits[0]["_source"], fields) if hits else None


def in_turn(
    views: Views, filters_of: Callable[[View], Sequence[Clause]], fields: FieldTable
) -> Iterator[Document]:
    """Return every document that fits some filters, by id, all of the generation of this moment."""
    point = views.hold()
    documents = _in_turn(views, point, filters_of, fields)
    # Who takes none of them never comes to the end.
    weakref.finalize(documents, views.let_go, point).atexit = False
    return documents


def _in_turn(
    views: Views,
    point: Point,
    filters_of: Callable[[View], Sequence[Clause]],
    fields: FieldTable,
) -> Iterator[Document]:
    """Yield the documents of a point in time; where that is lost, go on in another one of the same generation."""
    view, last = View(point), ""
    generation = view.generation
    end: float | None = None
    with ExitStack() as opened:
        while True:
            try:
                beyond = [{"range": {"id": {"gt": last}}}] if last else []
                query = {"bool": {"filter": [*filters_of(view), *beyond]}}
                for hit in view.hits(query, at_once=_AT_ONCE):
                    last, end = hit["sort"][0], None
                    yield view.document(hit["_source"], fields)
                return
            except Unanswered:
                end = end or time.monotonic() + ASK_ANEW_S
                if time.monotonic() > end:
                    raise
            time.sleep(_PAUSE_S)
            views.forget()
            view = opened.enter_context(views.reading())
            if last and view.generation != generation:
                raise EngineError(
                    "a node or a volume was lost, and the index has changed while its documents were read; begin again"
                )
            generation = view.generation


def stats(view: View, fields: FieldTable) -> Stats:
    """Return what the index holds, kept as long as it holds that."""
    known: Stats | None = view.cache.get("stats")
    if known is None:
        known = view.cache["stats"] = _stats(view, fields)
    return known


def _stats(view: View, fields: FieldTable) -> Stats:
    query = {"bool": {"filter": view.visible}}
    counted: dict[str, Any] = {
        f"facet {name}": {
            "cardinality": {"field": KEYS + name, "precision_threshold": COUNTED_EXACTLY}
        }
        for name in fields.facets
    }
    # Of those that only say how a name is shown there is nothing to count.
    joined = {name: each for name, each in joined_facets(view, fields.rows).items() if each.keys}
    for name, each in joined.items():
        counted[f"joined {name}"] = {
            "filter": {"match_all": {}},
            "aggs": each.aggregations(()),
        }
    counted["tagged"] = {"terms": {"field": "tagged", "size": _MOST_TAGGED}}
    volumes = view.point.volumes
    if volumes:
        counted["volumes"] = {"terms": {"field": "_index", "size": len(volumes)}}
    bodies: list[dict[str, Any]] = [
        {"size": 0, "track_total_hits": True, "query": query, "aggs": counted},
        _first("published", "asc", view.visible, [{"precision": "desc"}]),
        _first("published", "desc", view.visible, [{"precision": "desc"}]),
        _first("added", "desc", view.visible),
        _first("embargoed_until", "desc", view.visible),
        _count([*view.stored, {"term": {"withdrawn": True}}]),
        _count(view.stored),
    ]
    whole, oldest, newest, added, began, withdrawn, stored = view.msearch(bodies)
    articles = whole["hits"]["total"]["value"]
    came = [_sorted_by(answer) for answer in (added, began)]
    came.append(_newest_batch(view))
    known = [instant for instant in came if instant is not None]
    gone = withdrawn["hits"]["total"]["value"]
    segments, sizes = _disk(view)
    return Stats(
        articles=articles,
        segments=segments,
        size_bytes=sum(sizes.values()),
        oldest=_date(oldest),
        newest=_date(newest),
        facet_values={
            name: _values(whole["aggregations"], name, joined.get(name)) for name in fields.facets
        },
        withdrawn=gone,
        embargoed=stored["hits"]["total"]["value"] - articles - gone,
        tagged=_tagged(whole["aggregations"]["tagged"]["buckets"]),
        last_added=from_microseconds(max(known)) if known else None,
        volumes=_volumes(view, whole["aggregations"], sizes),
    )


def _values(found: Mapping[str, Any], name: str, joined: Joined | None) -> int:
    """Return how many values a facet has: those that are written, and with joins those that articles are counted under."""
    written: int = found[f"facet {name}"]["value"]
    if joined is None:
        return written
    affected = found[f"joined {name}"]
    counted = sum(count > 0 for count in joined.counts(affected).values())
    return written + counted - sum(count > 0 for count in joined.written(affected).values())


def _count(filters: Sequence[Clause]) -> dict[str, Any]:
    return {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": list(filters)}}}


def _first(
    field: str, order: str, filters: Sequence[Clause], then: Sequence[Clause] = ()
) -> dict[str, Any]:
    """Return the search for the first document by a field that it has."""
    having = [*filters, {"exists": {"field": field}}]
    return {
        "size": 1,
        "track_total_hits": False,
        "query": {"bool": {"filter": having}},
        "sort": [{field: order}, *then],
        "_source": False,
    }


def _sorted_by(answer: dict[str, Any]) -> int | None:
    hits = answer["hits"]["hits"]
    return hits[0]["sort"][0] if hits else None


def _date(answer: dict[str, Any]) -> PublicationDate | None:
    hits = answer["hits"]["hits"]
    if not hits:
        return None
    instant, precision = hits[0]["sort"]
    return PublicationDate(from_microseconds(instant), PRECISIONS[precision])


def _newest_batch(view: View) -> int | None:
    """Return when the last batch was published of which something is seen that came with it."""
    instants = view.point.published().instants
    batches = sorted(instants, key=lambda batch: (-instants[batch], -batch))
    without = [{"bool": {"must_not": [{"exists": {"field": "added"}}]}}]
    for first in range(0, len(batches), _BATCHES_AT_ONCE):
        some = batches[first : first + _BATCHES_AT_ONCE]
        filters = [*view.visible, *without, {"terms": {"batch": some}}]
        of_batches = {"terms": {"field": "batch", "size": len(some)}}
        answer = view.search({**_count(filters), "aggs": {"batches": of_batches}})
        found = [bucket["key"] for bucket in answer["aggregations"]["batches"]["buckets"]]
        if found:
            return max(instants[batch] for batch in found)
    return None


def _tagged(buckets: Sequence[dict[str, Any]]) -> tuple[Tagged, ...]:
    tagged = []
    for bucket in buckets:
        tagger, _, language = bucket["key"].partition("\t")
        tagged.append(Tagged(tagger, language, bucket["doc_count"]))
    return tuple(sorted(tagged, key=lambda t: (-t.articles, t.tagger or "", t.language)))


def _volumes(view: View, found: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[Volume, ...]:
    """Return the volumes with the articles that are seen."""
    buckets = found["volumes"]["buckets"] if "volumes" in found else ()
    articles = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    return tuple(
        Volume(label_of(view.manifest, index), articles.get(index, 0), sizes.get(index, 0))
        for index in view.point.volumes
        if index not in view.manifest.retired
    )


def _disk(view: View) -> tuple[int, dict[str, int]]:
    """Return the number of segments, and the bytes of one copy of all shards of each index."""
    path = f"/{view.manifest.physical}/_stats/store,segments"
    params = {"filter_path": "indices.*.primaries"}
    found = view.point.connection.request("GET", path, None, params)["indices"]
    primaries = {index: each["primaries"] for index, each in found.items()}
    return (
        sum(each["segments"]["count"] for each in primaries.values()),
        {index: each["store"]["size_in_bytes"] for index, each in primaries.items()},
    )
