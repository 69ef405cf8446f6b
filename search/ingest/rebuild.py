"""Making an index anew out of its own documents: authors, entities and words by today's rules; no input file is read."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from search.engines.staging import Given, Rebuild, StagingEngine
from search.enrich.corrected import with_corrections
from search.enrich.corrections import NO_CORRECTIONS, Corrections
from search.enrich.tagger import label_of, languages_of
from search.ingest.correcting import (
    APPLIED,
    NONE_CORRECTED,
    CorrectionCount,
    keep_corrections,
    rules_given_up,
)
from search.ingest.entities_file import corrections_in_force
from search.ingest.hidden_file import RULES, Rule, Takedowns, takedowns_in_force
from search.ingest.interrupts import Interrupt, interrupt_waits
from search.ingest.limits import RUN_LIMITS
from search.ingest.run import OUT_OF_MEMORY
from search.ingest.tagging import Enricher
from search.ingest.takedowns import (
    counted_by_rule,
    hidden_documents,
    hidden_revisions,
    hidden_staged,
    no_longer_in_force,
    revisions_said,
)
from search.model.article import Article, Document
from search.model.errors import EngineError
from search.model.settings import Settings
from search.readers.author_names import NO_AUTHOR_NAMES, AuthorNames
from search.readers.byline import is_understood, parse_byline
from search.readers.language import with_language

_NAME_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RebuildNeeds:
    """What a rebuild is about to take: how many articles, and disk in bytes."""

    articles: int
    needed_bytes: int
    free_bytes: int


@dataclass(slots=True)
class RebuildReport:
    """What became of the articles of an index that was rebuilt."""

    #: How many the new index has.
    articles: int = 0
    #: Of these, how many have other authors than before, and how many other entities.
    other_authors: int = 0
    other_entities: int = 0
    #: The languages that names are looked for in, none where that is all or no names are; by language, how many articles
    #: of the new index are in others.
    languages: frozenset[str] = frozenset()
    without_names: Counter[str] = field(default_factory=Counter)
    #: Of these, how many an earlier try had made already.
    made_before: int = 0
    #: How many rules hide, so that the new index does not have them; how many each of them, in order.
    hidden: int = 0
    hidden_by: tuple[tuple[Rule, int], ...] = ()
    #: What people corrected of the entities.
    corrections: CorrectionCount = NONE_CORRECTED
    #: The ids of those whose earlier revisions go, each with the rule that names one of them.
    revisions: Mapping[str, Rule] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    #: Ended by Ctrl-C: the old index is as it was, the next try goes on.
    is_interrupted: bool = False


def rebuild_index(
    rebuild: Rebuild,
    *,
    settings: Settings | None = None,
    entities: str | None = None,
    authors: AuthorNames = NO_AUTHOR_NAMES,
    takedowns: Takedowns | None = None,
    corrections: Corrections | None = None,
    on_start: Callable[[RebuildNeeds], None] = lambda needs: None,
    on_progress: Callable[[int, int], None] = lambda done, articles: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> RebuildReport:
    """Make the index anew beside itself, and put the new one in its place, whole, in one step.

    Authors are taken out of the byline again where it names some, and counted as *authors* says; when an article came and how often it changed
    stays. The old index answers until the end, and what was made is kept when the process ends before. *on_start*
    is called before anything is written, *on_progress* with how many articles of how many are done. Ctrl-C
    commits what was made so far and ends the rebuild.

    *entities* says what finds the entities; None stands for ``settings.entities``.

    Raises `IndexLocked` where an index run goes on, `TaggerError` as `index_files` does, and `EngineError`, also where
    there is too little disk.
    """
    settings = settings or Settings()
    tagger = label_of(settings.entities if entities is None else entities)
    with rebuild:
        kept = rebuild.text(RULES)
        if takedowns is None:
            takedowns = takedowns_in_force(rebuild, settings)
        are_kept = corrections is None and not settings.corrections
        if corrections is None:
            corrections = corrections_in_force(rebuild, settings)
        rule_notices = (
            *takedowns.notices,
            *no_longer_in_force(rebuild, takedowns, settings),
            *rules_given_up(rebuild, corrections, settings),
        )
        needs = RebuildNeeds(len(rebuild), rebuild.needed_bytes(), rebuild.free_bytes())
        on_start(needs)
        if needs.needed_bytes > needs.free_bytes:
            raise EngineError(
                f"a rebuild takes up to {megabytes(needs.needed_bytes)} of disk beside the index, and "
                f"{megabytes(needs.free_bytes)} are free; make room there, or move the index"
            )
        is_replaced = False
        report = RebuildReport()
        try:
            while not is_replaced:  # anew only where articles were deleted by hand meanwhile
                report = RebuildReport(languages=languages_of(tagger) if tagger else frozenset())
                making = _Making(
                    rebuild.new, settings, tagger, authors, takedowns, report, corrections
                )
                making.make(
                    rebuild.documents(), lambda d: on_progress(d, needs.articles), on_interrupt
                )
                # The engine of the new index is asked, which is closed once it has taken the place of the old one.
                named = hidden_revisions(rebuild.stored_revisions(), rebuild.new, takedowns)
                left = named.keys() - set(making.hidden_ids)
                report.revisions = {i: rule for i, rule in named.items() if i in left}
                with interrupt_waits():
                    # First: who is killed here has the rules, and the old index, which the next run holds to them.
                    # Unless somebody has added one meanwhile: that run applies it too.
                    if kept != takedowns.text:
                        rebuild.keep_text(RULES, takedowns.text, before=kept)
                    keep_corrections(rebuild, corrections)
                    is_replaced = rebuild.replace()
                    if is_replaced:
                        if gone := {*making.hidden_ids, *report.revisions}:
                            rebuild.forget_revisions(gone)
                        if making.hidden_ids:
                            rebuild.ledger.disclaim(making.hidden_ids)
                        rebuild.ledger.tagged_by(tagger)
                        rebuild.keep_text(APPLIED, corrections.digest)
                        report.corrections = CorrectionCount.of(
                            corrections,
                            making.corrected,
                            is_of_all=True,
                            articles=making.corrected_articles,
                            are_kept=are_kept,
                        )
        except KeyboardInterrupt:
            report.is_interrupted = not is_replaced
        except MemoryError as exc:
            raise EngineError(OUT_OF_MEMORY) from exc
        removed = () if report.is_interrupted else revisions_said(report.revisions)
        report.notices = (*rebuild.notices, *rebuild.ledger.notices, *rule_notices, *removed)
    return report


def megabytes(size_bytes: int) -> str:
    """Return a size for a person, rounded up."""
    return f"{-(-size_bytes // 1_000_000):,} MB"


class _Making:
    """One pass over the documents of an index, into a new one."""

    def __init__(
        self,
        new: StagingEngine,
        settings: Settings,
        tagger: str,
        authors: AuthorNames,
        takedowns: Takedowns,
        report: RebuildReport,
        corrections: Corrections = NO_CORRECTIONS,
    ) -> None:
        self._new = new
        self._settings = settings
        self._enricher = Enricher(tagger)
        self._authors = authors
        self._takedowns = takedowns
        self._hidden = Counter[int]()
        self._corrections = corrections
        #: In how many articles each of the corrections counted, by number, and in how many any.
        self.corrected = Counter[int]()
        self.corrected_articles = 0
        #: The ids of what rules hide.
        self.hidden_ids: list[str] = []
        self._report = report
        #: Whether an earlier try has left something, and the ids that the index still has.
        self._has_some = next(new.stored_documents(), None) is not None
        self._ids: set[str] = set()
        self._done = 0

    def make(
        self,
        documents: Iterator[Document],
        on_progress: Callable[[int], None],
        on_interrupt: Callable[[], None],
    ) -> None:
        """Make all *documents* anew, a batch at a time."""
        is_over = False
        while not is_over:
            with interrupt_waits(on_interrupt) as interrupt:
                is_over = self._batch(documents, on_progress, interrupt)
        if self._has_some:
            # What an earlier try has made may be older than a rule.
            found = hidden_documents(self._new, self._takedowns)
            self._hide(rule for article_id, rule in found.items() if article_id in self._ids)
            self._ids.difference_update(found)
            self.hidden_ids += found
            gone = [
                d.article_id for d in self._new.stored_documents() if d.article_id not in self._ids
            ]
            if gone:
                self._new.delete(gone)
        self._report.articles = self._done - self._report.hidden

    def _batch(
        self,
        documents: Iterator[Document],
        on_progress: Callable[[int], None],
        interrupt: Interrupt,
    ) -> bool:
        """Make a batch and publish it; return whether it was the last."""
        given: dict[str, Given] = {}
        end = time.monotonic() + RUN_LIMITS.batch_s
        staged = 0
        is_over = False
        handle = self._new.stage()
        try:
            while not is_over and staged < self._settings.batch_articles and time.monotonic() < end:
                most = min(RUN_LIMITS.tagged_articles, self._settings.batch_articles - staged)
                waiting: list[tuple[Article, Document]] = []
                chars = 0
                while len(waiting) < most and chars < RUN_LIMITS.tagged_chars and not is_over:
                    document = None if interrupt.is_pressed else next(documents, None)
                    if document is None:
                        is_over = True
                        continue
                    self._done += 1
                    if (article := self._as_today(document)) is not None:
                        waiting.append((article, document))
                        chars += len(article.body)
                    on_progress(self._done)
                for made, document in self._tagged(waiting):
                    handle.add(made)
                    staged += 1
                    if document.added is not None:
                        given[made.article_id] = Given(document.added, document.revision)
            made_now = handle.finish()
            hidden = hidden_staged(self._new, self._takedowns, made_now)
            self._hide(hidden.values())
            self._ids.difference_update(hidden)
            self.hidden_ids += hidden
            self._new.publish([made_now._replace(left_out=frozenset(hidden))], (), given)
        finally:
            handle.discard()
        return is_over

    def _hide(self, rules: Iterable[Rule]) -> None:
        """Count articles that these *rules* hide."""
        self._hidden.update(rule.number for rule in rules)
        self._report.hidden = self._hidden.total()
        self._report.hidden_by = counted_by_rule(self._takedowns, self._hidden)

    def _as_today(self, document: Document) -> Article | None:
        """Return the article as it is made today, None where an earlier try has made it already, or a rule hides it."""
        article = with_counted_authors(with_authors_of_byline(document.article), self._authors)
        article = with_language(article)
        if (rule := self._takedowns.rule_of(article)) is not None:
            self._hide([rule])
            self.hidden_ids.append(article.article_id)
            return None
        self._report.other_authors += article.authors != document.article.authors
        if self._enricher.is_without(article):
            self._report.without_names[article.language] += 1
        if self._has_some:
            self._ids.add(article.article_id)
            made = self._new.stored(article.article_id)
            tagger = self._enricher.label_for(article)
            if (
                made is not None
                and _is_made_of(made, article, document, tagger)
                and self._is_corrected(made)
            ):
                self._report.made_before += 1
                return None
        return article

    def _is_tagged(self, article: Article, document: Document) -> bool:
        """Whether this tagger has looked for names in *article*, as it was in *document*."""
        is_same = article is document.article or article == document.article
        return is_same and document.enrichment.tagger == self._enricher.label_for(article)

    def _tagged(
        self, waiting: Sequence[tuple[Article, Document]]
    ) -> Iterator[tuple[Document, Document]]:
        """Yield the documents of articles with their entities, each with what it is made of."""
        untagged = [
            article for article, document in waiting if not self._is_tagged(article, document)
        ]
        enriched = iter(self._enricher.enriched(untagged))
        for article, document in waiting:
            is_tagged = self._is_tagged(article, document)
            found = document.enrichment if is_tagged else next(enriched)
            enrichment, rules = with_corrections(found, self._corrections, article)
            self.corrected.update(rules)
            self.corrected_articles += bool(rules)
            self._report.other_entities += enrichment.entities != document.enrichment.entities
            provenance = document.packed_provenance
            yield Document(article, enrichment, packed_provenance=provenance), document

    def _is_corrected(self, made: Document) -> bool:
        """Whether what an earlier try has made has the corrections of this one."""
        enrichment, rules = with_corrections(made.enrichment, self._corrections, made.article)
        if enrichment is not made.enrichment:
            return False
        self.corrected.update(rules)
        self.corrected_articles += bool(rules)
        return True


def with_authors_of_byline(article: Article) -> Article:
    """Return *article* with the authors and credits that its byline names by today's rules, where it names some or certainly nobody.

    Authors that the byline does not have came from elsewhere in the input file, and stay. The authors are those that
    were read: `with_counted_authors` says as whom they count.
    """
    read = article.authors_as_read or article.authors
    if article.authors_as_read:
        article = replace(article, authors=read, authors_as_read=())
    in_byline = set(_NAME_WORD.findall(article.byline.casefold()))
    if not in_byline or not in_byline.issuperset(_NAME_WORD.findall(" ".join(read).casefold())):
        return article
    # A single name is an author to some readers only: what they made of it stays.
    parsed = parse_byline(
        article.byline, lone_names=False, publisher=article.source, address=article.url
    )
    if not parsed.authors and not parsed.credits:
        parsed = parse_byline(article.byline, publisher=article.source, address=article.url)
        if parsed.authors or not is_understood(article.byline, parsed, publisher=article.source):
            return article  # else it is a desk or an agency
    return replace(article, authors=parsed.authors, credits=parsed.credits)


def with_counted_authors(article: Article, names: AuthorNames) -> Article:
    """Return *article*, whose authors are as they were read, with those by whom it is counted."""
    counted = names.counted(article.authors, article.source)
    if counted == article.authors:
        return article
    return replace(article, authors=counted, authors_as_read=article.authors)


def _is_made_of(made: Document, article: Article, document: Document, tagger: str) -> bool:
    """Whether an earlier try has made *made* of the article of *document*, with the same tagger."""
    has_same_past = document.added is None or (
        (made.added, made.revision) == (document.added, document.revision)
    )
    return made.article == article and made.enrichment.tagger == tagger and has_same_past
