"""What the benchmark of pages within the server asks for, and what it counts."""

from __future__ import annotations

import pytest

from benchmarks.pages import addresses, times_of
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from web import create_app


@pytest.fixture
def app():
    settings = Settings()
    return create_app(SearchService(MemoryEngine(), settings), settings)


def test_every_page_is_timed_as_often_as_asked_for(app):
    paths = [path for of_kind in addresses(["a b"], ["place"]).values() for path in of_kind]
    assert {"/search?q=a+b", "/facet/place?q=a+b", "/facet/place"} < set(paths)
    times = times_of(app, paths, 2, {"Accept-Encoding": "gzip"})
    assert len(times) == 2 * len(paths)
    assert min(times) > 0


def test_a_page_that_is_not_there_is_no_figure(app):
    with pytest.raises(ValueError, match="/facet/nothing: 404"):
        times_of(app, ["/facet/nothing"], 1)
