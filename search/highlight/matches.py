"""Where a text matches a query: the spans to mark, and which clause each match answers.

Reading every word of a page of articles takes far longer than the rest of an answer. So the text is
searched for what words of the query start with, by ``str.find``, which is the fastest way. What stands
there is nearly always a plain word between blanks, which one small pattern recognises. Anything else is
read in full from blank to blank (a word never reaches across a blank): it gives the same words as reading
the whole text would.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from search.highlight.phrases import Candidates, Match, Span, occurrences, spans_around
from search.highlight.places import PLAIN_WORD, find_all, from_blank_to_blank, inside_words, lowered
from search.highlight.terms import NOTHING, Leaf, Terms
from search.text.stems import ENGLISH
from search.text.words import tokens

#: Below this many characters to an offset where a word can stand, reading everything is quicker.
_DENSE = 40


class HighlightLimits(NamedTuple):
    """How much of one text is looked at; what lies beyond is left unmarked.

    ``chars`` of it are searched, ``words`` looked at; ``steps`` taken to put phrases together, and
    ``compared`` to compare words with wildcards and fuzzy words. ``scanned`` characters are gone through in
    search of where words start; beyond that all is read, which is quicker then. The defaults are far
    beyond any article, and a hostile one costs a fraction of a second.
    """

    chars: int = 500_000
    words: int = 20_000
    steps: int = 200_000
    compared: int = 200_000
    scanned: int = 50_000_000


class Matches:
    """What a query matches in a text.

    ``marks`` are the spans to mark, ascending and disjoint; ``ordered`` are the matches, ascending;
    ``weights`` has for each clause what an answer to it is worth.
    """

    __slots__ = ("marks", "ordered", "weights")

    def __init__(
        self,
        marks: tuple[Span, ...] = (),
        ordered: Sequence[Match] = (),
        weights: Sequence[int] = (),
    ) -> None:
        self.marks = marks
        self.ordered = ordered
        self.weights = weights


_NO_MATCHES = Matches()


class Plan:
    """The clauses that apply to one field, and how to find them in a text."""

    def __init__(
        self,
        leaves: tuple[Leaf, ...],
        limits: HighlightLimits,
        stemmed: frozenset[str],
        language: str = ENGLISH,
    ) -> None:
        """*stemmed* are the fields whose words match in any form, which *language* decides."""
        self.leaves = leaves
        self.terms = Terms(leaves, stemmed, language)
        self._limits = limits

    def matches(self, text: str) -> Matches:
        """Return the matches in *text*."""
        if not self.terms.clauses:
            return _NO_MATCHES
        if len(text) > (most := self._limits.chars):
            # The last blank, so that no word is cut; a longer word than this is none.
            nearly = most - 1000
            blank = max(text.rfind(" ", nearly, most), text.rfind("\n", nearly, most))
            text = text[: max(blank, nearly)]
        low, special = lowered(text)
        offsets = self._offsets(text, low, special)
        if not offsets and offsets is not None:
            return _NO_MATCHES
        found = self._candidates(text, low, offsets)
        matches = found.matches
        marks = [(start, end) for start, _, end in matches]
        if found.starts:
            for start, end, number, spans in self._together(found):
                matches.append((start, number, end))
                marks += spans
            matches.sort()
        if not matches:
            return _NO_MATCHES
        return Matches(joined_spans(text, marks, bool(special)), matches, self.terms.weights)

    def _together(self, found: Candidates) -> Iterator[tuple[int, int, int, tuple[Span, ...]]]:
        """Yield what answers clauses of several words: start, end, clause, the spans to mark."""
        numbers: dict[int, list[int]] = {}
        for at, terms in enumerate(found.terms):
            for term in terms:
                numbers.setdefault(term, []).append(at)
        steps = self._limits.steps // len(self.terms.clauses)
        for number, clause in enumerate(self.terms.clauses):
            if len(clause.terms) > 1:
                for start, end, spans in occurrences(clause, found, numbers, steps):
                    yield start, end, number, spans

    def _candidates(self, text: str, low: str, offsets: list[int] | None) -> Candidates:
        """Look at the words at *offsets* in *text*, lower-cased *low*; at all words where None."""
        found = Candidates(text, self.terms.reach)
        self.terms.steps = self._limits.compared
        if offsets is None:
            self._read(found, 0, len(text))
            return found
        is_ascii = text.isascii()
        meaning_of = self.terms.meanings.get
        matches = found.matches
        end = 0
        for at in offsets[: self._limits.words]:
            if at < end:
                continue
            word = PLAIN_WORD.match(low, at)
            if word and (is_ascii or text[at : word.end(1)].isascii()):
                form, end = word[1], word.end()
                stop = at + len(form)
                alone, parts = meaning_of(form) or self.terms.meaning(form)
                for clause in alone:
                    matches.append((at, clause, stop))
                if parts:
                    found.add(at, stop, parts, 0, at)
                    found.go_on(0, end)
            else:
                start, end = from_blank_to_blank(text, at, end)
                self._read(found, start, end)
                if len(found) >= self._limits.words:
                    break
        return found

    def _read(self, found: Candidates, start: int, end: int) -> None:
        """Read the words of a part of the text one by one."""
        words = tokens(found.text[start:end])
        before = -1
        meaning_of = self.terms.meanings.get
        for at, form in enumerate(words.forms):
            meaning = meaning_of(form) or self.terms.meaning(form)
            if meaning is NOTHING:
                continue
            first, last = start + words.starts[at], start + words.ends[at]
            alone, parts = meaning
            found.matches += [(first, clause, last) for clause in alone]
            if parts:
                found.add(first, last, parts, at - before - 1, start)
                found.go_on(0, start)
                before = at
            if len(found) >= self._limits.words:
                break
        if before >= 0:
            found.go_on(len(words) - before - 1, end)

    def _offsets(self, text: str, low: str, special: list[int]) -> list[int] | None:
        """Return where in *text* a word that is a term may stand; None where reading all is quicker.

        That is where a spelling of one stands, and wherever there are *special* characters or apostrophes in words.
        """
        if len(self.terms.sought) * len(text) > self._limits.scanned:
            return None
        if self.terms.has_stems and self.terms.language != ENGLISH:
            return None  # what words of one stem start with is known of English alone
        offsets = [*special, *inside_words(text)]
        most = 4 + len(text) // _DENSE
        are_few = find_all(low, self.terms.sought, [(0, len(text))], offsets, most)
        if are_few and offsets and self.terms.sought_near:
            offsets.sort()
            near = spans_around(text, offsets, self.terms.near)
            are_few = find_all(low, self.terms.sought_near, near, offsets, most)
        offsets.sort()
        return offsets if are_few else None


def joined_spans(text: str, marks: list[Span], has_accents: bool) -> tuple[Span, ...]:
    """Return *marks* in order, those that overlap or touch made one, none parting letter and accent."""
    marks.sort()
    are_apart = [end < start for (_, end), (start, _) in pairwise(marks)]
    if all(are_apart) and not has_accents:  # nearly always
        return tuple(marks)
    joined: list[Span] = []
    until = -1
    for start, end in marks:
        if has_accents:
            while start and unicodedata.category(text[start])[0] == "M":
                start -= 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
        if start <= until:
            until = max(end, until)
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((start, end))
            until = end
    return tuple(joined)
