"""What a list leads to: which of its pages and lists are asked for, when again, and which of its entries are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

from search.fetch.archive import Archives
from search.fetch.feeds_file import Feed
from search.fetch.limits import FetchLimits
from search.fetch.report import FetchOptions, FetchReport
from search.fetch.state import Entry, State

#: A run that begins every hour does not ask every hour at the same second.
_SLACK_S = 120.0


class Adds(Protocol):
    """Queues an address unless it was met before, and says whether it did."""

    def __call__(
        self,
        url: str,
        base: str,
        feed: Feed,
        role: Literal["list", "page"],
        depth: int,
        entry: tuple[str, Entry] | None,
        private: str,
    ) -> bool: ...


class Following:
    """Follows what lists have, as far as the *options* and *limits* go; *add* queues an address."""

    def __init__(
        self,
        state: State,
        archives: Archives,
        options: FetchOptions,
        limits: FetchLimits,
        report: FetchReport,
        now: Callable[[], float],
        add: Adds,
    ) -> None:
        """*now* returns the seconds since 1970."""
        self._state = state
        self._archives = archives
        self._options = options
        self._limits = limits
        self._report = report
        self._now = now
        self._add = add
        self._lists = 0
        #: Address of a `Feed` -> how many pages of it were asked for.
        self._pages: dict[str, int] = {}

    def go_on(self, list_url: str, feed: Feed, depth: int, private: str) -> None:
        """Take what a list has: entries are kept, pages and other lists are asked for.

        *private* is the kind of addresses that are not public which these may have.
        """
        wanted = self._options.pages if feed.pages is None else feed.pages
        to_keep = []
        not_asked = 0
        for entry in self._state.entries(list_url):
            if entry.kind != "page":
                self._add_list(list_url, feed, depth + 1, entry, private)
            elif entry.url and (not entry.is_full if wanted is None else wanted):
                if not self._is_due(entry):
                    continue
                if self.has_all_pages(feed):
                    self._report.left += entry.asked != entry.digest
                elif self._add(entry.url, "", feed, "page", depth + 1, (list_url, entry), private):
                    self._pages[feed.url] = self._pages.get(feed.url, 0) + 1
                else:
                    self._state.note_asked(list_url, entry)
            elif entry.record:
                if entry.kept != entry.digest:
                    to_keep.append(entry)
            else:
                not_asked += 1
        if not_asked:
            self._report.notes.append(
                f"{list_url}: {not_asked:,} pages that it lists are not fetched, as you said"
            )
        if to_keep:
            self.keep_entries(feed, list_url, to_keep, [entry.record for entry in to_keep])

    def _add_list(self, list_url: str, feed: Feed, depth: int, entry: Entry, private: str) -> None:
        if depth >= self._limits.max_depth:
            reason = f"is listed by {list_url}, which another list has: too deep"
            self._report.refused.append((entry.url, reason))
        elif self._lists >= self._limits.max_lists:
            reason = f"is one of more than {self._limits.max_lists} lists"
            self._report.refused.append((entry.url, reason))
        else:
            # Each feed of OPML has as many pages as a feed that was given; a sitemap is a part of its index.
            own = feed._replace(url=entry.url, path="") if entry.kind == "feed" else feed
            self._lists += self._add(entry.url, "", own, "list", depth, None, private)

    def has_all_pages(self, feed: Feed) -> bool:
        """Whether as many pages of *feed* were asked for as a run may ask for."""
        most = self._options.max_pages if feed.max_pages is None else feed.max_pages
        return self._pages.get(feed.url, 0) >= most

    def _is_due(self, entry: Entry) -> bool:
        """Whether the page of *entry* is to be asked for.

        It is if it is new, if the list says something new of it, and again while it is young; later as often
        as it has doubled its age.
        """
        if self._options.again or entry.asked != entry.digest:
            return True
        known = self._state.known(entry.url)
        if known is None:
            return True
        now = self._now()
        age_s = now - known.first_s
        return age_s < self._limits.young_s or now - known.asked_s >= age_s / 2 - _SLACK_S

    def keep_entries(
        self, feed: Feed, list_url: str, entries: Sequence[Entry], records: Sequence[str]
    ) -> None:
        at = datetime.fromtimestamp(self._now(), UTC)
        self._archives.keep_entries(feed.collection, list_url, records, at)
        self._state.note_kept(list_url, entries)
        self._report.entries += len(entries)
