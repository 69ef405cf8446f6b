"""Making the forward column: of each document the heaviest terms, out of the posting lists of a segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from search.engines.ranking import K1
from search.engines.rescoring.feedback import FORWARD_TERMS
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.codes import WEIGHT_OF_CODE
from search.engines.whoosh_index.format.layout import stems_column
from search.engines.whoosh_index.segment.forward import FORWARD
from search.text.arrays import Array, Bools, Ints, Numbers, narrowed, starts_of
from search.text.stems import stem
from search.text.stop_words import STOP_WORDS

#: The longest step that is stored as one number.
_LONGEST = np.iinfo(np.uint16).max


def forward_columns(columns: Mapping[str, Any], languages: Numbers) -> dict[str, Array]:
    """Return the forward column, given the *columns* of the dictionary and lists of the family "text".

    *languages* are those of the stems of all documents, by number.
    """
    owners, terms, weights = _heaviest(columns, languages)
    return dict(_stored(np.bincount(owners, minlength=len(languages)), terms, weights))


def _heaviest(columns: Mapping[str, Any], languages: Numbers) -> tuple[Ints, Ints, Ints]:
    """Return document, term and weighted frequency of the heaviest terms, by document and then term."""
    documents = len(languages)
    forms = len(columns["text.forms.starts"]) - 1
    #: What has posting lists, the number of each as a term, -1 where it is none, and the documents of which it is one.
    listed: list[tuple[str, Ints, Bools | None]] = []
    end = forms
    for language in [0, *np.flatnonzero(np.bincount(languages)[1:]) + 1]:
        kept = languages == language if languages.any() else None
        number = np.arange(forms)
        name = stems_column("text", int(language))
        if name + ".forms" in columns:
            first_form, stem_forms = columns[name + ".first_form"], columns[name + ".forms"]
            number[stem_forms] = -1
            alone = np.flatnonzero(np.diff(first_form.astype(np.int64)) == 1)
            number[stem_forms[first_form[alone]]] = end + alone
            stems = np.arange(len(first_form) - 1) + end
            end += len(stems)
            listed.append((name, stems, None))
        listed.append(("text.forms", number, kept))
    is_stop = _stop_terms(columns, listed, end)
    parts = []
    for name, numbers, kept in listed:
        numbers = np.where((numbers >= 0) & is_stop[numbers], -1, numbers)
        counts: Ints = np.diff(columns[name + ".first_posting"].astype(np.int64))
        owner = columns[name + ".documents"].astype(np.int64)
        weight = WEIGHT_OF_CODE[columns[name + ".codes"]]
        weight[columns[name + ".exceptions.postings"]] = columns[name + ".exceptions.weights"]
        chosen = numbers.repeat(counts) >= 0
        if kept is not None:
            chosen &= kept[owner]
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


def _stop_terms(
    columns: Mapping[str, Any], listed: Sequence[tuple[str, Ints, Bools | None]], terms: int
) -> Bools:
    """Return for each of *terms* whether it is a word that queries do not score."""
    found = np.zeros(terms, bool)
    firsts = {name: 0 if name == "text.forms" else int(n[0]) for name, n, _ in listed if len(n)}
    for name, first in firsts.items():
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
