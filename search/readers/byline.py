"""Take a byline apart into persons, their roles and an agency. No author is better than a wrong one."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from search.model.article import Credit
from search.readers import byline_words as known
from search.readers.agency import AGENCIES, agency_in_any_case, agency_named
from search.readers.dates import parse_date
from search.readers.name_case import mended
from search.text.names import ABBREVIATIONS, PARTICLES

#: A longer text is not a byline.
MAX_BYLINE_CHARS = 1000

_MAX_NAME_CHARS = 80
_MAX_NAME_WORDS = 6
#: Words for "by" in one part of a byline, and brackets in a byline.
_MAX_BY = 3
_MAX_BRACKETS = 20
#: A lone word in capitals that is no longer may be initials, and stays as it is.
_INITIALS_CHARS = 4


@dataclass(frozen=True, slots=True)
class Byline:
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
#: Stands for a blank inside quotation marks.
_QUOTED_BLANK = "\ue001"
_PARTICLES = known.PARTICLES | PARTICLES


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return what a byline is taken apart by."""
    works = "|".join(
        sorted(
            map(re.escape, {*known.ROLE_OF_WORK, *known.WORKS_OF_AUTHORS}), key=len, reverse=True
        )
    )
    by = rf"(?:{known.BY}|di|de|del|av|af|od|from)"
    work = rf"(?:(?P<more>{known.ADDITIONAL})\s+)?(?:{works})\.?"
    joined = r"\s*+(?:[&+,/]|and|und|et|och|og|y|e)\s*+"
    flags = re.IGNORECASE
    return {
        # "Words and photos by", "Additional reporting by", "Foto:".
        "marker": re.compile(
            rf"(?:[\s,.(]*+\b(?:with|and|und|mit)\s++)?(?<![\w-])(?P<works>{work}(?:{joined}(?:{works})){{0,3}})"
            rf"(?:\s*+:|\s++{by}\b(?!\w*-)\s*+:?+|\s*+/(?=\s))",
            flags,
        ),
        # "Photos Jane Doe", where two capitals follow.
        "bare marker": re.compile(
            r"(?:^|[\s,.]++)(?P<works>(?i:words|texte?s?|texto|testo|tekst|текст|photos?|fotos?|фото|fotografías|zdjęcia|bild|bilder|photographs"
            r"|photography|pictures|글|사진))\s+(?=[^\W\d_a-zа-я]\w+\s+[^\W\d_a-zа-я]\w|[\uac00-\ud7a3]{2,4}(?!\w))"
        ),
        "editor": re.compile(r"(?:^|[\s,.]++)editors?\s*:", flags),
        "translated": re.compile(
            r"(?:translated\s+)?(?:from the [^\W\d_]+ (?:by)|aus dem \w+ (?:übersetzt )?von)\b", flags
        ),
        "with": re.compile(
            r"[\s,.(]*+\b(?:mit|with)\s+(?:files|agenturmaterial|(?:additional\s+)?(?:reporting|contributions?|material|inputs?))\s+(?:from|by|von|der)\b:?",
            flags,
        ),
        "contributed": re.compile(
            r"[\s,]*+\b(?:also\s+)?contribut(?:ed|ing)(?:\s.*|$)|[\s,]*+\b(?:hat|haben)\s+mitgearbeitet\b.*",
            flags,
        ),
        "told to": re.compile(r"[\s,(]*+\b(?:as told to|aufgezeichnet von|protokoll(?:iert)? von)\b:?", flags),
        "is": re.compile(
            r"\s+(?:is|are|was|were|has|ist|war|est|è|é)\s+(?:an?|the|on|based|also|one|our|ein|eine|der|die|une?|la|le|il)\b.*",
            re.IGNORECASE | re.DOTALL,
        ),
        "lead": re.compile(
            rf"[^\w\ue000]*+(?:(?:(?:{known.MADE})\s++){{0,3}}(?:{known.BY}|by)\b(?![-'’.])\s*+:?+"
            rf"|(?:(?:{known.MADE})\s++){{1,3}}(?:da|de|do|pelo|pela|av|af|di|od|par)\b"
            rf"|(?:{known.LABELS})(?:\s*+[:：]|(?<=author)\s++(?=\w++\s++\w)|(?<=by)\s++)"
            rf"|(?:(?:{known.MADE})\s++){{0,2}}(?:{known.MADE}|{known.BY_OR_NAME})\s*+[:：]"
            r"|(?:view|see|show|read)?\s*+(?:all|more)\s++(?:articles|posts|stories|news|content)?\s*+(?:by|from|of)\b"
            r"|(?:articles|posts|stories)\s++(?:by|of)\b|文\s*+[/／:：]|(?:作者|撰文|記者|记者)\s*+[/／:：])\s*+",
            flags,
        ),
        "lead or name": re.compile(rf"(?:(?:{known.MADE})\s++){{0,3}}(?:{known.BY_OR_NAME})\s++(?=\S++\s++\S)", flags),
        "middle by": re.compile(
            rf"(?:(?<=\w)[\s,.|:-]+\bby\b|(?<=[\d.])[\s,]+(?:{known.BY}|av|af|par|di)\b)\s*+:?+\s*+", flags
        ),
        "and": re.compile(rf"\s*+[&+]\s*+|(?:\s++|,)(?:{known.AND})\s++|\s++u\.\s++", flags),
        "short and": re.compile(rf"(?<=[^\W\d_][^\W\d_])\s++(?:{known.SHORT_AND})\s++(?=[^\W\d_]++\.?\s++[^\W\d_])"),
        "short AND": re.compile(r"(?<=[^\W\d_][^\W\d_])\s++(?:Y|I|VE|EN|И|ТА)\s++(?=[^\W\d_]{2,}+\s++[^\W\d_])"),
        "segment": re.compile(
            r" *+[;|•‧∙●▪►»＊\n\r\t；｜]\s*+|(?<=\s)[-–]\s+|\s*+[—―]\s*+|(?<!\d)\s*+/\s*+(?!RL\b)|(?:^|(?<=\s))·\s*+|·(?=\s)|\s++[-–]$"
            r"|[【】「」]",
        ),
        "email or url": re.compile(
            r"<?\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+>?|\b(?:https?://|www\.)\S+|(?<!\w)@\w+"
        ),
        "site": re.compile(
            r"\b[\w-]{1,60}(?:\.[\w-]{1,60}){0,3}\.(?:com|org|net|info|de|at|ch|co|uk|fr|it|es|nl|se|no|dk|eu|news|tv|pl|ru|in|io|au|ca)\b"
            r"(?!\.?\w)"
        ),
        "pronouns": re.compile(
            r"\b(?:she|he|they|her|him|xe|ze|sie|er|elle|il|ella|él)\s*/\s*(?:she|he|hers?|him|his|them|theirs?|they|it"
            r"|ihr|ihm|lui|elle|any)(?:\s*/\s*\w{2,6})?\b",
            flags,
        ),
        "brackets": re.compile(r"[(\[（［]([^()\[\]（）［］]*)[)\]）］]"),
        "tag": re.compile(r"</?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,500})?/?>", flags),
        "quoted": re.compile(r"[\"“„«][^\"“”„«»]{1,30}[\"”“»]"),
        "suffix": re.compile(r"(?:Jr|Sr|JR|SR|II|III|IV)\.?"),
        "date tail": re.compile(
            r"(?:[\s,:]*+\b(?:on|updated|published|posted|last|modified|am|den|le|el|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*+"
            r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
            r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?+){0,6}+[\s,:]*+\b(?<![^\W\d_])\d.*+",
            re.IGNORECASE | re.DOTALL,
        ),
        "date lead": re.compile(
            r"(?:(?:\d[\w.:/+-]*+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\b\.?"
            r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|tember|ember|ober)?\b\.?(?=\W{0,3}\d)"
            r"|(?:januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre"
            r"|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio"
            r"|giugno|luglio|settembre|ottobre|dicembre)\b(?=\W{0,3}(?:de\s)?\d)|de(?=\s)|am|pm|a\.m\.|p\.m\.|uhr|utc|gmt|at|um|on|of"
            r"|published|posted|updated)(?=[\s,]|$)[\s,]*+)++",
            flags,
        ),
        "plain": re.compile(
            r"(?:By |by |BY )?[A-Z][a-z]{2,20}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,20}){0,2}"
            r"(?:(?:, | and )[A-Z][a-z]{2,20}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,20}){0,2}){0,20}"
        ),
        "joined by": re.compile(r"\s*+(?:mit|avec|con|com|med|met|with|and|und|et)\s++"),
        "comma": re.compile(r"\s*+[,،、，]\s*+"),
        "sentence": re.compile(r"(?<=[^\W\d_]{3})\.\s++(?=[^\W\d_])"),
        "word": re.compile(r"[^\W\d_]+\.?(?:['’‘`ʻʼ\-‐‑.·][^\W\d_]+\.?)*['’]?"),
        "quoted word": re.compile(r"[\"“„«'‘]\w[^\"“”„«»]*[\"”“»'’]"),
        "small prefix": re.compile(r"(?:al|el|ul|d|l|ad|as|ash|an|ar|at|az|s|'t|’t)[-'’]\w.*"),
        "han": re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3・·]{2,10}"),
        "han role": re.compile(
            r"\s*(?:(?:인턴)?기자|특파원|논설위원|편집위원|선임기자|앵커|記者|记者|特派員|編集委員|論説委員|著|文|撰文|报道|報道|報導)$"
        ),
        "hangul dot": re.compile("(?<=[\uac00-\ud7a3])·(?=[\uac00-\ud7a3])"),
        "han lead": re.compile(r"^(?:聞き手|取材|構成|文|글|撰文)\s*[・:：/／\s]\s*|^(?:本报|新华社|通讯员|實習|实习|見習|본보)?(?:记者|記者|기자|特约撰稿人|评论员)\s*[:：]?\s*"),
    }  # fmt: skip


