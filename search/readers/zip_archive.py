"""Zip archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.source import WITHIN, CutShort, Member, Source

_ENCRYPTED = 1
#: Of the table of contents, which is in memory as a whole, some ten times as large: 300,000 files.
_MAX_CONTENTS_BYTES = 25_000_000
#: Before the data of each file, besides its name.
_HEADER_BYTES = 30


class _Bounded:
    """A file of which no more is read at once than a table of contents may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _MAX_CONTENTS_BYTES:
            raise CutShort(
                f"has a table of contents of more than {_MAX_CONTENTS_BYTES // 1_000_000} MB; unpack it and give its"
                " folder"
            )
        return self._file.read(size)


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive in *file*. Raises what `zipfile` does, and `CutShort` where it has too many files."""
    return zipfile.ZipFile(cast(BinaryIO, _Bounded(file)))


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the files of the archive in its order; a `BadArticle` for one that cannot be unpacked.

    Raises `CutShort` where the archive has no table of contents, as one that is cut.
    """
    with source.in_any_order() as file:
        try:
            archive = opened(file)
        # It raises ValueError for a place before the beginning, and NotImplementedError for parts of archives.
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as exc:
            raise CutShort(
                f"has no table of contents that can be read ({exc}): it was cut or damaged; fetch the file again"
            ) from exc
        with archive:
            overlapping = _overlapping(archive.infolist())
            for entry in archive.infolist():
                path = f"{source.path}{WITHIN}{entry.filename}"
                if id(entry) in overlapping:
                    reason = "its data is that of another file of the archive too, as in archives made to grow without end"
                    yield BadArticle(path, None, reason)
                elif not entry.filename.endswith("/"):
                    yield from _member(path, archive, entry)


def _overlapping(entries: Iterable[zipfile.ZipInfo]) -> set[int]:
    """Return the `id` of each entry whose data goes on into another's, which newer versions of Python refuse."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    return {
        id(entry)
        for entry, after in pairwise(ordered)
        if entry.header_offset + _HEADER_BYTES + entry.compress_size > after.header_offset
    }


def _member(
    path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo
) -> Iterator[Member | BadArticle]:
    if entry.flag_bits & _ENCRYPTED:
        yield BadArticle(path, None, "is encrypted; unpack it with its password first")
        return
    try:
        stream = archive.open(entry)
    except NotImplementedError:
        reason = "is compressed in a way that is not read here; unpack the archive first"
        yield BadArticle(path, None, reason)
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        yield BadArticle(path, None, f"is damaged in its archive ({exc}); fetch the archive again")
    else:
        with stream:
            yield Member(entry.filename, cast(BinaryIO, stream))
