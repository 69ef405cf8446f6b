"""Every engine, put through the suites: what it means, and what else it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.engines.protocol import Engine, SearchRequest
from search.engines.registry import open_engine
from search.model.settings import Settings
from tests.support.engine_meaning import EngineMeaning
from tests.support.engine_scores import EngineScores
from tests.support.engine_staging import EngineStaging
from tests.support.memory_engine import Evaluation, MemoryEngine, Scores


class TestMemoryEngine(EngineMeaning, EngineScores, EngineStaging):
    """The oracle itself: what it gets wrong the others would be made to get wrong."""

    @pytest.fixture(autouse=True)
    def _no_indexes(self) -> None:
        self.indexes: dict[Path, MemoryEngine] = {}

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return self.indexes.setdefault(folder, MemoryEngine(settings.max_expansions))


class OtherScores(Evaluation):
    """Finds what the oracle finds, and scores it the other way round."""

    def matching(self, without: str | None = None) -> Scores:
        found = super().matching(without)
        return {article_id: 1 / score if score else 0.0 for article_id, score in found.items()}


class OtherEngine(MemoryEngine):
    def _evaluate(self, request: SearchRequest) -> Evaluation:
        return OtherScores(self._documents, request, self.max_expansions, self.fields)


class TestEngineOfAnotherFormula(EngineMeaning):
    """What questions mean does not depend on our formula."""

    @pytest.fixture(autouse=True)
    def _no_indexes(self) -> None:
        self.indexes: dict[Path, OtherEngine] = {}

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return self.indexes.setdefault(folder, OtherEngine(settings.max_expansions))


class TestWhooshEngine(EngineMeaning, EngineScores, EngineStaging):
    """The engine that newssearch comes with."""

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return open_engine(f"whoosh:{folder}", make=True, settings=settings)
