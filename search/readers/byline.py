"""Take a byline apart into persons, their roles and an agency. No author is better than a wrong one."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from search.model.article import Credit
from search.readers import byline_words as known
from search.readers.agency import AGENCIES, FORMER_NAMES, agency_in_any_case, agency_named
from search.readers.byline_names import (
    ALL_PARTICLES,
    MAX_NAME_CHARS,
    MAX_NAME_WORDS,
    Paper,
    begins_with_outlet,
    is_initials,
    is_unspaced,
    name_in,
    paper_of,
    without_lead,
)
from search.readers.byline_patterns import patterns
from search.readers.dates import parse_date
from search.readers.values import is_usual
from search.text.names import ABBREVIATIONS

#: A longer text is not a byline.
MAX_BYLINE_CHARS = 1000

#: Words for "by" in one part of a byline, and brackets in a byline.
_MAX_BY = 3
_MAX_BRACKETS = 20

_HOST = re.compile(r"(?:https?://)?([^/:\s]{0,253})", re.IGNORECASE)


class Byline(NamedTuple):
    """What a byline says: persons in order, agency ("" if none), the text of a date (""), and who did what else."""

    authors: tuple[str, ...] = ()
    agency: str = ""
    date: str = ""
    #: Persons who are no authors, with what they did: photos, editing, additional reporting.
    credits: tuple[Credit, ...] = ()


_NOTHING = Byline()
_AUTHOR = ""
_ADDITIONAL = "additional reporting"
#: Marks a role that stood in brackets, until the name before it is read.
_ROLE_MARK = "\ue000"


def parse_byline(
    text: str, *, lone_names: bool = True, publisher: str = "", address: str = ""
) -> Byline:
    """Return the persons, their roles, the agency and the date in *text*.

    Left out are desks, places after a name, the *publisher* (and what it goes by in the host of *address*), e-mail addresses, handles, titles and leading words such as
    "By"; duplicates (but for case) too. A name in capitals is given as it is written in running text. What is no name
    for certain is no author; a name of one word is one only with *lone_names*, and where it is all that the byline says.
    """
    if len(text) > MAX_BYLINE_CHARS or not text.strip():
        return _NOTHING
    paper = paper_of(publisher)
    return _plain(text, paper) or _parsed(text, lone_names, paper_of(publisher, _host(address)))


def _host(address: str) -> str:
    """Return the host of *address*, which may be no more than a host."""
    return _HOST.match(address)[1]  # type: ignore[index]  # it matches any text


def _plain(text: str, paper: Paper) -> Byline | None:
    """Return what `_parsed` makes of the usual "By Jane Doe and John Roe, Reuters", in a tenth of its time; else None."""
    names, agency = text, ""
    if patterns()["plain"].fullmatch(text) is None:
        return None
    if names[:3] in ("By ", "by ", "BY "):
        names = names[3:]
    authors: dict[str, str] = {}
    for name in names.replace(" and ", ", ").split(", "):
        folded = name.casefold()
        if not agency and authors and name in AGENCIES:
            agency = name
        elif (
            agency or " " not in name or paper.is_named(name) or folded in known.PLACES or not paper.words.isdisjoint(folded.split())
            or folded in known.SECTIONS or not _special_words().isdisjoint(folded.split())
        ):  # fmt: skip
            return None
        else:
            authors.setdefault(folded, name)
    return Byline(tuple(authors.values()), agency)


@cache
def _special_words() -> frozenset[str]:
    """Return the words that make more of a byline than names."""
    said = "|".join(
        (
            known.BY,
            known.BY_OR_NAME,
            known.MADE,
            known.LABELS,
            known.AND,
            known.SHORT_AND,
            known.ADDITIONAL,
        )
    )
    return frozenset().union(
        known.ROLES, known.DESKS, known.ORGANISATION_WORDS, known.MAYBE_PAPERS, known.TITLES, known.DEGREES,
        ALL_PARTICLES, known.ROLE_OF_WORK, known.WORKS_OF_AUTHORS, known.ROLE_QUALIFIERS, known.CUT_BEFORE, known.CUT_AFTER_NAME,
        known.ARTICLES, known.CITIES, known.NO_FIRST_NAMES, said.replace("|", " ").split(),
        (word for name in AGENCIES for word in name.casefold().split()),
        ("all", "more", "posts", "mit", "contributed", "jr", "sr", "as", "mac"),
    )  # fmt: skip


def clean_names(elements: list[object], *, publisher: str = "") -> Byline | None:
    """Return what `parse_names` makes of a list of clean and different names, in a third of its time; else None."""
    folded = []
    for each in elements:
        if type(each) is not str or len(each) > MAX_NAME_CHARS:
            return None
        if not (name := _folded_if_clean(each)):
            return None
        folded.append(name)
    if len(folded) > 1 and len(set(folded)) < len(folded):
        return None
    if publisher and paper_of(publisher).name in folded:
        return None
    return Byline(tuple(elements))  # type: ignore[arg-type]  # all are texts


@lru_cache(maxsize=4096)  # authors repeat
def _folded_if_clean(name: str) -> str:
    """Return a name as names are compared, "" where it is no clean one."""
    return name.casefold() if is_usual(name) and name == name.strip() and _is_clean(name) else ""


def parse_names(elements: Iterable[str], *, publisher: str = "", address: str = "") -> Byline:
    """Return what a list of authors says, each of *elements* a name or perhaps a byline of its own.

    A clean name stays as it is. What is clearly several persons, a role, an agency, a desk, an address or a name in capitals is
    read as `parse_byline` reads it; what that makes nothing of stays too, where it is no address and no desk.
    """
    paper = paper_of(publisher)
    authors: dict[str, str] = {}
    agencies: dict[str, None] = {}
    credits: dict[Credit, None] = {}
    for element in elements:
        name = element.strip()
        if not name:
            continue
        if _is_clean(name) and not paper.is_named(name):
            authors.setdefault(name.casefold(), name)
            continue
        parsed = parse_byline(name, lone_names=False, publisher=publisher, address=address)
        agencies.update(dict.fromkeys(filter(None, parsed.agency.split("/"))))
        credits.update(dict.fromkeys(parsed.credits))
        for author in parsed.authors:
            authors.setdefault(author.casefold(), author)
        if parsed == _NOTHING and not _is_nobody(name, paper):
            authors.setdefault(name.casefold(), name)
    return Byline(tuple(authors.values()), "/".join(agencies), "", tuple(credits))


@lru_cache(maxsize=4096)
def _is_clean(name: str) -> bool:
    """Whether *name* is two to six words of which each can only be part of a name, or one that is no agency."""
    words = name.split()
    if len(name) > MAX_NAME_CHARS or len(words) > MAX_NAME_WORDS or name.isupper():
        return False
    is_plain = name.istitle() and all(map(str.isalpha, words))  # as nearly all are: Jane Doe
    pattern = patterns()["word"]
    if not is_plain and not all(word.isalpha() or pattern.fullmatch(word) for word in words):
        return False
    suffix = patterns()["suffix"]
    folded = [word.casefold().strip(".") for word in words]
    if not _special_words().isdisjoint({*folded} - ALL_PARTICLES) or patterns()["short and"].search(
        name
    ):
        return False
    return is_plain or not any(
        (word.isupper() and len(word) > (3 if at < 2 else 2) and not suffix.fullmatch(word))
        or (word[0].islower() and low not in ALL_PARTICLES and len(words) > 1)
        for at, (word, low) in enumerate(zip(words, folded, strict=True))
    )


def is_understood(text: str, parsed: Byline, *, publisher: str = "") -> bool:
    """Whether the byline *text*, which was read as *parsed*, names somebody or certainly nobody, such as a desk."""
    return parsed != _NOTHING or not text.strip() or _is_nobody(text, paper_of(publisher))


def _is_nobody(name: str, paper: Paper) -> bool:
    """Whether *name*, of which nothing was made, is certainly no person: an address, a desk, a role, the paper."""
    bare = (
        patterns()["site"].sub("", patterns()["email or url"].sub("", name)).strip(" <>()[],;:|/-")
    )
    words = [word.casefold().strip(".,:") for word in bare.split()]
    if not words or paper.is_named(bare) or bare.casefold() in known.CITIES:
        return True
    if len(words) == 1 and is_initials(bare, paper):
        return True
    return any(
        word in known.ROLES or word in known.DESKS or word in known.ORGANISATION_WORDS for word in words
    )  # fmt: skip


@lru_cache(maxsize=4096)  # bylines repeat
def _parsed(text: str, lone_names: bool, paper: Paper) -> Byline:
    text = _cleaned(text)
    authors: dict[str, str] = {}
    credits: dict[str, Credit] = {}
    agencies: dict[str, None] = {}
    date = ""
    role = _AUTHOR
    for separator, segment in _segments(text):
        if separator.strip() not in ("/", ";"):
            role = _AUTHOR
        for part_role, chunk in _chunks(segment, role, has_authors=bool(authors)):
            role = part_role
            for found in _dated(chunk):
                if isinstance(found, _Date):
                    date = date or found.text
                    continue
                names, named = _names_in(found, paper, is_after=bool(authors), whole=text)
                agencies.update(dict.fromkeys(named))
                for name, own_role in names:
                    if not lone_names and " " not in name and not is_unspaced(name):
                        continue
                    if part := own_role or role:
                        credits.setdefault(name.casefold(), Credit(name, part))
                    else:
                        authors.setdefault(name.casefold(), name)
    others = tuple([credit for key, credit in credits.items() if key not in authors])
    return Byline(tuple(authors.values()), "/".join(agencies), date, others)


def _cleaned(text: str) -> str:
    """Return *text* without tags, character references, emoji, pronouns and characters that have no width."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = "".join(map(_shown, text))
    if "<" in text:
        text = patterns()["tag"].sub(" ", text)
    text = re.sub("[¹²³⁰⁴-⁹†‡]", "", text)  # notes
    text = patterns()["pronouns"].sub(" ", text)
    text = re.sub(r"\b(by|von|par|por)\s*[\r\n]+", r"\1 ", text, flags=re.IGNORECASE)
    text = patterns()["hangul dot"].sub(", ", text)
    text = re.sub(r"\s외\s?\d{1,3}\s?명", "", text)  # "and 2 others"
    return _without_brackets(text).strip()


