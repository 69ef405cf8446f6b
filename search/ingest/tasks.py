"""What an index run hands out to be read, what comes back, and the reading itself.

It is the same in the process that commits and in its workers: read a part of a task, stage what the
index has not, say what was found, and go on or finish the batch as the next request says.
"""

from __future__ import annotations

import os
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple
from zlib import crc32

from search.engines.staging import Staged, StagingEngine, StagingHandle
from search.enrich.corrected import with_corrections
from search.enrich.corrections import NO_CORRECTIONS, Corrections
from search.ingest.hidden_file import NO_TAKEDOWNS, Takedowns
from search.ingest.limits import RunLimits
from search.ingest.tagging import Enricher
from search.model.article import Article, BadArticle, Document, Provenance, located
from search.model.clock import is_visible
from search.model.errors import ReadError
from search.model.remark import Remark, shortened
from search.readers.opening import (
    READER_OF_BLOCKS,
    OpenSource,
    ReadFrom,
    ReadItem,
    opened,
    read_block,
)
from search.readers.options import ReadingOptions
from search.readers.source import WITHIN, Block, Limits

TAKEN_BACK = (
    "was taken back by its publisher, so it stays hidden; to have it all the same, newssearch delete its id, and index"
    " its file with --force"
)

#: Of a title that a case names.
_MAX_TITLE_CHARS = 100


class Outcome(IntEnum):
    """What becomes of an article: the index has it, with other entities, in another form, or not at all; or a rule hides it."""

    UNCHANGED = 0
    RETAGGED = 1
    CHANGED = 2
    ADDED = 3
    HIDDEN = 4


#: What has the article staged.
STAGED = frozenset((Outcome.RETAGGED, Outcome.CHANGED, Outcome.ADDED))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a run reads; ``looks_up`` where the index may hold what is read already."""

    limits: Limits
    reading: ReadingOptions
    #: Name and version of the tagger that looks for entities, "" where they are not wanted.
    tagger: str
    force: bool
    looks_up: bool
    run_limits: RunLimits
    takedowns: Takedowns = NO_TAKEDOWNS
    corrections: Corrections = NO_CORRECTIONS

    def how(self) -> str:
        """Return all that decides what the articles of a file are: with another, unchanged files are read too."""
        return f"{self.reading.how()}, max_article_chars {self.limits.max_article_chars}"


@dataclass(frozen=True, slots=True)
class ReadTask:
    """A piece of reading: whole input files, or a block of lines of one.

    ``number`` says the reading order, in which the later of two articles with one id counts.
    """

    number: int
    paths: tuple[str, ...]
    block: Block | None = None
    #: An input that is open already, so that only the process that opened it can read it.
    source: OpenSource | None = None


@dataclass(frozen=True, slots=True)
class ReadOn:
    """The request to read *task*, or on in the one begun, until *most* articles were staged."""

    task: ReadTask | None
    most: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The request to finish the batch."""


Request = ReadOn | Finish


@dataclass(slots=True)
class FileRead:
    """What was read of one input file, which is number ``index`` in its task.

    ``outcomes`` has the `Outcome` of each of ``article_ids``, ``lines`` where each begins, 0 where that is
    unknown, and ``titles`` a checksum of its title, to tell another article from a new version of the same.
    ``retitled`` has those that have another title than the index had under their id, with that title.
    ``members`` has, in an archive, from which of the articles on they lie in which file of it.
    ``failure`` says why the file could not be read at all; ``digest`` is that of its bytes, once it is read
    to its end.
    """

    index: int
    article_ids: list[str] = field(default_factory=list)
    outcomes: bytearray = field(default_factory=bytearray)
    lines: array[int] = field(default_factory=lambda: array("Q"))
    titles: array[int] = field(default_factory=lambda: array("L"))
    retitled: dict[str, str] = field(default_factory=dict)
    members: list[tuple[int, str]] = field(default_factory=list)
    #: Which of ``article_ids`` a rule hides, by their place among them, with the number of the rule; which are
    #: withdrawn; and how many wait for their time.
    hidden: dict[int, int] = field(default_factory=dict)
    withdrawn: set[int] = field(default_factory=set)
    embargoed: int = 0
    #: Language -> how many articles no names were looked for in, as the tagger knows none of it; the line of the first.
    without_names: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    #: In how many articles each rule of entities.toml counted, by its number.
    corrected: Counter[int] = field(default_factory=Counter)
    refused: list[BadArticle] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    is_cut_short: bool = False
    failure: str = ""
    digest: str = ""


