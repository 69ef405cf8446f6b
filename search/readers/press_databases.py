"""Text exports of LexisNexis, Factiva and ProQuest: many articles a file, told by the lines that only these write."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from search.model.article import Article, BadArticle
from search.readers.bounded_lines import BoundedLines
from search.readers.date_texts import dated_line
from search.readers.dates import parse_date
from search.readers.draft import guarded, too_long
from search.readers.language import declared_language
from search.readers.record import Record, article_of
from search.readers.source import Origin, Source
from search.readers.text import byline_in, paragraphs_of

#: Lines at the beginning that are looked at to tell the form.
_MAX_HEAD_LINES = 1_500
_MAX_DATE_CHARS = 80

_NUMBERED = r"(?:{of})\s+\d{{1,6}}".format(of="of|von|de|sur|di|van")
#: LexisNexis before each article: "1 of 2 DOCUMENTS", "Dokument 1 von 2".
_LEXIS_BEGINS = re.compile(
    rf"\s*(?:(?:Document|Dokument|Documento)\s+\d{{1,6}}\s+{_NUMBERED}|\d{{1,6}}\s+{_NUMBERED}\s+(?:DOCUMENTS?|DOKUMENTEN?|DOCUMENTEN|DOCUMENTOS?|DOCUMENTI))\s*",
    re.IGNORECASE,
)
#: And Nexis Uni after each.
_LEXIS_ENDS = re.compile(
    r"\s*(?:End of Document|Ende des Dokuments?|Fin du document)\s*", re.IGNORECASE
)
_LEXIS_PAGE = re.compile(
    r"\s*(?:Page|Seite)\s+\d{1,5}\s+(?:of|von|de|sur)\s+\d{1,5}\s*", re.IGNORECASE
)
_LENGTH = re.compile(r"\s*(?:Length|Länge|Longueur):\s+\d[\d.,]{0,9} \w{2,8}\s*", re.IGNORECASE)
_BODY_MARKS = frozenset(("body", "body:", "textkörper", "corps", "text", "texte"))
#: Label of LexisNexis -> key of a record: "" says nothing of the article. Those that stand above the text,
_LEXIS_ABOVE = {
    "byline": "byline", "by-line": "byline", "autor": "byline", "autoren": "byline", "auteur": "byline", "auteurs": "byline",
    "section": "section", "rubrik": "section", "ressort": "section", "rubrique": "section",
    "length": "", "länge": "", "longueur": "",
    "headline": "title", "überschrift": "title", "titre": "title",
    "highlight": "highlight", "encart": "highlight", "dateline": "dateline", "series": "series", "source": "source", "link to image": "",
}  # fmt: skip
#: and those below it.
_LEXIS_BELOW = {
    "load-date": "", "update": "", "ladedatum": "", "date-chargement": "", "date de chargement": "",
    "language": "language", "sprache": "language", "langue": "language",
    **dict.fromkeys(("subject", "industry", "company", "person", "organization", "city", "state", "country", "geographic"), "topics"),
    **dict.fromkeys(("thema", "themen", "branche", "firma", "stadt", "land", "sujet", "entreprise", "ville", "pays"), "topics"),
    "url": "url", "graphic": "graphic", "grafik": "graphic", "graphique": "graphic", "publication-type": "publication-type",
    "type-publication": "publication-type", "publikationstyp": "publication-type", "pub-type": "publication-type",
    "document-type": "document-type", "journal-code": "journal-code", "zeitungs-code": "journal-code", "code-revue": "journal-code",
    "ticker": "ticker", "notes": "notes", "type": "type", "correction": "correction", "correction-date": "correction-date",
    "acc-no": "acc-no", "distribution": "distribution", "copyright": "",
}  # fmt: skip
#: Lines that end the text of Nexis Uni.
_NEXIS_ENDS = frozenset(("graphic", "classification", "notes", "correction", "grafik", "graphique"))
_LOADED = frozenset(label for label, key in _LEXIS_BELOW.items() if not key)
_LABEL = re.compile(r"\s*([^\W\d_][\w -]{1,24}?)\s{0,3}:(?:\s+(.*)|\s*)")
_COPYRIGHT = re.compile(
    r"\s*\(?(?:Copyright|©|\(c\)|All Rights Reserved|Alle Rechte vorbehalten|Tous droits réservés).{0,200}",
    re.IGNORECASE,
)
_EDITION = re.compile(r".{0,40}\b(?:Edition|Ausgabe|Édition)\b.{0,10}", re.IGNORECASE)
#: "(90%)" after a subject.
_SHARE = re.compile(r"\s*\(\d{1,3}\s?%\)")
_PAGE = re.compile(r"[;,]?\s*\b(?:Pg|Pag|S|Seite|page|p)\b\.?\s*(\w{1,6})\b.*", re.IGNORECASE)

_FACTIVA_ENDS = re.compile(r"\s*(?:AN\s+)?(?:Document|Dokument|Documento)\s+([A-Z]\w{11,40})\s*")
_FACTIVA_LABEL = re.compile(
    r"(SE|HD|CR|BY|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|CX|LP|TD|CT|RF|CO|IN|NS|RE|IPC|IPD|PUB|AN|ART|CLM|DLN|CIT)(?:\s{2,}(.*)|\t\s*(.*)|(?<=[A-Z]{3})\s(.*)|\s*)"
)
_FACTIVA_KEYS = {
    "SE": "section", "HD": "title", "CR": "credit", "BY": "byline", "WC": "", "PD": "date", "ET": "time", "SN": "source", "SC": "", "ED": "edition",
    "PG": "page", "VOL": "volume", "LA": "language", "CY": "", "CX": "correction", "LP": "text", "TD": "text", "CT": "contact", "RF": "", "CO": "topics",
    "IN": "topics", "NS": "topics", "RE": "topics", "IPC": "ipc", "IPD": "ipd", "PUB": "publishing house", "AN": "accession number", "ART": "art",
    "CLM": "column", "DLN": "dateline", "CIT": "",
}  # fmt: skip
_FACTIVA_WORDS = re.compile(
    r"\s*(\d[\d.,]{0,9}) (?:words|Wörter|mots|palabras|parole|palavras|woorden|слов)\s*"
)
_FACTIVA_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
#: The code before the name of a subject.
_FACTIVA_TOPIC = re.compile(r"^\s*\w{2,10}\s:\s")
_CLOCK = re.compile(r"\d\d?[:.]\d\d(?:\s?[AP]M)?")

_PROQUEST_LINE = re.compile(r"\s*_{20,}\s*")
_PROQUEST_TELLS = re.compile(
    r"^(?:ProQuest document (?:ID|link)\b|Report Information from ProQuest)", re.MULTILINE
)
#: Label of ProQuest -> key of a record.
_PROQUEST_KEYS = {
    "title": "title", "author": "authors", "publication title": "source", "publication date": "date", "section": "section", "full text": "text",
    "subject": "topics", "language of publication": "language", "document url": "url", "broad subject": "topics", "narrow subject": "topics", "year": "", "proquest document id": "id", "publication info": "publication info",
    "links": "", "copyright": "", "last updated": "", "database": "", "publication year": "", "source type": "", "first page": "", "pages": "page",
    "abstract": "abstract", "publisher": "publishing house", "location": "topics", "company / organization": "topics", "people": "topics",
    "company": "topics", "person": "topics", "classification": "classification", "identifier / keyword": "topics", "place of publication": "place of publication", "country of publication": "country of publication",
    "publication subject": "", "issn": "", "document type": "document type", "document feature": "document feature", "dateline": "dateline", "column": "column",
    "alternate title": "alternate title", "credit": "credit", "volume": "volume", "issue": "issue", "edition": "edition", "day of week": "", "issn/isbn": "",
}  # fmt: skip
#: What stands in place of a text that the database has not.
_NO_FULL_TEXT = (
    "not available",
    "none available",
    "full text not available",
    "full text unavailable",
)
#: Beside the name of a company: "Name: Quay Inc; NAICS: 713930".
_PROQUEST_NUMBER = re.compile(
    r"(?:;\s{0,3})?\b(?:NAICS|DUNS|SIC|Ticker):\s{0,3}[\w ,-]{0,200}|\bName:\s{0,3}"
)
_PROQUEST_INFO = re.compile(
    r"(.{1,200}?)\s*[;,\[].*?(?<!\d)(\d{1,2}\s+[^\W\d_]{3,9}\.?\s+\d{4}|[^\W\d_]{3,9}\.?\s+\d{1,2},\s+\d{4})(?!\d).*"
)


class _Block(NamedTuple):
    """The lines of one article, or of what stands before or after all of them."""

    line: int
    lines: list[str]
    #: Whether a line that parts the articles stands before it, and after it.
    is_begun: bool
    is_ended: bool


class _Database(NamedTuple):
    name: str
    #: Matches a line that parts two articles.
    parts: re.Pattern[str]
    #: Whether that is the "first" of an article, its "last", or "between" two.
    stands: str
    #: Returns the record of an article, None where the lines are none.
    record_of: Callable[[list[str]], Record | None]
    #: One of these is in each such line, and in few others.
    tells: tuple[str, str] = ("ument", "UMENT")

    def is_article(self, block: _Block) -> bool:
        """Whether *block* stands where an article does."""
        whole = {"first": block.is_begun, "last": block.is_ended}
        return whole.get(self.stands, False)


def sniff(head: str) -> bool:
    """Whether a text is an export of a press database."""
    return _database(head.split("\n", _MAX_HEAD_LINES)[:_MAX_HEAD_LINES]) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the articles of an export."""
    head = re.split(r"\r\n?|\n", source.head_text(), maxsplit=_MAX_HEAD_LINES)[:_MAX_HEAD_LINES]
    with source.text() as stream:
        lines = BoundedLines(stream, source.limits.max_record_chars)
        yield from articles_in(source, head, iter(lines.take, ""))


