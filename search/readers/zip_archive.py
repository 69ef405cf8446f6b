"""Zip archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.source import CutShort, Member, Source


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the files of the archive in its order. Raises `CutShort` where it is damaged."""
    try:
        with source.in_any_order() as file, zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield from _member(source, archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as exc:
        raise CutShort(f"the archive is damaged ({exc}); fetch the file again") from exc


def _member(
    source: Source, archive: zipfile.ZipFile, entry: zipfile.ZipInfo
) -> Iterator[Member | BadArticle]:
    path = f"{source.path}!/{entry.filename}"
    if entry.flag_bits & 1:
        yield BadArticle(path, None, "is encrypted; unpack it with its password first")
        return
    with archive.open(entry) as stream:
        yield Member(entry.filename, cast(BinaryIO, stream))
