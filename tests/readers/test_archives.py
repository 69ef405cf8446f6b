"""Archives and compressed files are read as if what lies in them lay in a folder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest
import zstandard

from search.model.article import Article, BadArticle
from search.model.remark import Remark
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

    assert [(r.kind, r.reason) for r in items if isinstance(r, Remark) and r.kind == "left out"] == [
        ("left out", "no reader knows .png")
    ]  # fmt: skip


def test_refusal_names_the_member(tmp_path: Path) -> None:
    items = found(tmp_path / "a.zip", zipped({"x/a.html": b"\x00" * 500, **FILES}))

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert (bad.path, bad.reason.split(";")[0]) == (f"{tmp_path}/a.zip!/x/a.html", "is not text")
    assert len(titles(items)) == 2


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
