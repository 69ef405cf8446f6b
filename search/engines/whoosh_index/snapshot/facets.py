"""The values of a facet over all segments of a snapshot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import compress
from typing import NamedTuple

import numpy as np

from search.engines.joining.joins import Join
from search.engines.protocol.facets import facet_key, spelling_rank
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.format.documents import months_of
from search.engines.whoosh_index.segment.facets import FacetReader
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.snapshot.documents import Documents
from search.text.arrays import Bools, Ints, Numbers, indices_of, starts_of


class FacetValues(NamedTuple):
    """The distinct values of one facet over some segments, sorted; a value is named by its *ordinal* here.

    Holds on to no file, so that it can outlive its segments.
    """

    values: Sequence[str]
    #: By the name of a segment, the ordinals of the values that it has, in its own order.
    of_segments: Mapping[str, Ints]
    #: A hash of the key (`facet_key`) of each value. That two keys of a million have the same one happens to one index in
    #: ten million.
    keys: Ints

    @classmethod
    def of(cls, readers: Mapping[str, FacetReader], before: FacetValues) -> FacetValues:
        """Return the values that *readers* have, by name of segment.

        Strings are read only of segments that *before* does not have.
        """
        known = {name: own for name, own in before.of_segments.items() if name in readers}
        added = {name: r.values.all() for name, r in readers.items() if name not in known}
        used = np.zeros(len(before.values), bool)
        for own in known.values():
            used[own] = True
        kept = list(compress(before.values, used.tolist()))
        new = set().union(*added.values()).difference(kept)
        values = sorted([*kept, *sorted(new)])  # two sorted runs, which are merged
        ordinal = {value: number for number, value in enumerate(values)} if added else {}
        # Where the values are now that were kept.
        is_kept = np.ones(len(values), bool)
        is_kept[[ordinal[value] for value in new]] = False
        renumbered = np.zeros(len(used), np.int64)
        renumbered[used] = np.flatnonzero(is_kept)
        of_segments = {name: renumbered.take(own) for name, own in known.items()}
        keys = np.zeros(len(values), np.int64)
        keys[is_kept] = before.keys[used]
        for name, strings in added.items():
            own = of_segments[name] = np.array([ordinal[value] for value in strings], np.int64)
            keys[own] = readers[name].keys.hashes()
        return cls(values, of_segments, keys)

    def shown(self, count: Callable[[], Ints]) -> Ints | None:
        """Return for each value the spelling that it is shown in; None where no two are one.

        *count* returns how many documents have each as it is spelt.
        """
        order = np.argsort(self.keys, kind="stable")
        keys = self.keys.take(order)
        is_same = keys[1:] == keys[:-1]
        if not is_same.any():
            return None
        # Those with another spelling, of each value the most frequent one first.
        is_spelt_otherwise = np.zeros(len(order), bool)
        is_spelt_otherwise[1:] = is_same
        is_spelt_otherwise[:-1] |= is_same
        order = order[is_spelt_otherwise]
        counts = count()
        order = order[np.lexsort((-counts.take(order), self.keys.take(order)))]
        keys, found = self.keys.take(order), counts.take(order)
        is_first = np.ones(len(order), bool)
        is_first[1:] = keys[1:] != keys[:-1]
        first = np.flatnonzero(is_first)
        number = np.cumsum(is_first) - 1
        chosen = order[first]
        is_even = found == found[first].take(number)
        is_even[first] = False
        for group in np.unique(number[is_even]).tolist():
            rows = slice(first[group], first[group + 1] if group + 1 < len(first) else len(order))
            best = order[rows][found[rows] == found[first[group]]].tolist()
            chosen[group] = min(best, key=lambda ordinal: spelling_rank(self.values[ordinal]))
        target = np.arange(len(self.values))
        target[order] = chosen.take(number)
        return target


NO_VALUES = FacetValues((), {}, np.zeros(0, np.int64))


class Rows(NamedTuple):
    """Which values each document of a snapshot has, by their ordinals, each once."""

    #: How many values each document has, and where they start.
    widths: Ints
    starts: Ints
    ordinals: Numbers

    def changed(self, ordinals: Numbers, values: int) -> Rows:
        """Return the same with other *ordinals* of some of *values*, each once a document."""
        changed = np.flatnonzero(ordinals != self.ordinals)
        owners = np.unique(np.searchsorted(self.starts, changed, "right") - 1)
        widths = self.widths.take(owners)
        at = indices_of(self.starts.take(owners), widths)
        pairs = np.repeat(owners, widths) * values + ordinals.take(at)
        once = np.unique(pairs, return_index=True)[1]
        if len(once) == len(at):
            return Rows(self.widths, self.starts, ordinals)
        keeps = np.ones(len(ordinals), bool)
        keeps[at] = False
        keeps[at[once]] = True
        gone = np.searchsorted(self.starts, np.flatnonzero(~keeps), "right") - 1
        left = self.widths - np.bincount(gone, minlength=len(self.widths))
        return Rows(left, starts_of(left), ordinals[keeps])


def _word_starts(text: str, word: str) -> Iterator[int]:
    """Yield where *word* begins a word of *text*."""
    at = text.find(word)
    while at >= 0:
        if not at or not (text[at - 1].isalnum() or text[at - 1] == "_"):
            yield at
        at = text.find(word, at + 1)


class MostValues(NamedTuple):
    """The values that most of some documents have, most first, of equal ones the first, and how many have each.

    ``total`` is how many values all have together, ``distinct`` how many different ones, ``missing`` how many have none.
    """

    ordinals: Ints
    counts: Ints
    total: int
    distinct: int
    missing: int


class FacetTable:
    """Which values of one facet each document of a snapshot has, by their ordinals."""

    def __init__(
        self, segments: Sequence[SegmentReader], name: str, live: Bools | None, before: FacetValues
    ) -> None:
        """*live* says of each document of the snapshot whether it is not deleted, None: none is.

        *before* are the values that an earlier snapshot had.
        """
        readers = {segment.name.name: segment.facet(name) for segment in segments}
        self.known = FacetValues.of(readers, before)
        self._readers = [(r, self.known.of_segments[name]) for name, r in readers.items()]
        self._live = live
        widths = [np.diff(reader.starts.astype(np.int64)) for reader, _ in self._readers]
        for (reader, _), own in zip(self._readers, widths, strict=True):
            if int(own.sum()) != len(reader.ordinals) or (own < 0).any():
                raise damaged(reader.path, f"facet {name} has values of no document")
        every = np.concatenate([np.zeros(0, np.int64), *widths])
        dtype = np.uint16 if len(self.values) < np.iinfo(np.uint16).max else np.uint32
        parts = [own.astype(dtype)[reader.ordinals] for reader, own in self._readers]
        ordinals: Numbers = np.concatenate([np.zeros(0, dtype), *parts])
        self._show(Rows(every, starts_of(every), ordinals))

    def _show(self, spelt: Rows) -> None:
        """Take the values of the documents as they are *spelt*: those that differ in case, accents or blanks are one."""
        #: Values as they are spelt.
        self.spelt = spelt
        #: Whether every document has one value, as it has one source.
        self._is_single = bool((spelt.widths == 1).all())
        #: For each value the spelling that it is shown in; None where no two are one.
        self._shown = self.known.shown(lambda: self._counted(self._all_live, spelt))
        rows = spelt
        if self._shown is not None:
            ordinals = self._shown.astype(spelt.ordinals.dtype).take(spelt.ordinals)
            rows = spelt.changed(ordinals, len(self.values))
        self._rows = rows
        self._widths, self._starts, self._ordinals = rows

    @property
    def values(self) -> Sequence[str]:
        return self.known.values

    def ordinals_with(self, text: str) -> Ints:
        """Return the ordinals, ascending, of the values that a `FacetRequest` with *text* asks for."""
        found = np.ones(len(self.values), bool)
        for word in facet_key(text).split():
            keys, starts = self._keys
            at = np.fromiter(_word_starts(keys, word), np.int64)
            has_word = np.zeros(len(found), bool)
            has_word[np.searchsorted(starts, at, "right") - 1] = True
            found &= has_word
        return np.flatnonzero(found)

    @cached_property
    def _keys(self) -> tuple[str, Ints]:
        """The keys of all values in order, each on a line of its own, and where each starts."""
        keys = list(map(facet_key, self.values))
        # A key has no line break: its words are parted by blanks.
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        return "\n".join(keys), starts_of(lengths + 1)[:-1]

    @cached_property
    def _is_complete(self) -> bool:
        """Whether every document has a value."""
        return bool(self._widths.all())

    @cached_property
    def live_counts(self) -> Ints:
        """For each value how many documents have it; 0 where all that had it are deleted."""
        return self._counted(self._all_live, self._rows)

    @property
    def _all_live(self) -> Ints | None:
        return None if self._live is None else np.flatnonzero(self._live)

    def are_all(self, documents: Ints) -> bool:
        """Whether these are all documents there are; their values are counted once."""
        return len(documents) == len(self._widths)

    def counts(self, documents: Ints) -> Ints:
        """Return for each value how many of *documents* have it."""
        if self.are_all(documents):
            return self.live_counts
        return self._counted(documents, self._rows)

    def _counted(self, documents: Ints | None, rows: Rows) -> Ints:
        """Return for each value in how many of *documents* it is, None for all."""
        if documents is None:
            return np.bincount(rows.ordinals, minlength=len(self.values))
        if self._is_single:
            if len(self.values) == 1:  # an archive in one language
                return np.array([len(documents)])
            return np.bincount(rows.ordinals.take(documents), minlength=len(self.values))
        return kernels.count_values(documents, rows.starts, rows.ordinals, len(self.values))

    def most(self, documents: Ints, size: int) -> MostValues:
        """Return the *size* values that most of *documents* have, and what there is beside."""
        rows, kinds = self._rows, len(self.values)
        return MostValues(*kernels.most_values(documents, rows.starts, rows.ordinals, kinds, size))

    def first_values(self, documents: Ints) -> list[str]:
        """Return the first value that each of *documents* has, as it is spelt there, "" where it has none."""
        values, ordinals = self.values, self.spelt.ordinals
        firsts, widths = self.spelt.starts.take(documents), self.spelt.widths.take(documents)
        return [
            values[ordinals[first]] if width else ""
            for first, width in zip(firsts.tolist(), widths.tolist(), strict=True)
        ]

    def first_ordinals(self, documents: Ints) -> Ints:
        """Return the ordinal of the first value that each of *documents* has, as it is spelt, -1 where it has none."""
        found = np.full(len(documents), -1)
        has_some = np.flatnonzero(self.spelt.widths.take(documents))
        found[has_some] = self.spelt.ordinals[self.spelt.starts.take(documents[has_some])]
        return found

    def first_shown(self, documents: Ints) -> Ints:
        """Return the same, of values that differ in case, accents or blanks that of the one that is shown."""
        return self._first_shown.take(documents)

    @cached_property
    def _first_shown(self) -> Ints:
        """What `first_shown` returns of all documents: every page asks for some."""
        found = self.first_ordinals(np.arange(len(self._widths)))
        return found if self._shown is None else np.where(found < 0, found, self._shown[found])

    def missing(self, documents: Ints) -> int:
        """Return how many of *documents* have no value."""
        if self._is_complete:
            return 0
        return len(documents) - int(np.count_nonzero(self.has_value.take(documents)))

    @cached_property
    def has_value(self) -> Bools:
        """For each document of the snapshot whether it has a value."""
        return self._widths > 0

    def documents_with(self, values: Iterable[str]) -> Bools:
        """Return for each document of the snapshot whether it has one of *values*."""
        return self.having([ordinal for value in values for ordinal in self._meant(value)])

    def having(self, ordinals: Sequence[int]) -> Bools:
        """Return for each document of the snapshot whether it has one of the values *ordinals*."""
        if len(ordinals) == 1:
            at = np.flatnonzero(self._ordinals == ordinals[0])
        else:
            is_wanted = np.zeros(len(self.values), bool)
            is_wanted[ordinals] = True
            at = np.flatnonzero(is_wanted.take(self._ordinals))
        found = np.zeros(len(self._widths), bool)
        found[np.searchsorted(self._starts, at, "right") - 1] = True
        return found

    def selected(self, asked: str) -> list[int]:
        """Return the ordinals of all values in use that selecting *asked* means."""
        return [ordinal for ordinal in self._meant(asked) if self.live_counts[ordinal]]

    def with_selected(self, counts: Ints, documents: Ints, selected: Iterable[int]) -> Ints:
        """Return *counts* of *documents* in which each of the values *selected* counts what selecting it finds."""
        return counts

    def spelt_as(self, asked: str) -> list[int]:
        """Return the ordinals of all spellings of the value *asked*, ascending."""
        return sorted(
            {
                ordinal
                for reader, ordinals in self._readers
                if (found := reader.ordinals_of(asked))
                for ordinal in ordinals[found.start : found.stop].tolist()
            }
        )

    def _meant(self, asked: str) -> list[int]:
        spelt = self.spelt_as(asked)
        return spelt if self._shown is None else np.unique(self._shown[spelt]).tolist()


class JoinedFacetTable(FacetTable):
    """The same, each name counted under the one that it counts for.

    Who selects a name finds the documents that are counted under it; where no document is, those that have it as it
    is written.
    """

    def __init__(self, written: FacetTable, joins: Sequence[Join], documents: Documents) -> None:
        """*written* has the names as *documents* have them; *joins* are by name and month."""
        self.known = written.known
        self._readers, self._live = written._readers, written._live
        self._written = written
        number_of = partial(bisect_left, self.values)
        target = np.arange(len(self.values), dtype=written.spelt.ordinals.dtype)
        timed = []
        for join in joins:
            name, counts_for = number_of(join.name), number_of(join.counts_for)
            if join.is_always:
                target[name] = counts_for
            else:
                timed.append((name, join.first, join.last, counts_for))
        ordinals = target.take(written.spelt.ordinals)
        if timed:
            self._join_in_months(ordinals, timed, documents)
        self._show(written.spelt.changed(ordinals, len(self.values)))

    @property
    def _keys(self) -> tuple[str, Ints]:
        return self._written._keys

    def _join_in_months(
        self, ordinals: Numbers, timed: list[tuple[int, int, int, int]], documents: Documents
    ) -> None:
        """Let *ordinals* say what names count for of which that depends on the month."""
        rows = np.array(sorted(timed), np.int64)
        is_timed = np.zeros(len(self.values), bool)
        is_timed[rows[:, 0]] = True
        spelt = self._written.spelt
        at = np.flatnonzero(is_timed.take(spelt.ordinals))
        owners = np.searchsorted(spelt.starts, at, "right") - 1
        months = months_of(documents.dates.take(owners), documents.precisions.take(owners))
        own = spelt.ordinals.take(at).astype(np.int64)
        row = np.searchsorted((rows[:, 0] << 32) + rows[:, 1], (own << 32) + months, "right") - 1
        found = rows.take(np.maximum(row, 0), axis=0)
        holds = (found[:, 0] == own) & (found[:, 1] <= months) & (months <= found[:, 2])
        ordinals[at[holds]] = found[holds, 3]

    def documents_with(self, values: Iterable[str]) -> Bools:
        """Return for each document of the snapshot whether selecting *values* finds it."""
        found = np.zeros(len(self._widths), bool)
        for value in values:
            ordinals = self.selected(value)
            is_counted = any(self.live_counts[n] for n in ordinals)
            found |= (self if is_counted else self._written).having(ordinals)
        return found

    def selected(self, asked: str) -> list[int]:
        """Return the ordinals of all values in use that selecting *asked* means."""
        return super().selected(asked) or self._written.selected(asked)

    def with_selected(self, counts: Ints, documents: Ints, selected: Iterable[int]) -> Ints:
        """Return *counts* of *documents* in which each of the values *selected* counts what selecting it finds."""
        written = [ordinal for ordinal in selected if not self.live_counts[ordinal]]
        if written:
            counts = counts.copy()
        for ordinal in written:
            has_it = self._written.having([ordinal])
            counts[ordinal] = np.count_nonzero(has_it.take(documents))
        return counts
