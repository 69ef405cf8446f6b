"""Exports of LexisNexis and Nexis Uni: where an article begins or ends, and its parts by their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping

from search.readers.date_texts import dated_line
from search.readers.dates import parse_date
from search.readers.export_texts import COPYRIGHT, in_blocks, text_of, tidy
from search.readers.record import Record

_MAX_DATE_CHARS = 80
_NUMBERED = r"(?:{of})\s+\d{{1,6}}".format(of="of|von|de|sur|di|van")
#: LexisNexis before each article: "1 of 2 DOCUMENTS", "Dokument 1 von 2".
BEGINS = re.compile(
    rf"\s*(?:(?:Document|Dokument|Documento)\s+\d{{1,6}}\s+{_NUMBERED}|\d{{1,6}}\s+{_NUMBERED}\s+(?:DOCUMENTS?|DOKUMENTEN?|DOCUMENTEN|DOCUMENTOS?|DOCUMENTI))\s*",
    re.IGNORECASE,
)
#: And Nexis Uni after each.
ENDS = re.compile(r"\s*(?:End of Document|Ende des Dokuments?|Fin du document)\s*", re.IGNORECASE)
_PAGE_OF_PRINT = re.compile(
    r"\s*(?:Page|Seite)\s+\d{1,5}\s+(?:of|von|de|sur)\s+\d{1,5}\s*", re.IGNORECASE
)
LENGTH = re.compile(r"\s*(?:Length|Länge|Longueur):\s+\d[\d.,]{0,9} \w{2,8}\s*", re.IGNORECASE)
_BODY_MARKS = frozenset(("body", "body:", "textkörper", "corps", "text", "texte"))
#: Label of LexisNexis -> key of a record: "" says nothing of the article. Those that stand above the text,
_ABOVE = {
    "byline": "byline", "by-line": "byline", "autor": "byline", "autoren": "byline", "auteur": "byline", "auteurs": "byline",
    "section": "section", "rubrik": "section", "ressort": "section", "rubrique": "section",
    "length": "", "länge": "", "longueur": "",
    "headline": "title", "überschrift": "title", "titre": "title",
    "highlight": "highlight", "encart": "highlight", "dateline": "dateline", "series": "series", "source": "source", "link to image": "",
}  # fmt: skip
#: and those below it.
_BELOW = {
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
_ENDS_TEXT = frozenset(("graphic", "classification", "notes", "correction", "grafik", "graphique"))
_LOADED = frozenset(label for label, key in _BELOW.items() if not key)
_LABEL = re.compile(r"\s*([^\W\d_][\w -]{1,24}?)\s{0,3}:(?:\s+(.*)|\s*)")
_EDITION = re.compile(r".{0,40}\b(?:Edition|Ausgabe|Édition)\b.{0,10}", re.IGNORECASE)


def label_in(line: str, known: Mapping[str, str] = _ABOVE) -> tuple[str, str] | None:
    """Return the key and the value of a line that begins with a label, None where it has none that is known."""
    match = _LABEL.fullmatch(line)
    if match is None or (label := match[1].lower()) not in known:
        return None
    return known[label], (match[2] or "").strip()


def lexis(lines: list[str]) -> Record | None:
    """Return the record of an article of LexisNexis: a paper and a day above its title, labels, text, labels."""
    return _record_of(lines, title_is_below=True)


def nexis(lines: list[str]) -> Record | None:
    """The same of Nexis Uni, which has the title first, and a line "Body" above the text."""
    return _record_of(lines, title_is_below=False)


def _record_of(lines: list[str], title_is_below: bool) -> Record | None:
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
        if not title_is_below and (ENDS.fullmatch(line) or _PAGE_OF_PRINT.fullmatch(line)):
            continue
        if where in ("above", "labels"):
            if text.lower() in _BODY_MARKS and found:
                where = "body"
            elif (label := label_in(line)) and not (label[0] == "source" and where == "above"):
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
            elif not (was_blank and COPYRIGHT.fullmatch(text)) and not _is_mark(text, body):
                body.append(line)
        if where == "below" and text and not COPYRIGHT.fullmatch(text):
            if label := label_in(line, _BELOW):
                key = label[0]
                said = found.setdefault(key, [])
                if said and key == "topics":
                    said.append(";")  # the list under the label before has ended
                said.append(label[1])
            elif key:
                found[key].append(text)
    found.pop("", None)
    return _record(above, body, found, title_is_below)


def _is_mark(text: str, body: list[str]) -> bool:
    return not body and text.lower() in _BODY_MARKS


def _ends_text(text: str, title_is_below: bool) -> bool:
    """Whether a line after a blank one is the first below the text: labels in capitals, or what Nexis Uni has there."""
    if title_is_below:
        return text.partition(":")[0].isupper() and label_in(text, _BELOW) is not None
    return text.lower() in _ENDS_TEXT or _is_loaded(text)


def _is_loaded(text: str) -> bool:
    """Whether a line says when the article was loaded, which no text says so."""
    return text.partition(":")[0].lower() in _LOADED


def _record(
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
    blocks_before = in_blocks(above[:at])
    after = above[at + 1 :]
    # What stands right under the day is the edition.
    length = (
        next((n for n, line in enumerate(after) if not line), len(after)) if title_is_below else 0
    )
    editions = after[:length]
    rest = [b for b in in_blocks(after[length:]) if not COPYRIGHT.fullmatch(b[0])]
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
    tidy(record)
    text = text_of(body)
    if highlight := record.pop("highlight", ""):
        text = f"{highlight}\n\n{text}" if text else str(highlight)
    record["text"] = text
    return record if record.get("title") or text else None


def _is_dated(line: str) -> bool:
    published = (
        parse_date(line) if len(line) <= _MAX_DATE_CHARS and re.search(r"\d{4}", line) else None
    )
    return published is not None and not published.is_vague()
