"""`newssearch serve`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import INTERRUPTIBLE, Run


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


class TestGet:
    def test_prints_what_a_request_is_answered(self, run: Run) -> None:
        result = run("serve", "--get", "/api/v1/search?q=oil")

        assert (result.exit_code, result.stderr) == (0, "")
        assert json.loads(result.stdout)["total"] == 1

    @pytest.mark.parametrize(
        ("path", "status", "said"),
        [
            ("/article/nothing", 1, "404 NOT FOUND"),
            ("/api/v1/search?page=0", 2, "400 BAD REQUEST"),
            ("search?q=oil", 2, "--get takes a path"),
        ],
        ids=["missing", "bad", "no path"],
    )
    def test_what_is_not_found_has_its_exit_status(
        self, run: Run, path: str, status: int, said: str
    ) -> None:
        result = run("serve", "--get", path)

        assert result.exit_code == status
        assert said in result.stderr
