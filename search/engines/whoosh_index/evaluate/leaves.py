"""Single clauses of a query: words, phrases, words near each other, expansions, dates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from search.engines.ranking import EXACT_WEIGHT, K1, idf
from search.engines.records import day_to_microseconds, to_microseconds
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.evaluate.occurrences import OccurrenceFinder, united
from search.engines.whoosh_index.evaluate.sets import DocumentSet, Filter, PostingSet, WordSet
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.postings import (
    Occurrences,
    Postings,
    WeightedDocuments,
)
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.words import Part
from search.query.tree import DateRange, Everything, Fuzzy, HasValue, Near, Phrase, Wildcard, Word
from search.text.arrays import Bools, Ints

if TYPE_CHECKING:
    from search.engines.whoosh_index.evaluate.expand import Expander

Leaf = Word | Phrase | Near | Wildcard | Fuzzy | DateRange | HasValue | Everything
_Scored = TypeVar("_Scored", Word, Phrase, Near, Wildcard | Fuzzy)


class Leaves:
    """Evaluates single clauses over one snapshot for one request; remembers where words occur."""

    def __init__(
        self,
        snapshot: Snapshot,
        limits: Limits,
        deadline: Deadline,
        *,
        is_scored: bool,
        unscored: Collection[str],
    ) -> None:
        self._snapshot = snapshot
        self._all_documents = snapshot.documents
        self._layout = snapshot.layout
        self._limits = limits
        self._deadline = deadline
        self._is_scored = is_scored
        self._unscored = unscored
        self._expander: Expander | None = None
        #: Sentences for the person who asked: which bound bit.
        self.notices: list[str] = []
        self._occurring: dict[tuple[str, bool, str | None], Occurrences] = {}
        self._words = snapshot.words
        self._with_positions: dict[str, list[Part]] = {}

    @cached_property
    def _finder(self) -> OccurrenceFinder:
        return OccurrenceFinder(self._all_documents, self._limits, self._deadline)

    def matches(self, leaf: Leaf) -> DocumentSet:
        """Return what *leaf* matches."""
        match leaf:
            case Word():
                return self.word(leaf)
            case Phrase():
                return self._set(leaf, self.phrase(leaf), self._phrase_factor)
            case Near():
                return self._set(leaf, self._near(leaf), self._near_factor)
            case Wildcard() | Fuzzy():
                expanded = self._expanded(leaf)
                factor = (K1 + 1) * self._idf_of(expanded)
                return self._set(leaf, expanded, lambda _: factor)
            case DateRange():
                return self._dated(leaf)
            case HasValue():
                from search.engines.whoosh_index.evaluate.values import documents_with_value

                flags = documents_with_value(self._snapshot, leaf.field, self._deadline)
                return Filter(self._all_documents.live_numbers, flags.take)
            case Everything():
                return Filter(
                    self._all_documents.live_numbers, lambda found: np.ones(len(found), bool)
                )

    def _set(
        self, leaf: _Scored, occurrences: Occurrences, factor_of: Callable[[_Scored], float]
    ) -> PostingSet:
        """Return the documents in which a leaf has these occurrences."""
        if not self._is_scored or leaf.field in self._layout.filters:
            return PostingSet(self._all_documents, occurrences)
        # A word that occurs nowhere scores nothing, but its clause adds to scores.
        return PostingSet(self._all_documents, occurrences, factor_of(leaf) or 1.0)

    # Words

    def word(self, word: Word) -> PostingSet:
        """Return the documents that hold a word; a `WordSet` where scores are asked for and forms differ."""
        if self._layout.is_exact(word.exact, word.field):
            return self._set(word, self._occurrences_of(word.form, True, word.field), self._idf)
        if word.field is not None or not self._is_scored:
            found = self._occurrences_of(word.form, False, word.field)
            exact = self._occurrences_of(word.form, True, word.field) if self._is_scored else found
        else:
            found, exact = self._words.of_word(word.form)
            self._occurring[word.form, False, None] = found
            self._occurring[word.form, True, None] = exact
        if not self._is_scored or (word.field is None and word.form in self._unscored):
            return PostingSet(self._all_documents, found)
        of_form = (K1 + 1) * EXACT_WEIGHT * self._idf_of(exact)
        return WordSet(self._all_documents, found, (K1 + 1) * self._idf_of(found), of_form, exact)

    def _occurrences_of(self, form: str, exact: bool, field: str | None) -> Occurrences:
        """Return where a form, or with *exact* unset any form of its stem, occurs in a field."""
        key = form, exact, field
        known = self._occurring.get(key)
        if known is None:
            known = self._occurring[key] = self._looked_up(form, exact, field)
        return known

    def _looked_up(self, form: str, exact: bool, field: str | None) -> Occurrences:
        family, fields = scope = self._layout.scope_of(field)
        if fields is not None:
            if weight := self._layout.weight_of_title(fields):
                parts = self._parts(form, exact)
                return self._words.united(parts, lambda found: _in_title(found, weight))
            parts = self._positions(form, exact, field)
            return self._words.united(
                parts, lambda found: self._finder.in_fields(found.runs, scope)
            )
        if exact or family != "text":
            return self._words.of_form(family, form)
        return self._words.of_word(form)[0]

    def _parts(self, form: str, exact: bool) -> list[Part]:
        """Return where a form, or any form of its stem, occurs in the text."""
        found = self._occurrences_of(form, exact, None)
        return [Part(found)] if isinstance(found, Postings) else self._words.parts(form)

    def _positions(self, form: str, exact: bool, field: str | None) -> list[Part]:
        """Return the same with positions, in any field of the family that *field* is in."""
        family, _ = self._layout.scope_of(field)
        field = None if family == "text" else field
        occurrences = self._occurrences_of(form, exact, field)
        if isinstance(occurrences, Postings) and occurrences.has_positions:
            return [Part(occurrences)]
        known = self._with_positions.get(form)
        if known is None:
            known = self._with_positions[form] = self._words.with_positions(form)
        return known

    def _idf_of(self, occurrences: Occurrences) -> float:
        """Return the idf of a word that occurs so; 0 for one that occurs nowhere."""
        return idf(self._all_documents.live_count, occurrences.size) if occurrences.size else 0.0

    def _idf(self, word: Word) -> float:
        exact = self._layout.is_exact(word.exact, word.field)
        return (K1 + 1) * self._idf_of(self._occurrences_of(word.form, exact, word.field))

    # Several words

    def phrase(self, phrase: Phrase, within: Ints | None = None) -> WeightedDocuments:
        """Return where a phrase occurs; *within* may name the only documents that matter."""
        exact = self._layout.is_exact(phrase.exact, phrase.field)
        scope = self._layout.scope_of(phrase.field)
        of_family = None if scope[0] == "text" else phrase.field
        if within is None:
            forms = dict.fromkeys(phrase.forms)
            within = _rarest([self._occurrences_of(form, exact, of_family) for form in forms])
        words = [self._positions(form, exact, of_family) for form in phrase.forms]
        return united(
            [
                self._finder.phrase(runs, phrase.slop, documents, scope)
                for runs, documents in self._words.together(words, within)
            ]
        )

    def _phrase_factor(self, phrase: Phrase) -> float:
        exact = self._layout.is_exact(phrase.exact, phrase.field)
        return (K1 + 1) * sum(
            self._idf_of(self._occurrences_of(form, exact, phrase.field)) for form in phrase.forms
        )

    def _near(self, near: Near) -> WeightedDocuments:
        scope = self._layout.scope_of(near.field)
        field = None if scope[0] == "text" else near.field
        sides = [
            (word.form, self._layout.is_exact(word.exact, word.field), field)
            for word in (near.left, near.right)
        ]
        within = _rarest([self._occurrences_of(*side) for side in sides])
        words = [self._positions(*side) for side in sides]
        return united(
            [
                self._finder.near(left, right, near.distance, documents, scope)
                for (left, right), documents in self._words.together(words, within)
            ]
        )

    def _near_factor(self, near: Near) -> float:
        return (K1 + 1) * sum(
            self._idf_of(
                self._occurrences_of(
                    word.form, self._layout.is_exact(word.exact, word.field), near.field
                )
            )
            for word in (near.left, near.right)
        )

    def _expanded(self, leaf: Wildcard | Fuzzy) -> WeightedDocuments:
        if self._expander is None:
            from search.engines.whoosh_index.evaluate.expand import Expander  # few queries need it

            self._expander = Expander(self._snapshot, self._finder, self._limits, self._deadline)
        found, notices = self._expander.expanded(leaf, self._layout.scope_of(leaf.field))
        self.notices += (notice for notice in notices if notice not in self.notices)
        return found

    # Dates

    def _dated(self, wanted: DateRange) -> Filter:
        dates = self._all_documents.dates
        # An undated document has a number below all others.
        first = first_day = UNDATED + 1
        end = end_day = None
        if wanted.start is not None:
            first = to_microseconds(wanted.start.instant)
            first_day = day_to_microseconds(wanted.start.day)
        if wanted.end is not None:
            end = to_microseconds(wanted.end.instant)
            end_day = day_to_microseconds(wanted.end.day)
        # Days of UTC begin at the instants that stand for them.
        is_same = (first, end) == (first_day, end_day)
        by_day = None if is_same else self._all_documents.known_to_day

        def is_inside(documents: Ints) -> Bools:
            found = dates.take(documents)
            inside = _are_between(found, first, end)
            if by_day is not None:
                # Twice as fast as `numpy.where`.
                is_day = by_day.take(documents)
                inside &= ~is_day
                is_day &= _are_between(found, first_day, end_day)
                inside |= is_day
            return inside

        return Filter(self._all_documents.live_numbers, is_inside)


def _are_between(dates: Ints, first: int, end: int | None) -> Bools:
    inside: Bools = dates >= first
    if end is not None:
        inside &= dates < end
    return inside


def _rarest(words: Sequence[Occurrences]) -> Ints:
    """Return the rarest word's documents: all words together are in no other."""
    return min(words, key=lambda occurrences: occurrences.size).documents


def _in_title(occurrences: Postings, weight: int) -> WeightedDocuments:
    """Return where words occur in titles: their share of the weight is in the code of a posting."""
    extra = occurrences.title_extras()
    at = np.flatnonzero(extra)
    return WeightedDocuments(
        occurrences.documents.take(at), extra.take(at) * np.float32(weight / (weight - 1))
    )
