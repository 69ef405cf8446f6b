"""Evaluating a query tree on arrays: which documents of each segment match, and how they score.

Scores are those of docs/ranking.md. Statistics are taken over all segments, so they do not depend
on how the index is cut. A clause is evaluated once per request (`Evaluation` remembers it), however
many facets ask again. One file of over 400 lines, because bounds and true scores are two readings of
the same tree and have to be changed together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from search.engines.base import Match
from search.engines.ranking import EXACT_WEIGHT, K1, PAIR_WEIGHT, idf
from search.engines.whoosh_index.columns import Bools, Floats, Ints
from search.engines.whoosh_index.expand import Expansion, expand_fuzzy, expand_wildcard
from search.engines.whoosh_index.family import FamilyReader, Occurrences
from search.engines.whoosh_index.layout import (
    FIELD_GROUPS,
    FILTER_FIELDS,
    STEMMED_FIELDS,
)
from search.engines.whoosh_index.matches import (
    Matches,
    all_of,
    contained,
    divided,
    in_a_row,
    least,
    plus,
    restricted,
    some_of,
)
from search.engines.whoosh_index.segment import SegmentReader
from search.engines.whoosh_index.snapshot import Expanded, Snapshot
from search.engines.whoosh_index.stored import UNDATED, to_microseconds
from search.query import (
    And,
    DateRange,
    Everything,
    Fuzzy,
    Group,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
    is_required,
)
from search.text import stem

#: Where the occurrences of a leaf are looked up: family, and fields of it (None: all).
Place = tuple[str, tuple[str, ...] | None]


def place_of(field: str | None) -> Place:
    """Return where a query's *field* is looked up; None is every searched field."""
    if field is None:
        return "text", None
    if field in FILTER_FIELDS:
        return field, None
    return "text", FIELD_GROUPS.get(field, (field,))


def is_exact(clause: Word | Phrase) -> bool:
    """Whether only the forms themselves count: quoted, or in a field of names."""
    return clause.exact or (clause.field is not None and clause.field not in STEMMED_FIELDS)