@dataclass(slots=True)
class TaskRead:
    """What was read of a task since the last request. ``bytes_read`` counts from its start, on disk."""

    task: int
    files: list[FileRead] = field(default_factory=list)
    articles: int = 0
    #: Refusals and remarks.
    cases: int = 0
    #: How many of the articles were staged.
    staged: int = 0
    bytes_read: int = 0
    is_last: bool = False

    def of(self, index: int) -> FileRead:
        """Return what was read of the file of that number in the task."""
        if not self.files or self.files[-1].index != index:
            self.files.append(FileRead(index))
        return self.files[-1]


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a file: why it could not be read, or what the digest of its bytes is."""

    failure: str = ""
    digest: str = ""


_Item = ReadItem | ReadFrom | _End


class _Waiting(NamedTuple):
    """A document that is staged once its entities are found: which of which file, and what the index has if the article is the same."""

    document: Document
    file: FileRead
    at: int
    same: Document | None


class TaskReader:
    """Reads tasks for one engine, and stages what the index has not, a batch at a time.

    What is to be staged waits until entities can be found for many articles at once, and never longer than
    `read` takes: who asks for more, or finishes the batch, finds all of it staged.
    """

    def __init__(self, engine: StagingEngine, options: ReadOptions) -> None:
        self._engine = engine
        self._options = options
        self._staging: StagingHandle | None = None
        self._enricher = Enricher(options.tagger)
        #: What waits for its entities, in the order of reading, and how many characters that is.
        self._waiting: list[_Waiting] = []
        self._waiting_chars = 0
        #: The task begun, and what is left of it, each item with the number of its file in the task.
        self._number = 0
        #: The ids of the articles that come next, and what the index has of them, None before it was asked.
        self._coming: list[str] = []
        self._known: dict[str, Document] | None = None
        #: Ids of withdrawn articles of the batch.
        self._withdrawn: set[str] = set()
        self._items: Iterator[tuple[int, _Item]] = iter(())
        self._source: OpenSource | None = None
        self._bytes_before = 0
        #: The file that is being read, as it was given, and the packed `Provenance` of its articles, but for their lines.
        self._path = ""
        self._paths: Sequence[str] = ()
        self._provenance = ""
        #: What the articles that come lie in, "" for the file itself.
        self._member = ""

    def read(self, request: ReadOn) -> TaskRead:
        """Read and stage some articles; return what was found."""
        if request.task is not None:
            self._number = request.task.number
            self._paths = request.task.paths
            items = self._read(request.task)
            self._items = self._looked_up(items) if self._options.looks_up else items
        found = TaskRead(self._number)
        limits = self._options.run_limits
        end = time.monotonic() + limits.said_s
        for index, item in self._items:
            self._path = self._paths[index]
            if isinstance(item, Article):
                self._take(item, found, found.of(index))
            elif isinstance(item, BadArticle):
                file = found.of(index)
                file.is_cut_short |= item.cut_short
                file.refused.append(item._replace(reason=shortened(item.reason)))
                found.cases += 1
            elif isinstance(item, Remark):
                found.of(index).remarks.append(item)
                found.cases += 1
            elif isinstance(item, ReadFrom):
                self._begin(item)
                continue
            else:
                file = found.of(index)
                file.failure, file.digest = item.failure, item.digest
            is_full = (
                found.staged + len(self._waiting) >= request.most
                or found.articles >= limits.said_articles
                or found.cases >= limits.said_cases
            )
            if is_full or time.monotonic() >= end:
                self._stage_waiting(found)
                found.bytes_read = self._bytes_read()
                return found
        self._stage_waiting(found)
        found.is_last = True
        return found

    def finish(self) -> Staged | None:
        """Return what was staged in this batch, None where nothing was."""
        staging, self._staging = self._staging, None
        # What is published now, the index has.
        self._known = None
        self._withdrawn.clear()
        return None if staging is None else staging.finish()

    def discard(self) -> None:
        """Let go of what was staged in a batch that is not finished."""
        self._waiting = []
        if self._staging is not None:
            self._staging.discard()

    def _take(self, article: Article, found: TaskRead, file: FileRead) -> None:
        """Stage *article* unless the index has it, and note it in any case."""
        if self._member != (file.members[-1][1] if file.members else ""):
            file.members.append((len(file.article_ids), self._member))
        document, outcome, before = self._compared(article)
        if outcome is Outcome.HIDDEN:
            rule = self._options.takedowns.rule_of(article)
            assert rule is not None  # noqa: S101
            file.hidden[len(file.article_ids)] = rule.number
        elif article.is_withdrawn:
            file.withdrawn.add(len(file.article_ids))
            self._withdrawn.add(article.article_id)
        elif self._is_taken_back(article, before):
            # What was taken back does not come back with an earlier file.
            outcome = Outcome.UNCHANGED
            file.remarks.append(Remark(self._path, article.line, "withdrawn", TAKEN_BACK))
            found.cases += 1
        elif article.embargoed_until is not None:
            file.embargoed += not is_visible(article)
        if outcome is not Outcome.HIDDEN and self._enricher.is_without(article):
            number, line = file.without_names.get(article.language, (0, article.line))
            file.without_names[article.language] = number + 1, line
        file.article_ids.append(article.article_id)
        file.outcomes.append(outcome)
        file.lines.append(article.line or 0)
        file.titles.append(crc32(article.title.encode()))
        if (
            outcome is Outcome.CHANGED
            and before is not None
            and article.title != before.article.title
        ):
            title = shortened(before.article.title, _MAX_TITLE_CHARS)
            file.retitled[article.article_id] = title
        found.articles += 1
        if outcome in STAGED:
            same = before if outcome is Outcome.RETAGGED else None
            self._waiting.append(_Waiting(document, file, len(file.outcomes) - 1, same))
            self._waiting_chars += len(article.body)
            limits = self._options.run_limits
            if (
                len(self._waiting) >= limits.tagged_articles
                or self._waiting_chars >= limits.tagged_chars
            ):
                self._stage_waiting(found)

    def _stage_waiting(self, found: TaskRead) -> None:
        """Find the entities of what waits for them, and stage it, but for articles that the index has with the same ones."""
        waiting, self._waiting, self._waiting_chars = self._waiting, [], 0
        enriched = self._enricher.enriched([each.document.article for each in waiting])
        for (document, file, at, same), found_now in zip(waiting, enriched, strict=True):
            enrichment, rules = with_corrections(
                found_now, self._options.corrections, document.article
            )
            file.corrected.update(rules)
            if same is not None and enrichment == same.enrichment:
                file.outcomes[at] = Outcome.UNCHANGED
                continue
            found.staged += 1
            if self._staging is None:
                self._staging = self._engine.stage()
            self._staging.add(document._replace(enrichment=enrichment))

    def _is_taken_back(self, article: Article, before: Document | None) -> bool:
        """Whether the index, or the batch, has a kill notice under the id of an article that is none."""
        is_in_index = before is not None and before.article.is_withdrawn
        return is_in_index or article.article_id in self._withdrawn

    def _looked_up(self, items: Iterator[tuple[int, _Item]]) -> Iterator[tuple[int, _Item]]:
        """Yield *items*, knowing which articles come: where the index is far away, one question about many takes no longer."""
        limits = self._options.run_limits
        while True:
            ahead: list[tuple[int, _Item]] = []
            chars, end = 0, time.monotonic() + limits.said_s
            for index, item in items:
                ahead.append((index, item))
                chars += len(item.body) if isinstance(item, Article) else 0
                is_full = len(ahead) >= limits.said_articles or chars >= limits.tagged_chars
                if is_full or time.monotonic() >= end:
                    break
            if not ahead:
                return
            self._coming = [item.article_id for _, item in ahead if isinstance(item, Article)]
            self._known = None
            yield from ahead

    def _stored(self, article_id: str) -> Document | None:
        """Return what the index has under the id of an article that comes."""
        if self._known is None:
            self._known = self._engine.stored_of(self._coming)
        return self._known.get(article_id)

    def _read(self, task: ReadTask) -> Iterator[tuple[int, _Item]]:
        """Yield what the files hold with their numbers."""
        limits = self._options.limits
        item: ReadItem | ReadFrom
        if task.block is not None:
            yield 0, ReadFrom(task.paths[0], READER_OF_BLOCKS)
            for item in read_block(task.paths[0], limits, task.block, self._options.reading):
                yield 0, item
            return
        self._bytes_before = 0
        for index, path in enumerate(task.paths):
            try:
                if task.source is not None:
                    for item in task.source.items():
                        yield index, item
                    continue
                with opened(path, limits, self._options.reading) as self._source:
                    is_whole = True
                    for item in self._source.items():
                        is_whole &= not (isinstance(item, BadArticle) and item.cut_short)
                        yield index, item
                    self._bytes_before += self._source.bytes_read()
                    yield index, _End(digest=self._source.digest() if is_whole else "")
            except (ReadError, OSError) as exc:
                yield index, _End(failure_of(path, exc))
            finally:
                self._source = None

    def _begin(self, read_from: ReadFrom) -> None:
        """Note what the articles that follow come from."""
        self._member = read_from.path.removeprefix(self._path).removeprefix(WITHIN)
        self._provenance = Provenance(
            file=self._path if self._path == "-" else located(os.path.abspath(self._path)),
            member=self._member,
            url=read_from.url,
            reader=read_from.reader,
            read_at=datetime.now(UTC).replace(microsecond=0),
        ).packed()

    def _bytes_read(self) -> int:
        return self._bytes_before + (self._source.bytes_read() if self._source else 0)

    def _compared(self, article: Article) -> tuple[Document, Outcome, Document | None]:
        """Return *article* as it is to be staged, but for its entities, what it is to the index, and what that has of the id.

        One that is `Outcome.RETAGGED` is the same article as before, and unchanged if its entities are too.
        """
        options = self._options
        before = self._stored(article.article_id) if options.looks_up else None
        if options.takedowns and options.takedowns.rule_of(article) is not None:
            return Document(article), Outcome.HIDDEN, before
        read_at = Provenance.with_line(self._provenance, article.line)
        document = Document(article, packed_provenance=read_at)
        if before is None:
            return document, Outcome.ADDED, None
        if article != before.article:
            return document, Outcome.CHANGED, before
        # Finding entities takes the most time; where this tagger has looked it does not again.
        is_tagged = before.enrichment.tagger == self._enricher.label_for(article)
        if is_tagged and not options.force:
            return before, Outcome.UNCHANGED, before
        # When it came and how often it has changed stays.
        return before._replace(packed_provenance=read_at), Outcome.RETAGGED, before


def failure_of(path: str, error: ReadError | OSError) -> str:
    """Return why the input file at *path* could not be read, without its name."""
    message = str(error) if isinstance(error, ReadError) else error.strerror or str(error)
    return message.removeprefix(f"{path}: ")
