"""An index to call commands on, and no settings of whoever runs the tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from tests.support.command_line import (
    RECORDS,
    Run,
)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `RECORDS`, without entities; only read."""
    folder = tmp_path_factory.mktemp("cli")
    source = folder / "articles.jsonl"
    source.write_text("\n".join(map(json.dumps, RECORDS)), "utf-8")
    result = CliRunner().invoke(
        main, ["index", "--index", str(folder / "index"), "--entities", "none", str(source)]
    )
    assert result.exit_code == 0, result.output
    return folder / "index"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable and no settings file of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no_settings"))
    for name in [n for n in os.environ if n.startswith("NEWSSEARCH_") or n == "NO_COLOR"]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(index: Path) -> Run:
    """Call a command on the index."""

    def call(command: str, *arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, [command, "--index", str(index), *arguments], **options)

    return call
