"""The distributed engine on a real cluster, put through the suites that every engine passes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import Location
from search.model.settings import Settings
from tests.opensearch.pool import Pool
from tests.support.documents import as_given
from tests.support.engine_meaning import EngineMeaning
from tests.support.engine_revisions import EngineRevisions
from tests.support.engine_samples import FULL, NEWS, document
from tests.support.engine_staging import EngineStaging


class OnCluster:
    """Opens an index of the cluster for each folder that a test names."""

    @pytest.fixture(autouse=True)
    def _indexes(self, pool: Pool) -> Iterator[None]:
        self.pool = pool
        self.locations: dict[Path, Location] = {}
        yield
        for location in self.locations.values():
            pool.give_back(location)

    def open_at(self, folder: Path, settings: Settings) -> OpenSearchEngine:
        if folder not in self.locations:
            self.locations[folder] = self.pool.empty_index()
        return OpenSearchEngine(self.locations[folder], settings=settings)


class TestOpenSearchEngine(OnCluster, EngineRevisions, EngineStaging, EngineMeaning):
    """The engine as it is opened by default."""

    def test_gives_documents_back_as_they_were(self, tmp_path: Path) -> None:
        with closing(self.open_at(tmp_path, Settings())) as engine:
            engine.add([*NEWS, FULL])
            engine.add([document("a", "another")])
            engine.delete(["b", "nobody"])

            assert as_given(engine, FULL.article_id) == FULL
            assert (engine.get("b"), engine.get("a").revision) == (None, 1)
            assert [d.article_id for d in engine.documents()] == [
                "a", "c", "d", "e", "f", FULL.article_id, "g", "h",
            ]  # fmt: skip
