"""A service over four articles."""

from __future__ import annotations

import pytest

from search.service.service import SearchService
from tests.support.four_articles import ARTICLES, NOW
from tests.support.memory_engine import MemoryEngine


@pytest.fixture
def engine() -> MemoryEngine:
    engine = MemoryEngine()
    engine.add(ARTICLES)
    return engine


@pytest.fixture
def service(engine: MemoryEngine) -> SearchService:
    return SearchService(engine, now=lambda: NOW)
