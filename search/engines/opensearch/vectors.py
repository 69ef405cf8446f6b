"""The vectors of the passages of articles: in an index of their own.

They belong to a revision of an article and not to a document, so that publishing, deleting and making the index anew leave them
as they are. Nothing of them is indexed but whose they are: the nearest are found by comparing (`evaluate/near.py`).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from search.engines.opensearch.beside import Beside, as_item, chunks
from search.engines.opensearch.connection import erase_item
from search.engines.opensearch.control import Control
from search.engines.opensearch.keys import article_of
from search.engines.opensearch.opening import Views
from search.engines.opensearch.view import View
from search.engines.protocol.engine import VectorCount
from search.engines.records import to_microseconds
from search.engines.rescoring.nearness import as_read, as_stored
from search.model.article import Document
from search.text.arrays import Int8s, starts_of

if TYPE_CHECKING:
    from search.engines.opensearch.publish import Publication
    from search.text.arrays import Floats, Ints

_T = TypeVar("_T")

#: What follows the name of a news index in that of the index of its vectors.
_SUFFIX = "-vectors"
_FIELDS: dict[str, Any] = {
    "model": {"type": "keyword"},
    "article": {"type": "keyword"},
    # Whose they are: the article as it came at that instant, in that revision.
    "added": {"type": "long", "index": False, "doc_values": False},
    "revision": {"type": "integer", "index": False, "doc_values": False},
    # When they were made, in microseconds since 1970.
    "made": {"type": "long", "index": False},
    "passages": {"type": "integer", "index": False, "doc_values": False},
    # A row of 8-bit numbers for each passage.
    "rows": {"type": "binary"},
}
#: Documents looked at, and vectors sent, by one request.
_AT_ONCE = 1_000
#: Models that one index has vectors of.
_MOST_MODELS = 1_000


class Kept(NamedTuple):
    """Vectors as they are kept of a revision of an article."""

    article_id: str
    added: int
    revision: int
    rows: Int8s

    def is_of(self, head: Head) -> bool:
        return (self.added, self.revision) == (head.added, head.revision)


class Head(NamedTuple):
    """Of a document what says which revision of which article it is; ``added`` in microseconds since 1970."""

    article_id: str
    added: int
    revision: int


def vectors_index(control: Control) -> Beside:
    """Return the index of the vectors of a news index."""
    return Beside(control.connection, control.name + _SUFFIX, _FIELDS)


class IndexVectors:
    """The vectors of one news index."""

    def __init__(self, views: Views, control: Control) -> None:
        self._views = views
        self._index = vectors_index(control)

    # HasVectors

    def models(self) -> Sequence[str]:
        """Return the labels of the models whose vectors there are, that of the newest last."""
        body = {
            "size": 0,
            "aggs": {
                "models": {
                    "terms": {"field": "model", "size": _MOST_MODELS},
                    "aggs": {"made": {"max": {"field": "made"}}},
                }
            },
        }
        self._index.see_others()
        answer = self._index.search(body)
        found = answer.get("aggregations", {}).get("models", {"buckets": []})["buckets"]
        found.sort(key=lambda bucket: (bucket["made"]["value"], bucket["key"]))
        return [bucket["key"] for bucket in found]

    def count(self, view: View, model: str) -> VectorCount:
        """Return how many articles that are seen have vectors of a *model*; it looks at all of them."""
        articles = having = 0
        for heads in _in_parts(heads_of(view, view.visible)):
            articles += len(heads)
            having += len(self.of_heads(heads, model, with_rows=False))
        return VectorCount(articles, having)

    def of(self, view: View, article_ids: Sequence[str], model: str) -> dict[str, Floats]:
        """Return a row for each passage of each of these articles that has vectors of a *model*, by id, in their order."""
        heads = []
        for first in range(0, len(article_ids), _AT_ONCE):
            some = {"terms": {"id": list(article_ids[first : first + _AT_ONCE])}}
            heads += list(heads_of(view, [some, *view.visible]))
        found = self.of_heads(heads, model)
        return {i: as_read(found[i].rows) for i in article_ids if i in found}

    def of_heads(
        self, heads: Sequence[Head], model: str, *, with_rows: bool = True
    ) -> dict[str, Kept]:
        """Return what there is of revisions of articles, by id; the rows are none unless *with_rows*."""
        found: dict[str, Kept] = {}
        for part in chunks(heads, _AT_ONCE):
            keys = [_key(model, head.article_id) for head in part]
            without = () if with_rows else ("rows",)
            for head, source in zip(part, self._index.sources(keys, without), strict=True):
                kept = None if source is None else _kept(source)
                if kept is not None and kept.is_of(head):
                    found[head.article_id] = kept
        return found

    def passages_of(self, heads: Sequence[Head], model: str) -> tuple[Floats, Ints, list[bool]]:
        """Return the vectors of *heads*, of length 1, where those of each start and the last end, and which have some or no words.

        As `search.engines.rescoring.nearness.Passages` takes them.
        """
        found = self.of_heads(heads, model)
        rows = [found[h.article_id].rows if h.article_id in found else None for h in heads]
        starts = starts_of(np.array([0 if each is None else len(each) for each in rows], np.int64))
        some = [each for each in rows if each is not None and len(each)]
        stored = np.concatenate(some) if some else np.zeros((0, 0), np.int8)
        return as_read(stored), starts, [each is not None for each in rows]

    # KeepsVectors

    def missing(self, model: str) -> Iterator[Document]:
        """Yield every stored document that has no vectors of a *model*."""
        with self._views.reading() as view:
            hits = view.hits({"bool": {"filter": view.stored}})
            while part := [view.document(hit["_source"]) for hit in islice(hits, _AT_ONCE)]:
                known = self.of_heads([_head(each) for each in part], model, with_rows=False)
                yield from (each for each in part if each.article_id not in known)

    def keep(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        """Keep vectors of the passages of documents. They are on the disks of the cluster when this returns."""
        self._index.make()
        pairs = iter(vectors)
        made = time.time_ns() // 1000
        while part := list(islice(pairs, _AT_ONCE)):
            self._index.write(_item(model, made, *pair) for pair in part)
        self._index.refresh()

    def tidy(self, model: str) -> None:
        """Forget the vectors of other models than *model*, and those of what is no longer stored."""
        self._index.erase_all({"bool": {"must_not": [{"term": {"model": model}}]}})
        with self._views.reading() as view:
            for part in _in_parts(self._all(model)):
                ids = [kept.article_id for kept in part]
                stored = {
                    head.article_id: head
                    for head in heads_of(view, [{"terms": {"id": ids}}, *view.stored])
                }
                self._index.write(
                    erase_item(_key(model, kept.article_id))
                    for kept in part
                    if kept.article_id not in stored or not kept.is_of(stored[kept.article_id])
                )
        self._index.refresh()

    def _all(self, model: str) -> Iterator[Kept]:
        """Yield all that is kept of a *model*, by article, without the rows."""
        for hit in self._index.hits({"term": {"model": model}}, ["article"], without=["rows"]):
            yield _kept(hit["_source"])


def forget_deleted(publication: Publication) -> None:
    """Forget the vectors of what was deleted. Raises `EngineError`."""
    beside = vectors_index(publication.target.control)
    for part in chunks(publication.deleted, _AT_ONCE):
        beside.erase_all({"terms": {"article": part}})


def _item(model: str, made: int, document: Document, rows: Floats) -> bytes:
    head, stored = _head(document), as_stored(rows)
    source = {
        "model": model,
        "article": head.article_id,
        "added": head.added,
        "revision": head.revision,
        "made": made,
        "passages": len(stored),
        "rows": base64.b64encode(stored.tobytes()).decode(),
    }
    return as_item(_key(model, head.article_id), source)


def heads_of(view: View, filters: Sequence[Mapping[str, Any]]) -> Iterator[Head]:
    """Yield what says which revisions of articles fit *filters*, by id."""
    query = {"bool": {"filter": list(filters)}}
    for hit in view.hits(query, HEAD_FIELDS, _AT_ONCE):
        yield head_of(view, hit)


#: What of the source of a hit `head_of` reads.
HEAD_FIELDS = ("batch", "added", "revision")


def head_of(view: View, hit: Mapping[str, Any]) -> Head:
    """Return what says which revision of which article a hit is."""
    source = hit["_source"]
    added = source.get("added")
    if added is None:
        added = view.point.published().instants.get(source["batch"], 0)
    return Head(article_of(hit["_id"]), added, source.get("revision", 0))


def _head(document: Document) -> Head:
    added = 0 if document.added is None else to_microseconds(document.added)
    return Head(document.article_id, added, document.revision)


def _key(model: str, article_id: str) -> str:
    """Return the key of the vectors of an article by a model, however long their names are."""
    return blake2b(f"{model}\0{article_id}".encode(), digest_size=18).hexdigest()


def _kept(source: Mapping[str, Any]) -> Kept:
    passages = source["passages"]
    rows = np.frombuffer(base64.b64decode(source.get("rows", "")), np.int8)
    rows = rows.reshape(passages, -1) if passages and len(rows) else np.zeros((0, 0), np.int8)
    return Kept(source["article"], source["added"], source["revision"], rows)


def _in_parts(values: Iterable[_T]) -> Iterator[list[_T]]:
    every = iter(values)
    while part := list(islice(every, _AT_ONCE)):
        yield part
