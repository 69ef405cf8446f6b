"""Errors, exit statuses, help, and the program as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import COMMANDS, main
from search.engines.registry import open_engine
from tests.support.command_line import (
    PROGRAM,
    Run,
    in_process,
)
from tests.support.documents import document


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--facet", "colour"], "unknown facet 'colour'; choose one of author"),
            (["--facet", "author:many"], "from 1 to 1,000 after the colon"),
            (["--facet", "author:1001"], "from 1 to 1,000"),
            (["--facet", "author:" + "9" * 5000], "from 1 to 1,000 after the colon"),
            (["--from", "soon"], "from 'soon': not a date"),
            (["--from", "2024", "--to", "2023"], "from 2024 is after to 2023"),
            (["--limit", "101"], "1<=x<=100"),
            (["--page", "0"], "x>=1"),
            (["--page", str(10**15 + 1)], "from 1 to 1,000,000,000,000,000"),
            (["--match", "some"], "'all', 'most', 'any'"),
            (["--nonsense"], "No such option"),
            (["--time-zone", "Mars/Phobos"], "no time zone 'Mars/Phobos'"),
            (["--saved-searches", "nowhere", "search:x"], "nowhere: No such file"),
            (["search:x"], "unknown saved search"),
            (["date:2024-02-30"], "there is no such date"),
            (["!!!"], "no word"),
        ],
        ids=lambda value: "_".join(value)[:30] if isinstance(value, list) else "",
    )
    def test_is_exit_2_with_a_message_and_no_output(
        self, run: Run, arguments: list[str], message: str
    ) -> None:
        result = run("query", *arguments)

        assert (result.exit_code, result.stdout) == (2, "")
        assert message.lower() in " ".join(result.stderr.split()).lower()
        assert "Traceback" not in result.stderr

    def test_malformed_query_is_shown_with_its_place(self, run: Run) -> None:
        lines = run("query", 'blinken "nato').stderr.splitlines()

        assert lines[0].startswith("newssearch: ")
        assert lines[1] == '  blinken "nato'
        assert lines[2].startswith("          ^")

    def test_place_in_a_long_query_of_wide_characters(self, run: Run) -> None:
        lines = run("query", "東" * 100 + ' "nato').stderr.splitlines()

        assert lines[1] == "  ..." + "東" * 29 + ' "nato'
        assert lines[2].startswith(" " * (5 + 58 + 1) + "^")

    @pytest.mark.parametrize("words", [["-h"], ["harbour", "-h"]], ids=["alone", "after a word"])
    def test_query_has_the_short_help_of_every_command(self, run: Run, words: list[str]) -> None:
        result = run("query", *words)
        assert (result.exit_code, result.stdout) == (0, run("query", "--help").stdout)

    def test_after_two_minuses_a_short_help_is_a_word(self, run: Run) -> None:
        assert "--limit" not in run("query", "--", "-h").stdout

    @pytest.mark.parametrize("word", ["-trump", "-nato", "-houthi", "-json"])
    def test_query_that_begins_with_a_minus_is_explained(self, run: Run, word: str) -> None:
        result = run("query", word, "oil")

        assert (result.exit_code, result.stdout) == (2, "")
        assert f"-- {word}" in result.stderr

    @pytest.mark.parametrize("command", ["query", "stats", "doctor", "serve"])
    def test_missing_index_names_the_way_out(self, tmp_path: Path, command: str) -> None:
        result = CliRunner().invoke(main, [command, "--index", str(tmp_path / "none")])

        assert result.exit_code == 2
        assert "newssearch index PATH" in result.stderr
        assert not (tmp_path / "none").exists()

    def test_bad_variable_is_named(self, run: Run) -> None:
        result = run("query", "oil", env={"NEWSSEARCH_PAGE_SIZE": "many"})

        assert result.exit_code == 2
        assert "NEWSSEARCH_PAGE_SIZE='many'" in result.stderr

    def test_unforeseen_error_is_no_traceback(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.cli.query._question", lambda *arguments: 1 / 0)

        result = run("query", "oil")

        assert result.exit_code == 2
        assert "internal error (ZeroDivisionError" in result.stderr
        assert "Traceback" not in result.stderr

    def test_too_little_memory_is_no_fault_of_the_program(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise MemoryError

        monkeypatch.setattr("search.cli.query._question", fail)

        result = run("query", "oil")

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("newssearch: memory ran out; ")

    def test_unforeseen_error_is_shown_when_debugging(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.cli.query._question", lambda *arguments: 1 / 0)

        result = run("query", "oil", env={"NEWSSEARCH_DEBUG": "1"})

        assert isinstance(result.exception, ZeroDivisionError)


class TestHelp:
    def test_version(self) -> None:
        assert "0.1.0" in CliRunner().invoke(main, ["--version"]).stdout

    @pytest.mark.parametrize("name", COMMANDS)
    def test_help_shows_examples_first(self, name: str) -> None:
        text = CliRunner().invoke(main, [name, "--help"]).stdout
        assert 0 < text.index(f"newssearch {name}") < text.index("Options:")

    def test_help_lists_every_command_in_the_order_of_need(self) -> None:
        listed = CliRunner().invoke(main, ["--help"]).stdout.partition("Commands:")[2]
        assert [line.split()[0] for line in listed.splitlines() if line[:3].strip()] == list(
            COMMANDS
        )


class TestProcess:
    def test_query_imports_nothing_that_it_does_not_need(self, tmp_path: Path) -> None:
        """A search at the terminal must not wait for the libraries of the web page and the readers."""
        index = tmp_path / "index"
        with closing(open_engine(f"whoosh:{index}", make=True)) as engine:
            # So many that nobody is asked whether another word was meant.
            engine.add([document(str(number), "NATO meets") for number in range(10)])
        code = (
            "import sys; from search.cli.main import main\n"
            f"try: main(['query', '--index', {str(index)!r}, 'nato'])\n"
            "except SystemExit: pass\n"
            "print(*sorted(sys.modules), file=sys.stderr)"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        loaded = set(result.stderr.splitlines()[-1].split())
        heavy = {"flask", "waitress", "jinja2", "bs4", "lxml", "trafilatura", "dateutil", "whoosh"}
        ours = {"readers", "enrich", "ingest", "query.dates", "service.suggestions"}
        ours |= {"engines.staging", "engines.joining.rule", "engines.joining.spellings"}
        ours |= {"model.histogram", "present.as_json", "present.as_csv", "present.as_html"}
        ours |= {f"cli.{module}" for module in COMMANDS.values() if module != "query"}
        standard = {"asyncio", "concurrent", "csv", "difflib", "html", "logging", "multiprocessing"}
        standard |= {"shlex", "socket", "subprocess", "xml", "zoneinfo"}

        assert loaded & heavy == set()
        assert loaded & {f"search.{room}" for room in ours} == set()
        assert loaded & standard == set()

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({}, "1"),
            ({"OPENBLAS_NUM_THREADS": "3"}, "3"),
            ({"OMP_NUM_THREADS": "2"}, None),
            ({"GOTO_NUM_THREADS": "2"}, None),
        ],
        ids=["unset", "set", "for all", "old name"],
    )
    def test_no_threads_are_started_that_nobody_asked_for(
        self, environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        CliRunner().invoke(main, ["stats", "--index", "nowhere"])
        assert os.environ.get("OPENBLAS_NUM_THREADS") == expected

    def test_closed_pipe_is_quiet(self, index: Path) -> None:
        command = [sys.executable, "-c", PROGRAM]
        with subprocess.Popen(
            [*command, "query", "--index", str(index), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            errors = process.stderr.read()

        assert (process.returncode, errors) == (141, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    @pytest.mark.parametrize(
        "arguments",
        [
            ("query", "--json"), ("query", "--csv"), ("query", "--ids"), ("query", "oil"),
            ("stats",), ("doctor",), ("query", "--help"), ("--help",),
        ],
        ids=" ".join,
    )  # fmt: skip
    @pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
    def test_full_disk_is_told_plainly(
        self, index: Path, arguments: tuple[str, ...], unbuffered: str
    ) -> None:
        environment = {
            **os.environ, "NEWSSEARCH_INDEX": str(index), "PYTHONUNBUFFERED": unbuffered,
        }  # fmt: skip
        with open("/dev/full", "w") as full:
            result = in_process(
                *arguments,
                env=environment,
                capture_output=False,
                stdout=full,
                stderr=subprocess.PIPE,
            )

        told = "newssearch: cannot write the answer: No space left on device"
        assert (result.returncode, result.stderr.splitlines()[-1]) == (2, told)
        assert "Traceback" not in result.stderr

    def test_terminal_that_cannot_show_a_letter(self, index: Path) -> None:
        environment = {**os.environ, "PYTHONIOENCODING": "koi8-r", "PYTHONUTF8": "0"}

        plain = in_process("query", "--index", index, "odesa", env=environment)
        parsed = in_process("query", "--index", index, "odesa", "--json", env=environment)

        assert "Anna Wei\\xdf" in plain.stdout
        assert json.loads(parsed.stdout)["hits"][0]["authors"] == ["Anna Weiß"]

    def test_argument_that_is_no_text(self, index: Path) -> None:
        result = in_process("query", "--index", index, os.fsdecode(b"caf\xe9 nato"))

        assert result.returncode == 1
        assert "Traceback" not in result.stderr

    def test_module_runs_as_the_program(self, index: Path) -> None:
        assert in_process("query", "--index", index, "--ids", "oil").stdout == "oil\n"


def test_closed_standard_output_is_said(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -c "from search.cli.main import main; main()" stats >&-'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "standard output is closed" in done.stderr
    assert "internal" not in done.stderr
