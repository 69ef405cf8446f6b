"""Finding the entities of articles, many at a time: a tagger needs less time for each of many."""

from __future__ import annotations

from collections.abc import Sequence

from search.enrich.tagger import is_for, tagger_called
from search.model.article import Article, Enrichment

_NOT_ENRICHED = Enrichment()


class Enricher:
    """Finds the entities of articles by one tagger, which is loaded when the first article needs it."""

    def __init__(self, tagger: str) -> None:
        """*tagger* is its name and version, "" where nothing is to be looked for."""
        self._tagger = tagger
        self._labels: dict[str, str] = {}

    def label_for(self, article: Article) -> str:
        """Return the tagger that looks for names in *article*; "" where none does, as its language is none of the tagger's."""
        language = article.language
        label = self._labels.get(language)
        if label is None:
            is_wanted = self._tagger and is_for(self._tagger, language)
            label = self._labels[language] = self._tagger if is_wanted else ""
        return label

    def is_without(self, article: Article) -> bool:
        """Whether names are looked for, and none in *article*."""
        return self._tagger != self.label_for(article)

    def enriched(self, articles: Sequence[Article]) -> list[Enrichment]:
        """Return what is found out about each of *articles*, in order. Raises `TaggerError` where the tagger is damaged."""
        labels = [self.label_for(article) for article in articles]
        tagged = [article for article, label in zip(articles, labels, strict=True) if label]
        found = iter(tagger_called(self._tagger).tag(tagged) if tagged else ())
        return [Enrichment(next(found), label) if label else _NOT_ENRICHED for label in labels]
