"""The one definition of a word: tokens with character offsets, folding. Stems are in `search.text.stems`.

Index, query and snippet take their tokens from here, so what is found is what is marked. The rules
are in docs/words.md and, case by case, in tests/text/test_words.py.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate
from typing import Final

from search.text.ranges import (
    HEBREW,
    INVISIBLE,
    JAMO,
    MARKS,
    POINTS,
    SIMPLE,
    UNSPACED,
)
from search.text.signs import (
    APOSTROPHE_LETTERS,
    APOSTROPHES,
    ARABIC,
    ELIDED,
    GERSHAYIM,
    HAMZA,
    KEPT_APOSTROPHES,
    NAMES_WITH_D,
    VOWELS,
)

#: The number of these rules, one more whenever any text has other forms or stems than before: what was indexed by older
#: ones is said to be, as words may be missed in it.
WORD_RULES = 2

#: A longer form is cut here: no language has such a word, base64 has.
MAX_FORM_CHARS = 100

#: Raw slices whose form is remembered before starting over, and the longest of them; bounds the
#: memory of a long run. A year of one agency's news has some 100,000.
_REMEMBERED = 200_000
_REMEMBERED_CHARS = 40

#: Letters that Unicode does not decompose into a plain letter and a mark.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
) | ARABIC  # fmt: skip
_SIGNS = str.maketrans(
    dict.fromkeys(APOSTROPHES + APOSTROPHE_LETTERS, "'") | dict.fromkeys('"“”„״')
)
_DROPPED = f"[\u0300-\u036f{POINTS}{INVISIBLE}]"
#: What compatibility decomposition can bring into a word and no word holds: "½" is "1⁄2", "⑴" "(1)".
_BROUGHT = rf"[^\w{UNSPACED}{MARKS}'&.,]+"
#: What stands for it while a word is folded: "_" in the end, and nothing at an edge.
_GAP = "\0"
_UNSPACED_RUN = f"[{UNSPACED}]"
#: A letter of a script without spaces; a syllable of Hangul may be written as two or three.
_LETTER = r"[\u1100-\u115f]?[\u1160-\u11a7]?[\u11a8-\u11ff]|[\u1100-\u115f]?[\u1160-\u11a7]|."
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DOTTED_LETTERS = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_NOT_SIMPLE = f"[^{SIMPLE}]"
_APOSTROPHE = f"[{APOSTROPHES}]"
_S = frozenset(sign + s for sign in APOSTROPHES + APOSTROPHE_LETTERS for s in "sS")
_POSSESSIVE = re.compile(f"[{APOSTROPHES}{APOSTROPHE_LETTERS}][sS]")


class Tokens:
    """The words of one text: parallel lists; a token's position is its index in them.

    ``forms`` are folded and unstemmed; ``text[start:end]`` folds to the form (see `fold`).
    """

    __slots__ = ("ends", "forms", "starts")

    def __init__(self, forms: list[str], starts: list[int], ends: list[int]) -> None:
        self.forms: Final = forms
        self.starts: Final = starts
        self.ends: Final = ends

    def __len__(self) -> int:
        return len(self.forms)


#: A joiner that has lost what made it one: "½.a" has two letters around the full stop, "1_2.a" not.
_MISPLACED = r"(?<![^\W\d_])['&]|['&](?![^\W\d_])|(?<!\d)[.,]|[.,](?!\d)"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that only text beyond ASCII needs.

    These have large classes of characters, and take as long as a twentieth of a cold query.
    """
    return re.compile(pattern)


def fold(word: str) -> str:
    """Return the form of a word that search compares: no case, accents, apostrophes, possessive 's or dots.

    "Trump’s" is "trump", "O'Neil" "oneil", "Zürich" "zurich", "U.S." and "U.S" are "us", "3,000" is "3000",
    full-width letters are plain ones. At most `MAX_FORM_CHARS` characters. ``fold(fold(w)) == fold(w)``.
    """
    is_ascii = word.isascii()
    word = word.lower().replace("`", "'") if is_ascii else _without_accents(word)
    at_no_edge = "'" if is_ascii else "'" + _GAP
    word = word[:MAX_FORM_CHARS].strip(at_no_edge)
    while word.endswith("'s") and len(word) > 2:
        word = word[:-2].rstrip(at_no_edge)
    if "'" in word and word not in KEPT_APOSTROPHES:
        word = word.replace("'", "")
    if "." in word:
        bare = word.removesuffix(".")
        if _DOTTED_LETTERS.fullmatch(bare):
            word = bare.replace(".", "")
    if "," in word and _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    return word if is_ascii else _compiled(_MISPLACED).sub("_", word.replace(_GAP, "_"))


