"""The kernels on numpy, in the fewest lines: the promise that the C of `kernels/c/` is held to, bit for bit.

Right and slow, though never so slow that a page takes more than three times as long: this answers where no C could be
compiled. Documents are numbers through all segments of a snapshot, ascending and each once unless said otherwise.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search.engines.whoosh_index.format.codes import WEIGHT_OF_CODE
from search.engines.whoosh_index.format.constants import (
    ESCAPE,
    FREQUENCY_BITS,
    FREQUENCY_MASK,
    KEY_STEP,
    POSITION_BITS,
)
from search.engines.whoosh_index.format.layout import FORM_END
from search.engines.whoosh_index.format.stored import entities_as_json as as_json
from search.engines.whoosh_index.kernels.arguments import (
    FeedbackColumns,
    ForwardColumns,
    Penalties,
    PostingRun,
    RunsOrArrays,
    TermLists,
    UnionPart,
    WordColumns,
)
from search.model.article import Entities, Entity
from search.text.arrays import (
    Bools,
    Doubles,
    Floats,
    Ints,
    Numbers,
    UInt8s,
    UInt16s,
    UInt32s,
    UInt64s,
    indices_of,
    starts_of,
)
from search.text.sketches import sketches_of
from search.text.words import within_edits

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Dictionaries


def strings_with_prefix(
    text: UInt8s, starts: Numbers, keys: Numbers, prefix: bytes
) -> tuple[int, int]:
    """Return the first of a sorted column's strings that begins with *prefix*, and the first after these.

    Both as ordinals. *keys* are the first eight bytes of each `KEY_STEP`-th string as a number.
    """
    # No UTF-8 text has the byte 255.
    return _before(text, starts, keys, prefix), _before(text, starts, keys, prefix + b"\xff")


def _before(text: UInt8s, starts: Numbers, keys: Numbers, wanted: bytes) -> int:
    """Return how many strings come before *wanted*."""
    key = _key(wanted)
    first = max(0, bisect_left(keys.data, key) - 1) * KEY_STEP
    last = min(bisect_right(keys.data, key) * KEY_STEP, len(starts) - 1)
    return bisect_left(range(last), wanted, first, key=lambda n: _string(text, starts, n))


def _key(string: bytes) -> int:
    return int.from_bytes(string[:8].ljust(8, b"\0"), "big")


def _string(text: UInt8s, starts: Numbers, number: int) -> bytes:
    return text[int(starts[number]) : int(starts[number + 1])].tobytes()


def _ordinals(text: UInt8s, starts: Numbers, keys: Numbers, wanted: bytes) -> list[int]:
    """Return the ordinal of *wanted* in a sorted column of strings, or nothing."""
    number = _before(text, starts, keys, wanted)
    is_there = number < len(starts) - 1 and _string(text, starts, number) == wanted
    return [number] if is_there else []


def near_strings(text: UInt8s, starts: Numbers, wanted: bytes, edits: int) -> Ints:
    """Return the ordinals of the strings within *edits* edits of *wanted* (`search.text.words.within_edits`).

    Counting first bytes of characters rules out nearly all: an edit changes the counts of two classes at most.
    """
    word, found = wanted.decode(), []
    counts = _class_counts(np.frombuffer(wanted, np.uint8), np.array([len(wanted)]))
    for first in range(0, len(starts) - 1, _BLOCK):
        edges = starts[first : first + _BLOCK + 1].astype(np.int64)
        own = _class_counts(text[edges[0] : edges[-1]], np.diff(edges))
        near = np.flatnonzero(np.abs(own - counts).sum(axis=1) <= 2 * edits) + first
        found += [
            n for n in near.tolist() if within_edits(word, _string(text, starts, n).decode(), edits)
        ]
    return np.array(found, np.int64)


#: Strings whose characters are counted at once, and the classes that these are counted in.
_BLOCK = 8192
_CLASSES = 32


def _class_counts(text: UInt8s, widths: Ints) -> Ints:
    """Return for each of some strings how many characters of each class it has."""
    # Bytes that go on with a character count in a class of their own, which is cut off.
    classes = np.where(text & 0xC0 == 0x80, _CLASSES, text % _CLASSES)
    rows = np.arange(len(widths)).repeat(widths) * (_CLASSES + 1)
    counts = np.bincount(rows + classes, minlength=len(widths) * (_CLASSES + 1))
    return counts.reshape(-1, _CLASSES + 1)[:, :_CLASSES]


# Postings


def find_word(
    segments: tuple[WordColumns, ...],
    form: bytes,
    stem: bytes,
    is_fixed: bool,
    with_positions: bool,
) -> tuple[list[PostingRun], list[PostingRun]]:
    """Return the postings of any form of *stem*, and those of *form*, which is one of its forms.

    The same list twice where *form* is the only form of *stem* in all segments. *is_fixed* tells that the stem, taken
    for a form, is its own stem. *with_positions* asks for postings of all forms, one run a form, instead of those
    of the stem, which have no positions.
    """
    found: list[PostingRun] = []
    exact: list[PostingRun] = []
    is_only = True
    for words in segments:
        columns = words.forms, words.form_starts, words.form_keys
        own, forms = _ordinals(*columns, form), _ordinals(*columns, stem) if is_fixed else []
        exact += [_run_of_form(words, number) for number in own]
        for listed in _ordinals(words.stems, words.stem_starts, words.stem_keys, stem):
            first, last = words.first_form[listed : listed + 2].tolist()
            forms = words.forms_of_stems[first:last].tolist()
            first, last = words.first_stem_posting[listed : listed + 2].tolist()
            if first < last and not with_positions:
                found.append(PostingRun(words.base, words.stem_lists, first, last))
                is_only, forms = False, []
        found += [_run_of_form(words, number) for number in forms]
        is_only = is_only and forms == own
    return (exact if is_only else found), exact


def _run_of_form(words: WordColumns, form: int) -> PostingRun:
    first, last = words.first_posting[form : form + 2].tolist()
    position = int(words.first_position[form])
    return PostingRun(words.base, words.form_lists, first, last, words.positions, position)


def postings(found: list[PostingRun]) -> tuple[Ints, Floats]:
    """Return the document of each posting of some runs, in their order, and the weighted frequency."""
    documents, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for run in found:
        documents.append(_documents(run))
        codes = run.lists.codes[run.first : run.last]
        own = ((codes & FREQUENCY_MASK) + (codes >> FREQUENCY_BITS) + 1).astype(np.float32)
        exceptions = run.exceptions()
        at = run.lists.exceptional[exceptions].astype(np.int64) - run.first
        own[at] = run.lists.weights[exceptions]
        weights.append(own)
    return np.concatenate(documents), np.concatenate(weights)


def _documents(run: PostingRun) -> Ints:
    return run.lists.documents[run.first : run.last].astype(np.int64) + run.base


def merged_postings(found: list[PostingRun]) -> tuple[Ints, Floats]:
    """Return the documents of some runs as if these were one word, and the sums of its weights.

    The runs of one segment stand together, segments in order.
    """
    documents, sums = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for base, of_segment in groupby(found, key=lambda run: run.base):
        every, weights = postings(list(of_segment))
        total = np.bincount(every - base, weights)
        own = total.nonzero()[0]
        documents.append(own + base)
        sums.append(total[own].astype(np.float32))
    return np.concatenate(documents), np.concatenate(sums)


# Occurrences


def occurrences(words: list[list[PostingRun]], within: Ints | None) -> Ints:
    """Return where *words* stand side by side, as document << 32 | position of the first, ascending.

    Of a single word all its occurrences. Each word is given as its runs of forms. *within* are the only documents that
    matter, each run is of one form then; it may be None of a single word.
    """
    keys = [
        np.concatenate([np.zeros(0, np.int64), *(_keys_of(run, within) for run in found)])
        for found in words
    ]
    for of_word in keys:
        of_word.sort(kind="stable")
    (offset, starts), *following = sorted(enumerate(keys), key=lambda word: len(word[1]))
    starts = starts - offset
    for offset, of_word in following:
        starts = starts[_looked_up(starts + offset, of_word)[0]]
    return starts


def _keys_of(run: PostingRun, within: Ints | None) -> Ints:
    assert run.positions is not None  # noqa: S101
    frequencies = run.frequencies()
    documents = _documents(run)
    starts = np.cumsum(frequencies) - frequencies + run.position
    if within is not None:
        at, _ = _common(documents, within)
        frequencies, documents, starts = frequencies[at], documents[at], starts[at]
    return (
        documents.repeat(frequencies) << POSITION_BITS
        | run.positions[indices_of(starts, frequencies)]
    )


def occurrence_weights(
    keys: Ints, usual: float, special: list[tuple[Ints, float]]
) -> tuple[Ints, Floats]:
    """Return the documents of ascending occurrences, and the sum of the weights of these in each.

    An occurrence weighs what the last pair of *special* says whose number for its document is above its position,
    and *usual* where there is none.
    """
    documents = keys >> POSITION_BITS
    weights = np.full(len(keys), usual, np.float32)
    for ends, weight in special:
        weights[keys - (documents << POSITION_BITS) < ends[documents]] = weight
    firsts = np.diff(documents, prepend=-1).nonzero()[0]
    return documents[firsts], np.add.reduceat(weights, firsts) if len(keys) else weights


# Scores


def scored(word: RunsOrArrays, penalties: Penalties, factor: float) -> tuple[Ints, Floats]:
    """Return the documents that a word is in, and ``factor * weight / (weight + penalty)`` for each."""
    documents, weights = postings(word) if isinstance(word, list) else word
    assert weights is not None  # noqa: S101
    scores: Floats = penalties.lengths[documents].astype(np.float32)
    scores = scores * np.float32(penalties.scale) + np.float32(penalties.base)
    return documents, np.float32(factor) * (weights / (weights + scores))


def find_in(documents: Ints, word: RunsOrArrays) -> tuple[Ints, Floats | None]:
    """Return which of *documents* a word is in, as indices, and the weights of the word there, if it has any."""
    of_word, weights = postings(word) if isinstance(word, list) else word
    at, there = _common(documents, of_word)
    return at, None if weights is None else weights[there]


def _common(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Return where in *left*, and where in *right*, the documents that are in both stand."""
    if len(left) > len(right):
        there, at = _common(right, left)
        return at, there
    if not len(left) or _MUCH_FEWER * len(left) < len(right):
        return _looked_up(left, right)
    number_of = np.zeros(int(max(left[-1], right[-1])) + 1, np.int64)
    number_of[left] = np.arange(1, len(left) + 1)
    numbers = number_of[right]
    there = numbers.nonzero()[0]
    return numbers[there] - 1, there


