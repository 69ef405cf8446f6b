"""Start `make run` on a free port, ask its pages what a person would, and stop it with Ctrl-C.

Exits 1 with a sentence where anything is amiss. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO
from urllib.request import urlopen

#: Making the environment is the slow part where it is not there yet.
START_SECONDS = 600
STOP_SECONDS = 30


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def can_listen(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def page(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        html: bytes = answer.read()
    return html.decode()


def wait_until_served(port: int, run: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if run.poll() is not None:
            sys.exit(f"make run ended with {run.returncode} before it served anything")
        try:
            page(port, "/")
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit(f"make run served nothing within {START_SECONDS} seconds")


def check_pages(port: int) -> None:
    answer = json.loads(page(port, "/api/v1/search?q=Blinken+NATO"))
    first = answer["hits"][0]
    names = {first["title"], *first["people"], *first["organisations"]}
    if not (any("Blinken" in n for n in names) and any("NATO" in n for n in names)):
        sys.exit(f"the first hit for Blinken NATO is {first['title']!r}")
    html = page(port, "/search?q=Blinken+NATO")
    article = re.search(r'href="(/article/[^"]+)"', html)
    if "<mark>" not in html or article is None:
        sys.exit("the page /search?q=Blinken+NATO marks nothing or links to no article")
    page(port, article[1].replace("&amp;", "&"))
    print(f"make run answers on port {port}: {answer['total']} hits, first {first['title']!r}")


def check_busy_port(port: int) -> None:
    second = subprocess.run(
        ["make", "run", f"PORT={port}"], capture_output=True, text=True, timeout=60, check=False
    )
    if second.returncode == 0 or f"Port {port} cannot be used" not in second.stderr:
        sys.exit(f"a busy port is not told clearly: {second.stdout}{second.stderr}")


def stop(run: subprocess.Popen[bytes], port: int) -> None:
    os.killpg(run.pid, signal.SIGINT)  # what Ctrl-C sends, and to whom
    try:
        run.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        sys.exit(f"make run is still there {STOP_SECONDS} seconds after Ctrl-C")
    if not can_listen(port):
        sys.exit(f"port {port} is still taken after Ctrl-C")


def prove(log: IO[bytes]) -> None:
    port = free_port()
    run = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_until_served(port, run)
        check_pages(port)
        check_busy_port(port)
        stop(run, port)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()


def main() -> None:
    # A shell that starts this in the background has Ctrl-C ignored, and children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryFile() as log:
        try:
            prove(log)
        finally:
            log.seek(0)
            said = log.read().decode(errors="replace")
            print("\n".join("make run | " + line for line in said.splitlines()))
        if "Traceback" in said:
            sys.exit("make run ended in a traceback")
        if "Blinken" not in said:
            sys.exit("make run did not print the answer to its query")


if __name__ == "__main__":
    main()
