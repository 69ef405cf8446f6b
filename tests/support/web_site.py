"""A small site for the tests of the web front end; run as a module it serves itself.

``python -m tests.support.web_site`` prints the URL and answers until it is interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from flask.testing import FlaskClient

from search.model.article import Document, Entities, Entity
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.copied_story import COPIED, by_name
from tests.support.documents import document, named_in
from tests.support.memory_engine import MemoryEngine, own_story
from web import create_app

_SUMMIT = (
    "Blinken meets NATO allies in Brussels",
    "Antony Blinken told NATO ministers that a firm response was being prepared.\n\n"
    "Talks in Brussels go on until Friday, and nobody expects a quick end.",
)
SUMMIT = document(
    "summit",
    *_SUMMIT,
    authors=("Olena Harmash", "Simon Lewis"),
    byline="Olena Harmash and Simon Lewis",
    published=datetime(2024, 11, 13, tzinfo=UTC),
    published_precision="day",
    published_from="byline",
    source="Reuters",
    section="World",
    language="en",
    url="https://news.example/summit?id=1",
    entities=Entities(
        people=(named_in(*_SUMMIT, "Antony Blinken", "Blinken"),),
        organisations=(named_in(*_SUMMIT, "NATO"),),
        places=(named_in(*_SUMMIT, "Brussels"),),
    ),
)
PORT = document(
    "port",
    title="Port of Odesa reopens",
    body="The first ship with grain left the port at dawn. NATO welcomed the news.",
    authors=("Pavel Polityuk",),
    published=datetime(2024, 11, 12, 22, 30, tzinfo=UTC),
    published_precision="minute",
    source="AFP",
    url="javascript:alert(1)",
    entities=Entities(organisations=(Entity("NATO"),), places=(Entity("Odesa"),)),
)
BARE = document("bare", title="", body="")
GRAIN = tuple(
    document(
        f"grain-{number}",
        title=f"Grain report {number}",
        body=f"Report {number} on grain shipped by rail.",
        authors=("Pavel Polityuk",) if number % 2 else ("Anna Weiss",),
        published=datetime(2024, 10, number, tzinfo=UTC),
        published_precision="day",
        source="Reuters",
    )
    for number in range(1, 26)
)
ARTICLES = (SUMMIT, PORT, BARE, *GRAIN)


def site(
    articles: Iterable[Document] = ARTICLES,
    settings: Settings | None = None,
    story_of: Callable[[str], int] = own_story,
) -> FlaskClient:
    """Return a client of a site that holds *articles*, whose stories *story_of* says by their ids."""
    settings = settings or Settings()
    engine = MemoryEngine(story_of=story_of)
    engine.add(articles)
    return create_app(SearchService(engine, settings), settings).test_client()


def serve_site(articles: Iterable[Document], story_of: Callable[[str], int] = own_story) -> None:
    """Serve *articles* on a free port of this machine, print the URL, and answer until it is interrupted."""
    from web import serve

    application = site(articles, story_of=story_of).application
    serve(application, "127.0.0.1", 0, ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    serve_site((*ARTICLES, *COPIED), by_name)
