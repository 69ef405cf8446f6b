"""Where the sample articles are."""

from __future__ import annotations

from pathlib import Path

import search
from search.readers.input_files import input_files
from search.shipped import shipped_folder


def sample_files() -> tuple[str, ...]:
    """Return the paths of the files of sample articles; the one that says what they are is none."""
    return tuple(str(path) for path in input_files([samples_folder()]))


def samples_folder() -> Path:
    """Return the folder of sample articles."""
    return shipped_folder(Path(search.__file__).resolve().parent, "seeds")
