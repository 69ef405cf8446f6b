"""`newssearch delete`: articles by id, all that a search finds, or what the rules of hidden.toml name."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import settings_from, settings_options, text_of
from search.cli.output import ERROR, NOTHING, query_errors, tell
from search.cli.searching import question_of, searching_options
from search.model.article import ARTICLE_ID
from search.model.question import Question

if TYPE_CHECKING:
    from search.engines.protocol.engine import Engine
    from search.ingest.hidden_file import Rule, Takedowns
    from search.model.article import Article, Document
    from search.model.settings import Settings

_MAX_REASON_CHARS = 1000


def _reason(context: click.Context, option: click.Parameter, reason: str | None) -> str | None:
    """Return the reason with single blanks. Raises `click.BadParameter` for a blank one."""
    if reason is None:
        return None
    reason = " ".join(text_of([reason]).split())
    if not reason or len(reason) > _MAX_REASON_CHARS:
        raise click.BadParameter(
            f"say why, in at most {_MAX_REASON_CHARS} characters: those who ask later will read it"
        )
    return reason


@click.command()
@click.argument("article_ids", metavar="[ID]...", nargs=-1)
@click.option("--query", "text", metavar="TEXT", help="All articles that this query finds")
@searching_options
@click.option("--by-rules", is_flag=True, help="All articles that the rules of hidden.toml name")
@click.option(
    "--hide",
    metavar="REASON",
    callback=_reason,
    help="Also add a rule to hidden.toml, so that they do not come back",
)
@click.option("--yes", is_flag=True, help="Do not ask before deleting what a search finds")
@settings_options("index", "hidden", "time_zone", "saved_searches", "lock_timeout_ms")
def delete(
    article_ids: tuple[str, ...],
    text: str | None,
    by_rules: bool,
    hide: str | None,
    yes: bool,
    **options: Any,
) -> None:
    """Delete articles from the index. The files they came from stay.

    \b
    newssearch delete reut-1234 reut-1235
    newssearch delete --query '"Coast Bank" fraud' --to 2024-07
    newssearch delete --source "Coast Post" --yes
    newssearch delete reut-1234 --hide "court order 4 O 123/26"
    newssearch delete --by-rules --hidden hidden.toml

    Where ids are not given, the number of articles and the first titles are shown, and you are asked.
    An article comes back when its file is read again: after a change, or with index --force. With
    --hide it does not (docs/takedowns.md).
    """
    from datetime import date

    from search.engines.registry import open_staging
    from search.ingest.hidden_file import (
        RULES,
        add_rules,
        takedowns_in_force,
        takedowns_of,
        with_rules,
    )
    from search.ingest.takedowns import (
        apply_takedowns,
        delete_articles,
        forget_hidden_revisions,
        hidden_documents,
        no_longer_in_force,
        revisions_said,
    )

    settings = settings_from(options)
    question = _question(text, options)
    if sum([bool(article_ids), question is not None, by_rules]) != 1:
        raise click.UsageError(
            "give the ID of articles, or a search such as --query or --source, or --by-rules; one of them"
        )
    if by_rules and hide is not None:
        raise click.UsageError("--by-rules has rules already; --hide adds one for other articles")
    rules: list[dict[str, str]] = []
    revisions: Mapping[str, Rule] = {}
    with ExitStack() as exits:
        engine = exits.enter_context(closing(open_staging(settings.index, settings=settings)))
        if by_rules:
            # Not while a run goes on, which would add what its own rules do not name.
            ledger = exits.enter_context(engine.ledger())
            takedowns = takedowns_in_force(engine, settings)
            named = hidden_documents(engine, takedowns)
            _tell_rules(takedowns, named)
            for notice in no_longer_in_force(engine, takedowns, settings):
                tell(f"note: {notice}")
            if named and not yes:
                _ask(len(named), ())
            is_given = bool(settings.hidden)
            applied = apply_takedowns(engine, takedowns, named, is_given=is_given)
            deleted, revisions = len(applied.articles), applied.revisions
            if applied.articles:
                ledger.disclaim(applied.articles)
        else:
            found: Sequence[str]
            if question is not None:
                found = _found(engine, settings, question, yes)
            else:
                found = _named(engine.stored, article_ids)
            if found and hide is not None:
                # First: whoever is killed before the articles go has them deleted by the next run.
                rules = _to_hide(question, found)
                added = add_rules(engine, settings, rules, hide, date.today())
                tell(f"note: {added:,} rule{'' if added == 1 else 's'} added to hidden.toml")
            deleted = delete_articles(engine, found)
            if any("query" in each for each in rules):
                # What a query names may be an earlier text of an article that stays; ids name whole articles.
                text = with_rules("", rules, hide or "", date.today())
                made = takedowns_of(text, RULES, settings.zone())
                revisions = forget_hidden_revisions(engine, made)
    for notice in revisions_said(revisions):
        tell(f"note: {notice}")
    click.echo(f"{deleted:,} deleted")
    if not deleted and not revisions:
        sys.exit(NOTHING)
    if hide is None and not by_rules:
        tell(
            "note: a later newssearch index brings back what is in a file that it reads again; "
            "--hide REASON keeps it out"
        )


def _question(text: str | None, options: dict[str, Any]) -> Question | None:
    """Return the question of a search, None where none is asked. Raises `click.UsageError` for a blank query."""
    if text is not None and not text.strip():
        raise click.UsageError("--query is blank; to delete every article write --query '*'")
    question = question_of(text_of([text or ""]), options)
    is_asked = text is not None or question != Question(match=question.match)
    return question if is_asked else None


def _named(stored: Callable[[str], Document | None], article_ids: Sequence[str]) -> list[str]:
    """Return those of the ids that the index has, and say which it has not."""
    found = []
    for article_id in dict.fromkeys(article_ids):
        if ARTICLE_ID.fullmatch(article_id) and stored(article_id) is not None:
            found.append(article_id)
        else:
            tell(f"newssearch: no article has the id {text_of([article_id])}")
    return found


def _found(
    engine: Engine, settings: Settings, question: Question, is_agreed: bool
) -> Sequence[str]:
    """Return the ids of what a search finds, once a person has agreed."""
    from search.service.service import SearchService

    with query_errors(question.text):
        found = SearchService(engine, settings).matching(question)
    for notice in found.notices:
        tell(f"note: {notice}")
    if found.ids and not is_agreed:
        _ask(len(found.ids), found.articles)
    return found.ids


def _ask(count: int, articles: Sequence[Article]) -> None:
    """Show what is about to be deleted, and ask; end the program where nobody is there to answer, or says no."""
    many = f"{count:,} article{'' if count == 1 else 's'}"
    tell(f"{many} found" + (":" if articles else ""))
    for article in articles:
        tell(f"  {article.article_id}  {article.title or '(no title)'}")
    if count > len(articles) > 0:
        tell(f"  and {count - len(articles):,} more")
    if not sys.stdin.isatty():
        tell(
            "newssearch: nothing was deleted, as nobody can be asked here; add --yes to delete them unasked"
        )
        sys.exit(ERROR)
    if not click.confirm(f"Delete {'it' if count == 1 else f'these {count:,}'}?", err=True):
        tell("newssearch: nothing was deleted")
        sys.exit(NOTHING)


def _tell_rules(takedowns: Takedowns, named: Mapping[str, Rule]) -> None:
    """Say how many articles each rule names."""
    from search.ingest.takedowns import counted_by_rule
    from search.present.terminal.reports import rule_lines

    counts = Counter(rule.number for rule in named.values())
    for line in (*takedowns.notices, *rule_lines(len(named), counted_by_rule(takedowns, counts))):
        tell(line)
    if not takedowns:
        tell("newssearch: no rules are in force; --hidden FILE names a file of them")


def _to_hide(question: Question | None, found: Sequence[str]) -> list[dict[str, str]]:
    """Return what rules are to name: the query where that alone was asked and always means the same, else each id."""
    from search.ingest.hidden_file import can_be_rule

    if question is not None and question == Question(text=question.text):
        rule = {"query": question.text}
        if can_be_rule(rule):
            return [rule]
    return [{"id": article_id} for article_id in found]
