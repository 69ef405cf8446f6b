"""Tar archives: each file in one is read as if it lay in a folder."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from search.model.article import BadArticle
from search.readers.source import CutShort, Member, Source


def members(source: Source) -> Iterator[Member | BadArticle]:
    """Yield the files of the archive as they come; links and devices in it are not followed.

    Raises `CutShort` where it is damaged.
    """
    try:
        with tarfile.open(fileobj=source.stream, mode="r|") as archive:
            for entry in archive:
                if entry.isfile() and (stream := archive.extractfile(entry)):
                    yield Member(entry.name, cast(BinaryIO, stream))
    except tarfile.TarError as exc:
        raise CutShort(f"the archive is damaged ({exc}); fetch the file again") from exc
