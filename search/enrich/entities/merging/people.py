"""Which of the people in an article are one: "Antony J. Blinken", "Mr Blinken", "Blinken"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from search.enrich.entities.merging.groups import Group

#: The number of people who differ in their middle names alone that one more is compared with.
_MOST_NAMESAKES: Final = 8

#: The number of people with one surname who are looked at for "Jr.": two of them are too many for a lone surname.
_MOST_BEARERS: Final = 8

#: Of a longer name only the first and the last words are looked at.
_MOST_WORDS: Final = 8


def join_people(groups: dict[str, Group]) -> None:
    """Give the mentions of a person to the group of the full name."""
    full = [
        group for group in groups.values() if len(group.form.words) > 1 and group.kind == "person"
    ]
    if not full:
        return
    full = _joined_full_names(full)
    lone = [group for group in groups.values() if len(group.form.words) == 1 and group.into is None]
    by_last: dict[str, list[Group]] = {group.form.words[0]: [] for group in lone}
    by_part: dict[str, list[Group]] = {word: [] for word in by_last}
    for group in full:
        inside = group.form.words
        if (bearers := by_last.get(inside[-1])) is not None:
            bearers.append(group)
        for part in inside[: min(_MOST_WORDS, len(inside)) - 1]:
            bearers = by_part.get(part)
            if bearers is not None and (not bearers or bearers[-1] is not group):
                bearers.append(group)
    for group in lone:
        _join_lone(group, by_last, by_part)


def _joined_full_names(full: list[Group]) -> list[Group]:
    """Join full names with and without initials or middle names; return those that are left."""
    if _have_own_surnames(full):
        return full
    by_ends: dict[tuple[str, str], list[Group]] = {}
    # The fullest first: "George Bush" is one of two who have initials, and neither.
    for group in sorted(full, key=lambda each: -len(each.form.words)):
        ends = (group.form.words[0], group.form.words[-1])
        others = by_ends.setdefault(ends, [])
        same = [each for each in others[:_MOST_NAMESAKES] if _may_be_one(each, group)]
        if len(same) == 1:
            _take(same[0], group, is_first=group.found[0].start < same[0].found[0].start)
        else:
            others.append(group)
    # "Otto Poehl" for "Karl Otto Poehl", "A. Jones" for "Alan Jones": where only one person can be meant.
    by_pair: dict[tuple[str, str], set[int]] = {}
    left = [group for group in full if group.into is None]
    for at, group in enumerate(left):
        *inside, last = group.form.words[:_MOST_WORDS]
        for part in inside:
            by_pair.setdefault((part, last), set()).add(at)
            if len(part) > 1 and part == inside[0]:
                by_pair.setdefault((part[0], last), set()).add(at)
    for at, group in enumerate(left):
        first, last = group.form.words[0], group.form.words[-1]
        bearers = by_pair.get((first, last), set()) - {at}
        if len(bearers) == 1 and (len(first) == 1 or len(group.form.words) == 2):
            (bearer,) = bearers
            other = left[bearer]
            is_free = other.into is None and group.into is None
            if is_free and _suffix(other) == _suffix(group):
                _take(other, group)
    return [group for group in left if group.into is None]


def _have_own_surnames(full: Sequence[Group]) -> bool:
    """Whether no two of *full* can be one, as in most articles."""
    surnames = set()
    for group in full:
        if len(group.form.words) > _MOST_WORDS:
            return False
        surnames.add(group.form.words[-1])
    return len(surnames) == len(full)


def _may_be_one(group: Group, other: Group) -> bool:
    """Whether names with the same ends are one: not those of George W. and George H.W. Bush, or of father and son."""
    if _suffix(group) != _suffix(other):
        return False
    inside, others = group.form.words[1:-1], other.form.words[1:-1]
    if not inside or not others or len(inside) != len(others):
        return True
    return all(
        mine == theirs or (1 in (len(mine), len(theirs)) and mine[0] == theirs[0])
        for mine, theirs in zip(inside, others, strict=True)
    )


def _suffix(group: Group) -> str:
    """Return "jr" for "Ezra Roe Jr.", "" for most."""
    last = group.form.inside[-1]
    return last if last in ("jr", "sr") else ""


def _take(bearer: Group, other: Group, is_first: bool = False) -> None:
    # The form that is written more often is the name; of two that are written as often, the first.
    if len(other.found) + is_first > len(bearer.found):
        bearer.form = other.form
    bearer.take(other)


def _join_lone(
    group: Group, by_last: dict[str, list[Group]], by_part: dict[str, list[Group]]
) -> None:
    """Give a lone surname, or another part of a name, to the only person who has it."""
    (word,) = group.form.words
    for index in (by_last, by_part):
        bearers = index[word]
        if not bearers:
            continue
        if not _may_be_person(group, is_surname=index is by_last):
            return
        if index is by_last:
            bearers = _with_suffix(bearers, _suffix(group))
        if len(bearers) == 1:
            bearers[0].take(group)
            bearers[0].decided = "person"
        else:
            group.decided = "person"
        return


def _with_suffix(bearers: list[Group], suffix: str) -> list[Group]:
    """Return those of *bearers* who can be meant: the father is "Roe" beside "Roe Jr.", who is "Roe" where he is alone."""
    if len(bearers) == 1 and not suffix:
        return bearers
    meant = [each for each in bearers[:_MOST_BEARERS] if _suffix(each) == suffix]
    return meant if meant or suffix else bearers


def _may_be_person(group: Group, is_surname: bool) -> bool:
    found_as = group.mostly_found_as
    if found_as == "person":
        return True
    if any(each.form.votes and each.form.shape == "org" for each in group.found):
        return False
    if not is_surname:
        return False
    return not group.form.listed or (found_as == "other" and group.form.shape == "other")
