"""A run of `newssearch fetch`: what is asked for next, of whom, and what becomes of the answers.

One thread decides and writes; each request is made by a thread of its own, never two to one host.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

from search.fetch.addresses import ANY_KIND, BadAddress, address_of, why_not_public
from search.fetch.archive import STATE, Archives, locked
from search.fetch.client import Answer, Client, Refused
from search.fetch.feeds_file import Feed
from search.fetch.following import Following
from search.fetch.limits import FETCH_LIMITS, FetchLimits
from search.fetch.listing import Listing, feeds_of_page, in_place_of_page, listing_of
from search.fetch.report import FetchOptions, FetchProgress, FetchReport
from search.fetch.robots import All, rules_of, unreadable
from search.fetch.state import Entry, Known, State
from search.fetch.turns import Job, Turns
from search.model.errors import ReadError
from search.readers.content_types import kind_of, suffix_for
from search.readers.ids import canonical_url

_REDIRECTS = (301, 302, 303, 307, 308)
_MAY_PASS = (429, 500, 502, 503, 504)
_ASK_TO_WAIT = (429, 503)
_ACCEPTED = "application/atom+xml, application/rss+xml, text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5"
#: How long nothing is looked at while a request is under way or a host has its pause: so fast is Ctrl-C.
_TURN_S = 0.25
_MAX_SAID_CHARS = 80


class Time(NamedTuple):
    """Where time comes from."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    #: Seconds since 1970.
    now: Callable[[], float] = time.time


def fetch(
    feeds: Sequence[Feed],
    folder: Path,
    client: Client,
    *,
    user_agent: str,
    options: FetchOptions | None = None,
    limits: FetchLimits = FETCH_LIMITS,
    on_progress: Callable[[FetchProgress], None] = lambda progress: None,
    is_stopped: Callable[[], bool] = lambda: False,
    times: Time | None = None,
) -> FetchReport:
    """Ask for *feeds* and what they list, keep what is new in *folder*, and return what was done.

    What cannot be fetched is in the report, and the rest goes on. Ends early, and in order, once *is_stopped*.
    Raises `ReadError` where *folder* cannot be used.
    """
    times = times or Time()
    with locked(folder), closing(State(folder / STATE)) as state:
        archives = Archives(folder, user_agent, datetime.fromtimestamp(times.now(), UTC))
        run = _Run(
            client,
            state,
            archives,
            options or FetchOptions(),
            limits,
            times,
            on_progress,
            is_stopped,
        )
        try:
            run.all_of(feeds)
        except OSError as exc:
            raise ReadError(
                f"{exc.filename or folder}: {exc.strerror}; what was fetched is kept"
            ) from exc
        except sqlite3.Error as exc:
            raise ReadError(f"{folder / STATE}: {exc}; what was fetched is kept") from exc
        finally:
            archives.close()
        run.report.paths = archives.paths
        return run.report


