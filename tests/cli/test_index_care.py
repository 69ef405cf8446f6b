"""`newssearch stats` and `doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.main import main
from search.model.errors import IndexDamaged
from tests.support.command_line import (
    RECORDS,
    Run,
)


class TestCare:
    def test_stats(self, run: Run) -> None:
        lines = run("stats").stdout.splitlines()

        assert "           4  articles" in lines
        assert "           4  authors" in lines
        assert "  2024-11-13  oldest article" in lines

    def test_stats_are_of_the_day_that_was_written_also_west_of_utc(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NEWSSEARCH_TIME_ZONE", "America/New_York")
        assert "  2024-11-13  oldest article" in run("stats").stdout.splitlines()

    def test_stats_as_json(self, run: Run) -> None:
        found = json.loads(run("stats", "--json").stdout)

        assert (found["articles"], found["oldest"]) == (4, "2024-11-13")
        assert found["facet_values"]["author"] == 4

    def test_doctor_of_a_sound_index(self, run: Run) -> None:
        result = run("doctor")

        first, *others = result.stdout.splitlines()
        assert (result.exit_code, first) == (0, "the index is sound: 4 articles")
        assert [line.partition(":")[0] for line in others] == ["inner loops"]

    @pytest.mark.parametrize(
        ("is_compiled", "choice", "told"),
        [
            (True, "", "inner loops: compiled"),
            (False, "numpy", "inner loops: on numpy, as NEWSSEARCH_KERNELS says"),
            (False, "", "inner loops: on numpy, as none could be compiled"),
        ],
        ids=["compiled", "chosen", "not-compiled"],
    )
    def test_doctor_tells_which_loops_answer(
        self,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        is_compiled: bool,
        choice: str,
        told: str,
    ) -> None:
        from search.engines.whoosh_index import kernels

        monkeypatch.setattr(kernels, "IS_COMPILED", is_compiled)
        monkeypatch.setenv(kernels.CHOICE, choice)

        assert run("doctor").stdout.splitlines()[1].startswith(told)

    def test_doctor_tells_where_languages_cannot_be_detected(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "pycld2" not in run("doctor").stdout
        monkeypatch.setattr("search.readers.language.can_detect", lambda: False)
        assert "pycld2 is not installed" in run("doctor").stdout

    def test_doctor_names_a_damaged_file(self, tmp_path: Path) -> None:
        source = tmp_path / "a.jsonl"
        source.write_text("\n".join(map(json.dumps, RECORDS)))
        where = ["--index", str(tmp_path / "index")]
        CliRunner().invoke(main, ["index", "--entities", "none", *where, str(source)])
        largest = max((tmp_path / "index").glob("MAIN_*"), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
        largest.write_bytes(content)

        result = CliRunner().invoke(main, ["doctor", *where])

        assert result.exit_code == 2
        assert largest.name in result.output
        assert "Traceback" not in result.output

    @pytest.mark.parametrize("problems", [(), ("column ids is damaged",)], ids=["sound", "damaged"])
    def test_doctor_names_problems_though_the_index_cannot_be_counted(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, problems: tuple[str, ...]
    ) -> None:
        from search.engines.whoosh_index.engine import WhooshEngine

        def fail(engine: WhooshEngine) -> None:
            raise IndexDamaged("the lengths contradict each other")

        monkeypatch.setattr(WhooshEngine, "stats", fail)
        monkeypatch.setattr(
            "search.engines.registry.verify_index", lambda index, settings: problems
        )

        result = run("doctor")

        assert result.exit_code == 2
        assert (
            result.stdout == f"{problems[0] if problems else 'the lengths contradict each other'}\n"
        )
        assert "make it again" in result.stderr
