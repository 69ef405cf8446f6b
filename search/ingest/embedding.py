"""A run of `newssearch embed`: vectors for the articles of an index that have none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from search.engines.protocol.engine import HasVectors, Searcher
from search.engines.staging import KeepsVectors
from search.enrich.embeddings.models import (
    DEFAULT_MODEL,
    Model,
    is_made_for,
    label_of,
    load,
    name_of,
)
from search.enrich.embeddings.passages import passages_of
from search.ingest.interrupts import interrupt_waits
from search.model.errors import RequestError

if TYPE_CHECKING:
    from search.model.article import Document
    from search.text.arrays import Floats

#: Passages whose vectors are made together, so that those of one length can be; Ctrl-C waits for them.
PASSAGES_AT_ONCE = 64
#: Vectors are committed after this many seconds or articles: more is not to be lost, nor held in memory.
COMMIT_S, COMMIT_ARTICLES = 30.0, 2_000


class _Embeddable(HasVectors, KeepsVectors, Protocol):
    """An engine that has vectors and keeps them."""


@dataclass(slots=True)
class EmbedReport:
    """What became of the articles of an index that had no vectors."""

    #: The name and version of the model.
    model: str = ""
    #: How many articles are seen, and how many of these had vectors of the model before.
    articles: int = 0
    before: int = 0
    #: How many got some, of how many passages in all.
    embedded: int = 0
    passages: int = 0
    #: Of these, how many have more text than `search.enrich.embeddings.passages` takes.
    too_long: int = 0
    #: Of these, how many are in a language that the model was not made for.
    in_other_languages: int = 0
    #: Labels of other models, whose vectors went.
    replaced: tuple[str, ...] = ()
    seconds: float = 0.0
    #: Ended by Ctrl-C: what was made is kept, the next run goes on.
    is_interrupted: bool = False


def embed_index(
    engine: Searcher,
    model: str = "",
    *,
    on_progress: Callable[[int, int], None] = lambda done, articles: None,
    on_interrupt: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
) -> EmbedReport:
    """Make vectors of all stored articles of *engine* that have none of *model*, a name, and tidy up.

    Where no model is named it is that of the vectors that the index has, or the default.
    *on_progress* is called with how many articles of how many have some. Ctrl-C commits what was made and ends the run.
    Raises `RequestError` where the model is unknown or not installed, and where the engine keeps no vectors;
    `IndexLocked`, `EngineError`.
    """
    if not isinstance(engine, HasVectors) or not isinstance(engine, KeepsVectors):
        raise RequestError("the engine of this index keeps no vectors")
    made_by = engine.vector_models()
    label = label_of(model or (name_of(made_by[-1]) if made_by else DEFAULT_MODEL))
    began = clock()
    count = engine.count_vectors(label)
    report = EmbedReport(label, count.articles, count.with_vectors)
    run = _Run(engine, label, load(label), report, clock)
    try:
        with interrupt_waits(on_interrupt) as interrupt:
            for document in engine.without_vectors(label):
                if interrupt.is_pressed:
                    break
                run.take(document)
                on_progress(count.with_vectors + report.embedded, count.articles)
            run.commit()
    except KeyboardInterrupt:
        # What was made before it is committed, unless it was pressed twice.
        report.is_interrupted = True
    else:
        report.replaced = tuple(each for each in engine.vector_models() if each != label)
        engine.tidy_vectors(label)
    report.seconds = clock() - began
    return report


class _Run:
    def __init__(
        self,
        engine: _Embeddable,
        label: str,
        model: Model,
        report: EmbedReport,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._label = label
        self._model = model
        self._report = report
        self._clock = clock
        #: Documents and their passages, which wait for their vectors, and those that have some.
        self._waiting: list[tuple[Document, tuple[str, ...]]] = []
        self._passages = 0
        self._made: list[tuple[Document, Floats]] = []
        self._committed_at = clock()

    def take(self, document: Document) -> None:
        found = passages_of(document.article)
        self._report.too_long += found.has_more
        self._report.in_other_languages += not is_made_for(
            self._label, document.article.language or ""
        )
        self._waiting.append((document, found.texts))
        self._passages += len(found.texts)
        if self._passages >= PASSAGES_AT_ONCE or len(self._waiting) >= PASSAGES_AT_ONCE:
            self._make()
            is_late = self._clock() - self._committed_at >= COMMIT_S
            if is_late or len(self._made) >= COMMIT_ARTICLES:
                self.commit()

    def _make(self) -> None:
        if not self._waiting:
            return
        vectors = self._model.encode([text for _, texts in self._waiting for text in texts])
        at = 0
        for document, texts in self._waiting:
            self._made.append((document, vectors[at : at + len(texts)]))
            at += len(texts)
        self._report.embedded += len(self._waiting)
        self._report.passages += self._passages
        self._waiting, self._passages = [], 0

    def commit(self) -> None:
        """Commit what was taken."""
        self._make()
        if self._made:
            self._engine.keep_vectors(self._label, self._made)
        self._made, self._committed_at = [], self._clock()
