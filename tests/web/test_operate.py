"""The recipes of docs/operate.md, tried as far as this machine has what they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from search.model.settings import Settings
from tests.support.paths import CHECKOUT
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.web_site import site
from web import ServerLimits
from web.addresses import listening_on
from web.server import Server

PAGE = (CHECKOUT / "docs/operate.md").read_text("utf-8")


def block(name: str) -> str:
    """Return the block of the page whose first lines name the file *name*."""
    (found,) = [b for b in re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL) if f"# {name}\n" in b]
    return str(found)


@contextmanager
def served(log: Path) -> Iterator[int]:
    """Serve the samples as the settings of the page say, and give the port."""
    settings = Settings(
        serve_hosts="news.example.org", serve_proxy="127.0.0.1", access_log=str(log)
    )
    app = site(settings=settings).application
    with Server(app, listening_on("127.0.0.1", 0), ServerLimits()) as server:
        thread = Thread(target=server.run)
        thread.start()
        yield server.port
        server.stop()
        thread.join()


def free_port() -> int:
    with listening_on("127.0.0.1", 0) as listening:
        return int(listening.getsockname()[1])


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer of the proxy, as somebody on the network asks it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": "news.example.org", **named}
    )
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as exc:
        with exc:
            return exc.code, exc.read().decode()


ANN = "Basic " + b64encode(b"ann:secret").decode()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The nginx of the page, but for its certificate, before a server; its port, and the log of the server."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    log, port = tmp_path / "access.log", free_port()
    with served(log) as of_server:
        users = tmp_path / "news.users"
        users.write_text("ann:{PLAIN}secret\n")
        config = block("/etc/nginx/conf.d/news.conf").split("server {\n    listen 80")[0]
        config = re.sub(r" *ssl_certificate.*\n", "", config)
        for old, new in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
            ("127.0.0.1:8000", f"127.0.0.1:{of_server}"),
            ("/etc/nginx/news.users", str(users)),
        ):
            assert old in config
            config = config.replace(old, new)
        folders = "".join(
            f"{name}_temp_path {tmp_path};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = tmp_path / "nginx.conf"
        whole.write_text(
            f"daemon off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{folders}{config}}}\n"
        )
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents:
            if folder.owner() == tmp_path.owner() and folder != folder.parent and os.getuid() == 0:
                folder.chmod(folder.stat().st_mode | 0o011)
        with subprocess.Popen([nginx, "-c", str(whole), "-p", str(tmp_path)]) as process:
            try:
                wait_until(lambda: _answers(port))
                yield port, log
            finally:
                process.terminate()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/")[0] > 0
    except (URLError, ConnectionError):
        return False


class TestSignIn:
    def test_only_who_signs_in_comes_to_the_server(self, proxy):
        port, log = proxy
        log.write_text("")
        wrong = "Basic " + b64encode(b"ann:guess").decode()
        statuses = [ask(port, "/search?q=grain", **h)[0] for h in ({}, {"Authorization": wrong})]
        assert statuses == [401, 401]
        assert log.read_text() == ""
        status, text = ask(port, "/search?q=grain", Authorization=ANN)
        assert status == 200
        assert "/article/grain-25" in text

    def test_the_server_knows_who_asked_and_believes_nothing_else(self, proxy):
        port, log = proxy
        log.write_text("")
        forged = {
            "X_Forwarded_For": "192.0.2.1",
            "X_Forwarded_User": "eve",
            "X_Forwarded_Prefix": "/evil",
        }
        _, text = ask(port, "/", Authorization=ANN, **forged)
        assert "/evil" not in text
        wait_until(lambda: log.read_text().endswith("\n"))
        assert log.read_text().startswith("127.0.0.1 - ann [")

    def test_links_are_those_of_the_proxy(self, proxy):
        port, _ = proxy
        _, text = ask(port, "/opensearch.xml", Authorization=ANN)
        assert 'template="http://news.example.org/search?q={searchTerms}"' in text

    def test_counts_are_not_for_others(self, proxy):
        port, _ = proxy
        assert ask(port, "/metrics", Authorization=ANN)[0] == 404


def test_every_recipe_of_a_proxy_sets_each_header_that_is_believed() -> None:
    nginx = block("/etc/nginx/conf.d/news.conf")

    for name in ("For", "Proto", "Host", "Prefix", "User"):
        assert f"proxy_set_header X-Forwarded-{name} " in nginx


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    (tmp_path / "newssearch.toml").write_text(block("/var/lib/newssearch/newssearch.toml"))
    run = subprocess.run(
        [sys.executable, "-c", "from search.cli.main import main; main()", "config"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (run.returncode, run.stderr) == (0, "")
    assert "news.example.org" in run.stdout


UNITS = ("newssearch.service", "newssearch-fetch.service", "newssearch-fetch.timer")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(tmp_path: Path, name: str) -> None:
    for unit in UNITS:
        text = block(f"/etc/systemd/system/{unit}")
        command = "ExecStart=/bin/true"
        (tmp_path / unit).write_text(re.sub(r"ExecStart=\S+", command, text))
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    faults = [line for line in run.stderr.splitlines() if str(tmp_path) in line or name in line]

    assert faults == []


@pytest.mark.parametrize(
    ("script", "tool", "kept"),
    [("news-alert", "mail", "new.txt"), ("news-hook", "curl", "new.ndjson")],
)
class TestAlerts:
    def run(self, folder: Path, script: str, tool: str, watch: str, sends: bool) -> int:
        """Run *script* where `newssearch watch` does what *watch* says, and *tool* sends or fails."""
        for name, text in (
            ("newssearch", watch),
            (tool, f"cat new.txt new.ndjson 2>/dev/null >> sent; exit {0 if sends else 1}"),
            (script, block(f"/usr/local/bin/{script}").removeprefix("#!/bin/sh\n")),
        ):
            path = folder / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        environ = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        return subprocess.run(
            [str(folder / script)], cwd=folder, env=environ, check=False
        ).returncode

    def test_what_is_new_is_sent_once(self, tmp_path, script, tool, kept):
        assert self.run(tmp_path, script, tool, "echo first", sends=True) == 0
        assert self.run(tmp_path, script, tool, "exit 1", sends=True) == 0
        assert (tmp_path / "sent").read_text() == "first\n"

    def test_what_could_not_be_sent_is_sent_the_next_time(self, tmp_path, script, tool, kept):
        assert self.run(tmp_path, script, tool, "echo first", sends=False) != 0
        (tmp_path / "sent").unlink()
        assert self.run(tmp_path, script, tool, "echo second", sends=True) == 0
        assert (tmp_path / "sent").read_text() == "first\nsecond\n"
        assert (tmp_path / kept).read_text() == ""

    def test_a_fault_is_reported(self, tmp_path, script, tool, kept):
        assert self.run(tmp_path, script, tool, "exit 2", sends=True) == 2
        assert not (tmp_path / "sent").exists()