def articles_in(
    source: Origin, head: list[str], lines: Iterable[str]
) -> Iterator[Article | BadArticle]:
    """Yield the articles of *lines*, which begin with those of *head*."""
    database = _database(head)
    if database is None:
        reason = "is no text export of LexisNexis, Factiva or ProQuest that is known"
        yield BadArticle(source.path, None, reason)
        return
    number = 0
    for block in _blocks(lines, database, source.limits.max_article_chars):
        if sum(map(len, block.lines)) > source.limits.max_article_chars:
            yield too_long(source, block.line)
            continue
        if not any(map(str.strip, block.lines)):
            continue
        record = database.record_of(block.lines)
        if record is not None:
            number += 1
            yield guarded(source, block.line, article_of, source, block.line, record)
            continue
        begun = next(line.strip() for line in block.lines if line.strip())[:80]
        if database.is_article(block):
            reason = f"is not understood as an article of {database.name}: it begins with {begun!r}"
            yield BadArticle(source.path, block.line, reason)
        else:
            reason = f"lines that stand beside the articles of {database.name} were left out: they begin with {begun!r}"
            source.remarks.say(block.line, "not its text", reason)
    if not number:
        yield BadArticle(source.path, None, f"looks like an export of {database.name}, but no article in it was understood")  # fmt: skip


