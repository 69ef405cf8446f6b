"""The field table: what follows from a row, and a made-up row of each kind, from the engine to the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from search.cli.searching import selecting_options
from search.engines.protocol.engine import Engine
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.article import Article, Document, Enrichment, Entities, Entity
from search.model.fields import FIELDS, Field, FieldTable
from search.model.question import FacetRequest, Question, Selection
from search.present.as_csv import csv_columns, csv_rows
from search.present.as_json import document_as_json, page_as_json
from search.present.terminal.lines import Style
from search.present.terminal.pages import article_lines, page_lines
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from web import create_app

DOCUMENT = Document(
    Article(
        article_id="a",
        title="Title",
        body="Body",
        authors=("Ann", "Bob", "Ann"),
        source=" ",
        language="en",
    ),
    Enrichment(Entities(people=(Entity("Cy"), Entity("Di")))),
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("title", ("Title",)),
        ("author", ("Ann", "Bob")),
        ("person", ("Cy", "Di")),
        ("place", ()),
        ("source", ()),
        ("section", ()),
        ("lang", ("en",)),
    ],
)
def test_values_are_each_once_and_none_is_blank(name: str, values: tuple[str, ...]) -> None:
    assert FIELDS[name].values_of(DOCUMENT) == values


def test_a_text_has_one_value_even_where_it_is_empty() -> None:
    assert FIELDS["body"].values_of(Document(Article(article_id="a", title="", body=""))) == ("",)


@pytest.mark.parametrize(
    ("typed", "field"),
    [("headline", "title"), ("by", "author"), ("orgs", "org"), ("entities", "entity")],
)
def test_aliases_stand_for_a_field_or_a_group(typed: str, field: str) -> None:
    assert FIELDS.names[typed] == field


def test_no_two_fields_share_a_name_an_alias_or_a_key() -> None:
    names = [name for row in FIELDS for name in (row.name, *row.aliases)]
    keys = [row.key for row in FIELDS]

    assert len(names) == len({*names})
    assert len(keys) == len({*keys})


def test_every_row_says_what_a_person_calls_it_and_facets_have_help() -> None:
    assert all(row.one and row.many for row in FIELDS)
    assert all(FIELDS[name].help for name in FIELDS.facets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographed(Article):
    """An article of a made-up archive: what its pictures show, and who took them."""

    caption: str = ""
    photographers: tuple[str, ...] = ()


#: A copy of the table with two rows more.
MADE_UP = FieldTable(
    (
        *FIELDS,
        Field("caption", "article.caption", "text", "caption", "captions", weight=1),
        Field(
            "photo", "article.photographers", "names", "photographer", "photographers", True, 1,
            ("photos",), help="Only articles with a picture by this photographer",
        ),
    ),
    FIELDS.group_aliases,
    Photographed,
)  # fmt: skip

PICTURES = [
    Photographed(
        article_id="bridge",
        title="A bridge opens",
        body="The mayor came.",
        caption="Crowds on the quay",
        photographers=("Eva Lind", "Tom Berg"),
    ),
    Photographed(
        article_id="fair", title="The fair", body="It rained.", photographers=("Eva Lind",)
    ),
    Photographed(article_id="plain", title="Quays of Riga", body="No picture."),
]


@pytest.fixture(params=["memory", "whoosh"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    make: dict[str, Callable[[], Engine]] = {
        "memory": lambda: MemoryEngine(fields=MADE_UP),
        "whoosh": lambda: WhooshEngine(tmp_path / "index", make=True, fields=MADE_UP),
    }
    with closing(make[request.param]()) as engine:
        engine.add(Document(article) for article in PICTURES)
        yield engine


@pytest.fixture
def service(engine: Engine) -> SearchService:
    return SearchService(engine)


def ids(service: SearchService, text: str = "", **parts: Any) -> set[str]:
    page = service.search(Question(text=text, **parts))
    return {hit.article.article_id for hit in page.hits}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("crowd", {"bridge"}),
        ("quay", {"bridge", "plain"}),
        ("caption:quays", {"bridge"}),
        ("title:quays", {"plain"}),
        ("lind", {"bridge", "fair"}),
        ('photo:"tom berg"', {"bridge"}),
        ("photos:lind", {"bridge", "fair"}),
        ("author:lind", set()),
    ],
)
def test_made_up_fields_are_found(service: SearchService, text: str, found: set[str]) -> None:
    assert ids(service, text) == found


def test_a_made_up_field_comes_back_from_the_engine(engine: Engine) -> None:
    document = engine.get("bridge")

    assert document is not None
    assert document.article == PICTURES[0]


def test_a_made_up_facet_is_counted_and_chosen(service: SearchService) -> None:
    page = service.search(Question(facets=(FacetRequest("photo", 10),)))
    counts = page.facets["photo"]

    assert [(value.value, value.count) for value in counts.values] == [
        ("Eva Lind", 2),
        ("Tom Berg", 1),
    ]
    assert counts.missing == 1
    assert ids(service, selections=(Selection("photo", ("Tom Berg",)),)) == {"bridge"}


def test_a_value_that_no_article_has_is_named_as_a_person_would(service: SearchService) -> None:
    page = service.search(Question(selections=(Selection("photo", ("Eva Lint",)),)))

    assert any("photographer" in notice and "Eva Lind" in notice for notice in page.notices)


def test_made_up_fields_are_shown_at_the_terminal(service: SearchService) -> None:
    page = service.search(Question(facets=(FacetRequest("photo", 10),)))
    lines = list(page_lines(page, Style(UTC), ("photo",), MADE_UP))
    found = service.article("bridge")

    assert lines[lines.index("Photographers") + 1] == "       2  Eva Lind"
    assert found is not None
    about = list(article_lines(found, Style(UTC), MADE_UP))
    assert {"Caption: Crowds on the quay", "Photographers: Eva Lind, Tom Berg"} <= set(about)


def test_made_up_fields_are_exported(service: SearchService) -> None:
    page = service.search(Question(text="crowds"))
    hit = page_as_json(page, MADE_UP)["hits"][0]
    rows = [dict(zip(csv_columns(MADE_UP), row, strict=True)) for row in csv_rows(page, MADE_UP)]
    whole = document_as_json(page.hits[0].document, MADE_UP)

    assert (hit["caption"], hit["photographers"]) == (
        "Crowds on the quay",
        ["Eva Lind", "Tom Berg"],
    )
    assert (whole["caption"], whole["photographers"]) == (hit["caption"], hit["photographers"])
    assert (rows[0]["caption"], rows[0]["photographers"]) == (
        "Crowds on the quay",
        "Eva Lind; Tom Berg",
    )
    csv.writer(io.StringIO()).writerow(rows[0].values())


def test_a_made_up_facet_has_an_option() -> None:
    @click.command()
    @selecting_options(MADE_UP)
    def query(**options: Any) -> None:
        click.echo(options["photo"])

    ran = CliRunner().invoke(query, ["--photo", "Eva Lind", "--photo", "Tom Berg"])
    told = CliRunner().invoke(query, ["--help"]).output

    assert ran.output == "('Eva Lind', 'Tom Berg')\n"
    assert "Only articles with a picture by this photographer" in " ".join(told.split())


def test_made_up_fields_are_on_the_pages_and_in_the_api(service: SearchService) -> None:
    client = create_app(service).test_client()

    results = client.get("/search?photo=Tom+Berg").text
    article = client.get("/article/bridge").text
    answer = client.get("/api/v1/search?photo=Tom+Berg&facet=photo").get_json()

    assert "Photographers" in results
    assert '<span class="soft">photographer</span> <bdi>Tom Berg</bdi>' in results
    assert "Crowds on the quay" in article
    assert '"/photo/Tom%20Berg"' in article
    assert "A bridge opens" in client.get("/photo/Tom%20Berg").text
    assert [value["value"] for value in answer["facets"]["photo"]["values"]][:1] == ["Eva Lind"]
