"""Archives and compressed files are read as if what lies in them lay in a folder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest
import zstandard

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.readers import zip_archive
from search.readers.opening import read
from search.readers.options import ReadingOptions

STORY = b"Ferries stay in port\n\nTwo ferries stayed in port on Monday because of the storm.\n"
PAGE = b"<!doctype html><title>Night boats</title><h1>Night boats</h1>"
FILES = {"2024/a.txt": STORY, "b.html": PAGE}


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


COMPRESSED = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}
PACKED = {".zip": zipped, ".tar": tarred}


def found(path: Path, content: bytes, options: ReadingOptions | None = None) -> list[object]:
    path.write_bytes(content)
    return list(read(path, options=options or ReadingOptions()))


def titles(items: list[object]) -> list[str]:
    return [item.title for item in items if isinstance(item, Article)]


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_what_is_compressed_is_read(tmp_path: Path, suffix: str) -> None:
    assert titles(found(tmp_path / f"a.txt{suffix}", COMPRESSED[suffix](STORY))) == ["Ferries stay in port"]  # fmt: skip


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_what_is_compressed_and_cut_is_read_as_far_as_it_goes(tmp_path: Path, suffix: str) -> None:
    noise = Random(1)
    lines = b"".join(
        b'{"title": "Story %s", "id": "s%d"}\n' % (noise.randbytes(500).hex().encode(), n)
        for n in range(3_000)
    )
    packed = COMPRESSED[suffix](lines)

    items = found(tmp_path / f"a.jsonl{suffix}", packed[: len(packed) * 9 // 10])

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert bad.cut_short
    assert len(titles(items)) > 1500


@pytest.mark.parametrize("packed", PACKED)
def test_members_are_read_in_their_formats(tmp_path: Path, packed: str) -> None:
    assert titles(found(tmp_path / f"a{packed}", PACKED[packed](FILES))) == ["Ferries stay in port", "Night boats"]  # fmt: skip


@pytest.mark.parametrize("outer", PACKED)
@pytest.mark.parametrize("inner", PACKED)
@pytest.mark.parametrize("compressed", COMPRESSED)
def test_archives_lie_in_archives(tmp_path: Path, outer: str, inner: str, compressed: str) -> None:
    within = COMPRESSED[compressed](PACKED[inner](FILES))
    content = PACKED[outer]({f"in{inner}{compressed}": within})

    assert len(titles(found(tmp_path / f"a{outer}", content))) == 2


def test_five_deep_is_too_deep_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = zipped(FILES)
    for _ in range(4):
        content = zipped({"in.zip": content, "c.txt": STORY})

    items = found(tmp_path / "a.zip", content)

    assert len(titles(items)) == 4
    bad, _ = [item for item in items if isinstance(item, BadArticle)]
    assert bad.path.count("!/") == 5
    assert bad.reason.startswith("lies in 5 files, one in another")


@pytest.mark.parametrize("packed", PACKED)
def test_what_no_reader_knows_is_left_out_and_said(tmp_path: Path, packed: str) -> None:
    items = found(tmp_path / f"a{packed}", PACKED[packed]({"a.png": b"\x89PNG", **FILES}))

    assert [(r.kind, r.reason) for r in items if isinstance(r, Remark) and r.kind == "not read"] == [
        ("not read", "no reader knows .png")
    ]  # fmt: skip


def test_refusal_names_the_member(tmp_path: Path) -> None:
    items = found(tmp_path / "a.zip", zipped({"x/a.html": b"\x00" * 500, **FILES}))

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert (bad.path, bad.reason.split(";")[0]) == (f"{tmp_path}/a.zip!/x/a.html", "is not text")
    assert len(titles(items)) == 2


def test_a_name_in_a_zip_that_is_not_utf_8_costs_nothing(tmp_path: Path) -> None:
    """One such name lost the whole archive."""
    content = zipped({"K\u00fcste.txt": STORY, **FILES}).replace(
        "K\u00fcste".encode(), b"K\xfc\xe9ste"
    )

    items = found(tmp_path / "a.zip", content)

    assert titles(items) == ["Ferries stay in port", "Ferries stay in port", "Night boats"]
    assert not [item for item in items if isinstance(item, BadArticle)]


def test_of_a_wacz_the_archives_are_read_and_not_the_lists_of_their_pages(tmp_path: Path) -> None:
    page = b"<title>Pilots strike</title><p>The pilots did not go to work on Saturday.</p>"
    head = b"WARC-Type: resource\r\nWARC-Target-URI: https://coast.example/1\r\nContent-Type: text/html"
    length = f"Content-Length: {len(page)}".encode()
    items = found(
        tmp_path / "a.wacz",
        zipped(
            {
                "archive/data.warc.gz": gzip.compress(
                    b"\r\n".join((b"WARC/1.1", head, length, b"", page, b"", b""))
                ),
                "pages/pages.jsonl": b'{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}\n'
                b'{"id": "1", "url": "https://coast.example/1", "title": "Pilots", "text": "The pilots"}\n',
                "datapackage.json": b'{"profile": "data-package", "title": "My pages"}',
            }
        ),
    )

    assert titles(items) == ["Pilots strike"]
    assert "no more pages" in " ".join(e.reason for e in items if isinstance(e, Remark))


@pytest.mark.parametrize("make", [gzip.compress, lambda c: zipped({"a.jsonl": c}), lambda c: zipped({"a.zip": zipped({"b.jsonl": c})})])  # fmt: skip
def test_growth_is_bounded_over_all_levels(tmp_path: Path, make) -> None:
    items = found(
        tmp_path / "a.jsonl",
        make((b'{"title": "Ferries", "body": "' + b"wind " * 4000 + b'"}\n') * 4_000),
    )

    assert any("grows to more than 100 times" in i.reason for i in items if isinstance(i, BadArticle))  # fmt: skip


def test_reader_that_is_named_is_that_of_the_members(tmp_path: Path) -> None:
    content = zipped({"a.txt": b'{"title": "In JSON", "id": "j1"}\n'})

    assert titles(found(tmp_path / "a.zip", content, ReadingOptions(reader="records"))) == ["In JSON"]  # fmt: skip


def test_what_is_hidden_or_saved_with_a_page_is_left_out_in_an_archive_too(tmp_path: Path) -> None:
    files = {"__MACOSX/._a.txt": b"\0\1", ".cache/a.txt": STORY, "b_files/ad.html": PAGE, **FILES}

    items = found(tmp_path / "a.zip", zipped(files))

    assert len(titles(items)) == 2
    left_out = [item for item in items if isinstance(item, Remark) and item.kind == "not read"]
    assert sum(item.times for item in left_out) == 3


def test_links_and_devices_of_an_archive_are_left_out(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            entry = tarfile.TarInfo("a.txt")
            entry.type, entry.linkname = kind, "a.txt"
            archive.addfile(entry)

    (remark,) = found(tmp_path / "a.tar", file.getvalue())

    assert isinstance(remark, Remark)
    assert (remark.kind, remark.times) == ("not read", 4)


def stories(number: int) -> dict[str, bytes]:
    noise = Random(2)
    return {
        f"{n}.json": b'{"title": "Story %d", "body": "%s"}' % (n, noise.randbytes(800).hex().encode())
        for n in range(number)
    }  # fmt: skip


@pytest.mark.parametrize(("packed", "least"), [(".tar", 40), (".zip", 0)])
def test_an_archive_that_is_cut_is_read_as_far_as_it_goes(tmp_path: Path, packed: str, least: int) -> None:  # fmt: skip
    content = PACKED[packed](stories(100))

    items = found(tmp_path / f"a{packed}", content[: len(content) // 2])

    assert any(item.cut_short for item in items if isinstance(item, BadArticle))
    assert len(titles(items)) >= least


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_tar_whose_header_is_huge_is_read_up_to_it(tmp_path: Path, kind: bytes) -> None:
    """10 MB of .tar.gz took 2 GB of memory: Python reads such a header whole."""
    entry = tarfile.TarInfo("b.txt")
    entry.type, entry.size = kind, 900_000_000
    content = tarred(FILES).rstrip(b"\0")
    content += bytes(-len(content) % 512) + entry.tobuf(tarfile.USTAR_FORMAT)

    items = found(tmp_path / "a.tar", content)

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert len([item for item in items if isinstance(item, Article)]) == len(
        [item for item in found(tmp_path / "b.tar", tarred(FILES)) if isinstance(item, Article)]
    )
    assert "the header of a file in the archive is larger than 1,000,000 bytes" in bad.reason


def test_a_tar_whose_header_is_damaged_does_not_just_end(tmp_path: Path) -> None:
    content = bytearray(tarred(stories(20)))
    start = content.rindex(b"\0ustar", 0, 512 * 60) - 256
    content[start : start + 512] = Random(3).randbytes(512)

    items = found(tmp_path / "a.tar", bytes(content))

    assert any("is damaged" in item.reason for item in items if isinstance(item, BadArticle))


def test_a_tar_without_an_end_may_have_been_cut(tmp_path: Path) -> None:
    content = tarred(FILES).rstrip(b"\0")
    content += b"\0" * (-len(content) % 512)

    items = found(tmp_path / "a.tar", content)

    assert len(titles(items)) == 2
    assert [item.reason.split(",")[0] for item in items if isinstance(item, BadArticle)] == ["the archive has no end"]  # fmt: skip


def test_a_file_of_a_tar_that_says_it_is_endless_ends_with_the_archive(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("b.txt")
    entry.size = 1 << 60
    content = tarred({"a.txt": STORY})[:1024] + entry.tobuf(tarfile.GNU_FORMAT) + STORY
    items = found(tmp_path / "issue.tar", content)
    assert titles(items) == ["Ferries stay in port"]
    refused = [item for item in items if isinstance(item, BadArticle)]
    assert [Path(item.path).name for item in refused] == ["b.txt", "issue.tar"]
    assert refused[-1].cut_short


def test_a_tar_whose_table_of_a_sparse_file_is_damaged_is_said_to_be(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(STORY)
        entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        archive.addfile(entry, io.BytesIO(STORY))
    (item,) = found(tmp_path / "issue.tar", file.getvalue())
    assert isinstance(item, BadArticle)
    assert item.cut_short
    assert item.reason.startswith("the archive is damaged (")


def test_names_in_a_tar_that_are_not_utf_8_can_be_written(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT, encoding="cp1251") as tar:
        for name in ("порт.txt", "порт.png", "порт.json"):
            entry = tarfile.TarInfo(name)
            entry.size = len(STORY)
            tar.addfile(entry, io.BytesIO(STORY))
    items = found(tmp_path / "issue.tar", file.getvalue())
    assert titles(items) == ["Ferries stay in port"]
    paths = [item.path for item in items if isinstance(item, BadArticle)]
    assert [Path(path).name for path in paths] == ["\\xef\\xee\\xf0\\xf2.json"]


def test_a_tar_does_not_keep_what_it_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 0
    read_next = tarfile.TarFile.next

    def counted(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
        nonlocal most
        most = max(most, len(archive.members))  # type: ignore[attr-defined]
        return read_next(archive)

    monkeypatch.setattr(tarfile.TarFile, "next", counted)
    content = tarred({f"{number}.txt": STORY for number in range(20)})
    assert len(titles(found(tmp_path / "issue.tar", content))) == 20
    assert most <= 1


def test_a_file_of_a_zip_without_a_name_costs_no_other(tmp_path: Path) -> None:
    content = zipped({"\N{SNOWMAN}": STORY, "a.txt": STORY})
    items = found(tmp_path / "issue.zip", content.replace("\N{SNOWMAN}".encode(), b"\0--"))
    assert titles(items) == ["Ferries stay in port"]
    assert not [item for item in items if isinstance(item, BadArticle)]


def test_files_of_a_zip_that_share_their_data_are_refused(tmp_path: Path) -> None:
    content = zipped({"a.txt": STORY})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[start:end]
    last = bytearray(content[end:])
    last[8:16] = struct.pack("<HHL", 3, 3, 3 * len(entry))
    items = found(tmp_path / "issue.zip", content[:start] + 3 * entry + last)
    assert titles(items) == ["Ferries stay in port"]
    assert ["of another file" in item.reason for item in items if isinstance(item, BadArticle)] == [True, True]  # fmt: skip


@pytest.mark.parametrize("suffix", [".zip", ".docx", ".epub"])
def test_a_zip_of_too_many_files_to_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(zip_archive, "_MAX_CONTENTS_BYTES", 100)
    first = {".docx": "[Content_Types].xml", ".epub": "mimetype", ".zip": "0.txt"}[suffix]
    files = {first: b"application/epub+zip", **{f"{number}.txt": STORY for number in range(9)}}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (item,) = found(tmp_path / f"issue{suffix}", file.getvalue())
    assert isinstance(item, BadArticle)
    assert "table of contents of more than" in item.reason


def test_one_damaged_file_of_a_zip_costs_no_other(tmp_path: Path) -> None:
    content = bytearray(zipped(stories(20)))
    middle = content.index(b"10.json") + 200
    content[middle : middle + 50] = bytes(50)

    items = found(tmp_path / "a.zip", bytes(content))

    assert len(titles(items)) == 19
    assert [item.path.rpartition("/")[2] for item in items if isinstance(item, BadArticle)] == ["10.json"]  # fmt: skip


def test_an_encrypted_file_is_refused_by_name(tmp_path: Path) -> None:
    content = bytearray(zipped(FILES))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1

    items = found(tmp_path / "a.zip", bytes(content))

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert "encrypted" in bad.reason
    assert titles(items) == ["Night boats"]


def test_archive_of_standard_input_is_as_large_as_what_was_read_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a pipe the size is not known, so all in it seemed to have grown out of nothing."""
    monkeypatch.setattr("search.readers.decompression._FREE_BYTES", 100)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(tarred(FILES))))

    assert titles(list(read("-"))) == ["Ferries stay in port", "Night boats"]
