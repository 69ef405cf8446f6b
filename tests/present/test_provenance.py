"""Where an article was read, in words and for programs, and how much of a path others see."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from search.model.article import Document, Provenance
from search.model.question import Question
from search.model.settings import Settings
from search.present.as_csv import csv_columns, csv_rows
from search.present.as_json import document_as_json
from search.present.provenance import provenance_of, read_from
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine
from web.app import create_app

WHERE = Provenance(
    "/srv/ann/november.zip", 1234, "2024/13.jsonl", "https://news.example/feed", "records",
    datetime(2024, 11, 13, 23, 30, tzinfo=UTC),
)  # fmt: skip


def read(where: Provenance) -> Document:
    one = document("a", title="T", body="gold")
    return one._replace(packed_provenance=where.packed())


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (
            WHERE,
            "/srv/ann/november.zip, 2024/13.jsonl, line 1,234, as records, on 2024-11-14 00:30 CET",
        ),
        (Provenance("/srv/a.html", reader="html"), "/srv/a.html, as html"),
        (Provenance("-", 3), "standard input, line 3"),
    ],
    ids=["all", "page", "standard input"],
)
def test_a_person_reads_it_in_words(where: Provenance, expected: str) -> None:
    assert read_from(where, ZoneInfo("Europe/Berlin")) == expected


def test_a_page_has_the_day_as_pages_write_it() -> None:
    assert read_from(WHERE, ZoneInfo("Europe/Berlin"), on_a_page=True).endswith(
        ", on 14 November 2024, 00:30 CET"
    )


@pytest.mark.parametrize(
    ("whole_paths", "file", "expected"),
    [
        (True, "/srv/ann/a.zip", "/srv/ann/a.zip"),
        (False, "/srv/ann/a.zip", "a.zip"),
        (False, "-", "-"),
    ],
    ids=["whole", "last name", "standard input"],
)
def test_a_path_is_shown_whole_or_not(whole_paths: bool, file: str, expected: str) -> None:
    found = provenance_of(read(Provenance(file)), whole_paths=whole_paths)
    assert found is not None
    assert found.file == expected


def test_programs_get_each_part() -> None:
    assert document_as_json(read(WHERE))["provenance"] == {
        "file": "november.zip",
        "line": 1234,
        "member": "2024/13.jsonl",
        "url": "https://news.example/feed",
        "reader": "records",
        "read_at": "2024-11-13T23:30:00Z",
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            read(WHERE),
            "/srv/ann/november.zip,1234,2024/13.jsonl,https://news.example/feed,records,2024-11-13T23:30:00Z",
        ),
        (document("a", title="T", body="gold"), ",,,,,"),
    ],
    ids=["known", "unknown"],
)
def test_a_table_has_it_in_its_last_columns(found: Document, expected: str) -> None:
    engine = MemoryEngine()
    engine.add([found])
    out = io.StringIO()
    csv.writer(out).writerows(csv_rows(SearchService(engine).search(Question())))
    assert csv_columns()[-6:] == ("file", "line", "member", "fetched_from", "reader", "read_at")
    assert out.getvalue().strip().endswith("," + expected)


@pytest.mark.parametrize("address", ["/article/a", "/api/v1/articles/a", "/api/v1/search?q=gold"])
@pytest.mark.parametrize("show_paths", [0, 1])
def test_the_web_shows_a_whole_path_only_where_the_setting_says_so(
    address: str, show_paths: int
) -> None:
    """How the disks of a server are laid out is no business of those who search it."""
    engine = MemoryEngine()
    engine.add([read(WHERE)])
    settings = Settings(show_paths=show_paths)
    client = create_app(SearchService(engine, settings), settings).test_client()
    text = client.get(address).get_data(as_text=True)
    assert "november.zip" in text
    assert ("/srv/ann" in text) == bool(show_paths)
