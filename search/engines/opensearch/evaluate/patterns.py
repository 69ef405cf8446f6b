"""Patterns in the server's language of regular expressions, which is Lucene's."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

#: All that means something in a pattern, with all its options on.
_SPECIAL = frozenset('.?+*|{}[]()"\\#@&<>~^$-')
#: Longer words are not spelt out: the pattern of all their neighbours grows with the third power of their length.
_LONGEST = 24


def escaped(text: str) -> str:
    """Return a pattern that fits *text* alone."""
    return "".join("\\" + each if each in _SPECIAL else each for each in text)


def wildcard_regex(pattern: str) -> str:
    """Return a wildcard (``*`` any run, ``?`` one character) as a pattern."""
    return "".join({"*": ".*", "?": "."}.get(each) or escaped(each) for each in pattern)


@lru_cache(maxsize=1000)
def within_edits_pattern(form: str, edits: int) -> str:
    """Return a pattern that fits all words within *edits* edits of *form*, and perhaps others of about its length."""
    if len(form) > _LONGEST:
        return _with_a_part_of(form, edits)
    return _spelt_out(form, edits)


def _spelt_out(form: str, edits: int) -> str:
    """Return the neighbours of *form* as one pattern: up to each place as it is, then an edit, then the rest alike."""
    if not edits:
        return escaped(form)
    if not form:
        return f".{{0,{edits}}}"
    rests = [_spelt_out(form[at:], edits - 1) for at in range(len(form) + 1)]
    pattern = f".{{0,{edits}}}"
    for at in range(len(form) - 1, -1, -1):
        # Inserted, replaced, left out; then swapped.
        choices = [f".({rests[at]})", f".?({rests[at + 1]})"]
        if at + 1 < len(form):
            swapped = escaped(form[at + 1] + form[at])
            rest = rests[at + 2]
            choices.append(f"{swapped}({rest})")
        pattern = f"{escaped(form[at])}({pattern})|" + "|".join(choices)
    return pattern


def _with_a_part_of(form: str, edits: int) -> str:
    """Return a pattern for long words: one part of *form* stands in each neighbour, about where it does in *form*.

    An edit changes two parts at most, where it swaps their edges.
    """
    parts = 2 * edits + 1
    edges = [len(form) * number // parts for number in range(parts + 1)]
    choices = []
    for first, last in pairwise(edges):
        before = f".{{{max(0, first - edits)},{first + edits}}}"
        after = len(form) - last
        behind = f".{{{max(0, after - edits)},{after + edits}}}"
        choices.append(f"{before}{escaped(form[first:last])}{behind}")
    return "|".join(choices)
