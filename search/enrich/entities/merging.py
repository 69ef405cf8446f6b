"""Merging: the mentions of an article that mean the same get one kind and one name."""

from __future__ import annotations

from collections import Counter, defaultdict

from search.enrich.entities.mentions import Mention
from search.enrich.entities.word_lists import Kind, Words


def merge(mentions: list[Mention], known: Words) -> None:
    """Give each of the *mentions* of an article its kind, and the name under which it is counted."""
    _apply_aliases(mentions, known)
    _join_people(mentions)
    _decide_kinds(mentions)


def _apply_aliases(mentions: list[Mention], known: Words) -> None:
    """Give short and long forms one name if the lists or the article say that they mean the same."""
    aliases = dict(known.aliases)
    for mention in mentions:
        long_form = known.aliases.get(mention.stands_for, mention.stands_for)
        if long_form and mention.name not in known.aliases and mention.name != long_form:
            # "World Health Organization (WHO)" is joined by the lists, under the short form.
            aliases.setdefault(mention.name, long_form)
    for mention in mentions:
        mention.name = aliases.get(mention.name, mention.name)


def _join_people(mentions: list[Mention]) -> None:
    """Give the forms of a person's name one name: "Antony J. Blinken", "Mr Blinken", "Blinken"."""
    forms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for mention in mentions:
        if mention.kind == "person" and " " in mention.name:
            forms[_ends(mention.name)][mention.name] += 1
    chosen = {ends: counts.most_common(1)[0][0] for ends, counts in forms.items()}
    by_surname: dict[str, set[str]] = defaultdict(set)
    by_part: dict[str, set[str]] = defaultdict(set)
    for full in chosen.values():
        parts = full.split(" ")
        by_surname[parts[-1]].add(full)
        for part in parts:
            by_part[part].add(full)
    for mention in mentions:
        if mention.kind == "person" and " " in mention.name:
            mention.name = chosen[_ends(mention.name)]
        elif mention.kind in ("person", None) and " " not in mention.name:
            _join_surname(mention, by_surname, by_part)


def _join_surname(
    mention: Mention, by_surname: dict[str, set[str]], by_part: dict[str, set[str]]
) -> None:
    """Give a lone surname, or another part of a name, the name of the only person who has it."""
    for index in (by_surname, by_part):
        if bearers := index.get(mention.name):
            mention.kind = "person"
            mention.weight = max(mention.weight, 2)
            if len(bearers) == 1:
                (mention.name,) = bearers
            return


def _ends(full: str) -> tuple[str, str]:
    """Return first and last word of a name, without suffixes such as "Jr."."""
    parts = [part for part in full.split(" ") if part not in ("Jr.", "Sr.", "Jr", "Sr")] or [full]
    return parts[0], parts[-1]


def _decide_kinds(mentions: list[Mention]) -> None:
    """Let the mentions of a name vote on its kind; a name without votes keeps None and is dropped."""
    votes: dict[str, Counter[Kind]] = defaultdict(Counter)
    for mention in mentions:
        if mention.kind is not None:
            votes[mention.name][mention.kind] += mention.weight
    short_forms = _short_forms(votes)
    for mention in mentions:
        if mention.name in votes:
            mention.kind = votes[mention.name].most_common(1)[0][0]
        elif full := short_forms.get(mention.name):
            mention.kind, mention.name = "org", full


def _short_forms(votes: dict[str, Counter[Kind]]) -> dict[str, str]:
    """Return first word -> organisation, if only one organisation of several words begins with it."""
    starts: dict[str, set[str]] = defaultdict(set)
    for name, counts in votes.items():
        if " " in name and counts.most_common(1)[0][0] == "org":
            starts[name.split(" ", 1)[0]].add(name)
    return {first: names.pop() for first, names in starts.items() if len(names) == 1}
