"""The inner loops of the engine on numpy: what each of them does, and what stands in where none was compiled.

The C of `kernels/c/` has the same functions; `search.engines.whoosh_index.kernels` takes those where they are there.
Documents are numbers through all segments of a snapshot, ascending and each once where nothing else is said.

A little over 400 lines: one file, so that the compiled ones have one to be held to.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import groupby

import numpy as np

from search.engines.whoosh_index.format.codes import FREQUENCY_BITS, FREQUENCY_MASK
from search.engines.whoosh_index.format.runs import (
    POSITION_BITS,
    POSITION_MASK,
    Penalties,
    Run,
    WordColumns,
)
from search.text.arrays import Bools, Floats, Ints, Numbers, UInt8s, runs
from search.text.words import within_edits

_KEY_BYTES = 8

# Dictionaries


def string_place(text: UInt8s, starts: Numbers, keys: Numbers, step: int, wanted: bytes) -> int:
    """Return how many of a sorted column's strings come before *wanted*.

    *keys* are the first eight bytes of each *step*-th string as a number: bisecting numbers is a call of C (1 us
    among 300,000), comparing strings takes as long for each two of the 18 steps, and is left to the last few.
    """
    key = int.from_bytes(wanted[:_KEY_BYTES].ljust(_KEY_BYTES, b"\0"), "big")
    numbers, size = keys.data, len(starts) - 1
    before = bisect_left(numbers, key)
    behind = bisect_right(numbers, key, before)
    first, last = max(0, before - 1) * step, min(behind * step, size)
    return bisect_left(range(last), wanted, first, key=lambda at: _string(text, starts, at))


def _find(text: UInt8s, starts: Numbers, keys: Numbers, step: int, wanted: bytes) -> int:
    """Return the place of *wanted* in a sorted column of strings, or -1."""
    at = string_place(text, starts, keys, step, wanted)
    return at if at < len(starts) - 1 and _string(text, starts, at) == wanted else -1


def _string(text: UInt8s, starts: Numbers, at: int) -> bytes:
    return text[int(starts[at]) : int(starts[at + 1])].tobytes()


#: Characters are counted in so many classes, by code point modulo their number.
LETTER_CLASSES = 32
#: Strings whose characters are counted at once.
_BLOCK = 8192


def near_strings(text: UInt8s, starts: Numbers, wanted: bytes, edits: int) -> Ints:
    """Return the places of the strings within *edits* edits of *wanted* (`search.text.words.within_edits`).

    Counting letters rules out nearly all: an edit changes the counts of at most two classes, by one each.
    """
    word = wanted.decode()
    letters = np.frombuffer(word.encode("utf-32-le"), "<u4") % LETTER_CLASSES
    counts = np.bincount(letters, minlength=LETTER_CLASSES)
    found: list[int] = []
    for first in range(0, len(starts) - 1, _BLOCK):
        edges = starts[first : first + _BLOCK + 1].astype(np.int64)
        own = _letter_counts(text[edges[0] : edges[-1]], np.diff(edges))
        near = np.abs(own - counts).sum(axis=1) <= 2 * edits
        for place in (near.nonzero()[0] + first).tolist():
            if within_edits(word, _string(text, starts, place).decode(), edits):
                found.append(place)
    return np.array(found, np.int64)


def _letter_counts(text: UInt8s, widths: Ints) -> Ints:
    """Return for each of some strings how many characters of each class it has."""
    class_of_byte: Ints = text.astype(np.int64) % LETTER_CLASSES
    odd = np.flatnonzero(text > _LAST_ASCII)
    if len(odd):
        # Characters of several bytes count at the first, and the others in a class that is cut off.
        several = text[odd]
        points = np.frombuffer(several.tobytes().decode().encode("utf-32-le"), "<u4")
        class_of_byte[odd] = LETTER_CLASSES
        class_of_byte[odd[(several & 0xC0) != 0x80]] = points % LETTER_CLASSES
    rows = np.repeat(np.arange(len(widths)) * (LETTER_CLASSES + 1), widths)
    counts = np.bincount(rows + class_of_byte, minlength=len(widths) * (LETTER_CLASSES + 1))
    return counts.reshape(-1, LETTER_CLASSES + 1)[:, :LETTER_CLASSES]


_LAST_ASCII = 0x7F

# Posting lists


def find_word(
    segments: tuple[WordColumns, ...],
    make_run: type[Run],
    step: int,
    form: bytes,
    stem: bytes,
    is_fixed: bool,
    with_positions: bool,
) -> tuple[list[Run], list[Run]]:
    """Return the postings of any form of *stem*, and those of *form*, which is one of its forms.

    One list, where *form* is the only form of *stem* in all segments. *is_fixed* tells that the stem, taken
    for a form, is its own stem. *with_positions* asks for postings of all forms, one run a form, instead of
    those of the stem, which have no positions.
    """
    found: list[Run] = []
    exact: list[Run] = []
    is_only = True
    for words in segments:
        forms, stems = words[1:4], words[8:11]
        at = _find(*forms, step, form)
        listed = _find(*stems, step, stem)
        if at >= 0:
            exact.append(_run_of_form(words, make_run, at))
        if listed < 0:
            own = _find(*forms, step, stem) if is_fixed else -1
            numbers = [own] if own >= 0 else []
        else:
            first, last = (int(n) for n in words.first_form[listed : listed + 2])
            numbers = words.forms_of_stems[first:last].tolist()
            start, end = (int(n) for n in words.first_stem_posting[listed : listed + 2])
            if start < end and not with_positions:
                found.append(make_run(words.base, words.stem_lists, start, end))
                is_only = False
                continue
        found += [_run_of_form(words, make_run, number) for number in numbers]
        is_only = is_only and numbers == ([at] if at >= 0 else [])
    return (exact if is_only else found), exact


def _run_of_form(words: WordColumns, make_run: type[Run], form: int) -> Run:
    first, last = (int(n) for n in words.first_posting[form : form + 2])
    position = int(words.first_position[form])
    return make_run(words.base, words.form_lists, first, last, words.positions, position)


def documents_of(found: list[Run]) -> Ints:
    """Return the document of each posting of some runs, in their order."""
    # Not "+ np.int64(base)": to numpy 1.26 the sum of that and 16 bits has 16 bits, and begins at 0 again.
    parts = [
        np.add(run.lists.documents[run.first : run.last], run.base, dtype=np.int64) for run in found
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def weights_of(found: list[Run]) -> Floats:
    """Return the weighted frequency of each posting of some runs, in their order."""
    parts = []
    for run in found:
        codes = run.lists.codes[run.first : run.last]
        weights = codes & FREQUENCY_MASK
        weights += codes >> FREQUENCY_BITS
        weights += 1  # a third of the time of a table of 256
        part = weights.astype(np.float32)
        exceptions = run.exceptions()
        at = run.lists.exceptional[exceptions].astype(np.int64) - run.first
        part[at] = run.lists.weights[exceptions]
        parts.append(part)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def united(found: list[Run]) -> tuple[Ints, Floats]:
    """Return the documents of some runs as if these were one word, and the sums of its weights.

    Runs of one segment stand together, segments in order.
    """
    documents, sums = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for base, of_segment in groupby(found, key=lambda run: run.base):
        own = list(of_segment)
        total = np.bincount(documents_of(own) - base, weights_of(own))
        local = total.nonzero()[0]
        documents.append(local + base)
        sums.append(total.take(local).astype(np.float32))
    return np.concatenate(documents), np.concatenate(sums)


# Occurrences


def occurrences(found: list[Run], within: Ints | None) -> Ints:
    """Return each occurrence of some runs of forms as document << 32 | position, ascending.

    Only those in the documents *within*, if there are any given; each run is of one form then.
    """
    keys = [_occurrences(run, within) for run in found]
    joined = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    if len(found) > 1 or within is None:
        joined.sort(kind="stable")
    return joined


def _occurrences(run: Run, within: Ints | None) -> Ints:
    assert run.positions is not None  # noqa: S101
    frequencies = run.frequencies()
    documents = documents_of([run])
    starts = frequencies.cumsum()
    starts -= frequencies
    starts += run.position
    if within is not None:
        _, places = common(within, documents)
        frequencies, documents, starts = (
            of_posting.take(places) for of_posting in (frequencies, documents, starts)
        )
    keys = (documents << POSITION_BITS).repeat(frequencies)
    keys |= run.positions.take(runs(starts, frequencies))
    return keys


def phrase(words: list[list[Run]], within: Ints) -> Ints:
    """Return where the first of several words stands that stand side by side, as `occurrences` does.

    *words* has the runs of each word; *within* are the documents that matter.
    """
    keys = [occurrences(found, within) for found in words]
    rarest = min(range(len(keys)), key=lambda word: len(keys[word]))
    starts = keys[rarest] - rarest
    for word in sorted(range(len(keys)), key=lambda word: len(keys[word])):
        if word != rarest:
            starts = starts.take(_looked_up(starts + word, keys[word])[0])
    return starts


def weighed(keys: Ints, usual: float, special: list[tuple[Ints, float]]) -> tuple[Ints, Floats]:
    """Return the documents of ascending occurrences, and the sum of what these weigh in each.

    One weighs *usual*, but the weight of the last pair of *special* whose number for its document is above
    its position.
    """
    documents = keys >> POSITION_BITS
    positions = keys & POSITION_MASK
    weights = np.full(len(keys), usual, np.float32)
    for ends, weight in special:
        weights[positions < ends.take(documents)] = weight
    starts = np.diff(documents, prepend=-1).nonzero()[0]
    if not len(starts):
        return documents, weights
    return documents.take(starts), np.add.reduceat(weights, starts)


# Scores


#: Where a word is: its runs, one a segment, or its documents and their weights.
Source = list[Run] | tuple[Ints, Floats]


def _arrays_of(source: Source) -> tuple[Ints, Floats]:
    return source if isinstance(source, tuple) else (documents_of(source), weights_of(source))


def find_in(documents: Ints, source: Source) -> tuple[Ints, Floats]:
    """Return which of *documents* a word is in, as indices, and the weights of the word there.

    A source of runs has one a segment here and below, but in `united` and `occurrences`.
    """
    others, weights = _arrays_of(source)
    at, places = common(documents, others)
    return at, weights.take(places)


def saturated(weights: Floats, documents: Ints, penalties: Penalties, factor: float) -> Floats:
    """Return ``factor * weight / (weight + penalty)`` for each of *documents*."""
    scores = penalties.of(documents)
    scores += weights
    np.divide(weights, scores, out=scores)
    scores *= np.float32(factor)
    return scores


def scored(source: Source, penalties: Penalties, factor: float) -> tuple[Ints, Floats]:
    """Return the documents that a word is in, and what `saturated` returns of them."""
    documents, weights = _arrays_of(source)
    return documents, saturated(weights, documents, penalties, factor)


def add_found(
    scores: Floats, documents: Ints, source: Source, penalties: Penalties, factor: float
) -> None:
    """Add to the *scores* of *documents* what `saturated` returns of those that a word is in."""
    at, weights = find_in(documents, source)
    scores[at] += saturated(weights, documents.take(at), penalties, factor)


def add_pair(
    scores: Floats, one: Floats, other: Floats, one_share: float, other_share: float, factor: float
) -> None:
    """Add *factor* times the lesser of *one* and *other*, each of which is first multiplied by its share."""
    bound = np.minimum(one * np.float32(one_share), other * np.float32(other_share))
    bound *= np.float32(factor)
    scores += bound


def top(
    documents: Ints, scores: Floats, dates: Ints, wanted: int
) -> list[tuple[int, float]] | None:
    """Return the *wanted* documents that score most, best first, with their scores; of equals the newest first.

    *dates* are those of all documents. None where two of them, or the last and one that is left out, are equal
    in both, so that something else has to decide; it may be None for more than 100 or among many.
    """
    if not wanted or len(scores) > _FEW:
        return None
    own = dates.take(documents)
    order = np.lexsort((own, scores))[: -wanted - 2 : -1]
    best = scores.take(order).tolist()
    if len(set(zip(best, own.take(order).tolist(), strict=True))) < len(best):
        return None
    return list(zip(documents.take(order).tolist()[:wanted], best, strict=False))


#: So few scores are simply sorted.
_FEW = 1000
#: Blocks of scores of which the greatest are compared, for each of those that are looked for.
_BLOCKS_A_HIT = 8


def highest(scores: Floats | Ints, size: int) -> tuple[Ints, float]:
    """Return the places, ascending, of the *size* highest *scores* or some more, and what the least of them is.

    All that are not below it are among them; it is 0 where that is all there are.

    The *size* highest maxima of blocks are so many scores, hence the least of them is a bound that so
    many reach: a pass of maxima and one of comparisons, where to partition would take ten times as long.
    """
    if len(scores) <= size:
        return np.arange(len(scores)), 0.0
    blocks = _BLOCKS_A_HIT * size
    height = len(scores) // blocks
    maxima = scores[: height * blocks].reshape(height, blocks).max(axis=0) if height > 1 else scores
    # So few are sorted as soon as parted, and sooner where many are equal.
    threshold = np.sort(maxima)[-size].item()
    return (scores >= threshold).nonzero()[0], threshold


def best(found: list[Run], penalties: Penalties, factor: float, size: int) -> tuple[Ints, float]:
    """Return the documents of the *size* highest scores of a word or some more, and a score that no other exceeds.

    It is 0 where there are no others.
    """
    documents, scores = scored(found, penalties, factor)
    places, least = highest(scores, size)
    return documents.take(places), least


def at_least(found: list[Run], penalties: Penalties, factor: float, least: float) -> Ints:
    """Return the documents in which a word scores *least* or more."""
    documents, scores = scored(found, penalties, factor)
    return documents.take((scores >= np.float32(least)).nonzero()[0])


# Sets of documents

#: Looking numbers up in a sorted array by bisection beats marking all of the array where they are this
#: much fewer (of 50,000 in 100,000 documents: 50,000 looked up 0.18 ms marked, 2.0 bisected; 3,000
#: looked up 0.12 and 0.09 ms; 1,000 looked up 0.10 and 0.04).
_MUCH_FEWER = 16


def common(some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return the places in *some*, and in *others*, of the documents that are in both."""
    if len(some) > len(others):
        places, found = common(others, some)
        return found, places
    if len(some) * _MUCH_FEWER < len(others) or not len(some):
        return _looked_up(some, others)
    table = np.zeros(int(max(some[-1], others[-1])) + 1, np.int32)
    table[some] = np.arange(1, len(some) + 1, dtype=np.int32)
    marked = table.take(others)
    found = marked.nonzero()[0]
    return marked.take(found).astype(np.int64) - 1, found


