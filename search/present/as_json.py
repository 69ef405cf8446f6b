"""Answers as JSON, which docs/api.md promises: a page of hits, an article, what the index holds.

Keys are added, never removed. A missing value is null; a missing list of values is [].
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from search.highlight.named import entities_of, places_of
from search.model.article import Article, Document, Entity
from search.model.fields import FIELDS, Field, FieldTable
from search.present.dates import known_date
from search.present.provenance import provenance_as_json, provenance_of

if TYPE_CHECKING:
    from search.engines.protocol.engine import JoinedName, RevisionCount, Stats
    from search.engines.protocol.facets import FacetCounts
    from search.engines.protocol.result import Copy, Story
    from search.highlight.marked import Marked
    from search.model.histogram import Histogram
    from search.service.answer import Clause, Hit, HitStream, ResultPage, Suggestion
    from search.service.history import History
    from search.service.name_page import NamePage
    from search.service.similar import SimilarPage
    from search.service.trends import TrendsPage


def page_as_json(
    page: ResultPage, fields: FieldTable = FIELDS, *, whole_paths: bool = False
) -> dict[str, Any]:
    """Return *page* as a value for `json.dumps`; *whole_paths* are those of `provenance_of`."""
    answer: dict[str, Any] = {
        "query": page.question.text,
        "read_as": list(map(_clause, page.read_as)),
        "notices": list(page.notices),
        "total": page.total,
        "stories": page.stories,
        "page": page.page,
        "page_size": page.page_size,
        "took_ms": round(page.took_ms, 2),
        "next_cursor": page.next_cursor or None,
        "hits": [hit_as_json(hit, page, fields, whole_paths) for hit in page.hits],
        "facets": {field: _facet(counts) for field, counts in page.facets.items()},
    }
    if page.weighed:
        answer["also_weighed"] = [
            {"word": each.word, "share": round(each.share, 4)} for each in page.weighed
        ]
    if page.significant is not None:
        answer["significant"] = {
            "words": [
                {
                    "word": each.word,
                    "articles": each.articles,
                    "everywhere": each.everywhere,
                    "query": each.question.text,
                }
                for each in page.significant.words
            ],
            "looked_at": page.significant.looked_at,
            "names": list(page.significant.names),
        }
    if page.moved:
        answer["moved"] = [
            {"source": moved.source or None, "hits": moved.hits} for moved in page.moved
        ]
    if page.near:
        answer["near"] = [hit_as_json(hit, page, fields, whole_paths) for hit in page.near]
    if page.meant:
        answer["did_you_mean"] = _suggestion(page.meant)
    if page.beyond:
        answer["beyond"] = [_suggestion(suggestion) for suggestion in page.beyond]
    if page.histogram is not None:
        answer["histogram"] = _histogram(page.histogram)
    if page.total == 0:
        answer["suggestions"] = [_suggestion(suggestion) for suggestion in page.suggestions]
    return answer


def trends_as_json(page: TrendsPage) -> dict[str, Any]:
    """Return *page* as a value for `json.dumps`: of all articles and of each query a number for each interval.

    A share is from 0 to 1, None of an interval without articles.
    """
    return {
        "interval": page.interval,
        "notices": [*page.notices, *(n for trend in page.trends for n in trend.notices)],
        "starts": [day.isoformat() for day in page.days],
        "all_articles": list(page.articles),
        "all_without_date": page.undated,
        "queries": [
            {
                "query": trend.text,
                "articles": list(trend.counts),
                "shares": [s and round(s, 6) for s in page.shares(trend)],
                "without_date": trend.undated,
            }
            for trend in page.trends
        ],
    }


def document_as_json(
    document: Document,
    fields: FieldTable = FIELDS,
    *,
    whole_paths: bool = False,
    story: Story | None = None,
) -> dict[str, Any]:
    """Return *document* as a value for `json.dumps`; the body of its article is unchanged.

    *story* has the other articles of its story.
    """
    article = document.article
    return {
        **_head(document, fields, whole_paths),
        "published_from": article.published_from or None,
        "byline": article.byline or None,
        "language_from": article.language_from or None,
        "authors_as_read": list(article.authors_as_read or article.authors),
        "tagger": document.enrichment.tagger or None,
        "entities_as_found": _as_found(document, fields),
        "body": article.body,
        "added": _instant(document.added),
        "revision": document.revision,
        **_entities(document, fields),
        "entities": {
            row.key: [
                _entity(document.article, entity)
                for entity in entities_of(document, row.name, fields)
            ]
            for row in fields.described(is_entity=True)
        },
        "story": None if story is None else _story(story),
    }


def similar_as_json(
    page: SimilarPage, fields: FieldTable = FIELDS, *, whole_paths: bool = False
) -> dict[str, Any]:
    """Return *page* as a value for `json.dumps`; *whole_paths* are those of `provenance_of`."""
    return {
        "id": page.document.article_id,
        "words": list(page.words),
        "notices": list(page.notices),
        "similar": [
            {
                "score": round(each.score, 4),
                "words": list(each.words),
                **_head(each.document, fields, whole_paths),
            }
            for each in page.articles
        ],
    }


def name_page_as_json(
    page: NamePage, fields: FieldTable = FIELDS, *, whole_paths: bool = False
) -> dict[str, Any]:
    """Return *page* as a value for `json.dumps`; *whole_paths* are those of `provenance_of`."""
    return {
        "field": page.field,
        "name": page.name,
        "notices": list(page.notices),
        "total": page.total,
        "articles": page.articles,
        "joined": [joined_as_json(join) for join in (*page.counts_also, *page.counts_for)],
        "together": {
            company.field: {
                "least": company.least,
                "names": [
                    {**each._asdict(), "times": round(each.times, 4)} for each in company.companions
                ],
            }
            for company in page.company
        },
        "forms": {
            "values": [form._asdict() for form in page.forms.forms],
            "others": page.forms.others,
            "articles": page.forms.articles,
        },
        "facets": {field: _facet(counts) for field, counts in page.facets.items()},
        "histogram": None if page.histogram is None else _histogram(page.histogram),
        "newest": [hit_as_json(hit, page, fields, whole_paths) for hit in page.newest],
    }


def joined_as_json(join: JoinedName) -> dict[str, Any]:
    """Return a name that counts for another as a value for `json.dumps`; a month is null where it is not known."""
    return {
        "name": join.name,
        "counts_for": join.counts_for,
        "articles": join.articles,
        "from": join.first and f"{join.first:%Y-%m}",
        "to": join.last and f"{join.last:%Y-%m}",
        "is_always": join.is_always,
        "why": join.why,
    }


def history_as_json(history: History, *, whole_paths: bool = False) -> dict[str, Any]:
    """Return *history*, without the texts, as a value for `json.dumps`."""
    return {
        "id": history.document.article_id,
        "revision": history.document.revision,
        "added": _instant(history.document.added),
        "not_kept": history.not_kept,
        "revisions": [
            {
                "revision": each.number,
                "added": _instant(each.document.added),
                "replaced": _instant(each.replaced),
                "changed": list(each.changed),
                "title": each.document.article.title,
                "provenance": provenance_as_json(
                    provenance_of(each.document, whole_paths=whole_paths)
                ),
            }
            for each in history.revisions
        ],
    }


def stats_as_json(stats: Stats, terms: int, kept: RevisionCount | None = None) -> dict[str, Any]:
    """Return *stats*, the number of *terms* and how many revisions are *kept* as a value for `json.dumps`."""
    return {
        "articles": stats.articles,
        "withdrawn": stats.withdrawn,
        "embargoed": stats.embargoed,
        "terms": terms,
        "segments": stats.segments,
        "size_bytes": stats.size_bytes,
        "volumes": [each._asdict() for each in stats.volumes],
        "oldest": known_date(*stats.oldest).iso if stats.oldest else None,
        "newest": known_date(*stats.newest).iso if stats.newest else None,
        "facet_values": dict(stats.facet_values),
        "tagged": [each._asdict() for each in stats.tagged],
        "scoring": stats.scoring,
        "revisions": None if kept is None else kept._asdict(),
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _head(document: Document, fields: FieldTable, whole_paths: bool) -> dict[str, Any]:
    article, published = document.article, None
    if article.published is not None:
        published = known_date(article.published, article.published_precision).iso
    described = fields.described(is_entity=False)
    return {
        "id": article.article_id,
        "title": article.title,
        **_lists(document, described),
        "credits": [credit._asdict() for credit in article.credits],
        "published": published,
        "published_precision": article.published_precision or None,
        **{
            row.key: attrgetter(row.attribute)(document) or None
            for row in described
            if not row.is_listed
        },
        "provenance": provenance_as_json(provenance_of(document, whole_paths=whole_paths)),
    }


def _entities(document: Document, fields: FieldTable) -> dict[str, list[str]]:
    return _lists(document, fields.described(is_entity=True))


def _as_found(document: Document, fields: FieldTable) -> dict[str, list[str]] | None:
    """Return the names that the tagger found, by kind, where people corrected them; else None."""
    found = document.enrichment.as_found
    if found is None:
        return None
    return {
        row.key: [entity.name for entity in getattr(found, row.key)]
        for row in fields
        if row.is_entity
    }


def _entity(article: Article, entity: Entity) -> dict[str, Any]:
    """Return name, other forms and mentions of an entity; a count of null where it is not known where it is named."""
    mentions = [
        {"in": "title" if is_title else "body", "start": start, "end": end}
        for is_title, start, end in places_of(article, entity)
    ]
    return {
        "name": entity.name,
        "count": len(mentions) or None,
        "forms": list(entity.forms),
        "mentions": mentions,
    }


def _lists(document: Document, rows: Iterable[Field]) -> dict[str, list[str]]:
    """Return the values of those of *rows* that can have several, as the document has them."""
    lists: dict[str, list[str]] = {}
    for row in rows:
        if row.is_listed:
            values = attrgetter(row.attribute)(document)
            lists[row.key] = [value.name for value in values] if row.is_entity else list(values)
    return lists


def hit_keys(fields: FieldTable = FIELDS) -> tuple[str, ...]:
    """Return the keys of a hit, but for those that only some questions ask for."""
    described = fields.described(is_entity=False)
    lists = [row.key for row in described if row.is_listed]
    single = [row.key for row in described if not row.is_listed]
    entities = [row.key for row in fields.described(is_entity=True)]
    dates = ("published", "published_precision")
    head = ("id", "title", *lists, "credits", *dates, *single, "provenance")
    return ("rank", "score", *head, "title_marks", "snippet", *entities, "story")


def hit_as_json(
    hit: Hit,
    page: ResultPage | NamePage | HitStream,
    fields: FieldTable = FIELDS,
    whole_paths: bool = False,
) -> dict[str, Any]:
    """Return a *hit* of *page* as a value for `json.dumps`; *whole_paths* are those of `provenance_of`."""
    shown = {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        **_head(hit.document, fields, whole_paths),
        "title_marks": _marks(hit.title),
        "snippet": {"text": hit.snippet.text, "marks": _marks(hit.snippet)},
        **_entities(hit.document, fields),
        "story": None if page.stories is None else _story(hit.story),
    }
    if page.question.explain:
        shown["contributions"] = [
            {"clause": part.clause, "score": round(part.score, 4)} for part in hit.contributions
        ]
    return shown


def _story(story: Story | None) -> dict[str, Any]:
    """Return how many articles a story has, and the other sources and copies; None is an article alone."""
    if story is None:
        return {"articles": 1, "sources": [], "copies": []}
    return {
        "articles": story.articles + 1,
        "sources": list(story.sources),
        "copies": [_copy(copy) for copy in story.copies],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    """Return one copy of an article as a value for `json.dumps`."""
    return {
        "id": copy.article_id,
        "title": copy.article.title,
        "source": copy.source or None,
        "published": known_date(*copy.published).iso if copy.published else None,
    }


def _marks(marked: Marked) -> list[list[int]]:
    return [[start, end] for start, end in marked.marks]


def _facet(counts: FacetCounts) -> dict[str, Any]:
    return {
        "values": [
            {"value": value.value, "count": value.count, "selected": value.selected}
            for value in counts.values
        ],
        "distinct": counts.distinct,
        "other": counts.other,
        "missing": counts.missing,
    }


def _histogram(histogram: Histogram) -> dict[str, Any]:
    from search.model.histogram import days_of

    bins = []
    for found in histogram.bins:
        first, last = days_of(histogram.interval, found.day)
        start = _instant(found.start)
        bins.append({"from": first, "to": last, "start": start, "count": found.count})
    return {"interval": histogram.interval, "bins": bins, "undated": histogram.undated}


def _clause(clause: Clause) -> dict[str, Any]:
    read: dict[str, Any] = {"text": clause.text, "count": clause.count}
    if clause.synonyms:
        read["synonyms"] = list(clause.synonyms)
    if clause.languages:
        read["languages"] = list(clause.languages)
    return read


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """Return the change in words, and the whole changed question, which finds *total* articles."""
    question = suggestion.question
    return {
        "text": suggestion.text,
        "total": suggestion.total,
        "query": question.text,
        "match": question.match,
        "joined": question.joined,
        "from": question.start or None,
        "to": question.end or None,
        "selections": {s.field: list(s.values) for s in question.selections},
        "without": list(question.without),
        "excluded": {s.field: list(s.values) for s in question.excluded},
        "synonyms": question.synonyms,
    }
