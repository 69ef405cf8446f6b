"""Which parts of a text to show for the hits in it: few, early, whole sentences where they fit."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from search.snippet_matches import Hit
from search.text import MAX_FORM_CHARS, is_unspaced

#: Fragments of one snippet, and the shortest worth reading, in characters.
MAX_FRAGMENTS = 3
MIN_FRAGMENT_CHARS = 60

#: Characters between two fragments (" … ") and at the two ends ("…") of a snippet.
_BETWEEN = 3
_AT_ENDS = 2

#: Hits of one clause that are weighed against each other.
_WEIGHED_HITS = 200
#: What every further hit in a fragment is worth, so that the fuller of two equals is shown, and at most.
_REPEATED, _MOST_REPEATED = 0.05, 0.25

#: How far from the wished place a cut between words is looked for before one inside a run without blanks.
_NEAR_CHARS = 40

_END_OF_SENTENCE = re.compile(
    r"""(?P<end>[.!?…]["'”’)\]]*+)\s++(?=["'“‘(\[]*[^\Wa-z_])"""
    r"|(?P<wide>[。！？][」』”]*+)\s*+"
    r"|(?P<blank>)\n\s*\n\s*+"
)
#: Before a full stop that ends no sentence: an initial, a title, a month.
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Cmdr|Maj|Adm|Rev|Hon|St|Jr|Sr|"
    r"vs|No|Inc|Ltd|Corp|Co|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\Z"
)
_BLANKS = re.compile(r"\s+")
_INSIDE_WORDS = frozenset("'’＇&＆.,")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a text, and whether it is cut off from the rest of its sentence on either side."""

    start: int
    end: int
    is_cut_before: bool
    is_cut_after: bool


def fragments(text: str, hits: Sequence[Hit], max_chars: int) -> list[Fragment]:
    """Return the parts of *text* to show, in order, at most `MAX_FRAGMENTS`.

    They answer as much of the query as any choice of windows does that starts with the best one; of
    equals the fewest and earliest. Shown with ellipses they have at most *max_chars* characters, a
    longer word aside; cuts are where `may_cut` allows. Without hits: the beginning.
    """
    cores = _cores(_weighed(hits), max_chars)
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


def _weighed(hits: Sequence[Hit]) -> list[Hit]:
    """Return *hits* with no more of one clause than are worth weighing."""
    seen: Counter[int] = Counter()
    chosen = []
    for hit in hits:
        seen[hit.clause] += 1
        if seen[hit.clause] <= _WEIGHED_HITS:
            chosen.append(hit)
    return chosen


# Which hits to show


def _cores(hits: list[Hit], max_chars: int) -> list[tuple[int, int]]:
    """Return the stretches that fragments are grown around, in order: from first to last hit of each."""
    all_there_is = sum({hit.clause: hit.weight for hit in hits}.values())
    best: list[tuple[int, int]] = []
    best_weight = 0.0
    for count in range(1, MAX_FRAGMENTS + 1):
        room = _room(max_chars, count)
        if count > 1 and room < MIN_FRAGMENT_CHARS:
            break
        weight = 0.0
        chosen = []
        missing = {hit.clause: hit.weight for hit in hits}
        for _ in range(count):
            core = _best_window(hits, missing, room)
            if core is None:
                break
            for hit in hits:
                if core[0] <= hit.start and hit.end <= core[1]:
                    weight += missing.pop(hit.clause, 0)
            chosen.append((core[0], min(core[1], core[0] + room)))
        if weight > best_weight:
            best, best_weight = chosen, weight
        if best_weight >= all_there_is:
            break
    return sorted(best)


def _best_window(hits: list[Hit], missing: dict[int, float], room: int) -> tuple[int, int] | None:
    """Return where the window of *room* characters starts and ends that answers most of *missing*."""
    best, best_weight = None, 0.0
    inside: Counter[int] = Counter()
    weight = 0.0
    left = 0
    for right, hit in enumerate(hits):
        inside[hit.clause] += 1
        if inside[hit.clause] == 1:
            weight += missing.get(hit.clause, 0)
        while left < right and hit.end - hits[left].start > room:
            clause = hits[left].clause
            inside[clause] -= 1
            if not inside[clause]:
                weight -= missing.get(clause, 0)
            left += 1
        repeated = min(_REPEATED * (right - left), _MOST_REPEATED)
        if weight and weight + repeated > best_weight + 1e-9:
            end = max(other.end for other in hits[left : right + 1])
            best, best_weight = (hits[left].start, end), weight + repeated
    return best


# How much around them


def _grown(text: str, start: int, end: int, room: int, first: int, last: int) -> Fragment:
    """Return the fragment of about *room* characters around a stretch: whole sentences if they fit.

    *first* and *last* are where the text starts and ends but for blanks.
    """
    end = _word_end(text, start, end, room)
    breaks = _sentence_breaks(text, end - room, start + room)
    begins = [begin for _, begin in breaks if begin <= start]
    if first >= end - room:
        begins.insert(0, first)
    is_cut_before = not begins
    spare = max(0, room - (end - start))
    begin = _cut_from(text, start - spare // 3, start) if is_cut_before else begins[-1]
    limit = begin + room
    finishes = [at for at, _ in breaks if end <= at <= limit]
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
        begin = min((at for at in begins if finish - at <= room), default=begin)
    return Fragment(begin, finish, is_cut_before, is_cut_after)


def _sentence_breaks(text: str, low: int, high: int) -> list[tuple[int, int]]:
    """Return where sentences end and the next ones begin, those that begin from *low* to about *high*."""
    low = max(low, 0)
    breaks = []
    for match in _END_OF_SENTENCE.finditer(text, max(0, low - 20), high + 20):
        at = match.start()
        if text[at] == "." and _ABBREVIATION.search(text, max(0, at - 8), at):
            continue
        if match.end() >= low and may_cut(text, match.end()):
            breaks.append((match.end(match.lastgroup or 0), match.end()))
    return breaks


# Where a text may be cut


def may_cut(text: str, at: int) -> bool:
    """Whether a cut before the character at *at* goes through no word and no character as people see it.

    That is: no letter and its accents, no joined emoji, no flag. Scripts without spaces may be cut
    between any two characters.
    """
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
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
    """Return *end* behind a possessive 's; where that is too far from *start*, a cut between them."""
    if (
        start < end
        and text[end : end + 1] in _INSIDE_WORDS
        and text[end + 1 : end + 2] in tuple("sS")
    ):
        end += 2
    return end if end - start <= room else _cut_to(text, start + room, start)


