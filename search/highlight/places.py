"""Where in a text words may stand that a query asks for: found without reading every word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from search.highlight.phrases import Span
from search.text.signs import APOSTROPHES
from search.text.words import MAX_FORM_CHARS

#: Characters beyond ASCII that are in no word and fold to no letter, so hide none: ’ “ – … € ·
_PLAIN = (
    r"\0-\x7f\xa0-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
)
#: Not ``+``: the engine of regular expressions is quick only where a single class stands in front.
SPECIAL = f"[^{_PLAIN}][^{_PLAIN}]*+"
_ASCII = bytes(range(128))
#: A word of lower-cased ASCII characters that is one for `search.text.words.tokens` too: on either side stands
#: what can be no part of it. Its form is the group, and offsets leave out a possessive 's.
_PARTING = r"\s!\"$%()*\-/:;<=>?@\[\\\]^{|}~“”–—…"
PLAIN_WORD = re.compile(
    rf"(?<![^{_PARTING}‘])(?<!\w‘)([a-z0-9_]{{1,{MAX_FORM_CHARS}}}+)(?:['’]s)?(?=[{_PARTING}]|['’&.,](?!\w)|\Z)"
)
#: An apostrophe inside a word, which is then not written as its form is; but for a possessive 's.
_IN_A_WORD = re.compile(rf"[{APOSTROPHES}](?=[^\W\d_])(?![sS](?!\w))")
_ASCII_APOSTROPHES = "".join(filter(str.isascii, APOSTROPHES))
_BLANK = re.compile(r"[ \n]")


def lowered(text: str) -> tuple[str, list[int]]:
    """Return *text* in lower case, character for character, and where it has any that fold to others."""
    if text.isascii():
        return text.lower(), []
    # What most texts have beyond ASCII are quotes and dashes. By way of bytes, which know the case of
    # ASCII only, that is quicker than what is below.
    raw = text.encode("utf-8", "surrogatepass")
    beyond = raw.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    if not re.search(SPECIAL, beyond):
        return raw.lower().decode("utf-8", "surrogatepass"), []
    low = text.lower()
    if len(low) != len(text):  # the one letter that becomes two
        low = text.replace("İ", "i").lower()
    return low, [match.start() for match in re.finditer(SPECIAL, text)]


def inside_words(text: str) -> list[int]:
    """Return where apostrophes stand between two letters, that of a possessive 's left out."""
    found = []
    # Sign by sign, which is far quicker than a pattern of all; of these two are ASCII, as nearly all texts.
    for sign in _ASCII_APOSTROPHES if text.isascii() else APOSTROPHES:
        at = text.find(sign, 1)
        while at > 0:
            if text[at - 1].isalpha() and _IN_A_WORD.match(text, at):
                found.append(at)
            at = text.find(sign, at + 1)
    return found


def find_all(
    low: str,
    needles: Sequence[tuple[str, bool]],
    spans: Sequence[Span],
    offsets: list[int],
    most: int,
) -> bool:
    """Add to *offsets* where *needles* stand in *spans* of a text; False where they become too many."""
    tries = len(low) // 4
    for needle, at_start in needles:
        for start, end in spans:
            at = low.find(needle, start, end)
            while at >= 0:
                if not (at_start and at and low[at - 1].isalnum()):
                    offsets.append(at)
                tries -= 1
                if tries < 0 or len(offsets) > most:
                    return False
                at = low.find(needle, at + 1, end)
    return len(offsets) <= most


def from_blank_to_blank(text: str, at: int, after: int) -> Span:
    """Return the span of *text* around *at* that has no blank in it, from *after* on."""
    start = max(text.rfind(" ", after, at), text.rfind("\n", after, at), after - 1) + 1
    blank = _BLANK.search(text, at)
    return start, blank.start() if blank else len(text)
