"""The file that says what is to stay out of an index: the rules of hidden.toml, read and added to, see docs/takedowns.md.

A rule names articles by id, address and author, or by a query, which only an engine can be asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol

from search.engines.protocol.facets import facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.staging import StagingEngine
from search.model.article import ARTICLE_ID, Article
from search.model.errors import QueryError, SettingError
from search.model.settings import Settings
from search.model.toml_file import toml_string, toml_table, toml_text
from search.model.whole_file import held, put_text
from search.query.tree import Query
from search.readers.ids import canonical_url

#: The name under which an index keeps its rules.
RULES = "hidden.toml"

#: A file of a hundred thousand rules; a longer one is another file.
MAX_FILE_BYTES = 20_000_000

_NAMING = ("id", "url", "author", "query")
_KEYS = (*_NAMING, "reason", "date")
_HEADER = re.compile(r"\s*\[\[\s*hide\s*\]\]")
_SAMPLE = '[[hide]], and below it lines such as id = "reut-1234", reason = "court order", date = 2026-11-29'
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?:www\.)?", re.IGNORECASE)


class Rule(NamedTuple):
    """One rule: the articles for which all that it names is so, and why nobody is to see them.

    ``number`` counts the rules of a file from 1. ``article_id``, ``url`` and ``author`` are "" where the rule
    names none; ``tree`` is what its query reads as.
    """

    number: int
    line: int
    reason: str
    date: str
    article_id: str = ""
    url: str = ""
    author: str = ""
    query: str = ""
    tree: Query | None = None

    def __str__(self) -> str:
        """Return what it names, for a person."""
        named = (("id", self.article_id), ("url", self.url), ("author", self.author))
        parts = [f"{key} {value}" for key, value in (*named, ("query", self.query)) if value]
        return " and ".join(parts)

    def said(self) -> str:
        """Return by which rule something is hidden, and why."""
        return f"hidden by rule {self.number} ({self}): {self.reason}, {self.date}"

    @property
    def request(self) -> SearchRequest:
        """What a query of the rule asks an engine for."""
        assert self.tree is not None  # noqa: S101
        return SearchRequest(tree=self.tree)

    def names(self, article: Article) -> bool:
        """Whether *article* has the id, the address and the author of the rule, as far as it names them."""
        return (
            (not self.article_id or self.article_id == article.article_id)
            and (not self.url or _is_at(article.url, self.url))
            and (not self.author or facet_key(self.author) in _author_keys(article))
        )


class Takedowns:
    """The rules in force. Empty, it hides nothing."""

    __slots__ = ("_addresses", "_authors", "_ids", "_others", "digest", "notices", "rules", "text")

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        text: str = "",
        digest: str = "",
        notices: tuple[str, ...] = (),
    ) -> None:
        """*text* is that of the file, *digest* tells it from others, *notices* say how queries were read."""
        self.rules = tuple(rules)
        self.text = text
        self.digest = digest
        self.notices = notices
        # Each rule under the one thing by which it is found soonest.
        self._ids: dict[str, list[Rule]] = {}
        self._addresses: dict[str, list[Rule]] = {}
        self._authors: dict[str, list[Rule]] = {}
        self._others: list[Rule] = []
        for rule in self.rules:
            if rule.tree is not None:
                continue
            if rule.article_id:
                self._ids.setdefault(rule.article_id, []).append(rule)
            elif rule.author:
                self._authors.setdefault(facet_key(rule.author), []).append(rule)
            elif rule.url.endswith("*") or not canonical_url(rule.url):
                self._others.append(rule)
            else:
                self._addresses.setdefault(canonical_url(rule.url), []).append(rule)

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def queries(self) -> tuple[Rule, ...]:
        """The rules that ask the engine."""
        return tuple(rule for rule in self.rules if rule.tree is not None)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that rules name."""
        return tuple(self._ids)

    @property
    def reads_articles(self) -> bool:
        """Whether an article has to be looked at to tell that a rule names it."""
        return bool(self._addresses or self._authors or self._others)

    def rule_of(self, article: Article) -> Rule | None:
        """Return the first rule without a query that names *article*, None where none does."""
        found = [*self._ids.get(article.article_id, ())]
        if self._addresses and article.url:
            found += self._addresses.get(canonical_url(article.url), ())
        if self._authors:
            for key in _author_keys(article):
                found += self._authors.get(key, ())
        found += self._others
        named = (rule for rule in found if rule.names(article))
        return min(named, key=lambda rule: rule.number, default=None)


#: What is used without a file.
NO_TAKEDOWNS = Takedowns()


def _author_keys(article: Article) -> set[str]:
    """Return the keys of an article's authors: those that count, and those that were read."""
    return {facet_key(name) for name in (*article.authors, *article.authors_as_read)}


