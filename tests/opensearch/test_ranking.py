"""Stories, order, likeness, names and vectors on a real cluster, put through the suites that every engine passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search.engines.opensearch import stories
from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.keys import article_of
from search.engines.opensearch.sketches import own_story
from search.engines.opensearch.story_documents import IndexDocuments
from search.model.settings import Settings
from search.text.arrays import Bools, Ints
from tests.opensearch.test_engine import OnCluster
from tests.support.engine_arranging import EngineArranging
from tests.support.engine_names import EngineNames
from tests.support.engine_similar import EngineSimilar
from tests.support.engine_stories import EngineStories, StoryOf
from tests.support.engine_vectors import EngineVectors


class TestRanking(
    OnCluster, EngineStories, EngineArranging, EngineSimilar, EngineVectors, EngineNames
):
    """The engine as it is opened by default."""

    @pytest.fixture(autouse=True)
    def _patched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def open_with_stories(self, folder: Path, story_of: StoryOf) -> OpenSearchEngine:
        """Open an index whose articles have the stories given instead of those found while indexing."""

        def given(documents: IndexDocuments) -> tuple[Ints, Bools]:
            ids = [article_of(key) for key in documents.keys]
            numbers = [story_of(each) for each in ids]
            alone = [own_story(each, 0) for each in ids]
            found = [n if n >= 0 else own for n, own in zip(numbers, alone, strict=True)]
            return np.array(found, np.int64), np.ones(len(ids), bool)

        self._monkeypatch.setattr(stories, "stories_of", given)
        return self.open_at(folder, Settings())
