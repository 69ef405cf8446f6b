"""An index held to people's corrections of entities, the rules of entities.toml, see docs/entities.md.

They are asked of each article when its entities are found, and of all others once for each version of the rules: what
the tagger found is kept, so it is not asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from search.engines.joining.spellings import APART
from search.engines.staging import StagingEngine
from search.enrich.corrected import with_corrections
from search.enrich.corrections import Corrections, Rule
from search.ingest.entities_file import RULES, corrections_of
from search.ingest.given_up import given_up
from search.ingest.hidden_file import Holds, Takedowns
from search.ingest.hidden_file import Rule as HidingRule
from search.ingest.interrupts import interrupt_waits
from search.ingest.takedowns import hidden_staged
from search.model.article import ENTITY_KINDS, Document
from search.model.errors import SettingError
from search.model.settings import Settings

#: The name under which an index keeps the digest of the rules that all its articles have been corrected by.
APPLIED = "entities.applied"

_NO_ID = "-"


class Keeps(Holds, Protocol):
    """What keeps rules: an engine or a rebuild of `search.engines.staging`."""

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Keep *text* under *name*."""
        ...


def keep_corrections(index: Keeps, corrections: Corrections) -> None:
    """Have an index keep *corrections* from now on, and what they say of names that are not one."""
    apart = "".join(
        f"{kind}\t{form}\t{name}\n" for kind, form, name in sorted(corrections.vetoes())
    )
    for name, text in ((RULES, corrections.text), (APART, apart)):
        if index.text(name) != text:
            index.keep_text(name, text)


def rules_given_up(index: Holds, corrections: Corrections, settings: Settings) -> tuple[str, ...]:
    """Return a sentence on the rules that the index keeps and *corrections*, which replace them, have not; none if all are there."""
    kept = index.text(RULES)
    if kept in ("", corrections.text):
        return ()
    try:
        before = corrections_of(kept, RULES, settings.zone())
    except SettingError:  # the file that replaces it is the way out
        return ()
    return given_up(
        before.rules, corrections.rules, _without_place, "correction", settings.corrections
    )


def _without_place(rule: Rule) -> Rule:
    return rule._replace(number=0, line=0, note="")


class Recorrected(NamedTuple):
    """What new rules changed in an index."""

    #: How many articles have other entities than before.
    articles: int
    #: In how many each rule counts now, by number.
    by_rule: Mapping[int, int]
    #: The ids of articles that rules of hidden.toml hide now, each with the rule.
    hidden: Mapping[str, HidingRule]


def recorrected(
    documents: Iterable[Document], corrections: Corrections, by_rule: Counter[int]
) -> Iterator[tuple[Document, Document]]:
    """Yield the documents that *corrections* change, each as it is and as it is to be; count in *by_rule* where each rule counts."""
    for document in documents:
        before = document.enrichment
        after, rules = with_corrections(before, corrections, document.article)
        by_rule.update(rules)
        if after is not before:
            yield document, document._replace(enrichment=after)


def apply_corrections(
    engine: StagingEngine,
    corrections: Corrections,
    takedowns: Takedowns,
    batch_articles: int,
    on_document: Callable[[int], None] = lambda done: None,
) -> Recorrected | None:
    """Give all articles of an index the entities that *corrections* make of what was found; None where they have them.

    It is noted when all have them; where the process ends before, the next run begins anew. The entities may be what a
    query of *takedowns* asks for, so that they are asked of what has others now. *on_document* is called with how many were
    looked at. Raises `EngineError`.
    """
    if engine.text(APPLIED) == corrections.digest:
        return None
    by_rule = Counter[int]()
    hidden: dict[str, HidingRule] = {}
    articles = 0
    is_committed = False

    def passed() -> Iterator[Document]:
        for number, document in enumerate(engine.stored_documents(), 1):
            on_document(number)
            yield document

    changed = recorrected(passed(), corrections, by_rule)
    is_over = False
    while not is_over:
        handle = engine.stage()
        try:
            staged = 0
            while not is_over and staged < batch_articles:
                if (pair := next(changed, None)) is None:
                    is_over = True
                else:
                    handle.add(pair[1])
                    staged += 1
            if not staged:
                continue
            made = handle.finish()
            found = hidden_staged(engine, takedowns, made)
            with interrupt_waits():
                engine.publish([made._replace(left_out=frozenset(found))], list(found))
            is_committed = True
            hidden |= found
            articles += staged - len(found)
        finally:
            handle.discard()
    if not is_committed:
        # By a commit the joins across the archive follow what people have split; it deletes what no article is called.
        engine.publish([], [_NO_ID])
    engine.keep_text(APPLIED, corrections.digest)
    return Recorrected(articles, by_rule, hidden)


class ChangedName(NamedTuple):
    """A name of a kind of `ENTITY_KINDS`, and how many articles have it before and after."""

    kind: str
    name: str
    before: int
    after: int


class CorrectionCheck(NamedTuple):
    """What corrections would change in an index."""

    articles: int
    #: How many articles would have other entities than now.
    changed: int
    by_rule: tuple[tuple[Rule, int], ...]
    #: Those of which the number of articles would change, the greatest change first.
    names: tuple[ChangedName, ...]


def check_corrections(
    documents: Iterable[Document],
    corrections: Corrections,
    on_document: Callable[[int], None] = lambda done: None,
) -> CorrectionCheck:
    """Return what *corrections* in the place of those in force would change; nothing is written.

    *on_document* is called with how many of *documents* were looked at.
    """
    by_rule = Counter[int]()
    #: By kind and name: how many articles have it, and how many more would.
    before, more = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    changed = articles = 0

    def passed() -> Iterator[Document]:
        nonlocal articles
        for document in documents:
            articles += 1
            on_document(articles)
            before.update(_names(document))
            yield document

    for old, new in recorrected(passed(), corrections, by_rule):
        changed += 1
        more.update(_names(new))
        more.subtract(_names(old))
    keys = sorted((key for key in more if more[key]), key=lambda key: (-abs(more[key]), key))
    names = tuple(ChangedName(*key, before[key], before[key] + more[key]) for key in keys)
    counted = tuple((rule, by_rule[rule.number]) for rule in corrections.rules)
    return CorrectionCheck(articles, changed, counted, names)


def _names(document: Document) -> set[tuple[str, str]]:
    """Return the kind and name of each entity."""
    entities = document.enrichment.entities
    return {(kind, entity.name) for kind in ENTITY_KINDS for entity in getattr(entities, kind)}


class CorrectionCount(NamedTuple):
    """In how many articles each rule counted, in the order of the rules."""

    by_rule: tuple[tuple[Rule, int], ...] = ()
    #: Whether that is of all articles of the index, else of those whose entities were found now.
    is_of_all: bool = False
    #: How many articles have other entities than before, where that is of all; in a rebuild, than were found.
    articles: int = 0
    #: Whether they are those that the index kept: nobody named a file.
    are_kept: bool = False

    @classmethod
    def of(
        cls, corrections: Corrections, by_rule: Mapping[int, int], **more: int | bool
    ) -> CorrectionCount:
        """Return the counts that *by_rule* has by the numbers of rules."""
        if not corrections and not more.get("articles"):
            return NONE_CORRECTED
        counted = tuple((rule, by_rule.get(rule.number, 0)) for rule in corrections.rules)
        return cls(counted, **more)  # type: ignore[arg-type]


NONE_CORRECTED = CorrectionCount()