def _looked_up(some: Ints, others: Ints) -> tuple[Ints, Ints]:
    """Return what `common` does, looking up each of *some*."""
    if not len(others):
        return others, others
    at = others.searchsorted(some)
    found = (others.take(at, mode="clip") == some).nonzero()[0]
    return found, at.take(found)


#: So many votes fit into 16 bits.
_MAX_PARTS = (1 << 16) - 1
#: Documents and their scores, None where these add nothing; or what `scored` takes.
Part = tuple[Ints, Floats | None] | tuple[list[Run], Penalties, float]


def some_of(parts: list[Part], needed: int) -> tuple[Ints, Floats]:
    """Return the documents that are in at least *needed* parts, with the sum of the scores of these."""
    if len(parts) > _MAX_PARTS:
        raise ValueError("too many parts")
    listed = [part if len(part) == 2 else scored(*part) for part in parts]
    size = max((int(documents[-1]) + 1 for documents, _ in listed if len(documents)), default=0)
    votes = np.zeros(size, np.uint16)
    total = np.zeros(size, np.float32)
    for documents, scores in listed:
        votes[documents] += 1
        if scores is not None:
            np.add.at(total, documents, scores)  # two thirds of the time of "+="
    found: Bools = votes >= needed
    places = found.nonzero()[0]
    return places, total.take(places)


# Facets


def count_values(documents: Ints, starts: Ints, values: Numbers, size: int) -> Ints:
    """Return how many of *documents* have each of *size* values.

    Document d has ``values[starts[d] : starts[d + 1]]``.
    """
    first = starts.take(documents)
    places = runs(first, starts.take(documents + 1) - first)
    return np.bincount(values.take(places), minlength=size)
