"""A site of 64 articles of a paper by the sea, July 1986 to February 1988; run as a module it serves itself.

``python -m tests.support.archive_site`` prints the URL and answers until it is interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from search.model.article import Document, Entities
from tests.support.documents import document, named_in
from tests.support.web_site import serve_site

#: Who writes about a subject, month by month; "" is an article without a byline.
_WRITERS = {
    "Dredging": ("Ivo Castell", "Ivo Castell", "Marta Linden", "", "Ivo Castell"),
    "Ferry": ("Marta Linden", "Ruth Abara", ""),
    "Library": ("Ruth Abara", "Ruth Abara", "", "Ivo Castell"),
}
_PLACES = ("Tillmouth", "Osel Bay", "Harrow Quay", "Fenwick Locks", "Sandmark")
_MONTHS = [(1986 + at // 12, at % 12 + 1) for at in range(6, 26)]
#: Months in which the article on the ferry mentions the lighthouse.
_LIGHTHOUSE = (4, 9, 15, 19)


def _articles() -> Iterator[Document]:
    for at, (year, month) in enumerate(_MONTHS):
        for day, (subject, writers) in enumerate(_WRITERS.items(), 4):
            body = f"The council of {_PLACES[(at + day) % 5]} met on the {subject.lower()} for the {at + 1}th time."
            if subject == "Ferry" and at in _LIGHTHOUSE:
                body += "\n\nFrom the deck one sees the lighthouse, which is to be sold."
            yield _article(subject, datetime(year, month, day, tzinfo=UTC), body, writers[at % len(writers)])  # fmt: skip
    for day in range(20, 24):
        body = f"The channel off Osel Bay is {day} feet deep again, and the dredging goes on."
        yield _article("Dredging", datetime(1987, 3, day, tzinfo=UTC), body, "Marta Linden")


def _article(subject: str, day: datetime, body: str, author: str) -> Document:
    title = f"{subject} notes of {day:%B} {day.day}"
    places = tuple(named_in(title, body, place) for place in _PLACES if place in body)
    return document(
        f"{subject.lower()}-{day:%Y-%m-%d}",
        title,
        body,
        authors=(author,) if author else (),
        published=day,
        published_precision="day",
        source="Tillmouth Courier" if day.day % 2 else "Coast Wire",
        entities=Entities(places=places),
    )


ARTICLES = tuple(_articles())

if __name__ == "__main__":
    serve_site(ARTICLES)
