"""The clauses of a query as they were typed, and the query without one of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from search.query.tree import And, Query, clauses

#: What stands between two clauses: brackets that close the first, an operator, and what opens the second.
_BETWEEN = re.compile(r"(?P<closing>[\s)]*)(?P<operator>AND(?![\w*]))?(?P<opening>.*)", re.DOTALL)


def clauses_typed(text: str, tree: Query) -> tuple[str, ...]:
    """Return the parts of *text* that the top-level clauses of *tree*, read from it, stand for.

    () where that cannot be told, as of the clauses of a saved search.
    """
    parts = clauses(tree)
    if not parts:
        return ()
    spans = [part.span for part in parts]
    ends = [0, *(end for _, end in spans)]
    if any(
        start < before or start >= end for before, (start, end) in zip(ends, spans, strict=False)
    ):
        return ()
    starts = [0]
    closings = []
    for (_, end), (start, _) in itertools.pairwise(spans):
        between = _BETWEEN.fullmatch(text, end, start)
        if between is None:  # it always does, as every part may be empty
            return ()
        closings.append(between.end("closing"))
        starts.append(between.start("opening"))
    closings.append(len(text))
    return tuple(text[start:end].strip() for start, end in zip(starts, closings, strict=True))


def text_without(tree: Query, typed: Sequence[str], number: int) -> str:
    """Return the query text of all clauses of *tree*, *typed* so, but for that of *number*, from 0."""
    others = [part for at, part in enumerate(typed) if at != number]
    return (" AND " if isinstance(tree, And) else " ").join(others)
