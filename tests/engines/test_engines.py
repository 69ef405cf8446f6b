"""Every engine, put through the one suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.engines.protocol import Engine
from search.engines.registry import open_engine
from search.model.settings import Settings
from tests.support.engine_conformance import EngineConformance
from tests.support.memory_engine import MemoryEngine


class TestMemoryEngine(EngineConformance):
    """The oracle itself: what it gets wrong the others would be made to get wrong."""

    @pytest.fixture(autouse=True)
    def _no_indexes(self) -> None:
        self.indexes: dict[Path, MemoryEngine] = {}

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        fresh = MemoryEngine(max_expansions=settings.max_expansions)
        return self.indexes.setdefault(folder, fresh)


class TestWhooshEngine(EngineConformance):
    """The engine that newssearch comes with."""

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return open_engine(f"whoosh:{folder}", make=True, settings=settings)
