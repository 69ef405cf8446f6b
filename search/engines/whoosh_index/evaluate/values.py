"""Which documents have a value at all, in a field or any of several."""

from __future__ import annotations

import numpy as np

from search.engines.ranking import POSITION_GAP
from search.engines.whoosh_index.evaluate.limits import Deadline
from search.engines.whoosh_index.snapshot.facets import FacetTable
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.text.arrays import Bools


def facet_table(
    snapshot: Snapshot, field: str, deadline: Deadline, *, as_written: bool
) -> FacetTable:
    """Return the table of a facet; the time that it takes to make one does not count."""
    if not snapshot.has_facet(field, as_written=as_written):
        with deadline.paused():
            return snapshot.facet(field, as_written=as_written)
    return snapshot.facet(field, as_written=as_written)


def documents_with_value(snapshot: Snapshot, field: str, deadline: Deadline) -> Bools:
    """Return for each document of *snapshot* whether it has a value in *field*; in any of its fields if that is a group.

    A text has one where it has a word, and so has a field that is no facet.
    """
    layout, documents = snapshot.layout, snapshot.documents
    found = np.zeros(documents.size, bool)
    for name in layout.fields.groups.get(field, (field,)):
        deadline.check()
        if name in layout.facets:
            found |= facet_table(snapshot, name, deadline, as_written=True).has_value
        elif name in layout.fields.stemmed:
            column = layout.text_fields.index(name)
            before = documents.field_ends(column - 1) if column else 0
            # A text without a word takes only the gap after it.
            found |= documents.field_ends(column).astype(np.int64) - before > POSITION_GAP
        else:
            for base, segment in zip(documents.bases, snapshot.segments, strict=True):
                found[base + segment.family(name).form_lists.columns.documents.astype(np.int64)] = (
                    True
                )
    return found