def _without_accents(word: str) -> str:
    # Case folding can bring new decomposable characters and the reverse: hence twice.
    word = word.translate(_SIGNS)
    word = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    word = _compiled(_DROPPED).sub("", word).translate(_SIGNS).translate(_PLAIN)
    word = _compiled(HAMZA).sub("", word)
    word = _compiled(_BROUGHT).sub(_GAP, word)
    return unicodedata.normalize("NFC", word)


#: Something elided before a word, and where that begins.
_ELIDED = (
    rf"(?i:{ELIDED[0]}(?!{_APOSTROPHE}(?:{'|'.join(NAMES_WITH_D)})(?!\w))|{'|'.join(ELIDED[1:])})"
    rf"(?={_APOSTROPHE}[{VOWELS}{VOWELS.upper()}])"
)
_ARTICLE = rf"(?i:{'|'.join(ELIDED[1:])}){_APOSTROPHE}(?=[{VOWELS}{VOWELS.upper()}])"


def without_article(word: str) -> str:
    """Return a word that is asked for without an elided article before it: avion for l'avion.

    A d' stays, which is a part of many names.
    """
    if word.isalnum():
        return word
    match = _compiled(_ARTICLE).match(word)
    return word[match.end() :] if match else word


@cache
def _pattern(is_simple: bool) -> re.Pattern[str]:
    """Compile the pattern of a word, as one group for ``split``.

    The simple pattern gives the same tokens on texts of `SIMPLE` characters, and is twice as fast.
    """
    letter, apostrophe = r"[^\W\d_]", _APOSTROPHE
    if is_simple:
        letter_before, run, unspaced, hebrew = f"(?<={letter})", r"\w++", "", ""
    else:
        letter_before = f"(?:(?<={letter})|(?<=[{MARKS}]))"
        run = rf"[^\W{UNSPACED}]++(?:[{MARKS}{INVISIBLE}]++[^\W{UNSPACED}]*+)*+"
        unspaced = f"|[{UNSPACED}]+"
        hebrew = f"|(?<=[{HEBREW}{MARKS}])(?:{GERSHAYIM})(?=[{HEBREW}])"
    # The looks ahead only save time: most words are followed by a space.
    joiner = (
        rf"(?=[{APOSTROPHES}&＆.,\"“”„״])(?:{letter_before}(?:{apostrophe}|[&＆])(?={letter})"  # O'Neil, AT&T
        rf"|(?<=\d)[.,](?=\d){hebrew})"  # 3,000 and 3.5
    )
    plus = r"[A-Za-z](?:\+\+|\#)"  # C++, C#
    # A letter of a script without spaces is a word of its own, not one of several with dots.
    initial = letter if is_simple else rf"[^\W\d_{UNSPACED}]"
    dotted = rf"(?=\w\.){initial}(?:\.{initial})+(?!\w)\.?"  # U.S.
    # The s of "U.S.'s" and "1990's" is no word of its own; elsewhere ("Trump's") the joiner has it.
    possessive = rf"(?:{apostrophe}[sS](?!\w))?"
    return re.compile(
        rf"((?<!\w)(?:{_ELIDED}|{plus}{possessive})|(?:{dotted}|{run}(?:{joiner}{run})*+){possessive}{unspaced})"
    )


class _Forms(dict[str, str]):
    """The folded form of each raw slice, remembered: most words of a text have been there before.

    Threads share it. Each step on it is atomic, and what another thread clears is folded again.
    """

    def __init__(self, most: int = _REMEMBERED) -> None:
        super().__init__()
        self._most = most

    def __missing__(self, word: str) -> str:
        form = fold(word)
        if len(word) <= _REMEMBERED_CHARS:
            if len(self) >= self._most:
                self.clear()
            self[word] = form
        return form


