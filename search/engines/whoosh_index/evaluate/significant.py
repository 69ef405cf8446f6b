"""Which words the documents found have more often than others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from search.engines import ranking
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SignificantWord, SignificantWords
from search.engines.rescoring.asked import Asked
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Ints

#: Words of a segment, and of all segments, that are counted exactly: those that look most significant by the heaviest words of documents alone.
_LIKELY = 100
_COUNTED = 50


def significant(
    snapshot: Snapshot, request: SearchRequest, first: Ints, found: Ints
) -> SignificantWords:
    """Return the words that the *first* of the documents *found* have more often than all, both ascending; those asked for left out."""
    words: list[SignificantWord] = []
    everywhere = snapshot.documents.live_count
    if len(first) < ranking.SIGNIFICANT_LEAST or len(found) == everywhere:
        return SignificantWords((), len(first))
    is_asked_for = Asked(request)
    scored = []
    for stem in _likely(snapshot, first):
        postings = snapshot.words.of_term(stem)
        having = len(kernels.find_in(first, postings.for_kernels)[0])
        score = ranking.significance(having, len(first), postings.size, everywhere)
        if having >= ranking.least_with_word(len(first)) and score:
            scored.append((-score, stem, postings))
    scored.sort(key=lambda each: each[:2])
    for minus_score, stem, postings in scored:
        if is_asked_for(snapshot.forms_of_term(stem)):
            continue
        articles = len(kernels.find_in(found, postings.for_kernels)[0])
        word = snapshot.surface_of(stem)
        words.append(SignificantWord(word, articles, postings.size, -minus_score))
        if len(words) == request.significant:
            break
    return SignificantWords(tuple(words), len(first))


def _likely(snapshot: Snapshot, documents: Ints) -> Iterator[str]:
    """Yield the terms that are most likely significant for *documents*, by how many have each among their heaviest."""
    likely: dict[str, float] = {}
    for segment, at, found in snapshot.terms_of(documents):
        family = segment.family("text")
        counts = np.bincount(found.terms)
        numbers = np.flatnonzero(counts)
        shares = counts[numbers] / len(at)
        everywhere = family.sizes_of_terms(numbers) / len(segment)
        # That of ``ranking.significance``, for the part of the documents that is in the segment.
        scores = (shares - everywhere) * shares / everywhere * (len(at) / len(documents))
        best = (-scores).argsort(kind="stable")[:_LIKELY]
        for number, score in zip(numbers[best].tolist(), scores[best].tolist(), strict=True):
            stem = family.term(number)
            if ranking.is_comparable(stem):
                likely[stem] = likely.get(stem, 0.0) + score
    yield from sorted(likely, key=lambda stem: (-likely[stem], stem))[:_COUNTED]
