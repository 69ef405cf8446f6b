"""`newssearch serve`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.command_line import (
    INTERRUPTIBLE,
)


class TestServe:
    def test_serve_prints_its_url_on_stderr(self, index: Path) -> None:
        command = [sys.executable, "-c", INTERRUPTIBLE]
        with subprocess.Popen(
            [*command, "serve", "--index", str(index), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            try:
                line = process.stderr.readline()
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=60)
            finally:
                process.kill()

        assert line.startswith("Serving on http://127.0.0.1:")
        assert (output, "Traceback" in errors) == ("", False)
