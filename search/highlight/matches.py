"""Where a text matches a query: the spans to mark, and which clause each match answers.

Reading every word of a page of articles takes far longer than the rest of an answer. So the text is
searched for what words of the query start with, by ``str.find``, which is the fastest way. What stands
there is nearly always a plain word between blanks, which one small pattern recognises. Anything else is
read in full from blank to blank (a word never reaches across a blank): it gives the same words as reading
the whole text would.

Over 400 lines, because the quick way and the full one have to be changed together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from search.highlight.named import Mentioned, mentioned
from search.highlight.phrases import Candidates, Clause, Match, Span, occurrences, spans_around
from search.highlight.prefilter import FuzzyTerm, common_start, written_forms
from search.model.article import Document
from search.model.fields import FieldTable
from search.query.tree import Fuzzy, Near, Not, Phrase, Query, Wildcard, Word, walk
from search.text.signs import APOSTROPHES
from search.text.stems import ENGLISH, may_have_other_forms, stem, stem_language
from search.text.words import MAX_FORM_CHARS, tokens, wildcard_pattern, within_edits

Leaf = Word | Phrase | Near | Wildcard | Fuzzy

_Key = TypeVar("_Key")

#: Characters beyond ASCII that are in no word and fold to no letter, so hide none: ’ “ – … € ·
_PLAIN = (
    r"\0-\x7f\xa0-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
)
#: Not ``+``: the engine of regular expressions is quick only where a single class stands in front.
_SPECIAL = f"[^{_PLAIN}][^{_PLAIN}]*+"
_ASCII = bytes(range(128))
#: A word of lower-cased ASCII characters that is one for `search.text.words.tokens` too: on either side stands
#: what can be no part of it. Its form is the group, and offsets leave out a possessive 's.
_PARTING = r"\s!\"$%()*\-/:;<=>?@\[\\\]^{|}~“”–—…"
PLAIN_WORD = re.compile(
    rf"(?<![^{_PARTING}‘])(?<!\w‘)([a-z0-9_]{{1,{MAX_FORM_CHARS}}}+)(?:['’]s)?(?=[{_PARTING}]|['’&.,](?!\w)|\Z)"
)
#: An apostrophe inside a word, which is then not written as its form is; but for a possessive 's.
_IN_A_WORD = re.compile(rf"[{APOSTROPHES}](?=[^\W\d_])(?![sS](?!\w))")
_ASCII_APOSTROPHES = "".join(filter(str.isascii, APOSTROPHES))
_BLANK = re.compile(r"[ \n]")
#: Words between those of a phrase up to which its less rare words are looked for only around the rarest.
_MAX_NEAR = 3
#: Below this many characters to an offset where a word can stand, reading everything is quicker.
_DENSE = 40
_REMEMBERED = 50_000


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


class Matcher:
    """Finds what a query matches; made once for a query and used for many texts."""

    def __init__(self, tree: Query, limits: HighlightLimits, fields: FieldTable) -> None:
        self._limits = limits
        self._fields = fields
        self._leaves = tuple(dict.fromkeys(_leaves(tree)))
        #: Those that ask for an entity.
        self._of_entities = [leaf for leaf in self._leaves if self._is_of_entities(leaf.field)]
        self._entity_plans: dict[str, tuple[_Plan, list[int]]] = {}
        self._plans: dict[tuple[str, bool, str], _Plan] = {}

    def matches(
        self,
        text: str,
        field_name: str,
        named: Sequence[Match] | None = None,
        language: str = "",
    ) -> Matches:
        """Return the matches in *text*, which is (a value of) the field of that name.

        *named* are where *text* names an entity that the query asks for, as `mentioned` has them; where that is None,
        what is written like an entity counts as one. *language* is that of the article.
        """
        key = field_name, named is not None, stem_language(language)
        plan = self._plans.get(key) or self._plan(*key)
        found = plan.matches(text)
        if not named:
            return found
        named = named[: self._limits.words]
        clauses = len(plan.leaves)
        ordered = sorted([*found.ordered, *[(a, clauses + n, b) for a, n, b in named]])
        marks = [*found.marks, *[(start, end) for start, _, end in named]]
        # Mentions may overlap what else was found, as phrases do, and weigh as these.
        weights = [*plan.weights, *[2] * len(self._of_entities)]
        return Matches(_joined(text, marks, not text.isascii()), ordered, weights)

    def mentioned(self, document: Document) -> Mentioned | None:
        """Return where *document* names entities that clauses ask for, by number of the clause among those that do.

        None where none asks, and where it is not known where *document* names any.
        """
        if not self._of_entities:
            return None
        if not self._entity_plans:
            for row in self._fields.described(is_entity=True):
                members = {n: self._members(leaf.field) for n, leaf in enumerate(self._of_entities)}
                numbers = [n for n, names in members.items() if row.name in names]
                leaves = tuple([self._of_entities[n] for n in numbers])
                plan = _Plan(leaves, self._limits, self._fields.stemmed)
                self._entity_plans[row.name] = plan, numbers
        asked = [name for name, (_, numbers) in self._entity_plans.items() if numbers]
        return mentioned(document, asked, self._fields, self._answered)

    def _answered(self, field_name: str, text: str) -> Iterator[int]:
        """Yield the numbers of the clauses that ask for an entity and are answered by *text*, a name or form of one."""
        plan, numbers = self._entity_plans[field_name]
        return (numbers[clause] for _, clause, _ in plan.matches(text).ordered)

    def _plan(self, field_name: str, without_entities: bool, language: str) -> _Plan:
        asked = tuple(
            [
                leaf
                for leaf in self._leaves
                if self._applies(leaf.field, field_name)
                and not (without_entities and leaf in self._of_entities)
            ]
        )
        same = (
            plan
            for plan in self._plans.values()
            if plan.leaves == asked and (plan.language == language or not plan.has_other_forms)
        )
        plan = next(same, None) or _Plan(asked, self._limits, self._fields.stemmed, language)
        self._plans[field_name, without_entities, language] = plan
        return plan

    def _members(self, asked: str | None) -> tuple[str, ...]:
        """Return the fields that a clause for the field or group *asked* searches, () where it says none."""
        return () if asked is None else self._fields.groups.get(asked, (asked,))

    def _is_of_entities(self, asked: str | None) -> bool:
        return any(self._fields[name].is_entity for name in self._members(asked))

    def _applies(self, asked: str | None, field_name: str) -> bool:
        """Whether a clause for the field *asked* marks words in a text of *field_name*.

        Entities were found in the texts of the article, and a person wants to see them there. The byline
        stands apart, so ``author:`` marks nothing in a text.
        """
        if asked is None or asked == field_name:
            return True
        in_texts = self._is_of_entities(asked) and field_name in self._fields.stemmed
        return in_texts or field_name in self._members(asked)


def _leaves(tree: Query) -> list[Leaf]:
    """Return the clauses that say what is looked for; what must not be there is never marked."""
    leaves: list[Leaf] = []
    for node in walk(tree, negated=False):
        if isinstance(node, Leaf):
            leaves.append(node)
        elif isinstance(node, Not) and isinstance(node.child, Not):
            leaves += _leaves(node.child.child)
    return leaves


#: What a form means to a plan: the clauses that it answers alone, and its terms that are parts of others.
_Meaning = tuple[tuple[int, ...], tuple[int, ...]]
_NOTHING: _Meaning = ((), ())


class _Plan:
    """The clauses that apply to one field, and how to recognise their words."""

    def __init__(
        self,
        leaves: tuple[Leaf, ...],
        limits: HighlightLimits,
        stemmed: frozenset[str],
        language: str = ENGLISH,
    ) -> None:
        """*stemmed* are the fields whose words match in any form, which *language* decides."""
        self.leaves = leaves
        self.language = language
        #: Whether any word is asked for in other forms, which differ by language.
        self.has_other_forms = False
        self._stemmed = stemmed
        self._limits = limits
        #: The numbers of terms: words in one form, words of a stem, patterns, fuzzy words.
        self._forms: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._patterns: dict[str, int] = {}
        self._likes: dict[tuple[str, int], int] = {}
        self._wildcards: list[tuple[int, re.Pattern[str]]] = []
        #: The fuzzy words that words of a length can be, by that length.
        self._fuzzies: dict[int, list[FuzzyTerm]] = {}
        self._terms = 0
        #: Steps left for comparing the words of the text at hand.
        self._steps = 0
        #: Of each term, what to look for: characters, and whether a word starts with them.
        self._needles: dict[int, list[tuple[str, bool]]] = {}
        self._clauses = [self._clause(leaf) for leaf in leaves]
        #: Of each clause what an answer to it is worth.
        self.weights = [len(clause.terms) for clause in self._clauses]
        #: The clauses that a term answers alone, and the terms that answer one only with others.
        self._alone: dict[int, list[int]] = {}
        self._parts: set[int] = set()
        #: The most words that any clause leaves out between its own.
        self._reach = 0
        for number, clause in enumerate(self._clauses):
            if len(clause.terms) == 1:
                self._alone.setdefault(clause.terms[0], []).append(number)
            else:
                self._parts.update(clause.terms)
                self._reach = max(self._reach, clause.most_between)
        #: What is looked for everywhere, and what only a few words around that.
        self._sought, self._sought_near = self._needles_in_order()
        near = [c.most_between for c in self._clauses if c.most_between <= _MAX_NEAR]
        self._near = max(near, default=0) + 1
        self._meanings: dict[str, _Meaning] = {}

    # From tree to terms

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

    def _needles_in_order(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Return what to look for in all of a text, and what only around that.

        A phrase needs its longest word, and the others only near it.
        """
        everywhere: set[int] = set(self._alone)
        for clause in self._clauses:
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

    def _meaning(self, form: str) -> _Meaning:
        terms = [self._forms[form]] if form in self._forms else []
        if self._stems and (root := stem(form, self.language)) in self._stems:
            terms.append(self._stems[root])
        has_steps = self._steps > 0
        if has_steps:
            terms += self._compared(form)
        alone = tuple([clause for term in terms for clause in self._alone.get(term, ())])
        parts = tuple([term for term in terms if term in self._parts])
        meaning = (alone, parts) if terms else _NOTHING
        if has_steps:  # in the next text there are steps again
            if len(self._meanings) >= _REMEMBERED:
                self._meanings.clear()
            self._meanings[form] = meaning
        return meaning

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
            return _NO_MATCHES
        if len(text) > (most := self._limits.chars):
            # The last blank, so that no word is cut; a longer word than this is none.
            nearly = most - 1000
            blank = max(text.rfind(" ", nearly, most), text.rfind("\n", nearly, most))
            text = text[: max(blank, nearly)]
        low, special = _lowered(text)
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
        return Matches(_joined(text, marks, bool(special)), matches, self.weights)

    def _together(self, found: Candidates) -> Iterator[tuple[int, int, int, tuple[Span, ...]]]:
        """Yield what answers clauses of several words: start, end, clause, the spans to mark."""
        numbers: dict[int, list[int]] = {}
        for at, terms in enumerate(found.terms):
            for term in terms:
                numbers.setdefault(term, []).append(at)
        steps = self._limits.steps // len(self._clauses)
        for number, clause in enumerate(self._clauses):
            if len(clause.terms) > 1:
                for start, end, spans in occurrences(clause, found, numbers, steps):
                    yield start, end, number, spans

    def _candidates(self, text: str, low: str, offsets: list[int] | None) -> Candidates:
        """Look at the words at *offsets* in *text*, lower-cased *low*; at all words where None."""
        found = Candidates(text, self._reach)
        self._steps = self._limits.compared
        if offsets is None:
            self._read(found, 0, len(text))
            return found
        is_ascii = text.isascii()
        meaning_of = self._meanings.get
        matches = found.matches
        end = 0
        for at in offsets[: self._limits.words]:
            if at < end:
                continue
            word = PLAIN_WORD.match(low, at)
            if word and (is_ascii or text[at : word.end(1)].isascii()):
                form, end = word[1], word.end()
                stop = at + len(form)
                alone, parts = meaning_of(form) or self._meaning(form)
                for clause in alone:
                    matches.append((at, clause, stop))
                if parts:
                    found.add(at, stop, parts, 0, at)
                    found.go_on(0, end)
            else:
                start, end = _from_blank_to_blank(text, at, end)
                self._read(found, start, end)
                if len(found) >= self._limits.words:
                    break
        return found

    def _read(self, found: Candidates, start: int, end: int) -> None:
        """Read the words of a part of the text one by one."""
        words = tokens(found.text[start:end])
        before = -1
        meaning_of = self._meanings.get
        for at, form in enumerate(words.forms):
            meaning = meaning_of(form) or self._meaning(form)
            if meaning is _NOTHING:
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
        if len(self._sought) * len(text) > self._limits.scanned:
            return None
        if self._stems and self.language != ENGLISH:
            return None  # what words of one stem start with is known of English alone
        offsets = [*special, *_inside_words(text)]
        most = 4 + len(text) // _DENSE
        are_few = _find(low, self._sought, [(0, len(text))], offsets, most)
        if are_few and offsets and self._sought_near:
            offsets.sort()
            near = spans_around(text, offsets, self._near)
            are_few = _find(low, self._sought_near, near, offsets, most)
        offsets.sort()
        return offsets if are_few else None