#: Documents are looked up one by one where the other side has at least this many for each of them.
_MUCH_FEWER = 16


def _looked_up(numbers: Ints, among: Ints) -> tuple[Ints, Ints]:
    """Return what `_common` does, of any ascending *numbers*."""
    if not len(among):
        return among, among
    there = among.searchsorted(numbers)
    at = (among.take(there, mode="clip") == numbers).nonzero()[0]
    return at, there[at]


def add_scores(
    scores: Floats, documents: Ints, word: RunsOrArrays, penalties: Penalties, factor: float
) -> None:
    """Add to the *scores* of *documents* what `scored` returns of those that a word is in."""
    at, weights = find_in(documents, word)
    scores[at] += scored((documents[at], weights), penalties, factor)[1]


def highest(scores: Floats, size: int) -> tuple[Ints, float]:
    """Return the indices, ascending, of the *size* highest *scores* and all equal to them, and the least of these.

    It is 0 where that is all there are.
    """
    if len(scores) <= size:
        return np.arange(len(scores)), 0.0
    least = np.partition(scores, -size)[-size]
    return np.flatnonzero(scores >= least), float(least)


def best(
    found: list[PostingRun], penalties: Penalties, factor: float, size: int
) -> tuple[Ints, float]:
    """Return the documents of the *size* highest scores of a word or some more, and a score that no other exceeds.

    It is 0 where there are no others.
    """
    documents, scores = scored(found, penalties, factor)
    at, least = highest(scores, size)
    return documents[at], least


