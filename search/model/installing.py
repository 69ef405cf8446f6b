"""The command by which a person adds what is missing to the environment that this runs in."""

from __future__ import annotations

import sys
from pathlib import Path


def command_for(extra: str, prefix: str = sys.prefix) -> str:
    """Return the command that installs an *extra* of setup.cfg into the environment at *prefix*.

    The pip of a shell does not reach the environments that pipx and uv make for a program.
    """
    wanted = f"'newssearch[{extra}]'"
    environment = Path(prefix)
    if (environment / "pipx_metadata.json").exists():
        return f"pipx runpip {environment.name} install {wanted}"
    if (environment / "uv-receipt.toml").exists():
        return f"uv tool install {wanted}"
    return f"pip install {wanted}"
