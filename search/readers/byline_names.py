"""One piece of a byline: the name of a person in it, without role, title, paper and by-words; or none."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from search.readers import byline_words as known
from search.readers.agency import FAMILY_NAMES, PICTURE_AGENCIES, agency_in_any_case, agency_named
from search.readers.byline_patterns import patterns
from search.readers.name_case import can_be_spoken, mended
from search.text.names import PARTICLES

MAX_NAME_CHARS = 80
MAX_NAME_WORDS = 6
_MAX_PUBLISHER_CHARS = 200
#: A lone word in capitals that is no longer is initials, and no name.
_INITIALS_CHARS = 4
#: After a name that is not in capitals, capitals that are no longer are an outlet's initials, not a family name.
_OUTLET_CHARS = 4
_CAPITALS = re.compile(r"[^\W\d_]{2,6}\d{0,2}")
#: A lone word such as GlobeNewswire is a brand, but for the names that are written so: McDonald, DiCaprio.
_BRAND = re.compile(
    r"(?!(?:Ma?c|D[aei]|L[aeo]|Van|Von|Fitz|Jo|Ann|Mary)[A-Z])[A-Z]?[a-z]++[A-Z][A-Za-z]*+"
)
#: Stands for a blank inside quotation marks.
_QUOTED_BLANK = "\ue001"
ALL_PARTICLES = known.PARTICLES | PARTICLES


class Paper(NamedTuple):
    """What a byline's own paper goes by: its name as `folded_publisher` makes it, its words, and what short capitals can mean it."""

    name: str = ""
    words: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()

    def is_named(self, text: str) -> bool:
        """Whether *text* is the name of the paper."""
        return bool(self.name) and folded_publisher(text) == self.name


@lru_cache(maxsize=1024)  # they repeat
def folded_publisher(publisher: str) -> str:
    """Return the name of a paper as such names are compared: without case and "The", "Le", "Der"."""
    first, _, rest = " ".join(publisher.casefold().split()).partition(" ")
    return rest if rest and first in known.ARTICLES else f"{first} {rest}".rstrip()


@lru_cache(maxsize=1024)
def paper_of(publisher: str, host: str = "") -> Paper:
    """Return what a paper goes by that is called *publisher*, and of which pages have the *host*."""
    printed = re.findall(r"[^\W_]+", publisher[:_MAX_PUBLISHER_CHARS])
    words = [word.casefold() for word in printed]
    meant = [word for word in words if word not in known.ARTICLES and word not in known.LEFT_OVER]
    initials = {"".join([word[0] for word in each]) for each in (words, meant)}
    if len(printed) == 1 or not publisher.isupper():
        initials.update(word.casefold() for word in printed if word.isupper())
    initials.update(re.split(r"[.-]", host.casefold().removeprefix("www."))[:-1])
    return Paper(
        folded_publisher(publisher),
        frozenset(words),
        frozenset(each for each in initials if len(each) > 1),
    )


def without_lead(piece: str) -> str:
    """Return *piece* without by-words and labels before the name."""
    for taken in range(3):
        bare = (
            patterns()["lead"].sub("", piece, count=1) if patterns()["lead"].match(piece) else piece
        )
        if patterns()["von"].fullmatch(piece) and (taken or not agency_in_any_case(bare)):
            break  # "By Von Miller": one word is no name
        if (match := patterns()["lead or name"].match(bare)) and not match[0].startswith("Text "):
            bare = bare[match.end() :]
        if bare == piece:
            break
        piece = bare
    return piece


