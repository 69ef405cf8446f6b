"""What is typed wrong is an error in one style, with the name that was meant; and the short help is everywhere."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from search.cli.main import COMMANDS, main
from search.query.parser import parse
from tests.support.command_line import Run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["qery", "oil"], "no such command: qery; did you mean query?"),
        (
            ["Blinken", "in kyiv"],
            "no such command: Blinken; to search for it: newssearch query Blinken 'in kyiv'",
        ),
        (["--limit", "3"], "no such option: --limit"),
        (["query", "--limt", "3"], "no such option: --limt; did you mean --limit?"),
        (["query", "--zzzz"], "no such option: --zzzz"),
        (["query", "--sort", "newst"], "'oldest'; did you mean newest?"),
        (["query", "--without", "autor"], "did you mean author?"),
        (["query", "--limit", "many"], "--limit: 'many' is not a valid integer"),
        (["show"], "missing argument 'ID'"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_mistake_is_told_in_one_style_with_the_way_out(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, arguments)
    first, *_, last = result.stderr.splitlines()

    assert (result.exit_code, result.stdout) == (2, "")
    assert first.startswith("newssearch: ")
    assert message in first
    assert last.startswith("newssearch")
    assert last.endswith("--help says more")


def test_unknown_facet_gets_the_nearest(run: Run) -> None:
    assert "did you mean author?" in run("query", "--facet", "autor").stderr


@pytest.mark.parametrize(
    ("topic", "hint"),
    [("qury", "did you mean query?"), ("zzz", "newssearch help lists the commands")],
)
def test_unknown_topic_of_help_gets_the_nearest(run: Run, topic: str, hint: str) -> None:
    result = run("help", topic)
    assert (result.exit_code, result.stderr) == (2, f"newssearch: no help on {topic!r}; {hint}\n")


@pytest.mark.parametrize(
    ("text", "hint"),
    [("athor:lee", "; did you mean author:?"), ("zzz:lee", "")],
    ids=["near", "far"],
)
def test_unknown_field_of_a_query_gets_the_nearest(text: str, hint: str) -> None:
    name = text.partition(":")[0]
    assert parse(text).notices == (f"no field {name!r}; searched as words{hint}",)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_short_help(name: str) -> None:
    short = CliRunner().invoke(main, [name, "-h"])
    assert (short.exit_code, short.stdout) == (0, CliRunner().invoke(main, [name, "--help"]).stdout)


def test_the_list_of_commands_is_not_cut() -> None:
    assert "..." not in CliRunner().invoke(main, ["-h"]).stdout.partition("Commands:")[2]


def test_no_command_shows_the_help() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 2
    assert "Commands:" in result.stderr
