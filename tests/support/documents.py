"""Documents for tests: made from what a test cares about, and compared without what publishing gives."""

from __future__ import annotations

from typing import Any

from search.engines.protocol.engine import Engine
from search.model.article import Article, Document, Enrichment, Entities, Entity, Mention


def document(
    article_id: str,
    title: str = "",
    body: str = "",
    *,
    entities: Entities | None = None,
    **fields: Any,
) -> Document:
    """Return a document of an article with these *fields*; *entities*, where given, are a tagger's of tests."""
    article = Article(article_id=article_id, title=title, body=body, **fields)
    return Document(article, Enrichment() if entities is None else Enrichment(entities, "tests 1"))


def named_in(title: str, body: str, name: str, *forms: str) -> Entity:
    """Return an entity with a mention wherever *title* or *body* have its name or else one of its other *forms*."""
    text = f"{title}\n\n{body}"
    mentions = []
    for form in sorted((name, *forms), key=len, reverse=True):
        while (at := text.find(form)) >= 0:
            mentions.append(Mention(at, at + len(form)))
            text = text[:at] + "\0" * len(form) + text[at + len(form) :]
    return Entity(name, tuple(sorted(mentions)), forms)


def as_given(engine: Engine, article_id: str) -> Document | None:
    """Return what *engine* has of an article, as it was given: without ``added`` and ``revision``."""
    found = engine.get(article_id)
    return None if found is None else found._replace(added=None, revision=0, story=-1)
