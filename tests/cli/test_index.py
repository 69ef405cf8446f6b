"""`newssearch index`: its reports, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from search.cli.index import index as index_command
from search.cli.main import main
from search.readers.formats import FORMAT_NAMES
from tests.support.command_line import (
    INTERRUPTIBLE,
    RECORDS,
    in_process,
    on_terminal,
    stored,
)

#: Presses Ctrl-C when a run tells that it has read four articles.
PRESSING = """
import signal
import search.cli.progress, search.ingest.limits

def update(self, progress):
    if progress.articles == 4:
        signal.raise_signal(signal.SIGINT)

search.ingest.limits.RUN_LIMITS = search.ingest.limits.RunLimits(said_articles=2)
search.cli.progress.ProgressBar.update = update
"""


class TestIndex:
    @pytest.fixture
    def where(self, tmp_path: Path) -> list[str]:
        (tmp_path / "articles").mkdir()
        (tmp_path / "articles" / "a.jsonl").write_text("\n".join(map(json.dumps, RECORDS)))
        return ["--entities", "none", "--index", str(tmp_path / "index")]

    def test_reports_on_stdout(self, where: list[str], tmp_path: Path) -> None:
        (tmp_path / "articles" / "b.jsonl").write_text("{broken\n")

        first = CliRunner().invoke(main, ["index", *where, str(tmp_path / "articles")])
        second = CliRunner().invoke(main, ["index", *where, str(tmp_path / "articles")])

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert first.stdout.startswith(
            "4 added, 0 changed, 0 unchanged, 0 deleted, 1 refused (2 files read, 0 unchanged)"
        )
        assert "b.jsonl:1: " in first.stderr
        assert second.stdout.startswith("0 added, 0 changed, 4 unchanged")
        assert "1 refused earlier" in second.stdout

    def test_path_that_is_not_there_makes_no_index(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "typo")])

        assert (result.exit_code, result.stdout) == (2, "")
        assert "typo: there is no such file or folder" in result.stderr
        assert not (tmp_path / "index").exists()

    def test_nothing_to_index_is_exit_1(self, where: list[str], tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "empty")])

        assert result.exit_code == 1
        assert "no files that a reader knows" in result.stderr

    def test_another_collection_changes_the_articles_of_unchanged_files(
        self, where: list[str], tmp_path: Path
    ) -> None:
        def run(*options: str) -> str:
            return CliRunner().invoke(main, ["index", *where, *options, str(tmp_path)]).stdout

        def collected() -> list[str]:
            asked = ["query", "--ids", *where[2:], "--collection", "dump 2024"]
            return CliRunner().invoke(main, asked).stdout.split()

        assert run("--collection", " Dump  2024 ").startswith("4 added")
        assert len(collected()) == 4
        assert run("--collection", "Dump 2024").startswith("0 added, 0 changed, 4 unchanged")
        assert run("--collection", "Wire").startswith("0 added, 4 changed")
        assert collected() == []

    @pytest.mark.parametrize("name", ["x" * 201, "a\x1b[2J", "\udcff"])
    def test_a_collection_that_is_no_name_is_refused(self, where: list[str], name: str) -> None:
        result = CliRunner().invoke(main, ["index", *where, "--collection", name, "."])

        assert result.exit_code == 2
        assert "give a name of letters" in result.stderr

    def test_quiet_says_only_what_went_wrong(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(main, ["index", "-q", *where, str(tmp_path / "articles")])

        assert (result.exit_code, result.output) == (0, "")

    def test_what_was_left_out_is_said_and_how_to_search(
        self, where: list[str], tmp_path: Path
    ) -> None:
        for number in range(30):
            (tmp_path / "articles" / f"{number}.pages").touch()

        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "articles")])

        assert "30 files were left out: 30 .pages" in result.stderr
        assert (
            result.stdout.splitlines()[-1]
            == f"to search: newssearch query {where[2]} {where[3]} WORDS"
        )

    def test_only_unknown_files_is_exit_1_and_says_what_can_be_read(
        self, where: list[str], tmp_path: Path
    ) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.pages").touch()

        result = CliRunner().invoke(main, ["index", *where, str(tmp_path / "in")])

        assert (result.exit_code, ".jsonl" in result.stdout) == (1, True)
        assert "1 .pages" in result.stderr

    def test_index_in_the_folder_of_its_articles_is_not_read(
        self, where: list[str], tmp_path: Path
    ) -> None:
        runs = [CliRunner().invoke(main, ["index", *where, str(tmp_path)]) for _ in range(2)]

        assert [run.stdout.split(",")[0] for run in runs] == ["4 added", "0 added"]
        assert all("1 folder was left out: 1 index" in run.stderr for run in runs)
        assert stored(where) == 4

    def test_report_has_every_case_and_is_no_source(self, where: list[str], tmp_path: Path) -> None:
        (tmp_path / "articles" / "b.jsonl").write_text("{broken\n" * 50)
        path = tmp_path / "articles" / "cases.jsonl"
        command = ["index", *where, "--force", "--report", str(path), str(tmp_path / "articles")]

        first = CliRunner().invoke(main, command)
        second = CliRunner().invoke(main, command)

        cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [set(case) for case in cases] == [{"file", "line", "kind", "reason", "times"}] * 52
        assert [case["line"] for case in cases if case["kind"] == "refused"] == [*range(1, 51)]
        assert f"{path} has all 54 cases" in second.stderr
        assert len(first.stderr.splitlines()) < 12

    @pytest.mark.parametrize(
        ("name", "said"),
        [("missing/r.jsonl", "cannot be written"), ("articles/a.jsonl", "no report"), ("-", "name of a file")],
    )  # fmt: skip
    def test_report_that_cannot_be_written_is_an_error_before_anything_is_read(
        self,
        where: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        said: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(main, ["index", *where, "--report", name, "articles"])

        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
        assert not (tmp_path / "index").exists()
        assert stored(where) == 0

    def test_on_a_terminal_the_report_fits_the_window(
        self, where: list[str], tmp_path: Path
    ) -> None:
        (tmp_path / "articles" / "b.jsonl").write_text("{broken\n" * 50)
        (tmp_path / "articles" / "c.pages").touch()

        shown = on_terminal("index", *where, str(tmp_path / "articles")).rpartition("\x1b[K")[2]

        lines = shown.splitlines()
        assert lines[0].startswith("4 added, 0 changed")
        assert lines[-1].startswith("to search: ")  # a command is not broken
        assert max(map(len, lines[:-1])) <= 60

    def test_standard_input(self, where: list[str]) -> None:
        result = in_process("index", *where, "-", input=json.dumps(RECORDS[0]))

        assert result.stdout.startswith("1 added")

    def test_samples_need_no_path(self, where: list[str]) -> None:
        result = CliRunner().invoke(main, ["index", *where, "--samples"])

        assert (result.exit_code, result.stderr) == (0, "")
        assert stored(where) == int(result.stdout.partition(" added")[0]) > 20

    def test_samples_beside_a_path(self, where: list[str], tmp_path: Path) -> None:
        CliRunner().invoke(main, ["index", *where, "--samples", str(tmp_path / "articles")])

        assert CliRunner().invoke(main, ["show", *where[2:], "summit"]).exit_code == 0
        assert stored(where) > 20 + len(RECORDS)

    def test_no_path_is_exit_2(self, where: list[str]) -> None:
        result = CliRunner().invoke(main, ["index", *where])

        assert (result.exit_code, result.stdout) == (2, "")
        assert "--samples" in result.stderr

    def test_unknown_reader_is_named(self, where: list[str], tmp_path: Path) -> None:
        result = CliRunner().invoke(
            main, ["index", *where, "--reader", "magic", str(tmp_path / "articles")]
        )

        assert (result.exit_code, result.stdout) == (2, "")
        assert "unknown reader 'magic'; choose one of html, records, " in result.stderr

    def test_ctrl_c_keeps_what_was_committed(self, where: list[str]) -> None:
        """The program reads a pipe that stays open, and is interrupted once a batch is committed."""
        command = [sys.executable, "-c", INTERRUPTIBLE, "index"]
        arguments = [*where, "--batch-articles", "1", "-"]
        with subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            try:
                # More than any buffer on the way, so that the first articles are committed by now.
                for number in range(60):
                    record = {"id": f"a{number}", "title": "Title", "body": "word " * 500}
                    process.stdin.write(json.dumps(record) + "\n")
                process.stdin.flush()
                deadline = time.monotonic() + 60
                while stored(where) < 3 and time.monotonic() < deadline:
                    time.sleep(0.05)
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=60)
            finally:
                process.kill()

        assert process.returncode == 130
        assert "what was committed is kept" in errors
        assert output.startswith(f"{stored(where)} added")

    def test_ctrl_c_amid_a_file_commits_what_was_read(
        self, where: list[str], tmp_path: Path
    ) -> None:
        """The program presses it itself, once 4 of 10 articles are read."""
        source = tmp_path / "ten.jsonl"
        source.write_text(
            "".join(json.dumps({"id": f"t{n}", "body": "x"}) + "\n" for n in range(10))
        )
        program = PRESSING + INTERRUPTIBLE
        result = subprocess.run(
            [sys.executable, "-c", program, "index", *where, str(source)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert result.returncode == 130
        assert result.stderr.splitlines() == [
            "newssearch: interrupted; committing what was read so far; Ctrl-C again stops at once",
            "newssearch: interrupted; what was committed is kept, and the same command continues from there",
        ]
        assert result.stdout.startswith("4 added")
        assert stored(where) == 4


def test_help_names_every_reader() -> None:
    [option] = [o for o in index_command.params if o.name == "reader"]
    assert isinstance(option, click.Option)
    assert ", ".join(FORMAT_NAMES) in (option.help or "")
