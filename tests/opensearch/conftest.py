"""The cluster that the tests of this folder share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from search.engines.opensearch.engine import erase
from search.engines.opensearch.location import Location, location_of
from tests.opensearch.cluster import Cluster, Nodes
from tests.opensearch.jars import NotHere, node_program
from tests.opensearch.pool import Pool

#: Addresses of a cluster that runs already, joined by commas: python -m tests.opensearch.cluster prints them.
RUNNING = os.environ.get("OPENSEARCH_HOSTS", "")
_numbers = count()


@pytest.fixture(scope="session")
def own_cluster() -> Iterator[Cluster]:
    """A cluster of three nodes that a test may break, if it mends it."""
    try:
        node_program()
    except NotHere as exc:
        if "CI" in os.environ:
            pytest.fail(str(exc), pytrace=False)
        pytest.skip(str(exc))
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def breakable(own_cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, whose nodes all run again afterwards, and whose settings are those it had."""
    yield own_cluster
    own_cluster.restore()
    own_cluster.forget_settings()


@pytest.fixture
def name(own_cluster: Cluster) -> Iterator[str]:
    """The name of an index of the test's own, which is erased afterwards."""
    name = f"faults-{next(_numbers)}"
    yield name
    erase(location_of(f"{own_cluster.hosts}/{name}"))


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Nodes:
    """A cluster of three nodes, which may be somebody else's: an index there has a name of its test's own."""
    if RUNNING:
        return Nodes(RUNNING.split(","))
    own: Cluster = request.getfixturevalue("own_cluster")
    return own


@pytest.fixture(scope="session")
def pool(cluster: Nodes) -> Iterator[Pool]:
    """Indexes that are made once and emptied for each test: making one takes a second."""
    with Pool(cluster) as pool:
        yield pool


@pytest.fixture
def location(pool: Pool) -> Iterator[Location]:
    """An empty index of the pool, which gets it back, whatever the test did to it."""
    location = pool.empty_index()
    yield location
    pool.give_back(location)
