"""Tar archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, BinaryIO, Self, cast

from search.model.article import BadArticle
from search.readers.decompression import CutShort
from search.readers.source import Member, Source

#: Entries that say more of the one after them, which Python takes into memory whole; of a name that is a few KB.
_SAYING_MORE = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_MAX_SAID_BYTES = 1_000_000
#: A file that is whole takes one or two.
_READS_AT_END = 100


class _Entry(tarfile.TarInfo):
    """An entry that is bounded, and does not take damage for the end of the archive, as that of Python does."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        entry = super().frombuf(buf, encoding, errors)
        if entry.type in _SAYING_MORE and entry.size > _MAX_SAID_BYTES:
            raise CutShort(
                f"the header of a file in the archive is larger than {_MAX_SAID_BYTES:,} bytes; the rest was not read"
            )
        return entry

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.EmptyHeaderError as exc:  # type: ignore[attr-defined]
            raise CutShort(
                "the archive has no end, so it may have been cut; fetch the file again"
            ) from exc
        except tarfile.HeaderError as exc:
            raise _damaged(exc) from exc


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the files of the archive as they come; what is a link or a device in it is left out.

    Raises `CutShort` where it is damaged, after all that came before.
    """
    try:
        file = cast(BinaryIO, _Ending(source.stream))
        with tarfile.open(
            fileobj=file, mode="r|", tarinfo=_Entry, encoding="utf-8", errors="backslashreplace"
        ) as archive:
            for entry in archive:
                # It keeps them for what reads in any order.
                archive.members.clear()  # type: ignore[attr-defined]
                if entry.isfile() and (stream := archive.extractfile(entry)):
                    yield Member(entry.name, cast(BinaryIO, _Whole(stream, entry.size)))
                elif not entry.isdir():
                    source.remarks.count(None, "not read", "is a link or a device in an archive")
    # Tables of sparse files are taken apart by it without a look.
    except (tarfile.TarError, ValueError, IndexError, OverflowError) as exc:
        raise _damaged(exc) from exc


class _Ending:
    """A stream that is not read on and on at its end, as `tarfile` does to skip a file that says it is larger."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._reads_left = _READS_AT_END

    def read(self, size: int) -> bytes:
        part = self._stream.read(size)
        if not part:
            self._reads_left -= 1
            if self._reads_left < 0:
                raise tarfile.ReadError("unexpected end of data")
        return part


class _Whole:
    """A file of an archive that raises EOFError where the archive ends before it."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size

    def read1(self, size: int) -> bytes:
        try:
            part = self._stream.read(size)
        except tarfile.StreamError as exc:  # it takes what came for all that it asked for
            raise EOFError from exc
        self._left -= len(part)
        if not part and size and self._left > 0:
            raise EOFError
        return part


def _damaged(exc: Exception) -> CutShort:
    return CutShort(f"the archive is damaged ({exc}); fetch the file again")
