"""Which words of a dictionary a wildcard or a fuzzy word stands for, found in bulk."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from search.engines.whoosh_index.segment.family import FamilyReader
from search.text.arrays import Ints
from search.text.words import wildcard_pattern

#: Finds the numbers of the forms that a word stands for in one dictionary, ascending.
Expansion = Callable[[FamilyReader], Ints]


def expand_wildcard(pattern: str) -> Expansion:
    """Return what finds the forms matching *pattern* (``*`` any run, ``?`` one character).

    The part before the first wildcard is looked up, so that ``ukrain*`` costs what it finds; of a pattern that
    begins with a wildcard the longest part is searched for in all forms at once.
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
        if not prefix and len(longest) > 1:
            there = forms.holding(longest).tolist()
            return np.array([n for n in there if fits(forms[n])], np.int64)
        found = forms.range_of_prefix(prefix)
        every = reader.sorted_forms if not prefix else map(forms.__getitem__, found)
        return np.array([n for n, form in zip(found, every, strict=True) if fits(form)], np.int64)

    return expand


def is_prefix(pattern: str) -> bool:
    """Whether *pattern* is the beginning of a word and one ``*``."""
    return pattern.find("*") == len(pattern) - 1 > 0 and "?" not in pattern


def expand_fuzzy(form: str, edits: int) -> Expansion:
    """Return what finds the forms within *edits* edits of *form*."""
    return lambda reader: reader.forms.near(form, edits)
