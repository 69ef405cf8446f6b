"""A story that seven papers have, another that two have, and an article of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from search.model.article import Document
from tests.support.documents import document
from tests.support.memory_engine import own_story

_BODY = (
    "A storm tore the roof off the harbour hall of Lindvik on Tuesday night.\n\n"
    "Nobody was hurt, the fire brigade said, as the hall had been empty since noon."
)


def _copy(name: str, source: str, day: int, title: str, body: str) -> Document:
    return document(
        name,
        title=title,
        body=body,
        source=source,
        published=datetime(2024, 9, day, tzinfo=UTC),
        published_precision="day",
    )


#: Named after story and paper, with a minus between. The first ranks best by "storm".
COPIED = (
    _copy(
        "storm-wire", "Wire", 3, "Storm: storm damage in Lindvik", _BODY + " Storm! Storm! Storm!"
    ),
    *(
        _copy(f"storm-{number}", f"Paper {number}", 3 + number, "Storm damage", _BODY)
        for number in range(1, 6)
    ),
    _copy(
        "storm-bold",
        "<b>Bold & Sons</b>",
        2,
        "Roof gone <i>",
        _BODY.replace("Tuesday night", "Tuesday <script>night</script>").split("\n\n")[0],
    ),
    _copy("calm-1", "Paper 1", 12, "After the storm", "The sea off Lindvik is calm again."),
    _copy("calm-2", "Paper 1", 13, "After the storm", "The sea off Lindvik is calm again."),
    _copy("lone-1", "Paper 2", 14, "Storm of letters", "Readers sent a storm of letters."),
)


def by_name(article_id: str) -> int:
    """Return the number of the story that an article's id names."""
    return (
        own_story(article_id.partition("-")[0]) if article_id in _NAMES else own_story(article_id)
    )


_NAMES = {each.article_id for each in COPIED}