def parse_byline(text: str, *, lone_names: bool = True, publisher: str = "") -> Byline:
    """Return the persons, their roles, the agency and the date in *text*.

    Left out are desks, places after a name, the *publisher*, e-mail addresses, handles, titles and leading words such as
    "By"; duplicates (but for case) too. A name in capitals is given as it is written in running text. What is no name
    for certain is no author; a name of one word is one only with *lone_names*, and where it is all that the byline says.
    """
    if len(text) > MAX_BYLINE_CHARS or not text.strip():
        return _NOTHING
    paper = _folded(publisher)
    return _plain(text, paper) or _parsed(text, lone_names, paper)


def _plain(text: str, publisher: str) -> Byline | None:
    """Return what `_parsed` makes of the usual "By Jane Doe and John Roe, Reuters", in a tenth of its time; else None."""
    names, agency = text, ""
    if _patterns()["plain"].fullmatch(text) is None:
        return None
    if names[:3] in ("By ", "by ", "BY "):
        names = names[3:]
    authors: dict[str, str] = {}
    for name in names.replace(" and ", ", ").split(", "):
        folded = name.casefold()
        if not agency and authors and name in AGENCIES:
            agency = name
        elif (
            agency or " " not in name or folded == publisher or folded in known.PLACES
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
        known.ROLES, known.DESKS, known.ORGANISATION_WORDS, known.MAYBE_PAPERS, known.TITLES, known.DEGREES, known.INITIALS,
        _PARTICLES, known.ROLE_OF_WORK, known.WORKS_OF_AUTHORS, known.ROLE_QUALIFIERS, known.CUT_BEFORE, known.CUT_AFTER_NAME,
        known.ARTICLES, known.CITIES, said.replace("|", " ").split(),
        (word for name in AGENCIES for word in name.casefold().split()),
        ("all", "more", "posts", "mit", "contributed", "jr", "sr", "as", "mac"),
    )  # fmt: skip


