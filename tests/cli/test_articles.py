"""`newssearch show` and `delete`."""

from __future__ import annotations

import json
import re

from tests.support.command_line import (
    RECORDS,
    Run,
)


class TestShow:
    def test_prints_the_article(self, run: Run) -> None:
        result = run("show", "summit")

        assert result.exit_code == 0
        assert result.stdout.startswith(
            "Blinken meets NATO in Brussels\nRich Miller, Olena Harmash · 2024-11-13 · Reuters\n\n"
            "The minister promised"
        )
        *_, url, read_from, article_id = result.stdout.splitlines()
        assert url == "URL: https://news.example/summit"
        assert re.fullmatch(
            r"Read from: /.*/articles\.jsonl, line 1, as records, on \d{4}-\d\d-\d\d \d\d:\d\d UTC",
            read_from,
        )
        assert article_id == "ID: summit"

    def test_marks_a_query(self, run: Run) -> None:
        result = run("show", "summit", "--query", '"firm response"', "--color", "always")

        assert "\x1b[1;31mfirm response\x1b[0m" in result.stdout

    def test_json_is_the_article_to_the_letter(self, run: Run) -> None:
        found = json.loads(run("show", "evil", "--json").stdout)

        assert (found["title"], found["body"]) == (RECORDS[3]["title"], RECORDS[3]["body"])

    def test_says_how_to_cite_it(self, run: Run) -> None:
        assert run("show", "summit", "--cite", "text").stdout == (
            "Rich Miller and Olena Harmash. “Blinken meets NATO in Brussels.” Reuters, 13 November 2024. "
            "https://news.example/summit\n"
        )
        assert run("show", "summit", "--cite", "bibtex").stdout.startswith("@article{summit,\n")

    def test_a_citation_is_printed_alone(self, run: Run) -> None:
        result = run("show", "summit", "--cite", "text", "--json")

        assert result.exit_code == 2
        assert "--cite prints a citation alone" in result.stderr

    def test_unknown_id_is_exit_1(self, run: Run) -> None:
        result = run("show", "nowhere")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "no article has the id nowhere" in result.stderr

    def test_malformed_query_is_exit_2(self, run: Run) -> None:
        assert run("show", "summit", "--query", '"').exit_code == 2
