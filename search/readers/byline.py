"""Take a byline apart into the names of persons. No author is better than a wrong one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from search.readers.agency import agency_in_any_case, agency_named
from search.readers.dates import parse_date
from search.text.names import PARTICLES

#: A longer text is not a byline.
MAX_BYLINE_CHARS = 1000

_MAX_NAME_CHARS = 80
_MAX_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class Byline:
    """What a byline says: persons in order, agency ("" if none), and the text of a date ("")."""

    authors: tuple[str, ...] = ()
    agency: str = ""
    date: str = ""


_NOTHING = Byline()


def _words(text: str, separator: str = " ") -> frozenset[str]:
    return frozenset(text.split(separator))


_LEAD = re.compile(
    r"^\W*(?:(?:(?:additional\s+)?(?:reporting|writing|words|text|story|analysis|written|posted|published"
    r"|review|interview|opinion|exclusive|report)\s+)?by|von|par|door|text)\b\s*:?\s+",
    re.IGNORECASE,
)
#: Credits of people who are not authors; they reach to the end of their segment.
_NOT_AUTHORS = re.compile(
    r"\b(?:edited|editing|photos?|photographs?|photography|pictures?|video|compiled|translated"
    r"|translation|illustrations?|graphics?|produced)\s+by\b.*",
    re.IGNORECASE,
)
_EMAIL_OR_URL = re.compile(
    r"<?\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+>?|\b(?:https?://|www\.)\S+|(?<!\w)@\w+"
)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SEGMENT = re.compile(r"\s*[;|•·\n\r\t]+\s*|\s+[-–—]\s+|(?<!\d)\s*/\s*")
_AND = re.compile(r"\s*&\s*|\s+(?:and|with|und|et|och|og|plus)\s+", re.IGNORECASE)
#: One letter is the local "and" only where full names stand on both sides: not "Ortega y Gasset".
_SHORT_AND = re.compile(r"(?<=\w\s)(\w+)\s+[ye]\s+(?=\w+\s+\w)")
_SUFFIX = re.compile(r"(?:Jr|Sr|JR|SR|II|III|IV|MD|M\.D|PhD|Ph\.D|Esq)\.?")
#: Names have no digits: a digit, the words that lead to it and the rest are a date or noise.
_DATE_TAIL = re.compile(
    r"(?:[\s,:]*\b(?:on|updated|published|posted|last|modified|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?)*[\s,:]*\b(?<![^\W\d_])\d.*",
    re.IGNORECASE,
)

_ROLES = _words(
    "editor editors correspondent correspondents reporter reporters writer writers columnist columnists"
    " journalist journalists producer photographer analyst contributor contributors bureau staff desk"
    " newsroom newsdesk team chief intern author authors commentator critic presenter agencies agency"
    " redaktion redakteur redakteurin korrespondent korrespondentin redacción rédaction redazione"
    " redactie editorial webdesk admin administrator"
)
_ROLE_QUALIFIERS = _words(
    "political foreign diplomatic defence defense security home health science business economics"
    " economic environment education sports sport technology tech senior deputy assistant associate"
    " contributing special chief national international world europe european white house crime court"
    " legal local royal social affairs media culture arts city night managing executive news guest"
    " investigations investigative global data digital our own from the a freelance former religion"
    " transport energy climate industry"
)
_ORGANISATION_WORDS = _words(
    "news newspaper newspapers magazine online media tv radio gmbh ltd inc llc corporation institute"
    " university foundation committee ministry department council agency agencies press-agency"
    " anonymous unknown n/a none null undefined"
)
_CUT_BEFORE = _words("in for at from via on of aus für para pour bei reports reporting")
_PARTICLES = _words("zum zur af av bint abu e dal dalla degli san ap") | PARTICLES
#: Places that look like a first and a last name.
_PLACES = _words(
    "new york|los angeles|san francisco|san diego|las vegas|washington dc|washington d.c|hong kong"
    "|new delhi|tel aviv|addis ababa|buenos aires|mexico city|são paulo|sao paulo|kuala lumpur"
    "|cape town|rio de janeiro|abu dhabi|saudi arabia|sri lanka|south africa|south korea|north korea"
    "|new zealand|united states|united kingdom|united nations|northern ireland|west bank|gaza city"
    "|kuwait city|st petersburg|st. petersburg|phnom penh|ho chi minh city|the hague|den haag"
    "|white house|capitol hill|el paso|san juan|santo domingo|san salvador|port moresby|puerto rico"
    "|new orleans|salt lake city|panama city|vatican city|middle east|el salvador|costa rica",
    "|",
)
_WORD = re.compile(r"[^\W\d_]+\.?(?:['’‘`\-‐‑.·][^\W\d_]+\.?)*['’]?")


def parse_byline(text: str, *, lone_names: bool = True) -> Byline:
    """Return the persons, the agency and the date in *text*.

    Roles, places after a name, e-mail addresses, handles and leading words such as "By" are left
    out, duplicates (but for case) too. What is no name for certain is no author; a name of one word
    is one only with *lone_names*, and where it is all that the byline says.
    """
    if len(text) > MAX_BYLINE_CHARS or not text.strip():
        return _NOTHING
    return _parsed(text, lone_names)


@lru_cache(maxsize=4096)  # bylines repeat
def _parsed(text: str, lone_names: bool) -> Byline:
    text = unicodedata.normalize("NFC", text)
    authors: dict[str, str] = {}
    agencies: dict[str, None] = {}
    date = ""
    for segment in _segments(text):
        if tail := _DATE_TAIL.search(segment):
            segment = segment[: tail.start()]
            if not date and "updated" not in tail[0].lower() and parse_date(tail[0]):
                date = tail[0].strip(" ,:")
        names, found = _names_in(segment)
        agencies.update(dict.fromkeys(found))
        for name in names:
            if not lone_names and " " not in name and not _is_unspaced(name):
                continue
            authors.setdefault(name.casefold(), name)
    return Byline(tuple(authors.values()), "/".join(agencies), date)


def _segments(text: str) -> list[str]:
    """Return *text* split at hard separators, without e-mail addresses and brackets."""
    agencies = []
    segments = []
    for segment in _SEGMENT.split(_NOT_AUTHORS.sub("", text)):
        bare = _EMAIL_OR_URL.sub(" ", segment)
        for content in _BRACKETS.findall(bare):
            if agency_named(content) or (bare != segment and not _BRACKETS.sub("", bare).strip()):
                agencies.append(content)  # or "jane@example.org (Jane Doe)", the form of RSS
        segments.append(_BRACKETS.sub(" ", bare).strip())
    return [segment for segment in [*segments, *agencies] if segment]


def _names_in(segment: str) -> tuple[list[str], list[str]]:
    """Return the persons and the agencies of one segment."""
    if agency := agency_named(segment):
        return [], [agency]
    segment = _LEAD.sub("", segment)
    names: list[str] = []
    agencies: list[str] = []
    for part in _AND.split(_SHORT_AND.sub(r"\1 & ", segment)):
        pieces = [piece.strip() for piece in re.split(r"\s*[,،、，]\s*", part) if piece.strip()]
        if len(pieces) == 2 and all(_is_lone_name(p) for p in pieces) and len(names) == 0:
            pieces = [f"{pieces[1]} {pieces[0]}"]  # "Doe, Jane"
        for piece in pieces:
            if agency := agency_named(piece) or agency_in_any_case(piece):
                agencies.append(agency)
            elif names and _SUFFIX.fullmatch(piece):
                names[-1] = f"{names[-1]}, {piece}"
            elif name := _name(piece, alone=piece == segment.strip()):
                names.append(name)
    return names, agencies


def _is_lone_name(piece: str) -> bool:
    return " " not in piece and bool(_name(piece, alone=True)) and not agency_in_any_case(piece)


def _name(piece: str, *, alone: bool) -> str:
    """Return the person's name in *piece*, "" if it has none. A lone word counts only if *alone*."""
    piece = _LEAD.sub("", piece).strip(" \t:,*–—-")
    words = _without_role(piece.split())
    name = " ".join(words).rstrip(".") if not _ends_with_initial(words) else " ".join(words)
    if not words or len(words) > _MAX_NAME_WORDS or len(name) > _MAX_NAME_CHARS:
        return ""
    if len(words) == 1 and not (alone or _is_unspaced(name)):
        return ""
    if name.casefold() in _PLACES or words[0].casefold() == "the" or agency_in_any_case(name):
        return ""
    if any(word.casefold().strip(".") in _ORGANISATION_WORDS for word in words):
        return ""
    return name if _looks_like_name(words) else ""


