"""An index copied into another one, of any engine: all its documents, and all that is kept beside them.

What is there already and the same is left alone, so after a break the same copy goes on; at the end everything is read
again on both sides and compared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import TypeVar

from search.engines.joining.spellings import APART
from search.engines.protocol.engine import HasVectors, KeepsRevisions
from search.engines.staging import Given, KeepsVectors, Ledger, StagingEngine
from search.ingest import correcting, entities_file, hidden_file, takedowns
from search.ingest.interrupts import interrupt_waits
from search.ingest.limits import RUN_LIMITS
from search.model.article import Document
from search.model.document_json import document_as_line
from search.model.settings import Settings

T = TypeVar("T")

#: Rules of an index, and after which of them all its documents were looked at: that is kept last.
_TEXTS = (hidden_file.RULES, entities_file.RULES, APART)
_APPLIED = {
    takedowns.APPLIED: (hidden_file.RULES,),
    correcting.APPLIED: (entities_file.RULES, APART),
}
#: Documents, revisions, files or vectors that are read, compared and kept together.
_TOGETHER = 500
#: Articles that a difference names.
_NAMED = 5
#: A checksum is a sum of digests of this many bits, so the order of the documents does not matter.
_BITS = 128

#: What is being done, how much of it is done, and how much there is; 0 where nobody knows.
OnProgress = Callable[[str, int, int], None]


@dataclass(slots=True)
class CopyReport:
    """What a copy has found on both sides."""

    #: Documents of the index that is copied; how many were written, and how many were there already.
    documents: int = 0
    copied: int = 0
    there: int = 0
    revisions: int = 0
    #: Input files of the ledger.
    files: int = 0
    #: Articles that got vectors, by the label of the model.
    vectors: dict[str, int] = field(default_factory=dict)
    #: Of all documents, the same on both sides; "" before they were compared.
    checksum: str = ""
    #: Sentences on what is not the same.
    differences: list[str] = field(default_factory=list)
    #: Ended by Ctrl-C: what was copied is there, and the same copy goes on.
    is_interrupted: bool = False


def copy_index(
    source: StagingEngine,
    target: StagingEngine,
    settings: Settings,
    on_progress: OnProgress = lambda what, done, total: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> CopyReport:
    """Make *target* have all that *source* has, and compare both; what only the target has stays, and is a difference.

    Index runs of either wait. Raises `IndexLocked` where one goes on, and `EngineError`.
    """
    report = CopyReport()
    copying = _Copying(source, target, settings, report, on_progress, on_interrupt)
    with source.ledger() as known, target.ledger() as ledger:
        try:
            copying.texts()
            # First: what is in an index has to have a file that claims it.
            copying.files(known, ledger, is_whole=False)
            copying.documents()
            copying.revisions()
            copying.vectors()
            copying.compare()
            copying.files(known, ledger, is_whole=True)
            if not report.differences:
                copying.applied()
        except KeyboardInterrupt:
            report.is_interrupted = True
    return report


class _Copying:
    """One copy: a part after another."""

    def __init__(
        self,
        source: StagingEngine,
        target: StagingEngine,
        settings: Settings,
        report: CopyReport,
        on_progress: OnProgress,
        on_interrupt: Callable[[], None],
    ) -> None:
        self._source = source
        self._target = target
        self._settings = settings
        self._report = report
        self._on_progress = on_progress
        self._on_interrupt = on_interrupt
        self._total = _stored(source)

    def texts(self) -> None:
        """Have the target keep the rules of the source; those of its own are not overwritten."""
        for name in _TEXTS:
            text, own = self._source.text(name), self._target.text(name)
            if own and own != text:
                self._report.differences.append(
                    f"{name}: the copy has rules of its own, which stay"
                )
            elif own != text:
                self._target.keep_text(name, text)

    def applied(self) -> None:
        """Note that the rules were applied to what was copied, where they were."""
        for name, rules in _APPLIED.items():
            if all(self._source.text(each) == self._target.text(each) for each in rules):
                text = self._source.text(name)
                if self._target.text(name) != text:
                    self._target.keep_text(name, text)

    def files(self, known: Ledger, ledger: Ledger, *, is_whole: bool) -> None:
        """Copy the claims of input files; where *is_whole*, record the files too, which are current from then on."""
        total = len(known)
        for files in self._batches("input files", known.files(), total):
            paths = [file.path for file in files]
            claims = known.not_renewed(paths)
            if not is_whole:
                ledger.claim({path: claims.get(path, ()) for path in paths})
                continue
            # Those that were claimed and never read to their end are known by their claims.
            read = [file for file in files if file.how]
            ledger.record(read, ledger.not_renewed([file.path for file in read]))
            self._report.files += len(files)

    def documents(self) -> None:
        """Copy the documents that the target has not, or has otherwise."""
        documents = self._source.stored_documents()
        done = 0
        is_over = False
        while not is_over:
            with interrupt_waits(self._on_interrupt) as interrupt:
                given: dict[str, Given] = {}
                added = 0
                end = time.monotonic() + RUN_LIMITS.batch_s
                handle = self._target.stage()
                try:
                    while added < self._settings.batch_articles and time.monotonic() < end:
                        batch = [] if interrupt.is_pressed else list(islice(documents, _TOGETHER))
                        if not batch:
                            is_over = True
                            break
                        for document in self._missing(batch):
                            handle.add(document)
                            added += 1
                            if document.added is not None:
                                came = Given(document.added, document.revision)
                                given[document.article_id] = came
                        done += len(batch)
                        self._on_progress("documents", done, self._total)
                    self._target.publish([handle.finish()], (), given)
                finally:
                    handle.discard()
                self._report.copied += added
                self._report.there = done - self._report.copied

    def _missing(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Yield those of *documents* that the target has not as they are."""
        by_id = {document.article_id: document for document in documents}
        there = self._target.stored_of(list(by_id))
        for article_id, document in by_id.items():
            if not _is_same(document, there.get(article_id)):
                yield document

    def revisions(self) -> None:
        """Copy the earlier revisions of articles."""
        source, target = self._source, self._target
        if not isinstance(source, KeepsRevisions):
            return
        total = source.count_revisions().revisions
        if not isinstance(target, KeepsRevisions):
            if total:
                self._report.differences.append(f"{total:,} earlier revisions cannot be kept there")
            return
        for batch in self._batches("revisions", source.stored_revisions(), total):
            target.keep_revisions(batch)
            self._report.revisions += len(batch)
        there = target.count_revisions().revisions
        if there != total:
            self._report.differences.append(f"{there:,} of {total:,} earlier revisions are there")

    def vectors(self) -> None:
        """Copy the vectors of articles."""
        source, target = self._source, self._target
        if not isinstance(source, HasVectors):
            return
        for model in source.vector_models():
            if not (isinstance(target, HasVectors) and isinstance(target, KeepsVectors)):
                self._report.differences.append(f"vectors by {model} cannot be kept there")
                continue
            count = 0
            total = source.count_vectors(model).with_vectors
            for batch in self._batches("vectors", target.without_vectors(model), self._total):
                found = source.vectors([document.article_id for document in batch], model)
                have = [(d, found[d.article_id]) for d in batch if d.article_id in found]
                if have:
                    target.keep_vectors(model, have)
                    count += len(have)
            self._report.vectors[model] = count
            there = target.count_vectors(model).with_vectors
            if there < total:
                self._report.differences.append(
                    f"{there:,} of {total:,} articles with vectors by {model} have them there"
                )

    def compare(self) -> None:
        """Read all documents of both sides and say what differs."""
        sums = [0, 0]
        missing: list[str] = []
        wrong: list[str] = []
        done = 0
        documents = self._source.stored_documents()
        for batch in self._batches("documents compared", documents, self._total):
            there = self._target.stored_of([document.article_id for document in batch])
            for document in batch:
                copy = there.get(document.article_id)
                sums[0] += _digest(document)
                if copy is None:
                    missing.append(document.article_id)
                    continue
                sums[1] += _digest(copy if document.added else copy._replace(added=None))
                if not _is_same(document, copy):
                    wrong.append(document.article_id)
            done += len(batch)
        report = self._report
        report.documents = done
        if missing:
            report.differences.append(f"not in the copy: {_named(missing)}")
        if wrong:
            report.differences.append(f"not the same in the copy: {_named(wrong)}")
        has = _stored(self._target)
        if has > done - len(missing):
            count = has - done + len(missing)
            others = ", ".join(self._others())
            articles = "1 article" if count == 1 else f"{count:,} articles"
            report.differences.append(f"in the copy alone: {articles}, such as {others}")
        elif has < done - len(missing):
            report.differences.append(
                f"the copy gives {done - len(missing):,} articles and counts {has:,}"
            )
        if sums[0] != sums[1] and not report.differences:
            report.differences.append(
                "the checksums of the documents differ; give the command again"
            )
        if not report.differences:
            report.checksum = f"{sums[0] % (1 << _BITS):032x}"

    def _others(self) -> list[str]:
        """Return the ids of the first documents that only the target has."""
        others: list[str] = []
        documents = self._target.stored_documents()
        while len(others) < _NAMED and (batch := list(islice(documents, _TOGETHER))):
            ids = [document.article_id for document in batch]
            known = self._source.stored_of(ids)
            others += [article_id for article_id in ids if article_id not in known]
        return others[:_NAMED]

    def _batches(self, what: str, values: Iterable[T], total: int) -> Iterator[list[T]]:
        """Yield *values* in lists; Ctrl-C waits for the end of what is done with each."""
        left = iter(values)
        done = 0
        while True:
            with interrupt_waits(self._on_interrupt):
                batch = list(islice(left, _TOGETHER))
                if not batch:
                    return
                yield batch
                done += len(batch)
                self._on_progress(what, done, total)


def _is_same(document: Document, copy: Document | None) -> bool:
    """Whether a copy is all that *document* is; its story is found again, and its instant where nobody knew it."""
    if copy is None:
        return False
    added = copy.added if document.added is None else document.added
    return document._replace(story=-1, added=added) == copy._replace(story=-1)


def _digest(document: Document) -> int:
    """Return a number that is another one where anything of a document is another, but its story."""
    line = document_as_line(document._replace(story=-1))
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=_BITS // 8).digest())


def _stored(engine: StagingEngine) -> int:
    """Return how many documents an index has, seen or not."""
    stats = engine.stats()
    return stats.articles + stats.withdrawn + stats.embargoed


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
