"""Answers for programs: the JSON of an answer and of an article, which docs/api.md promises, and CSV.

Keys are only ever added. What an article does not have is null where it would be one value, [] where many.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from search.model.article import Article, Entity

if TYPE_CHECKING:
    from search.engines.protocol import FacetCounts, Stats
    from search.highlight.snippets import Marked
    from search.model.histogram import Histogram
    from search.service.service import Hit, ResultPage, Suggestion


#: Columns of the CSV; the names of one that holds several are parted by "; ".
CSV_COLUMNS = (
    "rank", "score", "id", "title", "authors", "published", "source", "section", "language",
    "url", "snippet",
)  # fmt: skip


#: How much of an ISO date says no more than is known.
_WRITTEN_CHARS = {"year": 4, "month": 7, "day": 10}


def page_as_json(page: ResultPage) -> dict[str, Any]:
    """Return *page* as what `json.dumps` takes."""
    answer: dict[str, Any] = {
        "query": page.question.text,
        "read_as": [{"text": clause.text, "count": clause.count} for clause in page.read_as],
        "notices": list(page.notices),
        "total": page.total,
        "page": page.page,
        "page_size": page.page_size,
        "took_ms": round(page.took_ms, 2),
        "hits": [_hit(hit, page.question.explain) for hit in page.hits],
        "facets": {field: _facet(counts) for field, counts in page.facets.items()},
    }
    if page.histogram is not None:
        answer["histogram"] = _histogram(page.histogram)
    if page.total == 0:
        answer["suggestions"] = [_suggestion(suggestion) for suggestion in page.suggestions]
    return answer


def article_as_json(article: Article) -> dict[str, Any]:
    """Return *article* as what `json.dumps` takes; its body is to the letter."""
    return {
        **_head(article),
        "published_from": article.published_from or None,
        "byline": article.byline or None,
        "body": article.body,
        **_entities(article),
    }


def csv_rows(page: ResultPage) -> Iterator[list[object]]:
    """Yield the `CSV_COLUMNS` of each hit, safe to open in a spreadsheet."""
    for hit in page_as_json(page)["hits"]:
        values = {**hit, "authors": "; ".join(hit["authors"]), "snippet": hit["snippet"]["text"]}
        yield [_cell(values[column]) for column in CSV_COLUMNS]


def _cell(value: object) -> object:
    """Return *value* so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def stats_as_json(stats: Stats) -> dict[str, Any]:
    """Return *stats* as what `json.dumps` takes."""
    return {
        "articles": stats.articles,
        "terms": stats.terms,
        "segments": stats.segments,
        "size_bytes": stats.size_bytes,
        "oldest": _instant(stats.oldest),
        "newest": _instant(stats.newest),
        "facet_values": dict(stats.facet_values),
    }


def _published(article: Article) -> str | None:
    """Return the date as exactly as it is known (ISO 8601, reduced precision), clock times in UTC."""
    if article.published is None:
        return None
    if article.published_precision in _WRITTEN_CHARS:
        return article.published.isoformat()[: _WRITTEN_CHARS[article.published_precision]]
    timespec = "minutes" if article.published_precision == "minute" else "seconds"
    return article.published.isoformat(timespec=timespec).replace("+00:00", "Z")


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _head(article: Article) -> dict[str, Any]:
    return {
        "id": article.article_id,
        "title": article.title,
        "authors": list(article.authors),
        "published": _published(article),
        "published_precision": article.published_precision or None,
        "source": article.source or None,
        "section": article.section or None,
        "language": article.language or None,
        "url": article.url or None,
    }


def _entities(article: Article) -> dict[str, list[str]]:
    def names(entities: tuple[Entity, ...]) -> list[str]:
        return [entity.name for entity in entities]

    found = article.entities
    return {
        "people": names(found.people),
        "organisations": names(found.organisations),
        "places": names(found.places),
    }


def _hit(hit: Hit, explain: bool) -> dict[str, Any]:
    shown = {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        **_head(hit.article),
        "title_marks": _marks(hit.title),
        "snippet": {"text": hit.snippet.text, "marks": _marks(hit.snippet)},
        **_entities(hit.article),
    }
    if explain:
        shown["contributions"] = [
            {"clause": part.clause, "score": round(part.score, 4)} for part in hit.contributions
        ]
    return shown


def _marks(marked: Marked) -> list[list[int]]:
    return [[start, end] for start, end in marked.marks]


def _facet(counts: FacetCounts) -> dict[str, Any]:
    return {
        "values": [
            {"value": value.value, "count": value.count, "selected": value.selected}
            for value in counts.values
        ],
        "other": counts.other,
        "missing": counts.missing,
    }


def _histogram(histogram: Histogram) -> dict[str, Any]:
    from search.model.histogram import days_of

    bins = []
    for one in histogram.bins:
        first, last = days_of(histogram.interval, one.day)
        bins.append({"from": first, "to": last, "start": _instant(one.start), "count": one.count})
    return {"interval": histogram.interval, "bins": bins, "undated": histogram.undated}


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """Return what to change in words, and the whole question that then finds *total* articles."""
    question = suggestion.question
    return {
        "text": suggestion.text,
        "total": suggestion.total,
        "query": question.text,
        "match": question.match,
        "from": question.start or None,
        "to": question.end or None,
        "selections": {s.field: list(s.values) for s in question.selections},
    }
