"""Mentions under one key, and their vote on what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.enrich.entities.merging.forms import Form, lists
from search.enrich.entities.merging.found import Found
from search.enrich.spans import Kind

#: Organisations that are surnames too: taken for people where nothing else was found.
_NAMESAKES: Final = frozenset(
    ["Wagner", "Ford", "Dell", "Disney", "Merck", "Chrysler", "Boeing", "Bosch", "Siemens", "Honda", "Toyota", "Porsche", "Ferrari", "Fitch", "Bloomberg"]
)  # fmt: skip

#: Votes of a mention in the body, and in a title, where capitals say less.
_IN_BODY: Final = 2
_IN_TITLE: Final = 1


class Group:
    """The mentions of an article that are written alike, or that were joined."""

    __slots__ = ("decided", "form", "found", "found_as", "has_taken", "into", "votes")

    def __init__(self, form: Form) -> None:
        #: The form that gives the group its name.
        self.form = form
        self.found: list[Found] = []
        #: Votes for each kind, by network and shape.
        self.votes: dict[Kind, int] = {}
        #: Votes of the network alone.
        self.found_as: dict[Kind, int] = {}
        #: The kind where other names of the article have decided it.
        self.decided: Kind | None = None
        #: The group that has taken this one's mentions.
        self.into: Group | None = None
        self.has_taken = False

    @property
    def kind(self) -> Kind | None:
        """The kind of most votes; None for what names nothing by itself."""
        if self.decided is not None:
            return self.decided
        form = self.form
        listed = form.listed
        if listed:
            if listed == "none":
                return None
            return listed if listed in self.found_as else self._is_namesake() or listed
        if form.is_generic:
            return None
        return _most(self.votes)

    @property
    def mostly_found_as(self) -> Kind:
        """The kind that the network gave most of its mentions."""
        return _most(self.found_as)

    def _is_namesake(self) -> Kind | None:
        """Return the other kind that it was always found as, where a listed name may be of that one too."""
        if len(self.found_as) > 1 or any(each.form.votes for each in self.found):
            return None
        name = self.form.name
        if self.form.listed == "place":
            # "Chad" said so; "Leicester" has won.
            if "person" in self.found_as and name in lists().words.first_names:
                return "person"
            is_team = "org" in self.found_as and self.form.is_one_word
            return "org" if is_team and name not in lists().words.countries else None
        return "person" if "person" in self.found_as and name in _NAMESAKES else None

    def take(self, other: Group) -> None:
        """Have the mentions of *other* too."""
        other.into = self
        self.has_taken = True
        self.found += other.found
        for mine, theirs in ((self.votes, other.votes), (self.found_as, other.found_as)):
            for kind, votes in theirs.items():
                mine[kind] = mine.get(kind, 0) + votes


def grouped(found: Sequence[Found], title_length: int) -> dict[str, Group]:
    """Return key -> its mentions, in the order of first appearance."""
    groups: dict[str, Group] = {}
    for each in found:
        kind, form = each.kind, each.form
        key = form.key
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(form)
        group.found.append(each)
        weight = _IN_TITLE if each.start < title_length else _IN_BODY
        found_as = group.found_as
        found_as[kind] = found_as.get(kind, 0) + weight
        votes = group.votes
        if form.votes:
            kind = form.shape
            weight += form.votes
        votes[kind] = votes.get(kind, 0) + weight
    return groups


def _most(votes: dict[Kind, int]) -> Kind:
    if len(votes) == 1:
        (kind,) = votes
        return kind
    return max(votes, key=votes.__getitem__)
