"""What the clauses of a query ask for, as terms: words of one form, words of one stem, wildcards and fuzzy words.

A term has a number. `Terms` tells which terms a word of a text is, and what to look for to find where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from search.highlight.phrases import Clause
from search.highlight.prefilter import FuzzyTerm, common_start, written_forms
from search.query.tree import Fuzzy, Near, Phrase, Wildcard, Word
from search.text.stems import ENGLISH, may_have_other_forms, stem
from search.text.words import wildcard_pattern, within_edits

Leaf = Word | Phrase | Near | Wildcard | Fuzzy

_Key = TypeVar("_Key")

#: What to look for in a text: characters, and whether a word starts with them.
Needle = tuple[str, bool]

#: Words between those of a phrase up to which its less rare words are looked for only around the rarest.
_MAX_NEAR = 3
_REMEMBERED = 50_000

#: What a form means: the clauses that it answers alone, and its terms that are parts of others.
Meaning = tuple[tuple[int, ...], tuple[int, ...]]
NOTHING: Meaning = ((), ())


class Terms:
    """The terms of the clauses that apply to one field."""

    def __init__(
        self, leaves: tuple[Leaf, ...], stemmed: frozenset[str], language: str = ENGLISH
    ) -> None:
        """*stemmed* are the fields whose words match in any form, which *language* decides."""
        self.language = language
        #: Whether any word is asked for in other forms, which differ by language.
        self.has_other_forms = False
        self._stemmed = stemmed
        #: The numbers of terms: words in one form, words of a stem, patterns, fuzzy words.
        self._forms: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._patterns: dict[str, int] = {}
        self._likes: dict[tuple[str, int], int] = {}
        self._wildcards: list[tuple[int, re.Pattern[str]]] = []
        #: The fuzzy words that words of a length can be, by that length.
        self._fuzzies: dict[int, list[FuzzyTerm]] = {}
        self._terms = 0
        #: Steps left for comparing the words of the text at hand: to be set for each text.
        self.steps = 0
        #: Of each term, what to look for.
        self._needles: dict[int, list[Needle]] = {}
        self.clauses = [self._clause(leaf) for leaf in leaves]
        #: Of each clause what an answer to it is worth.
        self.weights = [len(clause.terms) for clause in self.clauses]
        #: The clauses that a term answers alone, and the terms that answer one only with others.
        self._alone: dict[int, list[int]] = {}
        self._parts: set[int] = set()
        #: The most words that any clause leaves out between its own.
        self.reach = 0
        for number, clause in enumerate(self.clauses):
            if len(clause.terms) == 1:
                self._alone.setdefault(clause.terms[0], []).append(number)
            else:
                self._parts.update(clause.terms)
                self.reach = max(self.reach, clause.most_between)
        #: What is looked for everywhere, and what only ``near`` words around that.
        self.sought, self.sought_near = self._needles_in_order()
        near = [c.most_between for c in self.clauses if c.most_between <= _MAX_NEAR]
        self.near = max(near, default=0) + 1
        #: What forms mean that were asked for before.
        self.meanings: dict[str, Meaning] = {}

    @property
    def has_stems(self) -> bool:
        """Whether there are terms that are words of one stem."""
        return bool(self._stems)

    def _clause(self, leaf: Leaf) -> Clause:
        is_exact = leaf.field is not None and leaf.field not in self._stemmed
        match leaf:
            case Word(form, exact=exact):
                return Clause((self._word(form, exact or is_exact),))
            case Phrase(forms, slop, exact=exact):
                return Clause(tuple(self._word(form, exact or is_exact) for form in forms), slop)
            case Near(left, right, distance):
                sides = (self._word(side.form, side.exact or is_exact) for side in (left, right))
                return Clause(tuple(sides), distance=distance)
            case Wildcard(pattern):
                return Clause((self._wildcard(pattern),))
            case Fuzzy(form, edits):
                return Clause((self._fuzzy(form, edits),))

    def _number(self, kind: dict[_Key, int], key: _Key) -> tuple[int, bool]:
        """Return the number of a term, and whether it is new."""
        number = kind.get(key)
        if number is not None:
            return number, False
        self._terms += 1
        kind[key] = self._terms
        return self._terms, True

    def _word(self, form: str, exact: bool) -> int:
        self.has_other_forms |= not exact
        is_form = exact or not may_have_other_forms(form, self.language)
        key = form if is_form else stem(form, self.language)
        number, is_new = self._number(self._forms if is_form else self._stems, key)
        if is_new:
            start = key if is_form else common_start(key)
            self._needles[number] = [(needle, True) for needle in written_forms(start)]
        return number

    def _wildcard(self, pattern: str) -> int:
        number, is_new = self._number(self._patterns, pattern)
        if is_new:
            self._wildcards.append((number, wildcard_pattern(pattern)))
            # What is not ASCII is read anyway. The thousands of a number can be set apart by commas: of
            # its digits only one is sure to stand in the text.
            if pattern.isascii():
                longest = max(pattern.replace("?", "*").split("*"), key=len)
                needle = longest[:1] if longest.isdigit() else longest
                is_start = pattern.startswith(longest)
                self._needles[number] = [(needle, is_start) for needle in written_forms(needle)]
        return number

    def _fuzzy(self, form: str, edits: int) -> int:
        number, is_new = self._number(self._likes, (form, edits))
        if is_new:
            term = FuzzyTerm.of(number, form, edits)
            for length in range(max(1, len(form) - edits), len(form) + edits + 1):
                self._fuzzies.setdefault(length, []).append(term)
            starts = (piece[:1] if piece.isdigit() else piece for piece, _ in term.pieces)
            self._needles[number] = [(n, False) for start in starts for n in written_forms(start)]
        return number

    def _needles_in_order(self) -> tuple[list[Needle], list[Needle]]:
        """Return what to look for in all of a text, and what only around that.

        A phrase needs its longest word, and the others only near it.
        """
        everywhere: set[int] = set(self._alone)
        for clause in self.clauses:
            if clause.most_between > _MAX_NEAR:
                everywhere.update(clause.terms)
            else:
                everywhere.add(max(clause.terms, key=self._rarity))
        ordered = [needle for term in sorted(everywhere) for needle in self._needles.get(term, ())]
        near = [
            needle
            for term in self._needles
            if term not in everywhere
            for needle in self._needles[term]
        ]
        return list(dict.fromkeys(ordered)), [n for n in dict.fromkeys(near) if n not in ordered]

    def _rarity(self, term: int) -> int:
        """Return how many characters of a term are sure to stand in a text; many if no ASCII word is it."""
        return max((len(needle) for needle, _ in self._needles.get(term, ())), default=1000)

    def meaning(self, form: str) -> Meaning:
        """Return what a word of that *form* means."""
        terms = [self._forms[form]] if form in self._forms else []
        if self._stems and (root := stem(form, self.language)) in self._stems:
            terms.append(self._stems[root])
        has_steps = self.steps > 0
        if has_steps:
            terms += self._compared(form)
        alone = tuple([clause for term in terms for clause in self._alone.get(term, ())])
        parts = tuple([term for term in terms if term in self._parts])
        meaning = (alone, parts) if terms else NOTHING
        if has_steps:  # in the next text there are steps again
            if len(self.meanings) >= _REMEMBERED:
                self.meanings.clear()
            self.meanings[form] = meaning
        return meaning

    def _compared(self, form: str) -> Iterator[int]:
        """Yield the numbers of the wildcards and fuzzy words that *form* matches.

        A step is one term tried, and each character of an edit distance.
        """
        self.steps -= len(self._wildcards)
        for number, pattern in self._wildcards:
            if pattern.fullmatch(form):
                yield number
        for term in self._fuzzies.get(len(form), ()):
            self.steps -= 1
            if term.may_be(form):
                self.steps -= len(form)
                if within_edits(term.form, form, term.edits):
                    yield term.number