def name_in(piece: str, paper: Paper, *, is_paper: bool, alone: bool) -> tuple[str, str, str]:
    """Return the person's name in *piece*, the agency after it, and the role said with it; each "" if there is none.

    A lone word counts only if *alone*. With *is_paper*, words such as "Post" and "Star" make a paper of it.
    """
    nobody = ("", "", "")
    piece = without_lead(piece).strip(' \t:,*–—-~_#"“”→»«<>[]=')
    if any(char >= "\uac00" or "\u3040" <= char <= "\u9fff" for char in piece):
        piece = patterns()["han role"].sub("", patterns()["han role"].sub("", piece))
        piece = patterns()["han lead"].sub("", patterns()["han lead"].sub("", piece))
    label, colon, after = piece.partition(":")
    if colon and " " not in label.strip() and after.strip():
        piece = after.strip()  # "Sport: Jane Doe"
    if site := patterns()["site"].search(piece):
        piece = piece[: site.start()]
    if (
        piece.casefold() in known.SECTIONS
        or paper.is_named(piece)
        or piece.casefold() in PICTURE_AGENCIES
        or (is_unspaced(piece) and piece.endswith(known.UNSPACED_DESKS))
    ):
        return nobody
    quoted = patterns()["quoted"].sub(lambda m: m[0].replace(" ", _QUOTED_BLANK), piece)
    said = _without_titles(quoted.split())
    capitals = _capitals_before_paper(said) or len(said)
    leading = _leading_agency(said[capitals:])
    said = said[:capitals]
    while said and said[-1] in known.LEFT_OVER:
        said = said[:-1]
    if not said or said[-1].casefold().strip(".") in known.DESKS:
        return nobody
    words, role, agency = _without_role(said, paper)
    if not words or words[-1].casefold().strip(".") in known.DESKS:
        return nobody
    if len(words) == 1 and len(said) > 1 and not is_unspaced(words[0]):
        return "", agency, ""  # "Guy Reporter"
    if (
        len(words) + 1 == len(said) > 2
        and role == ""
        and words == said[:-1]
        and _is_maybe_paper(words)
    ):
        return "", agency, ""  # "Coast Post Reporter"
    words, outlet = _without_outlet(words, paper)
    agency = outlet or agency or leading
    if len(words) == 1 and _is_brand(words[0], paper):
        return "", agency, ""
    words = mended(words)
    name = " ".join(words) if _ends_with_initial(words) else " ".join(words).rstrip(".")
    name = name.replace(_QUOTED_BLANK, " ")
    if not words or len(words) > MAX_NAME_WORDS or len(name) > MAX_NAME_CHARS:
        return "", agency, ""
    if len(words) == 1 and not (alone or is_unspaced(name)):
        return "", agency, ""
    folded = [word.casefold().strip(".") for word in words]
    is_place = name.casefold() in known.PLACES or name.casefold() in known.SECTIONS
    is_place = is_place or (len(words) == 1 and folded[0] in known.CITIES)
    if len(words) == 2 and _is_with_article(*folded):
        return "", agency, ""  # "La Razón"
    if is_place or folded[0] == "the" or agency_in_any_case(name) or paper.is_named(name):
        return "", agency, ""
    if any(word in known.ORGANISATION_WORDS for word in folded[1:]) or folded[
        0
    ] in known.ORGANISATION_WORDS - {"herald"}:
        return "", agency, ""
    if folded[0] in known.NO_FIRST_NAMES:
        return "", agency, ""
    if folded[0] in known.ARTICLES and folded[-1] in known.MAYBE_PAPERS | known.ORGANISATION_WORDS:
        return "", agency, ""
    if is_paper and (is_initials(quoted.split()[0], paper) or paper.words.issuperset(folded)):
        return "", agency, ""  # "MDR SACHSEN-ANHALT" after a name
    if is_paper and len(words) > 1 and folded[-1] in known.MAYBE_PAPERS:
        return "", agency, ""
    return (name, agency, role) if _looks_like_name(words) else ("", agency, "")


def _is_maybe_paper(words: list[str]) -> bool:
    return words[-1].casefold() in known.MAYBE_PAPERS


def is_initials(word: str, paper: Paper) -> bool:
    """Whether *word* is in capitals and is initials: those of the paper, or such as no name looks like."""
    if not word.isupper() or not _CAPITALS.fullmatch(word):
        return False
    return word.casefold() in paper.initials or (len(word) > 2 and not can_be_spoken(word))


def _is_with_article(first: str, second: str) -> bool:
    """Whether two words, folded, are a noun with its article; in Vietnam Le is a family name, before a name of one syllable."""
    is_le = first == "le" and len(re.findall("[aeiouyàâéèêëîïôûù]+", second)) > 1
    return is_le or first in known.ONLY_ARTICLES


