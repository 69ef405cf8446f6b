"""The other articles of the stories on a page: in which order, and from which sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.view import View
from search.engines.protocol.result import Copy, PublicationDate, Story
from search.engines.records import from_microseconds
from search.model.article import PRECISIONS

#: Copies that are asked for at once.
_AT_ONCE = 5_000


def stories_of(
    question: Question, shown: Mapping[int, Mapping[str, Any]], most: int
) -> dict[str, Story]:
    """Return the story of each of the hits *shown*, which are by story, by key: of what else *question* finds, in its order.

    A story has *most* copies at most; a hit of whose story nothing else is found is left out.
    """
    if not shown:
        return {}
    keys = {hit["_id"] for hit in shown.values()}
    others: dict[int, list[dict[str, Any]]] = {}
    for hit in _of_stories(question, list(shown)):
        if hit["_id"] not in keys:
            others.setdefault(hit["fields"]["story"][0], []).append(hit)
    view = question.view
    wanted = [hit["_id"] for hits in others.values() for hit in hits[:most]]
    sources = _sources(view, wanted)
    found = {}
    for story, hits in others.items():
        own = _source_of(shown[story])
        names = [_source_of(hit) for hit in hits]
        named = [name for name in names if name and name != own]
        copies = tuple(_copy(question, hit, sources[hit["_id"]]) for hit in hits[:most])
        found[shown[story]["_id"]] = Story(
            len(hits), copies, tuple(dict.fromkeys(named)), len(names) - len(named)
        )
    return found


def _of_stories(question: Question, stories: list[int]) -> list[dict[str, Any]]:
    """Return all that is found of some stories, in the order of the question."""
    of_stories: Clause = {"terms": {"story": stories}}
    fields = ["story", "published", "precision"]
    if "source" in question.layout.fields.facets:
        fields.append("kv.source")
    body = {
        "query": {"bool": {"must": [question.query], "filter": [of_stories]}},
        "sort": question.order,
        "size": _AT_ONCE,
        "docvalue_fields": fields,
        "_source": False,
        "track_total_hits": False,
    }
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        hits = question.view.search({**body, **after})["hits"]["hits"]
        found += hits
        if len(hits) < _AT_ONCE:
            return found
        after = {"search_after": hits[-1]["sort"]}


def _sources(view: View, keys: list[str]) -> dict[str, dict[str, Any]]:
    """Return what is stored of documents, by key: they may be erased by the time that anybody asks."""
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        body = {"query": {"terms": {"_id": some}}, "size": len(some), "track_total_hits": False}
        hits = view.search(body)["hits"]["hits"]
        found |= {hit["_id"]: hit["_source"] for hit in hits}
    return found


def _copy(question: Question, hit: Mapping[str, Any], source: dict[str, Any]) -> Copy:
    fields = hit["fields"]
    date = None
    if "published" in fields:
        precision = PRECISIONS[fields["precision"][0]]
        date = PublicationDate(from_microseconds(fields["published"][0]), precision)
    document = partial(question.view.document, source, question.layout.fields)
    return Copy(hit["sort"][-1], source["doc"].get("source", ""), date, document)


def _source_of(hit: Mapping[str, Any]) -> str:
    """Return the source of a hit as it is spelt there, "" where it has none."""
    found: str = hit["fields"].get("kv.source", [""])[0]
    return found.partition("\n")[2]
