"""A small site for the tests of the web front end; run as a module it serves itself.

``python -m tests.support.web_site`` prints the URL and answers until it is interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from search.model.article import Document, Entities, Entity
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine
from web import create_app

SUMMIT = document(
    "summit",
    title="Blinken meets NATO allies in Brussels",
    body=(
        "Antony Blinken told NATO ministers that a firm response was being prepared.\n\n"
        "Talks in Brussels go on until Friday, and nobody expects a quick end."
    ),
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
        people=(Entity("Antony Blinken"),),
        organisations=(Entity("NATO", 2),),
        places=(Entity("Brussels", 2),),
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


def site(articles: Iterable[Document] = ARTICLES, settings: Settings | None = None) -> FlaskClient:
    """Return a client of a site that holds *articles*."""
    settings = settings or Settings()
    engine = MemoryEngine()
    engine.add(articles)
    return create_app(SearchService(engine, settings), settings).test_client()


class Page(HTMLParser):
    """A page as a browser would part it: elements with their attributes and text, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        #: (tag, attributes, text inside, at any depth)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.elements.append((tag, dict(attrs), text))
        if tag not in ("meta", "link", "input"):
            self._open.append((tag, text))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for _, text in self._open:
            text.append(data)

    def skeleton(self) -> list[tuple[str, list[str]]]:
        """Return tags and names of attributes: what must not depend on anyone's text."""
        return [(tag, list(attributes)) for tag, attributes, _ in self.elements]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """Return the text, white space closed up, of each element *tag* that has *attributes*."""
        return [" ".join("".join(text).split()) for text in self._matching(tag, attributes)]

    def raw_text(self, tag: str, **attributes: str) -> str:
        """Return the text of the first such element, to the letter."""
        return "".join(self._matching(tag, attributes)[0])

    def _matching(self, tag: str, attributes: dict[str, str]) -> list[list[str]]:
        # class_ and the like, for what Python has taken.
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            text
            for name, has, text in self.elements
            if name == tag and all(has.get(key) == value for key, value in wanted.items())
        ]

    def attributes(self, tag: str, name: str) -> list[str]:
        """Return the values of attribute *name* of every *tag* that has it."""
        return [has[name] or "" for found, has, _ in self.elements if found == tag and name in has]

    def link(self, text: str) -> str:
        """Return where the first link goes whose text holds *text*."""
        return next(
            has["href"] or ""
            for tag, has, inside in self.elements
            if tag == "a" and text in " ".join("".join(inside).split())
        )


def page_at(client: FlaskClient, url: str, status: int = 200) -> Page:
    """Return the page at *url*, which has to answer with *status*."""
    response = client.get(url)
    assert response.status_code == status, response.text
    return Page(response.text)


def parameters_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def main() -> None:
    """Serve the articles on a free port of this machine."""
    from web import serve

    serve(site().application, "127.0.0.1", 0, ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