def begins_with_outlet(piece: str, before: list[str]) -> bool:
    """Whether *piece*, after those *before* it, is such as "ABC Nairobi": short capitals, where no name is in capitals."""
    first, _, rest = piece.partition(" ")
    others = [word for word in " ".join(before).split() if len(word.strip(".")) > 2]
    return (
        bool(others and rest and _CAPITALS.fullmatch(first))
        and first.isupper()
        and 2 < len(first) <= _OUTLET_CHARS
        and not any(map(str.isupper, (rest, *others)))
    )


def _is_brand(name: str, paper: Paper) -> bool:
    """Whether *name*, of one word, is the paper's, initials or a brand, and no person's."""
    is_short = name.isupper() and name.isalpha() and len(name) <= _INITIALS_CHARS
    return is_short or is_initials(name, paper) or _BRAND.fullmatch(name) is not None


def _is_outlet(words: list[str], at: int, paper: Paper) -> bool:
    """Whether the capitals at *at* in *words* are the initials of an outlet: no degree, and no family name."""
    word = words[at]
    if not word.isupper() or not _CAPITALS.fullmatch(word) or patterns()["suffix"].fullmatch(word):
        return False
    others = [each for each in words[:at] if len(each.strip(".")) > 1]
    is_in_capitals = any(map(str.isupper, others))
    if is_initials(word, paper):
        return len(word) > 2 or not is_in_capitals  # "YO YO MA"
    is_after_name = len(others) > 1 and not is_in_capitals
    is_family_name = (
        word.casefold() in known.SHORT_FAMILY_NAMES
        or words[at - 1].casefold() in ALL_PARTICLES
        or all(each.casefold() in known.FIRST_NAMES for each in others)
    )
    return 2 < len(word) <= _OUTLET_CHARS and is_after_name and not is_family_name


def _ends_with_initial(words: list[str]) -> bool:
    return bool(words) and (
        len(words[-1]) == 2
        or "." in words[-1][:-1]
        or patterns()["suffix"].fullmatch(words[-1]) is not None
    )


def _without_titles(words: list[str]) -> list[str]:
    """Return *words* without "Dr." before and "MBE" after it, where a full name is left."""
    at = (
        1
        if len(words) > 3
        and words[0].casefold() == "the"
        and words[1].casefold().strip(".") in known.TITLES
        else 0
    )
    while len(words) - at > 2:
        folded = words[at].casefold().strip(".,")
        if folded not in known.TITLES and not (at and folded in known.AFTER_TITLES):
            break
        at += 1
    words = words[at:]
    degrees = known.CLEAR_DEGREES if all(map(str.isupper, words)) else known.DEGREES
    while len(words) > 2 and _is_degree(words[-1], degrees):
        words = words[:-1]
    return words


def _is_degree(word: str, degrees: frozenset[str]) -> bool:
    is_marked = word.isupper() or "." in word or word in ("PhD", "MSc", "DPhil")
    return is_marked and word.casefold().strip(".,") in degrees


def _without_role(words: list[str], paper: Paper) -> tuple[list[str], str, str]:
    """Return *words* without a role before or after the name, and without "in Kyiv", "for The Paper"; role and agency.

    The role is one of those who are no authors, else "".
    """
    for at, word in enumerate(words):
        if (at > 0 and word in known.CUT_BEFORE) or (
            at > 1 and word.casefold() in known.CUT_AFTER_NAME
        ):
            words = words[:at]
            break
    roles = [at for at, word in enumerate(words) if word.casefold().strip(".:") in known.ROLES]
    if not roles or (roles == [len(words) - 1] and words[-1].casefold() in known.DESKS):
        return words, "", ""
    made = {known.ROLE_OF_WORK.get(words[at].casefold().strip(".:"), "") for at in roles}
    role = made.pop() if len(made) == 1 else ""
    before = words[: roles[0]]
    if trailing := _trailing_agency(before):
        return trailing[0], role, trailing[1]
    first = roles[0]
    while first > 0 and _qualifies(words, first - 1, paper):
        first -= 1
    agency = next(filter(None, map(agency_in_any_case, words[first : roles[0]])), "")
    if first == 1 and roles[0] > 1:
        first = 2  # "Jane West Political Editor": a name has two words
    if first > 0 and not (whole := agency_in_any_case(" ".join(words[:first]))):
        return words[:first], role, agency
    return words[roles[-1] + 1 :], role, agency or (whole if first > 0 else "")


