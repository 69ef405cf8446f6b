"""The other documents of the stories on a page: in which order, and from which sources."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import NamedTuple

import numpy as np

from search.engines.protocol.result import Copy, PublicationDate, Story
from search.engines.records import from_microseconds
from search.engines.whoosh_index.evaluate.order import date_order
from search.engines.whoosh_index.format.documents import PRECISION_NAMES
from search.engines.whoosh_index.format.stored import UNDATED
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.engines.whoosh_index.snapshot.stories import Stories
from search.text.arrays import Floats, Ints

#: Copies of a story of which ids decide between equal ones: those after them are only counted, and
#: their sources named, so that a story of thousands does not take longer than the rest of the page.
_MANY = 200


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
    groups = stories.groups.take(copies_found)
    order = date_order(snapshot.documents.dates.take(copies_found), sort)
    minus_scores = np.zeros(len(groups), np.float32) if scores is None else -scores
    shown = np.array(list(shown_of.values()))
    names = sources.first_values(np.concatenate([copies_found, shown])) if sources else []
    names = names or [""] * (len(groups) + len(shown))
    own_source = dict(zip(shown_of, names[len(groups) :], strict=True))
    counts = np.bincount(groups)
    at = np.arange(len(groups))
    later: dict[int, list[str]] = {}
    if len(at) > _MANY:
        at = np.lexsort((order, minus_scores, groups))
        of_ranked = groups.take(at)
        place = np.arange(len(at)) - of_ranked.searchsorted(of_ranked)
        for group, number in zip(
            of_ranked[place >= _MANY].tolist(), at[place >= _MANY].tolist(), strict=True
        ):
            later.setdefault(group, []).append(names[number])
        at = at[place < _MANY]
    documents = copies_found.take(at).tolist()
    rows = sorted(
        map(
            _Row,
            groups.take(at).tolist(),
            minus_scores.take(at).tolist(),
            order.take(at).tolist(),
            map(snapshot.article_id, documents),
            documents,
            [names[number] for number in at.tolist()],
        )
    )
    found = {}
    for group, of_group in groupby(rows, key=lambda row: row.group):
        copies = list(of_group)
        all_names = [*(row.source for row in copies), *later.get(group, ())]
        named = [name for name in all_names if name not in ("", own_source[group])]
        found[shown_of[group]] = Story(
            int(counts[group]),
            tuple(_copy(snapshot, row) for row in copies[:most]),
            tuple(dict.fromkeys(named)),
            len(all_names) - len(named),
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
