"""Pages of the web front end, read as a browser reads them."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient


class Page(HTMLParser):
    """A page as a browser would read it: elements with their attributes and text, in order."""

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

    def href(self, **attributes: str) -> str:
        """Return the URL of the link with these attributes."""
        return next(
            has["href"]
            for tag, has, _ in self.elements
            if tag == "a" and all(has.get(n.replace("_", "-")) == v for n, v in attributes.items())
        )

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
    """Return the parameters of the address *url*, as a link has them."""
    return parse_qs(urlsplit(url).query)
