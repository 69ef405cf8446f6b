"""Compressing articles: as they come, and when segments are merged, with dictionaries trained on them.

Merging copies frames and dictionaries as they are, and compresses anew what has no dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from search.engines.whoosh_index.format.columns import damaged
from search.engines.whoosh_index.format.stored import PackedArticles
from search.engines.whoosh_index.write.limits import WriteLimits
from search.text.arrays import Ints

#: Bytes of the runs that a dictionary is put together from, and of the substrings by which they are found.
#: Given these, training takes a fifth of the time that finding better ones would.
_RUN, _SUBSTRING = 1000, 8
#: Bits of the numbers of substrings, and how quickly these are counted. With zstd's own, 20 and 1, training takes three times
#: as long, and articles come out 0.7 % smaller.
_BITS, _QUICKNESS = 19, 10


class Trained:
    """A compressor with a dictionary made of some articles, for those and for others like them."""

    def __init__(self, texts: Sequence[bytes], limits: WriteLimits) -> None:
        """Train on *texts*; if they are too little to learn from, do without a dictionary."""
        import zstandard

        trained = None
        if texts:
            # Spread over all of them, and the same for the same articles.
            text_bytes = sum(map(len, texts))
            most_bytes = limits.dictionary_bytes * limits.sampled_share
            step = max(-(-len(texts) // limits.samples), text_bytes // most_bytes)
            samples: list[bytes | bytearray | memoryview] = list(texts[::step])
            size = min(text_bytes // limits.dictionary_share, limits.dictionary_bytes)
            with suppress(zstandard.ZstdError):
                trained = zstandard.train_dictionary(
                    size, samples, k=_RUN, d=_SUBSTRING, f=_BITS, accel=_QUICKNESS
                )
        self.dictionaries = [] if trained is None else [trained.as_bytes()]
        self.has_dictionary = trained is not None
        self.used = 0
        # As quick as level 3, whose tables are too small for such a dictionary, and 3 % smaller. The
        # frame need not name the dictionary, which its document does.
        parameters = zstandard.ZstdCompressionParameters(
            strategy=zstandard.STRATEGY_DFAST,
            window_log=20,
            hash_log=17,
            chain_log=17,
            min_match=5,
            write_checksum=True,
            write_dict_id=False,
        )
        self._compressor = zstandard.ZstdCompressor(
            dict_data=trained, compression_params=parameters
        )

    def compressed(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return a frame of each of *texts*."""
        self.used += len(texts)
        compress = self._compressor.compress
        return [compress(text) for text in texts]


class Packer:
    """Compresses encoded articles as they come, with a dictionary once there are enough of them."""

    def __init__(self, limits: WriteLimits, trained: Trained | None = None) -> None:
        """Begin with what was *trained* on other articles, unless it has served for long."""
        self._limits = limits
        is_of_use = trained is not None and trained.used < limits.served_articles
        self._trained = trained if is_of_use else None
        self._is_decided = False
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._frames: list[bytes | memoryview] = []
        self._lengths: list[int] = []
        self._dictionary: list[int] = []
        self._packed_bytes = 0

    @property
    def trained(self) -> Trained | None:
        """What articles are compressed with, None as long as too few have come."""
        return self._trained

    @property
    def held_bytes(self) -> int:
        return self._waiting_bytes + self._packed_bytes

    def extend(self, texts: Sequence[bytes]) -> None:
        self._waiting += texts
        self._waiting_bytes += sum(map(len, texts))
        limits = self._limits
        enough = limits.min_trained if self._trained else limits.samples
        if (
            self._is_decided
            or len(self._waiting) >= enough
            or self._waiting_bytes > limits.waiting_bytes
        ):
            self._pack()

    def _pack(self) -> None:
        if not self._is_decided and len(self._waiting) >= self._limits.min_trained:
            self._trained = self._trained or Trained(self._waiting, self._limits)
            self._is_decided = True
        compressor = self._trained if self._is_decided else None
        frames = (compressor or Trained((), self._limits)).compressed(self._waiting)
        joined_frames = b"".join(frames)
        self._frames.append(joined_frames)
        self._lengths += map(len, frames)
        self._dictionary += [int(compressor is not None and compressor.has_dictionary)] * len(
            frames
        )
        self._packed_bytes += len(joined_frames) + 100 * len(frames)
        self._waiting, self._waiting_bytes = [], 0

    def packed(self) -> PackedArticles:
        """Return what was taken in."""
        if self._waiting:
            self._pack()
        is_used = any(self._dictionary)
        return PackedArticles(
            self._frames,
            np.array(self._lengths, np.int64),
            np.array(self._dictionary, np.int64),
            self._trained.dictionaries if self._trained and is_used else [],
        )