def parse_names(elements: Iterable[str], *, publisher: str = "") -> Byline:
    """Return what a list of authors says, each of *elements* a name or perhaps a byline of its own.

    A clean name stays as it is. What is clearly several persons, a role, an agency, a desk, an address or a name in capitals is
    read as `parse_byline` reads it; what that makes nothing of stays too, where it is no address and no desk.
    """
    paper = _folded(publisher)
    authors: dict[str, str] = {}
    agencies: dict[str, None] = {}
    credits: dict[Credit, None] = {}
    for element in elements:
        name = element.strip()
        if not name:
            continue
        if _is_clean(name) and not _is_paper_of(name, paper):
            authors.setdefault(name.casefold(), name)
            continue
        parsed = parse_byline(name, lone_names=False, publisher=publisher)
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
    if len(name) > _MAX_NAME_CHARS or len(words) > _MAX_NAME_WORDS or name.isupper():
        return False
    if any(not _patterns()["word"].fullmatch(word) for word in words):
        return False
    folded = [word.casefold().strip(".") for word in words]
    if not _special_words().isdisjoint({*folded} - _PARTICLES) or _patterns()["short and"].search(
        name
    ):
        return False
    return not any(
        (len(word) > 3 and word.isupper())
        or (word[0].islower() and low not in _PARTICLES and len(words) > 1)
        for word, low in zip(words, folded, strict=True)
    )