def _blocks(lines: Iterable[str], database: _Database, most: int) -> Iterator[_Block]:
    """Yield the lines between those that part the articles; of too long a block only more than *most* characters."""
    block: list[str] = []
    chars, first, is_begun = 0, 1, False
    tell, other = database.tells
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if (tell in line or other in line) and database.parts.fullmatch(text):
            if database.stands == "last":
                block.append(text)
            yield _Block(first, block, is_begun, is_ended=True)
            block, chars, first, is_begun = [], 0, number + 1, True
        elif chars <= most:
            if not block and not text.strip():
                first = number + 1
                continue
            block.append(text)
            chars += len(text) + 1
    yield _Block(first, block, is_begun, is_ended=False)


def _database(head: list[str]) -> _Database | None:
    """Return which database wrote a text that begins with the lines of *head*; None where none did for certain."""
    filled = [line for line in head if line.strip()]
    has_line = any(map(_PROQUEST_LINE.fullmatch, filled[:200]))
    if has_line and _PROQUEST_TELLS.search("\n".join(filled)):
        return _PROQUEST
    begins = next((n for n, line in enumerate(filled) if _LEXIS_BEGINS.fullmatch(line)), None)
    if begins is not None and begins < 40:
        after = filled[begins + 1 : begins + 200]
        if any(_lexis_label(line) for line in after) or any(map(dated_line, after[:6])):
            return _LEXIS
    if any(map(_LEXIS_ENDS.fullmatch, filled)) and any(map(_LENGTH.fullmatch, filled)):
        return _NEXIS
    labels = {match[1] for line in filled if (match := _FACTIVA_LABEL.fullmatch(line))}
    if {"HD", "PD", "SN"} <= labels and labels & {"LP", "TD"}:
        return _FACTIVA
    if any(map(_FACTIVA_ENDS.fullmatch, filled)) and any(
        _FACTIVA_WORDS.fullmatch(line) and dated_line(following)
        for line, following in itertools.pairwise(filled)
    ):
        return _FACTIVA_LAYOUT
    return None


