"""`newssearch config`, and that commands follow the settings files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main


@pytest.fixture
def project(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a settings file, in which the commands are called."""
    (tmp_path / "newssearch.toml").write_text(f'index = "{index}"\npage_size = 1\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_query_follows_the_file(project: Path) -> None:
    assert len(call("query", "--ids").stdout.split()) == 1


def test_says_where_each_value_comes_from(project: Path) -> None:
    lines = call("config").stdout.splitlines()

    assert f"{project / 'newssearch.toml'}:2" in next(li for li in lines if "page_size" in li)
    assert next(li for li in lines if li.startswith("port")).split() == ["port", "8000", "default"]


def test_some_as_json(project: Path) -> None:
    result = call("config", "--json", "page-size", "port")

    assert json.loads(result.stdout) == {
        "page_size": {"value": 1, "origin": f"{project / 'newssearch.toml'}:2"},
        "port": {"value": 8000, "origin": "default"},
    }


def test_unknown_setting_gets_the_nearest(project: Path) -> None:
    result = call("config", "pagesize")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean page_size?" in result.stderr


def test_bad_file_stops_every_command_with_one_sentence(project: Path) -> None:
    (project / "newssearch.toml").write_text("page_size = 'many'")
    result = call("query", "oil")

    assert result.exit_code == 2
    assert "newssearch.toml:1: page_size = 'many': expected a whole number" in result.stderr


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["lines", "JSON"])
def test_a_password_is_not_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NEWSSEARCH_OPENSEARCH_PASSWORD", "sesame")

    shown = call("config", *form).stdout

    assert "sesame" not in shown
    assert "(set)" in shown


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("time_zone = 'Mars/Phobos'", "no time zone 'Mars/Phobos'; use a name such as"),
        ("rank = 'best'", "unknown rank 'best'; choose one of"),
        ("recency = 'soon'", "recency 'soon': expected a half-life"),
    ],
)
def test_text_that_cannot_be_used_is_named_with_its_place(
    project: Path, line: str, message: str
) -> None:
    (project / "newssearch.toml").write_text(f"# of the desk\n{line}\n")
    result = call("query", "oil")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{project / 'newssearch.toml'}:2: {message}" in result.stderr
