"""Evaluating a query tree on arrays: which documents match, and how they score.

Scores are those of docs/ranking.md. Statistics are taken over all segments, so they do not depend
on how the index is cut. A clause is evaluated once per request (`Evaluation` remembers it), however
many facets ask again. One file of over 400 lines, because bounds and true scores are two readings of
the same tree and have to be changed together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

from search.engines.ranking import EXACT_WEIGHT, K1, PAIR_WEIGHT, idf
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.expand import expand_fuzzy, expand_wildcard, is_prefix
from search.engines.whoosh_index.evaluate.sets import (
    Filtered,
    Found,
    FoundWord,
    Joined,
    Listed,
    Matches,
    Others,
    Pair,
    all_of,
    some_of,
)
from search.engines.whoosh_index.format.constants import POSITION_BITS
from search.engines.whoosh_index.format.layout import (
    FIELD_GROUPS,
    FILTER_FIELDS,
    NAME_FIELDS,
    STEMMED_FIELDS,
)
from search.engines.whoosh_index.format.stored import UNDATED, to_microseconds
from search.engines.whoosh_index.segment.family import FamilyReader
from search.engines.whoosh_index.snapshot.postings import (
    Occurrences,
    Postings,
    WeightedDocuments,
    are_inside,
    inside,
    weighted_documents,
)
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.fields import FIELDS
from search.model.question import Match
from search.query.tree import (
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
from search.text.arrays import Bools, Floats, Ints
from search.text.words import stem

#: Where the occurrences of a leaf are looked up: family, and fields of it (None: all).
Place = tuple[str, tuple[str, ...] | None]
_Leaf = TypeVar("_Leaf", Word, Phrase, Near, Wildcard, Fuzzy, Wildcard | Fuzzy)
_TITLE = ("title",)


def place_of(field: str | None) -> Place:
    """Return where a query's *field* is looked up; None is every searched field."""
    if field is None:
        return "text", None
    if field in FILTER_FIELDS or field in NAME_FIELDS:
        return field, None
    return "text", FIELD_GROUPS.get(field, (field,))


def is_exact(clause: Word | Phrase) -> bool:
    """Whether only the forms themselves count: quoted, or in a field of names."""
    return clause.exact or (clause.field is not None and clause.field not in STEMMED_FIELDS)


