"""Earlier revisions of articles that have changed: in an index of their own, never searched.

A publication notes what it replaces before it commits, with the number of its generation: what is of a later generation
than the manifest was noted by a commit that never was. In the same way what is to be forgotten is only marked until the
commit is there. So no process that dies leaves a hole, a revision twice, or one of an article that was deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from search.engines.opensearch.beside import Beside, as_item, chunks
from search.engines.opensearch.control import Control
from search.engines.opensearch.documents import document_of, kept_of
from search.engines.opensearch.view import COUNTED_EXACTLY, View
from search.engines.protocol.engine import Revision, RevisionCount
from search.engines.records import from_microseconds, to_microseconds
from search.model.article import Document
from search.model.fields import FIELDS, FieldTable

if TYPE_CHECKING:
    from search.engines.opensearch.publish import Publication

#: What is put to the name of an index for that of its revisions.
SUFFIX = "-revisions"

_LONG = {"type": "long"}
_FIELDS: dict[str, Any] = {
    "id": {"type": "keyword"},
    "number": _LONG,
    # Of the commit that replaced it, and of the one by which it goes.
    "generation": _LONG,
    "forgotten": _LONG,
    "added": {"type": "long", "index": False, "doc_values": False},
    "replaced": {"type": "long", "index": False, "doc_values": False},
    "doc": {"type": "object", "enabled": False},
}
_AT_ONCE = 1000


class Revisions:
    """The revisions of one index."""

    def __init__(self, control: Control, most: int, fields: FieldTable = FIELDS) -> None:
        """Of each article that changes *most* are kept."""
        self._control = control
        self._most = most
        self._fields = fields
        self._beside = revisions_index(control)

    # Publishing

    def note(self, publication: Publication) -> None:
        """Note what is replaced, and which revisions go: they count once *publication* is committed. Raises `EngineError`."""
        generation = publication.manifest.generation + 1
        beside = self._beside
        self._forget_tries(generation)
        kept = []
        gone = list(publication.deleted)
        last: dict[str, int] = {}
        for document, is_withdrawn in publication.changed:
            last[document.article_id] = document.revision - self._most
            if is_withdrawn:
                gone.append(document.article_id)
            elif self._most and not document.article.is_withdrawn:
                kept.append(document)
        if kept:
            beside.make()
        beside.write(
            _item(document, generation, publication.instant, self._fields) for document in kept
        )
        beside.write(
            as_item(hit["_id"], {**hit["_source"], "forgotten": generation})
            for hit in self._of_articles({*last, *gone})
            if hit["_source"]["number"] <= last.get(hit["_source"]["id"], -1)
            or hit["_source"]["id"] in gone
        )
        # Who sees the commit is to see these.
        beside.refresh()

    def tidy(self, publication: Publication) -> None:
        """Erase what goes with the commit that was made."""
        if publication.deleted or publication.changed:
            gone = {"range": {"forgotten": {"lte": publication.manifest.generation + 1}}}
            self._beside.erase_all(gone)

    def _forget_tries(self, generation: int) -> None:
        """Forget what commits have noted that never were: this one will have their number."""
        self._beside.see_others()
        tried = {"range": {"generation": {"gte": generation}}}
        marked = {"range": {"forgotten": {"gte": generation}}}
        if self._beside.count({"bool": {"should": [tried, marked]}}):
            self._beside.erase_all(tried)
            self._beside.change_all(marked, "ctx._source.remove('forgotten')")

    def _of_articles(self, article_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        for part in chunks(sorted(article_ids), _AT_ONCE):
            yield from self._beside.hits({"terms": {"id": part}}, ["id", "number", "generation"])

    # Asking

    def of(self, view: View, article_id: str) -> tuple[Revision, ...]:
        """Return the earlier revisions of an article that are kept and may be seen in *view*, the oldest first."""
        seen = [{"term": {"id": article_id}}, *view.visible]
        head = {"query": {"bool": {"filter": seen}}, "size": 1, "_source": ["revision"]}
        hits = view.search(head)["hits"]["hits"]
        number = hits[0]["_source"].get("revision", 0) if hits else 0
        if not number:
            return ()
        self._beside.see_others()
        before = [{"term": {"id": article_id}}, {"range": {"number": {"lt": number}}}]
        query = {"bool": {"filter": [*before, _counting(view.manifest.generation)]}}
        found = [self._revision(hit) for hit in self._beside.hits(query, ["number", "generation"])]
        return tuple(
            each
            for each in found
            if (until := each.document.article.embargoed_until) is None
            or to_microseconds(until) <= view.now
        )

    def every(self) -> Iterator[Revision]:
        """Yield every revision that is kept, seen or not."""
        counting = _counting(self._control.manifest().generation)
        self._beside.see_others()
        for hit in self._beside.hits(counting, ["id", "number", "generation"]):
            yield self._revision(hit)

    def count(self) -> RevisionCount:
        """Return how many are kept."""
        self._beside.see_others()
        articles = {"cardinality": {"field": "id", "precision_threshold": COUNTED_EXACTLY}}
        body = {
            "size": 0,
            "track_total_hits": True,
            "query": _counting(self._control.manifest().generation),
            "aggs": {"articles": articles},
        }
        answer = self._beside.search(body)
        of_them = answer.get("aggregations", {}).get("articles", {"value": 0})
        revisions = answer["hits"]["total"]["value"]
        return RevisionCount(revisions, of_them["value"], self._beside.size_bytes())

    def _revision(self, hit: Mapping[str, Any]) -> Revision:
        source = hit["_source"]
        return Revision(
            document_of({**source, "revision": source["number"]}, self._fields),
            from_microseconds(source["replaced"]),
        )

    # Changing by hand

    def keep(self, revisions: Iterable[Revision]) -> None:
        """Keep revisions of articles that come from another index. On disk when this returns."""
        generation = self._control.manifest().generation
        waiting = [
            _item(each.document, generation, to_microseconds(each.replaced), self._fields)
            for each in revisions
        ]
        if waiting:
            self._beside.make()
            self._beside.write(waiting)

    def forget(self, article_ids: Iterable[str]) -> None:
        """Forget all revisions of articles, for good."""
        for part in chunks(sorted(set(article_ids)), _AT_ONCE):
            self._beside.see_others()
            self._beside.erase_all({"terms": {"id": part}})


def revisions_index(control: Control) -> Beside:
    """Return the index that the revisions of a news index are in."""
    return Beside(control.connection, control.name + SUFFIX, _FIELDS)


def _counting(generation: int) -> dict[str, Any]:
    """Return the query for what counts in a generation."""
    gone = {"range": {"forgotten": {"lte": generation}}}
    return {
        "bool": {"filter": [{"range": {"generation": {"lte": generation}}}], "must_not": [gone]}
    }


def _item(document: Document, generation: int, replaced: int, fields: FieldTable) -> bytes:
    source: dict[str, Any] = {
        "id": document.article_id,
        "number": document.revision,
        "generation": generation,
        "replaced": replaced,
        "doc": kept_of(document),
    }
    if document.added is not None:
        source["added"] = to_microseconds(document.added)
    return as_item(f"{document.article_id}@{document.revision}", source)
