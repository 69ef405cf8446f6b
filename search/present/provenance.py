"""Where an article was read, as a sentence and for programs."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from search.model.article import Document, Provenance
from search.present.dates import known_date


def provenance_of(document: Document, *, whole_paths: bool) -> Provenance | None:
    """Return the provenance of *document* as it may be shown; None where it is not known.

    Without *whole_paths* the file has its last name only: how the disks of a server are laid out, and what its users
    are called, is no business of those who search it.
    """
    found = document.provenance
    if found is None or whole_paths:
        return found
    return found._replace(file=found.file.rpartition("/")[2])


def read_from(provenance: Provenance, zone: tzinfo = UTC, *, on_a_page: bool = False) -> str:
    """Return in words where and when an article was read: "dump.zip, 2024/a.jsonl, line 3, as records, on ...".

    The day is written as in a terminal, or as on a page.
    """
    parts = ["standard input" if provenance.file == "-" else provenance.file]
    if provenance.member:
        parts.append(provenance.member)
    if provenance.line:
        parts.append(f"line {provenance.line:,}")
    if provenance.reader:
        parts.append(f"as {provenance.reader}")
    if provenance.read_at:
        read_at = known_date(provenance.read_at, "minute", zone)
        parts.append(f"on {read_at.words if on_a_page else read_at.short}")
    return ", ".join(parts)


def provenance_as_json(provenance: Provenance | None) -> dict[str, Any] | None:
    """Return *provenance* as a value for `json.dumps`."""
    if provenance is None:
        return None
    read_at = provenance.read_at
    return {
        "file": provenance.file,
        "line": provenance.line,
        "member": provenance.member or None,
        "url": provenance.url or None,
        "reader": provenance.reader or None,
        "read_at": read_at and known_date(read_at, "second").iso,
    }
