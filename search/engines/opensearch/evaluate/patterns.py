"""Patterns in the server's language of regular expressions, which is Lucene's."""

from __future__ import annotations

from functools import lru_cache

#: All that means something in a pattern, with all its options on.
_SPECIAL = frozenset('.?+*|{}[]()"\\#@&<>~^$-')
#: Words of which all neighbours within two edits are spelt out: the server takes a second for those of ten letters.
SPELT_OUT = 4
#: Longer words have so few of about their length that all of these are looked at.
_LONGEST = 24


def escaped(text: str) -> str:
    """Return a pattern that fits *text* alone."""
    return "".join("\\" + each if each in _SPECIAL else each for each in text)


def wildcard_regex(pattern: str) -> str:
    """Return a wildcard (``*`` any run, ``?`` one character) as a pattern."""
    return "".join({"*": ".*", "?": "."}.get(each) or escaped(each) for each in pattern)


def is_suggested(form: str, edits: int) -> bool:
    """Whether `near_regex` leaves out what the server suggests for *form*: words within two edits with the same first letter."""
    return edits > 1 and SPELT_OUT < len(form) <= _LONGEST


@lru_cache(maxsize=1000)
def near_regex(form: str, edits: int) -> str:
    """Return a pattern that fits all words within one or two *edits* of *form*, and perhaps others of about its length.

    Where `is_suggested` says so it fits only those of which the first letter is another.
    """
    if len(form) > _LONGEST:
        return f".{{{len(form) - edits},{len(form) + edits}}}"
    if not is_suggested(form, edits):
        return _spelt_out(form, edits)
    # One edit is that of the first letter: put before, replaced or left out, swapped.
    swapped = escaped(form[1] + form[0])
    rests = [_spelt_out(form[at:], edits - 1) for at in range(3)]
    return f".?({rests[0]})|.?({rests[1]})|{swapped}({rests[2]})"


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
