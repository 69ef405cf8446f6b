"""The tagger: people, organisations and places of an article, found by rules and word lists.

docs/entities.md has the rules and how well they do. Another tagger has `extract` too, and a name of its own
(`search.enrich.entities.TAGGER`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from search.enrich.entities.capitalised_runs import is_heading
from search.enrich.entities.mentions import Mention, find_mentions, known_names
from search.enrich.entities.merging import merge
from search.enrich.entities.word_lists import Kind, Words, words
from search.model.article import Article, Entities, Entity, paragraph_ranges
from search.text.spacing import single_spaced

#: Most entities of one article, all kinds together; the most mentioned are kept.
MAX_ENTITIES = 200

#: Entities are looked for in the first characters of the body only; news is far shorter than this.
MAX_CHARS = 200_000

_LOWER_WORD = re.compile(r"(?<![\w'’-])[a-z]{2,}")


def extract(article: Article) -> Entities:
    """Return who and what *article* names in its title and body. Never raises.

    A name is written as in the article, or as in lists/aliases.txt, with single spaces. Authors are
    among the people only if the text names them.
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
    merge([mention for line in mentions for mention in line], known)
    if any(headings):
        names = _names_to_look_for(mentions, known)
        for at, heading in enumerate(headings):
            if heading:
                mentions[at] = list(known_names(lines[at], names))
    return _counted(mention for line in mentions for mention in line)


def _names_to_look_for(mentions: list[list[Mention]], known: Words) -> dict[str, tuple[Kind, str]]:
    """Return form -> (kind, name) of what a heading may mention: listed names, and names found in the text."""
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
        return (Entity(name) for k, name in counts if k == kind and (k, name) in kept)

    return Entities(tuple(of("person")), tuple(of("org")), tuple(of("place")))
