"""benchmarks/README.md names every command there is, and each says how it is used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.paths import CHECKOUT

FOLDER = CHECKOUT / "benchmarks"
COMMANDS = sorted(
    path.stem if path.parent == FOLDER else path.parent.name
    for path in (*FOLDER.glob("*.py"), *FOLDER.glob("*/__main__.py"))
    if "argparse.ArgumentParser" in path.read_text()
)


def test_the_page_names_them_all():
    page = (FOLDER / "README.md").read_text("utf-8")
    assert sorted(set(re.findall(r"`python -m benchmarks\.(\w+)", page))) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_says_how_it_is_used(name):
    if name == "relevance":
        pytest.importorskip("ir_measures")
    ran = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"usage: python -m benchmarks.{name} ")
