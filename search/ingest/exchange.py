"""A whole index, or some of its documents, as lines of JSON, and those lines into an index: docs/formats.md."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from search.engines.protocol.engine import HasVectors, KeepsRevisions, Revision
from search.engines.staging import Given, Ledger, StagingEngine
from search.enrich.corrected import with_corrections
from search.enrich.corrections import Corrections
from search.ingest import entities_file, hidden_file
from search.ingest.correcting import apply_corrections, keep_corrections
from search.ingest.hidden_file import Takedowns
from search.ingest.interrupts import interrupt_waits
from search.ingest.limits import RUN_LIMITS
from search.ingest.takedowns import apply_takedowns, hidden_revisions, hidden_staged
from search.model.article import BadArticle, Document
from search.model.document_json import document_as_line, document_of_line, instant_of
from search.model.errors import ReadError, SettingError
from search.model.settings import Settings
from search.readers.bounded_lines import BoundedLines
from search.readers.decompression import CutShort
from search.readers.source import Limits, Source, open_source

#: The key of the first line, and the number of the form of all.
_BEGIN, _FORM = "newssearch_export", 1
_END = "newssearch_export_end"
#: The key under which a line has an earlier revision of an article, that of when it was replaced, and of how many there are.
_REVISION, _REPLACED, _REVISIONS = "newssearch_revision", "replaced", "revisions"
#: Rules that travel with the documents, by the names under which an index keeps them.
_TEXTS = (hidden_file.RULES, entities_file.RULES)
#: What a line takes at most beside title and body: entities with each of their mentions.
_MORE_CHARS = 100_000_000
#: Documents that the index is asked for at once.
_LOOKED_UP_TOGETHER = 500
#: Refused lines that are named one by one.
_MOST_NAMED = 1000


@dataclass(slots=True)
class Exported:
    """How many documents, and earlier revisions of them, were exported so far."""

    documents: int = 0
    revisions: int = 0


def exported_lines(
    engine: StagingEngine,
    documents: Iterable[Document] | None = None,
    counts: Exported | None = None,
) -> Iterator[str]:
    """Yield the lines of an export: what it is, a line for each document and each earlier revision, and how many these were.

    Without *documents* it is every one that the index has, also those that are withdrawn or embargoed. *counts* goes along.
    """
    counts = counts or Exported()
    texts = {name: text for name in _TEXTS if (text := engine.text(name))}
    yield _dumped({_BEGIN: _FORM, "rules": texts})
    keeps = engine if isinstance(engine, KeepsRevisions) else None
    all_revisions: Iterable[Revision] = ()
    is_all = documents is None
    if documents is None:
        # Asked for together, so that both are of one state of the index.
        documents = engine.stored_documents()
        all_revisions = keeps.stored_revisions() if keeps else ()
    for document in documents:
        counts.documents += 1
        yield _dumped(document_as_line(document))
        if keeps is not None and not is_all and document.revision:
            yield from _revision_lines(keeps.revisions(document.article_id), counts)
    yield from _revision_lines(all_revisions, counts)
    yield _dumped({_END: counts.documents, _REVISIONS: counts.revisions})


def _revision_lines(revisions: Iterable[Revision], counts: Exported) -> Iterator[str]:
    for revision in revisions:
        counts.revisions += 1
        replaced = revision.replaced.isoformat().replace("+00:00", "Z")
        yield _dumped({_REVISION: document_as_line(revision.document), _REPLACED: replaced})


def left_behind(engine: StagingEngine) -> str:
    """Return a sentence on what of an index is not exported, or "" where that is nothing."""
    has_vectors = isinstance(engine, HasVectors) and engine.vector_models()
    return "vectors are not exported; newssearch embed makes them again" if has_vectors else ""


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class ImportReport:
    """What became of the lines of an export."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    #: Kept out by rules of hidden.toml.
    hidden: int = 0
    refused: int = 0
    #: Earlier revisions of articles that were kept, and those that were not: a rule names them, or their article is not there.
    revisions: int = 0
    revisions_left_out: int = 0
    #: The first of them.
    bad: list[BadArticle] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    #: The file ended before its last line: what came before is in the index.
    is_cut_short: bool = False
    is_interrupted: bool = False

    @property
    def documents(self) -> int:
        return self.added + self.replaced + self.unchanged


@contextmanager
def opened_export(path: str, settings: Settings) -> Iterator[Export]:
    """Open the export at *path*, "-" for standard input, compressed or not. Raises `ReadError` for what is no export."""
    with open_source(path, Limits.of(settings)) as source:
        yield Export(source, path, settings)


