"""The command that adds an extra is that of the tool which made the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.model.installing import command_for


@pytest.mark.parametrize(
    ("receipt", "command"),
    [
        ("pyvenv.cfg", "pip install 'newssearch[pdf]'"),
        ("pipx_metadata.json", "pipx runpip newssearch-2 install 'newssearch[pdf]'"),
        ("uv-receipt.toml", "uv tool install 'newssearch[pdf]'"),
    ],
    ids=["venv", "pipx", "uv"],
)
def test_command_reaches_the_environment(tmp_path: Path, receipt: str, command: str) -> None:
    environment = tmp_path / "newssearch-2"
    environment.mkdir()
    (environment / receipt).touch()
    assert command_for("pdf", str(environment)) == command
