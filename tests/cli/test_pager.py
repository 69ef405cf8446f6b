"""What is longer than the window goes through PAGER, on a terminal and where a person wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import in_process, on_terminal

#: Numbers the lines, so that it is seen.
PAGER = {"PAGER": "cat -n", "NEWSSEARCH_PAGER": "1"}
FIRST = "     1\t"


@pytest.mark.parametrize(
    ("before", "environment", "is_paged"),
    [
        ([], {"LINES": "5"}, True),
        ([], {"LINES": "500"}, False),
        ([], {"LINES": "5", "NEWSSEARCH_PAGER": "0"}, False),
        (["--no-pager"], {"LINES": "5"}, False),
        ([], {"LINES": "5", "TERM": "dumb"}, False),
        ([], {"LINES": "5", "PAGER": "no-such-program"}, False),
        ([], {"LINES": "5", "PAGER": "'open"}, False),
        ([], {"LINES": "5", "PAGER": "true"}, False),
    ],
    ids=["long", "short", "setting", "option", "dumb", "missing", "quote", "left early"],
)
def test_on_a_terminal(
    index: Path, before: list[str], environment: dict[str, str], is_paged: bool
) -> None:
    output = on_terminal(*before, "query", "--index", index, **{**PAGER, **environment})

    assert (FIRST in output) == is_paged
    assert "Traceback" not in output


def test_in_a_pipe_never(index: Path) -> None:
    assert FIRST not in in_process("query", "--index", index).stdout


def test_messages_are_wrapped_on_a_terminal(index: Path) -> None:
    lines = on_terminal("query", "--index", index, "--facet", "colour").splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[1].startswith("  ")


def test_pager_has_the_total_too(index: Path) -> None:
    lines = on_terminal("query", "--index", index, **PAGER, LINES="5").splitlines()

    [total] = [line for line in lines if "articles" in line]
    assert total.startswith(FIRST)