# LexisNexis


def _lexis_label(line: str, known: Mapping[str, str] = _LEXIS_ABOVE) -> tuple[str, str] | None:
    """Return the key and the value of a line that begins with a label, None where it has none that is known."""
    match = _LABEL.fullmatch(line)
    if match is None or (label := match[1].lower()) not in known:
        return None
    return known[label], (match[2] or "").strip()


def _lexis(lines: list[str]) -> Record | None:
    """Return the record of an article of LexisNexis: a paper and a day above its title, labels, text, labels."""
    return _of_lexis(lines, title_is_below=True)


def _nexis(lines: list[str]) -> Record | None:
    """The same of Nexis Uni, which has the title first, and a line "Body" above the text."""
    return _of_lexis(lines, title_is_below=False)


def _of_lexis(lines: list[str], title_is_below: bool) -> Record | None:
    above: list[str] = []
    body: list[str] = []
    found: dict[str, list[str]] = {}
    has_mark = not title_is_below and any(line.strip().lower() in _BODY_MARKS for line in lines)
    where = "above"
    key = ""
    was_blank = is_blank = True
    for line in lines:
        text = line.strip()
        was_blank, is_blank = is_blank, not text
        if (
            where == "body"
            and body
            and title_is_below
            and (is_blank or not (was_blank or ":" in text))
        ):
            body.append(line)  # as nearly all lines are
            continue
        if not title_is_below and (_LEXIS_ENDS.fullmatch(line) or _LEXIS_PAGE.fullmatch(line)):
            continue
        if where in ("above", "labels"):
            if text.lower() in _BODY_MARKS and found:
                where = "body"
            elif (label := _lexis_label(line)) and not (label[0] == "source" and where == "above"):
                where = "labels"
                key = label[0]
                found.setdefault(key, []).append(label[1])
            elif where == "above":
                above.append(text)
            elif text and (has_mark or not was_blank):
                found[key].append(text)
            elif text:
                where = "body"
        if where == "body" and (text or body):
            if _ends_text(text, title_is_below) and (was_blank or _is_loaded(text)):
                where, key = "below", ""
            elif not (was_blank and _COPYRIGHT.fullmatch(text)) and not _is_mark(text, body):
                body.append(line)
        if where == "below" and text and not _COPYRIGHT.fullmatch(text):
            if label := _lexis_label(line, _LEXIS_BELOW):
                key = label[0]
                said = found.setdefault(key, [])
                if said and key == "topics":
                    said.append(";")  # the list under the label before has ended
                said.append(label[1])
            elif key:
                found[key].append(text)
    found.pop("", None)
    return _lexis_record(above, body, found, title_is_below)