def is_understood(text: str, parsed: Byline, *, publisher: str = "") -> bool:
    """Whether the byline *text*, which was read as *parsed*, names somebody or certainly nobody, such as a desk."""
    return parsed != _NOTHING or not text.strip() or _is_nobody(text, _folded(publisher))


def _is_nobody(name: str, publisher: str) -> bool:
    """Whether *name*, of which nothing was made, is certainly no person: an address, a desk, a role, the paper."""
    bare = (
        _patterns()["site"]
        .sub("", _patterns()["email or url"].sub("", name))
        .strip(" <>()[],;:|/-")
    )
    words = [word.casefold().strip(".,:") for word in bare.split()]
    if not words or _folded(bare) == publisher:
        return True
    return any(
        word in known.ROLES or word in known.DESKS or word in known.ORGANISATION_WORDS for word in words
    )  # fmt: skip


def _folded(publisher: str) -> str:
    return " ".join(publisher.casefold().split()).removeprefix("the ")


@lru_cache(maxsize=4096)  # bylines repeat
def _parsed(text: str, lone_names: bool, publisher: str) -> Byline:
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
                names, named = _names_in(found, publisher, is_after=bool(authors), whole=text)
                agencies.update(dict.fromkeys(named))
                for name, own_role in names:
                    if not lone_names and " " not in name and not _is_unspaced(name):
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
        text = _patterns()["tag"].sub(" ", text)
    text = _patterns()["pronouns"].sub(" ", text)
    text = re.sub(r"\b(by|von|par|por)\s*[\r\n]+", r"\1 ", text, flags=re.IGNORECASE)
    text = _patterns()["hangul dot"].sub(", ", text)
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
    brackets = _patterns()["brackets"]
    bare = _patterns()["email or url"].sub(" ", text)
    if bare != text and not any(map(str.isalpha, brackets.sub(" ", bare))):
        return brackets.sub(r"\1", bare)  # "jane@example.org (Jane Doe)", the form of RSS

    if not any(map(str.isalpha, brackets.sub(" ", bare))):
        return brackets.sub(r" \1 ", bare)  # "(Jane Doe)"

    def kept(bracket: re.Match[str]) -> str:
        content = bracket[1].strip()
        if not content:
            return " "
        if agency_named(content):
            return f" ; {content} ; "
        role = _role_of_works(content)
        if role is not None:
            return f" {_ROLE_MARK}{role}{_ROLE_MARK} " if role else " "
        return f" ; {content} ; " if _is_phrase_of_roles(content) else " "

    return re.sub(r"[(（]", " ; ", brackets.sub(kept, bare, count=_MAX_BRACKETS))


def _is_phrase_of_roles(content: str) -> bool:
    return any(_patterns()[kind].search(content) for kind in ("marker", "with", "contributed"))


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
    for separator in _patterns()["segment"].finditer(text):
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
    patterns = _patterns()
    segment = patterns["is"].sub("", segment)
    found: list[tuple[int, int, str]] = []
    for marker in patterns["marker"].finditer(segment):
        works = re.sub(r"\s+", " ", marker["works"])
        made = _role_of_works(works) or ""
        found.append(
            (marker.start(), marker.end(), _ADDITIONAL if marker["more"] and not made else made)
        )
    for bare in patterns["bare marker"].finditer(segment):
        found.append((bare.start(), bare.end(), _role_of_works(bare["works"]) or ""))
    found += [(m.start(), m.end(), "editing") for m in patterns["editor"].finditer(segment)]
    found += [(m.start(), m.end(), "translation") for m in patterns["translated"].finditer(segment)]
    found += [(m.start(), m.end(), _ADDITIONAL) for m in patterns["with"].finditer(segment)]
    found += [(m.start(), m.end(), "as told to") for m in patterns["told to"].finditer(segment)]
    found.sort()
    start = 0
    for at, end, next_role in [*found, (len(segment), len(segment), "")]:
        if at < start:
            continue
        for chunk in _sentences(segment[start:at]):
            match = patterns["contributed"].search(chunk)
            if match and role == _AUTHOR:
                before = chunk[: match.start()]
                yield (_ADDITIONAL if has_authors else _AUTHOR), before
            elif chunk.strip():
                yield role, chunk
            has_authors = has_authors or (role == _AUTHOR and " " in chunk.strip())
        start, role = end, next_role


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for stop in _patterns()["sentence"].finditer(text):
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
    if most and (middle := _patterns()["middle by"].search(chunk)):
        before, after = chunk[: middle.start()], chunk[middle.end() :]
        has_names_after = bool(_names_in(after, "", is_after=False, whole="")[0])
        is_byline = _without_lead(before) != before  # "By Jane Doe, by John Roe"
        for found in _dated_once(before):
            if isinstance(found, _Date) or is_byline or not has_names_after:
                yield found
        yield from _dated(after, most - 1)
        return
    yield from _dated_once(chunk)


