"""The table of formats says of each module what is true of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from search.model.errors import ReadError
from search.model.settings import Settings
from search.readers import records
from search.readers.formats import FORMATS, Format, format_of, has_known_suffix, reader_of
from search.readers.source import Limits, Source

LIMITS = Limits.of(Settings())
ARTICLE = b'{"title": "Night boats", "body": "Two ferries."}\n' * 2

#: Those that are known by their text; the others, by their first bytes.
OF_TEXT = [entry for entry in FORMATS if not entry.magic]

by_name = pytest.mark.parametrize("entry", OF_TEXT, ids=lambda entry: entry.name)


class Recorded(Source):
    """A source that notes what is taken of it."""

    taken: list[str] = []  # noqa: RUF012

    def text(self):
        self.taken.append("text")
        return super().text()

    def content(self, max_bytes):
        self.taken.append("bytes")
        return super().content(max_bytes)


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_suffixes_are_known_in_folders(entry: Format) -> None:
    for suffix in entry.suffixes:
        assert has_known_suffix(f"a{suffix}")
        assert has_known_suffix(f"a{suffix.upper()}.zst")


def source(name: str, content: bytes, made_by: type[Source] = Source) -> Source:
    stream = io.BufferedReader(io.BytesIO(content))
    return made_by(name, LIMITS, head=content, stream=stream, file=io.BytesIO(content))


@by_name
def test_every_suffix_leads_to_its_format_alone(entry: Format) -> None:
    for suffix in entry.suffixes:
        assert format_of(source(f"a{suffix.upper()}.gz", b"Night boats")) is entry


@pytest.mark.parametrize(
    "entry", [e for e in OF_TEXT if e.needs != "members"], ids=lambda entry: entry.name
)
def test_module_takes_what_the_table_says(entry: Format) -> None:
    Recorded.taken.clear()
    list(reader_of(entry).read(source("noname", ARTICLE.replace(b"\n", b""), Recorded)))
    assert Recorded.taken == [entry.needs]


@pytest.mark.parametrize(
    ("head", "name"),
    [(b"<!doctype html>", "html"), (b'[{"title"', "records"), (b"title,body", "records"), (b"Title", "text"), (b"", "text")],
    ids=["page", "json", "csv", "text", "empty"],
)  # fmt: skip
def test_without_a_known_suffix_the_content_decides(head: bytes, name: str) -> None:
    assert format_of(source("noname.dat", head)).name == name


def test_no_file_is_text_because_it_is_nothing_else() -> None:
    with pytest.raises(
        ReadError, match=r"noname\.dat: looks like source code, and not like a text"
    ):
        format_of(source("noname.dat", b"import os\nimport re\n\ndef main():\n    pass\n"))


@pytest.mark.parametrize(
    ("head", "name"),
    [(b"<!doctype html><p>", "html"), (b"  <html>", "html"), (b'[{"title": "T"}]', "records"), (b'{"title": "T"}', "records"), (b"[Update] T", "text")],
    ids=["page", "indented page", "array", "object", "text in brackets"],
)  # fmt: skip
def test_a_page_or_records_saved_as_txt_are_read_as_such(head: bytes, name: str) -> None:
    assert format_of(source("saved.txt", head)).name == name


def test_docs_list_every_format_with_its_suffixes() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "readers.md").read_text("utf-8")
    rows = [
        f"| `{entry.name}` | `{' '.join(entry.suffixes)}` |".replace("| `` |", "| |")
        for entry in FORMATS
    ]
    assert [row for row in rows if row not in docs] == []


def test_only_formats_in_blocks_can_be_cut() -> None:
    assert [entry.name for entry in FORMATS if entry.in_blocks] == ["records"]
    assert records.has_lines(source("a.jsonl", ARTICLE))
