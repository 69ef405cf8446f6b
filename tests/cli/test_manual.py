"""The manual page has all that the help has, and can be read by man."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from search.cli.main import COMMANDS, main
from search.cli.manual import man_page
from search.model.settings import SETTINGS, Setting

PAGE = man_page().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_has_every_command_and_its_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert f".SS newssearch {name} " in PAGE
    assert [o for p in command.params for o in p.opts if o.startswith("--") and o not in PAGE] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_has_every_variable(setting: Setting) -> None:
    assert f"\n{setting.variable}\n" in PAGE


def test_no_line_is_a_request_that_we_did_not_make() -> None:
    known = {".TH", ".SH", ".SS", ".B", ".PP", ".TP", ".nf", ".fi"}
    used = {line.split()[0] for line in man_page().splitlines() if line.startswith((".", "'"))}
    assert used <= known


@pytest.mark.skipif(shutil.which("man") is None, reason="no man here")
def test_man_reads_it_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "newssearch.1").write_text(man_page(), "utf-8")
    done = subprocess.run(
        ["man", "--warnings", "-l", str(tmp_path / "newssearch.1")],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == ""
    assert "newssearch query [OPTIONS] [TEXT]..." in done.stdout
