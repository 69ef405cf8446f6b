"""What writing may take, how much of it is done at once, and how large segments become."""

from __future__ import annotations

from dataclasses import dataclass

from search.engines.whoosh_index.format.layout import MAX_DOCUMENTS
from search.engines.whoosh_index.format.stored import MAX_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """Handed down from the engine to all that writes."""

    # Segments

    #: Documents that a segment is first written with at most.
    written_documents: int = MAX_DOCUMENTS
    #: Documents that a segment has at most that is made of several; not more than `MAX_DOCUMENTS`.
    max_documents: int = MAX_DOCUMENTS
    #: A segment of so many live documents is full: it is left as it is. One of smaller ones that together
    #: make a full one is made as soon as it can be, so an article is rewritten into its last place once.
    full_documents: int = MAX_DOCUMENTS * 3 // 4
    #: A segment of so many bytes is full whatever it holds, and none larger is made of several: a commit
    #: that merges must come to an end, and a merge holds a quarter of this in memory.
    max_merged_bytes: int = 1 << 30
    #: Until they make a full one segments of about one size are merged so many at a time: what comes in
    #: small commits is rewritten once each time its segment is so many times as large.
    merge_factor: int = 8
    #: A segment is rewritten once more than this part of it is deleted.
    max_deleted: float = 0.3

    # Memory

    #: Bytes that what becomes a segment may hold, for each megabyte that adding may take: the rest is Python's
    #: and numpy's own, and room to sort and write in. And what it may hold at least.
    held_per_mb: int = 500_000
    least_held: int = 8_000_000
    #: Bytes of articles whose words are found at once.
    batch_bytes: int = 2_000_000
    #: Positions that are merged at once: some ten arrays of so many 64-bit numbers are held for it.
    positions_at_once: int = 1_000_000
    #: Postings that are sorted at once for the lists of stems: five arrays of so many 64-bit numbers.
    postings_at_once: int = 500_000

    # Compressed articles

    #: Fewer articles are compressed without a dictionary: there is not enough to learn from.
    min_trained: int = 256
    #: Articles that a dictionary is trained on; more take longer and bring nothing.
    samples: int = 4000
    #: A dictionary is at most so large, and at most so small a part of what it is trained on: it is stored too.
    dictionary_bytes: int = 1 << 20
    dictionary_share: int = 8
    #: Bytes of articles that it is trained on when segments are merged: twice what the largest one needs. Of
    #: longer articles it is trained on the beginnings.
    sample_bytes: int = 16 << 20
    #: Articles that one dictionary serves before another is trained.
    served_articles: int = 1 << 16
    #: Bytes of articles that wait for a dictionary.
    waiting_bytes: int = 16 << 20
    #: Bytes that an article unpacks to at most.
    frame_bytes: int = MAX_FRAME_BYTES


WRITE_LIMITS = WriteLimits()
