"""An index of format 2, made by the command line of the version before: refused, and read for a rebuild.

format2.tar.xz holds 300 articles of one commit, three of a second (two of them replace), and two deletions.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine, stored_documents
from search.engines.whoosh_index.old_format import OldIndex
from search.model.article import Article, Document, Enrichment, Entities, Entity
from search.model.errors import EngineError, IndexDamaged, IndexOutdated
from search.model.fields import FIELDS, Field, FieldTable
from tests.support.documents import document

TOWNS = ("Harbourton", "Millbrook", "Eastvale", "Northgate", "Ashford", "Kestrel")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with tarfile.open(Path(__file__).with_name("format2.tar.xz")) as archive:
        archive.extractall(tmp_path / "index", filter="data")
    return tmp_path / "index"


def first_version(number: int) -> Article:
    town = TOWNS[number % 6]
    is_dated, has_more = number % 11 != 0, number % 7 == 0
    published = datetime(2019, 1, 1, 8, tzinfo=UTC) + timedelta(hours=7 * number)
    return Article(
        article_id=f"old-{number:03}",
        title=f"{town} council meets, session {number}",
        body=f"The council of {town} met for session {number}. It spoke about water, roads and the price of bread.",
        authors=() if number % 5 else ("Ann Lee", "Bo Wren")[: 1 + number % 2],
        published=published if is_dated else None,
        published_precision="second" if is_dated else "",
        published_from="field 'date'" if is_dated else "",
        source="Vale Gazette" if number % 3 else "Old Courier",
        section="local" if has_more else "",
        url=f"https://gazette.example/{number}" if has_more else "",
        language="en" if has_more else "",
    )


def later_version(number: int) -> Article:
    return Article(
        article_id=f"old-{number:03}",
        title=f"Later version {number}",
        body='Zürich – 北京: "quoted", é, 😀. Angela Merkel met NATO in Berlin.',
        authors=("Zoë Ämes",),
        published=datetime(2020, 2, 3, tzinfo=UTC),
        published_precision="day",
        published_from="field 'date'",
        source="Late",
    )


LATER = (3, 4, 900)
LEFT = [n for n in range(300) if n not in (*LATER, 10, 299)]


def test_it_is_refused_with_the_command_that_makes_it_anew(folder: Path) -> None:
    with pytest.raises(IndexOutdated, match=f"newssearch rebuild --index {folder}$"):
        WhooshEngine(folder)
    with pytest.raises(IndexOutdated):
        WhooshEngine(folder, make=True)


def test_its_live_articles_are_read_as_they_were(folder: Path) -> None:
    documents = list(OldIndex(folder))
    assert [document.article for document in documents] == [
        *map(first_version, LEFT),
        *map(later_version, LATER),
    ]
    assert len(OldIndex(folder)) == len(documents)


def test_what_was_found_out_is_read_too(folder: Path) -> None:
    documents = {document.article_id: document for document in OldIndex(folder)}
    assert documents["old-900"] == Document(
        later_version(900),
        Enrichment(
            Entities(
                people=(Entity("Angela Merkel"),),
                organisations=(Entity("NATO"),),
                places=(Entity("Zürich"), Entity("Berlin")),
            )
        ),
    )
    assert documents["old-001"].enrichment == Enrichment()


def test_it_comes_over_into_a_new_index(folder: Path, tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "new", make=True)
    assert engine.add(OldIndex(folder)) == len(OldIndex(folder))
    found = engine.get("old-004")
    assert found is not None
    assert found.article == later_version(4)
    with pytest.raises(EngineError, match="not an index of format 2"):
        OldIndex(tmp_path / "new")


@pytest.mark.parametrize("extension", [".nsa", ".nsx", ".toc"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, -64])
def test_a_damaged_file_is_named(folder: Path, extension: str, kept: float) -> None:
    victim = next(iter(sorted(folder.glob(f"*{extension}"))))
    content = victim.read_bytes()
    victim.write_bytes(content[: kept if isinstance(kept, int) else int(len(content) * kept)])
    with pytest.raises(IndexDamaged, match=victim.name):
        OldIndex(folder)


# Other fields


def changed(rows: Iterable[Field]) -> FieldTable:
    return FieldTable(tuple(rows), FIELDS.group_aliases, FIELDS.article)


@pytest.mark.parametrize(
    "fields",
    [
        changed(
            [*FIELDS, Field("byline", "article.byline", "text", "byline", "bylines", weight=1)]
        ),
        changed([*FIELDS, Field("byline", "article.byline", "filter", "byline", "bylines")]),
        changed(row._replace(is_facet=row.is_facet or row.name == "url") for row in FIELDS),
        changed(row._replace(weight=3) if row.name == "title" else row for row in FIELDS),
    ],
    ids=["text", "filter", "facet", "weight"],
)
def test_an_index_of_other_fields_is_refused_with_the_command_that_makes_it_anew(
    tmp_path: Path, fields: FieldTable
) -> None:
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([document("a", title="gold")])
        engine.add(
            [document("a", title="zinc"), document("b", entities=Entities((Entity("Ann"),)))]
        )
        engine.add([document("c")])
        engine.delete(["c"])
        before = list(engine.documents())
    with pytest.raises(IndexOutdated, match=f"newssearch rebuild --index {tmp_path}$"):
        WhooshEngine(tmp_path, fields=fields)
    stored = stored_documents(tmp_path)
    assert (len(stored), list(stored)) == (2, before)


def test_the_documents_of_an_old_format_are_stored_documents_too(folder: Path) -> None:
    assert list(stored_documents(folder)) == list(OldIndex(folder))
