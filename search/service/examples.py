"""Queries that an index can answer, for a person who does not know yet what to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit
from search.model.article import Article
from search.model.errors import QueryError
from search.query.context import ParseContext
from search.query.parser import parse
from search.query.tree import Query
from search.text.stems import stem_language
from search.text.stop_words import stop_words
from search.text.words import tokens

#: Words of a title that are tried, and titles.
_TRIED = 6
_LEAST_CHARS = 4
#: Examples at most.
_MOST = 5
#: What is enough to be found by one.
_SEVERAL = 2


class Example(NamedTuple):
    """A query, what it asks for in words, and how many articles it finds."""

    text: str
    means: str
    articles: int


def examples(
    engine: Searcher,
    newest: tuple[EngineHit, ...],
    facets: Mapping[str, FacetCounts],
    context: ParseContext,
) -> tuple[Example, ...]:
    """Return a query of each kind that finds something, made of what the index has: *newest* articles and *facets*."""
    readable = [_readable(kind, context) for kind in _kinds(newest, facets)]
    trees = tuple([tree for kind in readable for _, tree in kind])
    kinds = [[tried for tried, _ in kind] for kind in readable if kind]
    if not trees:
        return ()
    counts = engine.search(SearchRequest(tree=trees[0], limit=0, counted=trees)).counts
    found = []
    at = 0
    for kind in kinds:
        of_kind = zip(kind, counts[at : at + len(kind)], strict=True)
        at += len(kind)
        # Long words say more than short ones, as long as they find several articles.
        best = max(of_kind, key=lambda each: (min(each[1], _SEVERAL), len(each[0][0]), each[1]))
        if best[1]:
            found.append(Example(*best[0], best[1]))
    return tuple(found[:_MOST])


def _readable(
    kind: list[tuple[str, str]], context: ParseContext
) -> list[tuple[tuple[str, str], Query]]:
    """Return those of *kind* that can be asked, each with its tree: names may have no word, and years be beyond all queries."""
    found = []
    for tried in kind:
        with suppress(QueryError):
            found.append((tried, parse(tried[0], context).tree))
    return found


def _kinds(
    newest: tuple[EngineHit, ...], facets: Mapping[str, FacetCounts]
) -> Iterator[list[tuple[str, str]]]:
    """Yield for each kind of query those that are tried, with what they mean."""
    titles = [telling_words(hit.article) for hit in newest]
    pairs = [pair for title in titles for pair in combinations(title, 2)]
    kinds = [
        [(" ".join(pair), "both words, in any form") for pair in list(name_pairs(facets)) or pairs],
        [(_quoted(name), "exactly these words in a row") for name in _names(facets, "org", " ")],
        [(f"{a} NEAR/5 {b}", "within five words of each other") for a, b in pairs],
        [
            (f"author:{_quoted(name)} date:{year}", "by one author, in one year")
            for name in _names(facets, "author")
            for year in _years(newest)
        ],
        [
            (
                f"person:{_quoted(person)} place:{_quoted(place)}",
                "a person and a place in one article",
            )
            for person in _names(facets, "person")
            for place in _names(facets, "place")
        ],
        [(f"title:{word}", "in the title") for title in titles for word in title],
    ]
    yield from (kind for kind in kinds if kind)


def telling_words(article: Article) -> list[str]:
    """Return the first words of a title that say something, as a person would type them."""
    words = tokens(article.title).forms
    silent = stop_words(stem_language(article.language))
    telling = [w for w in words if len(w) >= _LEAST_CHARS and w.isalpha() and w not in silent]
    return list(dict.fromkeys(telling))[:_TRIED]


def _names(facets: Mapping[str, FacetCounts], field: str, with_: str = "") -> list[str]:
    values = facets[field].values if field in facets else ()
    return [each.value for each in values if with_ in each.value and '"' not in each.value][:3]


def name_pairs(facets: Mapping[str, FacetCounts]) -> Iterator[tuple[str, str]]:
    """Yield the surnames of people beside the organisations and places that are one word, as a person types them."""
    surnames = [name.split()[-1] for name in _names(facets, "person", " ")]
    others = [name for field in ("org", "place") for name in _names(facets, field)]
    for surname in surnames:
        for other in others:
            if surname.isalpha() and other.isalpha() and surname not in other:
                yield surname, other


def _years(newest: tuple[EngineHit, ...]) -> list[int]:
    return sorted({hit.article.published.year for hit in newest if hit.article.published})[-2:]


def _quoted(name: str) -> str:
    return f'"{name}"'