class _Run:
    """What waits, what is under way, what was done."""

    def __init__(
        self,
        client: Client,
        state: State,
        archives: Archives,
        options: FetchOptions,
        limits: FetchLimits,
        times: Time,
        on_progress: Callable[[FetchProgress], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        self.report = FetchReport()
        self._client = client
        self._state = state
        self._archives = archives
        self._limits = limits
        self._times = times
        self._on_progress = on_progress
        self._is_stopped = is_stopped
        self._turns = Turns(limits, times.clock)
        self._results: queue.SimpleQueue[tuple[Job, Answer | Exception]] = queue.SimpleQueue()
        self._under_way = 0
        self._done = 0
        #: What was or will be asked for: addresses, and what is the same in all spellings of them.
        self._met: set[str] = set()
        self._following = Following(
            state, archives, options, limits, self.report, times.now, self._add
        )

    def all_of(self, feeds: Iterable[Feed]) -> None:
        """Ask for *feeds*, and for all that they lead to."""
        started = self._times.clock()
        for feed in feeds:
            if feed.path:
                self._take_file(feed)
            else:
                self._add(feed.url, "", feed, "list", 0, None, ANY_KIND)
        while not self._is_stopped():
            job = self._turns.next() if self._under_way < self._limits.at_once else None
            if job is not None:
                if self._is_allowed(job):
                    self._start(job)
            elif self._under_way:
                try:
                    self._take(*self._results.get(timeout=_TURN_S))
                except queue.Empty:
                    continue
            elif (wait_s := self._turns.pause_s()) is not None:
                self._times.sleep(min(wait_s, _TURN_S))
            else:
                break
        self.report.is_interrupted = self._is_stopped() and (
            self._under_way > 0 or self._turns.waiting() > 0
        )
        self.report.seconds = self._times.clock() - started

    def _take_file(self, feed: Feed) -> None:
        """Take a feed, sitemap or OPML that lies on disk as if it had been fetched."""
        with open(feed.path, "rb") as file:
            content = file.read(self._limits.max_bytes + 1)
        if len(content) > self._limits.max_bytes:
            reason = f"is larger than {self._limits.max_bytes:,} bytes"
            self.report.refused.append((feed.path, reason))
            return
        listing = listing_of(content, "", "", self._limits)
        if listing is None:
            reason = "is no feed, sitemap or OPML; newssearch index reads files of articles"
            self.report.refused.append((feed.path, reason))
            return
        self._state.listed(feed.url, listing.entries)
        self.report.lists += 1
        self._note_faults(feed.path, listing)
        self._following.go_on(feed.url, feed, 0, ANY_KIND)

    # What is next

    def _add(
        self,
        url: str,
        base: str,
        feed: Feed,
        role: Literal["list", "page"],
        depth: int,
        entry: tuple[str, Entry] | None,
        private: str,
    ) -> bool:
        """Queue *url* unless it was met before; return whether it was queued."""
        try:
            address = address_of(url, base)
        except BadAddress as exc:
            self.report.refused.append((url, str(exc)))
            return False
        same = canonical_url(address.url) if role == "page" else ""
        if address.url in self._met or (same and same in self._met):
            return False
        self._met |= {address.url, *filter(None, (same,))}
        self._turns.add(Job(address, address.url, feed, role, depth, entry, private=private))
        return True

    def _is_allowed(self, job: Job) -> bool:
        """Whether *job* may and need be asked for; what may not is refused."""
        if job.role == "robots":
            return True
        known = self._state.known(job.first)
        if known is not None and known.wait_until_s > self._times.now():
            until = datetime.fromtimestamp(known.wait_until_s, UTC)
            why = f"its site asked for it to be left alone until {until:%Y-%m-%d %H:%M} UTC"
            self.report.refused.append((job.first, why))
            return False
        if why := self._turns.why_not(job):
            self._refuse(job, why)
            return False
        if job.role == "list" and job.depth and self._following.has_all_pages(job.feed):
            self.report.lists_left += 1
            return False
        return True

    def _start(self, job: Job) -> None:
        self._turns.begin(job)
        self._under_way += 1
        waiting = self._turns.waiting() + self._under_way
        self._on_progress(FetchProgress(self._done, waiting, job.address.url))
        known = self._state.known(job.address.url) if job.role != "robots" else None
        threading.Thread(target=self._ask, args=(job, _headers(known)), daemon=True).start()

    def _ask(self, job: Job, headers: dict[str, str]) -> None:
        """Make a request; runs in a thread of its own."""
        max_bytes = (
            self._limits.max_robots_bytes if job.role == "robots" else self._limits.max_bytes
        )
        result: Answer | Exception
        try:
            result = self._client.get(
                job.address, headers, max_bytes=max_bytes, private=job.private
            )
        except Exception as exc:
            result = exc
        self._results.put((job, result))

    # What became of it

    def _take(self, job: Job, result: Answer | Exception) -> None:
        self._turns.end(job)
        self._under_way -= 1
        self._done += 1
        if isinstance(result, Refused):
            self._take_failure(job, str(result), result.may_pass)
        elif isinstance(result, Exception):
            reason = f"could not be fetched ({type(result).__name__}: {result}); please report it"
            self._take_failure(job, reason, False)
        elif result.status in _REDIRECTS and result.header("location"):
            self._redirect(job, result)
        elif result.status in _MAY_PASS:
            wait_s = self._retry_after(result) if result.status in _ASK_TO_WAIT else 0.0
            self._take_failure(job, _answer_was(result), True, wait_s, result)
        else:
            self._turns.succeed(job)
            self._take_answer(job, result)

    def _take_failure(
        self,
        job: Job,
        reason: str,
        may_pass: bool,
        wait_s: float = 0.0,
        answer: Answer | None = None,
    ) -> None:
        """Try again later, in this run or the next, or give up."""
        if self._turns.fail(job, may_pass=may_pass, wait_s=wait_s):
            return
        if job.role != "robots":
            wait_until_s = self._times.now() + wait_s if wait_s else 0.0
            tried = f" ({job.tries} times)" if job.tries > 1 else ""
            self._refuse(job, reason + tried, wait_until_s)
        elif answer is not None:
            self._turns.rule(job, rules_of(answer))
        else:
            self._turns.rule(job, unreadable(reason) if may_pass else All(reason))
        if self._turns.is_down(job) and (count := self._turns.leave(job)):
            self.report.left += count
            self.report.notes.append(
                f"{job.address.host} failed {self._limits.max_failures} times in a row; what else was to be asked"
                f" of it is left to the next run: {count:,}"
            )

    def _retry_after(self, answer: Answer) -> float:
        """Return the seconds that a server asks to wait, 0 where it says nothing."""
        said = answer.header("retry-after").strip()
        if said.isascii() and said.isdecimal():
            return float(said[:9])
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - self._times.now())
        except (ValueError, TypeError, OverflowError):
            return 0.0

    def _redirect(self, job: Job, answer: Answer) -> None:
        here = job.address
        hops = (*job.hops, here.url)
        try:
            there = address_of(answer.header("location"), here.url)
        except BadAddress as exc:
            self._end(job, f"leads to {answer.header('location')[:200]!r}, which {exc}")
            return
        if there.url in hops:
            self._end(job, f"leads in a circle, over {there.url}")
        elif len(hops) > self._limits.max_redirects:
            self._end(job, f"leads on more than {self._limits.max_redirects} times")
        elif here.scheme == "https" and there.scheme == "http":
            self._end(
                job,
                f"leads from https to {there.url}, which anybody could have changed; give that address if you want it",
            )
        elif job.role != "robots" and there.url in self._met:
            self._same_as_another(job)
        else:
            if job.role != "robots":
                self._met.add(there.url)
                if job.depth == 0 and job.role == "list" and answer.status in (301, 308):
                    self.report.notes.append(f"{job.first} has moved for good to {there.url}")
            job.address, job.hops, job.tries, job.not_before = there, hops, 0, 0.0
            job.private = why_not_public(answer.ip)
            self._turns.add(job, first=True)

    def _same_as_another(self, job: Job) -> None:
        """A page leads to one that is asked for anyway."""
        self._state.asked(job.first, self._times.now())
        if job.entry is not None:
            self._state.note_asked(*job.entry)

    def _end(self, job: Job, reason: str) -> None:
        if job.role == "robots":
            self._turns.rule(job, unreadable(reason))
        else:
            self._refuse(job, reason)

    def _refuse(self, job: Job, reason: str, wait_until_s: float = 0.0) -> None:
        """Give up what was to be fetched; of an entry there is what its feed says of it."""
        if job.hops and not reason.startswith("leads "):
            reason = f"leads to {job.address.url}: {reason}"
        self.report.refused.append((job.first, reason))
        self._state.asked(job.first, self._times.now(), wait_until_s=wait_until_s)
        if job.entry is not None:
            list_url, entry = job.entry
            self._state.note_asked(list_url, entry)
            if entry.record and entry.kept != entry.digest:
                self._following.keep_entries(job.feed, list_url, [entry], [in_place_of_page(entry)])

    # Answers

    def _take_answer(self, job: Job, answer: Answer) -> None:
        if job.role == "robots":
            self._turns.rule(job, rules_of(answer))
        elif answer.status == 304:
            known = self._state.known(job.address.url) or Known()
            self._note_asked(job)
            if known.is_list:
                self.report.lists_unchanged += 1
                self._following.go_on(job.first, job.feed, job.depth, why_not_public(answer.ip))
            else:
                self.report.pages_unchanged += 1
        elif answer.status != 200:
            self._refuse(job, _answer_was(answer))
        elif not answer.content:
            self._refuse(job, "is empty")
        else:
            self._take_content(job, answer)

    def _take_content(self, job: Job, answer: Answer) -> None:
        url = job.address.url
        listing = (
            listing_of(answer.content, url, answer.charset, self._limits)
            if job.role == "list"
            else None
        )
        kind = answer.header("content-type")
        if listing is None and not suffix_for(
            kind, job.address.target.partition("?")[0], answer.content
        ):
            self._refuse(
                job, f"is of the type {kind_of(kind) or 'unknown'}, and no reader knows it"
            )
            return
        digest = blake2b(answer.content, digest_size=16).hexdigest()
        known = self._state.known(url)
        is_new = known is None or known.digest != digest
        at = datetime.fromtimestamp(self._times.now(), UTC)
        if is_new and listing is not None:
            self._archives.keep_list(url, answer, at)
            self._state.listed(job.first, listing.entries)
        elif is_new:
            self._archives.keep_page(job.feed.collection, url, answer, at)
        self._note_asked(job)
        if answer.has_more:
            self.report.notes.append(
                f"{url}: sent more than its Content-Length says; what follows was not read"
            )
        self._state.answered(
            url,
            etag=answer.header("etag"),
            modified=answer.header("last-modified"),
            digest=digest,
            is_list=listing is not None,
        )
        if listing is None:
            if job.role == "list" and (feeds := feeds_of_page(answer.content, url)):
                self.report.notes.append(
                    f"{url} is a page that names a feed: newssearch fetch {feeds[0]}"
                )
            self.report.pages += is_new
            self.report.pages_unchanged += not is_new
        else:
            self.report.lists += is_new
            self.report.lists_unchanged += not is_new
            self._note_faults(url, listing)
            self._following.go_on(job.first, job.feed, job.depth, why_not_public(answer.ip))

    def _note_asked(self, job: Job) -> None:
        now = self._times.now()
        self._state.asked(job.first, now)
        if job.address.url != job.first:
            self._state.asked(job.address.url, now)
        if job.entry is not None:
            self._state.note_asked(*job.entry)

    def _note_faults(self, url: str, listing: Listing) -> None:
        if listing.faults:
            more = f" (and {listing.faults - 1:,} more)" if listing.faults > 1 else ""
            self.report.notes.append(f"{url}: {listing.fault}{more}")


def _headers(known: Known | None) -> dict[str, str]:
    """Return the headers by which a server says only whether something has changed."""
    headers = {"Accept": _ACCEPTED}
    if known is not None and known.digest:
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.modified:
            headers["If-Modified-Since"] = known.modified
    return headers


def _answer_was(answer: Answer) -> str:
    said = f"{answer.status} {answer.reason}".strip()
    return f"the answer was {said[:_MAX_SAID_CHARS]}"
