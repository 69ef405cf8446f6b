"""Indexes of a cluster that tests use one after another: to empty one takes a tenth of the time of making it."""

from __future__ import annotations

import itertools
import os
from contextlib import closing
from typing import Self

from search.engines.opensearch.engine import OpenSearchEngine, erase
from search.engines.opensearch.ledger import ledger_index
from search.engines.opensearch.location import Location
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.revisions import revisions_index
from search.engines.opensearch.scoring import can_score, kept_for
from search.engines.opensearch.vectors import vectors_index
from search.model.settings import Settings
from tests.opensearch.cluster import Nodes

#: Two parts, so that what is counted in each has to be put together; no copies, which only take time.
SETTINGS = Settings(opensearch_shards=2, opensearch_replicas=0)

#: The indexes that belong to one.
BESIDE = (ledger_index, revisions_index, vectors_index)

#: Of all pools together: each erases what it made, and nothing of another.
_numbers = itertools.count()


class Pool:
    """Hands out empty indexes, and erases all of them at the end."""

    def __init__(self, cluster: Nodes, settings: Settings = SETTINGS) -> None:
        self._settings = settings
        self._addresses = tuple(cluster.urls)
        self._free: list[Location] = []
        self._made: list[Location] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for location in self._made:
            erase(location)

    def empty_index(self) -> Location:
        """Return an index without articles, which nobody else uses until it is given back."""
        if self._free:
            return self._free.pop()
        location = Location(self._addresses, f"pool-{os.getpid()}-{next(_numbers)}")
        self._made.append(location)
        OpenSearchEngine(location, make=True, settings=self._settings).close()
        return location

    def give_back(self, location: Location) -> None:
        """Empty an index, whatever a test did to it."""
        with closing(OpenSearchEngine(location)) as engine:
            manifest = engine.control.manifest()
            physical = manifest.physical
            own = (physical, *(index_of(engine.control).name for index_of in BESIDE))
            params: dict[str, object] = {"ignore_unavailable": True}
            engine.connection.request("POST", f"/{','.join(own)}/_refresh", None, params)
            everything = {"query": {"match_all": {}}}
            params |= {"refresh": True, "conflicts": "proceed"}
            path = f"/{','.join(own)}/_delete_by_query"
            engine.connection.request("POST", path, everything, params)
            engine.control.erase_all()
            # Not from the start: nothing that a lost process still writes is to be seen.
            kept = kept_for({}, is_native=can_score(manifest))
            empty = Manifest(physical, kept=kept, volumes_by=manifest.volumes_by)
            engine.control.put("", empty.to_json(), None)
        self._free.append(location)