def _ends_with_initial(words: list[str]) -> bool:
    return bool(words) and (len(words[-1]) == 2 or _SUFFIX.fullmatch(words[-1]) is not None)


def _without_role(words: list[str]) -> list[str]:
    """Return *words* without a role before or after the name, and without "in Kyiv", "for The Paper"."""
    for at, word in enumerate(words):
        if word in _CUT_BEFORE and at > 0:
            words = words[:at]
            break
    roles = [at for at, word in enumerate(words) if word.casefold().strip(".:") in _ROLES]
    if not roles:
        return words
    first = roles[0]
    while first > 0 and words[first - 1].casefold() in _ROLE_QUALIFIERS:
        first -= 1
    return words[:first] if first > 0 else words[roles[-1] + 1 :]


def _looks_like_name(words: list[str]) -> bool:
    capitalised = 0
    for word in words:
        if not _WORD.fullmatch(word):
            return False
        if word.casefold() in _PARTICLES or re.match(
            r"(?:al|el|ul|d|l|ad|as|ash|an|ar)[-'’]\w", word
        ):
            continue
        if word[0].islower():
            return False
        capitalised += 1
    return capitalised > 0


@cache
def _unspaced() -> re.Pattern[str]:
    """Return the pattern of a name in Han, kana or Hangul, which has no spaces between its words."""
    return re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3・]{2,10}")


def _is_unspaced(name: str) -> bool:
    return _unspaced().fullmatch(name) is not None
