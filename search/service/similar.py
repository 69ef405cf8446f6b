"""Which articles are like one, and which words they share."""

from __future__ import annotations

from typing import NamedTuple

from search.engines.protocol.engine import FindsSimilar, Searcher
from search.model.article import Article, Document
from search.service.written import texts_of, written_in
from search.text.stems import stem_language

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
    written = written_in(texts_of(document), every, stem_language(article.language or ""))
    return SimilarPage(
        document,
        tuple(
            SimilarArticle(hit.document, hit.score, tuple(written[word] for word in hit.words))
            for hit in found.hits
        ),
        tuple(written[word] for word in found.words),
        found.notices,
    )
