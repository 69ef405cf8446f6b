"""What a site allows robots, by its robots.txt and RFC 9309."""

from __future__ import annotations

import re
from typing import Protocol

from search.fetch.client import Answer

#: By what a robots.txt names us.
PRODUCT = "newssearch"

_BETWEEN = re.compile(r"[\W_]+")
#: What follows the name of a line that names robots: all of them, or a product with its version.
_NAMED = re.compile(r"(?i)agent[\s:]*+(\*(?=\s*+(?:#|$))|[a-z_-]{0,40})")


class Rules(Protocol):
    """What a robots.txt says."""

    #: Seconds between two requests, 0 where it says nothing of it.
    delay_s: float

    def why_not(self, url: str) -> str:
        """Return why *url* is not to be asked for, "" if it may be."""


class All:
    """The same for every address: allowed, or forbidden for the reason given."""

    delay_s = 0.0

    def __init__(self, why_not: str = "") -> None:
        self._why_not = why_not

    def why_not(self, url: str) -> str:
        return self._why_not


class _Read:
    """Those of a robots.txt that was read."""

    def __init__(self, text: str) -> None:
        from protego import Protego

        self._rules = Protego.parse(_for_us(text))
        self.delay_s = float(self._rules.crawl_delay(PRODUCT) or 0)

    def why_not(self, url: str) -> str:
        try:
            may = self._rules.can_fetch(url, PRODUCT)
        except ValueError:  # an address that its parser takes for none
            may = False
        return "" if may else "its site's robots.txt forbids it"


def _for_us(text: str) -> str:
    """Return *text* with our name without its version, and with the same name for all other robots.

    Each rule is noted with each name above it: of thousands of both, that is more than fits into memory.
    """
    return "\n".join(map(_line_for_us, text.splitlines()))


def _line_for_us(line: str) -> str:
    if not _BETWEEN.sub("", line[:200]).lower().startswith("useragent"):
        return line
    named = _NAMED.search(line)
    name = named[1].lower() if named else ""
    return f"User-agent: {name if name in ('*', PRODUCT) else 'others'}"


def rules_of(answer: Answer) -> Rules:
    """Return the rules of the *answer* to a request for robots.txt, after redirects.

    None (any 4xx but 429) allow all; a server that cannot say them (5xx, 429) allows nothing, as RFC 9309 has it.
    """
    if answer.status == 200:
        return _Read(answer.content.decode("utf-8-sig", "replace"))
    if answer.status >= 500 or answer.status == 429:
        return unreadable(f"the answer was {answer.status}")
    return All()


def unreadable(why: str) -> Rules:
    """Return the rules of a robots.txt that is perhaps there and cannot be read."""
    return All(f"its site's robots.txt cannot be read ({why}), so nothing of the site is asked for")
