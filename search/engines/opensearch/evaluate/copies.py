"""The other articles of the stories on a page: in which order, and from which sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.keys import columns_of, keyed
from search.engines.opensearch.pages import hits_of
from search.engines.opensearch.view import Asking
from search.engines.protocol.result import Copy, PublicationDate, Story
from search.engines.records import from_microseconds
from search.model.article import PRECISIONS

#: Copies that are asked for at once.
_AT_ONCE = 5_000


def stories_of(
    question: Question,
    shown: Mapping[int, Mapping[str, Any]],
    most: int,
    first: Mapping[str, Any] | None = None,
) -> Asking[dict[str, Story]]:
    """Come to know the story of each of the hits *shown*, which are by story, by key: of what else *question* finds, in its order.

    *first* is the answer to `of_stories`, of these and perhaps of others. A story has *most* copies at most; a hit of whose story
    nothing else is found is left out.
    """
    if not shown:
        return {}
    if first is None:
        (first,) = yield [of_stories(question, list(shown))]
    keys = {hit["_id"] for hit in shown.values()}
    others: dict[int, list[dict[str, Any]]] = {}
    for hit in _all(question, list(shown), first["hits"]["hits"]):
        if hit["fields"]["story"][0] not in shown:
            continue
        if hit["_id"] not in keys:
            others.setdefault(hit["fields"]["story"][0], []).append(hit)
    wanted = [hit["_id"] for hits in others.values() for hit in hits[:most]]
    sources: dict[str, dict[str, Any]] = {}
    if wanted:
        answers = yield sources_of(wanted)
        sources = {hit["_id"]: hit["_source"] for each in answers for hit in each["hits"]["hits"]}
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


def of_stories(question: Question, stories: Sequence[int]) -> dict[str, Any]:
    """Return what asks for all that is found of some stories, in the order of the question."""
    some: Clause = {"terms": {"story": list(stories)}}
    fields = ["story", "published", "precision"]
    if "source" in question.layout.fields.facets:
        fields.append("kv.source")
    return {
        "query": {"bool": {"must": [question.query], "filter": [some]}},
        "sort": question.order,
        "size": _AT_ONCE,
        "track_total_hits": False,
        **columns_of(*fields),
    }


def _all(
    question: Question, stories: Sequence[int], hits: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the first *hits* of some stories, and what comes after them."""
    found = hits_of(question.view.search, of_stories(question, stories), hits)
    while part := list(islice(found, _AT_ONCE)):
        yield from keyed(part)


def sources_of(keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return what asks for all that is stored of documents: they may be erased by the time that anybody asks."""
    parts = [keys[first : first + _AT_ONCE] for first in range(0, len(keys), _AT_ONCE)]
    return [
        {"query": {"terms": {"_id": part}}, "size": len(part), "track_total_hits": False}
        for part in parts
    ]


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