class Evaluation:
    """Evaluates clauses over one snapshot for one request.

    Two parts of a score cost positions: what the exact form adds to its stem, and neighbouring words.
    Both have a bound that costs nothing, so `matches` gives scores that are never too low, and
    `exactly` the true ones of the few documents that can be on the page.
    """

    def __init__(
        self, snapshot: Snapshot, match: Match, max_expansions: int, *, is_scored: bool = True
    ) -> None:
        """Without *is_scored* no scores are computed at all: for totals, facets, order by date."""
        self.snapshot = snapshot
        self.match = match
        self.max_expansions = max_expansions
        self.is_scored = is_scored
        #: Sentences for the person who asked: which bound bit.
        self.notices: list[str] = []
        self.sizes = [len(segment) for segment in snapshot.segments]
        self._known: dict[Query, list[Matches]] = {}
        self._idfs: dict[tuple[str, bool, str | None], float] = {}

    def matches(self, tree: Query) -> list[Matches]:
        """Return what *tree* matches, one item a segment; scores are upper bounds."""
        known = self._known.get(tree)
        if known is None:
            known = self._known[tree] = self._evaluate(tree)
        return known

    def count(self, tree: Query) -> int:
        """Return how many documents *tree* matches."""
        return sum(len(matches.documents) for matches in self.matches(tree))

    def exactly(self, tree: Query, documents: Sequence[Ints]) -> list[Floats]:
        """Return the score of each of *documents*, given by segment, ascending; 0 for no match."""
        exact = _ExactEvaluation(self, documents)
        result: list[Floats] = []
        for size, matches in zip(exact.sizes, exact.matches(tree), strict=True):
            scores = np.zeros(size, np.float32)
            if matches.scores is not None:
                scores[matches.documents] = matches.scores
            result.append(scores)
        return result

    def _evaluate(self, tree: Query) -> list[Matches]:
        match tree:
            case Everything():
                return [
                    Matches(np.flatnonzero(_live(segment))) for segment in self.snapshot.segments
                ]
            case DateRange():
                return [
                    Matches(np.flatnonzero(_published(segment, tree)))
                    for segment in self.snapshot.segments
                ]
            case Not(child=child):
                return [
                    Matches(_all_but(segment, inner.documents))
                    for segment, inner in zip(
                        self.snapshot.segments, self.matches(child), strict=True
                    )
                ]
            case And(children=children):
                return self._with_neighbours(children, self._combined(children, len(children)))
            case Or(children=children):
                return self._combined(children, 1)
            case Group(children=children):
                return self._with_neighbours(children, self._group(children))
            case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
                return self._leaf(tree)

    def _combined(self, children: Sequence[Query], needed: int) -> list[Matches]:
        """Return what at least *needed* of *children* match; the scores of those that do are added."""
        evaluated = [self.matches(child) for child in children]
        result: list[Matches] = []
        for size, *parts in zip(self.sizes, *evaluated, strict=True):
            if needed == len(parts):
                result.append(all_of(size, parts))
            else:
                result.append(some_of(size, parts, needed))
        return result

    def _group(self, children: Sequence[Query]) -> list[Matches]:
        if self.match == "all":
            return self._combined(children, len(children))
        required = [child for child in children if is_required(child)]
        optional = [child for child in children if not is_required(child)]
        needed = 1 if self.match == "any" else math.ceil(0.75 * len(optional))
        groups = []
        if required:
            groups.append(self._combined(required, len(required)))
        if optional:
            groups.append(self._combined(optional, needed))
        if len(groups) == 1:
            return groups[0]
        return [all_of(size, parts) for size, *parts in zip(self.sizes, *groups, strict=True)]

    def _with_neighbours(self, children: Sequence[Query], found: list[Matches]) -> list[Matches]:
        """Add the most that bare words which follow each other in the query can bring as neighbours.

        They are neighbours at most as often as the rarer of the two occurs.
        """
        if not self.is_scored:
            return found
        for left, right in _neighbours(children):
            factor = PAIR_WEIGHT * (self._idf(left, exact=False) + self._idf(right, exact=False))
            saturations = [
                [
                    (m.documents, divided(m.scores, self._word_factor(word)))
                    for m in self.matches(word)
                ]
                for word in (left, right)
            ]
            found = [
                Matches(
                    m.documents,
                    plus(m.scores, np.float32(factor) * least(size, m.documents, (one, other))),
                )
                for size, m, one, other in zip(self.sizes, found, *saturations, strict=True)
            ]
        return found

    # Leaves

    def _leaf(self, leaf: Word | Phrase | Near | Wildcard | Fuzzy) -> list[Matches]:
        segments = self.snapshot.segments
        match leaf:
            case Word():
                found = [self._occurrences(segment, leaf) for segment in segments]
                factor = self._word_factor(leaf)
            case Phrase():
                found = [self._phrase(segment, leaf) for segment in segments]
                factor = self._phrase_idf(leaf)
            case Near():
                found = [self._near(segment, leaf) for segment in segments]
                factor = sum(
                    self._idf(Word(word.form, leaf.field), exact=is_exact(word))
                    for word in (leaf.left, leaf.right)
                )
            case Wildcard():
                expanded = self._expanded(leaf, expand_wildcard(leaf.pattern))
                found, factor = list(expanded.occurrences), expanded.idf
            case Fuzzy():
                expanded = self._expanded(leaf, expand_fuzzy(leaf.form, leaf.edits))
                found, factor = list(expanded.occurrences), expanded.idf
        if leaf.field in FILTER_FIELDS or not self.is_scored:
            return [Matches(part.documents) for part in found]
        return [
            Matches(part.documents, self._scores(number, part, factor))
            for number, part in enumerate(found)
        ]

    def _scores(self, number: int, found: Occurrences, factor: float) -> Floats:
        """Return ``factor * sat(weight)`` for each document of *found* in segment *number*."""
        scores = found.weights.astype(np.float32)
        penalty = self.snapshot.penalties[number][found.documents]
        penalty += scores
        scores *= np.float32(factor * (K1 + 1))
        scores /= penalty
        return scores

    def _occurrences(self, segment: SegmentReader, word: Word) -> Occurrences:
        family, fields = place_of(word.field)
        reader = segment.family(family)
        if is_exact(word):
            return reader.of_form(_form_number(reader, family, word.form), fields)
        return reader.of_term(reader.term_number(stem(word.form)), fields)

    def _word_factor(self, word: Word) -> float:
        """Return what a word's saturated frequency is multiplied with, at most."""
        if is_exact(word):
            return self._idf(word, exact=True)
        return self._idf(word, exact=False) + self._exact_factor(word)

    def _exact_factor(self, word: Word) -> float:
        return EXACT_WEIGHT * self._idf(word, exact=True)

    def _idf(self, word: Word, *, exact: bool) -> float:
        """Return the idf of a form, or of its stem; 0 for one that occurs nowhere."""
        key = (word.form, exact, word.field)
        known = self._idfs.get(key)
        if known is None:
            family, fields = place_of(word.field)
            frequency = 0
            for segment in self.snapshot.segments:
                reader = segment.family(family)
                if exact:
                    number = _form_number(reader, family, word.form)
                    frequency += reader.form_frequency(number, fields)
                else:
                    frequency += reader.term_frequency(reader.term_number(stem(word.form)), fields)
            known = idf(self.snapshot.articles, frequency) if frequency else 0.0
            self._idfs[key] = known
        return known

    def _phrase_idf(self, phrase: Phrase) -> float:
        exact = is_exact(phrase)
        return sum(self._idf(Word(form, phrase.field), exact=exact) for form in phrase.forms)

    # Positions

    def _keys(
        self,
        segment: SegmentReader,
        form: str,
        exact: bool,
        field: str | None,
        within: Ints | None = None,
    ) -> Ints:
        family, fields = place_of(field)
        reader = segment.family(family)
        if exact:
            return reader.keys_of_form(_form_number(reader, family, form), fields, within)
        return reader.keys_of_term(reader.term_number(stem(form)), fields, within)

    def _phrase(
        self, segment: SegmentReader, phrase: Phrase, within: Ints | None = None
    ) -> Occurrences:
        """Return where a phrase occurs; *within* may name the only documents that matter.

        From each position of the first word the next ones are taken at the earliest place behind
        the one before: if any way to place them is short enough, that one is.
        """
        exact = is_exact(phrase)
        if within is None:
            within = self._holding_all(segment, phrase.forms, exact, phrase.field)
        keys = {
            form: self._keys(segment, form, exact, phrase.field, within)
            for form in set(phrase.forms)
        }
        family, _ = place_of(phrase.field)
        if not phrase.slop:
            return segment.family(family).weigh_keys(
                in_a_row([keys[form] for form in phrase.forms])
            )
        starts = ends = keys[phrase.forms[0]]
        for form in phrase.forms[1:]:
            following = keys[form]
            at = np.searchsorted(following, ends, "right")
            found = at < len(following)
            starts, ends = starts[found], following[at[found]]
        # Another document, field or value is further away than any slop reaches.
        short = ends - starts < len(phrase.forms) + phrase.slop
        return segment.family(family).weigh_keys(starts[short])

    def _holding_all(
        self, segment: SegmentReader, forms: Sequence[str], exact: bool, field: str | None
    ) -> Ints:
        """Return the documents that hold all words, wherever: positions elsewhere need not be read."""
        family, _ = place_of(field)
        reader = segment.family(family)
        terms = {form if family != "text" else stem(form) for form in forms}
        found = [
            Matches(reader.of_term(reader.term_number(term), None).documents) for term in terms
        ]
        return all_of(len(segment), found).documents

    def _near(self, segment: SegmentReader, near: Near) -> Occurrences:
        left = self._keys(segment, near.left.form, is_exact(near.left), near.field)
        right = self._keys(segment, near.right.form, is_exact(near.right), near.field)
        before = np.searchsorted(right, left, "left") - np.searchsorted(right, left - near.distance)
        behind = np.searchsorted(right, left + near.distance, "right") - np.searchsorted(
            right, left, "right"
        )
        family, _ = place_of(near.field)
        return segment.family(family).weigh_keys(left[before + behind > 0])

    # Expansion

    def _expanded(self, leaf: Wildcard | Fuzzy, expansion: Expansion) -> Expanded:
        """Return all words that a wildcard or fuzzy word stands for as one term."""
        expanded = self.snapshot.expansions.get(leaf)
        if expanded is None:
            expanded = self._newly_expanded(leaf, expansion)
            self.snapshot.expansions.put(leaf, expanded)
        self.notices += (notice for notice in expanded.notices if notice not in self.notices)
        return expanded

    def _newly_expanded(self, leaf: Wildcard | Fuzzy, expansion: Expansion) -> Expanded:
        family, fields = place_of(leaf.field)
        readers = [segment.family(family) for segment in self.snapshot.segments]
        numbers = [np.array(expansion(reader), np.int64) for reader in readers]
        words = [
            [reader.forms[n] for n in found.tolist()]
            for reader, found in zip(readers, numbers, strict=True)
        ]
        notices: tuple[str, ...] = ()
        if len(set().union(*words)) > self.max_expansions:
            frequency = _frequencies(readers, numbers, words, fields)
            if len(frequency) > self.max_expansions:
                notices = (self._notice(leaf, len(frequency)),)
            ranked = sorted(frequency, key=lambda form: (-frequency[form], form))
            kept = set(ranked[: self.max_expansions])
            numbers = [
                found[[form in kept for form in forms]]
                for found, forms in zip(numbers, words, strict=True)
            ]
        found_in = tuple(
            reader.of_forms(found, fields) for reader, found in zip(readers, numbers, strict=True)
        )
        documents = sum(len(part.documents) for part in found_in)
        return Expanded(found_in, idf(self.snapshot.articles, documents), notices)

    def _notice(self, leaf: Wildcard | Fuzzy, forms: int) -> str:
        written = leaf.pattern if isinstance(leaf, Wildcard) else f"{leaf.form}~{leaf.edits}"
        return (
            f"{written} stands for {forms:,} words; only the {self.max_expansions:,} in most articles "
            "were searched, so articles may be missing"
        )


