"""How a question is read: its text as a tree, other spellings and synonyms of its words, and what is said of each clause."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from search.engines.protocol.engine import KnowsWords, Searcher
from search.model.question import Question
from search.model.settings import Settings
from search.query.context import ParseContext
from search.query.parser import Parsed, parse
from search.query.render import render
from search.query.saved_searches import SavedSearches
from search.query.tree import Query, clauses
from search.query.typed import clauses_typed, text_without
from search.service.answer import Clause
from search.service.languages_read import languages_of, languages_read
from search.service.names_typed import as_typed
from search.service.spellings import Spellings

if TYPE_CHECKING:
    from search.query.synonyms_file import SynonymTable


class QuestionReader:
    """Reads questions for one engine, by the settings of a service."""

    def __init__(
        self, engine: Searcher, settings: Settings, now: Callable[[], datetime] | None
    ) -> None:
        """*now* returns the current time, aware. Raises `SettingError` where the time zone does not exist."""
        self._settings = settings
        self._now = now
        self._stemmed = engine.fields.stemmed
        # Asked once, as it takes longer than to read a query.
        self._words = engine if isinstance(engine, KnowsWords) else None
        #: How the articles of the engine spell words.
        self.spellings = Spellings(engine)
        #: What the file of synonyms says, and when it was written.
        self._synonyms: tuple[tuple[int, int] | None, SynonymTable | None] = (None, None)
        self._context = ParseContext(
            zone=settings.zone(),
            max_chars=settings.max_query_chars,
            max_clauses=settings.max_clauses,
            max_expanding=settings.max_expanding,
            max_depth=settings.max_depth,
            fields=engine.fields,
        )

    def context(self) -> ParseContext:
        """Return what one question is read by."""
        context = self._context
        if self._now is not None:
            context = context._replace(now=self._now())
        # Read another time for each question: a person edits the file while the page is served.
        return context._replace(saved=SavedSearches(self._settings, context.fields))

    def files(self) -> list[str]:
        """Return what tells the files that questions are read by, those of synonyms and saved searches, from what they were before."""
        paths = self._settings.synonyms, self._settings.saved_searches
        return [str(_modified(path)) for path in paths if path]

    def read(
        self, text: str, context: ParseContext, question: Question | None = None
    ) -> tuple[Parsed, Query]:
        """Return how *text* is read, with all notices, and the tree with the other spellings of its words.

        With their synonyms, too, where there is a *question* that wants them.

        Raises `QueryError` where *text* is malformed, `SettingError` where a file that it needs cannot be used, `EngineError`.
        """
        parsed = parse(text, context)
        typed, of_names = as_typed(parsed.tree, text, self._words)
        parsed = Parsed(typed, (*parsed.notices, *of_names))
        tree, notices = self.spellings.spelled(typed, text)
        if question is not None:
            read = self.with_synonyms(tree, question)
            tree, notices = read.tree, (*notices, *read.notices)
        return Parsed(parsed.tree, (*parsed.notices, *notices)) if notices else parsed, tree

    def with_synonyms(self, tree: Query, question: Question) -> Parsed:
        """Return *tree* with the synonyms of its words, where there is a file of them and *question* wants them.

        Raises `SettingError` where the file cannot be used.
        """
        path = self._settings.synonyms
        if not path or not question.synonyms:
            return Parsed(tree)
        from search.query.synonyms import with_synonyms
        from search.query.synonyms_file import read_synonyms

        # A person edits the file while the page is served.
        found = _modified(path)
        known, table = self._synonyms
        if table is None or not found or found != known:
            table = read_synonyms(path)
        table = table.in_languages(languages_of(self._words))
        self._synonyms = found, table
        return with_synonyms(tree, table, joins_words=question.match != "most")

    def read_as(self, question: Question, tree: Query, counts: Sequence[int]) -> tuple[Clause, ...]:
        """Return how each clause of *tree*, of *question*, was read; *counts* are how many articles each finds."""
        parts = clauses(tree)
        languages = languages_read(parts, question, self._words, self._stemmed)
        typed = clauses_typed(question.text, tree)
        known: list[tuple[str | None, str | None]] = [
            (part, text_without(tree, typed, number)) for number, part in enumerate(typed)
        ] or [(None, None)] * len(parts)
        if not self._settings.synonyms:
            return tuple(
                Clause(render(part), count, (), own, *words)
                for part, count, own, words in zip(parts, counts, languages, known, strict=True)
            )
        from search.query.synonyms import synonyms_in, without_synonyms

        return tuple(
            Clause(render(without_synonyms(part)), count, synonyms_in(part), own, *words)
            for part, count, own, words in zip(parts, counts, languages, known, strict=True)
        )


def _modified(path: str) -> tuple[int, int] | None:
    """Return what tells the content of a file from what it was before, None where it cannot be read."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
