"""Engines are found by the prefix of an index's name, and nothing but the registry knows a prefix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.engines.registry import (
    ENGINES,
    Registration,
    is_same_index,
    location_of,
    open_engine,
    open_staging,
)
from search.engines.whoosh_index.engine import WhooshEngine
from search.model.errors import IndexMissing, RequestError
from search.model.question import Question
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import INDEXES, MemoryEngine
from tests.support.paths import CHECKOUT

#: The modules outside the room of engines.
OUTSIDE = sorted(
    path.relative_to(CHECKOUT)
    for room in ("search", "web")
    for path in (CHECKOUT / room).rglob("*.py")
    if CHECKOUT / "search/engines" not in path.parents
)


@pytest.fixture(autouse=True)
def _memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The made-up engine under its prefix; its indexes are gone afterwards."""
    here = Registration("tests.support.memory_engine:open_memory", "newssearch[memory]")
    monkeypatch.setitem(ENGINES, "memory", here)
    monkeypatch.chdir(tmp_path)
    yield
    INDEXES.clear()


@pytest.mark.parametrize("prefix", sorted(ENGINES))
def test_every_engine_of_the_table_is_there(prefix: str) -> None:
    module, _, function = ENGINES[prefix].opener.partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("path", OUTSIDE, ids=str)
def test_nothing_else_knows_a_prefix(path: Path) -> None:
    # A help text may have a whole name as an example.
    text = (CHECKOUT / path).read_text("utf-8").replace("opensearch:https://", "")
    assert [prefix for prefix in ENGINES if f"{prefix}:" in text] == []


def test_a_made_up_engine_is_searched_through_the_service() -> None:
    with closing(open_engine("memory:news", make=True)) as engine:
        engine.add([document("a", "Grain left Odesa"), document("b", "Oil")])
    page = SearchService(open_engine("memory:news")).search(Question(text="grain"))
    assert isinstance(INDEXES["news"], MemoryEngine)
    assert [hit.article.article_id for hit in page.hits] == ["a"]


def test_a_made_up_engine_is_filled_and_searched_from_the_command_line(tmp_path: Path) -> None:
    def run(command: str, *arguments: str) -> Any:
        ran = CliRunner().invoke(main, [command, "--index", "memory:news", *arguments])
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    source = tmp_path / "articles.jsonl"
    source.write_text(json.dumps({"id": "a", "title": "Grain left Odesa"}), "utf-8")
    run("index", "--entities", "none", str(source))
    assert list(INDEXES) == ["news"]
    [hit] = json.loads(run("query", "--json", "odesa"))["hits"]
    assert hit["title"] == "Grain left Odesa"
    assert "Grain left Odesa" in run("show", hit["id"])
    assert json.loads(run("stats", "--json"))["articles"] == 1
    run("delete", hit["id"])
    assert json.loads(run("stats", "--json"))["articles"] == 0


def test_settings_reach_the_engine() -> None:
    engine = open_engine("memory:few", make=True, settings=Settings(max_expansions=3))
    assert isinstance(engine, MemoryEngine)
    assert engine.max_expansions == 3


def test_an_engine_without_checksums_is_not_checked() -> None:
    open_engine("memory:news", make=True)
    ran = CliRunner().invoke(main, ["doctor", "--index", "memory:news"])
    assert ran.exit_code == 2
    assert "index memory:news: its engine keeps no checksums" in ran.stderr


def test_an_engine_that_stages_nothing_is_not_filled_by_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = []

    class Plain:
        def close(self) -> None:
            closed.append(self)

    monkeypatch.setattr("tests.support.memory_engine.open_memory", lambda *_, **__: Plain())
    with pytest.raises(RequestError, match=r"'memory:x'.*cannot be filled"):
        open_staging("memory:x", make=True)
    assert len(closed) == 1


def test_an_index_that_was_never_made_is_missing() -> None:
    with pytest.raises(IndexMissing, match="memory:nowhere"):
        open_engine("memory:nowhere")


@pytest.mark.parametrize("index", ["lucene:news", "Whoosh:news", "solr:"])
def test_an_unknown_prefix_is_an_error_that_names_the_known_ones(index: str) -> None:
    with pytest.raises(
        RequestError, match=r"unknown engine .*; choose one of whoosh, opensearch, memory"
    ):
        open_engine(index, make=True)


@pytest.mark.parametrize(
    "index", ["http://ann:secret@127.0.0.1:9200/news", "https://search1,search2/news"]
)
def test_an_address_without_its_engine_is_told_how_to_write_it(index: str) -> None:
    with pytest.raises(RequestError, match=r"as in opensearch:https://host:9200/news$") as raised:
        open_engine(index)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("index", "whoosh:./index/", True),
        ("index", "index2", False),
        ("memory:news", "memory:news", True),
        ("memory:news", "news", False),
        ("opensearch:https://a,b/news", "opensearch:https://b:9200,c:9200/news/", True),
        ("opensearch:https://a,b/news", "opensearch:https://b/old", False),
        ("opensearch:https://a,b/news", "opensearch:https://c/news", False),
        ("opensearch:https://a/news", "opensearch:https://a:9201/news", False),
        ("opensearch:https://a/news", "opensearch:http://a/news", False),
        ("opensearch:https://a/news", "news", False),
    ],
)
def test_one_index_may_have_several_names(first: str, second: str, expected: bool) -> None:
    assert is_same_index(first, second) is expected
    assert is_same_index(second, first) is expected


def test_an_engine_that_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = Registration("no_such_package.engine:open_index", "newssearch[search-cluster]")
    monkeypatch.setitem(ENGINES, "cluster", there)
    with pytest.raises(RequestError) as raised:
        open_engine("cluster:news")
    expected = "index 'cluster:news': install newssearch[search-cluster] to use a cluster: index"
    assert str(raised.value).startswith(expected)
    assert "no_such_package" in str(raised.value)


@pytest.mark.parametrize(
    ("index", "folder"),
    [
        ("news", "news"),
        ("whoosh:news", "news"),
        ("whoosh:a:b", "a:b"),
        ("whoosh:whoosh:a", "whoosh:a"),
        ("a:b", "a:b"),
        ("a1:b", "a1:b"),
        ("deep/whoosh:b", "deep/whoosh:b"),
        ("./whoosh:b", "whoosh:b"),
        ("C:\\news", "C:\\news"),
        (":news", ":news"),
    ],
)
def test_a_name_without_a_prefix_is_a_folder(tmp_path: Path, index: str, folder: str) -> None:
    with closing(open_engine(index, make=True)) as engine:
        assert isinstance(engine, WhooshEngine)
    assert [path for path in (tmp_path / folder).iterdir() if path.suffix == ".toc"]


@pytest.mark.parametrize(
    ("index", "example"),
    [("whoosh:", "whoosh:news"), ("opensearch:", "opensearch:https://host:9200/news")],
)
def test_an_engine_without_a_location_is_refused(index: str, example: str) -> None:
    with pytest.raises(RequestError, match=f"nothing follows the colon; .* as in {example}$"):
        open_engine(index, make=True)


def test_the_command_that_makes_a_missing_index_names_its_folder_so_that_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IndexMissing, match=r"--index \./a:b$"):
        open_engine("./a:b")


@pytest.mark.parametrize(
    ("index", "location"),
    [
        ("a/b", "a/b"),
        ("whoosh:a/b", "a/b"),
        ("opensearch:https://h1:9200,h2:9200/news", "news"),
    ],
    ids=["folder", "prefix", "cluster"],
)
def test_what_is_kept_beside_an_index_on_other_computers_is_kept_here(
    index: str, location: str
) -> None:
    assert location_of(index) == location
