"""What an assistant can ask: search, facets, an article, similar articles, attention over time.

Each answer is a value for JSON, bounded, and says which bound bit. What is quoted has its offsets in the text of the article, so that
every claim can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from search.highlight.marked import Marked
from search.model.article import ARTICLE_ID, paragraph_ranges
from search.model.errors import RequestError
from search.model.question import AUTO, FacetRequest, Match, Question, Selection, Sort
from search.present.as_json import (
    document_as_json,
    hit_as_json,
    page_as_json,
    similar_as_json,
    trends_as_json,
)
from search.service.answer import MarkedArticle
from search.service.request import check_number
from search.service.service import SearchService

#: The query language in short, for descriptions of tools.
LANGUAGE = """\
blinken nato: both words, in any form. blinken OR rutte: either. -trump: without. (a b) OR c: brackets.
"firm response": exactly these words in a row. ukrain*: words that begin so. zelenskiy~1: spelled nearly so.
title:kyiv author:"Simon Lewis" source:reuters section:world topic:grain lang:en: in one field.
person:blinken org:nato place:brussels entity:nato: names found in the text.
date:2024-11, date:2024-11-01..2024-11-13, date:P7D (the last seven days). -author:*: without an author.
* alone: every article."""


class Tools:
    """Answers what an assistant asks, from one service; nothing is ever changed. Raises as `SearchService` does."""

    def __init__(self, service: SearchService) -> None:
        self._service = service
        #: What one answer has at most.
        self.limits = service.limits

    def search(
        self,
        query: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        published_from: str = "",
        published_to: str = "",
        sort: str = "relevance",
        match: str = "all",
        limit: int = 10,
        cursor: str = "",
    ) -> dict[str, Any]:
        """Return the best articles that *query* finds, with quotations."""
        check_number("limit", limit, self.limits.assistant_hits)
        question = self._question(query, filters, published_from, published_to)
        question = question._replace(
            sort=cast(Sort, sort),  # the service checks both
            match=cast(Match, match),
            page_size=limit,
            cursor=cursor,
        )
        page = self._service.search(question)
        answer = page_as_json(page, self._service.fields)
        kept = (
            "query",
            "read_as",
            "notices",
            "total",
            "stories",
            "suggestions",
            "next_cursor",
        )
        return {
            **{key: answer[key] for key in kept if key in answer},
            "hits": [
                {
                    **_short(hit_as_json(hit, page, self._service.fields)),
                    "quotations": self._quotations(hit.article.article_id, query),
                }
                for hit in page.hits
            ],
        }

    def facets(
        self,
        field: str,
        query: str = "",
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        published_from: str = "",
        published_to: str = "",
        starting_with: str = "",
        limit: int = 20,
    ) -> dict[str, Any]:
        """Return the most frequent values of *field* among what *query* finds, with how many articles have each."""
        check_number("limit", limit, self.limits.assistant_values)
        wanted = FacetRequest(field, limit, starting_with)
        question = self._question(query, filters, published_from, published_to)
        page = self._service.search(question._replace(facets=(wanted,), page_size=1))
        answer = page_as_json(page, self._service.fields)
        counts = answer["facets"][field]
        return {
            "field": field,
            "articles": page.total,
            "read_as": answer["read_as"],
            "notices": answer["notices"],
            **counts,
        }

    def article(
        self, article_id: str, query: str = "", *, start: int = 0, max_chars: int = 8000
    ) -> dict[str, Any]:
        """Return an article: what is known of it, and its text from the character *start* on."""
        check_number("max_chars", max_chars, self.limits.assistant_chars)
        if start < 0:
            raise RequestError(f"start {start}: expected a number from 0 on")
        found = self._marked(article_id, query)
        answer = document_as_json(found.document, self._service.fields, story=found.story)
        body = answer.pop("body")
        start = min(start, len(body))
        answer["entities"] = {
            kind: [{"name": e["name"], "mentions": len(e["mentions"])} for e in entities]
            for kind, entities in answer["entities"].items()
        }
        for name in ("entities_as_found", "authors_as_read", "provenance"):
            answer.pop(name, None)
        end = min(len(body), start + max_chars)
        rest = len(body) - end
        return {
            **answer,
            "text": body[start:end],
            "text_start": start,
            "text_end": end,
            "text_chars": len(body),
            "notices": [
                *found.notices,
                *([f"{rest:,} more characters: ask again with start {end}"] if rest > 0 else []),
            ],
        }

    def similar(self, article_id: str, *, limit: int = 10) -> dict[str, Any]:
        """Return the articles most like one, and the words that they share."""
        check_number("limit", limit, self.limits.assistant_similar)
        is_id = ARTICLE_ID.fullmatch(article_id) is not None
        found = self._service.similar(article_id, limit) if is_id else None
        if found is None:
            raise _unknown(article_id)
        answer = similar_as_json(found, self._service.fields)
        answer["similar"] = [_short(each) for each in answer["similar"]]
        return answer

    def attention(
        self,
        queries: Sequence[str],
        *,
        interval: str = AUTO,
        published_from: str = "",
        published_to: str = "",
    ) -> dict[str, Any]:
        """Return how many articles each of *queries* finds in each interval, and which share of all articles that is."""
        within = Question(start=published_from, end=published_to)
        page = self._service.trends(queries, within, interval)
        return trends_as_json(page)

    def _question(
        self, query: str, filters: Mapping[str, Sequence[str]] | None, first: str, last: str
    ) -> Question:
        selections = tuple(
            Selection(field, tuple(values)) for field, values in (filters or {}).items()
        )
        return Question(query, selections, start=first, end=last)

    def _marked(self, article_id: str, query: str) -> MarkedArticle:
        is_id = ARTICLE_ID.fullmatch(article_id) is not None
        found = self._service.article(article_id, query) if is_id else None
        if found is None:
            raise _unknown(article_id)
        return found

    def _quotations(self, article_id: str, query: str) -> list[dict[str, Any]]:
        """Return parts of the text of an article that the words of *query* stand in; its beginning where none does."""
        found = self._service.article(article_id, query)
        if found is None:  # deleted just now
            return []
        starts = [start for start, _ in paragraph_ranges(found.article.body)]
        paragraphs = list(zip(starts, found.paragraphs, strict=True))
        marked = sorted(
            (each for each in paragraphs if each[1].marks), key=lambda each: -len(each[1].marks)
        )
        chosen = sorted(
            (marked or paragraphs[:1])[: self.limits.quotations], key=lambda each: each[0]
        )
        most = self.limits.quotation_chars
        return [_quotation(start, paragraph, most) for start, paragraph in chosen]


def _quotation(start: int, paragraph: Marked, most: int) -> dict[str, Any]:
    """Return at most *most* characters of *paragraph* around its first mark, with their offsets in the text that it begins in at *start*."""
    text = paragraph.text
    first = paragraph.marks[0][0] if paragraph.marks else 0
    begin = 0 if len(text) <= most else max(0, first - most // 4)
    begin = _at_word(text, begin)
    end = min(len(text), begin + most)
    return {
        "text": text[begin:end],
        "start": start + begin,
        "end": start + end,
        "marks": [[start + a, start + b] for a, b in paragraph.marks if begin <= a and b <= end],
    }


def _at_word(text: str, begin: int) -> int:
    """Return where the word after *begin* starts, or *begin* where none is near."""
    blank = text.find(" ", begin, begin + 40) if begin else -1
    return blank + 1 if blank >= 0 else begin


def _short(hit: dict[str, Any]) -> dict[str, Any]:
    """Return what an assistant needs of a hit."""
    left_out = ("title_marks", "snippet", "provenance", "credits", "rank")
    return {
        key: value
        for key, value in hit.items()
        if key not in left_out and value not in (None, [], "", {})
    }


def _unknown(article_id: str) -> RequestError:
    return RequestError(f"no article has the id {article_id[:200]!r}; search gives ids")