_form_of = _Forms()


def tokens(text: str) -> Tokens:
    """Return the words of *text* in order, with character offsets.

    A run of a script without spaces (Han, kana, Thai, ...) gives its overlapping pairs of
    characters, a run of one character itself.
    """
    is_simple = text.isascii() or _compiled(_NOT_SIMPLE).search(text) is None
    # What is between the words and the words, in turn: with one group, split gives all of the text.
    # A loop over match objects takes three times as long.
    parts = _pattern(is_simple).split(text)
    words = parts[1::2]
    edges = list(accumulate(map(len, parts)))
    # The part after the last word ends with the text and starts no word.
    starts, ends = edges[:-1:2], edges[1::2]
    forms = list(map(_form_of.__getitem__, words))
    if _POSSESSIVE.search(text):
        ends = [
            end - 2 if word[-2:] in _S and _has_owner(word, form) else end
            for word, form, end in zip(words, forms, ends, strict=True)
        ]
    if not is_simple:
        return _with_pairs(text, Tokens(forms, starts, ends))
    return Tokens(forms, starts, ends)


def forms_of(text: str) -> list[str]:
    """Return the forms of `tokens`, in half the time where nobody asks for offsets."""
    if not text.isascii() and _compiled(_NOT_SIMPLE).search(text) is not None:
        return tokens(text).forms
    return list(map(_form_of.__getitem__, _pattern(True).split(text)[1::2]))


def _has_owner(word: str, form: str) -> bool:
    """Whether anything is left of *word*, which ends with 's, without that: of "ʼ's" nothing is."""
    return len(word) > 2 and (form != "s" or bool(_form_of[word[:-2]]))


def _with_pairs(text: str, found: Tokens) -> Tokens:
    """Return *found* with its runs of unspaced scripts as pairs, and without words that are none."""
    pairs = Tokens([], [], [])
    for form, start, end in zip(found.forms, found.starts, found.ends, strict=True):
        if not _compiled(_UNSPACED_RUN).match(text, start):
            if form:  # not just marks and invisible characters
                pairs.forms.append(form)
                pairs.starts.append(start)
                pairs.ends.append(end)
            continue
        letters = range(start, end + 1)
        if _compiled(f"[{JAMO}]").search(text, start, end):
            starts = [match.start() for match in _compiled(_LETTER).finditer(text, start, end)]
            letters = [*starts, end]  # type: ignore[assignment]
        width = min(2, len(letters) - 1)
        for first, last in zip(letters, letters[width:], strict=False):
            pairs.forms.append(_form_of[text[first:last]])
            pairs.starts.append(first)
            pairs.ends.append(last)
    return pairs


def is_unspaced(form: str) -> bool:
    """Whether *form* is written in a script without spaces, so that its words are pairs."""
    return not form.isascii() and _compiled(_UNSPACED_RUN).match(form) is not None


def wildcard_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a folded wildcard (``*`` any run, ``?`` one character) to match whole forms."""
    first, *others = (
        "".join("." if character == "?" else re.escape(character) for character in part)
        for part in pattern.split("*")
    )
    if not others:
        return re.compile(first, re.DOTALL)
    # Where a part between two stars first fits is good; to try again further on would be in vain,
    # and with many stars take for ever. Hence the atomic groups.
    middle = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def within_edits(a: str, b: str, edits: int) -> bool:
    """Whether *b* is at most *edits* edits from *a* (optimal string alignment distance).

    An edit inserts, deletes or replaces a character or swaps two neighbours, each at most once a
    place (Boytsov, "Indexing methods for approximate dictionary searching", 2011).
    """
    if abs(len(a) - len(b)) > edits:
        return False
    too_many = edits + 1
    width = len(b) + 1
    before = [too_many] * width
    row = [j if j <= edits else too_many for j in range(width)]
    for i, left in enumerate(a, 1):
        earlier, before = before, row
        row = [too_many] * width
        # Further from the diagonal, more letters are missing on one side than edits allow.
        for j in range(max(0, i - edits), min(len(b), i + edits) + 1):
            if j == 0:
                row[0] = i
                continue
            right = b[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row) > edits and min(before) > edits:
            return False
    return row[-1] <= edits
