"""Colours, and that nothing an article or a query holds can steer the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main
from tests.support.command_line import (
    Run,
    in_process,
    is_clean,
    on_terminal,
    strip,
)


class TestColor:
    @pytest.mark.parametrize(
        ("color", "has_color"), [("always", True), ("never", False), ("auto", False)]
    )
    def test_when_piped(self, run: Run, color: str, has_color: bool) -> None:
        assert ("\x1b[" in run("query", "nato", "--color", color).stdout) == has_color

    def test_marks_are_coloured_and_the_rest_is_as_without(self, run: Run) -> None:
        colored = run("query", "nato", "--color", "always").stdout

        assert "\x1b[1;31mNATO\x1b[0m" in colored
        assert strip(colored) == run("query", "nato").stdout

    def test_terminal_gets_colours_wrapped_lines_and_facets(self, index: Path) -> None:
        output = on_terminal("query", "--index", index, "nato")

        assert "\x1b[1;31mNATO\x1b[0m" in output
        assert "Authors" in output
        assert max(len(line) for line in strip(output).splitlines()) <= 60

    @pytest.mark.parametrize(
        ("arguments", "environment"),
        [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), (("--color", "never"), {})],
        ids=["NO_COLOR", "dumb", "never"],
    )
    def test_terminal_without_colours(
        self, index: Path, arguments: tuple[str, ...], environment: dict[str, str]
    ) -> None:
        output = on_terminal("query", "--index", index, "nato", *arguments, **environment)

        assert "\x1b" not in output
        assert "Authors" in output

    def test_progress_bar_only_on_a_terminal(self, index: Path, tmp_path: Path) -> None:
        source = index.parent / "articles.jsonl"
        arguments = ("index", "--entities", "none", source, "--index")

        assert "[----" in on_terminal(*arguments, tmp_path / "a")
        assert "[" not in in_process(*arguments, tmp_path / "b").stderr


class TestHostileText:
    """No character of an article or a query reaches the terminal that could steer it."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("query", "bold", "--facet", "author"),
            ("query", "bold", "--explain", "--color", "always"),
            ("show", "evil"),
            ("show", "evil", "--color", "always", "--query", "escape"),
            ("query", "x\x1b[31mz y"),
            ("query", '"\x1b]0;x\x07'),
            ("query", "--author", "\x1b[31m"),
        ],
        ids=["query", "colours", "show", "show-colours", "in-query", "in-error", "in-notice"],
    )
    def test_is_neutralised(self, run: Run, arguments: tuple[str, ...]) -> None:
        result = run(*arguments)

        assert [c for c in "\x1b\x07\x9b\u202e" if c in strip(result.stdout + result.stderr)] == []

    def test_naughty_strings_are_answered_or_refused(self, run: Run, shared: Path) -> None:
        strings = json.loads((shared / "data/hostile/naughty_strings.json").read_text("utf-8"))
        # Every eighth of a thousand: to a terminal markup is text like any other.
        payloads = json.loads((shared / "data/hostile/xss.payloads.json").read_text("utf-8"))[::8]

        bad = [
            text
            for text in [*strings, *payloads]
            if not is_clean(run("query", "--color", "never", "--", text))
        ]

        assert len(strings) == 515
        assert bad == []

    def test_naughty_articles_come_back_unchanged(self, shared: Path, tmp_path: Path) -> None:
        strings = json.loads((shared / "data/hostile/naughty_strings.json").read_text("utf-8"))
        records = [
            {"id": f"n{n}", "title": f"t {text}", "body": f"b {text} e", "authors": [f"A {text}"]}
            for n, text in enumerate(strings)
        ]
        source = tmp_path / "naughty.jsonl"
        source.write_text("\n".join(map(json.dumps, records)), "utf-8")
        where = ["--index", str(tmp_path / "index")]
        CliRunner().invoke(main, ["index", "--entities", "none", *where, str(source)])

        result = CliRunner().invoke(main, ["query", *where, "--json", "--limit", "100", "b"])
        shown = [
            CliRunner().invoke(main, ["show", *where, f"n{n}"]) for n in range(0, len(strings), 25)
        ]

        assert json.loads(result.stdout)["total"] == len(strings)
        assert [r for r in [result, *shown] if not is_clean(r, exit_codes=(0,))] == []
