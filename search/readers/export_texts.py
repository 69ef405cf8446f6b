"""What exports of all press databases have in common: wrapped lines, a page beside a section, subjects in a list."""

from __future__ import annotations

import re
from collections.abc import Iterable

from search.readers.text import paragraphs_of

COPYRIGHT = re.compile(
    r"\s*\(?(?:Copyright|©|\(c\)|All Rights Reserved|Alle Rechte vorbehalten|Tous droits réservés).{0,200}",
    re.IGNORECASE,
)
#: "(90%)" after a subject.
_SHARE = re.compile(r"\s*\(\d{1,3}\s?%\)")
_PAGE = re.compile(r"[;,]?\s*\b(?:Pg|Pag|S|Seite|page|p)\b\.?\s*(\w{1,6})\b.*", re.IGNORECASE)


def tidy(record: dict[str, object]) -> None:
    """Part the page from the section, and one topic from another."""
    section = str(record.get("section", ""))
    if match := _PAGE.search(section):
        record["section"], record["page"] = section[: match.start()].strip(" ;,"), match[1]
    if topics := record.get("topics"):
        record["topics"] = [t.strip() for t in _SHARE.sub("", str(topics)).split(";") if t.strip()]
    if language := record.get("language"):
        record["language"] = str(language).partition(";")[0].strip()


def in_blocks(lines: Iterable[str]) -> list[list[str]]:
    """Return the lines between blank ones, block by block."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def text_of(lines: Iterable[str]) -> str:
    """Return a text whose lines were wrapped as paragraphs."""
    return "\n\n".join(" ".join(each.split()) for each in paragraphs_of("\n".join(lines)))
