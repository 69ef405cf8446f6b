"""Where the sample articles lie: beside the packages in a checkout, inside them when installed."""

from __future__ import annotations

from pathlib import Path


def samples_folder() -> Path:
    """Return the folder of sample articles, for `newssearch index` to read like any other folder."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "seeds"  # setup.cfg: package_dir puts seeds/ there
    return installed if installed.is_dir() else package.parent / "seeds"
