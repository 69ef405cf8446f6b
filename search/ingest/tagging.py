"""Finding the entities of articles, many at a time: a tagger needs less time for each of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from search.enrich.tagger import is_for, tagger_called
from search.model.article import Article, Enrichment
from search.readers.language import likely_language
from search.readers.language_names import english_name

_NOT_ENRICHED = Enrichment()


class Enricher:
    """Finds the entities of articles by one tagger, which is loaded when the first article needs it."""

    def __init__(self, tagger: str) -> None:
        """*tagger* is its name and version, "" where nothing is to be looked for."""
        self._tagger = tagger
        self._labels: dict[str, str] = {}

    def label_for(self, article: Article) -> str:
        """Return the tagger that looks for names in *article*; "" where none does, as its language is none of the tagger's.

        Where nobody knows the language, as few words do not tell it for certain, the likely one counts.
        """
        if not self._tagger:
            return ""
        language = article.language or likely_language(article.title, article.body)
        label = self._labels.get(language)
        if label is None:
            is_wanted = is_for(self._tagger, language)
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


def not_looked_for(languages: Iterable[str], language: str) -> str:
    """Return why no names are looked for in an article in *language*, where they are in *languages*."""
    looked_for = _named(languages)
    if not language:
        return f"names are looked for in {looked_for}, and the words of the article are hardly that; its language is not known"
    return f"names are looked for in {looked_for}, and the article is in {english_name(language)}"


def without_names_said(languages: Iterable[str], articles: Mapping[str, int]) -> str:
    """Return in one sentence in which *languages* names are looked for, and how many *articles* in others have none for that."""
    most_first = sorted(articles.items(), key=lambda entry: (-entry[1], entry[0]))
    parts = [f"{number:,} in {english_name(language)}" for language, number in most_first]
    article = "article" if most_first[0][1] == 1 else "articles"
    parts[0] = parts[0].replace(" in", f" {article} in", 1)
    have = "has" if sum(articles.values()) == 1 else "have"
    return f"names are looked for in {_named(languages)}: {_listed(parts)} {have} none"


def _named(languages: Iterable[str]) -> str:
    return _listed(sorted(map(english_name, languages)))


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
