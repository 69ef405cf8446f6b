"""Which articles are like one, and how the words that they share are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search.engines.protocol.engine import FindsSimilar, Searcher
from search.model.article import Article, Document
from search.text.stems import NO_STEMS, stem, stem_language
from search.text.words import tokens

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
    names = [entity.name for kind in document.enrichment.entities for entity in kind]
    texts = [article.title, article.body, *article.authors, *names]
    written = written_in(texts, every, stem_language(article.language or ""))
    return SimilarPage(
        document,
        tuple(
            SimilarArticle(hit.document, hit.score, tuple(written[word] for word in hit.words))
            for hit in found.hits
        ),
        tuple(written[word] for word in found.words),
        found.notices,
    )


def written_in(
    texts: Sequence[str], words: Iterable[str], language: str = NO_STEMS
) -> dict[str, str]:
    """Return of each of some folded *words* the spelling that *texts* have most often; itself where none has it.

    Of a word that they do not have, that of its other forms in *language*, one of `search.text.stems.LANGUAGES`. Several
    words that are all in capitals do not count: headlines of wires.
    """
    found: dict[str, Counter[str]] = {word: Counter() for word in words}
    others: dict[str, Counter[str]] = {stem(word, language): Counter() for word in found}
    for text in texts if found else ():
        if text.isupper() and " " in text:
            continue
        every = tokens(text)
        for form, start, end in zip(every.forms, every.starts, every.ends, strict=True):
            if form in found:
                found[form][text[start:end]] += 1
            elif (root := stem(form, language)) in others:
                others[root][text[start:end]] += 1
    return {
        word: _most_often(counts) or _most_often(others[stem(word, language)]) or word
        for word, counts in found.items()
    }


def _most_often(counts: Counter[str]) -> str:
    return max(counts, key=lambda spelling: (counts[spelling], spelling.islower()), default="")
