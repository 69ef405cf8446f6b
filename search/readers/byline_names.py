"""One piece of a byline: the name of a person in it, without role, title, paper and by-words; or none."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from search.readers import byline_words as known
from search.readers.agency import agency_in_any_case, agency_named
from search.readers.byline_patterns import patterns
from search.readers.name_case import mended
from search.text.names import PARTICLES

MAX_NAME_CHARS = 80
MAX_NAME_WORDS = 6
#: A lone word in capitals that is no longer may be initials, and stays as it is.
_INITIALS_CHARS = 4
#: Stands for a blank inside quotation marks.
_QUOTED_BLANK = "\ue001"
ALL_PARTICLES = known.PARTICLES | PARTICLES


@lru_cache(maxsize=1024)  # they repeat
def folded_publisher(publisher: str) -> str:
    return " ".join(publisher.casefold().split()).removeprefix("the ")


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


def name_in(piece: str, publisher: str, *, is_paper: bool, alone: bool) -> tuple[str, str, str]:
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
        or is_paper_of(piece, publisher)
        or (is_unspaced(piece) and piece.endswith(known.UNSPACED_DESKS))
    ):
        return nobody
    quoted = patterns()["quoted"].sub(lambda m: m[0].replace(" ", _QUOTED_BLANK), piece)
    said = _without_titles(quoted.split())
    capitals = _capitals_before_paper(said) or len(said)
    paper = _leading_agency(said[capitals:])
    said = said[:capitals]
    while said and said[-1] in known.LEFT_OVER:
        said = said[:-1]
    if not said or said[-1].casefold().strip(".") in known.DESKS:
        return nobody
    words, role, agency = _without_role(said)
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
    words, outlet = _without_outlet(words, publisher)
    agency = outlet or agency or paper
    words = mended(words) if len(words) > 1 or len(words[0]) > _INITIALS_CHARS else words
    name = " ".join(words) if _ends_with_initial(words) else " ".join(words).rstrip(".")
    name = name.replace(_QUOTED_BLANK, " ")
    if not words or len(words) > MAX_NAME_WORDS or len(name) > MAX_NAME_CHARS:
        return "", agency, ""
    if len(words) == 1 and not (alone or is_unspaced(name)):
        return "", agency, ""
    folded = [word.casefold().strip(".") for word in words]
    is_place = (
        name.casefold() in known.PLACES
        or (len(words) == 1 and name.isupper() and name.casefold() in known.INITIALS)
        or name.casefold() in known.SECTIONS
    )
    is_place = is_place or (len(words) == 1 and folded[0] in known.CITIES)
    if len(words) == 2 and folded[0] in known.ONLY_ARTICLES:
        return "", agency, ""  # "La Razón"
    if is_place or folded[0] == "the" or agency_in_any_case(name) or is_paper_of(name, publisher):
        return "", agency, ""
    if any(word in known.ORGANISATION_WORDS for word in folded[1:]) or folded[
        0
    ] in known.ORGANISATION_WORDS - {"herald"}:
        return "", agency, ""
    if folded[0] in known.NO_FIRST_NAMES:
        return "", agency, ""
    if folded[0] in known.ARTICLES and folded[-1] in known.MAYBE_PAPERS | known.ORGANISATION_WORDS:
        return "", agency, ""
    if is_paper and quoted[:3].isupper() and quoted.split()[0].casefold() in known.INITIALS:
        return "", agency, ""  # "MDR SACHSEN-ANHALT" after a name
    if is_paper and len(words) > 1 and folded[-1] in known.MAYBE_PAPERS:
        return "", agency, ""
    return (name, agency, role) if _looks_like_name(words) else ("", agency, "")


def _is_maybe_paper(words: list[str]) -> bool:
    return words[-1].casefold() in known.MAYBE_PAPERS


def is_paper_of(name: str, publisher: str) -> bool:
    return bool(publisher) and folded_publisher(name) == publisher


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


def _without_role(words: list[str]) -> tuple[list[str], str, str]:
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
    while first > 0 and _qualifies(words[first - 1]):
        first -= 1
    agency = next(filter(None, map(agency_in_any_case, words[first : roles[0]])), "")
    if first == 1 and roles[0] > 1:
        first = 2  # "Jane West Political Editor": a name has two words
    if first > 0 and not (whole := agency_in_any_case(" ".join(words[:first]))):
        return words[:first], role, agency
    return words[roles[-1] + 1 :], role, agency or (whole if first > 0 else "")


def _qualifies(word: str) -> bool:
    folded = word.casefold().strip(",")
    return (
        folded in known.ROLE_QUALIFIERS
        or folded.strip(".") in known.INITIALS
        or folded.strip(".") in known.ROLE_QUALIFIERS
        or ("-" in folded and folded.rpartition("-")[2] in known.ROLE_QUALIFIERS)
    )


def _without_outlet(words: list[str], publisher: str) -> tuple[list[str], str]:
    """Return *words* without the agency, paper or city that stands after a name; and the agency."""
    if trailing := _trailing_agency(words):
        return trailing
    if publisher:
        for at in range(2, len(words)):
            if folded_publisher(" ".join(words[at:])) == publisher:
                return words[:at], ""
    folded = [word.casefold() for word in words]
    initials = known.CLEAR_INITIALS if all(map(str.isupper, words)) else known.INITIALS
    if len(words) > 2 and words[-1].isupper() and folded[-1] in initials:
        return words[:-1], ""
    if len(words) > 2 and folded[-1] in known.CITIES and _is_capitals_after(words):
        return words[:-1], ""
    if len(words) > 3 and " ".join(folded[-2:]) in known.PLACES:
        return words[:-2], ""
    if len(words) > 3 and words[-2].isupper() and folded[-2] in initials:
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
        if is_single and words[at].casefold() == "bloomberg":
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
