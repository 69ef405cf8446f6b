"""Changes an index: stages, publishes, adds and deletes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from search.engines.opensearch.publish import published
from search.engines.opensearch.write import Batch, Target, give_up
from search.engines.staging import Given, Staged
from search.model.article import Document
from search.model.errors import IndexLocked


class IndexWriter:
    """Changes an index; from any thread and process."""

    def __init__(self, target: Target) -> None:
        self._target = target
        #: What was staged here and is perhaps not published yet.
        self._batches: list[Batch] = []

    def stage(self) -> Batch:
        """Return a handle that writes documents which nobody sees yet."""
        batch = Batch(self._target)
        self._batches.append(batch)
        return batch

    def close(self) -> None:
        """Erase what was staged here and not published."""
        batches, self._batches = self._batches, []
        for batch in batches:
            batch.discard()

    def add(self, documents: Iterable[Document]) -> int:
        """Add or replace *documents* in one commit; return how many distinct ones."""
        batch = self.stage()
        try:
            for document in documents:
                batch.add(document)
            return self.publish([batch.finish()])
        finally:
            batch.discard()
            self._batches.remove(batch)

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Make what was staged visible in one commit; return how many distinct documents that are."""
        written = [part for part in staged if part.documents]
        gone = list(dict.fromkeys(deleted_ids))
        if not written and not gone:
            return 0
        try:
            return len(published(self._target, written, gone, given or {}).batch_of)
        except IndexLocked:
            raise  # to be tried again
        except BaseException:
            for part in written:
                give_up(self._target, int(part.location.rpartition("@")[2]))
            raise

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        gone = list(dict.fromkeys(article_ids))
        return len(published(self._target, [], gone, {}).deleted) if gone else 0
