"""What is taken down and stays so: an index held to the rules of hidden.toml, see docs/takedowns.md.

The rules are asked of each article when it is read, and those that are queries of what was staged, before anybody sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from search.engines.protocol import KeepsRevisions, SearchRequest
from search.engines.staging import Staged, StagingEngine
from search.ingest.hidden_file import RULES, Holds, Rule, Takedowns, takedowns_of
from search.model.article import Document
from search.model.errors import SettingError
from search.model.settings import Settings

#: The name under which an index keeps the digest of the rules that all its articles have passed.
APPLIED = "hidden.applied"

#: Earlier revisions of articles that are looked at in one go.
_REVISIONS_AT_ONCE = 1000


class HasIds(Protocol):
    """What is asked which documents a rule means: part of `search.engines.staging.Staging`."""

    def stored(self, article_id: str) -> Document | None: ...
    def stored_documents(self) -> Iterator[Document]: ...
    def stored_ids(self, request: SearchRequest, staged: Staged | None = None) -> Iterator[str]: ...


def hidden_documents(
    engine: HasIds,
    takedowns: Takedowns,
    on_progress: Callable[[int], None] = lambda done: None,
) -> dict[str, Rule]:
    """Return the ids of all documents of an index that a rule names, with the first rule that does.

    Every document is read where a rule names an address or an author. *on_progress* is called with how many were.
    """
    found: dict[str, Rule] = {}
    if takedowns.reads_articles:
        for number, document in enumerate(engine.stored_documents(), 1):
            if (rule := takedowns.rule_of(document.article)) is not None:
                found[document.article_id] = rule
            on_progress(number)
    else:
        for article_id in takedowns.ids:
            stored = engine.stored(article_id)
            if stored is not None and (rule := takedowns.rule_of(stored.article)) is not None:
                found[article_id] = rule
    for rule in takedowns.queries:
        for article_id in engine.stored_ids(rule.request):
            found.setdefault(article_id, rule)
    return found


def no_longer_in_force(index: Holds, takedowns: Takedowns, settings: Settings) -> tuple[str, ...]:
    """Return a sentence on the rules that the index keeps and *takedowns*, which replace them, have not; none if all are there."""
    kept = index.text(RULES)
    if kept in ("", takedowns.text):
        return ()
    try:
        before = takedowns_of(kept, RULES, settings.zone())
    except SettingError:  # the file that replaces it is the way out
        return ()
    now = {_named_by(rule) for rule in takedowns.rules}
    gone = [rule for rule in before.rules if _named_by(rule) not in now]
    if not gone:
        return ()
    named = "; ".join(f"{rule}" for rule in gone[:3]) + ("; ..." if len(gone) > 3 else "")
    many = (
        "1 rule that the index had is"
        if len(gone) == 1
        else f"{len(gone):,} rules that the index had are"
    )
    return (f"{many} not in {settings.hidden or 'the new rules'}, and no longer in force: {named}",)


def _named_by(rule: Rule) -> tuple[str, str, str, str]:
    return rule.article_id, rule.url, rule.author, rule.query


def apply_takedowns(
    engine: StagingEngine,
    takedowns: Takedowns,
    found: Mapping[str, Rule] | None = None,
    *,
    is_given: bool = True,
) -> dict[str, Rule]:
    """Have an index keep *takedowns*, and delete what they name; return the ids of that, each with its rule.

    The rules count from the moment on at which they are kept. All documents are looked at only once for each version
    of the rules; where the process ends before that is noted they are looked at again. *found* is what
    `hidden_documents` has found already. Those that are not *given* were read from the index, whose rules stay as
    they are: somebody may have added some since. Raises `EngineError`.
    """
    if is_given and engine.text(RULES) != takedowns.text:
        engine.keep_text(RULES, takedowns.text)
    if found is None:
        if engine.text(APPLIED) == takedowns.digest:
            return {}
        found = hidden_documents(engine, takedowns)
    if found:
        engine.delete(found)
    if isinstance(engine, KeepsRevisions) and (ids := _with_hidden_revisions(engine, takedowns)):
        engine.forget_revisions(ids)
    if engine.text(APPLIED) != takedowns.digest:
        engine.keep_text(APPLIED, takedowns.digest)
    return dict(found)


def apply_added(engine: StagingEngine, takedowns: Takedowns, settings: Settings) -> dict[str, Rule]:
    """Delete what rules name that somebody has added while a run with *takedowns* went on; return it as `apply_takedowns`."""
    if (text := engine.text(RULES)) == takedowns.text:
        return {}
    newer = takedowns_of(text, f"{settings.index}/{RULES}", settings.zone())
    found = hidden_documents(engine, newer)
    return apply_takedowns(engine, newer, found, is_given=False)


def _with_hidden_revisions(engine: StagingEngine, takedowns: Takedowns) -> list[str]:
    """Return the ids of the articles of which an index keeps an earlier revision that a rule names."""
    if not isinstance(engine, KeepsRevisions) or not takedowns:
        return []
    if not engine.count_revisions().revisions:
        return []
    changed = (d.article_id for d in engine.stored_documents() if d.revision)
    kept = (each.document for article_id in changed for each in engine.revisions(article_id))
    found: dict[str, None] = {}
    while batch := tuple(islice(kept, _REVISIONS_AT_ONCE)):
        for document in batch:
            if takedowns.rule_of(document.article) is not None:
                found[document.article_id] = None
        if takedowns.queries:
            found |= dict.fromkeys(_matched(engine, takedowns, batch))
    return list(found)


def _matched(
    engine: StagingEngine, takedowns: Takedowns, documents: Sequence[Document]
) -> Iterator[str]:
    """Yield the ids of *documents* that the query of a rule matches: they are staged for it, and never published."""
    handle = engine.stage()
    try:
        # Under ids of their own: of several with one id only the last would count.
        for number, document in enumerate(documents):
            article = replace(document.article, article_id=f"r{number}")
            handle.add(document._replace(article=article))
        for article_id in hidden_staged(engine, takedowns, handle.finish()):
            yield documents[int(article_id[1:])].article_id
    finally:
        handle.discard()


def hidden_staged(engine: HasIds, takedowns: Takedowns, staged: Staged) -> dict[str, Rule]:
    """Return the ids of what was *staged* that the query of a rule matches, with the first rule whose does."""
    found: dict[str, Rule] = {}
    if staged.documents:
        for rule in takedowns.queries:
            for article_id in engine.stored_ids(rule.request, staged):
                found.setdefault(article_id, rule)
    return found


def counted_by_rule(
    takedowns: Takedowns, hidden: Mapping[int, int]
) -> tuple[tuple[Rule, int], ...]:
    """Return each rule with how many articles it hid, given that by number."""
    counts = Counter(hidden)
    return tuple((rule, counts[rule.number]) for rule in takedowns.rules)
