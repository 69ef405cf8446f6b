"""Where the words of a query stand in a text: the marks, and which clause each stretch answers.

Reading every word of a page of articles takes far longer than the rest of an answer, so only the
stretches between blanks that can hold a word of the query are read (see `_Plan._regions`). A word
never reaches across a blank, so those give the same words as the whole text would.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from search.query import And, Fuzzy, Group, Near, Not, Or, Phrase, Query, Wildcard, Word
from search.snippet_terms import FuzzyTerm, common_start, spellings
from search.text import stem, tokens, wildcard_pattern, within_edits

#: Characters of a text that are searched, words of it that are looked at, steps taken to put
#: phrases together, and steps taken to compare its words with wildcards and fuzzy words: far beyond
#: any article, and a hostile one costs a fraction of a second. What lies beyond is left unmarked.
MAX_CHARS = 500_000
MAX_WORDS = 20_000
MAX_STEPS = 200_000
MAX_COMPARED = 200_000

Range = tuple[int, int]
Leaf = Word | Phrase | Near | Wildcard | Fuzzy

_ENTITY_FIELDS = ("person", "org", "place")
#: Characters beyond ASCII that are in no word and fold to no letter, so hide none: ’ “ – … € ·
_PLAIN = (
    r"\0-\x7f\xa0-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
)
_SPECIAL = re.compile(f"[^{_PLAIN}]+")
#: Below this many characters to a stretch that can hold a word it is quicker to read all.
_DENSE = 40
#: Characters gone through in search of such stretches; beyond it, too, reading all is quicker.
_MAX_SCANNED = 50_000_000
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A stretch of a text that answers a clause, by its number and with the clause's weight."""

    start: int
    end: int
    clause: int
    weight: float


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query matches in a text: ranges to mark, ascending and disjoint, and hits by start."""

    marks: tuple[Range, ...] = ()
    hits: tuple[Hit, ...] = ()


class Matcher:
    """Finds what a query matches; made once for a query and used for many texts."""

    def __init__(self, tree: Query) -> None:
        self._leaves = tuple(dict.fromkeys(_leaves(tree)))
        self._plans: dict[str, _Plan] = {}

    def matches(self, text: str, field_name: str) -> Matches:
        """Return the matches in *text*, which is (a value of) the field of that name."""
        plan = self._plans.get(field_name)
        if plan is None:
            asked = [leaf for leaf in self._leaves if _applies(leaf.field, field_name)]
            plan = self._plans[field_name] = _Plan(asked)
        return plan.matches(text)


def _leaves(tree: Query) -> Iterator[Leaf]:
    """Yield the clauses that say what is looked for; what must not be there is never marked."""
    match tree:
        case Group(children) | And(children) | Or(children):
            for child in children:
                yield from _leaves(child)
        case Not(Not(child)):
            yield from _leaves(child)
        case Word() | Phrase() | Near() | Wildcard() | Fuzzy():
            yield tree


def _applies(asked: str | None, field_name: str) -> bool:
    """Whether a clause for the field *asked* marks words in a text of *field_name*.

    Names of people, organisations and places were found in headline and text; there a person wants to see
    them. The byline stands apart, so ``author:`` marks nothing there.
    """
    if asked is None or asked == field_name:
        return True
    if asked == "entity":
        return field_name in ("title", "body", *_ENTITY_FIELDS)
    return asked in _ENTITY_FIELDS and field_name in ("title", "body")


@dataclass(slots=True)
class _Clause:
    """A clause as the numbers of its terms: one word, two near each other, or several in a row."""

    terms: tuple[int, ...]
    slop: int = 0
    distance: int = 0


@dataclass(slots=True)
class _Found:
    """The words of a text that are terms: parallel lists in order, and the places of each term.

    Positions count words, but where more lie between two than any clause may leave out, that many.
    """

    positions: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    places: dict[int, list[int]] = field(default_factory=dict)


class _Plan:
    """The clauses that apply to one field, and how to recognise their words."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self._numbers: dict[tuple[str, str, int], int] = {}
        self._wildcards: list[tuple[int, re.Pattern[str]]] = []
        #: The fuzzy words that words of a length can be, by that length.
        self._fuzzies: dict[int, list[FuzzyTerm]] = {}
        #: Steps left for comparing the words of the text at hand.
        self._steps = 0
        self._needles: dict[tuple[str, bool], None] = {}
        self._clauses = [self._clause(leaf) for leaf in leaves]
        reach = [max(c.slop, c.distance) for c in self._clauses if len(c.terms) > 1]
        #: Words between two that make a difference; None where positions are not needed.
        self._reach = max(reach) if reach else None
        self._terms_of: dict[str, tuple[int, ...]] = {}

    # From tree to terms

    def _clause(self, leaf: Leaf) -> _Clause:
        is_exact = leaf.field not in (None, "title", "body")
        match leaf:
            case Word(form, exact=exact):
                return _Clause((self._word(form, exact or is_exact),))
            case Phrase(forms, slop, exact=exact):
                return _Clause(tuple(self._word(form, exact or is_exact) for form in forms), slop)
            case Near(left, right, distance):
                sides = (self._word(side.form, side.exact or is_exact) for side in (left, right))
                return _Clause(tuple(sides), distance=distance)
            case Wildcard(pattern):
                return _Clause((self._wildcard(pattern),))
            case Fuzzy(form, edits):
                return _Clause((self._fuzzy(form, edits),))

    def _number(self, kind: str, value: str, edits: int = 0) -> tuple[int, bool]:
        """Return the number of a term, and whether it is new."""
        known = len(self._numbers)
        number = self._numbers.setdefault((kind, value, edits), known)
        return number, number == known

    def _word(self, form: str, exact: bool) -> int:
        root = stem(form)
        if exact or not (form.isascii() and form.isalpha()):
            self._look_for(spellings(form), at_start=True)
            return self._number("form", form)[0]
        self._look_for(spellings(common_start(root)), at_start=True)
        return self._number("stem", root)[0]

    def _wildcard(self, pattern: str) -> int:
        number, is_new = self._number("wildcard", pattern)
        if is_new:
            self._wildcards.append((number, wildcard_pattern(pattern)))
            # What is not ASCII is read anyway. The thousands of a number can be set apart by commas: of
            # its digits only one is sure to stand in the text.
            if pattern.isascii():
                longest = max(re.split(r"[*?]", pattern), key=len)
                self._look_for(spellings(longest[:1] if longest.isdigit() else longest))
        return number

    def _fuzzy(self, form: str, edits: int) -> int:
        number, is_new = self._number("fuzzy", form, edits)
        if is_new:
            term = FuzzyTerm.of(number, form, edits)
            for length in range(max(1, len(form) - edits), len(form) + edits + 1):
                self._fuzzies.setdefault(length, []).append(term)
            for piece, _ in term.pieces:
                self._look_for(spellings(piece[:1] if piece.isdigit() else piece))
        return number

    def _look_for(self, needles: tuple[str, ...], at_start: bool = False) -> None:
        for needle in needles:
            self._needles[needle, at_start] = None

    def _terms(self, form: str) -> tuple[int, ...]:
        """Return the numbers of the terms that *form* is."""
        numbers = (
            self._numbers.get(("form", form, 0)),
            self._numbers.get(("stem", stem(form), 0)),
        )
        terms = [number for number in numbers if number is not None]
        if self._steps <= 0 and (self._wildcards or self._fuzzies):
            return tuple(terms)  # and not remembered: in the next text there are steps again
        terms += self._compared(form)
        if len(self._terms_of) >= _REMEMBERED:
            self._terms_of.clear()
        found = self._terms_of[form] = tuple(terms)
        return found

    def _compared(self, form: str) -> Iterator[int]:
        """Yield the numbers of the wildcards and fuzzy words that *form* matches.

        A step is one term tried, and each character of an edit distance.
        """
        self._steps -= len(self._wildcards)
        for number, pattern in self._wildcards:
            if pattern.fullmatch(form):
                yield number
        for term in self._fuzzies.get(len(form), ()):
            self._steps -= 1
            if term.may_be(form):
                self._steps -= len(form)
                if within_edits(term.form, form, term.edits):
                    yield term.number

    # From text to matches

    def matches(self, text: str) -> Matches:
        if not self._clauses:
            return Matches()
        if len(text) > MAX_CHARS:
            # The last blank, so that no word is cut; a longer word than this is none.
            nearly = MAX_CHARS - 1000
            blank = max(text.rfind(" ", nearly, MAX_CHARS), text.rfind("\n", nearly, MAX_CHARS))
            text = text[: max(blank, nearly)]
        found = self._found(text)
        if not found.starts:
            return Matches()
        marks: list[Range] = []
        hits: list[Hit] = []
        steps = MAX_STEPS // len(self._clauses)
        for number, clause in enumerate(self._clauses):
            for start, end, ranges in _occurrences(clause, found, steps):
                hits.append(Hit(start, end, number, len(clause.terms)))
                marks += ranges
        hits.sort(key=lambda hit: hit.start)
        return Matches(_joined(text, marks), tuple(hits))

    def _found(self, text: str) -> _Found:
        found = _Found()
        self._steps = MAX_COMPARED
        known = self._terms_of
        position = before = 0
        for start, end in self._regions(text):
            words = tokens(text[start:end])
            if self._reach is not None:
                position += _words_between(text, before, start, self._reach)
            for at, form in enumerate(words.forms):
                terms = known.get(form)
                if terms is None:
                    terms = self._terms(form)
                if terms:
                    for term in terms:
                        found.places.setdefault(term, []).append(len(found.starts))
                    found.positions.append(position + at)
                    found.starts.append(start + words.starts[at])
                    found.ends.append(start + words.ends[at])
                    if len(found.starts) == MAX_WORDS:
                        return found
            position += len(words)
            before = end
        return found

    def _regions(self, text: str) -> list[Range]:
        """Return the stretches of *text*, from blank to blank, that can hold a term.

        That is where a spelling of one stands, and wherever there are characters that fold to others.
        """
        low = text.lower()
        if len(low) != len(text):  # the one letter that becomes two
            low = text.replace("İ", "i").lower()
        places = [] if text.isascii() else [match.start() for match in _SPECIAL.finditer(text)]
        if len(self._needles) * len(text) > _MAX_SCANNED:
            return [(0, len(text))]
        tries = len(text) // 4
        for needle, at_start in self._needles:
            at = low.find(needle)
            while at >= 0:
                if not (at_start and at and low[at - 1].isalnum()):
                    places.append(at)
                tries -= 1
                if tries < 0 or len(places) * _DENSE > len(text):
                    return [(0, len(text))]
                at = low.find(needle, at + 1)
        if len(places) * _DENSE > len(text):
            return [(0, len(text))]
        return _from_blank_to_blank(text, sorted(places))


