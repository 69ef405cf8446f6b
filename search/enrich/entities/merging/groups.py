"""Mentions under one key, and their vote on what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.enrich.entities.merging.forms import lists
from search.enrich.entities.merging.found import Found
from search.enrich.spans import Kind

#: Organisations that are surnames too: taken for people where nothing else was found.
_NAMESAKES: Final = frozenset(
    ["Wagner", "Ford", "Dell", "Disney", "Merck", "Chrysler", "Boeing", "Bosch", "Siemens", "Honda", "Toyota", "Porsche", "Ferrari", "Fitch", "Bloomberg"]
)  # fmt: skip

#: Votes of a mention in the body, and in a title, where capitals say less.
_IN_BODY: Final = 2
_IN_TITLE: Final = 1


class Votes:
    """How many votes each kind has."""

    __slots__ = ("_first", "_others", "_weight")

    def __init__(self, kind: Kind, weight: int) -> None:
        # Nearly always there is one kind.
        self._first = kind
        self._weight = weight
        self._others: dict[Kind, int] | None = None

    def add(self, kind: Kind, weight: int) -> None:
        """Count more votes for *kind*."""
        if kind == self._first:
            self._weight += weight
        elif self._others is None:
            self._others = {kind: weight}
        else:
            self._others[kind] = self._others.get(kind, 0) + weight

    def add_all(self, other: Votes) -> None:
        """Count the votes of *other* too."""
        self.add(other._first, other._weight)
        if other._others is not None:
            for kind, weight in other._others.items():
                self.add(kind, weight)

    def has(self, kind: Kind) -> bool:
        """Whether *kind* has any."""
        return kind == self._first or (self._others is not None and kind in self._others)

    @property
    def are_for_one(self) -> bool:
        return self._others is None

    @property
    def most(self) -> Kind:
        """The kind that has most; of two that have as many, the first that had any."""
        most, weight = self._first, self._weight
        if self._others is not None:
            for kind, votes in self._others.items():
                if votes > weight:
                    most, weight = kind, votes
        return most


class Group:
    """The mentions of an article that are written alike, or that were joined."""

    __slots__ = ("decided", "form", "found", "found_as", "has_taken", "into", "votes")

    def __init__(self, first: Found, votes: Votes, found_as: Votes) -> None:
        #: The form that gives the group its name.
        self.form = first.form
        self.found = [first]
        #: By network and shape.
        self.votes = votes
        #: By the network alone.
        self.found_as = found_as
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
            return listed if self.found_as.has(listed) else self._is_namesake() or listed
        if form.is_generic:
            return None
        return self.votes.most

    @property
    def mostly_found_as(self) -> Kind:
        """The kind that the network gave most of its mentions."""
        return self.found_as.most

    @property
    def has_shape(self) -> bool:
        """Whether the shape of a mention says its kind: "Zorn Corp", "Zorn Ministry"."""
        return any(each.form.votes for each in self.found)

    def _is_namesake(self) -> Kind | None:
        """Return the other kind that it was always found as, where a listed name may be of that one too."""
        if not self.found_as.are_for_one or self.has_shape:
            return None
        name = self.form.name
        if self.form.listed == "place":
            # "Chad" said so; "Leicester" has won.
            if self.found_as.has("person") and name in lists().words.first_names:
                return "person"
            is_team = self.found_as.has("org") and self.form.is_one_word
            return "org" if is_team and name not in lists().words.countries else None
        return "person" if self.found_as.has("person") and name in _NAMESAKES else None

    def take(self, other: Group) -> None:
        """Have the mentions of *other* too."""
        other.into = self
        self.has_taken = True
        self.found += other.found
        self.votes.add_all(other.votes)
        self.found_as.add_all(other.found_as)


def grouped(found: Sequence[Found], title_length: int) -> dict[str, Group]:
    """Return key -> its mentions, in the order of first appearance."""
    groups: dict[str, Group] = {}
    for each in found:
        kind, form = each.kind, each.form
        weight = _IN_TITLE if each.start < title_length else _IN_BODY
        shape, votes = (form.shape, weight + form.votes) if form.votes else (kind, weight)
        group = groups.get(form.key)
        if group is None:
            groups[form.key] = Group(each, Votes(shape, votes), Votes(kind, weight))
        else:
            group.found.append(each)
            group.found_as.add(kind, weight)
            group.votes.add(shape, votes)
    return groups
