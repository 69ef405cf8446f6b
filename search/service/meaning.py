"""Ranking by meaning: the vector of a question's words, and what is near them that does not match."""

from __future__ import annotations

from collections.abc import Iterator

from search.engines.protocol.engine import HasVectors, Searcher
from search.engines.protocol.request import Meaning, SearchRequest
from search.engines.protocol.result import SearchResult
from search.model.errors import RequestError
from search.query.tree import (
    And,
    Fuzzy,
    Group,
    Near,
    Or,
    Phrase,
    Query,
    Word,
    as_read,
)

#: Articles that are listed as near in meaning.
NEAR_ARTICLES = 5


def with_meaning(engine: Searcher, request: SearchRequest, tree: Query) -> SearchRequest:
    """Return *request*, which is to be ranked by meaning, with the vector of the words of *tree*, where that has any.

    Raises `RequestError`, which says what to do, where the engine keeps no vectors, no article has any, or the model
    that made them is not installed.
    """
    if not isinstance(engine, HasVectors):
        raise RequestError("rank semantic: the engine of this index keeps no vectors")
    labels = engine.vector_models()
    if not labels:
        raise RequestError(
            "rank semantic: no article of this index has vectors; make them with: newssearch embed"
        )
    from search.enrich.embeddings.models import label_of, load, name_of, vector_of_query

    made_by = labels[-1]
    installed = label_of(name_of(made_by))
    if installed != made_by:
        older = next((label for label in labels if label == installed), "")
        if not older:
            raise RequestError(
                f"rank semantic: the vectors of this index are of the model {made_by}, and {installed} is "
                "installed; make them anew with: newssearch embed"
            )
        made_by = older
    text = " ".join(_words(tree))
    if not text or request.sort != "relevance":
        return request
    meaning = Meaning(made_by, vector_of_query(made_by, text), load(made_by).least_nearness)
    return request._replace(meaning=meaning)


def near_in_meaning(engine: Searcher, request: SearchRequest) -> SearchResult:
    """Return articles near the meaning of *request* that do not match it, the nearest first; none where it has no meaning."""
    if request.meaning is None or not isinstance(engine, HasVectors):
        return SearchResult(0)
    return engine.near(request, NEAR_ARTICLES)


def _words(tree: Query) -> Iterator[str]:
    """Yield the words of *tree* in order that are in no field and not negated, of several spellings the first."""
    match as_read(tree):
        case Word(form, None) | Fuzzy(form, _, None):
            yield form
        case Phrase(forms, _, None):
            yield from forms
        case Near(left, right, _, None):
            yield left.form
            yield right.form
        case And(children) | Or(children) | Group(children):
            for child in children:
                yield from _words(child)
