"""Which articles are like one, and how the words that they share are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from search.engines.protocol import FindsSimilar, Searcher
from search.model.article import Article, Document

_CANNOT = "this index does not know which articles are like others"


class SimilarArticle(NamedTuple):
    """An article like another one: how much, from 0 to 1, and the words that say so, as the other one writes them."""

    document: Document
    score: float
    words: tuple[str, ...]

    @property
    def article(self) -> Article:
        return self.document.article


class SimilarPage(NamedTuple):
    """The articles that are like one, the most like it first, the words of it that were looked for, and notices."""

    document: Document
    articles: tuple[SimilarArticle, ...]
    words: tuple[str, ...]
    notices: tuple[str, ...] = ()


def similar_page(engine: Searcher, document: Document, limit: int) -> SimilarPage:
    """Return at most *limit* articles that are like *document*, which the engine has."""
    if not isinstance(engine, FindsSimilar):
        return SimilarPage(document, (), (), (_CANNOT,))
    found = engine.similar(document.article_id, limit)
    if found is None:  # deleted meanwhile
        return SimilarPage(document, (), ())
    article = document.article
    every = [*found.words, *(word for hit in found.hits for word in hit.words)]
    written = written_in([article.title, article.body], dict.fromkeys(every))
    return SimilarPage(
        document,
        tuple(
            SimilarArticle(hit.document, hit.score, tuple(written[word] for word in hit.words))
            for hit in found.hits
        ),
        tuple(written[word] for word in found.words),
        found.notices,
    )


def written_in(texts: Sequence[str], words: Sequence[str] | dict[str, None]) -> dict[str, str]:
    """Return of each of some folded *words* the spelling that *texts* have most often; itself where none has it so.

    Only capitals differ: a word whose accents were folded stays as it is. Texts all in capitals do not count.
    """
    found: dict[str, Counter[str]] = {word: Counter() for word in words}
    if not found:
        return {}
    longest_first = sorted(found, key=len, reverse=True)
    pattern = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE
    )
    for text in texts:
        if text.isupper():
            continue
        for match in pattern.finditer(text):
            word = match[0].lower()
            if word in found:
                found[word][match[0]] += 1
    return {
        word: max(counts, key=lambda spelling: (counts[spelling], spelling.islower()), default=word)
        for word, counts in found.items()
    }