def _is_at(url: str, wanted: str) -> bool:
    """Whether *url* is the address *wanted*, or begins with it where that ends in a star."""
    if wanted.endswith("*"):
        return url.startswith(wanted[:-1]) or _plain(url).startswith(_plain(wanted[:-1]))
    return url == wanted or canonical_url(wanted) == canonical_url(url) != ""


def _plain(url: str) -> str:
    """Return an address without its scheme and ``www.``, the host in small letters."""
    host, slash, path = _SCHEME.sub("", url.strip(), count=1).partition("/")
    return host.lower() + slash + path


# Reading the file


def read_takedowns(path: str, zone: tzinfo = UTC) -> Takedowns:
    """Return the rules in the file at *path*, whose days are those of *zone*.

    Raises `SettingError`, which names the line and what to do, where any of it cannot be used.
    """
    text = toml_text(path, "rules of what is to stay out", MAX_FILE_BYTES, "nothing was changed")
    return takedowns_of(text, path, zone)


def takedowns_of(text: str, path: str, zone: tzinfo = UTC) -> Takedowns:
    """Return the rules that *text* has; *path* is for messages. Raises as `read_takedowns`."""
    if not text:
        return NO_TAKEDOWNS
    table = toml_table(text, path, f"a rule is {_SAMPLE}")
    return _Reading(path, text, zone).takedowns(table)