class Evaluation:
    """Evaluates clauses over one snapshot for one request.

    Two parts of a score take more than the postings of a stem: what the exact form adds, and neighbouring
    words. Both have a bound that costs nothing, so `matches` gives scores that are never too low, and
    `exactly` the true ones of the few documents that can be on the page.
    """

    def __init__(
        self, snapshot: Snapshot, match: Match, max_expansions: int, *, is_scored: bool = True
    ) -> None:
        """Without *is_scored* no scores are computed at all: for totals, facets, order by date."""
        self.snapshot = snapshot
        self.documents = snapshot.documents
        self.match = match
        self.max_expansions = max_expansions
        self.is_scored = is_scored
        #: Sentences for the person who asked: which bound bit.
        self.notices: list[str] = []
        #: By identity, which costs less than equality; the nodes are kept so that they stay themselves.
        self._known: dict[int, tuple[Query, Matches]] = {}
        self._occurring: dict[tuple[str, bool, str | None], Occurrences] = {}
        self._with_positions: dict[str, Postings] = {}

    def matches(self, tree: Query) -> Matches:
        """Return what *tree* matches; scores are upper bounds."""
        known = self._known.get(id(tree))
        if known is None:
            known = self._known[id(tree)] = tree, self._evaluate(tree)
        return known[1]

    def _evaluate(self, tree: Query) -> Matches:
        match tree:
            case Word():
                return self._word(tree)
            case And(children=children):
                return self._all(children)
            case Or(children=children):
                return self._some(children, 1)
            case Group(children=children):
                return self._group(children)
            case Phrase():
                return self._found(tree, self._phrase(tree), self._phrase_factor)
            case Near():
                return self._found(tree, self._near(tree), self._near_factor)
            case Wildcard() | Fuzzy():
                expanded = self._expanded(tree)
                factor = (K1 + 1) * self._idf_of(expanded)
                return self._found(tree, expanded, lambda _: factor)
            case DateRange():
                return self._dated(tree)
            case Not(child=child):
                return Others(self.documents, self.matches(child))
            case Everything():
                return Filtered(
                    self.documents.live_numbers, lambda found: np.ones(len(found), bool)
                )

    # Clauses together

    def _all(self, children: Sequence[Query]) -> Matches:
        """Return what all *children* match; scores are added, and those of neighbours."""
        parts = [self.matches(child) for child in children]
        documents, numbers = all_of(parts)
        if not any(part.is_scored for part in parts):
            return Listed(documents)

        def pairs() -> list[Pair]:
            return [(n, self._pair_factor(left, right)) for n, left, right in _pairs(children)]

        return Joined(documents, parts, numbers, pairs)

    def _some(self, children: Sequence[Query], needed: int) -> Matches:
        return some_of([self.matches(child) for child in children], needed)

    def _group(self, children: Sequence[Query]) -> Matches:
        if self.match == "all":
            return self._all(children)
        required = [child for child in children if is_required(child)]
        optional = [child for child in children if not is_required(child)]
        groups = [self._all(required)] if required else []
        if optional:
            needed = 1 if self.match == "any" else math.ceil(0.75 * len(optional))
            groups.append(self._some(optional, needed))
        documents, numbers = all_of(groups)
        if not any(group.is_scored for group in groups):
            return Listed(documents)
        total = np.zeros(len(documents), np.float32)
        for group, found in zip(groups, numbers, strict=True):
            if group.is_scored and found is not None:
                total += group.scores_of(documents, found)
        for _, left, right in _pairs(children):
            one, other = self._saturations(left, documents), self._saturations(right, documents)
            total += np.minimum(one, other) * np.float32(self._pair_factor(left, right))
        return Listed(documents, total)

    def _saturations(self, word: Word, documents: Ints) -> Floats:
        """Return the saturated frequency of a word in each of *documents*, 0 where it is not."""
        result = np.zeros(len(documents), np.float32)
        Found(self.documents, self._found_word(word).occurrences, 1.0).add_exactly(
            result, documents
        )
        return result

    # Exact scores

    def exactly(self, tree: Query, documents: Ints, *, neighbours: bool = True) -> Floats:
        """Return the score of each of *documents*, which *tree* matches and which ascend.

        Without what *neighbours* add, where that is unset.
        """
        scores = np.zeros(len(documents), np.float32)
        found = self.matches(tree)
        if isinstance(found, Found):
            found.add_exactly(scores, documents)
        elif isinstance(tree, And | Or | Group):
            for child in tree.children:
                part = self.matches(child)
                if isinstance(part, Found):
                    if part.is_scored:
                        part.add_exactly(scores, documents)
                elif part.is_scored:
                    at, _ = part.find(documents)
                    some = documents.take(at)
                    scores[at] += self.exactly(child, some, neighbours=neighbours)
            if neighbours and not isinstance(tree, Or):
                self.add_neighbours(tree.children, scores, documents)
        return scores

    def add_neighbours(self, children: Sequence[Query], scores: Floats, documents: Ints) -> None:
        """Add what words that stand side by side in the query score where they do so in *documents*."""
        for _, left, right in _pairs(children):
            pair = self._phrase(Phrase((left.form, right.form), exact=False), documents)
            factor = self._pair_factor(left, right)
            Found(self.documents, pair, factor).add_exactly(scores, documents)

    # Words

    def _found(
        self, leaf: _Leaf, occurrences: Occurrences, factor_of: Callable[[_Leaf], float]
    ) -> Found:
        """Return the matches of a leaf that occurs so."""
        if not self.is_scored or leaf.field in FILTER_FIELDS:
            return Found(self.documents, occurrences)
        # A word that is nowhere scores nothing, but its clause is one that scores.
        return Found(self.documents, occurrences, factor_of(leaf) or 1.0)

    def _word(self, word: Word) -> Found:
        """Return the matches of a word."""
        if is_exact(word):
            return self._found(word, self._occurrences_of(word.form, True, word.field), self._idf)
        if word.field is not None or not self.is_scored:
            found = self._occurrences_of(word.form, False, word.field)
            exact = self._occurrences_of(word.form, True, word.field) if self.is_scored else found
        else:
            found, exact = self.snapshot.postings_of_word(word.form, stem(word.form))
            self._occurring[word.form, False, None] = found
            self._occurring[word.form, True, None] = exact
        if not self.is_scored:
            return Found(self.documents, found)
        of_form = (K1 + 1) * EXACT_WEIGHT * self._idf_of(exact)
        return FoundWord(self.documents, found, (K1 + 1) * self._idf_of(found), of_form, exact)

    def _occurrences_of(self, form: str, exact: bool, field: str | None) -> Occurrences:
        """Return where a form, or with *exact* unset any form of its stem, occurs in a field."""
        key = form, exact, field
        known = self._occurring.get(key)
        if known is None:
            known = self._occurring[key] = self._looked_up(form, exact, field)
        return known

    def _looked_up(self, form: str, exact: bool, field: str | None) -> Occurrences:
        family, fields = place_of(field)
        if fields is not None:
            if fields == _TITLE:
                return _in_title(self._occurrences_of(form, exact, None))
            keys = self._positions(form, exact, field).sorted_keys()
            return weighted_documents(self.documents, inside(self.documents, keys, fields), family)
        if exact or family != "text":
            return self.snapshot.postings_of_form(family, form)
        return self.snapshot.postings_of_stem(stem(form))

    def _positions(self, form: str, exact: bool, field: str | None) -> Postings:
        """Return the same with positions, in any field of the family that *field* is in."""
        family, _ = place_of(field)
        field = None if family == "text" else field
        occurrences = self._occurrences_of(form, exact, field)
        assert isinstance(occurrences, Postings)  # noqa: S101
        if occurrences.has_positions:
            return occurrences
        known = self._with_positions.get(form)
        if known is None:
            known = self._with_positions[form] = self.snapshot.positions_of_stem(stem(form))
        return known

    def _found_word(self, word: Word) -> FoundWord:
        found = self.matches(word)
        assert isinstance(found, FoundWord)  # noqa: S101
        return found

    def _pair_factor(self, left: Word, right: Word) -> float:
        """Return what the saturated frequency of two words as neighbours is multiplied with."""
        return PAIR_WEIGHT * (self._found_word(left).of_stem + self._found_word(right).of_stem)

    def _idf_of(self, occurrences: Occurrences) -> float:
        """Return the idf of a word that occurs so; 0 for one that occurs nowhere."""
        return idf(self.documents.live_count, occurrences.size) if occurrences.size else 0.0

    def _idf(self, word: Word) -> float:
        exact = is_exact(word)
        return (K1 + 1) * self._idf_of(self._occurrences_of(word.form, exact, word.field))

    def _phrase_factor(self, phrase: Phrase) -> float:
        exact = is_exact(phrase)
        return (K1 + 1) * sum(
            self._idf_of(self._occurrences_of(form, exact, phrase.field)) for form in phrase.forms
        )

    def _near_factor(self, near: Near) -> float:
        return (K1 + 1) * sum(
            self._idf_of(self._occurrences_of(word.form, is_exact(word), near.field))
            for word in (near.left, near.right)
        )

    # Positions

    def _phrase(self, phrase: Phrase, within: Ints | None = None) -> Occurrences:
        """Return where a phrase occurs; *within* may name the only documents that matter.

        From each position of the first word the next ones are taken at the earliest place behind
        the one before: if any way to place them is short enough, that one is.
        """
        exact = is_exact(phrase)
        family, fields = place_of(phrase.field)
        forms = dict.fromkeys(phrase.forms)
        of_family = None if family == "text" else phrase.field
        if within is None:
            within = _rarest([self._occurrences_of(form, exact, of_family) for form in forms])
        postings = {form: self._positions(form, exact, of_family) for form in forms}
        if not phrase.slop:
            starts = kernels.occurrences([postings[form].runs for form in phrase.forms], within)
        else:
            keys = {form: found.keys_within(within) for form, found in postings.items()}
            starts = ends = keys[phrase.forms[0]]
            for form in phrase.forms[1:]:
                following = keys[form]
                at = np.searchsorted(following, ends, "right")
                found = at < len(following)
                starts, ends = starts[found], following[at[found]]
            # Another document, field or value is further away than any slop reaches.
            starts = starts[ends - starts < len(phrase.forms) + phrase.slop]
        if fields is not None:
            starts = inside(self.documents, starts, fields)
        return weighted_documents(self.documents, starts, family)

    def _near(self, near: Near) -> Occurrences:
        family, fields = place_of(near.field)
        left, right = self._keys_of_pair(near)
        before = np.searchsorted(right, left, "left") - np.searchsorted(right, left - near.distance)
        behind = np.searchsorted(right, left + near.distance, "right") - np.searchsorted(
            right, left, "right"
        )
        keys = left[before + behind > 0]
        if fields is not None:
            keys = inside(self.documents, keys, fields)
        return weighted_documents(self.documents, keys, family)

    def _keys_of_pair(self, near: Near) -> tuple[Ints, Ints]:
        """Return the occurrences of both words in the documents that hold the rarer, in any field."""
        family, _ = place_of(near.field)
        field = None if family == "text" else near.field
        sides = [(word.form, is_exact(word), field) for word in (near.left, near.right)]
        within = _rarest([self._occurrences_of(*side) for side in sides])
        left, right = (self._positions(*side).keys_within(within) for side in sides)
        return left, right

    # Dates

    def _dated(self, wanted: DateRange) -> Matches:
        dates = self.documents.dates
        # An undated document has a number below all others.
        first = UNDATED + 1 if wanted.start is None else to_microseconds(wanted.start)
        behind = None if wanted.end is None else to_microseconds(wanted.end)

        def is_inside(documents: Ints) -> Bools:
            found = dates.take(documents)
            inside: Bools = found >= first
            if behind is not None:
                inside &= found < behind
            return inside

        return Filtered(self.documents.live_numbers, is_inside)

    # Expansion

    def _expanded(self, leaf: Wildcard | Fuzzy) -> WeightedDocuments:
        """Return all words that a wildcard or fuzzy word stands for as one term."""
        known = self.snapshot.expansions.get(leaf)
        if known is None:
            known = self._newly_expanded(leaf)
            # The words of a prefix lie side by side, to remember them would gain little.
            if not (isinstance(leaf, Wildcard) and is_prefix(leaf.pattern)):
                self.snapshot.expansions.put(leaf, *known)
        found, notices = known
        self.notices += (notice for notice in notices if notice not in self.notices)
        return found

    def _newly_expanded(self, leaf: Wildcard | Fuzzy) -> tuple[WeightedDocuments, tuple[str, ...]]:
        family, fields = place_of(leaf.field)
        expand = (
            expand_wildcard(leaf.pattern)
            if isinstance(leaf, Wildcard)
            else expand_fuzzy(leaf.form, leaf.edits)
        )
        readers = [segment.family(family) for segment in self.snapshot.segments]
        numbers = [expand(reader) for reader in readers]
        notices: tuple[str, ...] = ()
        if sum(map(len, numbers)) > self.max_expansions:
            numbers, forms = self._most_frequent(readers, numbers, leaf.field)
            if forms > self.max_expansions:
                notices = (self._notice(leaf, forms),)
        runs = [
            reader.run_of_forms(base, first, last)
            for base, reader, found in zip(self.documents.bases, readers, numbers, strict=True)
            for first, last in _neighbouring(found)
        ]
        postings = Postings(self.documents, runs)
        if fields is None:
            return postings.merged(), notices
        keys = inside(self.documents, postings.sorted_keys(), fields)
        return weighted_documents(self.documents, keys, family), notices

    def _most_frequent(
        self, readers: Sequence[FamilyReader], numbers: Sequence[Ints], field: str | None
    ) -> tuple[list[Ints], int]:
        """Return the forms in most documents, as many as may be, and how many there are."""
        words = [
            [reader.forms[n] for n in found.tolist()]
            for reader, found in zip(readers, numbers, strict=True)
        ]
        frequency = {form: 0 for forms in words for form in forms}
        if len(frequency) <= self.max_expansions:
            return list(numbers), len(frequency)
        for segment, (found, forms) in enumerate(zip(numbers, words, strict=True)):
            counts = self.frequencies(segment, found, field)
            for form, count in zip(forms, counts.tolist(), strict=True):
                frequency[form] += count
        ranked = sorted(frequency, key=lambda form: (-frequency[form], form))
        used = sum(count > 0 for count in frequency.values())
        kept = set(ranked[: self.max_expansions])
        chosen = [
            found[[form in kept for form in forms]]
            for found, forms in zip(numbers, words, strict=True)
        ]
        return chosen, used

    def frequencies(self, segment: int, numbers: Ints, field: str | None = None) -> Ints:
        """Return in how many live documents of a segment each of the forms *numbers* occurs in a field."""
        family, fields = place_of(field)
        reader = self.snapshot.segments[segment].family(family)
        first: Ints = np.asarray(reader.form_lists.first_posting).astype(np.int64)
        if fields is None and self.documents.live is None:
            return first[numbers + 1] - first[numbers]
        base = self.documents.bases[segment]
        runs = [reader.run_of_forms(base, a, b) for a, b in _neighbouring(numbers)]
        postings = Postings(self.documents, runs)
        owners = postings.owners(numbers, first)
        if fields is not None:
            keys = postings.keys()
            kept = are_inside(self.documents, keys, fields)
            pairs = owners.repeat(postings.frequencies()) << POSITION_BITS
            pairs |= keys >> POSITION_BITS
            owners = np.unique(pairs[kept]) >> POSITION_BITS
        return np.bincount(owners, minlength=len(reader.forms))[numbers]

    def _notice(self, leaf: Wildcard | Fuzzy, forms: int) -> str:
        written = leaf.pattern if isinstance(leaf, Wildcard) else f"{leaf.form}~{leaf.edits}"
        return (
            f"{written} stands for {forms:,} words; only the {self.max_expansions:,} in most articles "
            "were searched, so articles may be missing"
        )