def _lowered(text: str) -> tuple[str, list[int]]:
    """Return *text* in lower case, character for character, and where it has any that fold to others."""
    if text.isascii():
        return text.lower(), []
    # What most texts have beyond ASCII are quotes and dashes. By way of bytes, which know the case of
    # ASCII only, that is quicker than what is below.
    raw = text.encode("utf-8", "surrogatepass")
    beyond = raw.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    if not re.search(_SPECIAL, beyond):
        return raw.lower().decode("utf-8", "surrogatepass"), []
    low = text.lower()
    if len(low) != len(text):  # the one letter that becomes two
        low = text.replace("İ", "i").lower()
    return low, [match.start() for match in re.finditer(_SPECIAL, text)]


def _inside_words(text: str) -> list[int]:
    """Return where apostrophes stand between two letters, that of a possessive 's left out."""
    found = []
    # Sign by sign, which is far quicker than a pattern of all; of these two are ASCII, as nearly all texts.
    for sign in _ASCII_APOSTROPHES if text.isascii() else APOSTROPHES:
        at = text.find(sign, 1)
        while at > 0:
            if text[at - 1].isalpha() and _IN_A_WORD.match(text, at):
                found.append(at)
            at = text.find(sign, at + 1)
    return found


def _find(
    low: str,
    needles: Sequence[tuple[str, bool]],
    spans: Sequence[Span],
    offsets: list[int],
    most: int,
) -> bool:
    """Add to *offsets* where *needles* stand in *spans* of a text; False where they become too many."""
    tries = len(low) // 4
    for needle, at_start in needles:
        for start, end in spans:
            at = low.find(needle, start, end)
            while at >= 0:
                if not (at_start and at and low[at - 1].isalnum()):
                    offsets.append(at)
                tries -= 1
                if tries < 0 or len(offsets) > most:
                    return False
                at = low.find(needle, at + 1, end)
    return len(offsets) <= most


def _from_blank_to_blank(text: str, at: int, after: int) -> Span:
    """Return the span of *text* around *at* that has no blank in it, from *after* on."""
    start = max(text.rfind(" ", after, at), text.rfind("\n", after, at), after - 1) + 1
    blank = _BLANK.search(text, at)
    return start, blank.start() if blank else len(text)


def _joined(text: str, marks: list[Span], has_accents: bool) -> tuple[Span, ...]:
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
