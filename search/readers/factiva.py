"""Exports of Factiva, with its labels of two letters or laid out for people: where an article ends, and its parts."""

from __future__ import annotations

import re

from search.readers.date_texts import dated_line
from search.readers.export_texts import COPYRIGHT, text_of
from search.readers.language import declared_language
from search.readers.record import Record
from search.readers.text import byline_in

ENDS = re.compile(r"\s*(?:AN\s+)?(?:Document|Dokument|Documento)\s+([A-Z]\w{11,40})\s*")
LABEL = re.compile(
    r"(SE|HD|CR|BY|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|CX|LP|TD|CT|RF|CO|IN|NS|RE|IPC|IPD|PUB|AN|ART|CLM|DLN|CIT)(?:\s{2,}(.*)|\t\s*(.*)|(?<=[A-Z]{3})\s(.*)|\s*)"
)
_KEYS = {
    "SE": "section", "HD": "title", "CR": "credit", "BY": "byline", "WC": "", "PD": "date", "ET": "time", "SN": "source", "SC": "", "ED": "edition",
    "PG": "page", "VOL": "volume", "LA": "language", "CY": "", "CX": "correction", "LP": "text", "TD": "text", "CT": "contact", "RF": "", "CO": "topics",
    "IN": "topics", "NS": "topics", "RE": "topics", "IPC": "ipc", "IPD": "ipd", "PUB": "publishing house", "AN": "accession number", "ART": "art",
    "CLM": "column", "DLN": "dateline", "CIT": "",
}  # fmt: skip
WORDS = re.compile(
    r"\s*(\d[\d.,]{0,9}) (?:words|Wörter|mots|palabras|parole|palavras|woorden|слов)\s*"
)
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
#: The code before the name of a subject.
_TOPIC = re.compile(r"^\s*\w{2,10}\s:\s")
_CLOCK = re.compile(r"\d\d?[:.]\d\d(?:\s?[AP]M)?")


def labelled(lines: list[str]) -> Record | None:
    """Return the record of an article of Factiva, whose parts have a label of two or three capitals."""
    found: dict[str, list[str]] = {}
    label = ""
    for number, line in enumerate(lines):
        match = LABEL.fullmatch(line) if line[:2].isupper() else None
        if (
            match is not None
            and label in _AFTER_TEXT
            and not _ends_text(match, label, lines, number)
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
        if (key := _KEYS[label]) and key != "text":
            value = " ".join(" ".join(said).split())
            if key == "topics":
                names = [_TOPIC.sub("", name).strip() for name in value.split("|")]
                value = "; ".join([*filter(None, [str(record.get(key, ""))]), *names])
            record[key] = value
    record["text"] = "\n\n".join(
        filter(None, (text_of(found.get(label, ())) for label in ("LP", "TD")))
    )
    if "time" in record and _CLOCK.match(str(record["time"])):
        record["date"] = f"{record.get('date', '')} {record.pop('time')}"
    return _with_number(record, lines)


_AFTER_TEXT = {
    "LP": frozenset(("TD", "CT", "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "ART")),
    "TD": frozenset(("CT", "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "ART")),
}


def _ends_text(match: re.Match[str], label: str, lines: list[str], at: int) -> bool:
    """Whether a label in the text under *label* is one: "IN" and the like may be words of it."""
    if match[1] not in _AFTER_TEXT[label]:
        return False
    if match[4]:  # a column of four letters, or a word in capitals that begins a line of text
        return at + 1 < len(lines) and LABEL.fullmatch(lines[at + 1]) is not None
    value = match[2] or match[3] or next(filter(str.strip, lines[at + 1 : at + 3]), "")
    return match[1] not in ("CO", "IN", "NS", "RE") or _TOPIC.match(value) is not None


def _with_number(record: dict[str, object], lines: list[str]) -> Record:
    """Return *record* with the number that Factiva gives each article as its id."""
    number = next((m[1] for line in reversed(lines) if (m := ENDS.fullmatch(line))), "")
    record.pop("accession number", None)
    return {**record, "id": number} if number else record


def laid_out(lines: list[str]) -> Record | None:
    """Return the record of an article of Factiva without labels: title, byline, words, day, paper ... each on a line."""
    filled = [(n, line.strip()) for n, line in enumerate(lines) if line.strip()]
    at = next(
        (
            k
            for k, (_, text) in enumerate(filled[:-1])
            if WORDS.fullmatch(text) and dated_line(filled[k + 1][1])
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
        (j for j in range(k, min(k + 9, len(below))) if COPYRIGHT.fullmatch(below[j][1])), None
    )
    last = end if end is not None else k
    if k < last and _CODE.fullmatch(below[k][1]):
        k += 1  # that of the paper
    for _, text in below[k:last]:
        if declared_language(text):
            record["language"] = text
        elif text[:4].isdecimal() or len(text) < 5:
            record["page"] = text
        elif not _CODE.fullmatch(text):
            record["edition"] = text
    begin = below[last][0] + (1 if end is not None else 0) if last < len(below) else len(lines)
    body = [line for line in lines[begin:] if not ENDS.fullmatch(line)]
    record["text"] = "\n\n".join(filter(None, (*more, text_of(body))))
    return _with_number(record, lines)
