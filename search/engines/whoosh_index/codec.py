"""Our segments as Whoosh sees them: enough of a codec for its searcher to run over them."""

from __future__ import annotations

from whoosh.codec.base import Segment

from search.engines.whoosh_index.segment import SegmentName


class ColumnSegment(Segment):
    """What Whoosh's table of contents keeps of one of our segments."""

    @classmethod
    def of(cls, name):
        segment = cls(name.name.split("_", 1)[0])
        segment.segid = name.name.split("_", 1)[1]
        segment.documents = name.documents
        segment.deleted = name.deleted
        segment.deletion_number = name.deletion_number
        return segment
