"""A client of a site of sample articles."""

from __future__ import annotations

import pytest

from tests.support.web_site import (
    site,
)


@pytest.fixture(scope="module")
def client():
    return site()
