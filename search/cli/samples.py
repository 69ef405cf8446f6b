"""Where the sample articles are."""

from __future__ import annotations

from pathlib import Path

import search
from search.shipped import shipped_folder


def samples_folder() -> Path:
    """Return the folder of sample articles, for `newssearch index` to read like any other folder."""
    return shipped_folder(Path(search.__file__).resolve().parent, "seeds")
