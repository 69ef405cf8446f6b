"""Zip archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.decompression import CutShort
from search.readers.source import WITHIN, Member, Source

_ENCRYPTED = 1
#: What a WACZ has at its top: WARCs in an archive, with lists of their pages.
_WACZ = "datapackage.json"
#: Of the table of contents, which is in memory as a whole, some ten times as large: 300,000 files.
_MAX_CONTENTS_BYTES = 25_000_000
#: Before the data of each file, besides its name.
_HEADER_BYTES = 30
#: An entry of the table of contents: its beginning, flags, how long its name, more of it and its comment are, and where
#: the file lies.
_ENTRY = struct.Struct("<4s4xH18x3H8xI")
_FLAGS = struct.Struct("<H")
_ENTRY_BEGINS = b"PK\x01\x02"
_UTF_8 = 0x800


class _Bounded:
    """A file of which no more is read at once than a table of contents may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        #: Whether names that are said to be UTF-8, and are not, are to be read as others are; and where these files lie.
        self.mends_names = False
        self._misnamed: set[int] = set()

    def read(self, size: int = -1) -> bytes | bytearray:
        if size > _MAX_CONTENTS_BYTES:
            raise CutShort(
                f"has a table of contents of more than {_MAX_CONTENTS_BYTES // 1_000_000} MB; unpack it and give its"
                " folder"
            )
        is_misnamed = size == _HEADER_BYTES and self._file.tell() in self._misnamed
        content = self._file.read(size)
        if is_misnamed and len(content) == size:
            return _not_utf8(bytearray(content), 6)
        if self.mends_names and content.startswith(_ENTRY_BEGINS):
            return self._with_names_mended(bytearray(content))
        return content

    def _with_names_mended(self, mended: bytearray) -> bytearray:
        """Return a table of contents that says of no name that it is UTF-8 where it is not."""
        at = 0
        while at + _ENTRY.size <= len(mended):
            begins, _, *lengths, place = _ENTRY.unpack_from(mended, at)
            if begins != _ENTRY_BEGINS:
                break
            name = mended[at + _ENTRY.size : at + _ENTRY.size + lengths[0]]
            try:
                name.decode("utf-8")
            except UnicodeDecodeError:
                _not_utf8(mended, at + 8)
                self._misnamed.add(place)
            at += _ENTRY.size + sum(lengths)
        return mended


def _not_utf8(header: bytearray, at: int) -> bytearray:
    """Return *header* without the flag that its name is UTF-8; its flags are *at* that place."""
    _FLAGS.pack_into(header, at, _FLAGS.unpack_from(header, at)[0] & ~_UTF_8)
    return header


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive in *file*. Raises what `zipfile` does, and `CutShort` where it has too many files."""
    bounded = _Bounded(file)
    try:
        return zipfile.ZipFile(cast(BinaryIO, bounded))
    except UnicodeDecodeError:
        bounded.mends_names = True
    archive = zipfile.ZipFile(cast(BinaryIO, bounded))
    bounded.mends_names = False
    return archive


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
            is_of_pages = _WACZ in archive.NameToInfo and any(map(_is_warc, archive.namelist()))
            for entry in archive.infolist():
                path = f"{source.path}{WITHIN}{entry.filename}"
                if id(entry) in overlapping:
                    reason = "its data is that of another file of the archive too, as in archives made to grow without end"
                    yield BadArticle(path, None, reason)
                elif is_of_pages and not _is_warc(entry.filename):
                    reason = (
                        "beside the WARCs of a WACZ lie lists of what is in them, and no more pages"
                    )
                    source.remarks.count(None, "not read", reason)
                elif not entry.filename.endswith("/"):
                    yield from _member(path, archive, entry)


def _is_warc(name: str) -> bool:
    """Whether a file of a WACZ has pages."""
    return name.startswith("archive/") and name.removesuffix(".gz").endswith(".warc")


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
