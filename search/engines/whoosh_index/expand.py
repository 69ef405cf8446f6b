"""Which words of a dictionary a wildcard or a fuzzy word stands for, found in bulk."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from search.engines.whoosh_index.columns import Ints
from search.engines.whoosh_index.family import LETTER_CLASSES, FamilyReader
from search.text import wildcard_pattern, within_edits

#: Finds the numbers of the forms that a word stands for in one dictionary, ascending.
Expansion = Callable[[FamilyReader], Ints]


def expand_wildcard(pattern: str) -> Expansion:
    """Return what finds the forms matching *pattern* (``*`` any run, ``?`` one character).

    The part before the first wildcard is looked up, so that ``ukrain*`` costs what it finds; only a
    pattern that begins with a wildcard looks at every form.
    """
    prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if is_prefix(pattern):

        def every(reader: FamilyReader) -> Ints:
            found = reader.forms.range_of_prefix(prefix)
            return np.arange(found.start, found.stop)

        return every
    fits = wildcard_pattern(pattern).fullmatch

    def expand(reader: FamilyReader) -> Ints:
        found = reader.forms.range_of_prefix(prefix)
        forms = reader.sorted_forms if not prefix else map(reader.forms.__getitem__, found)
        numbers = [n for n, form in zip(found, forms, strict=True) if fits(form)]
        return np.array(numbers, np.int64)

    return expand


def is_prefix(pattern: str) -> bool:
    """Whether *pattern* is the beginning of a word and one ``*``."""
    return pattern.find("*") == len(pattern) - 1 > 0 and "?" not in pattern


def expand_fuzzy(form: str, edits: int) -> Expansion:
    """Return what finds the forms within *edits* edits of *form*.

    Counting letters rules out nearly all forms at once: an edit changes the count of at most two
    characters, by one each, so forms whose counts differ by more than ``2 * edits`` are too far.
    """

    def expand(reader: FamilyReader) -> Ints:
        near = np.flatnonzero(_letter_distance(reader, form) <= 2 * edits).tolist()
        numbers = [n for n in near if within_edits(form, reader.forms[n], edits)]
        return np.array(numbers, np.int64)

    return expand


def _letter_distance(reader: FamilyReader, form: str) -> Ints:
    """Return for each form in how many characters it differs from *form*, at most its distance."""
    wanted = np.bincount([ord(c) % LETTER_CLASSES for c in form], minlength=LETTER_CLASSES)
    distance: Ints = np.abs(reader.letter_counts - wanted.astype(np.int16)).sum(axis=1)
    return distance