def _is_mark(text: str, body: list[str]) -> bool:
    return not body and text.lower() in _BODY_MARKS


def _ends_text(text: str, title_is_below: bool) -> bool:
    """Whether a line after a blank one is the first below the text: labels in capitals, or what Nexis Uni has there."""
    if title_is_below:
        return text.partition(":")[0].isupper() and _lexis_label(text, _LEXIS_BELOW) is not None
    return text.lower() in _NEXIS_ENDS or _is_loaded(text)


def _is_loaded(text: str) -> bool:
    """Whether a line says when the article was loaded, which no text says so."""
    return text.partition(":")[0].lower() in _LOADED


def _lexis_record(
    above: list[str], body: list[str], found: dict[str, list[str]], title_is_below: bool
) -> Record | None:
    record: dict[str, object] = {key: " ".join(filter(None, said)) for key, said in found.items()}
    # Above the title of Nexis Uni may stand a cover with the day of the download.
    numbers = range(len(above)) if title_is_below else range(len(above) - 1, -1, -1)
    at = next((n for n in numbers if dated_line(above[n])), None)
    if at is None:
        at = next((n for n in numbers if _is_dated(above[n])), None)
    if at is None:
        return None
    record["date"] = above[at]
    blocks_before = _in_blocks(above[:at])
    after = above[at + 1 :]
    # What stands right under the day is the edition.
    length = (
        next((n for n, line in enumerate(after) if not line), len(after)) if title_is_below else 0
    )
    editions = after[:length]
    rest = [b for b in _in_blocks(after[length:]) if not _COPYRIGHT.fullmatch(b[0])]
    editions += [line for block in rest if _EDITION.fullmatch(block[0]) for line in block]
    rest = [block for block in rest if not _EDITION.fullmatch(block[0])]
    if title_is_below and editions and not rest and "title" not in record:
        rest = [[editions.pop()]]
    if editions:
        record["edition"] = " ".join(editions)
    if title_is_below:
        if blocks_before:
            record.setdefault("source", " ".join(blocks_before[-1]))
        if "title" not in record and rest:
            record["title"] = " ".join(rest.pop(0))
        body = [line for block in rest for line in (*block, "")] + body
    else:
        used = 1 if blocks_before and len(blocks_before[-1]) > 1 else 2
        before = [line for block in blocks_before[-used:] for line in block]
        if blocks_before[:-used]:
            record["lines above the title"] = " ".join(blocks_before[0])
        if before:
            record.setdefault("source", before[-1])
        if before[:-1]:
            record.setdefault("title", " ".join(before[:-1]))
    _tidy(record)
    text = _text(body)
    if highlight := record.pop("highlight", ""):
        text = f"{highlight}\n\n{text}" if text else str(highlight)
    record["text"] = text
    return record if record.get("title") or text else None


def _is_dated(line: str) -> bool:
    published = (
        parse_date(line) if len(line) <= _MAX_DATE_CHARS and re.search(r"\d{4}", line) else None
    )
    return published is not None and not published.is_vague()


def _tidy(record: dict[str, object]) -> None:
    """Part the page from the section, and one topic from another."""
    section = str(record.get("section", ""))
    if match := _PAGE.search(section):
        record["section"], record["page"] = section[: match.start()].strip(" ;,"), match[1]
    if topics := record.get("topics"):
        record["topics"] = [t.strip() for t in _SHARE.sub("", str(topics)).split(";") if t.strip()]
    if language := record.get("language"):
        record["language"] = str(language).partition(";")[0].strip()


