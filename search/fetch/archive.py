"""Where what was fetched is kept: web archives (WARC) in a folder, a file for each run."""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from search.fetch.client import Answer
from search.model.errors import ReadError
from search.readers.warc import COLLECTION_FIELD

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

SUFFIX = ".warc.gz"
#: Where the feeds and sitemaps themselves are kept: a folder that is hidden, so that nothing in it is indexed.
#: What of them is to be indexed stands in the other files, an entry a line.
LISTS = ".lists"
STATE = ".state.sqlite"
_LOCK = ".lock"
#: A file that is being written is hidden, and has its name when it is whole.
_BEGUN = "."
#: Type of the entries of a feed, each a record.
ENTRIES_TYPE = "application/x-ndjson"
#: Of them in one record of an archive.
_PART_BYTES = 5_000_000


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make *folder*, and hold it as the only run that fetches into it. Raises `ReadError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / _LOCK, "ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise ReadError(
                    f"{folder}: another newssearch fetch is at work there; wait for its end"
                ) from exc
            _finish_begun(folder)
            yield
    except OSError as exc:
        raise ReadError(f"{exc.filename or folder}: {exc.strerror}") from exc


def _finish_begun(folder: Path) -> None:
    """Name the files that a run which was killed has begun: what is in them is whole but for the last record."""
    for path in folder.rglob(f"{_BEGUN}*{SUFFIX}"):
        if path.stat().st_size:
            path.rename(_free(path.with_name(path.name.removeprefix(_BEGUN))))
        else:
            path.unlink()


def kept_files(folder: Path) -> list[Path]:
    """Return the files that are kept in *folder* and to be indexed, from old to new."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


class Archives:
    """The files that a run writes. A record is on disk when the method that writes it returns."""

    def __init__(self, folder: Path, user_agent: str, now: datetime) -> None:
        self._folder = folder
        self._user_agent = user_agent
        self._name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") + SUFFIX
        self._open: dict[Path, _Archive] = {}
        #: Paths of the files, once they are closed.
        self.paths: list[Path] = []

    def keep_page(self, collection: str, url: str, answer: Answer, at: datetime) -> None:
        """Keep the answer to a request as it is to be indexed. Raises OSError."""
        self._archive(self._folder).response(url, answer, _fields(at, collection))

    def keep_list(self, url: str, answer: Answer, at: datetime) -> None:
        """Keep a feed or sitemap where nothing is indexed. Raises OSError."""
        self._archive(self._folder / LISTS).response(url, answer, _fields(at))

    def keep_entries(self, collection: str, url: str, records: Sequence[str], at: datetime) -> None:
        """Keep entries of the feed at *url*, each a line of JSON, as they are to be indexed. Raises OSError."""
        archive = self._archive(self._folder)
        part: list[bytes] = []
        size = 0
        for record in records:
            line = record.encode("utf-8", "replace")
            if part and size + len(line) > _PART_BYTES:
                archive.resource(url, b"\n".join(part), _fields(at, collection))
                part, size = [], 0
            part.append(line)
            size += len(line) + 1
        archive.resource(url, b"\n".join(part), _fields(at, collection))

    def _archive(self, folder: Path) -> _Archive:
        if folder not in self._open:
            folder.mkdir(exist_ok=True)
            self._open[folder] = _Archive(_free(folder / self._name), self._user_agent)
        return self._open[folder]

    def close(self) -> None:
        for archive in self._open.values():
            self.paths.append(archive.close())
        self._open.clear()


class _Archive:
    """One file."""

    def __init__(self, path: Path, user_agent: str) -> None:
        from warcio.warcwriter import WARCWriter

        self._path = path
        self._begun = path.with_name(_BEGUN + path.name)
        self._file = open(self._begun, "xb", buffering=0)  # noqa: SIM115
        self._buffer = io.BytesIO()
        self._writer = WARCWriter(self._buffer, gzip=True, warc_version="1.1")
        info = {"software": user_agent, "format": "WARC File Format 1.1", "robots": "obey"}
        self._write(self._writer.create_warcinfo_record(path.name, info))

    def response(self, url: str, answer: Answer, fields: dict[str, str]) -> None:
        from warcio.statusandheaders import StatusAndHeaders

        headers = [*_kept_headers(answer), ("Content-Length", str(len(answer.content)))]
        status = f"{answer.status} {_one_line(answer.reason)}".strip()
        self._write(
            self._writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(answer.content),
                http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-IP-Address": answer.ip, **fields},
            )
        )

    def resource(self, url: str, content: bytes, fields: dict[str, str]) -> None:
        self._write(
            self._writer.create_warc_record(
                url,
                "resource",
                payload=io.BytesIO(content),
                warc_content_type=ENTRIES_TYPE,
                warc_headers_dict=fields,
            )
        )

    def _write(self, record: ArcWarcRecord) -> None:
        """Write a record, a member of gzip of its own; a part of it that a full disk took is cut off again."""
        self._writer.write_record(record)
        record.raw_stream.close()
        rest = memoryview(self._buffer.getvalue())
        size = os.fstat(self._file.fileno()).st_size
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), size)
            raise
        self._buffer.seek(0)
        self._buffer.truncate()

    def close(self) -> Path:
        self._file.close()
        self._begun.rename(self._path)
        return self._path


#: What no longer fits the content as it is kept.
_OF_TRANSFER = (
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "trailer",
)
#: What is nobody's business later on.
_SECRET = ("set-cookie", "set-cookie2")


def _kept_headers(answer: Answer) -> Iterator[tuple[str, str]]:
    for name, value in answer.headers:
        if name.lower() in _SECRET or not name.isascii():
            continue
        yield f"X-Archive-Orig-{name}" if name.lower() in _OF_TRANSFER else name, _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(text.split()).encode("latin-1", "replace").decode("latin-1")


def _fields(at: datetime, collection: str = "") -> dict[str, str]:
    """Return what the header of a record says: when it came, and to what it belongs."""
    fields = {"WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return fields | {COLLECTION_FIELD: collection} if collection else fields


def _free(path: Path) -> Path:
    """Return *path*, or with a number in its name where there is such a file."""
    stem = path.name.removesuffix(SUFFIX)
    number = 1
    while path.exists() or path.with_name(_BEGUN + path.name).exists():
        number += 1
        path = path.with_name(f"{stem}-{number}{SUFFIX}")
    return path
