"""How articles write words that an engine gives as folded forms: *hauser* as *Häuser*."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import EngineHit
from search.model.article import Document
from search.model.errors import QueryTimeout
from search.query.tree import And, Word
from search.text.stems import NO_STEMS, stem
from search.text.words import tokens

#: Words at most that are looked for in other articles than those at hand, each with a search of its own.
_LOOKED_FOR = 20


def written_by(
    engine: Searcher, request: SearchRequest, hits: Sequence[EngineHit], words: Sequence[str]
) -> Mapping[str, str]:
    """Return of each of some folded *words* how articles that *request* finds write it, *hits* or else another one."""
    found = _written(_texts(hits), words)
    for word in [word for word in words if word not in found][:_LOOKED_FOR]:
        tree = And((request.tree, Word(word, exact=True)))
        plain = request._replace(
            tree=tree, sort="newest", limit=1, offset=0, after=None, group=False
        )
        plain = plain._replace(facets=(), histogram=None, counted=(), significant=0, explain=False)
        try:
            found |= _written(_texts(engine.search(plain).hits), [word])
        except QueryTimeout:  # what was asked is answered
            break
    return {word: found.get(word, word) for word in words}


def written_in(
    texts: Sequence[str], words: Iterable[str], language: str = NO_STEMS
) -> dict[str, str]:
    """Return of each of some folded *words* the spelling that *texts* have most often; itself where none has it.

    Of a word that they do not have, that of its other forms in *language*, one of `search.text.stems.LANGUAGES`. Several
    words that are all in capitals do not count: headlines of wires.
    """
    words = list(words)
    found = _written(texts, words, language)
    return {word: found.get(word, word) for word in words}


def texts_of(document: Document) -> list[str]:
    """Return all texts of a document that words are found in."""
    article = document.article
    names = [entity.name for kind in document.enrichment.entities for entity in kind]
    return [article.title, article.body, *article.authors, *names]


def _texts(hits: Iterable[EngineHit]) -> list[str]:
    return [text for hit in hits for text in texts_of(hit.document)]


def _written(
    texts: Sequence[str], words: Iterable[str], language: str = NO_STEMS
) -> dict[str, str]:
    """Return the same without the words that *texts* have in no form."""
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
    written = {
        word: _most_often(counts) or _most_often(others[stem(word, language)])
        for word, counts in found.items()
    }
    return {word: spelling for word, spelling in written.items() if spelling}


def _most_often(counts: Counter[str]) -> str:
    return max(counts, key=lambda spelling: (counts[spelling], spelling.islower()), default="")
