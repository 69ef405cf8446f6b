"""The words of a family as columns: a dictionary, and postings made by sorting one number a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.engines.ranking import FIELD_WEIGHTS
from search.engines.whoosh_index.columns import Array, Ints, StringColumn, narrowed, runs, starts_of
from search.engines.whoosh_index.layout import TEXT_FIELDS, Family


@dataclass(slots=True)
class Dictionary:
    """The words of one family: terms sorted, and their forms, those of one term side by side."""

    terms: list[str]
    forms: list[str]
    #: Forms of term t are ``forms[first_form[t] : first_form[t + 1]]``.
    first_form: Ints
    term_of_form: Ints

    def columns(self, name: str) -> dict[str, Array]:
        order = np.array(sorted(range(len(self.forms)), key=self.forms.__getitem__), np.int64)
        return {
            **StringColumn.columns(name + ".terms", self.terms),
            **StringColumn.columns(name + ".forms", self.forms),
            name + ".first_form": narrowed(self.first_form),
            name + ".form_order": narrowed(order),
        }


def dictionary_of(family: Family, forms: Sequence[str]) -> tuple[Dictionary, Ints]:
    """Return the dictionary that holds *forms*, and for each of them where it is in there."""
    stems = [family.stem(form) for form in forms]
    order = sorted(range(len(stems)), key=lambda i: (stems[i], forms[i]))
    terms = sorted(set(stems))  # by code point, which is also the order of UTF-8 bytes
    number = {term: at for at, term in enumerate(terms)}
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    term_of_form = np.array([number[stems[i]] for i in order], np.int64)
    first_form = np.searchsorted(term_of_form, np.arange(len(terms) + 1))
    return Dictionary(terms, [forms[i] for i in order], first_form, term_of_form), place


@dataclass(slots=True)
class Postings:
    """Postings of all terms, or of a run of them, in order of term, document and position."""

    #: How many postings and positions each term has.
    posting_counts: Ints
    position_counts: Ints
    #: One item a posting, in the smallest type that holds them.
    documents: Array
    frequencies: Array
    weights: Array
    #: One item a position, likewise.
    positions: Array
    form_codes: Array
    #: In how many documents each form occurs.
    form_frequencies: Ints

    def columns(self, name: str) -> dict[str, Array]:
        return {
            name + ".form_frequency": narrowed(self.form_frequencies),
            name + ".first_posting": narrowed(starts_of(self.posting_counts)),
            name + ".documents": narrowed(self.documents),
            name + ".frequencies": narrowed(self.frequencies),
            name + ".weights": narrowed(self.weights),
            name + ".first_position": narrowed(starts_of(self.position_counts)),
            name + ".positions": narrowed(self.positions),
            name + ".form_codes": narrowed(self.form_codes),
        }


def postings_of(
    words: Dictionary, form: Ints, document: Ints, position: Ints, ends: Ints | None
) -> Postings:
    """Return the postings of words given one by one, in any order.

    One 64-bit number a word, term over document over position over form code, is sorted: that is
    five times as fast as ordering four arrays by one of them (4 million words: 0.07 s against
    0.34 s). *ends* are the ends of the fields by document, None where all weigh 1.
    """
    term = words.term_of_form[form]
    code = form - words.first_form[term]
    position_bits, code_bits = _bits(position), _bits(code)
    document_bits = _bits(document)
    if _bits(term) + document_bits + position_bits + code_bits <= 64:
        key = term.astype(np.uint64)
        for part, bits in ((document, document_bits), (position, position_bits), (code, code_bits)):
            key <<= np.uint64(bits)
            key |= part.astype(np.uint64)
        key.sort()
        code = (key & np.uint64((1 << code_bits) - 1)).astype(np.int64)
        key >>= np.uint64(code_bits)
        position = (key & np.uint64((1 << position_bits) - 1)).astype(np.int64)
        key >>= np.uint64(position_bits)
    else:
        key = term.astype(np.uint64) << np.uint64(document_bits) | document.astype(np.uint64)
        order = np.lexsort((position, key))
        key, position, code = key[order], position[order], code[order]
    return _postings_of_sorted(words, key, document_bits, position, code, ends)


def _bits(values: Ints) -> int:
    return int(values.max()).bit_length() if len(values) else 0


def _postings_of_sorted(
    words: Dictionary,
    key: NDArray[np.uint64],
    document_bits: int,
    position: Ints,
    code: Ints,
    ends: Ints | None,
) -> Postings:
    """Return the postings of sorted words; *key* is term over document, one a word."""
    new_posting = np.ones(len(key), bool)
    np.not_equal(key[1:], key[:-1], out=new_posting[1:])
    first = np.flatnonzero(new_posting)
    documents = (key[first] & np.uint64((1 << document_bits) - 1)).astype(np.int64)
    terms = (key[first] >> np.uint64(document_bits)).astype(np.int64)
    frequencies = np.diff(first, append=len(key))
    position_counts = np.bincount(terms, frequencies, len(words.terms)).astype(np.int64)

    # A term with one form has that form's frequency; only the others' words need be looked at.
    posting_counts = np.bincount(terms, minlength=len(words.terms))
    form_frequencies = np.zeros(len(words.forms), np.int64)
    forms_of_term = np.diff(words.first_form)
    alone = forms_of_term == 1
    form_frequencies[words.first_form[:-1][alone]] = posting_counts[alone]
    several = np.flatnonzero(np.repeat(~alone, position_counts))
    if len(several):
        mask = np.uint64((1 << document_bits) - 1)
        several_terms = (key[several] >> np.uint64(document_bits)).astype(np.int64)
        form = (words.first_form[several_terms] + code[several]).astype(np.uint64)
        pairs = _without_repeats(form << np.uint64(document_bits) | key[several] & mask)
        counts = np.bincount((pairs >> np.uint64(document_bits)).astype(np.int64))
        form_frequencies[: len(counts)] += counts
    return Postings(
        posting_counts=posting_counts,
        position_counts=position_counts,
        documents=narrowed(documents),
        frequencies=narrowed(frequencies),
        weights=narrowed(_posting_weights(ends, first, documents, frequencies, position)),
        positions=narrowed(position),
        form_codes=narrowed(code),
        form_frequencies=form_frequencies,
    )


def _posting_weights(
    ends: Ints | None, first: Ints, documents: Ints, frequencies: Ints, position: Ints
) -> Ints:
    """Return the weighted frequency of each posting."""
    weights = [FIELD_WEIGHTS[name] for name in TEXT_FIELDS]
    if ends is None or not len(first):
        return frequencies
    result = frequencies * weights[-1]
    # Fields that weigh otherwise come first, so a posting's first position tells whether it has any.
    special = [column for column, weight in enumerate(weights) if weight != weights[-1]]
    if special:
        chosen = np.flatnonzero(position[first] < ends[documents, special[-1]])
        places = runs(first[chosen], frequencies[chosen])
        each = position_weights(
            ends, np.repeat(documents[chosen], frequencies[chosen]), position[places]
        )
        if len(chosen):
            result[chosen] = np.add.reduceat(each, starts_of(frequencies[chosen])[:-1])
    return result


def _without_repeats(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the distinct *values*, ascending. ``np.unique`` does not use the fast sort."""
    values = np.sort(values)
    kept = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=kept[1:])
    return values[kept]


def position_weights(ends: Ints, document: Ints, position: Ints) -> Ints:
    """Return what an occurrence at each (document, position) weighs: the weight of its field."""
    weights = [FIELD_WEIGHTS[name] for name in TEXT_FIELDS]
    result = np.full(len(position), weights[-1], np.int64)
    for column in range(len(weights) - 2, -1, -1):
        # Neighbouring fields of one weight need no comparison of their own.
        if weights[column] != weights[column + 1] or (result != weights[column]).any():
            result[position < ends[document, column]] = weights[column]
    return result
