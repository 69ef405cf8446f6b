"""Opens what questions see: a point in time of the newest generation, which they share until the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from search.engines.opensearch.ahead import Ahead
from search.engines.opensearch.connection import Connection, Unanswered
from search.engines.opensearch.control import Control
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.view import KEEP_ALIVE, NEVER, Deadline, Point, View
from search.engines.opensearch.volumes import gone_from, members
from search.model.errors import EngineError, IndexMissing

#: Seconds for which a question is asked anew where nodes are lost.
ASK_ANEW_S = 15.0
_PAUSE_S = 0.2
#: Times that a point in time is opened anew because a commit came in between.
_ATTEMPTS = 100

T = TypeVar("T")


#: Whether another generation is known to have come into force.
Overtakes = Callable[[], bool]


class _OfThread(threading.local):
    """What one thread reads meanwhile."""

    #: Whether all of it is to be of one generation.
    stays = False
    #: The point in time of that, None before the first reading and where it was lost; and that of the first reading.
    point: Point | None = None
    first: Point | None = None
    #: Whether something was read of another generation than that, as it was lost.
    has_mixed = False
    is_overtaken: Overtakes | None = None


class Views:
    """Opens views of the newest generation; a point in time serves all questions until the next one."""

    def __init__(self, connection: Connection, control: Control) -> None:
        self._connection = connection
        self._control = control
        #: To be taken twice by a thread: what nobody reads any more lets go of its point in time whenever that is noticed.
        self._guard = threading.RLock()
        self._point: Point | None = None
        self._own = _OfThread()

    @contextmanager
    def reading(self, deadline: Deadline = NEVER) -> Iterator[View]:
        """Open a view of the newest generation. Raises `EngineError`."""
        with self._kept() as point:
            yield View(point, deadline, is_overtaken=self._own.is_overtaken)

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Have all that this thread reads meanwhile be of one generation, if no node is lost: it is asked once which is the newest."""
        if self._is_staying():
            yield
            return
        with self._stay(None):
            yield

    @contextmanager
    def _stay(self, point: Point | None, is_overtaken: Overtakes | None = None) -> Iterator[None]:
        """Have this thread read *point*, which is held, or else the newest one, and let go of it at the end."""
        own = self._own
        own.stays, own.point, own.first, own.has_mixed = True, point, point, False
        own.is_overtaken = is_overtaken
        try:
            yield
        finally:
            self._leave()
            own.stays, own.first, own.is_overtaken = False, None, None

    def of_one(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns, of which all is of one generation, the newest of when this is called or a later one.

        It is asked of the generation that is known, while another thread reads which is in force, and given up as soon as that is known to
        be another; then it is asked of that one. Where a node is lost in the middle, and the index has changed, it is asked once more, too.
        """
        if self._is_staying():
            return ask()
        if (point := self._likely()) is not None:
            in_force = Ahead(self._control.manifest)

            def is_overtaken() -> bool:
                newest = in_force.found()
                return newest is not None and not _is_same(point.manifest, newest)

            try:
                with self._stay(point, is_overtaken):
                    answer = ask()
                    has_mixed = self._own.has_mixed
            except Exception:
                # It may be what only the earlier generation is to blame for.
                if not _has_changed(point.manifest, in_force):
                    raise
            else:
                if _is_same(point.manifest, in_force.result()) and not has_mixed:
                    return answer
        for _ in range(_ATTEMPTS):
            with self._stay(None):
                answer = ask()
                if not self._own.has_mixed:
                    return answer
        raise Unanswered(
            "nodes are lost, and the index changes too quickly for a question; ask again"
        )

    def _likely(self) -> Point | None:
        """Hold the point in time that is known, where nothing is known to have come after it."""
        with self._guard:
            point = self._point
            if point is None or not self._control.may_be_newest(point.manifest):
                return None
            point.users += 1
            return point

    def _leave(self) -> None:
        point, self._own.point = self._own.point, None
        if point is not None:
            self.let_go(point)

    def _is_staying(self) -> bool:
        return self._own.stays

    @contextmanager
    def _kept(self) -> Iterator[Point]:
        """Hold the point in time that a view reads."""
        if not self._is_staying():
            point = self.hold()
            try:
                yield point
            finally:
                self.let_go(point)
            return
        own = self._own
        if own.point is None:
            own.point = self.hold()
            own.first = own.first or own.point
            own.has_mixed |= not _is_same(own.first.manifest, own.point.manifest)
        yield own.point

    def hold(self) -> Point:
        """Return the point in time of the newest generation, which stays until it is let go. Raises `EngineError`."""
        return self._opened()

    def let_go(self, point: Point) -> None:
        """Close what was held, where no question needs it any more."""
        with self._guard:
            point.users -= 1
            is_done = point.is_old and not point.users
        if is_done:
            point.close()

    @contextmanager
    def point(self, manifest: Manifest | None = None) -> Iterator[Point]:
        """Open a point in time of one's own, at which all is there that was refreshed. Raises `EngineError`.

        *manifest* is the newest one, where that is known.
        """
        point = self._fresh(manifest)
        try:
            yield point
        finally:
            point.close()

    def answering(self, ask: Callable[[View], T], timeout_ms: int = 0) -> T:
        """Return what *ask* makes of a view; it is asked anew for `ASK_ANEW_S` seconds where nodes are lost."""
        deadline = Deadline(timeout_ms)
        end = time.monotonic() + ASK_ANEW_S
        while True:
            try:
                with self.reading(deadline) as view:
                    return ask(view)
            except Unanswered:
                self.forget()
                if time.monotonic() > end:
                    raise
                deadline.left_s()
            time.sleep(_PAUSE_S)

    def forget(self) -> None:
        """Open a new point in time for the next question."""
        with self._guard:
            point, self._point = self._point, None
            if point is not None:
                point.is_old = True
                if point.users:
                    point = None
        if point is not None:
            point.close()
        if self._is_staying():
            self._leave()

    def _opened(self) -> Point:
        manifest = self._control.manifest()
        with self._guard:
            point = self._point
            # What is pending or erased since is not in the point in time, or is kept out of it as before.
            if point is not None and _is_same(point.manifest, manifest):
                point.users += 1
                return point
        self.forget()
        point = self._fresh(manifest)
        with self._guard:
            other, self._point = self._point, point
            if other is not None:
                other.is_old = True
            # Who lets go of it from now on closes it.
            is_done = other is not None and not other.users
        if other is not None and is_done:
            other.close()
        return point

    def _fresh(self, manifest: Manifest | None = None) -> Point:
        """Return a new point in time, used once, with the manifest that was in force when it was opened."""
        if manifest is None:
            manifest = self._control.manifest()
        for _ in range(_ATTEMPTS):
            path = f"/{manifest.physical}/_search/point_in_time"
            params = {"keep_alive": KEEP_ALIVE, "allow_partial_pit_creation": False}
            try:
                pit = self._connection.request("POST", path, None, params)["pit_id"]
                volumes = members(self._connection, manifest) if manifest.volumes_by else ()
            except IndexMissing:
                now = self._control.manifest()
                if now.what_counts() == manifest.what_counts() and not now.retired:
                    raise
                # Another process erases what does not count any more.
                manifest = now
                time.sleep(_PAUSE_S)
                continue
            now = self._control.manifest()
            point = Point(self._connection, self._control, manifest, pit, volumes)
            if now.what_counts() == manifest.what_counts():
                if gone := gone_from(manifest, volumes):
                    point.close()
                    raise EngineError(gone)
                point.users = 1
                return point
            point.close()
            manifest = now
        raise Unanswered("the index changes too quickly for a question; ask again")


def _has_changed(known: Manifest, in_force: Ahead[Manifest]) -> bool:
    """Whether another generation is in force than that of a manifest; not where nobody can say."""
    try:
        return not _is_same(known, in_force.result())
    except EngineError:
        return False


def _is_same(known: Manifest, other: Manifest) -> bool:
    """Whether two manifests are of one generation."""
    return (known.physical, known.generation) == (other.physical, other.generation)
