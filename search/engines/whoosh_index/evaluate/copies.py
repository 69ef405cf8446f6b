"""The other documents of the stories on a page: in which order, and from which sources."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import NamedTuple

import numpy as np

from search.engines.protocol import Copy, PublicationDate, Story
from search.engines.whoosh_index.evaluate.order import date_order
from search.engines.whoosh_index.format.documents import PRECISION_NAMES
from search.engines.whoosh_index.format.stored import UNDATED, from_microseconds
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.stories import Stories
from search.text.arrays import Floats, Ints


class _Row(NamedTuple):
    """One document in the order of its group."""

    group: int
    minus_score: float
    order: int
    article_id: str
    document: int
    source: str


def stories_of(
    snapshot: Snapshot,
    stories: Stories,
    shown_of: dict[int, int],
    copies_found: Ints,
    scores: Floats | None,
    sort: str,
    sources: FacetTable | None,
    most: int,
) -> dict[int, Story]:
    """Return the story of each of the documents shown, those left out of whose group there are no *copies_found*.

    *shown_of* says which document of a group is shown; *copies_found* are all else that is found of these groups, with their
    *scores* if these decide. A story has *most* copies at most.
    """
    shown = np.array(list(shown_of.values()))
    names = sources.first_values(np.concatenate([copies_found, shown])) if sources else []
    names = names or [""] * (len(copies_found) + len(shown))
    own_source = dict(zip(shown_of, names[len(copies_found) :], strict=True))
    dates = snapshot.documents.dates.take(copies_found)
    rows = sorted(
        map(
            _Row,
            stories.groups.take(copies_found).tolist(),
            (np.zeros(len(copies_found)) if scores is None else -scores).tolist(),
            date_order(dates, sort).tolist(),
            map(snapshot.article_id, copies_found.tolist()),
            copies_found.tolist(),
            names,
        )
    )
    found = {}
    for group, of_group in groupby(rows, key=lambda row: row.group):
        copies = list(of_group)
        named = dict.fromkeys(row.source for row in copies)
        for name in ("", own_source[group]):
            named.pop(name, None)
        found[shown_of[group]] = Story(
            len(copies),
            tuple(_copy(snapshot, row) for row in copies[:most]),
            tuple(named),
        )
    return found


def _copy(snapshot: Snapshot, row: _Row) -> Copy:
    documents, document = snapshot.documents, row.document
    instant = int(documents.dates[document])
    date = None
    if instant != UNDATED:
        # A segment without precisions has instants.
        precision = PRECISION_NAMES.get(int(documents.precisions[document])) or "second"
        date = PublicationDate(from_microseconds(instant), precision)
    return Copy(row.article_id, row.source, date, partial(snapshot.document_at, document))