def _cut_from(text: str, at: int, latest: int) -> int:
    """Return the first place from *at* on to begin at; a blank is best; *latest* is good in any case."""
    at = max(at, 0)
    if at == 0 or (text[at - 1].isspace() and may_cut(text, at)):
        return at
    for blanks in _BLANKS.finditer(text, at, min(latest, at + _NEAR_CHARS)):
        if may_cut(text, blanks.end()):
            return blanks.end()
    return next((place for place in range(at, latest) if may_cut(text, place)), latest)


def _cut_to(text: str, at: int, earliest: int) -> int:
    """Return the last place up to *at* to end at, behind *earliest*; a blank is best.

    Where there is none because one word is all there is, its end; what is longer than any word
    (`MAX_FORM_CHARS`) is cut all the same.
    """
    at = max(at, earliest)
    for place in range(at, max(earliest, at - _NEAR_CHARS), -1):
        if text[place : place + 1].isspace() and may_cut(text, place):
            return place
    for place in range(at, earliest, -1):
        if may_cut(text, place):
            return place
    for place in range(at, min(earliest + MAX_FORM_CHARS, len(text)) + 1):
        if may_cut(text, place):
            return place
    for place in range(at, max(earliest, at - MAX_FORM_CHARS), -1):
        if not _joins(text[place]):
            return place
    return at
