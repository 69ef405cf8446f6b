"""The articles of seeds/ as a site: indexed and served by the program as a person starts it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.command_line import PROGRAM, in_process
from tests.support.paths import CHECKOUT


@contextmanager
def seeds_served(folder: Path) -> Iterator[str]:
    """Make an index in *folder*, serve it on a free port, and give its address."""
    index = str(folder / "index")
    in_process("index", "--index", index, CHECKOUT / "seeds").check_returncode()
    command = [sys.executable, "-c", PROGRAM, "serve", "--index", index, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://[^ ]+", line)
        try:
            assert found, line
            yield found[0]
        finally:
            process.terminate()
