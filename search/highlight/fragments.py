"""Which parts of a text to show for the matches in it: few, early, whole sentences where they fit."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from search.highlight.phrases import Match
from search.text.names import ABBREVIATIONS
from search.text.signs import APOSTROPHES
from search.text.words import MAX_FORM_CHARS, is_unspaced

#: Fragments of one snippet, and the shortest worth reading, in characters.
MAX_FRAGMENTS = 3
MIN_FRAGMENT_CHARS = 60

#: Characters between two fragments (" … ") and at the two ends ("…") of a snippet.
_BETWEEN = 3
_AT_ENDS = 2

#: Matches of one clause that are weighed against each other.
_WEIGHED_MATCHES = 200
#: Further matches in a fragment that count, so that the fuller of two equals is shown.
_MOST_REPEATED = 5

#: How far from the offset wished for a cut between words is looked for before one inside a run without blanks.
_NEAR_CHARS = 40

#: It starts with one class of characters, which the engine of regular expressions looks for far faster
#: than for alternatives.
_END_OF_SENTENCE = re.compile(
    r"""[.!?…。！？\n](?:"""
    r"""(?<=[.!?…])(?P<end>["'”’)\]]*+)\s++(?=["'“‘(\[]*[^\Wa-z_])"""
    r"|(?<=[。！？])(?P<wide>[」』”]*+)\s*+"
    r"|(?<=\n)(?P<blank>)\s*\n\s*+)"
)
_BLANK_LINE = _END_OF_SENTENCE.groupindex["blank"]
#: Before a full stop that ends no sentence: an initial, a title, a month.
_ABBREVIATION = re.compile(
    rf"\b(?:[A-Za-z]|{'|'.join(ABBREVIATIONS)}|Cmdr"
    r"|vs|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\Z"
)
_BLANKS = re.compile(r"\s+")
_INSIDE_WORDS = frozenset(APOSTROPHES + "״&＆.,")


class Fragment:
    """A part of a text, and whether it is cut off from the rest of its sentence on either side."""

    __slots__ = ("end", "is_cut_after", "is_cut_before", "start")

    def __init__(self, start: int, end: int, is_cut_before: bool, is_cut_after: bool) -> None:
        self.start = start
        self.end = end
        self.is_cut_before = is_cut_before
        self.is_cut_after = is_cut_after


def fragments(
    text: str, matches: Sequence[Match], weights: Sequence[int], max_chars: int
) -> list[Fragment]:
    """Return the parts of *text* to show, in order, at most `MAX_FRAGMENTS`.

    They answer as much of the query as any choice of windows does that starts with the best one; of
    equals the fewest and earliest. *weights* says of each clause how much an answer to it is worth.
    Shown with ellipses they have at most *max_chars* characters, a longer word aside; cuts are where
    `may_cut` allows. Without matches: the beginning.
    """
    cores = _cores(_weighed(matches), weights, max_chars)
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    room = _room(max_chars, len(cores) or 1)
    chosen: list[Fragment] = []
    for start, end in cores or [(first, first)]:
        fragment = _grown(text, start, end, room, first, last)
        if chosen and fragment.start <= chosen[-1].end + 1:
            before = chosen.pop()
            fragment = Fragment(
                min(before.start, fragment.start),
                max(before.end, fragment.end),
                (fragment if fragment.start < before.start else before).is_cut_before,
                (fragment if fragment.end >= before.end else before).is_cut_after,
            )
        chosen.append(fragment)
    return [fragment for fragment in chosen if fragment.start < fragment.end]


def _room(max_chars: int, count: int) -> int:
    """Return how long each of *count* fragments may be."""
    return max(1, (max_chars - _AT_ENDS - _BETWEEN * (count - 1)) // count)


def _weighed(matches: Sequence[Match]) -> Sequence[Match]:
    """Return *matches* with no more of one clause than are worth weighing."""
    if len(matches) <= _WEIGHED_MATCHES:
        return matches
    seen: Counter[int] = Counter()
    chosen = []
    for match in matches:
        seen[match[1]] += 1
        if seen[match[1]] <= _WEIGHED_MATCHES:
            chosen.append(match)
    return chosen


# Which matches to show


def _cores(
    matches: Sequence[Match], weights: Sequence[int], max_chars: int
) -> list[tuple[int, int]]:
    """Return the spans that fragments are grown around, in order: from first to last match of each."""
    all_there_is = sum([weights[clause] for clause in {clause for _, clause, _ in matches}])
    best: list[tuple[int, int]] = []
    best_weight = 0
    has_words_only = all_there_is and max(weights) == 1
    for count in range(1, MAX_FRAGMENTS + 1):
        room = _room(max_chars, count)
        if count > 1 and room < MIN_FRAGMENT_CHARS:
            break
        weight = 0
        chosen: list[tuple[int, int]] = []
        missing = list(weights)
        while len(chosen) < count:
            core = _best_window(matches, missing, room)
            if core is None:
                break
            first, last, more = core
            chosen.append((first, min(last, first + room)))
            before = weight
            if before + more == all_there_is:  # as nearly always where there is one clause
                weight = all_there_is
                break
            for start, clause, end in matches[bisect_left(matches, (first, 0, 0)) :]:
                if start > last:
                    break
                if end <= last:
                    weight += missing[clause]
                    missing[clause] = 0
            # Words do not overlap, so no later window answers more than this one did.
            most = weight + (weight - before) * (count - len(chosen))
            if weight == all_there_is or (has_words_only and most <= best_weight):
                break
        if weight > best_weight:
            best, best_weight = chosen, weight
        if best_weight == all_there_is:
            break
    return sorted(best)


def _best_window(
    matches: Sequence[Match], missing: Sequence[int], room: int
) -> tuple[int, int, int] | None:
    """Return where the window of *room* characters starts and ends that answers most of *missing*, and how much."""
    best_left = best_right = -1
    best_value = 0
    inside = [0] * len(missing)
    enough = sum(missing) * (_MOST_REPEATED + 1) + _MOST_REPEATED
    weight = left = 0
    left_start = matches[0][0] if matches else 0
    for right, (_, clause, end) in enumerate(matches):
        if not inside[clause]:
            weight += missing[clause]
        inside[clause] += 1
        while end - left_start > room and left < right:
            gone = matches[left][1]
            inside[gone] -= 1
            if not inside[gone]:
                weight -= missing[gone]
            left += 1
            left_start = matches[left][0]
        if weight:
            repeated = right - left
            value = weight * (_MOST_REPEATED + 1) + (
                repeated if repeated < _MOST_REPEATED else _MOST_REPEATED
            )
            if value > best_value:
                best_left, best_right, best_value = left, right, value
                if value == enough:
                    break
    if not best_value:
        return None
    last = max([end for _, _, end in matches[best_left : best_right + 1]])
    return matches[best_left][0], last, best_value // (_MOST_REPEATED + 1)


# How much around them


def _grown(text: str, start: int, end: int, room: int, first: int, last: int) -> Fragment:
    """Return the fragment of about *room* characters around a span: whole sentences if they fit.

    *first* and *last* are where the text starts and ends but for blanks.
    """
    end = _word_end(text, start, end, room)
    begins, finishes = _sentence_edges(text, start, end, room)
    if first >= end - room:
        begins.insert(0, first)
    is_cut_before = not begins
    spare = max(0, room - (end - start))
    begin = _cut_from(text, start - spare // 3, start) if is_cut_before else begins[-1]
    limit = begin + room
    while finishes and finishes[-1] > limit:
        finishes.pop()
    is_cut_after = limit < last and (not finishes or finishes[-1] - begin < room // 2)
    if limit >= last:
        finish = last
    elif is_cut_after:
        finish = _cut_to(text, limit, max(end, begin))
    else:
        finish = finishes[-1]
    if is_cut_before:
        begin = _cut_from(text, finish - room, begin)
    else:
        earliest = bisect_left(begins, finish - room)
        begin = begins[earliest] if earliest < len(begins) else begin
    return Fragment(begin, finish, is_cut_before, is_cut_after)


def _sentence_edges(text: str, start: int, end: int, room: int) -> tuple[list[int], list[int]]:
    """Return where sentences begin up to *start*, and where they end from *end* on.

    Those that are in reach of fragments of *room* characters, and perhaps some more.
    """
    begins, finishes = [], []
    low, high = end - room, start + room
    for match in _END_OF_SENTENCE.finditer(text, low - 20 if low > 20 else 0, high + 20):
        at, begin = match.span()
        ends = match.lastindex or 0
        # The blank line ends a sentence in front of what was matched, any other sentence after its sign.
        finish = at if ends == _BLANK_LINE else match.end(ends)
        if begin < low or (begin > start and finish < end):
            continue
        if (text[at] == "." and _is_abbreviated(text, at)) or not may_cut(text, begin):
            continue
        if begin <= start:
            begins.append(begin)
        if finish >= end:
            finishes.append(finish)
    return begins, finishes


def _is_abbreviated(text: str, at: int) -> bool:
    if at > 5 and text[at - 5 : at].isalpha():
        return False  # as nearly always: no abbreviation has five letters
    return _ABBREVIATION.search(text, max(0, at - 8), at) is not None


# Where a text may be cut


def may_cut(text: str, at: int) -> bool:
    """Whether a cut before the character at *at* goes through no word and no character as people see it.

    That is: no letter and its accents, no joined emoji, no flag. Scripts without spaces may be cut
    between any two characters.
    """
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if (before == " " or before == "\n") and after.isascii():
        return True
    if _joins(after) or before == "\u200d":
        return False
    if before.isspace() or after.isspace() or is_unspaced(before) or is_unspaced(after):
        return True
    if "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff":
        return False
    if _in_word(before) and (_in_word(after) or after in _INSIDE_WORDS):
        return False
    return not (before in _INSIDE_WORDS and _in_word(after))


def _joins(character: str) -> bool:
    """Whether *character* belongs to the one before it: a part of Unicode's grapheme clusters (UAX 29)."""
    if character.isascii():
        return False
    return (
        unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")
        or "\u1160" <= character <= "\u11ff"  # vowels and final consonants of Hangul
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or character in "\u0e33\u0eb3\uff9e\uff9f"
    )


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or _joins(character)


def _word_end(text: str, start: int, end: int, room: int) -> int:
    """Return *end* after a possessive 's; where that is too far from *start*, a cut between them."""
    if (
        start < end
        and text[end : end + 1] in _INSIDE_WORDS
        and text[end + 1 : end + 2] in tuple("sS")
    ):
        end += 2
    return end if end - start <= room else _cut_to(text, start + room, start)


def _cut_from(text: str, at: int, latest: int) -> int:
    """Return the first offset from *at* on to begin at; a blank is best; *latest* is good in any case."""
    at = max(at, 0)
    if at == 0 or (text[at - 1].isspace() and may_cut(text, at)):
        return at
    for blanks in _BLANKS.finditer(text, at, min(latest, at + _NEAR_CHARS)):
        if may_cut(text, blanks.end()):
            return blanks.end()
    return next((offset for offset in range(at, latest) if may_cut(text, offset)), latest)


def _cut_to(text: str, at: int, earliest: int) -> int:
    """Return the last offset up to *at* to end at, after *earliest*; a blank is best.

    Where one word takes up all of it, its end; what is longer than any word
    (`MAX_FORM_CHARS`) is cut all the same.
    """
    at = max(at, earliest)
    for offset in range(at, max(earliest, at - _NEAR_CHARS), -1):
        if text[offset : offset + 1].isspace() and may_cut(text, offset):
            return offset
    for offset in range(at, earliest, -1):
        if may_cut(text, offset):
            return offset
    for offset in range(at, min(earliest + MAX_FORM_CHARS, len(text)) + 1):
        if may_cut(text, offset):
            return offset
    for offset in range(at, max(earliest, at - MAX_FORM_CHARS), -1):
        if not _joins(text[offset]):
            return offset
    return at