def _qualifies(words: list[str], at: int, paper: Paper) -> bool:
    word = words[at].strip(",.")
    folded = words[at].casefold().strip(",")
    return (
        folded in known.ROLE_QUALIFIERS
        or bool(agency_in_any_case(word))
        or _is_outlet([*words[:at], word], at, paper)
        or folded.strip(".") in known.ROLE_QUALIFIERS
        or ("-" in folded and folded.rpartition("-")[2] in known.ROLE_QUALIFIERS)
    )


def _without_outlet(words: list[str], paper: Paper) -> tuple[list[str], str]:
    """Return *words* without the agency, paper or city that stands after a name; and the agency."""
    if trailing := _trailing_agency(words):
        return trailing
    for at in range(2, len(words)):
        if paper.is_named(" ".join(words[at:])):
            return words[:at], ""
    folded = [word.casefold() for word in words]
    if len(words) > 2 and _is_outlet(words, len(words) - 1, paper):
        return words[:-1], ""
    if len(words) > 2 and folded[-1] in known.CITIES and _is_capitals_after(words):
        return words[:-1], ""
    if len(words) > 3 and " ".join(folded[-2:]) in known.PLACES:
        return words[:-2], ""
    if len(words) > 3 and _is_outlet(words, len(words) - 2, paper):
        return words[:-2], ""
    if len(words) > 3 and (
        folded[-1] in known.ORGANISATION_WORDS or folded[-1] in known.MAYBE_PAPERS
    ):
        return words[:2], ""
    return words[: _capitals_before_paper(words) or len(words)], ""


def _is_capitals_after(words: list[str]) -> bool:
    """Whether the last of *words* is in capitals, and the name before is not."""
    return words[-1].isupper() and not all(map(str.isupper, words))


def _capitals_before_paper(words: list[str]) -> int:
    """Return how many words a name in capitals has that stands before others: "JANE DOE Coast Post"; else 0."""
    capitals = next((at for at, word in enumerate(words) if not word.isupper()), len(words))
    rest = words[capitals:]
    if capitals < 2 or len(rest) < 2 or len(words[capitals - 1].strip(".")) < 2:
        return 0
    if not rest[0][0].isupper() or patterns()["suffix"].fullmatch(rest[0]):
        return 0
    return 0 if any(map(str.isupper, rest)) else capitals


def _leading_agency(words: list[str]) -> str:
    """Return the agency that *words* begin with, "" if none."""
    ends = range(len(words), 0, -1)
    return next(filter(None, (agency_in_any_case(" ".join(words[:end])) for end in ends)), "")


def _trailing_agency(words: list[str]) -> tuple[list[str], str] | None:
    """Return the words before an agency that ends a name of two words or more, and the agency."""
    for at in range(2, len(words)):
        is_single = at == len(words) - 1  # Apa, Tass and Bloomberg are family names too
        if is_single and words[at].casefold() in FAMILY_NAMES:
            break
        named = agency_named if is_single else agency_in_any_case
        if agency := named(" ".join(words[at:])):
            return words[:at], agency
    return None


def _looks_like_name(words: list[str]) -> bool:
    by_name = patterns()
    capitalised = 0
    for at, word in enumerate(words):
        if (
            at < len(words) - 1
            and len(words) > 2
            and by_name["quoted word"].fullmatch(word.replace(_QUOTED_BLANK, " "))
        ):
            continue
        if not (
            by_name["word"].fullmatch(word)
            or by_name["word"].fullmatch(_without_marks(word))
            or by_name["small prefix"].fullmatch(word)
        ):
            return False
        if word.casefold() in ALL_PARTICLES or by_name["small prefix"].fullmatch(word):
            continue
        if word[0].islower():
            return False
        capitalised += 1
    return capitalised > 0


def _without_marks(word: str) -> str:
    """Return *word* without the vowel signs of Indic scripts and the like, which are no letters."""
    if word.isascii():
        return word
    return "".join(
        [c for c in word if c not in "\u200c\u200d" and unicodedata.category(c)[0] != "M"]
    )


def is_unspaced(name: str) -> bool:
    """Whether *name* is in Han, kana or Hangul, which have no blanks between their words."""
    return patterns()["han"].fullmatch(name) is not None
