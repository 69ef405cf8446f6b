"""Questions about the words of an index, without a request: spellings, completions, in how many articles a word is."""

from __future__ import annotations

from collections.abc import Sequence

from search.engines.opensearch.evaluate import clauses as made
from search.engines.opensearch.evaluate.compiling import Compiler
from search.engines.opensearch.evaluate.patterns import escaped
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.evaluate.vocabulary import Expansion, fuzzy
from search.engines.opensearch.mapping import VOCABULARY, language_term, layout_of
from search.engines.opensearch.pages import values_of
from search.engines.opensearch.view import View
from search.model.fields import FieldTable
from search.text.stems import LANGUAGES, stem
from search.text.words import fold, within_edits

_SPELLING_EDITS = 2
#: Letters of a stem that its forms may share one with.
_SHORT = 3
#: No bound on words: who asks counts them.
_ALL = 1 << 30


class Words:
    """The words of the articles that a view sees, those of a bare word of a query."""

    def __init__(self, view: View, fields: FieldTable) -> None:
        self._view = view
        self._layout = layout_of(fields)
        self._statistics = Statistics(view, self._layout)
        self._compiler = Compiler(self._layout, self._statistics, "all", _ALL, is_scored=False)

    def spellings(self, form: str, limit: int) -> tuple[str, ...]:
        """Return words within two edits of *form*: fewest edits, then most articles, first."""
        wanted = fold(form)
        found = self._statistics.vocabulary.words(fuzzy(wanted, _SPELLING_EDITS, None, _ALL))
        ranked = sorted(
            (word for word in found if word != wanted),
            key=lambda word: (not within_edits(wanted, word, 1), -found[word], word),
        )
        return tuple(ranked[:limit])

    def completions(self, beginning: str, limit: int) -> tuple[str, ...]:
        """Return words that begin with *beginning*, those in most articles first; of none there are none."""
        return self._statistics.vocabulary.beginning(beginning, limit) if beginning else ()

    def frequencies(self, forms: Sequence[str]) -> list[int]:
        """Return in how many articles each of *forms* is, in any of its forms."""

        def counted() -> list[int]:
            places = self._layout.searched
            return [self._statistics.count(self._compiler.stems(form, places)) for form in forms]

        return self._statistics.complete(counted)

    def forms_of(self, form: str) -> dict[str, int]:
        """Return all forms of a word that articles have, by the rules of any of their languages, and in how many each is.

        Those that begin with other letters than their stem (*gelopen*, *loop*) are not looked for, but for *form* itself.
        """
        roots = {language: stem(form, language) for language in self.stem_languages()}
        beginnings = {escaped(form)}.union(*map(beginnings_of, roots.values()))
        regex = "|".join(sorted(beginnings))

        def fits(word: str) -> bool:
            return word == form or any(stem(word, code) == root for code, root in roots.items())

        found = self._statistics.vocabulary.words(
            Expansion(regex, fits, None, f"forms of {form}", _ALL)
        )
        return dict(sorted(found.items()))

    def stem_languages(self) -> dict[str, int]:
        """Return in how many articles words have the stems of each language."""
        totals = self._statistics.complete(lambda: self._statistics.totals)
        codes = {language_term(code): code for code in LANGUAGES}
        return {codes[term]: count for term, count in totals.languages.items()}

    def count_terms(self) -> int:
        """Return how many different forms there are in any field."""
        found: set[str] = set()
        fields = self._layout.fields
        names = [
            *fields.stemmed,
            *fields.texts,
            self._layout.vocabularies(None)[-1].partition(".")[2],
        ]
        seen = made.unscored(*self._statistics.seen)
        for name in names:
            forms = values_of(self._view.search, VOCABULARY + name, seen)
            found.update(form for form, _ in forms)
        return len(found)


def beginnings_of(root: str) -> set[str]:
    """Return patterns of the forms of a stem: they begin as it does but for accents, and it may end in letters of its own.

    Of a short one little is left (*die*, *dying*): of those any word that is not much longer, and begins with its first letter.
    """
    plain = fold(root)
    patterns = {escaped(each[: max(2, len(each) - 2)]) + ".*" for each in (root, plain)}
    if len(plain) <= _SHORT:
        patterns |= {f"{escaped(each)}.{{0,{2 * _SHORT}}}" for each in plain[:1]}
    return patterns