def joined(
    parts: Sequence[PackedArticles], paths: Sequence[Path], limits: WriteLimits
) -> PackedArticles:
    """Return the articles of *parts*, from the files at *paths*, one after another.

    Compressed as they were, but for those without a dictionary, which get one once there are enough of
    them. Raises `IndexDamaged` where one of these cannot be unpacked.
    """
    dictionaries: dict[bytes, int] = {}
    numbers: list[Ints] = []
    for part in parts:
        # Segments that one run has made share what was trained at its beginning.
        place = [0, *(dictionaries.setdefault(d, len(dictionaries) + 1) for d in part.dictionaries)]
        numbers.append(np.array(place)[part.dictionary])
    every = PackedArticles(
        [frames for part in parts for frames in part.frames],
        np.concatenate([part.lengths for part in parts]),
        np.concatenate(numbers),
        list(dictionaries),
    )
    plain = np.flatnonzero(every.dictionary == 0)
    if len(plain) < limits.min_trained:
        return every
    owner = np.repeat(np.arange(len(parts)), [len(part.lengths) for part in parts])
    return _compressed_anew(
        every, plain.tolist(), [paths[at] for at in owner[plain].tolist()], limits
    )


def _compressed_anew(
    packed: PackedArticles, plain: Sequence[int], paths: Sequence[Path], limits: WriteLimits
) -> PackedArticles:
    """Compress the articles *plain*, which have no dictionary, with one that is trained on some of them.

    They lie in the files at *paths*. Unpacked are the beginnings of those that it is trained on, and
    afterwards one article at a time.
    """
    import zstandard

    unpacker = zstandard.ZstdDecompressor()
    frames = list(packed.single_frames())
    found = [(frames[number], path) for number, path in zip(plain, paths, strict=True)]
    sizes = [_unpacked_size(frame, path, limits) for frame, path in found]
    step = -(-len(plain) // limits.samples)
    most = limits.frame_bytes
    if sum(sizes[::step]) > limits.sample_bytes:
        most = limits.sample_bytes // len(sizes[::step])
    samples = []
    for frame, path in found[::step]:
        with _blaming(path), unpacker.stream_reader(frame) as reader:
            samples.append(reader.read(most))
    trained = Trained(samples, limits)
    del samples
    if not trained.has_dictionary:
        return packed
    lengths, dictionary = packed.lengths.copy(), packed.dictionary.copy()
    for number, (frame, path) in zip(plain, found, strict=True):
        with _blaming(path):
            (frames[number],) = trained.compressed([unpacker.decompress(frame)])
        lengths[number] = len(frames[number])
    dictionary[plain] = len(packed.dictionaries) + 1
    return PackedArticles(
        frames, lengths, dictionary, [*packed.dictionaries, *trained.dictionaries]
    )


def _unpacked_size(frame: bytes | memoryview, path: Path, limits: WriteLimits) -> int:
    """Return how many bytes a *frame* unpacks to. Raises `IndexDamaged` where it is absurd."""
    import zstandard

    with _blaming(path):
        size = zstandard.frame_content_size(frame)
    if not 0 <= size <= limits.frame_bytes:
        raise damaged(path, "an article has an absurd size")
    return size


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Raise `IndexDamaged` of the file at *path* where a frame of it cannot be unpacked."""
    import zstandard

    try:
        yield
    except zstandard.ZstdError as exc:
        raise damaged(path, f"an article cannot be unpacked ({exc})") from exc
