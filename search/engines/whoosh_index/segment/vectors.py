"""Files of vectors in the folder of an index: what the passages of articles mean, by article and revision.

They lie beside the segments and belong to none: merging, deleting and making an index anew leave them as they are.
docs/index-format.md describes them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from search.engines.rescoring.nearness import as_read
from search.engines.whoosh_index.format.columns import ColumnFile, FileOf, damaged
from search.engines.whoosh_index.segment.reader import SegmentReader
from search.engines.whoosh_index.segment.toc import INDEX_NAME
from search.text.arrays import Array, Floats, Int8s, Ints, Numbers, indices_of, starts_of

#: What the lengths of stored vectors, and of the sums of an article's, are multiplied with, as whole numbers are stored.
LENGTH_SCALE, SUM_SCALE = 1_000, 1_000_000

VECTORS_FILE = re.compile(rf"{INDEX_NAME}\.([0-9]+)\.nsv")
#: How often to list the files again when a writer removes one while they are opened.
_ATTEMPTS = 20


def vectors_path(folder: Path, number: int) -> Path:
    """Return where the vectors with that *number* lie."""
    return folder / f"{INDEX_NAME}.{number}.nsv"


def file_of(model: str, number: int, documents: int) -> FileOf:
    """Return what a file of vectors is of: in the place of a segment stands the label of the *model*."""
    return FileOf("vectors", model, number, documents)


class VectorFile:
    """One file opened for reading: a row for each revision of an article, by the hash of its id."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises FileNotFoundError, and `IndexDamaged` where its columns do not fit."""
        self.columns = ColumnFile(path)
        of = self.columns.of
        if of.kind != "vectors":
            raise damaged(path, f"is of {of}")
        #: The label of the model that made them, and how many rows there are.
        self.model, self.size = of.segment, of.documents
        for name in ("ids", "added", "revisions"):
            self.columns.check_length(name, self.size)
        self.columns.check_length("starts", self.size + 1)
        self.ids = self.columns["ids"]
        self.added = self.columns["added"]
        self.revisions = self.columns["revisions"]
        self._starts: Ints = self.columns["starts"].astype(np.int64)
        passages = int(self._starts[-1])
        numbers = self.columns["vectors"].view(np.int8)
        self.dimensions = len(numbers) // passages if passages else 0
        if passages * self.dimensions != len(numbers) or (np.diff(self._starts) < 0).any():
            raise damaged(path, "its vectors do not fit its documents")
        #: A row for each passage.
        for name, expected in (("lengths", passages), ("sums", self.size)):
            self.columns.check_length(name, expected)
        self.lengths, self.sums = self.columns["lengths"], self.columns["sums"]
        self.vectors: Int8s = numbers.reshape(passages, self.dimensions)

    def find(self, ids: Array, added: Array, revisions: Array) -> Ints:
        """Return the row of each article by the hash of its id, when it was added, and its revision; -1 where there is none."""
        rows = np.searchsorted(self.ids, ids)
        rows[rows == self.size] = 0
        if not self.size:
            return np.full(len(ids), -1)
        is_it = (
            (self.ids[rows] == ids)
            & (self.added[rows] == added)
            & (self.revisions[rows] == revisions)
        )
        return np.where(is_it, rows, -1)

    def passages_of(self, rows: Ints, name: str = "vectors") -> tuple[Array, Ints]:
        """Return what a column has of the passages of *rows*, and where those of each start and the last end."""
        first = self._starts[rows]
        widths = self._starts[rows + 1] - first
        column = self.vectors if name == "vectors" else self.lengths
        return column[indices_of(first, widths)], starts_of(widths)

    def near(self, rows: Ints, vector: Floats) -> Floats:
        """Return how near each of *rows* is to *vector*, as `search.engines.rescoring.nearness.Passages` does; -1 without passages."""
        result = np.full(len(rows), -1, np.float32)
        widths = self.widths(rows)
        known = np.flatnonzero(widths)
        if len(known):
            first = self._starts[rows[known]]
            at = indices_of(first, widths[known])
            each = self.vectors[at].astype(np.float32) @ vector
            each *= LENGTH_SCALE / np.maximum(self.lengths[at], 1)
            starts = starts_of(widths[known])[:-1]
            means = np.add.reduceat(each, starts) * SUM_SCALE
            means /= np.maximum(self.sums[rows[known]], 1)
            result[known] = (np.maximum.reduceat(each, starts) + means) / 2
        return result

    def widths(self, rows: Ints) -> Ints:
        """Return how many passages each of *rows* has."""
        return self._starts[rows + 1] - self._starts[rows]


class VectorFiles:
    """All files of vectors that an index has now, the oldest first."""

    def __init__(self, folder: Path, before: VectorFiles | None = None) -> None:
        """Open them, sharing those that *before* has. Raises `IndexDamaged`, `EngineError`."""
        #: By the number that stands in their names, ascending.
        self.by_number: dict[int, VectorFile] = {}
        known = {} if before is None else before.by_number
        for attempt in range(_ATTEMPTS):
            numbers = numbers_in(folder)
            try:
                self.by_number = {
                    n: known.get(n) or VectorFile(vectors_path(folder, n)) for n in numbers
                }
                break
            except FileNotFoundError:  # tidied meanwhile
                if attempt == _ATTEMPTS - 1:
                    raise damaged(folder, "its files of vectors come and go") from None

    def of(self, model: str) -> list[VectorFile]:
        """Return those that the model with that label made."""
        return [file for file in self.by_number.values() if file.model == model]

    @property
    def models(self) -> list[str]:
        """The labels of the models that made them, each once, that of the newest file last."""
        labels = [file.model for file in self.by_number.values()]
        return list(dict.fromkeys(reversed(labels)))[::-1]


def lengths_of(stored: Int8s, starts: Ints) -> tuple[Numbers, Numbers]:
    """Return the columns ``lengths`` and ``sums`` of the *stored* vectors of some rows, which begin and end at *starts*."""
    vectors = as_read(stored)
    lengths = np.sqrt(np.einsum("ij,ij->i", stored, stored, dtype=np.float64))
    sums = np.zeros(len(starts) - 1)
    known = np.diff(starts) > 0
    if len(stored):
        each = np.add.reduceat(vectors, starts[:-1][known], axis=0)
        sums[known] = np.sqrt(np.einsum("ij,ij->i", each, each))
    scaled = lengths * LENGTH_SCALE, sums * SUM_SCALE
    return tuple(np.rint(numbers).astype(np.uint32) for numbers in scaled)  # type: ignore[return-value]


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the files of vectors in *folder*, ascending."""
    found = (VECTORS_FILE.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


class Found:
    """Where the vectors of the documents of a segment are."""

    def __init__(self, reader: SegmentReader, files: list[VectorFile]) -> None:
        #: Of each document the number of its file among *files*, -1 where it has no vectors, and the row there.
        self.files = np.full(len(reader), -1, np.int32)
        self.rows = np.zeros(len(reader), np.int64)
        keys = reader.id_hashes, reader.given("added").numbers(), reader.given("revision").numbers()
        for number, file in enumerate(files):
            rows = file.find(*keys)
            self.files[rows >= 0] = number
            self.rows[rows >= 0] = rows[rows >= 0]
