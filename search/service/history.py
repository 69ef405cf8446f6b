"""What an article was before it changed, and what changed each time."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from search.engines.protocol.engine import KeepsRevisions, Revision, Searcher
from search.model.article import Document
from search.model.fields import FieldTable


class Earlier(NamedTuple):
    """An earlier revision: the document as it was, when the next took its place, and what that changed, in words."""

    document: Document
    replaced: datetime
    changed: tuple[str, ...]

    @property
    def number(self) -> int:
        return self.document.revision


class History(NamedTuple):
    """A document, and the revisions before it that are kept, the oldest first."""

    document: Document
    revisions: tuple[Earlier, ...]

    @property
    def not_kept(self) -> int:
        """How many more there were."""
        return self.document.revision - len(self.revisions)

    def of(self, number: int) -> Document | None:
        """Return revision *number*, that of now too; None where it is not kept."""
        known = [*(each.document for each in self.revisions), self.document]
        return next((document for document in known if document.revision == number), None)

    def after(self, number: int) -> Document:
        """Return the first that is kept of those after revision *number*; the document itself after all others."""
        known = [*(each.document for each in self.revisions), self.document]
        return next((each for each in known if each.revision > number), self.document)


def history_of(document: Document, engine: Searcher, fields: FieldTable) -> History:
    """Return what *engine* keeps of what *document* was before. Raises `EngineError`."""
    kept: tuple[Revision, ...] = ()
    if document.revision and isinstance(engine, KeepsRevisions):
        kept = engine.revisions(document.article_id)
    known = [*(each.document for each in kept), document]
    earlier = [
        Earlier(each.document, each.replaced, changed_parts(each.document, after, fields))
        for each, after in zip(kept, known[1:], strict=True)
    ]
    return History(document, tuple(earlier))


def changed_parts(before: Document, after: Document, fields: FieldTable) -> tuple[str, ...]:
    """Return in words which parts of an article are other ones; "details" are those that are in no field."""
    found = [
        row.many if row.is_listed else row.one
        for row in fields
        if not row.is_entity and row.values_of(before) != row.values_of(after)
    ]
    return tuple(found) or ("details",)
