"""Which words of the dictionaries a wildcard or a fuzzy word stands for, and where all of these occur."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice

import numpy as np

from search.engines.protocol.rules import expansion_notice
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.evaluate.occurrences import OccurrenceFinder
from search.engines.whoosh_index.format.layout import Scope
from search.engines.whoosh_index.kernels.arguments import PostingRun
from search.engines.whoosh_index.segment.family import FamilyReader
from search.engines.whoosh_index.snapshot.postings import Postings, WeightedDocuments, are_inside
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.query.tree import Fuzzy, Wildcard
from search.text.arrays import Ints, starts_of
from search.text.words import fold, wildcard_pattern, within_edits

#: Finds the numbers of the forms that a clause stands for in one dictionary, ascending.
_Expansion = Callable[[FamilyReader], Ints]
_SPELLING_EDITS = 2


def is_prefix(pattern: str) -> bool:
    """Whether *pattern* is the beginning of a word and one ``*``."""
    return pattern.find("*") == len(pattern) - 1 > 0 and "?" not in pattern


def spellings(
    snapshot: Snapshot, form: str, limit: int, limits: Limits, deadline: Deadline
) -> tuple[str, ...]:
    """Return words within two edits of *form*: fewest edits, then most articles, first."""
    finder = OccurrenceFinder(snapshot.documents, limits, deadline)
    return Expander(snapshot, finder, limits, deadline).spellings(form, limit)


def completions(
    snapshot: Snapshot, beginning: str, limit: int, limits: Limits, deadline: Deadline
) -> tuple[str, ...]:
    """Return words that begin with *beginning*, those in most articles first."""
    finder = OccurrenceFinder(snapshot.documents, limits, deadline)
    return Expander(snapshot, finder, limits, deadline).completions(beginning, limit)


class Expander:
    """Expands clauses over one snapshot, for one request."""

    def __init__(
        self, snapshot: Snapshot, finder: OccurrenceFinder, limits: Limits, deadline: Deadline
    ) -> None:
        self._snapshot = snapshot
        self._finder = finder
        self._limits = limits
        self._deadline = deadline

    def expanded(
        self, leaf: Wildcard | Fuzzy, scope: Scope
    ) -> tuple[WeightedDocuments, tuple[str, ...]]:
        """Return all words that *leaf* stands for as one word, and what to say of those that were left out."""
        known = self._snapshot.expansions.get(leaf)
        if known is None:
            known = self._newly_expanded(leaf, scope)
            # The words of a prefix lie side by side, to remember them would gain little.
            if not (isinstance(leaf, Wildcard) and is_prefix(leaf.pattern)):
                self._snapshot.expansions.put(leaf, *known, self._limits.remembered_bytes)
        return known

    def _newly_expanded(
        self, leaf: Wildcard | Fuzzy, scope: Scope
    ) -> tuple[WeightedDocuments, tuple[str, ...]]:
        family, fields = scope
        expand = (
            self._wildcard(leaf.pattern)
            if isinstance(leaf, Wildcard)
            else self._fuzzy(leaf.form, leaf.edits)
        )
        readers = [segment.family(family) for segment in self._snapshot.segments]
        numbers = [expand(reader) for reader in readers]
        notices: tuple[str, ...] = ()
        most = self._limits.max_expansions
        if sum(map(len, numbers)) > most:
            numbers, forms = self._most_frequent(readers, numbers, scope)
            if forms > most:
                notices = (expansion_notice(_written(leaf), forms, most),)
        runs = [
            run
            for base, reader, found in zip(
                self._snapshot.documents.bases, readers, numbers, strict=True
            )
            for part in self._cut(reader, found)
            for run in _runs(base, reader, part)
        ]
        if fields is None:
            return self._finder.merged(runs), notices
        return self._finder.in_fields(runs, scope), notices

    def completions(self, beginning: str, limit: int) -> tuple[str, ...]:
        """Return words that begin with *beginning*, those in most articles first."""
        frequency = self._counted(self._wildcard(f"{beginning}*")) if beginning else {}
        ranked = nsmallest(limit, ((-count, word) for word, count in frequency.items() if count))
        return tuple([word for _, word in ranked])

    def _counted(self, expand: _Expansion) -> dict[str, int]:
        """Return the words that *expand* finds, and in how many live documents each is."""
        frequency: dict[str, int] = {}
        for number, segment in enumerate(self._snapshot.segments):
            reader = segment.family("text")
            numbers = expand(reader)
            counts = self._frequencies(number, numbers, ("text", None)).tolist()
            for word, count in zip(self._forms(reader, numbers), counts, strict=True):
                frequency[word] = frequency.get(word, 0) + count
        return frequency

    def spellings(self, form: str, limit: int) -> tuple[str, ...]:
        """Return words within two edits of *form*: fewest edits, then most articles, first."""
        wanted = fold(form)
        frequency = self._counted(self._fuzzy(wanted, _SPELLING_EDITS))
        ranked = sorted(
            (word for word, count in frequency.items() if count and word != wanted),
            key=lambda word: (not within_edits(wanted, word, 1), -frequency[word], word),
        )
        return tuple(ranked[:limit])

    # Words of one dictionary

    def _wildcard(self, pattern: str) -> _Expansion:
        """Return what finds the forms matching *pattern* (``*`` any run, ``?`` one character).

        The part before the first wildcard is looked up, so that ``ukrain*`` costs what it finds; of a pattern
        that begins with a wildcard the longest part is searched for in all forms at once.
        """
        prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
        if is_prefix(pattern):

            def every(reader: FamilyReader) -> Ints:
                found = reader.forms.range_of_prefix(prefix)
                return np.arange(found.start, found.stop)

            return every
        fits = wildcard_pattern(pattern).fullmatch
        longest = max(re.split(r"[*?]", pattern), key=len)

        def expand(reader: FamilyReader) -> Ints:
            forms = reader.forms
            numbers: Iterable[int]
            if prefix:
                numbers = forms.range_of_prefix(prefix)
            elif len(longest) > 1:
                numbers = forms.holding(longest).tolist()
            else:
                numbers = range(len(forms))
                return self._fitting(fits, numbers, reader.sorted_forms)
            return self._fitting(fits, numbers, map(forms.__getitem__, numbers))

        return expand

    def _fitting(
        self, fits: Callable[[str], object], numbers: Iterable[int], forms: Iterable[str]
    ) -> Ints:
        """Return those of *numbers* whose form *fits*."""
        pairs = zip(numbers, forms, strict=True)
        found: list[int] = []
        while part := list(islice(pairs, self._limits.forms_at_once)):
            self._deadline.check()
            found += [number for number, form in part if fits(form)]
        return np.array(found, np.int64)

    def _fuzzy(self, form: str, edits: int) -> _Expansion:
        """Return what finds the forms within *edits* edits of *form*."""

        def expand(reader: FamilyReader) -> Ints:
            self._deadline.check()
            return reader.forms.near(form, edits)

        return expand

    def _forms(self, reader: FamilyReader, numbers: Ints) -> list[str]:
        forms: list[str] = []
        for at in range(0, len(numbers), self._limits.forms_at_once):
            self._deadline.check()
            part = numbers[at : at + self._limits.forms_at_once].tolist()
            forms += map(reader.forms.__getitem__, part)
        return forms

    # The most frequent of many words

    def _most_frequent(
        self, readers: Sequence[FamilyReader], numbers: Sequence[Ints], scope: Scope
    ) -> tuple[list[Ints], int]:
        """Return the forms in most documents, as many as may be, and how many there are."""
        most = self._limits.max_expansions
        words = [self._forms(reader, found) for reader, found in zip(readers, numbers, strict=True)]
        frequency: dict[str, int] = {}
        for forms in words:
            self._deadline.check()
            frequency.update(dict.fromkeys(forms, 0))
        if len(frequency) <= most:
            return list(numbers), len(frequency)
        for segment, (found, forms) in enumerate(zip(numbers, words, strict=True)):
            counts = self._frequencies(segment, found, scope)
            for form, count in zip(forms, counts.tolist(), strict=True):
                frequency[form] += count
        kept = self._first(frequency, most)
        chosen = []
        for found, forms in zip(numbers, words, strict=True):
            self._deadline.check()
            chosen.append(found[[form in kept for form in forms]])
        return chosen, sum(map(bool, frequency.values()))

    def _first(self, frequency: dict[str, int], size: int) -> set[str]:
        """Return the *size* most frequent words, of equally frequent ones the first in order."""
        self._deadline.check()
        counts = np.fromiter(frequency.values(), np.int64, len(frequency))
        least = np.partition(counts, len(counts) - size)[len(counts) - size]
        kept = {form for form, count in frequency.items() if count > least}
        tied = (form for form, count in frequency.items() if count == least)
        self._deadline.check()
        return kept.union(nsmallest(size - len(kept), tied))

    def _frequencies(self, segment: int, numbers: Ints, scope: Scope) -> Ints:
        """Return in how many live documents of a segment each of the forms *numbers* occurs."""
        family, fields = scope
        reader = self._snapshot.segments[segment].family(family)
        all_documents = self._snapshot.documents
        first: Ints = np.asarray(reader.form_lists.first_posting).astype(np.int64)
        if fields is None and all_documents.live is None:
            return first[numbers + 1] - first[numbers]
        counts = [np.zeros(0, np.int64)]
        for part in self._cut(reader, numbers):
            self._deadline.check()
            postings = Postings(all_documents, _runs(all_documents.bases[segment], reader, part))
            owners = postings.owners(part, first)
            if fields is not None and len(owners):
                is_inside = are_inside(all_documents, postings.keys(), fields)
                starts = starts_of(postings.frequencies())[:-1]
                owners = owners[np.logical_or.reduceat(is_inside, starts)]
            counts.append(np.bincount(owners, minlength=len(reader.forms))[part])
        return np.concatenate(counts)

    def _cut(self, reader: FamilyReader, numbers: Ints) -> Iterator[Ints]:
        """Give the forms *numbers*, which ascend, a few at a time, by how many postings they have."""
        starts, most = reader.form_lists.first_posting, self._limits.postings_at_once
        if not len(numbers) or starts[int(numbers[-1]) + 1] - starts[int(numbers[0])] <= most:
            yield numbers
            return
        first = np.asarray(starts)
        postings = np.cumsum(first[numbers + 1].astype(np.int64) - first[numbers].astype(np.int64))
        at = before = 0
        while at < len(numbers):
            end = max(at + 1, int(postings.searchsorted(before + most, "right")))
            yield numbers[at:end]
            at, before = end, int(postings[end - 1])


def _runs(base: int, reader: FamilyReader, numbers: Ints) -> list[PostingRun]:
    """Return the postings of the forms *numbers*, which ascend; those of neighbours are one run."""
    if not len(numbers):
        return []
    edges = np.flatnonzero(np.diff(numbers) > 1) + 1
    firsts = numbers[np.concatenate([[0], edges])]
    lasts = numbers[np.concatenate([edges - 1, [len(numbers) - 1]])] + 1
    return [
        reader.run_of_forms(base, first, last)
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]


def _written(leaf: Wildcard | Fuzzy) -> str:
    return leaf.pattern if isinstance(leaf, Wildcard) else f"{leaf.form}~{leaf.edits}"