def _from_blank_to_blank(text: str, places: list[int]) -> list[Range]:
    """Return the stretches of *text* around *places*, which ascend; each once."""
    regions: list[Range] = []
    end = line = -1
    for at in places:
        if at < end:
            continue
        # Back only to where the last stretch ended: linear in all.
        start = max(text.rfind(" ", end + 1, at), text.rfind("\n", end + 1, at), end) + 1
        if line < at:
            line = text.find("\n", at)
            line = len(text) if line < 0 else line
        end = text.find(" ", at, line)
        end = line if end < 0 else end
        regions.append((start, end))
    return regions


def _words_between(text: str, start: int, end: int, most: int) -> int:
    """Return how many words stand in that part of *text*, *most* + 1 where there are more."""
    count = 0
    while start < end and count <= most:
        stop = text.find(" ", start + 10 * (most + 1), end)
        stop = end if stop < 0 else stop
        count += len(tokens(text[start:stop]))
        start = stop
    return min(count, most + 1)


def _occurrences(
    clause: _Clause, found: _Found, steps: int
) -> Iterator[tuple[int, int, tuple[Range, ...]]]:
    """Yield the stretches that answer *clause*, and the ranges to mark in each; at most *steps*."""
    places = [found.places.get(term, []) for term in clause.terms]
    if not all(places):
        return
    starts, ends, positions = found.starts, found.ends, found.positions
    if clause.distance:
        for a, b in _pairs(places[0], places[1], positions, clause.distance, steps):
            first, last = min(a, b), max(a, b)
            yield (
                starts[first],
                ends[last],
                ((starts[first], ends[first]), (starts[last], ends[last])),
            )
        return
    for first in places[0][: steps // len(places)]:
        last = first
        for later in places[1:]:
            at = bisect_right(later, last)
            if at == len(later):
                return
            last = later[at]
        if positions[last] - positions[first] - len(places) < clause.slop:
            yield starts[first], ends[last], ((starts[first], ends[last]),)


def _pairs(
    left: list[int], right: list[int], positions: list[int], distance: int, steps: int
) -> Iterator[Range]:
    """Yield each word of either side with its nearest ones of the other side, if near enough."""
    for ones, others in ((left, right), (right, left)):
        for one in ones[: steps // 2]:
            for at in (bisect_left(others, one) - 1, bisect_right(others, one)):
                if 0 <= at < len(others):
                    other = others[at]
                    if abs(positions[one] - positions[other]) <= distance:
                        yield one, other


def _joined(text: str, marks: list[Range]) -> tuple[Range, ...]:
    """Return *marks* in order, those that overlap or touch made one, none parting letter and accent."""
    has_accents = not text.isascii()
    joined: list[Range] = []
    for start, end in sorted(set(marks)):
        if has_accents:
            while start and unicodedata.category(text[start])[0] == "M":
                start -= 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
