"""What this process holds of an index, renewed while it lives: batches that are being written, locks."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from search.engines.opensearch.control import Control
from search.engines.opensearch.manifest import Lease, Manifest
from search.engines.opensearch.processes import this_process
from search.model.errors import EngineError, IndexLocked

#: Seconds that a lease holds after it was renewed: so long does what a lost computer held stay held.
LEASE_S = 60.0
#: Seconds between two renewals.
RENEWAL_S = 15.0
#: Seconds between two looks at a lock that another process has.
_LOOK_S = 0.1

_numbers = itertools.count()


class Leases:
    """The leases of one engine. A thread renews them; it ends with the last, and with its process."""

    def __init__(self, control: Control) -> None:
        self._control = control
        #: Two engines of one process are two owners.
        self.owner = f"{this_process()}#{next(_numbers)}"
        self._guard = threading.Lock()
        self._batches: set[int] = set()
        self._names: set[str] = set()
        self._renewed = time.monotonic()
        self._thread: threading.Thread | None = None
        self._ends = threading.Event()

    def close(self) -> None:
        """Renew nothing any more."""
        self._ends.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self._ends.clear()

    def new_batch(self) -> tuple[Manifest, int]:
        """Return the manifest, and the number in its index of a batch that nobody sees and that this process holds."""

        def begin(manifest: Manifest) -> Manifest:
            pending = {**manifest.pending, manifest.next_batch: self._lease()}
            return manifest._replace(pending=pending, next_batch=manifest.next_batch + 1)

        manifest = self._control.change(begin)
        batch = manifest.next_batch - 1
        with self._guard:
            self._batches.add(batch)
        self._start()
        return manifest, batch

    def holds(self, batch: int) -> bool:
        """Whether this process holds a batch, as far as it knows."""
        with self._guard:
            return batch in self._batches

    def give_up(self, batch: int) -> None:
        """Hold a batch no more: it is published, or dead."""
        with self._guard:
            self._batches.discard(batch)

    def check(self) -> None:
        """Raise `EngineError` where what this process holds may be taken by others: it was stopped for too long."""
        if time.monotonic() - self._renewed > LEASE_S and (self._batches or self._names):
            self._renew()

    @contextmanager
    def lock(self, name: str, timeout_ms: int, *, against: str = "") -> Iterator[Manifest]:
        """Hold the lock *name* of the index; hand out the manifest then. Raises `IndexLocked` after *timeout_ms*.

        Nobody has it while a lock is held whose name begins with *against*, unless that is "".
        """
        end = time.monotonic() + timeout_ms / 1000
        holder: list[Lease] = []

        def take(manifest: Manifest) -> Manifest | None:
            now = self._control.now()
            holder[:] = [
                lease
                for other, lease in manifest.leases.items()
                if other == name or (against and other.startswith(against))
                # Ours, which nobody here holds, could not be given back: the cluster took no more then.
                if not (self.has(manifest, other) and other not in self._names)
                if not lease.is_over(now)
            ]
            if holder:
                return None
            return manifest._replace(leases={**manifest.leases, name: self._lease()})

        while True:
            manifest = self._control.change(take)
            if not holder:
                break
            if time.monotonic() >= end:
                where = holder[0].owner.partition("/")[0]
                left = max(0, round(holder[0].until - self._control.now()))
                raise IndexLocked(
                    f"index {self._control.name}: another process, on {where}, is writing to it and did not finish within "
                    f"{timeout_ms} ms; try again (if it was lost, in {left} s), or raise NEWSSEARCH_LOCK_TIMEOUT_MS"
                )
            time.sleep(_LOOK_S)
        with self._guard:
            self._names.add(name)
        self._start()
        try:
            yield manifest
        finally:
            with self._guard:
                self._names.discard(name)
            if self.has(self._control.known(), name):  # else it was given back by another write
                # What was done under it stays done. A lock that cannot be given back ends with its lease.
                with suppress(EngineError):
                    self._control.change(lambda manifest: self.without(manifest, name))

    def without(self, manifest: Manifest, name: str) -> Manifest | None:
        """Return *manifest* without our lock *name*, None where it has none."""
        if not self.has(manifest, name):
            return None
        return manifest._replace(
            leases={other: lease for other, lease in manifest.leases.items() if other != name}
        )

    def end_lost(self, names: str) -> set[str]:
        """End the locks whose names begin with *names* and whose processes are lost; return the names of the others.

        Who comes back after that changes nothing any more.
        """

        now = self._control.now()

        def lost(manifest: Manifest) -> list[str]:
            leases = manifest.leases.items()
            return [name for name, lease in leases if name.startswith(names) and lease.is_over(now)]

        def ended(manifest: Manifest) -> Manifest | None:
            gone = lost(manifest)
            left = {name: lease for name, lease in manifest.leases.items() if name not in gone}
            return manifest._replace(leases=left) if gone else None

        manifest = self._control.manifest()
        if lost(manifest):
            manifest = self._control.change(ended)
        return {name for name in manifest.leases if name.startswith(names)}

    def has(self, manifest: Manifest, name: str) -> bool:
        """Whether the lock *name* is ours."""
        lease = manifest.leases.get(name)
        return lease is not None and lease.owner == self.owner

    def _lease(self) -> Lease:
        return Lease(self.owner, round(self._control.now() + LEASE_S, 3))

    def _start(self) -> None:
        with self._guard:
            self._renewed = time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep_on, daemon=True)
                self._thread.start()

    def _keep_on(self) -> None:
        while not self._ends.wait(RENEWAL_S):
            with self._guard:
                if not self._batches and not self._names:
                    self._thread = None
                    return
            try:
                self._renew()
            except EngineError:
                continue  # `check` says so to who writes, unless the next time comes early enough

    def _renew(self) -> None:
        """Renew what is held. Raises `EngineError` where something of it is not ours any more."""

        def renewed(manifest: Manifest) -> Manifest | None:
            with self._guard:
                batches, names = set(self._batches), set(self._names)
            # What is neither pending nor dead was published, perhaps by another process.
            lost = [
                f"batch {batch}"
                for batch in sorted(batches.intersection((*manifest.dead, *manifest.buried)))
            ]
            batches.intersection_update(manifest.pending)
            lost += [name for name in sorted(names) if not self.has(manifest, name)]
            if lost:
                raise EngineError(
                    f"index {self._control.name}: this process was stopped for so long that another one took over "
                    f"({', '.join(lost)}); the index is whole, run the same command again"
                )
            lease = self._lease()
            pending = {**manifest.pending, **dict.fromkeys(batches, lease)}
            leases = {**manifest.leases, **dict.fromkeys(names, lease)}
            return manifest._replace(pending=pending, leases=leases)

        self._control.change(renewed)
        self._renewed = time.monotonic()
