"""Settings by option and by variable."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from search.cli.main import main
from tests.support.command_line import (
    Run,
)


class TestSettings:
    def test_variable_names_the_index(self, index: Path) -> None:
        result = CliRunner().invoke(
            main, ["query", "--ids", "oil"], env={"NEWSSEARCH_INDEX": str(index)}
        )

        assert result.stdout == "oil\n"

    def test_option_wins_over_variable(self, run: Run) -> None:
        env = {"NEWSSEARCH_INDEX": "nowhere", "NEWSSEARCH_PAGE_SIZE": "1"}

        assert len(run("query", "--ids", env=env).stdout.split()) == 1
        assert len(run("query", "--ids", "--limit", "2", env=env).stdout.split()) == 2

    def test_snippet_length(self, run: Run) -> None:
        [hit] = json.loads(run("query", "--json", "--snippet-max-chars", "40", "talks").stdout)[
            "hits"
        ]

        assert 0 < len(hit["snippet"]["text"]) <= 42
