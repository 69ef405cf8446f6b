"""The words of a family as columns: dictionary, posting lists of forms and of stems, positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.codes import (
    FREQUENCY_OF_CODE,
    WEIGHT_OF_CODE,
    encode_codes,
)
from search.engines.whoosh_index.format.columns import Column
from search.engines.whoosh_index.format.constants import ESCAPE, KEY_STEP
from search.engines.whoosh_index.format.layout import Layout, stems_column
from search.engines.whoosh_index.write.forward import forward_columns
from search.engines.whoosh_index.write.limits import WriteLimits
from search.engines.whoosh_index.write.lists import Exceptions, Lists, concatenated_lists, slices
from search.text.arrays import Array, Bools, Ints, Numbers, indices_of, narrowed, starts_of
from search.text.strings import Strings, joined_strings


@dataclass(slots=True)
class BatchWords:
    """The words of a batch of documents: a list for each of ``forms`` (numbers), and its positions."""

    forms: Numbers
    lists: Lists
    position_counts: Numbers
    #: 16 bits each where they fit.
    positions: Numbers

    def given_lists(self) -> tuple[Numbers, Lists]:
        """Return the numbers of the forms, and their lists, which are let go of here."""
        nothing = np.zeros(0, np.int32)
        lists, self.lists = self.lists, Lists.of(nothing, nothing, nothing, nothing)
        return self.forms, lists

    @property
    def held_bytes(self) -> int:
        lists = self.lists
        arrays = (self.forms, lists.counts, lists.documents, lists.codes)
        exceptions = 3 * lists.exceptions.postings.nbytes
        positions = self.position_counts.nbytes + self.positions.nbytes
        return sum(array.nbytes for array in arrays) + exceptions + positions


def batch_words(
    form: Numbers,
    counts: Ints,
    owners: Ints,
    starts: Ints,
    ends: Numbers | None,
    first_document: int,
    layout: Layout,
) -> BatchWords:
    """Return words as lists by form number; the first four are as the kernel `gathered` takes them.

    Documents count from *first_document* on. *ends* are the ends of the fields by document, None where all weigh 1.
    """
    used, position_counts, list_counts, documents, frequencies, positions = kernels.gathered(
        form, counts, owners, starts
    )
    weights = _posting_weights(ends, documents, frequencies, positions, layout)
    documents += np.uint16(first_document)
    return BatchWords(
        used,
        Lists.of(list_counts, documents, frequencies, weights),
        position_counts,
        at_least_16_bits(positions),
    )


def _is_new(values: Array) -> Bools:
    """Return which of some sorted values differ from the one before."""
    is_new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def at_least_16_bits(positions: Numbers) -> Numbers:
    """Return *positions* in the smallest type of at least 16 bits that holds them all."""
    wide = bool(len(positions)) and int(positions.max()) > np.iinfo(np.uint16).max
    return positions.astype(np.uint32 if wide else np.uint16, copy=False)


def _posting_weights(
    ends: Numbers | None,
    documents: Numbers,
    frequencies: Numbers,
    position: Numbers,
    layout: Layout,
) -> Numbers:
    """Return the weighted frequency of each posting."""
    if ends is None or not len(documents):
        return frequencies
    result = frequencies * layout.usual_weight
    first = starts_of(frequencies)[:-1]
    # Fields that weigh otherwise come first, so a posting's first position shows whether it has any.
    if layout.special_weights:
        last = ends[:, layout.special_weights[0][0]]
        chosen = np.flatnonzero(position.take(first) < last.take(documents))
        places = indices_of(first[chosen], frequencies[chosen])
        each = _position_weights(
            ends, np.repeat(documents[chosen], frequencies[chosen]), position[places], layout
        )
        if len(chosen):
            result[chosen] = np.add.reduceat(each, starts_of(frequencies[chosen])[:-1])
    return result


def _position_weights(
    ends: Numbers, document: Numbers, position: Numbers, layout: Layout
) -> Numbers:
    """Return what an occurrence at each (document, position) weighs: the weight of its field."""
    result = np.full(len(position), layout.usual_weight, np.int64)
    for column, weight in layout.special_weights:
        result[position < ends[document, column]] = weight
    return result


@dataclass(slots=True)
class Stems:
    """Those stems of a language that are not the same as their only form, sorted.

    Forms of stem s are ``forms[first_form[s] : first_form[s + 1]]``, numbers of forms.
    """

    strings: Strings
    first_form: Numbers
    forms: Numbers

    def columns(self, name: str) -> dict[str, Array]:
        return {
            **self.strings.columns(name),
            name + ".keys": self.strings.keys(KEY_STEP),
            name + ".first_form": narrowed(self.first_form),
            name + ".forms": narrowed(self.forms),
        }


@dataclass(slots=True)
class Dictionary:
    """The forms of a family, sorted; their English stems, and those of other languages by number."""

    forms: Strings
    stems: Stems
    others: dict[int, Stems] = field(default_factory=dict)


#: Of a language: which forms its documents have, stems, and for each of these forms which of them is its own, or -1.
StemsOfForms = tuple[Numbers, Strings, Numbers]


def dictionary_in_languages(
    forms: Strings, of_languages: Mapping[int, StemsOfForms]
) -> tuple[Dictionary, Numbers]:
    """Return the dictionary of *forms* of documents in several languages, by number, and the number of each in it."""
    whole, number = dictionary_of(forms, Strings.of(()), np.full(len(forms), -1))
    found: dict[int, Stems] = {}
    for language, (which, strings, stem_of) in of_languages.items():
        part, own = dictionary_of(forms.take(which), strings, stem_of)
        of_part = np.empty(len(part.forms), np.int64)
        of_part[own] = number[which]
        found[language] = replace(part.stems, forms=of_part[part.stems.forms])
    return Dictionary(whole.forms, found.pop(0, whole.stems), found), number


def dictionary_of(forms: Strings, stems: Strings, stem_of: Numbers) -> tuple[Dictionary, Numbers]:
    """Return the dictionary of *forms*, which may repeat, and the number of each of them in it.

    The stem of form i is the string ``stems[stem_of[i]]``, or the form itself where that is -1.
    """
    every = joined_strings([forms, stems])
    order, is_new = every.order()
    strings = order[is_new].astype(np.int32)  # one that has each rank
    rank = np.empty(len(order), np.int32)
    rank[order] = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    del order, is_new
    rank_of_form, rank_of_stem = rank[: len(forms)], rank[len(forms) :]

    # Of each rank: the rank of its stem where it is a form, as its last occurrence says.
    stem_of_rank = np.full(len(strings), -1, np.int32)
    stem_of_rank[rank_of_form] = np.where(
        stem_of < 0, rank_of_form, rank_of_stem[stem_of] if len(stems) else -1
    )
    ranks = np.flatnonzero(stem_of_rank >= 0)
    stem_of_form = stem_of_rank[ranks]
    forms_of_stem = np.bincount(stem_of_form, minlength=len(strings))
    listed = np.flatnonzero((forms_of_stem[stem_of_form] > 1) | (stem_of_form != ranks))
    listed = listed[np.argsort(stem_of_form[listed], kind="stable")]
    first_of_stem = np.flatnonzero(_is_new(stem_of_form[listed]))
    number = stem_of_rank  # no longer needed as such
    number[ranks] = np.arange(len(ranks), dtype=np.int32)
    return (
        Dictionary(
            every.take(strings[ranks]),
            Stems(
                every.take(strings[stem_of_form[listed[first_of_stem]]]),
                np.append(first_of_stem, len(listed)),
                listed,
            ),
        ),
        number[rank_of_form],
    )


def stem_lists(stems: Stems, lists: Lists, limits: WriteLimits, kept: Bools | None) -> Lists:
    """Return the lists of *stems*: empty for a stem with one form, sums for the others.

    *lists* are those of the forms; *kept* says which documents are in the language, None where all are.
    """
    starts = starts_of(lists.counts)
    first_form = stems.first_form
    several = np.flatnonzero(np.diff(first_form) > 1)
    widths = first_form[several + 1] - first_form[several]
    forms = stems.forms[indices_of(first_form[several], widths)]
    first_form = starts_of(widths)
    postings_before = starts_of(lists.counts[forms])[first_form]
    parts = []
    for first, last in slices(np.diff(postings_before), limits.postings_at_once):
        some = forms[first_form[first] : first_form[last]]
        postings = indices_of(starts[some], lists.counts[some])
        edges = postings_before[first : last + 1]
        if kept is not None:
            stays = kept[lists.documents[postings]]
            edges = starts_of(stays)[edges - edges[0]]
            postings = postings[stays]
        parts.append(_sums(np.diff(edges), postings, lists))
    sums = concatenated_lists(parts)
    counts = np.zeros(len(stems.strings), np.int64)
    counts[several] = sums.counts
    sums.counts = counts
    return sums


def _sums(widths: Numbers, postings: Numbers, lists: Lists) -> Lists:
    """Return a list for each run of *widths* of *postings*, a sum where a document is there again."""
    codes = lists.codes[postings]
    key = np.repeat(np.arange(len(widths)) << 24, widths)
    key |= lists.documents[postings].astype(np.int64) << 8
    key |= codes
    odd = np.flatnonzero(codes == ESCAPE)
    odd_order = np.argsort(key[odd], kind="stable")
    exceptions = lists.exceptions.of(postings[odd])
    # Numpy's stable sort merges what is in order already, as the lists are: a fifteenth of the time
    # that its other sort takes.
    key.sort(kind="stable")
    codes = (key & 0xFF).astype(np.uint8)
    key >>= 8
    first = np.flatnonzero(_is_new(key))
    sizes = np.diff(first, append=len(key))
    key = key[first]
    result = codes[first]
    # Nearly all are alone and keep their code.
    summed = np.flatnonzero((sizes > 1) | (result == ESCAPE))
    members = codes[indices_of(first[summed], sizes[summed])]
    sums = []
    for of_code, true in (
        (FREQUENCY_OF_CODE, exceptions.frequencies),
        (WEIGHT_OF_CODE, exceptions.weights),
    ):
        numbers = of_code[members]
        numbers[members == ESCAPE] = true[odd_order]
        total = starts_of(numbers)
        edges = starts_of(sizes[summed])
        sums.append(total[edges[1:]] - total[edges[:-1]])
    frequencies, weights = sums
    result[summed] = encode_codes(frequencies, weights)
    odd = np.flatnonzero(result[summed] == ESCAPE)
    return Lists(
        np.bincount(key >> 16, minlength=len(widths)),
        (key & 0xFFFF).astype(np.uint16),
        result,
        Exceptions(summed[odd], frequencies[odd], weights[odd]),
    )


def word_columns(
    name: str,
    dictionary: Dictionary,
    lists: Lists,
    position_counts: Numbers,
    positions: Column,
    limits: WriteLimits,
    languages: Numbers,
) -> dict[str, Column]:
    """Return the columns of family *name*, whose *lists* and *positions* are those of its forms.

    *languages* are those of the stems of the documents, by number.
    """
    columns: dict[str, Array] = {
        **dictionary.forms.columns(name + ".forms"),
        name + ".forms.keys": dictionary.forms.keys(KEY_STEP),
        **lists.columns(name + ".forms"),
    }
    are_several = bool(languages.any())
    for language, stems in {0: dictionary.stems, **dictionary.others}.items():
        own = stems_column(name, language)
        kept = languages == language if are_several else None
        columns |= stems.columns(own) | stem_lists(stems, lists, limits, kept).columns(own)
    forward = forward_columns(columns, languages) if name == "text" else {}
    return {
        **columns,
        **forward,
        name + ".forms.first_position": narrowed(starts_of(position_counts)),
        name + ".forms.positions": positions,
    }