class _ExactEvaluation(Evaluation):
    """Gives true scores, of some documents only; those are named by their place among them."""

    def __init__(self, bounds: Evaluation, within: Sequence[Ints]) -> None:
        super().__init__(bounds.snapshot, bounds.match, bounds.max_expansions)
        self._bounds = bounds
        self._within = within
        self._idfs = bounds._idfs
        self.sizes = [len(documents) for documents in within]

    def _evaluate(self, tree: Query) -> list[Matches]:
        if isinstance(tree, And | Or | Group):
            return super()._evaluate(tree)
        found = [
            restricted(len(segment), matches, within)
            for segment, matches, within in zip(
                self.snapshot.segments, self._bounds.matches(tree), self._within, strict=True
            )
        ]
        if isinstance(tree, Word) and not is_exact(tree):
            return self._with_form(tree, found)
        return found  # nothing in these was bounded

    def _with_form(self, word: Word, found: list[Matches]) -> list[Matches]:
        """Put what the form as typed adds in the place of the bound."""
        whole = self._word_factor(word)
        if not whole:
            return found
        family, fields = place_of(word.field)
        result = []
        for number, (segment, matches) in enumerate(
            zip(self.snapshot.segments, found, strict=True)
        ):
            reader = segment.family(family)
            form = _form_number(reader, family, word.form)
            if form >= 0 and reader.is_only_form(form):
                result.append(matches)
                continue
            share = np.float32(self._idf(word, exact=False) / whole)
            scores = None if matches.scores is None else matches.scores * share
            occurring = reader.of_form(form, fields, self._within[number])
            more = self._scores(number, occurring, self._exact_factor(word))
            result.append(self._added(number, Matches(matches.documents, scores), occurring, more))
        return result

    def _with_neighbours(self, children: Sequence[Query], found: list[Matches]) -> list[Matches]:
        for left, right in _neighbours(children):
            pair = Phrase((left.form, right.form), exact=False)
            factor = PAIR_WEIGHT * self._phrase_idf(pair)
            for number, segment in enumerate(self.snapshot.segments):
                documents = self._within[number][found[number].documents]
                occurring = self._phrase(segment, pair, documents)
                more = self._scores(number, occurring, factor)
                found[number] = self._added(number, found[number], occurring, more)
        return found

    def _added(
        self, number: int, matches: Matches, occurring: Occurrences, more: Floats
    ) -> Matches:
        """Add the scores *more* of *occurring* to those of them that match."""
        within = self._within[number]
        dense = np.zeros(len(within), np.float32)
        kept = contained(len(self.snapshot.segments[number]), within, occurring.documents)
        dense[np.searchsorted(within, occurring.documents[kept])] = more[kept]
        return Matches(matches.documents, plus(matches.scores, dense[matches.documents]))