def _shown(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Cf" and char not in "\u200c\u200d":
        return ""
    if (
        kind in ("So", "Co", "Cs", "Cn")
        or "\ufe00" <= char <= "\ufe0f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    ):
        return " "
    return " " if kind == "Zs" else char  # fmt: skip


def _without_brackets(text: str) -> str:
    """Return *text* without addresses and brackets; a role or an agency in brackets is kept, each in its way."""
    brackets = patterns()["brackets"]
    bare = patterns()["email or url"].sub(" ", text)
    if bare != text and not any(map(str.isalpha, brackets.sub(" ", bare))):
        return brackets.sub(r"\1", bare)  # "jane@example.org (Jane Doe)", the form of RSS

    if not any(map(str.isalpha, brackets.sub(" ", bare))):
        return brackets.sub(r" \1 ", bare)  # "(Jane Doe)"

    def kept(bracket: re.Match[str]) -> str:
        content = bracket[1].strip()
        if not content:
            return " "
        content = patterns()["joined by"].sub("", content, count=1).strip() or content
        if agency_named(content):
            return f" ; {content} ; "
        role = _role_of_works(content)
        if role is not None:
            # "Jane Doe (text) John Roe (photos)": another name begins
            end = " ; " if re.match(r"\s+[^\W\d_a-z]", bare[bracket.end() :][:5]) else " "
            return f" {_ROLE_MARK}{role}{_ROLE_MARK}{end}" if role else end
        return f" ; {content} ; " if _is_phrase_of_roles(content) else " "

    return re.sub(r"[(（]", " ; ", brackets.sub(kept, bare, count=_MAX_BRACKETS))


def _is_phrase_of_roles(content: str) -> bool:
    return any(patterns()[kind].search(content) for kind in ("marker", "with", "contributed"))


def _role_of_works(text: str) -> str | None:
    """Return the role of who made the works that *text* lists, `_AUTHOR` for words; None where it is something else."""
    if whole := known.ROLE_OF_WORK.get(text.casefold().strip(". ")):
        return whole
    role: str | None = None
    is_more = False
    for work in re.split(r"\s*+(?:[&+,/]|\b(?:and|und|et|och|og|y|e)\b)\s*+|\s++", text.casefold()):
        bare = work.strip(". ")
        if bare in known.ADDITIONAL.split("|"):
            is_more = True
        elif bare in known.WORKS_OF_AUTHORS:
            return _ADDITIONAL if is_more else _AUTHOR
        elif bare in known.ROLE_OF_WORK:
            role = role or known.ROLE_OF_WORK[bare]
        elif bare:
            return None
    return role


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """Yield what *text* has between hard separators, each with the separator before it."""
    start = 0
    before = ""
    for separator in patterns()["segment"].finditer(text):
        segment = text[start : separator.start()].strip()
        if any(map(str.isalnum, segment)):
            yield before, segment
        start, before = separator.end(), separator[0]
    if any(map(str.isalnum, segment := text[start:].strip())):
        yield before, segment


@dataclass(frozen=True, slots=True)
class _Date:
    text: str


def _chunks(segment: str, role: str, *, has_authors: bool) -> Iterator[tuple[str, str]]:
    """Yield the parts of *segment* by the role of those whom they name."""
    by_name = patterns()
    segment = by_name["is"].sub("", segment)
    found: list[tuple[int, int, str]] = []
    for marker in by_name["marker"].finditer(segment):
        works = re.sub(r"\s+", " ", marker["works"])
        made = _role_of_works(works) or ""
        found.append(
            (marker.start(), marker.end(), _ADDITIONAL if marker["more"] and not made else made)
        )
    for bare in by_name["bare marker"].finditer(segment):
        found.append((bare.start(), bare.end(), _role_of_works(bare["works"]) or ""))
    found += [(m.start(), m.end(), "editing") for m in by_name["editor"].finditer(segment)]
    found += [(m.start(), m.end(), "translation") for m in by_name["translated"].finditer(segment)]
    found += [(m.start(), m.end(), _ADDITIONAL) for m in by_name["with"].finditer(segment)]
    found += [(m.start(), m.end(), "as told to") for m in by_name["told to"].finditer(segment)]
    found.sort()
    start = 0
    for at, end, next_role in [*found, (len(segment), len(segment), "")]:
        if at < start:
            continue
        for chunk in _sentences(segment[start:at]):
            match = by_name["contributed"].search(chunk)
            if match and role == _AUTHOR:
                before = chunk[: match.start()]
                yield (_ADDITIONAL if has_authors else _AUTHOR), before
            elif chunk.strip():
                yield role, chunk
            has_authors = has_authors or (role == _AUTHOR and " " in chunk.strip())
        start, role = end, next_role


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for stop in patterns()["sentence"].finditer(text):
        words = text[start : stop.start()].split()
        if len(words) > 1 and not _is_abbreviated(words[-1]):
            yield text[start : stop.start()]
            start = stop.end()
    yield text[start:]


def _is_abbreviated(word: str) -> bool:
    return (
        word in ABBREVIATIONS
        or word.casefold() in known.TITLES
        or word in ("Chr", "Wm", "Geo", "Jos", "Thos", "Chas", "Alex")
    )


def _dated(chunk: str, most: int = _MAX_BY) -> Iterator[str | _Date]:
    """Yield what *chunk* says of persons, and its date. More than *most* by-words in it are no byline."""
    if most and (middle := patterns()["middle by"].search(chunk)):
        before, after = chunk[: middle.start()], chunk[middle.end() :]
        has_names_after = bool(_names_in(after, Paper(), is_after=False, whole="")[0])
        is_byline = without_lead(before) != before  # "By Jane Doe, by John Roe"
        for found in _dated_once(before):
            if isinstance(found, _Date) or is_byline or not has_names_after:
                yield found
        yield from _dated(after, most - 1)
        return
    yield from _dated_once(chunk)


def _dated_once(chunk: str) -> Iterator[str | _Date]:
    by_name = patterns()
    if (lead := by_name["date lead"].match(chunk)) and any(map(str.isdigit, lead[0])):
        if parse_date(lead[0].strip(" ,:")):
            yield _Date(lead[0].strip(" ,:"))
        if chunk[lead.end() :].strip():
            yield chunk[lead.end() :]
        return
    tail = by_name["date tail"].search(chunk)
    if tail and "updated" not in tail[0].lower() and parse_date(tail[0]):
        yield _Date(tail[0].strip(" ,:"))
    if before := chunk[: tail.start()] if tail else chunk:
        yield before


#: A name, and its role where that differs from the role of those around it.
_Named = tuple[str, str]


def _names_in(
    chunk: str, paper: Paper, *, is_after: bool, whole: str
) -> tuple[list[_Named], list[str]]:
    """Return the persons and the agencies of a part of a byline."""
    if agency := agency_named(chunk):
        return [], [agency]
    bare = without_lead(chunk)
    if bare != chunk and len(bare.split(",")[0].split()) == 2:
        bare = re.sub(r"^([^\W\d_]{3,}) ([^\W\d_]{3,})(?=,|$)", _capitalised, bare)
    chunk = bare
    names: list[_Named] = []
    agencies: list[str] = []
    chunk = patterns()["short and"].sub(" & ", chunk)
    if chunk.isupper():
        chunk = patterns()["short AND"].sub(" & ", chunk)
    parts = patterns()["and"].split(chunk)
    if len(parts) == 2 and (first := _with_family_name(*parts)):
        parts[0] = first
    for part in parts:
        pieces = [piece for piece in patterns()["comma"].split(part.strip()) if piece]
        if len(pieces) == 2 and _is_family_first(pieces[0], pieces[1], paper):
            pieces = [_given_first(*pieces)]
        if len(pieces) == 1 and "记者" in pieces[0]:
            pieces = patterns()["han lead"].sub("", pieces[0]).split()
        if (
            len(pieces) == 3
            and patterns()["suffix"].fullmatch(pieces[2])
            and _is_family_first(pieces[0], pieces[1], paper)
        ):
            pieces = [f"{_given_first(*pieces[:2])} {pieces[2]}"]
        papers = _papers_at_the_end(pieces) if part is parts[-1] else 0
        for at, piece in enumerate(pieces):
            role, piece = _marked_role(piece)
            bare = patterns()["joined by"].sub("", piece).strip()
            if names:
                bare = FORMER_NAMES.get(bare.casefold(), bare)
            if agency := agency_named(bare) or agency_in_any_case(bare):
                agencies.append(agency)
                continue
            if names and (works := _role_of_works(piece)):
                names[-1] = (names[-1][0], works)
                continue
            if names and patterns()["suffix"].fullmatch(bare):
                names[-1] = (f"{names[-1][0]}, {bare}", names[-1][1])
                continue
            if names and bare.partition(" ")[0] in known.BEFORE_PLACES:
                continue
            is_last = bool(names or is_after) and at >= len(pieces) - max(papers, 1)
            is_last = is_last and part is parts[-1]
            if is_last and begins_with_outlet(piece, pieces[:at]):
                continue
            found, named, own_role = name_in(
                piece, paper, is_paper=is_last, alone=piece == without_lead(whole)
            )
            if named:
                agencies.append(named)
            if found:
                names.append((found, role or own_role))
    return names, agencies


def _papers_at_the_end(pieces: list[str]) -> int:
    """Return how many of *pieces*, counted from the last, end like the name of a paper."""
    number = 0
    for piece in reversed(pieces):
        if piece.split()[-1].casefold() not in known.MAYBE_PAPERS:
            break
        number += 1
    return number


def _marked_role(piece: str) -> _Named:
    """Return the role that stood in brackets after the name, and *piece* without it."""
    if _ROLE_MARK not in piece:
        return "", piece
    before, role, *rest = piece.split(_ROLE_MARK)
    return role, before + " ".join(rest)


def _is_family_first(family: str, given: str, paper: Paper) -> bool:
    """Whether two pieces are "Doe, Jane", "Jong, Michiel de" or "van der Berg, Jan"."""
    words, others = family.split(), given.split()
    if is_unspaced(family):
        return False
    if len(words) == 2 and _are_first_names(others) and not _are_first_names(words[:1]):
        return True  # "García Márquez, Gabriel"
    capitalised = [w for w in words if w.casefold() not in ALL_PARTICLES]
    firsts = [w for w in others if w.casefold() not in ALL_PARTICLES]
    if (
        len(capitalised) != 1
        or not 1 <= len(firsts) <= 2
        or words[-1] not in capitalised
        or others[0] not in firsts
    ):
        return False
    if len(firsts) == 2 and len(firsts[1].strip(".")) > 1 and len(words) == 1 and len(others) == 2:
        return False  # "Kyiv, Ida Noor"
    if len(others) > len(firsts) and others[len(firsts) - len(others) :] != [
        o for o in others if o not in firsts
    ]:
        return False
    if (
        patterns()["suffix"].fullmatch(given)
        or others[0].casefold().strip(".") in known.DEGREES
        or agency_in_any_case(given)
    ):
        return False
    if given.casefold() in known.CITIES:
        return False
    return bool(
        name_in(_given_first(family, given), paper, is_paper=False, alone=True)[0]
    ) and not agency_in_any_case(family)


def _are_first_names(words: list[str]) -> bool:
    return all(word.casefold() in known.FIRST_NAMES for word in words)


def _with_family_name(first: str, second: str) -> str:
    """Return the whole name of the first of "Jane and John Doe", "" if the first part is something else."""
    first, second = first.strip(), patterns()["comma"].split(second.strip())[0]
    names = second.split()
    is_name = len(names) == 2 and all(map(patterns()["word"].fullmatch, (first, *names)))
    folded = first.casefold()
    if (
        not is_name or first in AGENCIES or len(first) < 3 or is_unspaced(first) or not first[0].isupper()
        or folded in known.CITIES or folded in known.SECTIONS or folded in _special_words()
        or agency_in_any_case(first) or not name_in(second, Paper(), is_paper=True, alone=False)[0]
    ):  # fmt: skip
        return ""
    return f"{first} {names[-1]}"


def _given_first(family: str, given: str) -> str:
    return f"{given} {family}"


def _capitalised(pair: re.Match[str]) -> str:
    """Return two words in small letters with capitals, as a hurried keyboard leaves them, if they can be a name."""
    if not pair[0].islower() or any(
        word in ALL_PARTICLES or word in known.ROLES or word in known.ROLE_QUALIFIERS or word in known.DESKS
        for word in pair.groups()
    ):  # fmt: skip
        return pair[0]
    return pair[0].title()
