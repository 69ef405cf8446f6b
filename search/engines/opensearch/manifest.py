"""The manifest of a news index: what of all that is stored counts, and who holds what of it. A value, kept by `control.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from search.engines.opensearch.processes import is_gone

#: The version of how documents and manifest are laid out; of an index with volumes, which earlier programs would overlook.
FORMAT, FORMAT_OF_VOLUMES = 1, 2


class Lease(NamedTuple):
    """What a process holds until an instant, in seconds since 1970, unless it renews it."""

    owner: str
    until: float

    def is_over(self, now: float) -> bool:
        """Whether nobody holds it any more *now*: its time is over, or its process was one of this computer and has ended."""
        return now > self.until or is_gone(self.owner)


class Manifest(NamedTuple):
    """What counts of a news index. Batches are numbers; instants are microseconds since 1970."""

    #: The index that has the documents, or the alias of the volumes that do.
    physical: str
    #: Grows with each change that questions can see.
    generation: int = 0
    #: Of the last publication: nothing that was published came later.
    instant: int = 0
    next_batch: int = 1
    #: What is written and not published, and who does it.
    pending: Mapping[int, Lease] = {}
    #: Batches that were given up, though something of them may still be there.
    dead: tuple[int, ...] = ()
    #: The last of those that were given up and are erased.
    buried: tuple[int, ...] = ()
    #: Batches and the instants at which they were published, of the last ones; those before are in ``pages``.
    published: tuple[tuple[int, int], ...] = ()
    #: How many documents have earlier ones.
    pages: int = 0
    #: Keys of documents that do not count any more and are not erased yet; long lists by the key of a document here.
    replaced: tuple[str, ...] = ()
    replaced_lists: tuple[str, ...] = ()
    #: Lists of which all is erased, with the instants at which that was: who reads an older generation still needs them.
    old_lists: tuple[tuple[str, int], ...] = ()
    #: What processes hold of the index, by name.
    leases: Mapping[str, Lease] = {}
    #: When the last embargo ends of all articles ever published.
    embargoed_until: int = 0
    #: Whatever the rooms keep with a generation, by their names: small values.
    kept: Mapping[str, Any] = {}
    #: What the index is parted by, "year" or "month"; "" where it is one. See volumes.py.
    volumes_by: str = ""
    #: All volumes at the last commit.
    volumes: tuple[str, ...] = ()
    #: Volumes of which nothing counts any more and that are not erased yet.
    retired: tuple[str, ...] = ()
    #: Who changed it last, so that who did not hear of it knows.
    changed_by: str = ""

    def hidden_batches(self) -> list[int]:
        """Return the batches of which nothing counts."""
        return sorted({*self.pending, *self.dead, *self.buried})

    def what_counts(self) -> tuple[object, ...]:
        """Return what decides which of the stored documents count, without who holds what and until when."""
        hidden = tuple(self.hidden_batches()), self.replaced, self.replaced_lists, self.retired
        return self.physical, self.generation, self.next_batch, hidden

    def to_json(self) -> dict[str, Any]:
        """Return it as the control index keeps it."""
        return {
            **self._asdict(),
            "format": FORMAT_OF_VOLUMES if self.volumes_by else FORMAT,
            "pending": {str(batch): list(lease) for batch, lease in self.pending.items()},
            "leases": {name: list(lease) for name, lease in self.leases.items()},
        }

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Manifest:
        """Return what `to_json` made."""
        known = {name: value[name] for name in cls._fields if name in value}
        return cls(**known)._replace(
            pending={int(batch): Lease(*lease) for batch, lease in value["pending"].items()},
            leases={name: Lease(*lease) for name, lease in value["leases"].items()},
            dead=tuple(value["dead"]),
            buried=tuple(value["buried"]),
            published=tuple((batch, instant) for batch, instant in value["published"]),
            replaced=tuple(value["replaced"]),
            replaced_lists=tuple(value["replaced_lists"]),
            volumes=tuple(value.get("volumes", ())),
            retired=tuple(value.get("retired", ())),
            old_lists=tuple((key, instant) for key, instant in value.get("old_lists", ())),
        )
