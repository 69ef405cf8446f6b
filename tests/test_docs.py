"""The docs name what there is, and what they name is there."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.model.fields import FIELDS
from search.model.settings import SETTINGS, Setting
from search.present.as_csv import csv_columns
from search.readers.formats import FORMAT_NAMES
from tests.support.paths import CHECKOUT
from tests.support.screenshot import MOST_BYTES, SCREENSHOT

DOCS = CHECKOUT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*sorted(CHECKOUT.glob("*.md")), *PAGES]

#: Test files, and what they share.
TESTS = sorted(
    path
    for path in (CHECKOUT / "tests").rglob("*.py")
    if path.name.startswith("test_") or path.parent.name == "support"
)

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A command as written in a block of code: an optional prompt, then one of our two programs.
COMMAND = re.compile(r"^(?:\$ )?((?:make|newssearch)\b[^#|>\n]*)", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def commands(
    group: click.Group = main, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command under the name that a person types after ``newssearch``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        path = (*prefix, name)
        if isinstance(command, click.Group):
            yield from commands(command, path)
        yield " ".join(path), command


COMMANDS = dict(commands())
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
]


def anchors(text: str) -> set[str]:
    """Return the names that the headings of a Markdown *text* can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def written_commands(page: Path = CHECKOUT / "README.md") -> list[list[str]]:
    """Return the commands of ours in a page's blocks of code, each split into words."""
    blocks = FENCE.findall(page.read_text("utf-8"))
    found = (line for block in blocks for line in COMMAND.findall(block))
    return [shlex.split(line) for line in found]


def requirements() -> list[str]:
    """Return the names of all packages that setup.cfg asks for, extras included."""
    setup = configparser.ConfigParser()
    setup.read(CHECKOUT / "setup.cfg", "utf-8")
    lists = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    lines = (line.strip() for listed in lists for line in listed.splitlines())
    return [re.split(r"[^\w-]", line)[0] for line in lines if line and not line.startswith("#")]


#: Format -> what README calls it.
IN_README = {
    "html": "HTML", "records": "JSONL", "newsml": "NewsML-G2", "nitf": "NITF", "sgml": "Reuters-21578",
    "mets": "METS", "alto": "ALTO", "addresses": "sitemaps", "feed": "RSS", "pdf": "PDF", "office": ".docx",
    "epub": "EPUB", "zip": "zip", "tar": "tar", "mhtml": "MHTML", "mailbox": ".mbox", "mail": ".eml",
    "markdown": "Markdown", "warc": "WARC", "press_database": "LexisNexis", "text": "text",
}  # fmt: skip


class TestFormats:
    @pytest.mark.parametrize("name", FORMAT_NAMES)
    def test_is_named_in_the_readme(self, name: str) -> None:
        _, _, own = (CHECKOUT / "README.md").read_text("utf-8").partition("## Your own articles")
        assert IN_README[name] in own.partition("\n## ")[0]


class TestSettings:
    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_is_documented_with_its_variable_and_default(self, setting: Setting) -> None:
        rows = (DOCS / "settings.md").read_text("utf-8").splitlines()
        row = next((row for row in rows if f"`{setting.variable}`" in row), "")

        assert row, f"docs/settings.md does not name {setting.variable}"
        assert (
            str(setting.default) in row.replace(",", "").replace("_", "")
            or str(setting.default) in row
        )

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_has_help(self, setting: Setting) -> None:
        assert setting.help


class TestCommands:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_is_documented_and_has_help(self, name: str) -> None:
        assert f"newssearch {name}" in (DOCS / "cli.md").read_text("utf-8")
        assert COMMANDS[name].help

    @pytest.mark.parametrize(
        ("name", "option"), OPTIONS, ids=[f"{name}-{option.name}" for name, option in OPTIONS]
    )
    def test_option_is_documented_and_has_help(self, name: str, option: click.Option) -> None:
        text = (DOCS / "cli.md").read_text("utf-8")

        assert {o for o in option.opts if not re.search(rf"{re.escape(o)}(?![\w-])", text)} == set()
        assert option.help


EXAMPLES = [
    words
    for name in ("cli.md", "formats.md", "settings.md", "saved.md", "release.md")
    for words in written_commands(DOCS / name)
    if words[0] == "newssearch"
]


class TestExamples:
    @pytest.mark.parametrize("words", EXAMPLES, ids=" ".join)
    def test_is_a_command_that_there_is(self, words: list[str]) -> None:
        COMMANDS[words[1]].make_context(words[1], words[2:]).close()


class TestArchitecture:
    @pytest.mark.parametrize("room", ["model", "readers", "ingest"])
    def test_names_every_module_of_a_room(self, room: str) -> None:
        page = (DOCS / "architecture.md").read_text("utf-8")
        _, _, rest = page.partition(f"\n### `search/{room}/`")
        said = rest.partition("\n### ")[0]
        modules = {path.name for path in (CHECKOUT / "search" / room).glob("[!_]*.py")}

        assert {name for name in modules if f"`{name}`" not in said} == set()


