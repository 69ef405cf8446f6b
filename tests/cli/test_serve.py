"""`newssearch serve`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from search.model.settings import Settings
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

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ((), (1, "")),
            (("--no-diverse",), (0, "")),
            (("--diverse", "--recency", "6m:0.2"), (1, "6m:0.2")),
        ],
        ids=["as settings say", "as hits rank", "by age"],
    )
    def test_options_say_how_a_server_ranks_what_does_not_say_how(
        self,
        run: Run,
        index: Path,
        monkeypatch: pytest.MonkeyPatch,
        options: tuple[str, ...],
        expected: tuple[int, str],
    ) -> None:
        served: list[Settings] = []
        monkeypatch.setattr("web.create_app", lambda service, settings, _: served.append(settings))
        monkeypatch.setattr("web.serve", lambda *_, **__: None)
        assert run("serve", "--index", str(index), *options).exit_code == 0
        assert [(int(each.diverse), each.recency) for each in served] == [expected]

    def test_a_recency_that_is_none_stops_a_server_before_it_serves(
        self, run: Run, index: Path
    ) -> None:
        found = run("serve", "--index", str(index), "--recency", "soon")
        assert found.exit_code == 2
        assert "recency 'soon': expected a half-life such as 30d" in found.stderr


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