def best_exactly(
    word: list[PostingRun],
    form: list[PostingRun],
    penalties: Penalties,
    of_word: float,
    of_form: float,
    size: int,
) -> tuple[Ints, Floats]:
    """Return the documents of the *size* highest scores of a word and all equal to them, and these scores.

    What *form*, one of its forms, scores comes in.
    """
    documents, scores = scored(word, penalties, of_word)
    add_scores(scores, documents, form, penalties, of_form)
    at, _ = highest(scores, size)
    return documents[at], scores[at]


def top(documents: Ints, scores: Floats, dates: Ints, wanted: int) -> tuple[Ints, Floats] | None:
    """Return the *wanted* documents that score most, best first, with their scores; of equals the newest first.

    *dates* are those of all documents. None where two of them, or the last and one that is left out, are equal
    in both, so that something else has to decide; the C gives up at more than 300, too.
    """
    own = dates[documents]
    order = np.lexsort((own, scores))[: -wanted - 2 : -1]
    if len(set(zip(scores[order].tolist(), own[order].tolist(), strict=True))) < len(order):
        return None
    return documents[order[:wanted]], scores[order[:wanted]]


def union(parts: list[UnionPart], needed: int) -> tuple[Ints, Floats]:
    """Return the documents that are in at least *needed* parts, with the sum of the scores of these."""
    listed = [part if len(part) == 2 else scored(*part) for part in parts]
    size = max((int(documents[-1]) + 1 for documents, _ in listed if len(documents)), default=0)
    votes, total = np.zeros(size, np.int64), np.zeros(size, np.float32)
    for documents, scores in listed:
        votes[documents] += 1
        if scores is not None:
            total[documents] += scores
    found = np.flatnonzero(votes >= needed)
    return found, total[found]