class TestPicture:
    def test_readme_opens_with_it(self) -> None:
        _, picture, *_ = (CHECKOUT / "README.md").read_text("utf-8").split("\n\n")

        assert picture.startswith("![")
        assert picture.endswith(f"]({SCREENSHOT.relative_to(CHECKOUT)})")

    def test_it_is_a_png_that_is_quick_to_load(self) -> None:
        png = SCREENSHOT.read_bytes()

        assert png.startswith(b"\x89PNG")
        assert len(png) <= MOST_BYTES


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_is_linked_from_the_index_of_docs(self, page: Path) -> None:
        linked = {*LINK.findall((DOCS / "README.md").read_text("utf-8")), "README.md"}

        assert page.name in linked

    @pytest.mark.parametrize("page", TEXTS, ids=name_of)
    def test_links_lead_somewhere(self, page: Path) -> None:
        text = page.read_text("utf-8")
        local = [link for link in LINK.findall(text) if "://" not in link]
        broken = [link for link in local if not leads_somewhere(page, link)]

        assert broken == []

    def test_architecture_names_what_is_there(self) -> None:
        text = (DOCS / "architecture.md").read_text("utf-8")
        paths = re.findall(r"`((?:search|web|templates|seeds|tests|benchmarks)/[\w./]*)`", text)
        names = set(re.findall(r"`(\w+\.py)`", text))
        known = {
            path.name for room in ("search", "web") for path in (CHECKOUT / room).rglob("*.py")
        }

        in_a_wheel = {"web/templates/", "search/seeds/", "search/docs/"}

        assert {path for path in paths if not (CHECKOUT / path).exists()} == in_a_wheel
        assert names - known - {"setup.py"} == set()

    def test_architecture_names_every_room(self) -> None:
        text = (DOCS / "architecture.md").read_text("utf-8")
        rooms = [path.parent for path in (CHECKOUT / "search").rglob("__init__.py")]

        assert [room.name for room in rooms if f"{room.name}/" not in text] == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target.read_text("utf-8"))


class TestDependencies:
    @pytest.mark.parametrize("name", requirements())
    def test_has_its_reason(self, name: str) -> None:
        assert re.search(
            rf"\b{re.escape(name)}\b", (DOCS / "dependencies.md").read_text("utf-8"), re.I
        )


class TestReadme:
    def test_shows_how_to_run_and_test(self) -> None:
        assert {("make", "run"), ("make", "test")} <= {tuple(c) for c in written_commands()}

    @pytest.mark.parametrize("words", written_commands(), ids=" ".join)
    def test_command_is_one_that_there_is(self, words: list[str]) -> None:
        program, name, *arguments = words
        if program == "make":
            makefile = (CHECKOUT / "Makefile").read_text("utf-8")
            assert re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE)
        else:
            COMMANDS[name].make_context(name, arguments).close()

    def test_python_example_runs(self, tmp_path: Path) -> None:
        [example] = re.findall(
            r"^```python\n(.*?)^```", (CHECKOUT / "README.md").read_text("utf-8"), re.M | re.S
        )
        (tmp_path / "a.txt").write_text("A firm response\nBy Ann Lee\n\nIt came.")
        CliRunner().invoke(
            main, ["index", "--index", str(tmp_path / "index"), str(tmp_path / "a.txt")]
        )
        ran = subprocess.run(
            [sys.executable, "-c", example],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (ran.stdout, ran.stderr) == ("1 | A firm response | Ann Lee\n", "")


class TestFields:
    """What the docs say of fields is what the field table says."""

    @pytest.mark.parametrize(
        ("name", "aliases"),
        [
            *((row.name, row.aliases) for row in FIELDS.queried),
            *FIELDS.group_aliases.items(),
        ],
    )
    def test_query_language_has_each_with_its_aliases(
        self, name: str, aliases: tuple[str, ...]
    ) -> None:
        text = (DOCS / "query-language.md").read_text("utf-8")
        row = re.search(rf"^\| `{name}:` \|([^|]*)\|", text, re.MULTILINE)

        assert row, f"docs/query-language.md has no row for {name}:"
        assert set(re.findall(r"`(\w+):`", row[1])) == set(aliases)

    @pytest.mark.parametrize("page", ["api.md", "web.md"])
    def test_parameters_are_the_facets(self, page: str) -> None:
        names = ", ".join(f"`{name}`" for name in FIELDS.choices)

        assert f"| {names} |" in (DOCS / page).read_text("utf-8")

    def test_options_are_the_facets(self) -> None:
        names = ", ".join(f"`--{name}`" for name in FIELDS.choices)

        assert f"| {names} |" in (DOCS / "cli.md").read_text("utf-8")

    def test_csv_has_these_columns(self) -> None:
        assert f"{', '.join(csv_columns())}." in (DOCS / "cli.md").read_text("utf-8")

    def test_index_has_these_fields(self) -> None:
        text = " ".join((DOCS / "index-format.md").read_text("utf-8").split())

        assert f"Facets F: {', '.join(FIELDS.facets)}." in text
        assert f"`text` ({', '.join(FIELDS.weights)})" in text

    def test_ranking_has_these_weights(self) -> None:
        text = " ".join((DOCS / "ranking.md").read_text("utf-8").split())

        assert f"fields are searched: {', '.join(FIELDS.weights)}." in text


class TestPageOfTests:
    @pytest.mark.parametrize("path", TESTS, ids=name_of)
    def test_says_what_each_file_catches(self, path: Path) -> None:
        page = (CHECKOUT / "tests" / "README.md").read_text("utf-8")
        folder = CHECKOUT / "tests"
        name = path.name if path.parent.name == "support" else path.relative_to(folder).as_posix()
        assert f"`{name}`" in page

    def test_names_no_file_that_is_gone(self) -> None:
        page = (CHECKOUT / "tests" / "README.md").read_text("utf-8")
        rows = [line for line in page.splitlines() if line.startswith("| `")]
        named = {name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row.split("|")[1])}
        known = {path.relative_to(CHECKOUT / "tests").as_posix() for path in TESTS}
        known |= {path.name for path in TESTS if path.parent.name == "support"}
        assert named - known == set()
