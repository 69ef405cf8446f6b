"""Four articles for tests of what is asked and answered, and the time at which they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from search.model.article import Document, Entities, Entity
from search.model.question import Selection
from tests.support import documents

NOW = datetime(2024, 11, 15, 12, tzinfo=UTC)


def document(article_id: str, title: str, body: str = "", **parts: Any) -> Document:
    if day := parts.pop("day", None):
        parts |= {"published": datetime(2024, 11, day, tzinfo=UTC), "published_precision": "day"}
    return documents.document(article_id, title, body, **parts)


ARTICLES = (
    document(
        "summit",
        "Blinken meets NATO in Brussels",
        "The minister promised a firm response.\n\nTalks went on all night.",
        authors=("Rich Miller", "Olena Harmash"),
        source="Reuters",
        section="World",
        language="en",
        url="https://news.example/summit",
        day=13,
        entities=Entities((Entity("Antony Blinken"),), (Entity("NATO"),), (Entity("Brussels"),)),
    ),
    document(
        "oil", "Crude oil falls", "Prices fell.", authors=("Rich Miller",), source="AFP", day=14
    ),
    document("port", "Port of Odesa reopens", "Grain left Odesa.", authors=("Anna Weiß",), day=12),
    document("bare", "", "A response without a date."),
)


def by(field: str, *values: str) -> tuple[Selection, ...]:
    return (Selection(field, values),)