# Facets


def count_values(documents: Ints, starts: Ints, values: Numbers, size: int) -> Ints:
    """Return how many of *documents* have each of *size* values.

    Document d has ``values[starts[d] : starts[d + 1]]``.
    """
    first, last = starts[documents], starts[documents + 1]
    return np.bincount(values[indices_of(first, last - first)], minlength=size)


def most_values(
    documents: Ints, starts: Ints, values: Numbers, kinds: int, size: int
) -> tuple[Ints, Ints, int, int, int]:
    """Return the *size* values that most of *documents* have, most first, of equal ones the first, and how many have each.

    Then how many values the documents have together, how many of *kinds* values some has, and how many documents have none.
    """
    counts = count_values(documents, starts, values, kinds)
    most = (-counts).argsort(kind="stable")[:size]
    most = most[counts[most] > 0]
    missing = int(np.count_nonzero(starts[documents] == starts[documents + 1]))
    return most, counts[most], int(counts.sum()), int(np.count_nonzero(counts)), missing


def count_copies(documents: Ints, groups: UInt32s, kinds: int) -> int:
    """Return how many of *documents* are there beside an earlier one of their group.

    *groups* has that of each document of the snapshot, 0 of what is in none; there are *kinds* of them from 1 on.
    """
    own = groups[documents]
    seen = np.zeros(kinds + 1, bool)
    seen[own] = True
    return int(np.count_nonzero(own)) - int(np.count_nonzero(seen[1:]))


# Terms of documents


def heaviest_terms(
    parts: list[TermLists], documents: int, wanted: int, saturation: float
) -> tuple[Ints, UInt32s, UInt8s]:
    """Return how many terms each of *documents* is given, then these, ascending in each, and their weighted frequencies.

    Those are the *wanted* of highest ``idf * weight / (weight + saturation)``, of equal ones the first; weights are 255
    at most. A document has a term once.
    """
    found = [_postings_of_terms(part) for part in parts]
    owners, terms, weights, idfs = (np.concatenate(each) for each in zip(*found, strict=True))
    scores = idfs * (weights / (weights + np.float32(saturation)))
    order = np.lexsort((terms, -scores, owners))
    widths = np.bincount(owners, minlength=documents)
    rank = np.arange(len(order)) - (widths.cumsum() - widths).take(owners.take(order))
    chosen = order[rank < wanted]
    chosen = chosen[np.lexsort((terms[chosen], owners[chosen]))]
    counts = np.bincount(owners[chosen], minlength=documents)
    small = np.minimum(weights[chosen], 255).astype(np.uint8)
    return counts, terms[chosen].astype(np.uint32), small


