"""Patterns in the server's language of regular expressions, which is Lucene's."""

from __future__ import annotations

from functools import lru_cache

#: All that means something in a pattern, with all its options on.
_SPECIAL = frozenset('.?+*|{}[]()"\\#@&<>~^$-')
#: Words of which all neighbours within two edits are spelt out: the server takes a second for those of ten letters.
SPELT_OUT = 4
#: Words from this length on are found by a half of them, which is as it was: the pattern of all neighbours takes seconds.
_HALVED = 12


def escaped(text: str) -> str:
    """Return a pattern that fits *text* alone."""
    return "".join("\\" + each if each in _SPECIAL else each for each in text)


def wildcard_regex(pattern: str) -> str:
    """Return a wildcard (``*`` any run, ``?`` one character) as a pattern."""
    return "".join({"*": ".*", "?": "."}.get(each) or escaped(each) for each in pattern)


def is_suggested(form: str, edits: int) -> bool:
    """Whether `near_regex` leaves out what the server suggests for *form*: words within two edits with the same first letter."""
    return edits > 1 and len(form) > SPELT_OUT


@lru_cache(maxsize=1000)
def near_regex(form: str, edits: int) -> str:
    """Return a pattern that fits all words within one or two *edits* of *form*, and perhaps some more.

    Where `is_suggested` says so it fits only those of which the first letter is another.
    """
    if len(form) >= _HALVED:
        return _halved(form, edits)
    if not is_suggested(form, edits):
        return _spelt_out(form, edits)
    # One edit is that of the first letter: put before, replaced or left out, swapped.
    swapped = escaped(form[1] + form[0])
    rests = [_spelt_out(form[at:], edits - 1) for at in range(3)]
    return f".?({rests[0]})|.?({rests[1]})|{swapped}({rests[2]})"


def _halved(form: str, edits: int) -> str:
    """Return a pattern of words that begin or end as *form* does; with two edits, one of which is that of the first letter.

    An edit is in one half, or swaps the two letters between them, which are left out.
    """
    middle = len(form) // 2
    first, second = form[: middle - 1], escaped(form[middle + 1 :])
    if edits == 1:
        return f"{escaped(first)}.*|.*{second}"
    return f".{{0,4}}{escaped(first[2:])}.*|.*{second}"


def _spelt_out(form: str, edits: int) -> str:
    """Return the neighbours of *form* as one pattern: up to each place as it is, then an edit, then the rest alike."""
    if not edits:
        return escaped(form)
    rests = [_spelt_out(form[at:], edits - 1) for at in range(len(form) + 1)]
    pattern = f".{{0,{edits}}}"
    for at in range(len(form) - 1, -1, -1):
        # Put before, replaced, left out; then swapped.
        choices = [f".({rests[at]})", f".?({rests[at + 1]})"]
        if at + 1 < len(form):
            choices.append(f"{escaped(form[at + 1] + form[at])}({rests[at + 2]})")
        pattern = f"{escaped(form[at])}({pattern})|" + "|".join(choices)
    return pattern
