"""A site that answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.news_site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site