def _dated_once(chunk: str) -> Iterator[str | _Date]:
    patterns = _patterns()
    if (lead := patterns["date lead"].match(chunk)) and any(map(str.isdigit, lead[0])):
        if parse_date(lead[0].strip(" ,:")):
            yield _Date(lead[0].strip(" ,:"))
        if chunk[lead.end() :].strip():
            yield chunk[lead.end() :]
        return
    tail = patterns["date tail"].search(chunk)
    if tail and "updated" not in tail[0].lower() and parse_date(tail[0]):
        yield _Date(tail[0].strip(" ,:"))
    if before := chunk[: tail.start()] if tail else chunk:
        yield before


#: A name, and its role where that differs from the role of those around it.
_Named = tuple[str, str]


def _names_in(
    chunk: str, publisher: str, *, is_after: bool, whole: str
) -> tuple[list[_Named], list[str]]:
    """Return the persons and the agencies of a part of a byline."""
    if agency := agency_named(chunk):
        return [], [agency]
    bare = _without_lead(chunk)
    if bare != chunk and len(bare.split(",")[0].split()) == 2:
        bare = re.sub(r"^([^\W\d_]{3,}) ([^\W\d_]{3,})(?=,|$)", _capitalised, bare)
    chunk = bare
    names: list[_Named] = []
    agencies: list[str] = []
    chunk = _patterns()["short and"].sub(" & ", chunk)
    if chunk.isupper():
        chunk = _patterns()["short AND"].sub(" & ", chunk)
    parts = _patterns()["and"].split(chunk)
    for part in parts:
        pieces = [piece for piece in _patterns()["comma"].split(part.strip()) if piece]
        if len(pieces) == 2 and _is_family_first(pieces[0], pieces[1], publisher):
            pieces = [_given_first(*pieces)]
        if len(pieces) == 1 and "记者" in pieces[0]:
            pieces = _patterns()["han lead"].sub("", pieces[0]).split()
        if (
            len(pieces) == 3
            and _patterns()["suffix"].fullmatch(pieces[2])
            and _is_family_first(pieces[0], pieces[1], publisher)
        ):
            pieces = [f"{_given_first(*pieces[:2])} {pieces[2]}"]
        papers = _papers_at_the_end(pieces) if part is parts[-1] else 0
        for at, piece in enumerate(pieces):
            role, piece = _marked_role(piece)
            bare = _patterns()["joined by"].sub("", piece).strip()
            if names and bare.casefold() == "reuter":
                bare = "Reuters"  # as it called itself for a hundred years
            if agency := agency_named(bare) or agency_in_any_case(bare):
                agencies.append(agency)
                continue
            if names and (works := _role_of_works(piece)):
                names[-1] = (names[-1][0], works)
                continue
            if names and _patterns()["suffix"].fullmatch(bare):
                names[-1] = (f"{names[-1][0]}, {bare}", names[-1][1])
                continue
            is_last = bool(names or is_after) and at >= len(pieces) - max(papers, 1)
            is_last = is_last and part is parts[-1]
            found, named, own_role = _name(
                piece, publisher, is_paper=is_last, alone=piece == _without_lead(whole)
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


def _is_family_first(family: str, given: str, publisher: str) -> bool:
    """Whether two pieces are "Doe, Jane", "Jong, Michiel de" or "van der Berg, Jan"."""
    words, others = family.split(), given.split()
    if _is_unspaced(family):
        return False
    capitalised = [w for w in words if w.casefold() not in _PARTICLES]
    firsts = [w for w in others if w.casefold() not in _PARTICLES]
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
        _patterns()["suffix"].fullmatch(given)
        or others[0].casefold().strip(".") in known.DEGREES
        or agency_in_any_case(given)
    ):
        return False
    if given.casefold() in known.CITIES:
        return False
    return bool(
        _name(_given_first(family, given), publisher, is_paper=False, alone=True)[0]
    ) and not agency_in_any_case(family)


