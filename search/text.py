"""The one definition of a word: tokens with character offsets, folding, stemming.

Index, query and snippet take their tokens from here, so what is found is what is marked. The rules
are in docs/words.md and, case by case, in tests/test_text.py.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from search.text_ranges import INVISIBLE, MARKS, UNSPACED

#: A longer form is cut here: no language has such a word, base64 has.
MAX_FORM_CHARS = 100

#: Raw slices whose form is remembered before starting over; bounds the memory of a long run.
_REMEMBERED = 500_000

#: Latin letters that Unicode does not decompose into a plain letter and a mark.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)  # fmt: skip
_DROPPED = re.compile(f"[\u0300-\u036f{INVISIBLE}]")
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DOTTED_LETTERS = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of one text: parallel lists; a token's position is its place in them.

    ``forms`` are folded and unstemmed; ``text[start:end]`` folds to the form (see `fold`).
    """

    forms: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.forms)


def fold(word: str) -> str:
    """Return the form of a word that search compares: no case, accents, possessive 's or dots.

    "Trump’s" is "trump", "Zürich" "zurich", "U.S." and "U.S" are "us", "3,000" is "3000", full-width
    letters are plain ones. At most `MAX_FORM_CHARS` characters. ``fold(fold(w)) == fold(w)``.
    """
    if not word.isascii():
        word = word.replace("’", "'").replace("＇", "'").replace("＆", "&")
        # Case folding can bring new decomposable characters and the reverse: hence twice.
        word = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
        word = unicodedata.normalize("NFC", _DROPPED.sub("", word).translate(_PLAIN))
    else:
        word = word.lower()
    if word.endswith("'s") and len(word) > 2:
        word = word[:-2]
    if "." in word:
        bare = word[:-1] if word.endswith(".") else word
        if _DOTTED_LETTERS.fullmatch(bare):
            word = bare.replace(".", "")
    if "," in word and _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    return word[:MAX_FORM_CHARS]


class _Stemmers(threading.local):
    """One Snowball stemmer a thread: PyStemmer's are not safe to share."""

    def __init__(self) -> None:
        import Stemmer

        self.english = Stemmer.Stemmer("english", 0)


@cache
def _stemmers() -> _Stemmers:
    return _Stemmers()


@lru_cache(maxsize=100_000)
def stem(form: str) -> str:
    """Return the Snowball English stem of a folded form (https://snowballstem.org, "Porter 2").

    Forms that are not plain English words (digits, other alphabets) are their own stem.
    """
    if not form.isascii() or not form.isalpha():
        return form
    result: str = _stemmers().english.stemWord(form)
    return result


@cache
def _pattern(ascii_only: bool) -> re.Pattern[str]:
    """Compile the pattern of a word; group "token" is what counts, the rest is only passed over.

    The plain-ASCII pattern gives the same tokens on ASCII text, and is a third faster.
    """
    if ascii_only:
        letter, run, unspaced = "[A-Za-z]", r"\w+", r"(?!)"
        letter_before = f"(?<={letter})"
        apostrophe = "'"
    else:
        letter = r"[^\W\d_]"
        run = rf"[^\W{UNSPACED}]+(?:[{MARKS}{INVISIBLE}]+[^\W{UNSPACED}]*)*"
        unspaced = f"[{UNSPACED}]+"
        letter_before = f"(?:(?<={letter})|(?<=[{MARKS}]))"
        apostrophe = "['’＇]"
    joiner = (
        rf"(?:{letter_before}(?:{apostrophe}|[&＆])(?={letter})"  # O'Neil, AT&T
        rf"|(?<=\d)[.,](?=\d))"  # 3,000 and 3.5
    )
    dotted = rf"{letter}(?:\.{letter})+(?![\w])"  # U.S
    token = rf"(?P<token>{dotted}|{run}(?:{joiner}{run})*)"
    # The s of "U.S.'s" and "1990's" is no word of its own.
    possessive = rf"(?:\.?{apostrophe}[sS](?!\w))?"
    flags = re.ASCII if ascii_only else re.UNICODE
    return re.compile(rf"(?P<unspaced>{unspaced})|{token}{possessive}", flags)


_form_of: dict[str, str] = {}


def tokens(text: str) -> Tokens:
    """Return the words of *text* in order, with character offsets.

    A run of a script without spaces (Han, kana, Thai, ...) gives its overlapping pairs of
    characters, a run of one character itself.
    """
    forms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    if len(_form_of) > _REMEMBERED:
        _form_of.clear()
    known = _form_of.get
    for match in _pattern(text.isascii()).finditer(text):
        start, end = match.span("token")
        if start < 0:
            _add_pairs(text, *match.span(), forms, starts, ends)
            continue
        word = text[start:end]
        form = known(word)
        if form is None:
            form = _form_of[word] = fold(word)
        if not form:
            continue  # nothing but marks and invisible characters
        forms.append(form)
        starts.append(start)
        ends.append(_without_possessive(word, end))
    return Tokens(forms, starts, ends)


def _without_possessive(word: str, end: int) -> int:
    """Return where *word*, ending at *end*, ends without its possessive 's."""
    if len(word) > 2 and word[-1] in "sS" and word[-2] in "'’＇":
        return end - 2
    return end


def _add_pairs(
    text: str, start: int, end: int, forms: list[str], starts: list[int], ends: list[int]
) -> None:
    width = min(2, end - start)
    for at in range(start, end - width + 1):
        forms.append(fold(text[at : at + width]))
        starts.append(at)
        ends.append(at + width)


def is_unspaced(form: str) -> bool:
    """Whether *form* is written in a script without spaces, so that its words are pairs."""
    return _UNSPACED_RUN.match(form) is not None


def wildcard_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a folded wildcard (``*`` any run, ``?`` one character) to match whole forms."""
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(p, re.escape(p)) for p in parts), re.DOTALL)


def within_edits(a: str, b: str, edits: int) -> bool:
    """Whether *b* is at most *edits* edits from *a* (optimal string alignment distance).

    An edit inserts, deletes or replaces a character or swaps two neighbours, each at most once a
    place (Boytsov, "Indexing methods for approximate dictionary searching", 2011).
    """
    if abs(len(a) - len(b)) > edits:
        return False
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        earlier, before = before, row
        row = [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > edits and min(before) > edits:
            return False
    return row[-1] <= edits
