"""Whose turn it is: hosts, what waits to be asked of each, and the pauses that they are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from search.fetch.addresses import ANY_KIND, Address, address_of
from search.fetch.feeds_file import Feed
from search.fetch.limits import FetchLimits
from search.fetch.robots import Rules, unreadable
from search.fetch.state import Entry


@dataclass(slots=True)
class Job:
    """An address to ask for."""

    address: Address
    #: As it was listed or given: before redirects.
    first: str
    feed: Feed
    role: Literal["list", "page", "robots"]
    depth: int = 0
    #: The list that has it, and what the list says of it.
    entry: tuple[str, Entry] | None = None
    hops: tuple[str, ...] = ()
    tries: int = 0
    not_before: float = 0.0
    #: Which addresses that are not public it may have: the kind of the one that led to it, "" for none.
    private: str = ANY_KIND
    #: Of a robots.txt: whose it is.
    origin: str = ""


@dataclass(slots=True)
class _Host:
    jobs: deque[Job] = field(default_factory=deque)
    next_at: float = 0.0
    is_busy: bool = False
    #: In a row.
    failures: int = 0


class Turns:
    """What waits. A host has one request at a time, with a pause to the next; hosts have their turns.

    Before the first address of a site its robots.txt is asked for.
    """

    def __init__(self, limits: FetchLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        #: By origin; None while they are asked for.
        self._rules: dict[str, Rules | None] = {}

    def add(self, job: Job, *, first: bool = False) -> None:
        """Let *job* wait for its turn, before all else of its host if it is to be *first*."""
        jobs = self._host(job).jobs
        (jobs.appendleft if first else jobs.append)(job)

    def waiting(self) -> int:
        """Return how many jobs wait."""
        return sum(len(host.jobs) for host in self._hosts.values())

    def next(self) -> Job | None:
        """Return what can be asked for now, which waits no more; None if nothing can."""
        now = self._clock()
        for name, host in list(self._hosts.items()):
            if host.is_busy or host.next_at > now:
                continue
            job = self._soonest(host)
            if job is not None and job.not_before <= now:
                self._hosts[name] = self._hosts.pop(name)  # to the end of the line
                origin = job.address.origin
                if job.role != "robots" and origin not in self._rules:
                    self._rules[origin] = None
                    url = f"{origin}/robots.txt"
                    return Job(
                        address_of(url),
                        url,
                        job.feed,
                        "robots",
                        private=job.private,
                        origin=origin,
                    )
                host.jobs.remove(job)
                return job
        return None

    def pause_s(self) -> float | None:
        """Return the seconds until something can be asked for, None where nothing waits."""
        due = [
            max(host.next_at, job.not_before)
            for host in self._hosts.values()
            if (job := self._soonest(host)) is not None
        ]
        return max(0.001, min(due) - self._clock()) if due else None

    def _soonest(self, host: _Host) -> Job | None:
        """Return what of a host's queue can be asked for first: not what waits for a robots.txt."""
        is_asked_for = {origin for origin, rules in self._rules.items() if rules is None}
        can_go = (
            job
            for job in host.jobs
            if job.role == "robots" or job.address.origin not in is_asked_for
        )
        return min(can_go, key=lambda job: job.not_before, default=None)

    # What becomes of them

    def begin(self, job: Job) -> None:
        """Note that a request is under way."""
        rules = self._rules.get(job.address.origin)
        delay_s = min(rules.delay_s, self._limits.max_crawl_delay_s) if rules is not None else 0.0
        host = self._host(job)
        host.is_busy = True
        host.next_at = self._clock() + max(self._limits.host_interval_s, delay_s)

    def end(self, job: Job) -> None:
        """Note that it is not any more."""
        self._host(job).is_busy = False

    def succeed(self, job: Job) -> None:
        """Note that its host works."""
        self._host(job).failures = 0

    def fail(self, job: Job, *, may_pass: bool, wait_s: float) -> bool:
        """Let *job* wait for another try, at least *wait_s*; return False where it has none left."""
        host = self._host(job)
        job.tries += 1
        host.failures += may_pass
        has_tries = job.tries < self._limits.max_tries and wait_s <= self._limits.max_wait_s
        if not may_pass or not has_tries or self.is_down(job):
            return False
        job.not_before = self._clock() + max(wait_s, self._limits.retry_s * 2 ** (job.tries - 1))
        if wait_s:  # the site asks for it, and not for this page alone
            host.next_at = max(host.next_at, job.not_before)
        self.add(job, first=True)
        return True

    def is_down(self, job: Job) -> bool:
        """Whether the host of *job* failed too often in a row."""
        return self._host(job).failures >= self._limits.max_failures

    def leave(self, job: Job) -> int:
        """Forget what waits for the host of *job*; return how much that was."""
        jobs = self._host(job).jobs
        for each in jobs:
            if each.role == "robots":
                self.rule(each, unreadable(f"{each.address.host} does not answer"))
        count = len(jobs)
        jobs.clear()
        return count

    def _host(self, job: Job) -> _Host:
        return self._hosts.setdefault(job.address.host, _Host())

    # robots.txt

    def rule(self, job: Job, rules: Rules) -> None:
        """Note the *rules* that a robots.txt, which *job* asked for, says."""
        self._rules[job.origin] = rules

    def why_not(self, job: Job) -> str:
        """Return why its site wants nobody to ask for *job*, "" where it may be asked for."""
        rules = self._rules.get(job.address.origin)
        return "" if rules is None or job.role == "robots" else rules.why_not(job.address.url)
