"""The names that a site goes by, so that none of them is taken for a title or an author."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from search.readers.html_tree import words_of

#: A part of a title that has more words is no name of a site.
_MAX_NAME_WORDS = 6
#: A name that is this short is found in too many words.
_MIN_PART_CHARS = 4


@dataclass(frozen=True)
class Site:
    """What a page says about its site: names, and the host of its address, "" if unknown."""

    names: tuple[str, ...] = ()
    host: str = ""

    @cached_property
    def _joined_names(self) -> frozenset[str]:
        return frozenset(filter(None, (_joined(name) for name in self.names)))

    @cached_property
    def _host_names(self) -> frozenset[str]:
        """Return what the host can be called: of "news.coast.example" "coast", "coastexample", ..."""
        labels = [_joined(label) for label in self.host.removeprefix("www.").split(".")][-5:]
        starts = range(len(labels))
        return frozenset(
            "".join(labels[a:b]) for a in starts for b in range(a + 1, len(labels) + 1)
        )

    def is_named(self, text: str) -> bool:
        """Whether *text* is a name of the site and nothing else."""
        joined = _joined(text)
        return bool(joined) and (joined in self._joined_names or joined in self._host_names)

    def is_in(self, text: str) -> bool:
        """Whether *text* is short and has a name of the site: "National | Coast Post"."""
        if self.is_named(text):
            return True
        joined = _joined(text)
        names = self._joined_names | {name for name in self._host_names if len(name) > 5}
        return len(text.split()) <= _MAX_NAME_WORDS and any(
            len(name) >= _MIN_PART_CHARS and name in joined for name in names
        )

    def has_part(self, name: str) -> bool:
        """Whether *name* is the site's or a part of it: "Coast" of "Coast Post"."""
        joined = _joined(name)
        host = self.host.replace("-", "")
        names = (*self._joined_names, host, host.replace(".", ""))
        return any(joined in each for each in names)


def _joined(text: str) -> str:
    return words_of(text).replace(" ", "")