class _Reading:
    """What a file says, and where it cannot be used."""

    def __init__(self, path: str, text: str, zone: tzinfo) -> None:
        self._path = path
        self._text = text
        self._zone = zone
        self._lines = text.splitlines()
        self._headers = [n for n, line in enumerate(self._lines, 1) if _HEADER.match(line)]
        self._notices: list[str] = []

    def takedowns(self, table: Mapping[str, object]) -> Takedowns:
        for key in table:
            if key != "hide":
                raise self._error(0, key, f"{key!r} is not known here; a rule is {_SAMPLE}")
        listed = table.get("hide", [])
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise self._error(0, "hide", f"a rule is {_SAMPLE}")
        rules = [self._rule(number, each) for number, each in enumerate(listed, 1)]
        digest = blake2b(f"{self._zone}\n{self._text}".encode(), digest_size=16).hexdigest()
        return Takedowns(rules, self._text, digest, tuple(self._notices))

    def _rule(self, number: int, table: Mapping[str, object]) -> Rule:
        for key in table:
            if key not in _KEYS:
                raise self._error(number, key, f"{key!r} is not known; a rule has {_listed(_KEYS)}")
        values = {key: self._value(number, key, table[key]) for key in table}
        if not any(key in values for key in _NAMING):
            raise self._error(number, "", f"names no article; give one of {_listed(_NAMING)}")
        for key, sample in (("reason", '"court order"'), ("date", f"{date.today()}")):
            if key not in values:
                raise self._error(number, "", f"has no {key}; add a line {key} = {sample}")
        article_id, url = values.get("id", ""), values.get("url", "")
        if article_id and not ARTICLE_ID.fullmatch(article_id):
            raise self._error(
                number,
                "id",
                f"{article_id!r} is no id of an article; newssearch query --ids lists ids",
            )
        if "*" in url[:-1] or url == "*":
            raise self._error(
                number,
                "url",
                f"{url!r}: a star stands at the end, after the beginning of addresses",
            )
        query = values.get("query", "")
        if query and len(values.keys() & set(_NAMING)) > 1:
            raise self._error(
                number,
                "query",
                "has a query and more; say all of it in the query, as in query = 'author:\"Jane Doe\" budget'",
            )
        return Rule(
            number,
            self._line_of(number, ""),
            values["reason"],
            values["date"],
            article_id,
            url,
            values.get("author", ""),
            query,
            self._tree(number, query) if query else None,
        )

    def _value(self, number: int, key: str, value: object) -> str:
        if key == "date":
            if isinstance(value, datetime):
                value = value.date()
            if isinstance(value, date):
                return value.isoformat()
            try:
                return date.fromisoformat(str(value)).isoformat()
            except ValueError:
                raise self._error(
                    number, key, f"{str(value)!r} is no date; write it as in date = {date.today()}"
                ) from None
        if not isinstance(value, str) or not value.strip():
            raise self._error(
                number, key, f'after {key} comes a text in quotation marks, as in {key} = "..."'
            )
        return value.strip()

    def _tree(self, number: int, query: str) -> Query:
        from search.query.context import ParseContext  # few files have queries
        from search.query.parser import parse

        trees = []
        try:
            for now in (datetime(2001, 2, 3, tzinfo=UTC), datetime(2011, 12, 13, tzinfo=UTC)):
                parsed = parse(query, ParseContext(zone=self._zone, now=now))
                trees.append(parsed.tree)
        except QueryError as exc:
            part = f" (at {query[exc.start : exc.end]!r})" if query[exc.start : exc.end] else ""
            raise self._error(number, "query", f"{exc.message}{part}") from exc
        if trees[0] != trees[1]:
            raise self._error(
                number,
                "query",
                "has a date that depends on the day on which it is asked; write the dates out",
            )
        where = f"{self._path}:{self._line_of(number, 'query')}"
        self._notices += [f"{where}: {notice}" for notice in parsed.notices]
        return trees[0]

    def _line_of(self, number: int, key: str) -> int:
        """Return the line of a key of a rule, or of the rule; with 0 for *number*, of a key outside of all."""
        first = self._headers[number - 1] if 0 < number <= len(self._headers) else 0
        after = self._headers[number] if 0 < number < len(self._headers) else len(self._lines) + 1
        if key:
            pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[\].=]""")
            for line in range(first + 1 if number else 1, after):
                if pattern.match(self._lines[line - 1]):
                    return line
        return first or 1

    def _error(self, number: int, key: str, said: str) -> SettingError:
        rule = f"rule {number}: " if number else ""
        return SettingError(f"{self._path}:{self._line_of(number, key)}: {rule}{said}")


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(keys[:-1]) + f" and {keys[-1]}"


# Which file counts, and adding to it


class Holds(Protocol):
    """What the rules of an index are read from: an engine or a rebuild of `search.engines.staging`."""

    def text(self, name: str) -> str:
        """Return the text that the index keeps under *name*."""
        ...


def takedowns_in_force(index: Holds, settings: Settings) -> Takedowns:
    """Return the rules of the file that the *settings* name, else those that the index keeps. Raises `SettingError`."""
    if settings.hidden:
        return read_takedowns(settings.hidden, settings.zone())
    return takedowns_of(index.text(RULES), f"{settings.index}/{RULES}", settings.zone())


def with_rules(text: str, named: Iterable[Mapping[str, str]], reason: str, day: date) -> str:
    """Return the *text* of a file of rules with one more for each of *named*, which has what it names by key."""
    more = []
    for each in named:
        lines = [f"{key} = {toml_string(value)}" for key, value in each.items()]
        more.append(
            "\n".join(["[[hide]]", *lines, f"reason = {toml_string(reason)}", f"date = {day}", ""])
        )
    return "\n".join([text.rstrip() + "\n" * bool(text.strip()), *more]).lstrip()


def can_be_rule(named: Mapping[str, str]) -> bool:
    """Whether a file of rules can name articles so: no date of a query depends on today, say, nor on a saved search."""
    try:
        takedowns_of(with_rules("", [named], "a", date.today()), RULES)
    except SettingError:
        return False
    return True


def add_rules(
    engine: StagingEngine,
    settings: Settings,
    named: Sequence[Mapping[str, str]],
    reason: str,
    day: date,
) -> int:
    """Add rules to the file that the *settings* name, if any, and to those that the index keeps; return how many.

    None is added twice, and none is lost of another process that adds some at the same time. A file that is not
    there yet begins with the rules that the index keeps. Raises `SettingError` where the file, or what is named,
    cannot be used; then nothing has changed.
    """
    if not settings.hidden:
        is_kept = False
        while not is_kept:
            kept = engine.text(RULES)
            before = takedowns_of(kept, f"{settings.index}/{RULES}", settings.zone())
            text, count = _with_new(before, named, reason, day, settings)
            is_kept = not count or engine.keep_text(RULES, text, before=kept)
        return count
    path = os.path.realpath(settings.hidden)
    try:
        with held(Path(path).parent):
            from_file = os.path.exists(path)
            before = takedowns_in_force(
                engine, settings if from_file else settings._replace(hidden="")
            )
            text, count = _with_new(before, named, reason, day, settings)
            if count:
                put_text(Path(path), text)
            if engine.text(RULES) != text:
                engine.keep_text(RULES, text)
    except OSError as exc:
        raise SettingError(
            f"{settings.hidden or RULES}, the file of what is to stay out: {exc.strerror}; nothing was deleted"
        ) from exc
    return count


def _with_new(
    before: Takedowns,
    named: Sequence[Mapping[str, str]],
    reason: str,
    day: date,
    settings: Settings,
) -> tuple[str, int]:
    """Return the text of the rules *before* and of those that are new, and how many these are. Raises `SettingError`."""
    known = {
        (rule.article_id, rule.query) for rule in before.rules if not (rule.url or rule.author)
    }
    new = [each for each in named if (each.get("id", ""), each.get("query", "")) not in known]
    text = with_rules(before.text, new, reason, day) if new else before.text
    if len(text.encode()) > MAX_FILE_BYTES:
        raise SettingError(
            f"{settings.hidden or RULES}: {len(new):,} more rules make it larger than {MAX_FILE_BYTES:,} bytes; hide them by"
            " --query, which is one rule"
        )
    takedowns_of(text, settings.hidden or RULES, settings.zone())
    return text, len(new)
