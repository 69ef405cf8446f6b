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
    #: Documents of a segment that is made of several, at most; not more than `MAX_DOCUMENTS`.
    max_documents: int = MAX_DOCUMENTS
    #: A segment with this number of live documents is full and left as it is. Smaller ones are merged as soon as
    #: they make a full one, so that most articles are rewritten once.
    full_documents: int = MAX_DOCUMENTS * 3 // 4
    #: A segment of this size is full whatever it holds, and merging makes none that is larger: a commit that
    #: merges must come to an end, and a merge holds a quarter of this in memory.
    max_merged_bytes: int = 1 << 30
    #: Segments of about one size that are merged at a time until they make a full one. What comes in small
    #: commits is rewritten each time its segment has grown by this factor.
    merge_factor: int = 8
    #: A segment is rewritten when more than this share of it is deleted.
    max_deleted: float = 0.3

    # Stories

    #: Whether copies of an article are found. Without it each has a story of its own.
    stories: bool = True
    #: Pairs of texts from which on another process compares half of them.
    aside_pairs: int = 500

    # Names

    #: Whether it is found which names are one. Without it each is counted as articles have it.
    joined_names: bool = True
    #: Documents of an index from which on another process finds that out, while this one finds copies.
    aside_documents: int = 3000

    # Memory

    #: Bytes that what becomes a segment may hold, for each megabyte that adding may take: the rest is Python's
    #: and numpy's own, and room to sort and write in. And what it may hold at least.
    held_per_mb: int = 500_000
    least_held: int = 8_000_000
    #: Bytes of articles whose words are found at once.
    batch_bytes: int = 2_000_000
    #: Positions that are merged at once; about ten arrays of 64-bit numbers, each of this length, are held for it.
    positions_at_once: int = 1_000_000
    #: Postings that are sorted at once for the lists of stems, with five such arrays.
    postings_at_once: int = 500_000

    # Compressed articles

    #: Fewer articles are compressed without a dictionary: they are not enough to learn from.
    min_trained: int = 256
    #: Articles that a dictionary is trained on; more take longer and bring nothing.
    samples: int = 4000
    #: Bytes of a dictionary at most, and how many times as large the articles must be that it is for: it is stored too.
    dictionary_bytes: int = 1 << 20
    dictionary_share: int = 8
    #: How many times as large what it is trained on is at most. Of twice as much it takes a third longer to train, and
    #: articles come out 1.5 % larger.
    sampled_share: int = 4
    #: Bytes of articles that it is trained on when segments are merged. Of longer articles it is trained on the beginnings.
    sample_bytes: int = 16 << 20
    #: Articles that one dictionary serves before another is trained.
    served_articles: int = 1 << 16
    #: Bytes of articles that wait for a dictionary.
    waiting_bytes: int = 16 << 20
    #: Bytes that an article unpacks to at most.
    frame_bytes: int = MAX_FRAME_BYTES


WRITE_LIMITS = WriteLimits()
