"""People, organisations and places in an article, each under one name over the whole article.

By rules and word lists; docs/entities.md has the rules and how well they do. Whoever replaces them
keeps `extract`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from search.enrich.entities.capitalised import is_heading
from search.enrich.entities.mentions import Mention, find_mentions, known_names
from search.enrich.entities.word_lists import Kind, Words, words
from search.model.article import Article, Entities, Entity, paragraph_ranges
from search.text.spacing import single_spaced

#: Most entities of one article, all kinds together; the most mentioned are kept.
MAX_ENTITIES = 200

#: Entities are looked for in so many characters from the start of the body; news is far shorter.
MAX_CHARS = 200_000

_LOWER_WORD = re.compile(r"(?<![\w'’-])[a-z]{2,}")
_INITIAL = re.compile(r"\w\.?")


def extract(article: Article) -> Entities:
    """Return who and what *article* names in its title and body, never raising.

    A name stands as the article has it, or as lists/aliases.txt says, with single spaces.
    The authors are not looked at: they are in it only if the text names them.
    """
    known = words()
    body = article.body[:MAX_CHARS]
    lines = [single_spaced(article.title[:MAX_CHARS])]
    lines += (single_spaced(body[start:end]) for start, end in paragraph_ranges(body))
    lower_words = set(_LOWER_WORD.findall(body))
    headings = [is_heading(line) for line in lines]
    mentions: list[list[Mention]] = [
        [] if heading else list(find_mentions(line, known, lower_words))
        for line, heading in zip(lines, headings, strict=True)
    ]
    _settle([mention for line in mentions for mention in line], known)
    if any(headings):
        names = _names_to_look_for(mentions, known)
        for at, heading in enumerate(headings):
            if heading:
                mentions[at] = list(known_names(lines[at], names))
    return _counted(mention for line in mentions for mention in line)


def _settle(mentions: list[Mention], known: Words) -> None:
    """Give every mention its kind and the name it is counted under, from the whole article."""
    _apply_aliases(mentions, known)
    _join_people(mentions)
    _decide_kinds(mentions)


def _apply_aliases(mentions: list[Mention], known: Words) -> None:
    """Count short and long form together where the lists or the article say that they are one."""
    aliases = dict(known.aliases)
    for mention in mentions:
        long_form = known.aliases.get(mention.stands_for, mention.stands_for)
        if long_form and mention.name not in known.aliases and mention.name != long_form:
            # "World Health Organization (WHO)" is joined by the lists, under the short form.
            aliases.setdefault(mention.name, long_form)
    for mention in mentions:
        mention.name = aliases.get(mention.name, mention.name)


def _join_people(mentions: list[Mention]) -> None:
    """Bring the forms of one person's name together: "Antony J. Blinken", "Mr Blinken", "Blinken"."""
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
    """Count a lone surname, else another part of a name, for the one person here who has it."""
    for index in (by_surname, by_part):
        if bearers := index.get(mention.name):
            mention.kind = "person"
            mention.weight = max(mention.weight, 2)
            if len(bearers) == 1:
                (mention.name,) = bearers
            return


def _ends(full: str) -> tuple[str, str]:
    """Return first and last word of a name without what may be left out, such as "Jr."."""
    parts = [part for part in full.split(" ") if part not in ("Jr.", "Sr.", "Jr", "Sr")] or [full]
    return parts[0], parts[-1]


def _decide_kinds(mentions: list[Mention]) -> None:
    """Let the mentions of one name vote on its kind; what nobody knows is dropped (kind None)."""
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
    """Return first word -> organisation, where one organisation of several words begins with it."""
    starts: dict[str, set[str]] = defaultdict(set)
    for name, counts in votes.items():
        if " " in name and counts.most_common(1)[0][0] == "org":
            starts[name.split(" ", 1)[0]].add(name)
    return {first: names.pop() for first, names in starts.items() if len(names) == 1}


def _names_to_look_for(mentions: list[list[Mention]], known: Words) -> dict[str, tuple[Kind, str]]:
    """Return form -> (kind, name) of what a heading may name: listed, or found in the text."""
    names: dict[str, tuple[Kind, str]] = {
        form: (kind, known.aliases.get(form, form))
        for form, kind in known.listed.items()
        if kind != "none"
    }
    for mention in (mention for line in mentions for mention in line):
        if mention.kind is not None:
            names[mention.name] = (mention.kind, mention.name)
            if mention.kind == "person":
                names.setdefault(mention.name.rpartition(" ")[2], ("person", mention.name))
    return names


def _counted(mentions: Iterable[Mention]) -> Entities:
    counts: Counter[tuple[Kind, str]] = Counter(
        (mention.kind, mention.name) for mention in mentions if mention.kind is not None
    )
    kept = set(dict(counts.most_common(MAX_ENTITIES))) if len(counts) > MAX_ENTITIES else counts

    def of(kind: Kind) -> Iterator[Entity]:
        # A Counter keeps the order in which the names came first.
        return (
            Entity(name, count)
            for (k, name), count in counts.items()
            if k == kind and (k, name) in kept
        )

    return Entities(tuple(of("person")), tuple(of("org")), tuple(of("place")))
