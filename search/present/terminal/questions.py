"""A question on the terminal: how it was read, where it is malformed, and as a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.present.terminal.lines import columns
from search.present.terminal.safe import visible
from search.service.naming import forms_read

if TYPE_CHECKING:
    from search.model.errors import QueryError
    from search.model.question import Question
    from search.service.answer import Clause, ResultPage

#: Characters of a query shown before its fault; after it, twice as many.
_AROUND_ERROR = 30


def read_as_line(page: ResultPage) -> str:
    """Return how the query was read, with counts; "" if it was read as typed."""
    parts = page.read_as
    typed = page.question.text.strip().casefold()
    forms = forms_read(page)
    is_plain = len(parts) == 1 and not parts[0].synonyms and not forms
    if not parts or (is_plain and parts[0].text == typed):
        return ""
    read = "  ".join(f"{_read(part)} ({part.count:,})" for part in parts)
    return f"read as: {read}{', ' if forms else ''}{forms}"


def _read(part: Clause) -> str:
    also = f" [or {', '.join(map(visible, part.synonyms))}]" if part.synonyms else ""
    return visible(part.text) + also


def error_lines(text: str, error: QueryError) -> tuple[str, str]:
    """Return the query around its fault, and a line with carets below the fault."""
    start = max(0, min(error.start, len(text)))
    first = max(0, start - _AROUND_ERROR)
    last = min(len(text), start + 2 * _AROUND_ERROR)
    before, bad = visible(text[first:start]), visible(text[start : max(error.end, start)])
    lead = "..." if first else ""
    after = visible(text[start + len(bad) : last]) + ("..." if last < len(text) else "")
    bad = bad[: 2 * _AROUND_ERROR]
    carets = "^" * max(1, columns(bad))
    return f"  {lead}{before}{bad}{after}", "  " + " " * columns(lead + before) + carets


def command_for(question: Question, options: Sequence[str] = ()) -> str:
    """Return the command that asks *question*, ready to copy into a shell.

    *options* are further words of the command line, such as --index and its value.
    """
    import shlex

    words = ["newssearch", "query", *options]
    for selection in question.selections:
        for value in selection.values:
            words += [f"--{selection.field}", value]
    for selection in question.excluded:
        for value in selection.values:
            words += ["--exclude", f"{selection.field}:{value}"]
    for field in question.without:
        words += ["--without", field]
    for name, value, default in (
        ("--from", question.start, ""),
        ("--to", question.end, ""),
        ("--added-from", question.added_from, ""),
        ("--added-to", question.added_to, ""),
        ("--match", question.match, "all"),
        ("--sort", question.sort, "relevance"),
    ):
        words += [name, value] if value != default else []
    words += [] if question.joined else ["--no-joined"]
    words += [] if question.synonyms else ["--no-synonyms"]
    words += ["--"] if question.text.startswith("-") else []
    return shlex.join([*words, question.text] if question.text else words)
