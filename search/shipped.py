"""Folders that travel inside a package when installed and stand beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def shipped_folder(package: Path, name: str) -> Path:
    """Return where *name* is: in the folder of *package*, where `package_dir` of setup.cfg puts it, or beside it."""
    installed = package / name
    return installed if installed.is_dir() else package.parent / name
