"""Making the forward column: of each document the heaviest terms, out of the posting lists of a segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from search.engines.ranking import K1
from search.engines.rescoring.feedback import FORWARD_TERMS
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.codes import WEIGHT_OF_CODE
from search.engines.whoosh_index.segment.forward import FORWARD
from search.text.arrays import Array, Bools, Ints, Numbers, narrowed, starts_of
from search.text.stop_words import STOP_WORDS
from search.text.words import stem

#: The longest step that is stored as one number.
_LONGEST = np.iinfo(np.uint16).max


def forward_columns(columns: Mapping[str, Any], documents: int) -> dict[str, Array]:
    """Return the forward column of *documents*, given the *columns* of the dictionary and lists of the family "text"."""
    owners, terms, weights = _heaviest(columns, documents)
    return dict(_stored(np.bincount(owners, minlength=documents), terms, weights))


def _heaviest(columns: Mapping[str, Any], documents: int) -> tuple[Ints, Ints, Ints]:
    """Return document, term and weighted frequency of the heaviest terms, by document and then term."""
    forms = len(columns["text.forms.starts"]) - 1
    number = np.arange(forms)
    first_form, stem_forms = columns["text.stems.first_form"], columns["text.stems.forms"]
    number[stem_forms] = -1
    alone = np.flatnonzero(np.diff(first_form.astype(np.int64)) == 1)
    number[stem_forms[first_form[alone]]] = forms + alone
    stems = np.arange(len(first_form) - 1) + forms
    is_stop = _stop_terms(columns, forms, len(stems))
    parts = []
    for name, numbers in (("text.forms", number), ("text.stems", stems)):
        numbers = np.where((numbers >= 0) & is_stop[numbers], -1, numbers)
        counts: Ints = np.diff(columns[name + ".first_posting"].astype(np.int64))
        owner = columns[name + ".documents"].astype(np.int64)
        weight = WEIGHT_OF_CODE[columns[name + ".codes"]]
        weight[columns[name + ".exceptions.postings"]] = columns[name + ".exceptions.weights"]
        chosen = numbers.repeat(counts) >= 0
        idfs = np.log(1 + (documents - counts + 0.5) / (counts + 0.5)).astype(np.float32)
        parts.append(
            [each[chosen] for each in (owner, numbers.repeat(counts), weight, idfs.repeat(counts))]
        )
    owner, term, weight, idfs = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((term, -idfs * (weight / (weight + np.float32(K1))), owner))
    owner = owner[order]
    firsts = starts_of(np.bincount(owner, minlength=documents))
    order = order[np.arange(len(order)) - firsts[owner] < FORWARD_TERMS]
    owner = np.concatenate([part[0] for part in parts])[order]
    order = order[np.lexsort((term[order], owner))]
    owner = np.concatenate([part[0] for part in parts])[order]
    return owner, term[order], np.minimum(weight[order], 255)


def _stop_terms(columns: Mapping[str, Any], forms: int, stems: int) -> Bools:
    """Return for each term whether it is a word that queries do not score."""
    found = np.zeros(forms + stems, bool)
    for name, first in (("text.forms", 0), ("text.stems", forms)):
        text, starts, keys = (columns[f"{name}.{part}"] for part in ("bytes", "starts", "keys"))
        for word in sorted({stem(word).encode() for word in STOP_WORDS}):
            at, after = kernels.strings_with_prefix(text, starts, keys, word)
            if at < after and text[int(starts[at]) : int(starts[at + 1])].tobytes() == word:
                found[first + at] = True
    return found


def _stored(counts: Numbers, terms: Numbers, weights: Numbers) -> Iterator[tuple[str, Array]]:
    """Yield the columns of the *terms* of documents that have *counts* of them each."""
    steps = np.diff(terms, prepend=0)
    firsts = starts_of(counts)[:-1][counts > 0]
    steps[firsts] = terms[firsts]
    fillers = steps // _LONGEST
    if not fillers.any():
        starts = starts_of(counts)
    else:
        before = starts_of(fillers + 1)
        starts = before[starts_of(counts)]
        last = before[1:] - 1
        whole = np.full(before[-1], _LONGEST)
        heavy = np.zeros(before[-1], np.int64)
        whole[last] = steps % _LONGEST
        heavy[last] = weights
        steps, weights = whole, heavy
    yield FORWARD + ".starts", narrowed(starts)
    yield FORWARD + ".steps", steps.astype(np.uint16)
    yield FORWARD + ".weights", weights.astype(np.uint8)
