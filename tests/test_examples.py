"""Each command, option, address and parameter has an example in docs/examples.md, and all of these work over the sample articles."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.exceptions import HTTPException

from search.cli.main import COMMANDS, main
from search.engines.registry import open_staging
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.paths import CHECKOUT
from web import create_app
from web.parameters import CURSOR, KEYS, NAME, parameters_of

PAGE = (CHECKOUT / "docs" / "examples.md").read_text("utf-8")
OTHERS = [p for p in sorted((CHECKOUT / "docs").glob("*.md")) if p.name != "examples.md"]

WORDS = [shlex.split(line)[1:] for line in re.findall(r"^newssearch .+$", PAGE, re.MULTILINE)]
#: These wait, ask the network or need a model: they are read, and not run.
READ_ALONE = {"fetch", "serve", "mcp", "embed"}
#: These make and change what others ask.
FIRST = ("index",)
LAST = ("delete", "rebuild")
RUN = [words for words in WORDS if words[0] not in (*READ_ALONE, *FIRST, *LAST)]

ADDRESS = re.compile(r"(?:`|^)(/[^\s`]*)", re.MULTILINE)
ADDRESSES = list(dict.fromkeys(ADDRESS.findall(PAGE)))
#: In the place of what only an answer gives.
PLACEHOLDER = re.compile(r"[A-Z]{2,}\b(?!%)|[*<{]")
#: Names that are written in capitals.
NAMES = re.compile(r"\b(?:NATO|EU|AFP)\b")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*words])
    return result.exit_code, result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files and the index of the examples, which is the working folder."""
    folder = tmp_path_factory.mktemp("examples")
    [table], [harbour] = blocks("csv"), blocks("jsonl")
    searches, synonyms, corrections = blocks("toml")
    (folder / "post.csv").write_text(table, "cp1252")
    (folder / "searches.toml").write_text(searches)
    (folder / "synonyms.toml").write_text(synonyms)
    (folder / "entities.toml").write_text(corrections)
    (folder / "names.txt").write_text("nato\nopec\n")
    with chdir(folder):
        (folder / "harbour.jsonl").write_text(harbour.replace(" Nobody was hurt.", ""))
        assert run("index", "harbour.jsonl", "--quiet") == (0, "")
        (folder / "harbour.jsonl").write_text(harbour)
        for words in WORDS:
            if words[0] in FIRST:
                status, said = run(*words)
                assert status == 0, said
        exported = CliRunner().invoke(main, ["export"]).stdout
        (folder / "export.ndjson").write_text(exported)
        yield folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[Flask]:
    settings = Settings(index=str(folder / "index"), saved_searches=str(folder / "searches.toml"))
    with closing(open_staging(settings.index, settings=settings)) as engine:
        yield create_app(SearchService(engine, settings), settings)


def endpoint_of(app: Flask, address: str) -> str | None:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(address).path)
    except HTTPException:
        return None
    return endpoint


def status_at(app: Flask, address: str) -> int:
    """Return the status of the answer that an address leads to."""
    with app.test_client() as client, client.get(address, follow_redirects=True) as response:
        return response.status_code


class TestExamples:
    @pytest.mark.parametrize("words", RUN, ids=" ".join)
    def test_of_the_terminal_works(self, folder: Path, words: list[str]) -> None:
        status, said = run(*words)
        assert status == 0, said

    @pytest.mark.parametrize("words", [w for w in WORDS if w[0] in READ_ALONE], ids=" ".join)
    def test_of_what_waits_can_be_read(self, words: list[str]) -> None:
        command = main.get_command(click.Context(main), words[0])
        assert command is not None
        command.make_context(words[0], words[1:]).close()

    @pytest.mark.parametrize("address", [a for a in ADDRESSES if "CURSOR" not in a])
    def test_of_an_address_answers(self, app: Flask, address: str) -> None:
        assert status_at(app, address) == 200

    @pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
    def test_of_an_address_in_another_page_answers(self, app: Flask, page: Path) -> None:
        text = page.read_text("utf-8")
        found = re.findall(r"(?:`|127\.0\.0\.1:8000)(/[^\s`'\"|)]*)", text)
        whole = {
            a for a in found if not PLACEHOLDER.search(NAMES.sub("", a)) and endpoint_of(app, a)
        }
        statuses = {address: status_at(app, address) for address in whole}
        assert {a: status for a, status in statuses.items() if status != 200} == {}

    def test_where_an_answer_goes_on_answers(self, app: Flask) -> None:
        client = app.test_client()
        [address] = [a for a in ADDRESSES if "CURSOR" in a]
        first = address.partition("&")[0] + "&page_size=1"
        cursor = json.loads(client.get(first).text)["next_cursor"]
        assert status_at(app, address.replace("CURSOR", cursor)) == 200


class TestEach:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_command_and_option_has_an_example(self, name: str) -> None:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        options = [p for p in command.params if isinstance(p, click.Option)]
        # An option means the same for all commands that have it.
        written = {word.partition("=")[0] for words in every_command() for word in words}
        missing = [
            p.opts for p in options if not written.intersection((*p.opts, *p.secondary_opts))
        ]

        assert [words for words in WORDS if words[0] == name]
        assert missing == []

    def test_address_has_an_example(self, app: Flask) -> None:
        shown = {endpoint_of(app, address) for address in ADDRESSES}
        rules = {rule.endpoint for rule in app.url_map.iter_rules()}
        paths = {rule.rule for rule in app.url_map.iter_rules() if "<" not in rule.rule}
        written = {urlsplit(address).path for address in ADDRESSES}

        assert rules - shown == set()
        assert paths - written == set()

    @pytest.mark.parametrize("name", [*parameters_of(), CURSOR, KEYS, NAME, "by", "bom", "limit"])
    def test_parameter_has_an_example(self, name: str) -> None:
        asked = {key for address in ADDRESSES for key, _ in parse_qsl(urlsplit(address).query)}
        assert name in asked


def every_command() -> Iterator[list[str]]:
    """Yield the words of each command that a page of docs has in a block of code."""
    for page in [*OTHERS, CHECKOUT / "docs" / "examples.md", CHECKOUT / "README.md"]:
        fences = re.findall(r"^```\w*\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
        for line in re.findall(r"\bnewssearch [^#|>\n]*", "\n".join(fences)):
            try:
                yield shlex.split(line)
            except ValueError:  # a sentence
                continue


def test_what_changes_an_index_works(folder: Path) -> None:
    for words in WORDS:
        if words[0] in LAST:
            status, said = run(*words)
            assert status == 0, said
