"""What all engines make of a request in one way: what is refused, which clauses score, how many have to match, what is said of bounds."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TypeGuard

from search.engines.protocol.request import SearchRequest
from search.model.errors import QueryTimeout, RequestError
from search.model.fields import FieldTable
from search.model.question import Match
from search.query.tree import Fuzzy, Near, Phrase, Query, Wildcard, Word, walk

#: The share of the clauses of a group that has to match where most of them are to.
_MOST = 0.75


def check(request: SearchRequest, fields: FieldTable) -> None:
    """Raise `RequestError` for what no engine can answer: a facet or selection of a field that is no facet, numbers below 0."""
    asked = [each.field for each in request.facets]
    asked += [each.field for each in (*request.selections, *request.excluded)]
    for name in (*asked, *request.without):
        if name not in fields.facets:
            raise RequestError(f"unknown facet {name!r}; choose one of {', '.join(fields.facets)}")
    if any(facet.size < 1 for facet in request.facets):
        raise RequestError("a facet of no value cannot be counted; ask for 1 or more")
    if request.limit < 0 or request.offset < 0:
        raise RequestError(
            f"limit {request.limit} and offset {request.offset} must not be negative"
        )
    if request.after is not None and (request.sort == "relevance" or request.group):
        raise RequestError(
            "only articles in the order of their dates can be asked for from a place on"
        )


def is_bare(node: Query) -> TypeGuard[Word]:
    """Whether *node* is a word that was neither quoted nor has a field."""
    return isinstance(node, Word) and node.field is None and not node.exact


def is_scoring(node: Query, filters: Collection[str]) -> bool:
    """Whether *node* is a clause that can add to a score; those of *filters*, which are fields, only match."""
    return isinstance(node, Word | Phrase | Near | Wildcard | Fuzzy) and node.field not in filters


def is_scored(tree: Query, filters: Collection[str]) -> bool:
    """Whether any clause of *tree* can add to a score; if not, an answer is ordered by date."""
    if isinstance(tree, Word):  # half of all queries, which need no walk
        return tree.field not in filters
    return any(is_scoring(node, filters) for node in walk(tree, negated=False))


def needed(match: Match, optional: int) -> int:
    """Return how many of the *optional* clauses of a group have to match, where not "all" do."""
    return 1 if match == "any" else math.ceil(_MOST * optional)


def expansion_notice(written: str, words: int, most: int, *, is_cut: bool = False) -> str:
    """Return what to say where *written* stands for more *words* than are searched; *is_cut*: and for more than these."""
    more = "more than " if is_cut else ""
    return (
        f"{written} stands for {more}{words:,} words; only the {most:,} in most articles were searched, so articles "
        "may be missing"
    )


def gave_up(timeout_ms: int) -> QueryTimeout:
    """Return what to raise where a query took longer than it may."""
    return QueryTimeout(
        f"the query was given up after {timeout_ms:,} ms; ask for fewer or rarer words, or set "
        "query_timeout_ms higher (0: no limit)"
    )