def import_documents(
    engine: StagingEngine,
    export: Export,
    settings: Settings,
    on_progress: Callable[[int], None] = lambda done: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> ImportReport:
    """Put the documents of an export into an index; commit a batch at a time.

    A document takes the place of what the index has under its id; one that is the same is left alone. Stories are found
    again, and what rules of the index hide stays out. Ctrl-C commits what was read. Raises `IndexLocked` where an index run
    goes on that does not share the ledger, and `EngineError`.
    """
    report = export.report
    with engine.ledger(shares=True) as ledger:
        with ledger.committing():
            rules = _rules_kept(engine, export.rules, settings, report)
        importing = _Importing(engine, ledger, settings, report, *rules)
        documents = importing.looked_up(export.documents())
        try:
            is_over = False
            while not is_over:
                with interrupt_waits(on_interrupt) as interrupt:
                    is_over = importing.batch(documents, on_progress, lambda: interrupt.is_pressed)
        except KeyboardInterrupt:
            report.is_interrupted = True
    return report


class Export:
    """The documents of an export, a line at a time."""

    def __init__(self, source: Source, path: str, settings: Settings) -> None:
        self.report = self._report = ImportReport()
        self._path = path
        self._most_chars = settings.max_article_chars
        self._lines = BoundedLines(source.text(), _MORE_CHARS + 6 * self._most_chars)
        self._number = 0
        self._documents = self._revisions = 0
        first = self._value(self._take())
        form = first.get(_BEGIN) if isinstance(first, dict) else None
        if form is None:
            raise ReadError(
                f"{path}: is no export of newssearch; to read articles from it: newssearch index {path}"
            )
        if form != _FORM:
            raise ReadError(f"{path}: was exported by a newer newssearch (form {form}); update it")
        rules = first.get("rules") if isinstance(first, dict) else None
        self.rules = {
            name: text
            for name, text in (rules.items() if isinstance(rules, dict) else ())
            if name in _TEXTS and isinstance(text, str)
        }
        self._iterator = self._read()

    def documents(self) -> Iterator[Document | Revision]:
        """Return the documents, and the earlier revisions of articles, that were not taken yet."""
        return self._iterator

    def _read(self) -> Iterator[Document | Revision]:
        while line := self._take():
            if not line.strip():
                continue
            value = self._value(line)
            if isinstance(value, dict) and _END in value:
                for said, what, has in (
                    (value[_END], "documents", self._documents),
                    (value.get(_REVISIONS, 0), "earlier revisions", self._revisions),
                ):
                    if said != has:
                        self._report.notices.append(
                            f"{self._path}: says that it has {said} {what} and has {has:,}"
                        )
                return
            is_revision = isinstance(value, dict) and _REVISION in value
            self._documents += not is_revision
            self._revisions += is_revision
            read: Document | Revision
            try:
                if value is None:
                    raise ValueError("is no JSON, or cut short")
                if isinstance(value, dict) and is_revision:
                    read = self._revision(value)
                else:
                    read = self._document(value)
            except (ValueError, RecursionError) as exc:
                self._report.refused += 1
                if len(self._report.bad) < _MOST_NAMED:
                    self._report.bad.append(BadArticle(self._path, self._number, str(exc)))
                continue
            yield read
        self._report.is_cut_short = True

    def _document(self, value: object) -> Document:
        document = document_of_line(value)
        if len(document.article.body) > self._most_chars:
            raise ValueError(f"is longer than {self._most_chars:,} characters")
        return document

    def _revision(self, value: dict[str, object]) -> Revision:
        left = dict(value)
        document = self._document(left.pop(_REVISION))
        replaced = instant_of(left.pop(_REPLACED, None), _REPLACED)
        if replaced is None:
            raise ValueError(f"has no {_REPLACED}")
        if left:
            raise ValueError(f"has a key {min(left)!r} that this version does not know")
        return Revision(document, replaced)

    def _take(self) -> str:
        self._number += 1
        try:
            return self._lines.take()
        except CutShort as exc:
            self._report.notices.append(f"{self._path}: {exc}")
            return ""

    def _value(self, line: str) -> object:
        """Return what a line says, None where it is no JSON."""
        try:
            value: object = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return value


def _rules_kept(
    engine: StagingEngine, rules: dict[str, str], settings: Settings, report: ImportReport
) -> tuple[Takedowns, Corrections]:
    """Have an index without rules of its own keep those of an export; return those that count."""
    for name, text in rules.items():
        kept = engine.text(name)
        if kept == text:
            continue
        if kept:
            report.notices.append(f"the index has a {name} of its own, which counts")
            continue
        try:
            if name == hidden_file.RULES:
                hidden_file.takedowns_of(text, name, settings.zone())
                engine.keep_text(name, text)
            else:
                corrections = entities_file.corrections_of(text, name, settings.zone())
                keep_corrections(engine, corrections)
        except SettingError as exc:
            report.notices.append(f"{name} of the export is not kept: {exc}")
    takedowns = hidden_file.takedowns_in_force(engine, settings)
    corrections = entities_file.corrections_in_force(engine, settings)
    apply_takedowns(engine, takedowns, is_given=bool(settings.hidden))
    keep_corrections(engine, corrections)
    apply_corrections(engine, corrections, takedowns, settings.batch_articles)
    return takedowns, corrections


class _Importing:
    """Documents on their way into an index."""

    def __init__(
        self,
        engine: StagingEngine,
        ledger: Ledger,
        settings: Settings,
        report: ImportReport,
        takedowns: Takedowns,
        corrections: Corrections,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._settings = settings
        self._report = report
        self._takedowns = takedowns
        self._corrections = corrections
        # Another run may fill it meanwhile.
        self._has_some = ledger.is_shared or next(engine.stored_documents(), None) is not None
        #: Ids of what was published since the index was looked up last.
        self._since: set[str] = set()
        self._done = 0
        #: Articles of which a rule names an earlier revision.
        self._hidden: set[str] = set()

    def looked_up(
        self, documents: Iterator[Document | Revision]
    ) -> Iterator[tuple[Document | Revision, Document | None]]:
        """Yield *documents*, each with what the index has of its id: where that is far away, one question about many takes no longer."""
        while some := list(islice(documents, _LOOKED_UP_TOGETHER)):
            ids = [each.article_id for each in some if isinstance(each, Document)]
            self._since.clear()
            there = self._engine.stored_of(ids) if ids and self._has_some else {}
            for each in some:
                if isinstance(each, Revision):
                    yield each, None
                elif each.article_id in self._since:
                    yield each, self._engine.stored(each.article_id)
                else:
                    yield each, there.get(each.article_id)

    def batch(
        self,
        documents: Iterator[tuple[Document | Revision, Document | None]],
        on_progress: Callable[[int], None],
        is_interrupted: Callable[[], bool],
    ) -> bool:
        """Read a batch and publish it; return whether there is no more."""
        given: dict[str, Given] = {}
        revisions: list[Revision] = []
        #: By id, so that of one that comes twice the last counts once.
        became: dict[str, str] = {}
        withdrawn: list[str] = []
        end = time.monotonic() + RUN_LIMITS.batch_s
        handle = self._engine.stage()
        is_over = False
        try:
            most = self._settings.batch_articles
            while len(became) < most and len(revisions) < most and time.monotonic() < end:
                pair = None if is_interrupted() else next(documents, None)
                if pair is None:
                    is_over = True
                    break
                document, stored = pair
                if isinstance(document, Revision):
                    revisions.append(document)
                    continue
                self._done += 1
                on_progress(self._done)
                if self._takedowns.rule_of(document.article) is not None:
                    self._report.hidden += 1
                    continue
                what = _what(document, stored)
                if what == "unchanged" and document.article_id not in became:
                    self._report.unchanged += 1
                    continue
                became.setdefault(document.article_id, what)
                if document.article.is_withdrawn:
                    withdrawn.append(document.article_id)
                enrichment, _ = with_corrections(
                    document.enrichment, self._corrections, document.article
                )
                handle.add(document._replace(enrichment=enrichment))
                if document.added is not None:
                    given[document.article_id] = Given(document.added, document.revision)
            made = handle.finish()
            hidden = hidden_staged(self._engine, self._takedowns, made)
            with self._ledger.committing():
                self._ledger.note_gone(withdrawn)
                self._engine.publish([made._replace(left_out=frozenset(hidden))], (), given)
        finally:
            handle.discard()
        self._report.hidden += len(hidden)
        counts = Counter(what for article_id, what in became.items() if article_id not in hidden)
        self._report.added += counts["added"]
        self._report.replaced += counts["replaced"]
        self._has_some = self._has_some or bool(became)
        self._since.update(became)
        if revisions:
            with self._ledger.committing():
                self._keep(revisions)
        return is_over

    def _keep(self, revisions: Sequence[Revision]) -> None:
        """Keep earlier revisions of articles that are in the index, but of those that rules hide."""
        if not isinstance(self._engine, KeepsRevisions):
            self._report.revisions_left_out += len(revisions)
            return
        if named := hidden_revisions(iter(revisions), self._engine, self._takedowns):
            self._hidden.update(named)
            self._engine.forget_revisions(named)
        kept = [each for each in revisions if self._is_to_keep(each)]
        self._engine.keep_revisions(kept)
        self._report.revisions += len(kept)
        self._report.revisions_left_out += len(revisions) - len(kept)

    def _is_to_keep(self, revision: Revision) -> bool:
        article_id = revision.document.article_id
        if article_id in self._hidden:
            return False
        stored = self._engine.stored(article_id)
        return (
            stored is not None
            and revision.number < stored.revision
            and not stored.article.is_withdrawn
        )


def _what(document: Document, stored: Document | None) -> str:
    """Return what becomes of a document where the index has *stored*: "added", "replaced" or "unchanged"."""
    if stored is None:
        return "added"
    is_same = stored._replace(story=document.story) == document
    return "unchanged" if is_same else "replaced"
