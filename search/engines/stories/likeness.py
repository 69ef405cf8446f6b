"""How like two texts are: by their sketches, and by the words themselves.

What sketches say is only an estimate, so the words of the most likely pairs are compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search.engines.stories.documents import Pairs
from search.text.arrays import Bools, Ints, Numbers, distinct, starts_of
from search.text.batch import WordTable
from search.text.sketches import NO_NUMBER, NO_SHINGLE, shingles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shares = NDArray[np.float64]
else:
    Shares = np.ndarray

#: Of a text only this much is compared, from its start on.
_COMPARED_BYTES = 200_000
#: Pairs whose words are compared at once, and bytes of texts whose words are found at once.
_COMPARED_AT_ONCE = 512
_BYTES_AT_ONCE = 8_000_000


class Bounds(NamedTuple):
    """From where on two texts are copies: by the share of common shingles, of all and of those of the shorter text."""

    jaccard: float
    #: Where the names agree, and where they do not disagree.
    jaccard_of_same_names: float
    containment: float
    #: Of texts below `SHORT_SHINGLES`, and of articles without a date.
    strict_jaccard: float
    #: Of texts below `SHORT_SHINGLES`.
    strict_containment: float
    #: The share of the numbers of the text with fewer that the other has too.
    numbers: float


#: What sketches have to say, and what the words have to say then.
ESTIMATED = Bounds(
    jaccard=0.15,
    jaccard_of_same_names=0.15,
    containment=0.25,
    strict_jaccard=0.5,
    strict_containment=0.6,
    numbers=0.0,
)
EXACT = Bounds(
    jaccard=0.35,
    jaccard_of_same_names=0.28,
    containment=0.55,
    strict_jaccard=0.8,
    strict_containment=0.9,
    numbers=0.75,
)
SHORT_SHINGLES = 20
#: Fewer shingles are found in any text.
MIN_CONTAINED = 10
#: Where this share of the words are numbers, as in tables, this share of them has to agree.
MANY_NUMBERS = 0.25
MANY_NUMBERS_AGREE = 0.9
#: This share of the words with a capital, of the text with fewer of them, if it has a few, is in the other too: they are names, mostly.
NAMES_AGREE = 0.5
FEW_NAMES = 3
#: Texts are of the same names where this share of them does.
SAME_NAMES = 0.8
#: But where more of the words begin with one this says nothing.
MANY_CAPITALS = 0.6


class Likeness(NamedTuple):
    """Of pairs of texts: common shingles as a share of all, and of those of the shorter text; common numbers likewise."""

    jaccard: Shares
    containment: Shares
    numbers: Shares
    #: Likewise common names, 0.5 where the texts have few.
    names: Shares
    #: How many shingles the shorter text has.
    least: Numbers

    def are_copies(self, bounds: Bounds, is_undated: Bools) -> Bools:
        jaccard, contained = self.jaccard, self.containment
        is_short = self.least < SHORT_SHINGLES
        of_same_names = self.names >= SAME_NAMES
        least_jaccard = np.where(of_same_names, bounds.jaccard_of_same_names, bounds.jaccard)
        least_jaccard[is_short | is_undated] = bounds.strict_jaccard
        least_contained = np.where(is_short, bounds.strict_containment, bounds.containment)
        is_inside = (contained >= least_contained) & (self.least >= MIN_CONTAINED) & ~is_undated
        is_alike = (jaccard >= least_jaccard) | is_inside
        is_other = (self.numbers < bounds.numbers) | (self.names < NAMES_AGREE)
        found: Bools = is_alike & ~is_other
        return found


def estimated(pairs: Pairs, column: Callable[[str, Ints], Numbers]) -> Likeness:
    """Return what sketches say of the likeness of *pairs*; *column* gives that of documents by its name."""

    def both(name: str) -> tuple[Numbers, Numbers]:
        return column(f"sketch.{name}", pairs.copies), column(f"sketch.{name}", pairs.originals)

    jaccard, containment, least = _estimated_shares(
        *both("shingles"), *both("shingle_counts"), NO_SHINGLE
    )
    _, numbers, fewest = _estimated_shares(*both("numbers"), *both("number_counts"), NO_NUMBER)
    numbers[fewest == 0] = 1.0
    return Likeness(jaccard, containment, numbers, np.full(len(least), NAMES_AGREE), least)


def _estimated_shares(
    left: Numbers, right: Numbers, left_count: Numbers, right_count: Numbers, none: int
) -> tuple[Shares, Shares, Numbers]:
    """Return the estimated shares of common values, of all and of the smaller side, and how many that has.

    *left* and *right* are the least values of both sides, a row a pair, *none* after the last.
    """
    kept = left.shape[1]
    both = np.sort(np.concatenate([left, right], axis=1), axis=1)
    is_again = np.zeros(both.shape, bool)
    is_again[:, 1:] = both[:, 1:] == both[:, :-1]
    is_value = both != none
    rank = np.cumsum(~is_again & is_value, axis=1)
    among_least = is_value & (rank <= kept)
    shared = (is_again & among_least).sum(axis=1)
    least = (~is_again & among_least).sum(axis=1)
    jaccard = shared / np.maximum(least, 1)
    smaller = np.minimum(left_count, right_count)
    common = jaccard * (left_count + right_count) / (1 + jaccard)
    return jaccard, np.minimum(1.0, common / np.maximum(smaller, 1)), smaller


# The words themselves

#: Shingles are marked in a table of this number of places: one of a thousand is taken for another.
_PLACES = 1 << 20


def compared(pairs: Pairs, bodies: Callable[[Ints], list[bytes]]) -> Likeness:
    """Return the likeness of the texts of *pairs*, of which *bodies* gives those of documents.

    Names are compared where by `EXACT` something depends on them.
    """
    shares = np.zeros((4, len(pairs.copies)))
    least = np.zeros(len(pairs.copies), np.int64)
    table = WordTable()
    marks = np.zeros(_PLACES, bool)
    # Pairs of documents that lie near each other are compared together.
    for at in range(0, len(least), _COMPARED_AT_ONCE):
        some = slice(at, at + _COMPARED_AT_ONCE)
        chunk = pairs.where(some)
        which, numbers = np.unique(np.concatenate(chunk), return_inverse=True)
        # Most copies are the same to the letter.
        different: dict[bytes, int] = {}
        text_of = [different.setdefault(_start(body), len(different)) for body in bodies(which)]
        texts = _texts(list(different), table)
        for place, (left, right) in enumerate(numbers.reshape(2, -1).T.tolist()):
            found = _likeness(texts[text_of[left]], texts[text_of[right]], marks)
            shares[:, at + place] = found[:4]
            least[at + place] = found[4]
    return Likeness(shares[0], shares[1], shares[2], shares[3], least)


def _start(body: bytes) -> bytes:
    """Return what of *body* is compared."""
    if len(body) <= _COMPARED_BYTES:
        return body
    return body[:_COMPARED_BYTES].decode(errors="ignore").encode()


@dataclass(slots=True)
class _Text:
    """The different shingles and numbers of a text, by hash; the text itself, and how many words it has."""

    shingles: Ints
    numbers: frozenset[int]
    number_share: float
    body: bytes
    words: int
    found_names: frozenset[bytes] | None = None

    def names(self) -> frozenset[bytes]:
        """Return its words with a capital, which nearly no text is asked for twice and most are not asked for at all."""
        if self.found_names is None:
            self.found_names = _names(self.body, self.words)
        return self.found_names


def _texts(bodies: Sequence[bytes], table: WordTable) -> list[_Text]:
    found: list[_Text] = []
    first = size = 0
    for last, body in enumerate(bodies, 1):
        size += len(body)
        if size >= _BYTES_AT_ONCE or last == len(bodies):
            form, counts = table.numbers(bodies[first:last])
            words = table.hashes()[form]
            hashes, edges = shingles_of(words, counts)
            places = (hashes & np.uint64(_PLACES - 1)).astype(np.int64)
            starts = starts_of(counts)
            is_number = (words & np.uint64(1)).astype(bool)
            for number, (start, end) in enumerate(pairwise(starts.tolist())):
                own = words[start:end][is_number[start:end]]
                found.append(
                    _Text(
                        distinct(places[edges[number] : edges[number + 1]]),
                        frozenset(own.tolist()),
                        len(own) / max(1, end - start),
                        bodies[first + number],
                        end - start,
                    )
                )
            first, size = last, 0
    return found


#: What stands before a word is looked at last: capitals alone are found far faster.
_CAPITALISED = re.compile(rb"[A-Z](?<=\b[A-Z])[A-Za-z\x80-\xff]+")


def _names(body: bytes, words: int) -> frozenset[bytes]:
    """Return the different words of *body* with a capital; none where that is nothing special among *words* of them."""
    found = _CAPITALISED.findall(body)
    if len(found) > MANY_CAPITALS * words:
        return _NO_NAMES
    return frozenset([name.lower() for name in set(found)])


_NO_NAMES: frozenset[bytes] = frozenset()


def _likeness(left: _Text, right: _Text, marks: Bools) -> tuple[float, float, float, float, int]:
    if left is right:
        return 1.0, 1.0, 1.0, 1.0, len(left.shingles)
    marks[left.shingles] = True
    common = int(np.count_nonzero(marks[right.shingles]))
    marks[left.shingles] = False
    lefts, rights = len(left.shingles), len(right.shingles)
    least = min(lefts, rights)
    fewest = min(len(left.numbers), len(right.numbers))
    agree = len(left.numbers & right.numbers) / fewest if fewest else 1.0
    if min(left.number_share, right.number_share) >= MANY_NUMBERS and agree < MANY_NUMBERS_AGREE:
        agree = 0.0
    jaccard, contained = common / max(1, lefts + rights - common), common / max(1, least)
    names = NAMES_AGREE
    if jaccard >= EXACT.jaccard_of_same_names or contained >= EXACT.containment:
        lefts_names, rights_names = left.names(), right.names()
        fewest = min(len(lefts_names), len(rights_names))
        if fewest >= FEW_NAMES:
            names = len(lefts_names & rights_names) / fewest
    return jaccard, contained, agree, names, least
