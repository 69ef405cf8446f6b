"""Which of the organisations in an article are one: short and long forms, acronyms, "the Bank"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from search.enrich.entities.merging.forms import VOTES_OF_COMPANY, form_of, lists
from search.enrich.entities.merging.found import Link
from search.enrich.entities.merging.groups import Group

_SMALL: Final = frozenset(("of", "and", "for", "the", "in", "on", "to", "de", "du", "la"))

#: A word of capitals that is as long is a name that somebody has put in capitals.
_LONGER_THAN_ACRONYMS: Final = 5


def join_organisations(groups: dict[str, Group], links: Sequence[Link]) -> None:
    """Give the mentions of an organisation to the group of its longest name, or of the listed one."""
    if (house := groups.get("house")) and any(
        key in groups for key in ("senate", "congress", "house of representatives")
    ):
        _join_house(house, groups)
    longs: dict[str, set[str]] = {}
    for short, long in links:
        longs.setdefault(short, set()).add(long)
    for short, long in links:
        # "(ESP)" after two clubs is short for neither.
        if len(longs[short]) == 1:
            _join(groups.get(short), groups.get(long))
    long_names = [
        group
        for group in groups.values()
        if group.into is None and len(group.form.inside) > 1 and group.kind == "org"
    ]
    if not long_names:
        return
    lone = [
        group for group in groups.values() if group.into is None and len(group.form.inside) == 1
    ]
    _join_acronyms(lone, long_names)
    _join_without_country(groups, long_names)
    _join_short_names([group for group in lone if group.into is None], long_names)
    _settle_prefixes(groups.values(), long_names)


def _join_house(house: Group, groups: dict[str, Group]) -> None:
    """Take "the House" beside the Senate for the House of Representatives."""
    whole = groups.get("house of representatives")
    if whole is not None:
        whole.take(house)
        return
    form = form_of("House of Representatives", "org")
    if form is not None:
        house.form = form


def _join(short: Group | None, long: Group | None) -> None:
    if short is None or long is None or short is long:
        return
    if short.into is not None or long.into is not None:
        return
    if short.form.listed == "none":
        return
    kept, other = (short, long) if short.form.listed else (long, short)
    if long.form.listed and long.form.listed != "none":
        kept, other = long, short
    kept.take(other)
    if not kept.form.listed:
        kept.decided = "org"


def _join_acronyms(lone: Iterable[Group], long_names: Iterable[Group]) -> None:
    """Join "CCB" to the only organisation of the article whose words begin with these letters."""
    acronyms = [
        group
        for group in lone
        if group.form.is_upper and group.into is None and 2 <= len(group.form.name) <= 8
    ]
    if not acronyms:
        return
    by_initials: dict[str, list[Group]] = {group.form.key: [] for group in acronyms}
    for group in long_names:
        short = whole = ""
        for word in group.form.inside:
            whole += word[:1]
            if word not in _SMALL:
                short += word[:1]
        if short in by_initials:
            by_initials[short].append(group)
        if whole != short and whole in by_initials:
            by_initials[whole].append(group)
    for group in acronyms:
        bearers = [
            each
            for each in by_initials[group.form.key]
            # "EC Commission" begins with E and C, and is not the EC.
            if each.into is None and not each.form.key.startswith(group.form.key + " ")
        ]
        if len(bearers) == 1 and group.mostly_found_as != "place":
            _join(group, bearers[0])


def _join_without_country(groups: dict[str, Group], long_names: Iterable[Group]) -> None:
    """Join "Agriculture Department" to "U.S. Agriculture Department", where there is one of them."""
    by_rest: dict[str, list[Group]] = {}
    for group in long_names:
        rest = group.form.after_country
        if rest and group.into is None:
            by_rest.setdefault(rest, []).append(group)
    for rest, bearers in by_rest.items():
        short = groups.get(rest)
        if short is not None and short.into is None and len(bearers) == 1:
            bearer = bearers[0]
            if bearer is not short and bearer.into is None and short.kind in ("org", None):
                bearer.take(short)


def _join_short_names(lone: Sequence[Group], long_names: Iterable[Group]) -> None:
    short = [
        group
        for group in lone
        if group.form.is_generic or not (group.form.listed or group.decided == "person")
    ]
    if not short:
        return
    by_first: dict[str, list[Group]] = {group.form.key: [] for group in short}
    by_last: dict[str, list[Group]] = {key: [] for key in by_first}
    for group in long_names:
        if group.into is None:
            inside = group.form.inside
            first, last = inside[0], inside[-1]
            if first in by_first:
                by_first[first].append(group)
                if len(inside) > 2 and inside[1] in ("of", "for"):
                    by_last[first].append(group)
            if last in by_last:
                by_last[last].append(group)
    for group in short:
        _join_short(group, by_first, by_last)


def _join_short(
    group: Group, by_first: dict[str, list[Group]], by_last: dict[str, list[Group]]
) -> None:
    """Join "Chrysler" to "Chrysler Financial", and "Bank" to "Bank of Japan": the only one that it can be."""
    key = group.form.key
    if group.form.is_generic:
        if key == "house":
            return
        bearers = [each for each in by_last[key] if each.into is None]
        if len(bearers) == 1:
            bearers[0].take(group)
        return
    if key in lists().generic:
        return
    bearers = [each for each in by_first[key] if each.into is None]
    kind = group.kind
    if not bearers:
        # "Hutton" for "E.F. Hutton", which is named after a person.
        bearers = [each for each in by_last[key] if each.into is None]
        if kind == "person" and group.decided is None and len(bearers) == 1:
            bearers[0].take(group)
        return
    if kind == "other":
        return
    if kind != "org" and not any(
        each.form.votes == VOTES_OF_COMPANY for long in bearers for each in long.found
    ):
        return
    is_acronym = group.form.name.isupper() and len(group.form.name) < _LONGER_THAN_ACRONYMS
    if len(bearers) == 1 and not bearers[0].form.listed and not is_acronym:
        bearers[0].take(group)
        bearers[0].decided = "org"
    else:
        group.decided = "org"


def _settle_prefixes(groups: Iterable[Group], long_names: Iterable[Group]) -> None:
    """Make an organisation of "Merrill Lynch" where "Merrill Lynch Capital Markets" is one."""
    longer = [group for group in long_names if len(group.form.inside) > 2]
    if not longer:
        return
    people = {
        group.form.key: group
        for group in groups
        if group.into is None
        and not group.form.is_one_word
        and not group.form.listed
        and group.kind == "person"
    }
    if not people:
        return
    for group in longer:
        inside = group.form.inside[:8]
        if group.has_shape:
            for size in range(2, len(inside)):
                if person := people.get(" ".join(inside[:size])):
                    person.decided = "org"