def _postings_of_terms(part: TermLists) -> tuple[Ints, Ints, Floats, Floats]:
    """Return document, term, weight and idf of each posting."""
    lists = part.lists
    first = part.starts[part.which].astype(np.int64)
    widths = part.starts[part.which + 1].astype(np.int64) - first
    weights = WEIGHT_OF_CODE[lists.codes].astype(np.float32)
    weights[lists.exceptional] = lists.weights
    postings = indices_of(first, widths)
    owners = lists.documents[postings].astype(np.int64)
    found = owners, part.terms.repeat(widths), weights[postings], part.idfs.repeat(widths)
    if part.kept is None:
        return found
    at = part.kept.take(owners).nonzero()[0]
    return found[0][at], found[1][at], found[2][at], found[3][at]


# Words of the first documents


def feedback(
    columns: FeedbackColumns,
    documents: Ints,
    leading: Ints,
    shares: Doubles,
    saturation: float,
    factor: float,
    wanted: int,
    is_stem: Callable[[str, int], bool],
) -> tuple[Floats, list[tuple[str, float]]]:
    """Return what the words that the documents *leading* have in common add to the score of each of *documents*.

    These are in any order. And these words, *wanted* at most, the heaviest first, as stems with what each weighs, 1 in all. Leading documents,
    which are in no order, count as *shares* say. What a word scores is multiplied with *factor* and what it weighs.
    *is_stem* tells whether a string is its own stem in a language, by number.
    """
    terms = _terms_of(columns, leading, saturation)
    squares = _sums(terms.owners, terms.weights * terms.weights, len(leading))
    chosen, which = _heaviest_stems(columns, terms, _counted(shares, squares), wanted)
    found = _postings_of_stems(columns, chosen, is_stem)
    idfs = _idfs(columns.documents, _live_counts(columns, found, len(chosen)))
    at = np.flatnonzero(which >= 0)
    owners, stems = terms.owners[at], which[at]
    exact, weights = terms.saturated[at] * idfs[stems], terms.weights[at]
    # What each weighs by the segment alone goes out of the length of the document, and this comes in.
    np.add.at(squares, owners, exact * exact - weights * weights)
    weighed = _sums(stems, exact * _counted(shares, squares)[owners], len(chosen))
    # A running sum, as the C has it; `sum` adds in pairs.
    shares_of_stems = weighed / (weighed.cumsum()[-1:] if weighed.any() else 1)
    taken_up = [
        (stem, share) for stem, share in zip(chosen, shares_of_stems.tolist(), strict=True) if share
    ]
    factors = (factor * shares_of_stems * idfs).astype(np.float32)
    return _added_scores(columns, documents, found, factors), taken_up


class _Terms(NamedTuple):
    """Terms of documents, segment by segment, in each document by document, ascending."""

    #: Which of the documents each is of, the index of its segment, and its number there.
    owners: Ints
    places: Ints
    numbers: Ints
    #: Its saturated frequency, and that times its idf in the segment.
    saturated: Doubles
    weights: Doubles


def _terms_of(columns: FeedbackColumns, documents: Ints, saturation: float) -> _Terms:
    """Return the terms in the forward columns of *documents*."""
    nothing = np.zeros(0, np.int64)
    parts = [_Terms(nothing, nothing, nothing, nothing / 1, nothing / 1)]
    lengths, scale, base, _ = columns.penalties
    for place, own in enumerate(columns.forward):
        owners = np.flatnonzero((documents >= own.base) & (documents < own.base + own.documents))
        local = documents[owners] - own.base
        first = own.starts[local].astype(np.int64)
        widths = own.starts[local + 1].astype(np.int64) - first
        at = indices_of(first, widths)
        frequencies = own.weights[at].astype(np.float32)
        penalties = lengths[documents[owners]].astype(np.float32) * np.float32(scale)
        penalties = (penalties + np.float32(base)).repeat(widths)
        saturated = frequencies * np.float32(saturation) / (frequencies + penalties)
        sums = starts_of(own.steps[at])
        numbers = sums[1:] - sums[widths.cumsum() - widths].repeat(widths)
        kept = saturated.nonzero()[0]
        numbers, saturated = numbers[kept], saturated[kept].astype(np.float64)
        weights = saturated * _idfs(own.documents, _sizes_of(own, numbers))
        of_terms = owners.repeat(widths)[kept]
        parts.append(_Terms(of_terms, np.full(len(kept), place), numbers, saturated, weights))
    return _Terms(*map(np.concatenate, zip(*parts, strict=True)))