def _rarest(holding: Sequence[Occurrences]) -> Ints:
    """Return the documents of the word that is in fewest: all of them together are in no other."""
    return min(holding, key=lambda occurrences: occurrences.size).documents


def _in_title(occurrences: Occurrences) -> WeightedDocuments:
    """Return where words occur in titles: their share of the weight is in the code of a posting."""
    assert isinstance(occurrences, Postings)  # noqa: S101
    extra = occurrences.title_extras()
    at = np.flatnonzero(extra)
    title = FIELDS.weights["title"]
    return WeightedDocuments(
        occurrences.documents.take(at), extra.take(at) * np.float32(title / (title - 1))
    )


def _neighbouring(numbers: Ints) -> list[tuple[int, int]]:
    """Return ascending numbers as runs without gaps, as (first, behind)."""
    if not len(numbers):
        return []
    edges = np.flatnonzero(np.diff(numbers) > 1) + 1
    firsts = numbers[np.concatenate([[0], edges])]
    lasts = numbers[np.concatenate([edges - 1, [len(numbers) - 1]])] + 1
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _pairs(children: Sequence[Query]) -> Iterator[tuple[int, Word, Word]]:
    """Yield the pairs of bare words that follow each other, with the place of the first."""
    for number, (left, right) in enumerate(pairwise(children)):
        if (
            isinstance(left, Word)
            and isinstance(right, Word)
            and _is_bare(left)
            and _is_bare(right)
        ):
            yield number, left, right


def _is_bare(word: Word) -> bool:
    return word.field is None and not word.exact


def has_neighbours(tree: Query) -> bool:
    """Whether words in *tree* can add to a score as neighbours of each other."""
    if isinstance(tree, And | Group) and any(True for _ in _pairs(tree.children)):
        return True
    return isinstance(tree, And | Or | Group) and any(map(has_neighbours, tree.children))


def is_scored(tree: Query) -> bool:
    """Whether any clause of *tree* can add to a score; if not, an answer is ordered by date."""
    match tree:
        case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
            return tree.field not in FILTER_FIELDS
        case And(children=children) | Or(children=children) | Group(children=children):
            return any(is_scored(child) for child in children)
        case _:
            return False
