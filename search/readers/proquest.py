"""Exports of ProQuest: the line between two articles, and the parts of one by their labels."""

from __future__ import annotations

import re

from search.readers.export_texts import text_of, tidy
from search.readers.record import Record

LINE = re.compile(r"\s*_{20,}\s*")
TELLS = re.compile(
    r"^(?:ProQuest document (?:ID|link)\b|Report Information from ProQuest)", re.MULTILINE
)
#: Label of ProQuest -> key of a record.
_KEYS = {
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
_NUMBER = re.compile(
    r"(?:;\s{0,3})?\b(?:NAICS|DUNS|SIC|Ticker):\s{0,3}[\w ,-]{0,200}|\bName:\s{0,3}"
)
_INFO = re.compile(
    r"(.{1,200}?)\s*[;,\[].*?(?<!\d)(\d{1,2}\s+[^\W\d_]{3,9}\.?\s+\d{4}|[^\W\d_]{3,9}\.?\s+\d{1,2},\s+\d{4})(?!\d).*"
)


def record_of(lines: list[str]) -> Record | None:
    """Return the record of an article of ProQuest, whose parts have labels such as "Full text:"."""
    found: dict[str, list[str]] = {}
    first: list[str] = []
    label = ""
    for line in lines:
        match = _LABEL.fullmatch(line)
        if match is not None and (match[1].lower() in _KEYS):
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
        key = _KEYS[label]
        if key and key != "text":
            value = " ".join(" ".join(said).split()).strip("; ")
            if label.startswith("company"):
                value = _NUMBER.sub("", value)
            record[key] = f"{record[key]}; {value}" if key == "topics" and key in record else value
    record["text"] = text_of(found.get("full text", ()))
    if str(record["text"]).rstrip(".").lower() in _NO_FULL_TEXT:
        record["text"] = ""
    if not record["text"] and "abstract" in record:
        record["text"] = record.pop("abstract")
    title = next((line for line in first if not _DOCUMENT.fullmatch(line)), "")
    record.setdefault("title", title)
    if str(record.get("id", "")).isdecimal():  # the same wherever it stands
        record["id"] = f"proquest-{record['id']}"
    if info := _INFO.fullmatch(str(record.get("publication info", ""))[:500]):
        record.setdefault("source", info[1])
        record.setdefault("date", info[2])
    if "source" in record and "date" in record:
        record.pop("publication info", None)
    tidy(record)
    return record


_LABEL = re.compile(r"([A-Z][A-Za-z/ ]{2,30}?)\s?:(?:\s+(.*)|)")
_DOCUMENT = re.compile(
    r"Document \d{1,6} of \d{1,6}|ProQuest document link.*|Table of contents", re.IGNORECASE
)
_AFTER_FULL_TEXT = frozenset(_KEYS) - {"section", "title", "author", "links", "credit", "people", "person", "company", "column", "issue", "location", "edition"} | {"subject", "title"}  # fmt: skip
