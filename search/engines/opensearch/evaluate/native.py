"""Queries that the cluster scores by itself, so that it can pass over what does not come among the first hits.

A bare word is looked for in one field that has all words of an article with their weighted frequencies: the server's BM25 over it
is docs/ranking.md but for rounded lengths, and frequencies that count articles which are replaced by now. Words that stand
together, of a field, or that a pattern stands for score by the field in which they score best, and its length. Only spans with
others between are scored as ever: these are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.engines.opensearch.evaluate import clauses as made
from search.engines.opensearch.evaluate.clauses import NOTHING, Clause
from search.engines.opensearch.evaluate.compiling import Compiler
from search.engines.opensearch.mapping import ALL_FORMS, ALL_STEMS, SATURATED, Place, stem_token
from search.engines.protocol.rules import is_bare
from search.engines.ranking import EXACT_WEIGHT, K1
from search.query.tree import Word
from search.text.stems import stem

#: The server's BM25 leaves out the factor that makes the score of one occurrence 1.
_FACTOR = K1 + 1
#: What a clause of one word can be worth at most.
_MOST_WORTH = SATURATED - 1.0


class NativeCompiler(Compiler):
    """Makes queries that the cluster scores."""

    def _word(self, word: Word, factor: float) -> Clause:
        if word.field is not None:
            return super()._word(word, factor)
        exact = made.any_word((word.form,), [(ALL_FORMS, _FACTOR * factor)])
        if word.exact:
            return exact if self._is_scored else made.unscored(exact)
        any_form = self._any_form(word.form, _FACTOR * factor)
        if not self._is_scored or (is_bare(word) and word.form in self._stop_words):
            return made.unscored(any_form)
        as_typed = made.any_word((word.form,), [(ALL_FORMS, EXACT_WEIGHT * _FACTOR * factor)])
        return made.some_of([any_form, as_typed])

    def _any_form(self, form: str, boost: float = 1.0) -> Clause:
        terms = [stem_token(language, stem(form, language)) for language in self._languages()]
        return made.any_word(terms, [(ALL_STEMS, boost)])

    def stems(self, form: str, places: Sequence[Place]) -> Clause:
        """Return where any form of a word stands, to be counted or found."""
        if places is self._layout.searched:
            return self._any_form(form)
        return super().stems(form, places)

    def _scored(self, occurrences: Clause, weight: float, field: str | None) -> Clause:
        if not weight or not self._scores(field):
            return super()._scored(occurrences, weight, field)
        found = _saturated(occurrences, _FACTOR * weight)
        return super()._scored(occurrences, weight, field) if found is None else found


def _saturated(occurrences: Clause, worth: float) -> Clause | None:
    """Return *occurrences* scoring *worth* times their saturated frequency in the best field; None for spans, which cannot."""
    if occurrences == NOTHING:
        return occurrences
    ((kind, inner),) = occurrences.items()
    if kind == "bool":
        parts = [_saturated(each, worth) for each in inner["should"]]
        # The best field: added up, a phrase in title and text would weigh more than any.
        return None if None in parts else {"dis_max": {"queries": parts}}
    if kind not in ("match", "match_phrase"):
        return None
    ((field, asked),) = inner.items()
    # The server adds up what each word of a phrase scores.
    words = 1 if kind == "match" else len(asked["query"].split(" "))
    weight = round(asked["boost"] * words)
    own: dict[str, Any] = {**asked, "boost": SATURATED * weight + min(worth / words, _MOST_WORTH)}
    return {kind: {field: own}}