def _idfs(documents: int, frequencies: Ints) -> Doubles:
    # The logarithm of numpy can differ from that of C in the last bit.
    ratios = 1 + (documents - frequencies + 0.5) / (frequencies + 0.5)
    return np.array(list(map(math.log, ratios.tolist())), np.float64)


def _counted(shares: Doubles, squares: Doubles) -> Doubles:
    """Return what each weight of a document counts, given the sums of the *squares* of these."""
    counted: Doubles = shares / np.sqrt(np.maximum(squares, 1e-12))
    return counted


def _sums(owners: Ints, weights: Doubles, size: int) -> Doubles:
    """Return the sums of the *weights* of each of *size* owners, added one after another as the C does."""
    sums = np.zeros(size)
    np.add.at(sums, owners, weights)
    return sums


def _sizes_of(columns: ForwardColumns, terms: Ints) -> Ints:
    """Return how many documents of the segment have each of *terms*."""
    sizes, forms = np.zeros(len(terms), np.int64), terms.copy()
    for stems in columns.stems:
        own = terms - stems.first
        at = np.flatnonzero((own >= 0) & (own < len(stems.starts) - 1))
        own = own[at]
        sizes[at] = stems.first_posting[own + 1] - stems.first_posting[own]
        forms[at] = stems.forms[stems.first_form[own]]
    # A stem with one form has no list of its own.
    at = np.flatnonzero(sizes == 0)
    own = forms[at]
    sizes[at] = columns.first_posting[own + 1] - columns.first_posting[own]
    return sizes


def _heaviest_stems(
    columns: FeedbackColumns, terms: _Terms, counted: Doubles, wanted: int
) -> tuple[list[str], Ints]:
    """Return the *wanted* heaviest stems, the heaviest first, and for each of *terms* which of them it is, -1 where none.

    Of each segment its *wanted* heaviest terms are looked at, of equal ones the first; of equal stems the first that comes,
    by segment and term, is taken.
    """
    stems: dict[str, float] = {}
    stem_of: list[tuple[Ints, str]] = []
    weights = terms.weights * counted[terms.owners]
    for place, own in enumerate(columns.forward):
        at = np.flatnonzero(terms.places == place)
        numbers, which = np.unique(terms.numbers[at], return_inverse=True)
        sums = _sums(which, weights[at], len(numbers))
        for term in np.sort((-sums).argsort(kind="stable")[:wanted]).tolist():
            stem = _string_of(own, int(numbers[term]))
            stem_of.append((at[which == term], stem))
            stems[stem] = stems.get(stem, 0.0) + float(sums[term])
    chosen = sorted(stems, key=stems.__getitem__, reverse=True)[:wanted]
    number_of = {stem: n for n, stem in enumerate(chosen)}
    found = np.full(len(weights), -1)
    for at, stem in stem_of:
        found[at] = number_of.get(stem, -1)
    return chosen, found


def _string_of(columns: ForwardColumns, term: int) -> str:
    for stems in reversed(columns.stems):
        if term >= stems.first:
            return _string(stems.strings, stems.starts, term - stems.first).decode()
    return _string(columns.forms, columns.form_starts, term).decode()


class _StemRun(NamedTuple):
    """Postings of a stem, by its number, and the language that documents count in, -1 where all do."""

    stem: int
    language: int
    run: PostingRun


class _StemPostings(NamedTuple):
    """Postings of stems, one after another, and which of the runs each is of."""

    runs: list[_StemRun]
    starts: Ints
    documents: Ints
    of_run: Ints
    stems: Ints
    #: Whether the document is in the language that counts; None where all are.
    counts: Bools | None


def _postings_of_stems(
    columns: FeedbackColumns, stems: list[str], is_stem: Callable[[str, int], bool]
) -> _StemPostings:
    runs = sorted(_runs_of(columns, stems, is_stem), key=lambda found: found.stem)
    documents = np.concatenate([np.zeros(0, np.int64), *(_documents(own.run) for own in runs)])
    starts = starts_of(np.array([own.run.last - own.run.first for own in runs], np.int64))
    of_run = np.arange(len(runs)).repeat(np.diff(starts))
    numbers = np.array([own.stem for own in runs], np.int64)[of_run]
    counts = None
    if columns.languages is not None:
        languages = np.array([own.language for own in runs], np.int64)[of_run]
        counts = (languages < 0) | (columns.languages[documents] == languages)
    return _StemPostings(runs, starts, documents, of_run, numbers, counts)


