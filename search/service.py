"""Text and filters in, a page of ranked, highlighted, faceted hits out: what all front ends call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search.article import Article
from search.engines.base import Contribution, FacetCounts, FacetRequest, Match, Selection, Sort
from search.snippet import Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks, as it came from box, command line or URL.

    ``start`` and ``end`` are days or instants as typed ("2024-11", "2024-11-13", "yesterday"), both
    inclusive, "" for no bound. Pages count from 1. ``page_size`` 0 is the configured size.
    """

    text: str = ""
    selections: tuple[Selection, ...] = ()
    start: str = ""
    end: str = ""
    match: Match = "all"
    sort: Sort = "relevance"
    page: int = 1
    page_size: int = 0
    facets: tuple[FacetRequest, ...] = ()
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the query as it was read, in the query language, and how many articles it alone matches."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A way out of an empty answer: what it does, in words; the question to ask; how many it finds."""

    text: str
    question: Question
    total: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: rank from 1 over all pages, score, the article, what to mark in title and snippet."""

    rank: int
    score: float
    article: Article
    title: Marked
    snippet: Marked
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """The answer to a `Question`. ``total`` is exact; a page past the end has no hits and the true total."""

    question: Question
    read_as: tuple[Clause, ...]
    notices: tuple[str, ...]
    total: int
    page: int
    page_size: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    #: Only where nothing was found.
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article with a query's words marked in its title and in each of its paragraphs."""

    article: Article
    title: Marked
    paragraphs: tuple[Marked, ...]
    notices: tuple[str, ...] = ()
