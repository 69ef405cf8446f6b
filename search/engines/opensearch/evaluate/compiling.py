"""A query tree as a query of the server's: what matches, and what that scores by docs/ranking.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from search.engines.opensearch.evaluate import clauses as made
from search.engines.opensearch.evaluate.clauses import EVERYTHING, NOTHING, Clause
from search.engines.opensearch.evaluate.filters import between, with_value
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.evaluate.vocabulary import expansion_of
from search.engines.opensearch.mapping import Layout, Place, language_of, stem_token
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.rules import is_bare, is_scoring, needed
from search.engines.ranking import ELSEWHERE, EXACT_WEIGHT, PAIR_WEIGHT, SYNONYM_WEIGHT
from search.model.question import Match
from search.query.languages import languages_asked_for
from search.query.tree import (
    And,
    DateRange,
    Either,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Wildcard,
    Word,
    is_required,
    walk,
)
from search.text.stems import stem
from search.text.stop_words import stop_words


class Compiler:
    """Makes queries of trees for one request. What it does not know yet it asks of the statistics, see there."""

    def __init__(
        self,
        layout: Layout,
        statistics: Statistics,
        match: Match,
        max_expansions: int,
        *,
        is_scored: bool = True,
        stop_words: Collection[str] = (),
    ) -> None:
        """Without *is_scored* nothing scores; of the bare words those that are *stop_words* do not."""
        self._layout = layout
        self._statistics = statistics
        self._match = match
        self._max_expansions = max_expansions
        self._is_scored = is_scored
        self._stop_words = stop_words

    def query(self, node: Query, factor: float = 1.0) -> Clause:
        """Return what *node* matches; it scores *factor* times what docs/ranking.md says."""
        match node:
            case Word():
                return self._word(node, factor)
            case Phrase():
                return self.phrase(node, factor)
            case Near():
                return self._near(node, factor)
            case Wildcard() | Fuzzy():
                return self._expanded(node, factor)
            case DateRange(start, end):
                return made.unscored(between(start, end, self._statistics.view))
            case HasValue(name):
                return made.unscored(with_value(self._layout, name))
            case Not(Not(child)):
                return made.unscored(self.query(child))
            case Not(child):
                return made.without(self.query(child))
            case And(children):
                return self._all(children, factor)
            case Or(children):
                return made.some_of([self.query(child, factor) for child in children])
            case Either(children):
                return self._best(node, children, factor)
            case Group(children):
                return self._group(children, factor)
            case _:
                return made.unscored(EVERYTHING)

    # Clauses together

    def _all(self, children: Sequence[Query], factor: float) -> Clause:
        found = [self.query(child, factor) for child in children]
        return made.all_of(found, self.neighbours(children, factor))

    def _group(self, children: Sequence[Query], factor: float) -> Clause:
        if self._match == "all":
            return self._all(children, factor)
        required = [self.query(child, factor) for child in children if is_required(child)]
        optional = [self.query(child, factor) for child in children if not is_required(child)]
        if optional:
            required.append(made.some_of(optional, needed(self._match, len(optional))))
        return made.all_of(required, self.neighbours(children, factor))

    def _best(self, node: Query, children: Sequence[Query], factor: float) -> Clause:
        others = factor * (SYNONYM_WEIGHT if isinstance(node, Synonyms) else 1.0)
        found = [self.query(child, others if n else factor) for n, child in enumerate(children)]
        return {"dis_max": {"queries": found}}

    def neighbours(self, children: Sequence[Query], factor: float = 1.0) -> list[Clause]:
        """Return what scores where words that stand side by side among *children* do so in an article too."""
        if not self._is_scored:
            return []
        pairs = [Phrase(pair, exact=False) for pair in self._pairs(children)]
        return [self.phrase(pair, PAIR_WEIGHT * factor) for pair in pairs]

    def _pairs(self, children: Sequence[Query]) -> Iterator[tuple[str, str]]:
        for left, right in pairwise(children):
            if is_bare(left) and is_bare(right):
                forms = left.form, right.form
                if not any(form in self._stop_words for form in forms):
                    yield forms

    # Words

    def _word(self, word: Word, factor: float) -> Clause:
        places = self._layout.places(word.field)
        exact = self._occurrences((word.form,), places)
        if self._layout.is_exact(word.exact, word.field):
            return self._scored(exact, self._statistics.idf(exact) * factor, word.field)
        any_form = self.stems(word.form, places)
        is_stop_word = is_bare(word) and word.form in self._stop_words
        if is_stop_word or not self._scores(word.field):
            return made.unscored(any_form)
        of_form = self._statistics.idf(exact) * EXACT_WEIGHT * factor
        found = self._scored(any_form, self._statistics.idf(any_form) * factor, word.field)
        if not of_form:
            return found
        return made.some_of([found, self._scored(exact, of_form, word.field)])

    def _occurrences(self, forms: Sequence[str], places: Sequence[Place]) -> Clause:
        return made.any_word(forms, made.fields_of(places, stems=False))

    def stems(self, form: str, places: Sequence[Place]) -> Clause:
        """Return where any form of a word stands, by the rules of the language of each article."""
        terms = [stem_token(language, stem(form, language)) for language in self._languages()]
        return made.any_word(terms, made.fields_of(places, stems=True))

    def _languages(self) -> list[str]:
        """Return the languages whose stems articles have."""
        known = self._statistics.totals.languages
        return list(map(language_of, known))

    def _scores(self, field: str | None) -> bool:
        return self._is_scored and field not in self._layout.filters

    def _scored(self, occurrences: Clause, weight: float, field: str | None) -> Clause:
        if not self._scores(field):
            return made.unscored(occurrences)
        if not weight:
            return NOTHING
        return made.scored(occurrences, weight, self._statistics.totals.average_length)

    def _expanded(self, leaf: Wildcard | Fuzzy, factor: float) -> Clause:
        words = self._statistics.expanded(expansion_of(leaf, self._max_expansions))
        if not words:
            return NOTHING
        found = self._occurrences(words, self._layout.places(leaf.field))
        if not self._scores(leaf.field):
            return made.unscored(found)
        return self._scored(found, self._statistics.idf(found) * factor, leaf.field)

    # Several words

    def phrase(self, phrase: Phrase, factor: float = 1.0) -> Clause:
        """Return where words stand in a row."""
        places = self._layout.places(phrase.field)
        is_exact = self._layout.is_exact(phrase.exact, phrase.field)
        found = []
        for terms in self._rows(phrase.forms, [is_exact] * len(phrase.forms)):
            for place in places:
                field = place.forms if is_exact else place.stems
                found.append(made.phrase(terms, phrase.slop, field, place.weight))
        sides = [(form, is_exact) for form in phrase.forms]
        return self._in_row(found, sides, places, phrase.field, factor)

    def _near(self, near: Near, factor: float) -> Clause:
        places = self._layout.places(near.field)
        sides = [
            (word.form, self._layout.is_exact(word.exact, near.field))
            for word in (near.left, near.right)
        ]
        found = [
            spans
            for place in places
            for terms in self._rows([form for form, _ in sides], [exact for _, exact in sides])
            for spans in _near_in(place, terms, sides, near.distance)
        ]
        return self._in_row(found, sides, places, near.field, factor)

    def _rows(self, forms: Sequence[str], exact: Sequence[bool]) -> list[tuple[str, ...]]:
        """Return the terms of words that stand together, for each language in which some of them differ."""
        if all(exact):
            return [tuple(forms)]
        rows = [
            tuple(
                form if is_exact else stem_token(language, stem(form, language))
                for form, is_exact in zip(forms, exact, strict=True)
            )
            for language in self._languages()
        ]
        return list(dict.fromkeys(rows))

    def _in_row(
        self,
        found: Sequence[Clause],
        sides: Sequence[tuple[str, bool]],
        places: Sequence[Place],
        field: str | None,
        factor: float,
    ) -> Clause:
        """Return *found* with what words that stand together score: the sum of what each of them would."""
        if not found:
            return NOTHING
        if not self._scores(field):
            return made.unscored(made.some_of(found))
        words = [
            self._occurrences((form,), places) if is_exact else self.stems(form, places)
            for form, is_exact in sides
        ]
        weights = [self._statistics.idf(word) for word in words]
        if not all(weights):
            return NOTHING
        return self._scored(made.some_of(found), sum(weights) * factor, field)


def _near_in(
    place: Place, terms: Sequence[str], sides: Sequence[tuple[str, bool]], distance: int
) -> list[Clause]:
    """Return where two words stand near each other in one field, by the terms of one language."""
    fields = [place.forms if is_exact else place.stems for _, is_exact in sides]
    seen_as = fields[0]
    spans = [
        made.span_term(field, term, seen_as) for field, term in zip(fields, terms, strict=True)
    ]
    common = None
    if spans[0] == spans[1]:
        common = spans[0]
    elif fields[0] != fields[1]:
        # A form stands where its stem does.
        exact = 0 if sides[0][1] else 1
        language = language_of(terms[1 - exact].partition(":")[0])
        if stem_token(language, stem(terms[exact], language)) == terms[1 - exact]:
            common = spans[exact]
    return made.near(spans[0], spans[1], common, distance, place.weight)


def unscored_words(
    request: SearchRequest, layout: Layout, statistics: Statistics
) -> frozenset[str]:
    """Return which bare words of *request* only match: stop words of the languages asked for, where anything else can score.

    A word is one where nearly all articles with it are in languages that have it in their list (`ranking.ELSEWHERE`).
    """
    scoring = [n for n in walk(request.tree, negated=False) if is_scoring(n, layout.filters)]
    if len(scoring) < 2:
        return frozenset()
    known = set(map(language_of, statistics.totals.languages))
    asked = languages_asked_for((request.tree,), request.selections)
    languages = known & set(asked) if asked else known
    found = {
        node.form
        for node in scoring
        if is_bare(node) and _is_stop_word(node.form, languages, layout, statistics)
    }
    is_all = all(is_bare(node) and node.form in found for node in scoring)
    return frozenset() if is_all else frozenset(found)


def _is_stop_word(
    form: str, languages: Collection[str], layout: Layout, statistics: Statistics
) -> bool:
    own = {language for language in languages if form in stop_words(language)}
    if not own:
        return False
    having = made.any_word((form,), made.fields_of(layout.searched, stems=False))
    counts = {
        language_of(term): count for term, count in statistics.count_by_language(having).items()
    }
    of_languages = {language: counts.get(language, 0) for language in languages}
    others = sum(count for language, count in of_languages.items() if language not in own)
    return others <= ELSEWHERE * sum(of_languages.values())