def _in_blocks(lines: Iterable[str]) -> list[list[str]]:
    """Return the lines between blank ones, block by block."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _text(lines: Iterable[str]) -> str:
    """Return a text whose lines were wrapped as paragraphs."""
    return "\n\n".join(" ".join(each.split()) for each in paragraphs_of("\n".join(lines)))


# Factiva


def _factiva(lines: list[str]) -> Record | None:
    """Return the record of an article of Factiva, whose parts have a label of two or three capitals."""
    found: dict[str, list[str]] = {}
    label = ""
    for number, line in enumerate(lines):
        match = _FACTIVA_LABEL.fullmatch(line) if line[:2].isupper() else None
        if (
            match is not None
            and label in _AFTER_TEXT
            and not _ends_factiva(match, label, lines, number)
        ):
            match = None
        if match is not None:
            label = match[1]
            found.setdefault(label, []).append(match[2] or match[3] or match[4] or "")
        elif label:
            found[label].append(line)
    if "HD" not in found:
        return None
    record: dict[str, object] = {}
    for label, said in found.items():
        if (key := _FACTIVA_KEYS[label]) and key != "text":
            value = " ".join(" ".join(said).split())
            if key == "topics":
                names = [_FACTIVA_TOPIC.sub("", name).strip() for name in value.split("|")]
                value = "; ".join([*filter(None, [str(record.get(key, ""))]), *names])
            record[key] = value
    record["text"] = "\n\n".join(
        filter(None, (_text(found.get(label, ())) for label in ("LP", "TD")))
    )
    if "time" in record and _CLOCK.match(str(record["time"])):
        record["date"] = f"{record.get('date', '')} {record.pop('time')}"
    return _with_number(record, lines)


_AFTER_TEXT = {
    "LP": frozenset(("TD", "CT", "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "ART")),
    "TD": frozenset(("CT", "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "ART")),
}


def _ends_factiva(match: re.Match[str], label: str, lines: list[str], at: int) -> bool:
    """Whether a label in the text under *label* is one: "IN" and the like may be words of it."""
    if match[1] not in _AFTER_TEXT[label]:
        return False
    if match[4]:  # a column of four letters, or a word in capitals that begins a line of text
        return at + 1 < len(lines) and _FACTIVA_LABEL.fullmatch(lines[at + 1]) is not None
    value = match[2] or match[3] or next(filter(str.strip, lines[at + 1 : at + 3]), "")
    return match[1] not in ("CO", "IN", "NS", "RE") or _FACTIVA_TOPIC.match(value) is not None


def _with_number(record: dict[str, object], lines: list[str]) -> Record:
    """Return *record* with the number that Factiva gives each article as its id."""
    number = next((m[1] for line in reversed(lines) if (m := _FACTIVA_ENDS.fullmatch(line))), "")
    record.pop("accession number", None)
    return {**record, "id": number} if number else record


def _factiva_layout(lines: list[str]) -> Record | None:
    """Return the record of an article of Factiva without labels: title, byline, words, day, paper ... each on a line."""
    filled = [(n, line.strip()) for n, line in enumerate(lines) if line.strip()]
    at = next(
        (
            k
            for k, (_, text) in enumerate(filled[:-1])
            if _FACTIVA_WORDS.fullmatch(text) and dated_line(filled[k + 1][1])
        ),
        None,
    )
    if not at:
        return None
    above = [text for _, text in filled[:at]]
    record: dict[str, object] = {}
    if len(above) > 1 and byline_in(above[-1]):
        record["byline"] = above.pop()
    if len(above) > 1 and len(above[0].split()) <= 3 < len(above[1].split()):
        record["section"] = above.pop(0)
    record["title"] = above[0]
    more = above[1:]
    below = filled[at + 1 :]
    record["date"] = below[0][1]
    k = 1
    if k < len(below) and _CLOCK.fullmatch(below[k][1]):
        record["date"] = f"{record['date']} {below[k][1]}"
        k += 1
    if k < len(below):
        record["source"] = below[k][1]
        k += 1
    end = next(
        (j for j in range(k, min(k + 9, len(below))) if _COPYRIGHT.fullmatch(below[j][1])), None
    )
    last = end if end is not None else k
    if k < last and _FACTIVA_CODE.fullmatch(below[k][1]):
        k += 1  # that of the paper
    for _, text in below[k:last]:
        if declared_language(text):
            record["language"] = text
        elif text[:4].isdecimal() or len(text) < 5:
            record["page"] = text
        elif not _FACTIVA_CODE.fullmatch(text):
            record["edition"] = text
    begin = below[last][0] + (1 if end is not None else 0) if last < len(below) else len(lines)
    body = [line for line in lines[begin:] if not _FACTIVA_ENDS.fullmatch(line)]
    record["text"] = "\n\n".join(filter(None, (*more, _text(body))))
    return _with_number(record, lines)


# ProQuest


def _proquest(lines: list[str]) -> Record | None:
    """Return the record of an article of ProQuest, whose parts have labels such as "Full text:"."""
    found: dict[str, list[str]] = {}
    first: list[str] = []
    label = ""
    for line in lines:
        match = _LABEL_OF_PROQUEST.fullmatch(line)
        if match is not None and (match[1].lower() in _PROQUEST_KEYS):
            is_of_text = label == "full text" and match[1].lower() not in _AFTER_FULL_TEXT
            if not is_of_text:
                label = match[1].lower()
                found.setdefault(label, []).append(match[2] or "")
                continue
        if label:
            found[label].append(line)
        elif line.strip():
            first.append(line.strip())
    if not {"full text", "title", "publication info", "publication title"} & found.keys():
        return None
    record: dict[str, object] = {}
    for label, said in found.items():
        key = _PROQUEST_KEYS[label]
        if key and key != "text":
            value = " ".join(" ".join(said).split()).strip("; ")
            if label.startswith("company"):
                value = _PROQUEST_NUMBER.sub("", value)
            record[key] = f"{record[key]}; {value}" if key == "topics" and key in record else value
    record["text"] = _text(found.get("full text", ()))
    if str(record["text"]).rstrip(".").lower() in _NO_FULL_TEXT:
        record["text"] = ""
    if not record["text"] and "abstract" in record:
        record["text"] = record.pop("abstract")
    title = next((line for line in first if not _DOCUMENT_OF_PROQUEST.fullmatch(line)), "")
    record.setdefault("title", title)
    if str(record.get("id", "")).isdecimal():  # the same wherever it stands
        record["id"] = f"proquest-{record['id']}"
    if info := _PROQUEST_INFO.fullmatch(str(record.get("publication info", ""))[:500]):
        record.setdefault("source", info[1])
        record.setdefault("date", info[2])
    if "source" in record and "date" in record:
        record.pop("publication info", None)
    _tidy(record)
    return record


_LABEL_OF_PROQUEST = re.compile(r"([A-Z][A-Za-z/ ]{2,30}?)\s?:(?:\s+(.*)|)")
_DOCUMENT_OF_PROQUEST = re.compile(
    r"Document \d{1,6} of \d{1,6}|ProQuest document link.*|Table of contents", re.IGNORECASE
)
_AFTER_FULL_TEXT = frozenset(_PROQUEST_KEYS) - {"section", "title", "author", "links", "credit", "people", "person", "company", "column", "issue", "location", "edition"} | {"subject", "title"}  # fmt: skip

_LEXIS = _Database("LexisNexis", _LEXIS_BEGINS, "first", _lexis)
_NEXIS = _Database("Nexis Uni", _LEXIS_ENDS, "last", _nexis)
_FACTIVA = _Database("Factiva", _FACTIVA_ENDS, "last", _factiva)
_FACTIVA_LAYOUT = _Database("Factiva", _FACTIVA_ENDS, "last", _factiva_layout)
_PROQUEST = _Database("ProQuest", _PROQUEST_LINE, "between", _proquest, ("____", "____"))
