"""Folders and files that look like sources of articles and never are: indexes, parts of saved pages, reports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

#: An index of Whoosh, in whatever format, has one; see `search.engines.whoosh_index.segment.toc`.
_TABLE_OF_CONTENTS = re.compile(r"_\w{1,200}_[0-9]{1,20}\.toc")

#: What the embedded engine, in every version, calls the files in the folder of an index.
_INDEX_FILE = re.compile(
    r"_\w{1,200}_[0-9]{1,20}\.(?:toc|new)|MAIN_WRITELOCK|MAIN_[0-9a-z]{1,40}\.(?!txt|html?|json|csv)[A-Za-z0-9_.]{1,80}"
    r"|ledger\.lock|(?:ledger|revisions)\.sqlite.{0,80}|\.?sources\.(?:lock|jsonl(?:\.[0-9]+)?)"
)

_PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")

#: What a browser appends to the name of a page that it saves "complete", in its language, for the folder of
#: the pictures, scripts and frames: the list of connected files that Windows has, lower case.
_SAVED_WITH_PAGE = (
    "_files", ".files", "-dateien", "_fichiers", "_archivos", "_file", "_bestanden", "_arquivos", "_ficheiros",
    "_pliki", "-filer", "_filer", "_tiedostot", "_soubory", "_subory", "_elemei", "_dosyalar", "_datoteke",
    "_fitxers", "_failid", "_fails", "_bylos", "_fajlovi", "_fitxategiak", "_fisiere", "_файлы", "_файли",
    "_файлове", "_αρχεία",
)  # fmt: skip

#: How each line of a report of `newssearch index` begins; see `search.ingest.cases`.
REPORT_START = b'{"file": "'
_REPORT_KEYS = b'", "line": '
_REPORT_SUFFIXES = (".jsonl", ".ndjson", ".json")
_REPORT_HEAD_BYTES = 16_384


def is_index(names: Iterable[str]) -> bool:
    """Whether a folder that holds files of these *names* is an index, of newssearch or of Whoosh."""
    return any(
        name.startswith("_") and _TABLE_OF_CONTENTS.fullmatch(name) is not None for name in names
    )


def is_index_folder(folder: str) -> bool:
    """Whether *folder* is there, can be listed, and is an index."""
    try:
        return is_index(os.listdir(folder or os.curdir))
    except OSError:
        return False


def is_index_file(name: str) -> bool:
    """Whether a file of this name, in the folder of an index, is the index's own."""
    return _INDEX_FILE.fullmatch(name) is not None


def page_saved_with(folder: str) -> str:
    """Return the page beside *folder* that a browser has saved together with it, "" if there is none."""
    name = os.path.basename(folder)
    for ending in _SAVED_WITH_PAGE:
        if name.lower().endswith(ending) and len(name) > len(ending):
            page = folder[: -len(ending)]
            for suffix in _PAGE_SUFFIXES:
                for path in (page + suffix, page + suffix.upper()):
                    if os.path.isfile(path):
                        return path
    return ""


_ABOUT_FILES = re.compile(
    r"(?:readme|changelog|changes|contributing|licen[cs]e|code_of_conduct|security)(?:[._-][\w-]{1,10})?\.(?:md|markdown)"
)


def is_about_files(name: str) -> bool:
    """Whether a file is called like those that tell of the folder they lie in: README.md."""
    return _ABOUT_FILES.fullmatch(name.lower()) is not None


def is_of_saved_page(folder: str) -> bool:
    """Whether a folder of that name looks like one that a browser saves with a page."""
    return folder.lower().endswith(_SAVED_WITH_PAGE)


def is_report(path: Path) -> bool:
    """Whether the file at *path* is a report that `newssearch index` has written, by name and content."""
    if not is_named_as_report(path) or not os.path.isfile(path):
        return False
    try:
        return begins_as_report(path)
    except OSError:
        return False


def is_named_as_report(path: Path) -> bool:
    """Whether a report could have the name of *path*."""
    return path.suffix.lower() in _REPORT_SUFFIXES


def begins_as_report(path: str | Path) -> bool:
    """Whether the file at *path* begins as a report of `newssearch index` does. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(len(REPORT_START))
        return head == REPORT_START and _REPORT_KEYS in file.read(_REPORT_HEAD_BYTES)
