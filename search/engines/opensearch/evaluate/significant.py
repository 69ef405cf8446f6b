"""Which words the articles found have more often than others: those of the first ones are counted from their texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from search.engines import ranking
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.evaluate.stems import Stems, all_weights_of, without_stop_words
from search.engines.opensearch.evaluate.surfaces import forms_of
from search.engines.protocol.result import SignificantWord, SignificantWords
from search.engines.rescoring.asked import Asked
from search.model.article import Document

#: Words that are looked at beyond those asked for: of some a form is asked for already.
_SPARE = 10
#: Words, those that are about the most significant, of which it is counted how many articles have them.
_COUNTED = 100


def significant(question: Question, total: int) -> SignificantWords:
    """Return the words that the first of the articles found, of which there are *total*, have more often than all."""
    stems = Stems(question.view, question.statistics, question.layout)
    everywhere = stems.totals().articles
    first = _first(question)
    if len(first) < ranking.SIGNIFICANT_LEAST or total == everywhere:
        return SignificantWords((), len(first))
    scores = _scores(stems, first)
    having = stems.frequencies(scores)
    ranked = sorted(scores, key=lambda stem: (-scores[stem], stem))
    is_asked_for, words = Asked(question.request), list[SignificantWord]()
    wanted = question.request.significant
    for at in range(0, len(ranked), wanted + _SPARE):
        some = ranked[at : at + wanted + _SPARE]
        forms = forms_of(stems, some, first)
        some = [stem for stem in some if not is_asked_for(forms[stem])]
        counted = stems.counted(question.query, some)
        words += [
            SignificantWord(forms[stem][0], counted[stem], having[stem], scores[stem])
            for stem in some
        ]
        if len(words) >= wanted:
            break
    return SignificantWords(tuple(words[:wanted]), len(first))


def _first(question: Question) -> list[Document]:
    """Return the first articles found."""
    view = question.view
    body = {
        "query": question.query,
        "sort": question.order,
        "size": ranking.SIGNIFICANT_ARTICLES,
        "track_total_hits": False,
    }
    hits = question.search(body)["hits"]["hits"]
    return [view.document(hit["_source"], question.layout.fields) for hit in hits]


def _scores(stems: Stems, first: list[Document]) -> dict[str, float]:
    """Return the significance of each word that enough of the *first* articles have."""
    layout = stems.layout
    own: Counter[str] = Counter()
    candidates: set[str] = set()
    weights = [all_weights_of(document, layout) for document in first]
    for document, of_document in zip(first, weights, strict=True):
        own.update(of_document.keys())
        candidates |= without_stop_words(document, of_document).keys()
    least = ranking.least_with_word(len(first))
    likely = [
        stem
        for stem, count in own.most_common()
        if count >= least and stem in candidates and ranking.is_comparable(stem)
    ]
    everywhere = stems.totals().articles

    def scores(having: Mapping[str, int]) -> dict[str, float]:
        found = {
            stem: ranking.significance(own[stem], len(first), count, everywhere)
            for stem, count in having.items()
        }
        return {stem: found[stem] for stem in sorted(found, key=lambda each: -found[each])}

    wanted = set(likely)
    having = [{stem: weight for stem, weight in each.items() if stem in wanted} for each in weights]
    about = scores(stems.about(first, having))
    exact = scores(stems.frequencies(list(about)[:_COUNTED]))
    return {stem: score for stem, score in exact.items() if score}
