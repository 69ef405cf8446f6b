"""Every engine, put through the suites: what it means, and what else it promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search.engines.protocol.engine import Engine
from search.engines.protocol.request import SearchRequest
from search.engines.registry import open_engine
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.model.settings import Settings
from search.text.arrays import Ints
from tests.support.engine_arranging import EngineArranging
from tests.support.engine_every import EngineEvery
from tests.support.engine_meaning import EngineMeaning
from tests.support.engine_names import EngineNames
from tests.support.engine_revisions import EngineRevisions
from tests.support.engine_scores import EngineScores
from tests.support.engine_similar import EngineSimilar
from tests.support.engine_staging import EngineStaging
from tests.support.engine_stories import EngineStories, StoryOf
from tests.support.engine_vectors import EngineVectors
from tests.support.memory_engine import Evaluation, MemoryEngine, Scores


class TestMemoryEngine(
    EngineMeaning,
    EngineScores,
    EngineStaging,
    EngineStories,
    EngineArranging,
    EngineSimilar,
    EngineRevisions,
    EngineNames,
    EngineVectors,
    EngineEvery,
):
    """The oracle itself: what it gets wrong the others would be made to get wrong."""

    @pytest.fixture(autouse=True)
    def _no_indexes(self) -> None:
        self.indexes: dict[Path, MemoryEngine] = {}

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return self.indexes.setdefault(
            folder,
            MemoryEngine(
                settings.max_expansions,
                kept_revisions=settings.kept_revisions,
                joined_names=bool(settings.joined_names),
            ),
        )

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> Engine:
        return MemoryEngine(story_of=story_of)


class OtherScores(Evaluation):
    """Finds what the oracle finds, and scores it the other way round."""

    def matching(self, without: str | None = None) -> Scores:
        found = super().matching(without)
        return {article_id: 1 / score if score else 0.0 for article_id, score in found.items()}


class OtherEngine(MemoryEngine):
    def _evaluate(self, request: SearchRequest) -> Evaluation:
        return OtherScores(self._seen(), request, self.max_expansions, self.fields, self._joins)


class TestEngineOfAnotherFormula(EngineMeaning, EngineStories):
    """What questions mean does not depend on our formula."""

    @pytest.fixture(autouse=True)
    def _no_indexes(self) -> None:
        self.indexes: dict[Path, OtherEngine] = {}

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return self.indexes.setdefault(folder, OtherEngine(settings.max_expansions))

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> Engine:
        return OtherEngine(story_of=story_of)


class TestWhooshEngine(
    EngineMeaning,
    EngineScores,
    EngineStaging,
    EngineStories,
    EngineArranging,
    EngineSimilar,
    EngineRevisions,
    EngineNames,
    EngineVectors,
    EngineEvery,
):
    """The engine that newssearch comes with."""

    @pytest.fixture(autouse=True)
    def _patched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        return open_engine(f"whoosh:{folder}", make=True, settings=settings)

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> Engine:
        """Open an index whose articles have the stories given instead of those found while indexing."""

        def given(segment: SegmentReader) -> Ints:
            return np.array([story_of(article_id) for article_id in segment.ids.all()], np.int64)

        self._monkeypatch.setattr(SegmentReader, "stories", property(given))
        return self.open_at(folder, Settings())