def _given_first(family: str, given: str) -> str:
    return f"{given} {family}"


def _without_lead(piece: str) -> str:
    """Return *piece* without by-words and labels before the name."""
    for _ in range(3):
        bare = (
            _patterns()["lead"].sub("", piece, count=1)
            if _patterns()["lead"].match(piece)
            else piece
        )
        if (match := _patterns()["lead or name"].match(bare)) and not match[0].startswith("Text "):
            bare = bare[match.end() :]
        if bare == piece:
            break
        piece = bare
    return piece


def _name(piece: str, publisher: str, *, is_paper: bool, alone: bool) -> tuple[str, str, str]:
    """Return the person's name in *piece*, the agency after it, and the role said with it; each "" if there is none.

    A lone word counts only if *alone*. With *is_paper*, words such as "Post" and "Star" make a paper of it.
    """
    nobody = ("", "", "")
    piece = _without_lead(piece).strip(' \t:,*–—-~_#"“”→»«<>[]=')
    if any(char >= "\uac00" or "\u3040" <= char <= "\u9fff" for char in piece):
        piece = _patterns()["han lead"].sub(
            "", _patterns()["han role"].sub("", _patterns()["han role"].sub("", piece))
        )
    label, colon, after = piece.partition(":")
    if colon and " " not in label.strip() and after.strip():
        piece = after.strip()  # "Sport: Jane Doe"
    if site := _patterns()["site"].search(piece):
        piece = piece[: site.start()]
    if piece.casefold() in known.SECTIONS or _is_paper_of(piece, publisher):
        return nobody
    quoted = _patterns()["quoted"].sub(lambda m: m[0].replace(" ", _QUOTED_BLANK), piece)
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
    if len(words) == 1 and len(said) > 1 and not _is_unspaced(words[0]):
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
    if not words or len(words) > _MAX_NAME_WORDS or len(name) > _MAX_NAME_CHARS:
        return "", agency, ""
    if len(words) == 1 and not (alone or _is_unspaced(name)):
        return "", agency, ""
    folded = [word.casefold().strip(".") for word in words]
    is_place = (
        name.casefold() in known.PLACES
        or (len(words) == 1 and name.isupper() and name.casefold() in known.INITIALS)
        or name.casefold() in known.SECTIONS
    )
    if is_place or folded[0] == "the" or agency_in_any_case(name) or _is_paper_of(name, publisher):
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


def _is_paper_of(name: str, publisher: str) -> bool:
    return bool(publisher) and _folded(name) == publisher


def _ends_with_initial(words: list[str]) -> bool:
    return bool(words) and (
        len(words[-1]) == 2 or _patterns()["suffix"].fullmatch(words[-1]) is not None
    )


def _without_titles(words: list[str]) -> list[str]:
    """Return *words* without "Dr." before and "MBE" after it, where a full name is left."""
    at = 0
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
            if _folded(" ".join(words[at:])) == publisher:
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
    if not rest[0][0].isupper() or _patterns()["suffix"].fullmatch(rest[0]):
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


def _capitalised(pair: re.Match[str]) -> str:
    """Return two words in small letters with capitals, as a hurried keyboard leaves them, if they can be a name."""
    if not pair[0].islower() or any(
        word in _PARTICLES or word in known.ROLES or word in known.ROLE_QUALIFIERS or word in known.DESKS
        for word in pair.groups()
    ):  # fmt: skip
        return pair[0]
    return pair[0].title()


def _looks_like_name(words: list[str]) -> bool:
    patterns = _patterns()
    capitalised = 0
    for at, word in enumerate(words):
        if (
            at < len(words) - 1
            and len(words) > 2
            and patterns["quoted word"].fullmatch(word.replace(_QUOTED_BLANK, " "))
        ):
            continue
        if not (
            patterns["word"].fullmatch(word)
            or patterns["word"].fullmatch(_without_marks(word))
            or patterns["small prefix"].fullmatch(word)
        ):
            return False
        if word.casefold() in _PARTICLES or patterns["small prefix"].fullmatch(word):
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


def _is_unspaced(name: str) -> bool:
    """Whether *name* is in Han, kana or Hangul, which have no blanks between their words."""
    return _patterns()["han"].fullmatch(name) is not None
