"""What tests of faults and upkeep ask of an index on the cluster: articles, each with words of its own, and who has which."""

from __future__ import annotations

from collections import Counter

from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.location import location_of
from search.engines.protocol.request import SearchRequest
from search.model.article import Document
from search.model.settings import Settings
from search.query.tree import Word
from tests.opensearch.cluster import Nodes
from tests.support.documents import document

#: As the engine makes an index for use: three parts, a copy of each on another node.
SETTINGS = Settings(opensearch_shards=3, opensearch_replicas=1)
WORDS = (
    "gold",
    "harbour",
    "ferry",
    "budget",
    "vote",
    "storm",
    "school",
    "bridge",
    "museum",
    "strike",
)


def opened(cluster: Nodes, name: str, settings: Settings = SETTINGS) -> OpenSearchEngine:
    """Open the index *name*, which is made where it is not there."""
    location = location_of(f"{cluster.hosts}/{name}")
    return OpenSearchEngine(location, make=True, settings=settings)


def physical(engine: OpenSearchEngine) -> str:
    return engine.control.manifest().physical


def article(number: int, body: str = "") -> Document:
    """Return article *number*: one in ten has each word."""
    words = body or f"{WORDS[number % 10]} {WORDS[number // 10 % 10]} number{number}"
    return document(f"article-{number:05}", f"Title {number}", words)


def bodies(engine: OpenSearchEngine) -> Counter[str]:
    """Return the bodies of all articles that are seen, and how many have each."""
    return Counter(document.article.body for document in engine.documents())


def answer(engine: OpenSearchEngine, word: str) -> tuple[int, tuple[str, ...]]:
    """Return how many articles have *word*, and the ids of the first, as a person gets them."""
    result = engine.search(SearchRequest(tree=Word(word), limit=1000))
    return result.total, tuple(hit.article.article_id for hit in result.hits)
