"""Every sample of docs/formats.md gives what the page says of it, and every format has one.

A sample is a block whose info is ``sample NAME``, followed by a list of ``gives:``, ``refused:`` and ``says:``. What is
no text is made of the block by `MAKERS`.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.readers.formats import FORMATS
from search.readers.opening import ReadItem, read
from tests.support import office_files, pdf_files

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text("utf-8")
_SAMPLE = re.compile(
    r"^(?P<fence>````?)sample (?P<name>\S+)\n(?P<content>.*?)^(?P=fence)\n+(?P<gives>(?:- [^\n]+\n)+)",
    re.MULTILINE | re.DOTALL,
)
_SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r"^--- (\S+)\n(.*?)(?=^--- \S|\Z)", re.MULTILINE | re.DOTALL)


class Sample(NamedTuple):
    name: str
    content: str
    gives: list[tuple[str, str]]


def samples_in(page: str) -> list[Sample]:
    found = []
    for match in _SAMPLE.finditer(page):
        lines = [line[2:].partition(": ") for line in match["gives"].splitlines()]
        found.append(Sample(match["name"], match["content"], [(what, rest) for what, _, rest in lines]))  # fmt: skip
    return found


def members(content: str) -> list[tuple[str, str]]:
    """Return what a block says that lies in an archive, each with its name."""
    return [(match[1], match[2]) for match in _MEMBER.finditer(content)]


def zipped(content: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members(content):
            archive.writestr(name, text)
    return file.getvalue()


def tarred(content: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, text in members(content):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return file.getvalue()


def bound(content: str) -> bytes:
    """Return an EPUB: it begins with what it is, as it stands."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, text in members(content):
            archive.writestr(name, text)
    return file.getvalue()


#: Suffix of a sample that is no text -> what makes its bytes of the block.
MAKERS: dict[str, Callable[[str], bytes]] = {
    ".epub": bound,
    ".zip": zipped,
    ".tar": tarred,
    ".docx": office_files.docx,
    ".odt": office_files.odt,
    ".pdf": pdf_files.pdf,
}
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}


def made(name: str, content: str) -> bytes:
    """Return the bytes of the file *name* of which a block has the *content*."""
    last = Path(name).suffix
    if last in _PACKERS:
        return _PACKERS[last](made(name.removesuffix(last), content))
    make = MAKERS.get(last)
    return make(content) if make else content.encode()


def found_in(path: Path) -> list[ReadItem]:
    try:
        return list(read(path))
    except ReadError as exc:
        return [BadArticle(str(path), None, str(exc))]


def is_as_said(what: str, said: str, item: ReadItem) -> bool:
    """Whether *item* is what a line of the page says of it."""
    if isinstance(item, Article):
        day = f"{item.published:%Y-%m-%d}" if item.published else ""
        given = [item.title, "; ".join(item.authors), day]
        expected = [part.strip() for part in said.split("|")]
        return what == "gives" and given[: len(expected)] == expected
    return what == ("says" if isinstance(item, Remark) else "refused") and said in item.reason


SAMPLES = samples_in(PAGE)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_gives_what_the_page_says(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / sample.name
    files = {path.name: sample.content}
    if (
        sample.content.startswith("--- ")
        and path.suffix not in MAKERS
        and path.suffix not in _PACKERS
    ):
        files = dict(members(sample.content))
    for name, content in files.items():
        (tmp_path / name).write_bytes(made(name, content))

    items = found_in(path)

    articles = [item for item in items if not isinstance(item, Remark)]
    expected = [line for line in sample.gives if line[0] != "says"]
    assert len(articles) == len(expected), items
    wrong = [
        (line, item)
        for line, item in zip(expected, articles, strict=True)
        if not is_as_said(*line, item)
    ]
    assert wrong == []
    remarks = [item for item in items if isinstance(item, Remark)]
    unsaid = [
        line
        for line in sample.gives
        if line[0] == "says" and not any(is_as_said(*line, r) for r in remarks)
    ]
    assert unsaid == [], remarks


def test_every_format_has_a_section_with_a_sample() -> None:
    sections = {
        name: section
        for section in _SECTION.findall(PAGE)
        for name in re.findall(r"`(\w+)`", section.partition("\n")[0])
    }
    assert [e.name for e in FORMATS if not samples_in(sections.get(e.name, ""))] == []


def test_every_sample_says_what_it_gives() -> None:
    """A block without its list, or with a misspelled one, would not be looked at."""
    assert len(re.findall(r"^````?sample ", PAGE, re.MULTILINE)) == len(SAMPLES)
    kinds = {what for sample in SAMPLES for what, _ in sample.gives}
    assert kinds <= {"gives", "refused", "says"}
