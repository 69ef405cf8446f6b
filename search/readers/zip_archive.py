"""Zip archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.source import WITHIN, CutShort, Member, Source

_ENCRYPTED = 1


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the files of the archive in its order; a `BadArticle` for one that cannot be unpacked.

    Raises `CutShort` where the archive has no table of contents, as one that is cut.
    """
    with source.in_any_order() as file:
        try:
            archive = zipfile.ZipFile(file)
        # It raises ValueError for a place before the beginning, and NotImplementedError for parts of archives.
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as exc:
            raise CutShort(
                f"has no table of contents that can be read ({exc}): it was cut or damaged; fetch the file again"
            ) from exc
        with archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield from _member(f"{source.path}{WITHIN}{entry.filename}", archive, entry)


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