def _neighbours(children: Sequence[Query]) -> Iterator[tuple[Word, Word]]:
    """Yield the pairs of bare words that follow each other."""
    for left, right in itertools.pairwise(children):
        if (
            isinstance(left, Word)
            and isinstance(right, Word)
            and _is_bare(left)
            and _is_bare(right)
        ):
            yield left, right


def _form_number(reader: FamilyReader, family: str, form: str) -> int:
    return reader.form_number(stem(form) if family == "text" else form, form)


def _is_bare(word: Word) -> bool:
    return word.field is None and not word.exact


def _live(segment: SegmentReader) -> Bools:
    return np.ones(len(segment), bool) if segment.live is None else segment.live


def _published(segment: SegmentReader, wanted: DateRange) -> Bools:
    dates = segment.dates
    inside: Bools = dates != UNDATED
    if wanted.start is not None:
        inside &= dates >= to_microseconds(wanted.start)
    if wanted.end is not None:
        inside &= dates < to_microseconds(wanted.end)
    return inside if segment.live is None else inside & segment.live


def _all_but(segment: SegmentReader, documents: Ints) -> Ints:
    flags = _live(segment).copy()
    flags[documents] = False
    return np.flatnonzero(flags)


def _frequencies(
    readers: Sequence[FamilyReader],
    numbers: Sequence[Ints],
    words: Sequence[Sequence[str]],
    fields: tuple[str, ...] | None,
) -> dict[str, int]:
    """Return in how many documents each of *words* occurs, those that occur in none left out."""
    total: dict[str, int] = {}
    for reader, found, forms in zip(readers, numbers, words, strict=True):
        for form, count in zip(forms, reader.frequencies(found, fields).tolist(), strict=True):
            if count:
                total[form] = total.get(form, 0) + count
    return total


def is_scored(tree: Query) -> bool:
    """Whether any clause of *tree* can add to a score; if not, an answer is ordered by date."""
    match tree:
        case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
            return tree.field not in FILTER_FIELDS
        case And(children=children) | Or(children=children) | Group(children=children):
            return any(is_scored(child) for child in children)
        case _:
            return False
