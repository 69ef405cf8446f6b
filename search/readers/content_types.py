"""What a content type says: as protocols, web archives and mails have it."""

from __future__ import annotations

import re

from search.readers.formats import has_known_suffix
from search.readers.html import sniff
from search.readers.source import suffix_of

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/vnd.wap.xhtml+xml": ".html",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/json": ".json",
    "text/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "message/rfc822": ".eml",
    "multipart/related": ".mhtml",
    "application/mbox": ".mbox",
    "text/plain": ".txt",
}
#: What servers and mail programs say of a file that they do not know.
_SAYS_NOTHING = ("", "text/plain", "application/octet-stream", "binary/octet-stream", "unknown/unknown", "application/download")  # fmt: skip
_KIND = re.compile(r"\s*([\w.+-]{1,60}/[\w.+-]{1,80})")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([^\s;\"',]{1,40})", re.IGNORECASE)
_SNIFFED_BYTES = 4096


def kind_of(content_type: str) -> str:
    """Return the type itself, lower case: "text/html"; "" where there is none."""
    found = _KIND.match(content_type)
    return found[1].lower() if found else ""


def charset_of(content_type: str) -> str:
    """Return the encoding that *content_type* names, "" where it names none."""
    found = _CHARSET.search(content_type[:2000])
    return found[1] if found else ""


def suffix_for(content_type: str, name: str, content: bytes) -> str:
    """Return the suffix of files of that type if a reader knows it, else "".

    A type that says nothing leaves it to the *name*, and that to how *content* begins.
    """
    kind = kind_of(content_type)
    if kind in _SAYS_NOTHING and has_known_suffix(name):
        return suffix_of(name)
    suffix = _SUFFIXES.get(kind, "")
    if not suffix and kind.startswith(("application/", "text/")):
        suffix = {"xml": ".xml", "json": ".json"}.get(kind.rpartition("+")[2], "")
    if not suffix and kind in _SAYS_NOTHING and sniff(content[:_SNIFFED_BYTES].decode("latin-1")):
        suffix = ".html"
    return suffix if has_known_suffix(f"a{suffix}") else ""