def _runs_of(
    columns: FeedbackColumns, stems: list[str], is_stem: Callable[[str, int], bool]
) -> Iterator[_StemRun]:
    """Yield where words are whose stem is one of *stems*."""
    texts = [stem.encode() for stem in stems]
    keys = np.array([_key(text) for text in texts], np.uint64)
    for language, has_stems, segments in columns.words:
        is_fixed = [not has_stems or is_stem(stem, language) for stem in stems]
        for words in segments:
            listed = [-1] * len(stems)
            if has_stems:
                of_stems = words.stems, words.stem_starts, words.stem_keys
                listed = _found_ordinals(*of_stems, texts, keys)
            forms = [n for n, own in enumerate(listed) if own < 0 and is_fixed[n]]
            of_forms = words.forms, words.form_starts, words.form_keys
            found = _found_ordinals(*of_forms, [texts[n] for n in forms], keys[forms])
            for number, form in zip(forms, found, strict=True):
                if form >= 0:
                    yield _StemRun(number, language, _run_of_form(words, form))
            for number, own in enumerate(listed):
                for run in _runs_of_stem(words, own) if own >= 0 else ():
                    yield _StemRun(number, language, run)


def _runs_of_stem(words: WordColumns, stem: int) -> list[PostingRun]:
    first, last = words.first_stem_posting[stem : stem + 2].tolist()
    if first < last:
        return [PostingRun(words.base, words.stem_lists, first, last)]
    first, last = words.first_form[stem : stem + 2].tolist()
    return [_run_of_form(words, form) for form in words.forms_of_stems[first:last].tolist()]


def _found_ordinals(
    text: UInt8s, starts: Numbers, keys: Numbers, wanted: list[bytes], own_keys: Numbers
) -> list[int]:
    """Return the ordinal of each of some strings, whose keys are *own_keys*, in a sorted column; -1 where it is none."""
    first = np.maximum(keys.searchsorted(own_keys) - 1, 0) * KEY_STEP
    last = np.minimum(keys.searchsorted(own_keys, "right") * KEY_STEP, len(starts) - 1)
    found = []
    for string, low, high in zip(wanted, first.tolist(), last.tolist(), strict=True):
        at = bisect_left(range(high), string, low, key=lambda n: _string(text, starts, n))
        found.append(at if at < high and _string(text, starts, at) == string else -1)
    return found


def _live_counts(columns: FeedbackColumns, found: _StemPostings, stems: int) -> Ints:
    """Return how many live documents have each of some stems."""
    if found.counts is None and columns.live is None:
        return np.bincount(found.stems, minlength=stems)
    is_live = np.ones(len(found.stems), bool) if found.counts is None else found.counts
    if columns.live is not None:
        is_live = is_live & columns.live[found.documents]
    return np.bincount(found.stems[is_live], minlength=stems)


def _added_scores(
    columns: FeedbackColumns, documents: Ints, found: _StemPostings, factors: Floats
) -> Floats:
    """Return what stems add to the scores of *documents*, in order of the stems in each."""
    lengths, scale, base, _ = columns.penalties
    number_of = np.zeros(len(lengths), np.int32)
    number_of[documents] = np.arange(1, len(documents) + 1)
    numbers = number_of[found.documents]
    if found.counts is not None:
        numbers *= found.counts
    at = np.flatnonzero(numbers)
    weights = _weights_at(found, at)
    penalties = lengths[found.documents[at]].astype(np.float32)
    penalties = penalties * np.float32(scale) + np.float32(base)
    added = np.zeros(len(documents), np.float32)
    scores = factors[found.stems[at]] * (weights / (weights + penalties))
    np.add.at(added, numbers[at] - 1, scores)
    return added


def _weights_at(found: _StemPostings, at: Ints) -> Floats:
    """Return the weighted frequencies of the postings with the indices *at*."""
    codes = [own.run.lists.codes[own.run.first : own.run.last] for own in found.runs]
    own_codes = np.concatenate([np.zeros(0, np.uint8), *codes])[at]
    weights: Floats = WEIGHT_OF_CODE[own_codes].astype(np.float32)
    for n in np.flatnonzero(own_codes == ESCAPE).tolist():
        place = int(found.of_run[at[n]])
        run = found.runs[place].run
        posting = run.first + int(at[n] - found.starts[place])
        weights[n] = run.lists.weights[bisect_left(run.lists.exceptional.data, posting)]
    return weights


