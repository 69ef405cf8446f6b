"""What is taken down and stays so: an index held to the rules of hidden.toml, see docs/takedowns.md.

The rules are asked of each article when it is read, and those that are queries of what was staged, before anybody sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Protocol

from search.engines.protocol.engine import KeepsRevisions, Revision
from search.engines.protocol.request import SearchRequest
from search.engines.staging import Staged, StagingEngine
from search.ingest.given_up import given_up
from search.ingest.hidden_file import RULES, Holds, Rule, Takedowns, takedowns_of
from search.model.article import Document
from search.model.errors import IndexLocked, SettingError
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
    return given_up(before.rules, takedowns.rules, _named_by, "rule", settings.hidden)


def _named_by(rule: Rule) -> tuple[str, str, str, str]:
    return rule.article_id, rule.url, rule.author, rule.query


class Applied(NamedTuple):
    """What rules had deleted, each with the rule that names it: articles by id, and all earlier revisions of some."""

    articles: dict[str, Rule]
    #: Of an article that stays, by its id: a rule names one of them.
    revisions: dict[str, Rule]


def apply_takedowns(
    engine: StagingEngine,
    takedowns: Takedowns,
    found: Mapping[str, Rule] | None = None,
    *,
    is_given: bool = True,
) -> Applied:
    """Have an index keep *takedowns*, and delete what they name; return that.

    The rules count from the moment on at which they are kept. All documents are looked at only once for each version
    of the rules; where the process ends before that is noted they are looked at again. *found* is what
    `hidden_documents` has found already. Those that are not *given* were read from the index, whose rules stay as
    they are: somebody may have added some since. Raises `EngineError`.
    """
    if is_given and engine.text(RULES) != takedowns.text:
        engine.keep_text(RULES, takedowns.text)
    if found is None:
        if engine.text(APPLIED) == takedowns.digest:
            return Applied({}, {})
        found = hidden_documents(engine, takedowns)
    if found:
        engine.delete(found)
    revisions = forget_hidden_revisions(engine, takedowns)
    if engine.text(APPLIED) != takedowns.digest:
        engine.keep_text(APPLIED, takedowns.digest)
    return Applied(dict(found), revisions)


def delete_articles(engine: StagingEngine, article_ids: Sequence[str]) -> int:
    """Delete articles, so that no file counts them any more; return how many there were.

    While a run goes on they are deleted all the same, but where the ledger is shared only that one may change what its files count.
    """
    with ExitStack() as exits:
        ledger = None
        with suppress(IndexLocked):
            ledger = exits.enter_context(engine.ledger(waits=False, shares=True))
            exits.enter_context(ledger.committing())
        deleted = engine.delete(article_ids)
        if ledger is not None:
            ledger.disclaim(article_ids)
        return deleted


def apply_added(engine: StagingEngine, takedowns: Takedowns, settings: Settings) -> Applied:
    """Delete what rules name that somebody has added while a run with *takedowns* went on; return it as `apply_takedowns`."""
    if (text := engine.text(RULES)) == takedowns.text:
        return Applied({}, {})
    newer = takedowns_of(text, f"{settings.index}/{RULES}", settings.zone())
    found = hidden_documents(engine, newer)
    return apply_takedowns(engine, newer, found, is_given=False)


def forget_hidden_revisions(engine: StagingEngine, takedowns: Takedowns) -> dict[str, Rule]:
    """Have an index forget the earlier revisions of each article of which a rule names one; return their ids."""
    if not takedowns or not isinstance(engine, KeepsRevisions):
        return {}
    if found := hidden_revisions(engine.stored_revisions(), engine, takedowns):
        engine.forget_revisions(found)
    return found


def hidden_revisions(
    kept: Iterator[Revision], engine: StagingEngine, takedowns: Takedowns
) -> dict[str, Rule]:
    """Return the ids of the articles of which a rule names one of the revisions *kept*, with the first rule that does.

    *engine* is asked the queries of the rules.
    """
    found: dict[str, Rule] = {}
    while takedowns and (batch := [each.document for each in islice(kept, _REVISIONS_AT_ONCE)]):
        for number, rule in hidden_among(batch, engine, takedowns).items():
            found.setdefault(batch[number].article_id, rule)
    return found


def hidden_among(
    documents: Sequence[Document], engine: StagingEngine, takedowns: Takedowns
) -> dict[int, Rule]:
    """Return which of *documents*, by their place among them, a rule names, with the rule.

    For queries they are staged in *engine*, and never published.
    """
    rules = ((at, takedowns.rule_of(each.article)) for at, each in enumerate(documents))
    found = {at: rule for at, rule in rules if rule is not None}
    if not takedowns.queries:
        return found
    handle = engine.stage()
    try:
        # Under ids of their own: of several with one id only the last would count.
        for at, document in enumerate(documents):
            article = replace(document.article, article_id=f"r{at}")
            handle.add(document._replace(article=article))
        for article_id, rule in hidden_staged(engine, takedowns, handle.finish()).items():
            found.setdefault(int(article_id[1:]), rule)
    finally:
        handle.discard()
    return found


def revisions_said(revisions: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return a sentence on the articles whose earlier revisions were removed; none if there are none."""
    if not revisions:
        return ()
    named = ", ".join(f"{i} (rule {rule.number})" for i, rule in islice(revisions.items(), 3))
    whose = "1 article" if len(revisions) == 1 else f"{len(revisions):,} articles"
    more = ", ..." if len(revisions) > 3 else ""
    return (f"the earlier revisions of {whose} were removed, as a rule names one: {named}{more}",)


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
