"""A whole index, or some of its documents, as lines of JSON, and those lines into an index: docs/formats.md."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from search.engines.protocol.engine import KeepsRevisions
from search.engines.staging import Given, StagingEngine
from search.enrich.corrected import with_corrections
from search.enrich.corrections import Corrections
from search.ingest import entities_file, hidden_file
from search.ingest.correcting import apply_corrections, keep_corrections
from search.ingest.hidden_file import Takedowns
from search.ingest.interrupts import interrupt_waits
from search.ingest.limits import RUN_LIMITS
from search.ingest.takedowns import apply_takedowns, hidden_staged
from search.model.article import BadArticle, Document
from search.model.document_json import document_as_line, document_of_line
from search.model.errors import ReadError, SettingError
from search.model.settings import Settings
from search.readers.bounded_lines import BoundedLines
from search.readers.decompression import CutShort
from search.readers.source import Limits, Source, open_source

#: The key of the first line, and the number of the form of all.
_BEGIN, _FORM = "newssearch_export", 1
_END = "newssearch_export_end"
#: Rules that travel with the documents, by the names under which an index keeps them.
_TEXTS = (hidden_file.RULES, entities_file.RULES)
#: What a line takes at most beside title and body: entities with each of their mentions.
_MORE_CHARS = 100_000_000
#: Refused lines that are named one by one.
_MOST_NAMED = 1000


def exported_lines(
    engine: StagingEngine, documents: Iterable[Document] | None = None
) -> Iterator[str]:
    """Yield the lines of an export: what it is, a line for each document, and how many these were.

    Without *documents* it is every one that the index has, also those that are withdrawn or embargoed.
    """
    texts = {name: text for name in _TEXTS if (text := engine.text(name))}
    yield _dumped({_BEGIN: _FORM, "rules": texts})
    count = 0
    for document in engine.stored_documents() if documents is None else documents:
        count += 1
        yield _dumped(document_as_line(document))
    yield _dumped({_END: count})


def left_behind(engine: StagingEngine) -> str:
    """Return a sentence on what of an index is not exported, or "" where that is nothing."""
    kept = engine.count_revisions().revisions if isinstance(engine, KeepsRevisions) else 0
    return f"{kept:,} earlier revision(s) of articles are not exported" if kept else ""


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
    goes on, and `EngineError`.
    """
    report = export.report
    with engine.ledger():
        rules = _rules_kept(engine, export.rules, settings, report)
        importing = _Importing(engine, settings, report, *rules)
        try:
            is_over = False
            while not is_over:
                with interrupt_waits(on_interrupt) as interrupt:
                    is_over = importing.batch(
                        export.documents(), on_progress, lambda: interrupt.is_pressed
                    )
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
        self._documents = 0
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

    def documents(self) -> Iterator[Document]:
        """Return the documents that were not taken yet."""
        return self._iterator

    def _read(self) -> Iterator[Document]:
        while line := self._take():
            if not line.strip():
                continue
            value = self._value(line)
            if isinstance(value, dict) and _END in value:
                if value[_END] != self._documents:
                    self._report.notices.append(
                        f"{self._path}: says that it has {value[_END]} documents and has {self._documents:,}"
                    )
                return
            self._documents += 1
            try:
                if value is None:
                    raise ValueError("is no JSON, or cut short")
                document = document_of_line(value)
                if len(document.article.body) > self._most_chars:
                    raise ValueError(f"is longer than {self._most_chars:,} characters")
            except (ValueError, RecursionError) as exc:
                self._report.refused += 1
                if len(self._report.bad) < _MOST_NAMED:
                    self._report.bad.append(BadArticle(self._path, self._number, str(exc)))
                continue
            yield document
        self._report.is_cut_short = True

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
        settings: Settings,
        report: ImportReport,
        takedowns: Takedowns,
        corrections: Corrections,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._report = report
        self._takedowns = takedowns
        self._corrections = corrections
        self._has_some = next(engine.stored_documents(), None) is not None
        self._done = 0

    def batch(
        self,
        documents: Iterator[Document],
        on_progress: Callable[[int], None],
        is_interrupted: Callable[[], bool],
    ) -> bool:
        """Read a batch and publish it; return whether there is no more."""
        given: dict[str, Given] = {}
        #: By id, so that of one that comes twice the last counts once.
        became: dict[str, str] = {}
        end = time.monotonic() + RUN_LIMITS.batch_s
        handle = self._engine.stage()
        is_over = False
        try:
            while len(became) < self._settings.batch_articles and time.monotonic() < end:
                document = None if is_interrupted() else next(documents, None)
                if document is None:
                    is_over = True
                    break
                self._done += 1
                on_progress(self._done)
                if self._takedowns.rule_of(document.article) is not None:
                    self._report.hidden += 1
                    continue
                what = self._what(document)
                if what == "unchanged" and document.article_id not in became:
                    self._report.unchanged += 1
                    continue
                became.setdefault(document.article_id, what)
                enrichment, _ = with_corrections(
                    document.enrichment, self._corrections, document.article
                )
                handle.add(document._replace(enrichment=enrichment))
                if document.added is not None:
                    given[document.article_id] = Given(document.added, document.revision)
            made = handle.finish()
            hidden = hidden_staged(self._engine, self._takedowns, made)
            self._engine.publish([made._replace(left_out=frozenset(hidden))], (), given)
        finally:
            handle.discard()
        self._report.hidden += len(hidden)
        counts = Counter(what for article_id, what in became.items() if article_id not in hidden)
        self._report.added += counts["added"]
        self._report.replaced += counts["replaced"]
        self._has_some = self._has_some or bool(became)
        return is_over

    def _what(self, document: Document) -> str:
        """Return what becomes of a document: "added", "replaced" or "unchanged"."""
        if not self._has_some or (stored := self._engine.stored(document.article_id)) is None:
            return "added"
        is_same = stored._replace(story=document.story) == document
        return "unchanged" if is_same else "replaced"
