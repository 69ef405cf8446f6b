"""The program as a person starts it, and articles to call it on."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result

from search.cli.main import main

RECORDS = (
    {
        "id": "summit",
        "title": "Blinken meets NATO in Brussels",
        "authors": ["Rich Miller", "Olena Harmash"],
        "published": "2024-11-13",
        "source": "Reuters",
        "url": "https://news.example/summit",
        "body": "The minister promised a firm response. Talks went on all night in the old town, "
        "and nobody who was asked expected them to end before the weekend.",
    },
    {
        "id": "oil",
        "title": "Crude oil falls",
        "authors": ["Rich Miller"],
        "published": "2024-11-14T09:30:00Z",
        "source": "AFP",
        "body": "Prices fell again.",
    },
    {"id": "port", "title": "Port reopens", "authors": ["Anna Weiß"], "body": "Grain left Odesa."},
    {
        "id": "evil",
        "title": "=HYPERLINK(1) \x1b[31mred\x07 <bold> & 1 < 2",
        "authors": ["\x1b]0;owned\x07Mallory"],
        "body": "Escape \x1b[2J sequences\x9b31m and \u202eturned text.",
    },
)


Run = Callable[..., Result]


#: Python code of the program as a person starts it. Where the tests run as a background job of a
#: script, SIGINT is ignored, and children inherit that: Ctrl-C would do nothing.
PROGRAM = "from search.cli.main import main; main()"
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + PROGRAM
)


def in_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a person does."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": 180, **options}
    return subprocess.run(command, check=False, **options)


def on_terminal(*arguments: object, typed: str = "", **environment: str) -> str:
    """Return all that the program writes to a terminal of 60 columns on which a person has *typed* something."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    clean |= {"COLUMNS": "60", "TERM": "xterm", "NEWSSEARCH_PAGER": "0", **environment}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean
    ) as process:
        os.close(theirs)
        output = b""
        try:
            while part := os.read(ours, 65536):
                output += part
        except OSError:  # Linux says EIO where the other end is closed
            pass
        process.wait(60)
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def strip(text: str) -> str:
    """Return *text* without the colours that we write."""
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"):
        text = text.replace(code, "")
    return text


def is_clean(result: Result, exit_codes: tuple[int, ...] = (0, 1, 2)) -> bool:
    """Whether a command ended as it should and wrote nothing that could steer a terminal."""
    said = result.stdout + result.stderr
    return (
        result.exit_code in exit_codes
        and "internal error" not in said
        and "Traceback" not in said
        and not any(c in said for c in "\x1b\x07\x08\x9b\u202e\u2066")
    )


def stored(where: list[str]) -> int:
    result = CliRunner().invoke(main, ["stats", "--json", *where[2:]])
    return int(json.loads(result.stdout)["articles"]) if result.exit_code == 0 else 0
