"""More like this: the articles that share the heaviest words of one."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from search.engines import ranking
from search.engines.protocol.result import SimilarArticles, SimilarHit, not_known
from search.engines.rescoring.recency import MICROSECONDS_OF_DAY
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.evaluate.order import as_rows, firsts_of_groups, page
from search.engines.whoosh_index.evaluate.sets import PostingSet, united
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Bools, Floats, Ints

#: Shared words that are named of each article.
_NAMED = 5
#: Words that are named of all that were looked for.
_LOOKED_FOR = 10

_NO_COLUMN = not_known("none can be compared with this one")
_NO_WORDS = "this article has too few words that others have to be compared by"


class _Term(NamedTuple):
    """A word of the article: its stem, what it weighs there, and the documents that have it with what they score by it."""

    stem: str
    weight: float
    found: PostingSet


class Similar:
    """The articles that are like one document of a snapshot."""

    def __init__(
        self, snapshot: Snapshot, document: int, limits: Limits, deadline: Deadline
    ) -> None:
        self._snapshot = snapshot
        self._document = document
        self._limits = limits
        self._deadline = deadline

    def answer(self, limit: int) -> SimilarArticles:
        """Return the *limit* articles that are most like the document; raises `QueryTimeout` at the deadline."""
        terms = self._terms()
        if terms is None:
            return SimilarArticles((), (), (_NO_COLUMN,))
        if len(terms) < 2:
            return SimilarArticles((), (), (_NO_WORDS,))
        ranked = self._ranked(terms, limit)
        documents = [document for document, _ in ranked]
        shared = self._shared(terms, documents)
        named = {n for numbers in shared for n in numbers} | set(range(_LOOKED_FOR))
        words = {n: self._snapshot.surface_of(t.stem) for n, t in enumerate(terms) if n in named}
        return SimilarArticles(
            tuple(
                SimilarHit(
                    partial(self._snapshot.document_at, document),
                    score,
                    tuple(words[n] for n in numbers),
                )
                for (document, score), numbers in zip(ranked, shared, strict=True)
            ),
            tuple(word for n, word in words.items() if n < _LOOKED_FOR),
        )

    def _terms(self) -> list[_Term] | None:
        """Return the words to look for, the heaviest first; None where they are not known."""
        snapshot, documents = self._snapshot, self._snapshot.documents
        found = []
        own = np.array([self._document])
        columns = list(snapshot.terms_of(own))
        if not columns:
            return None
        [(segment, _, terms)] = columns
        family, most = segment.family("text"), ranking.most_with_word(documents.live_count)
        for number, frequency in zip(terms.terms.tolist(), terms.weights, strict=True):
            stem = family.term(number)
            if not ranking.is_comparable(stem):
                continue
            postings = snapshot.words.of_term(stem)
            if not 2 <= postings.size <= most:  # nobody else has it, or very many
                continue
            idf = ranking.idf(documents.live_count, postings.size) * (ranking.K1 + 1)
            weights = np.array([frequency], np.float32)
            weight = float(kernels.scored((own, weights), documents.penalties, idf)[1][0])
            found.append(
                _Term(stem, weight, PostingSet(documents, postings, idf * float(np.sqrt(weight))))
            )
        found.sort(key=lambda term: (-term.weight, term.stem))
        return found[: ranking.SIMILAR_WORDS]

    def _ranked(self, terms: list[_Term], limit: int) -> list[tuple[int, float]]:
        """Return the most similar documents, one of each story, and how similar they are."""
        snapshot, own = self._snapshot, self._document
        needed = min(ranking.SIMILAR_SHARED, len(terms))
        parts = [term.found for term in terms]
        found = united(parts, needed, snapshot.documents, self._limits, self._deadline)
        documents, scores = found.documents, found.bounds
        whole = float(scores[documents.searchsorted(own)])
        scores = np.minimum(scores / np.float32(whole), np.float32(1))
        scores *= self._nearness(documents)
        stories = snapshot.documents.stories
        is_other = (documents != own) & (scores >= ranking.SIMILAR_LEAST)
        if stories is not None and (group := int(stories.groups[own])):
            is_other &= stories.groups.take(documents) != group
        is_other &= self._in_same_language(documents)
        at = is_other.nonzero()[0]
        documents, scores = documents.take(at), scores.take(at)
        looked_at = limit * 2
        while len(documents):
            looked_at = min(looked_at, len(documents))
            best, best_scores = page(snapshot, documents, scores, "relevance", 0, looked_at)
            ranked = as_rows(best, best_scores)
            if stories is not None:
                ranked = firsts_of_groups(ranked, stories.groups.take(best).tolist())
            if len(ranked) >= limit or looked_at == len(documents):
                return ranked[:limit]
            looked_at *= 4
        return []

    def _nearness(self, documents: Ints) -> Floats:
        """Return what each of *documents* keeps by its distance in time."""
        dates = self._snapshot.documents.dates
        own = int(dates[self._document])
        if own == UNDATED:
            return np.ones(len(documents), np.float32)
        instants = dates.take(documents)
        days = np.abs(np.where(instants == UNDATED, own, instants) - own) / MICROSECONDS_OF_DAY
        rest = 0.5 ** (days / ranking.SIMILAR_HALF_LIFE_DAYS)
        rest[instants == UNDATED] = 0
        kept: Floats = (ranking.SIMILAR_FAR + (1 - ranking.SIMILAR_FAR) * rest).astype(np.float32)
        return kept

    def _in_same_language(self, documents: Ints) -> Bools:
        """Return of each of *documents* whether it is in the language of the document, as far as both are known."""
        if "lang" not in self._snapshot.layout.facets or not len(documents):
            return np.ones(len(documents), bool)
        table = self._snapshot.facet("lang")
        own = int(table.first_ordinals(np.array([self._document]))[0])
        if own < 0:
            return np.ones(len(documents), bool)
        language = _language_of(table.values[own])
        is_same = np.array([_language_of(value) == language for value in table.values] + [True])
        same: Bools = is_same[table.first_ordinals(documents)]
        return same

    def _shared(self, terms: list[_Term], documents: list[int]) -> list[list[int]]:
        """Return for each of *documents* the terms that add most to its score, as indices, the most first."""
        ascending = np.array(sorted(documents), np.int64)
        added = np.zeros((len(terms), len(ascending)), np.float32)
        for number, term in enumerate(terms):
            at, weights = term.found.find(ascending)
            added[number, at] = term.found.bounds_of(ascending.take(at), weights)
        rows = ascending.searchsorted(documents)
        found = []
        for row in rows.tolist():
            order = (-added[:, row]).argsort(kind="stable")[:_NAMED].tolist()
            found.append([number for number in order if added[number, row]])
        return found


def _language_of(value: str) -> str:
    """Return the language of a code such as en-GB."""
    return value.casefold().partition("-")[0].strip()
