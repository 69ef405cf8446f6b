"""Fixtures that more than one test file uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.paths import CHECKOUT, SHARED

# No test depends on how fast a machine is; and what lands is judged by the same examples each time.
settings.register_profile("newssearch", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("newssearch")


def pytest_sessionstart(session: pytest.Session) -> None:
    """End where a module was compiled from older Python: its tests would be those of what it was before."""
    for compiled in (CHECKOUT / "search").rglob("*.so"):
        source = compiled.with_name(f"{compiled.name.partition('.')[0]}.py")
        if source.exists() and source.stat().st_mtime > compiled.stat().st_mtime:
            pytest.exit(f"{source} has changed since it was compiled: run make test", returncode=4)


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to run what a plain run leaves out."""
    if any("opensearch" in argument for argument in config.args):
        return ""
    return "tests/opensearch, on a real cluster, is left out: make test-cluster"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of the project: setup.cfg, search/, web/ and so on lie in it."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of research data next to the checkout; skips the test where it is missing."""
    if not SHARED.is_dir():
        pytest.skip("no folder ../shared with research data next to the checkout")
    return SHARED