# Words on their way into a segment


def gathered(
    form: Numbers, counts: Ints, owners: Ints, starts: Ints
) -> tuple[Numbers, Numbers, Numbers, UInt16s, Numbers, UInt32s]:
    """Return words, given by their *form* as values have them in turn, as lists by form.

    Value *i* has the next ``counts[i]`` of them, is one of document ``owners[i]``, which does not descend, and its first word
    has the position ``starts[i]``. Returned are: which forms there are, ascending; how many positions and how many postings
    each has; the document and the frequency of each posting, and all positions.

    Ordered by numpy's radix sort, which there is for 16-bit numbers: a quarter of the time that a
    sort of 64-bit numbers takes which hold form, document and position.
    """
    position = np.arange(len(form)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    document = np.repeat(owners.astype(np.uint16), counts)
    every = np.bincount(form)
    used = np.flatnonzero(every)
    number: Numbers = np.empty(len(every), np.uint16 if len(used) <= 1 << 16 else np.uint32)
    number[used] = np.arange(len(used))
    order = _stable_order(number.take(form))
    document, position = document.take(order), position.take(order)
    position_counts = every[used]
    first_position = starts_of(position_counts)
    is_new = np.ones(len(document), bool)
    np.not_equal(document[1:], document[:-1], out=is_new[1:])
    is_new[first_position[:-1]] = True
    first = np.flatnonzero(is_new)
    first_posting = np.searchsorted(first, first_position)
    return (
        used.astype(np.int32),
        position_counts.astype(np.int32),
        np.diff(first_posting).astype(np.int32),
        document.take(first),
        np.diff(first, append=len(document)).astype(np.int32),
        position.astype(np.uint32),
    )


def _stable_order(numbers: Numbers) -> Numbers:
    """Return the order of *numbers* of 16 or 32 bits, equal ones as they stand."""
    if numbers.dtype.itemsize == 2:
        return np.argsort(numbers, kind="stable")
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    upper = (numbers >> 16).astype(np.uint16)
    return order[np.argsort(upper[order], kind="stable")]


def sketches(words: UInt64s, counts: Ints) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return what `search.text.sketches.sketches_of` does."""
    found = sketches_of(words, counts)
    return found.shingles, found.numbers, found.shingle_counts, found.number_counts


# Documents on their way into a segment


def entities_as_json(entities: Entities, kinds: tuple[str, ...]) -> bytes:
    """Return what `search.engines.whoosh_index.format.stored.entities_as_json` does."""
    return as_json(entities, kinds)


def entity_values(
    of_documents: list[tuple[Entity, ...]], listed: Mapping[str, tuple[str, ...]]
) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Return what documents have of the entities of one kind: lists of names, of texts and of forms, one of each for each document.

    As `Layout.values`, `Layout.texts` and `Layout.forms` give them, though texts and forms as often as they are there; *listed* has
    the forms of names that are known everywhere.
    """
    names, texts, forms = [], [], []
    for entities in of_documents:
        names.append([name for name, _, _ in entities])
        every = [text for name, _, written in entities for text in (name, *written)]
        texts.append([each for text in every for each in (text, *listed.get(text, ()))])
        forms.append(
            [
                f"{form}{FORM_END}{name}"
                for name, _, written in entities
                for form in written
                if FORM_END not in form
            ]
        )
    return names, texts, forms


def numbered(
    of_documents: list[Sequence[str]], known: dict[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Return the numbers of the texts of documents, how many each document has, and how many characters are new.

    Of each document a text counts once, and a blank one not at all. One that is not *known* gets the next number, and is from then on.
    """
    numbers: list[int] = []
    counts, characters = [], 0
    for texts in of_documents:
        own = [text for text in dict.fromkeys(texts) if text and not text.isspace()]
        for text in own:
            characters += 0 if text in known else len(text)
            numbers.append(known.setdefault(text, len(known)))
        counts.append(len(own))
    return np.array(numbers, np.int32), np.array(counts, np.int32), characters
