"""Find where a text mentions people, organisations and places, by capitals, lists and context.

The rules are in docs/entities.md. `merging` decides what the mentions of a whole article are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.enrich.entities.capitalised_runs import (
    CapitalisedRun,
    capitalised_runs,
    is_capitalised,
    without_ending,
)
from search.enrich.entities.word_lists import Kind, Words, bare
from search.text.names import PARTICLES

#: Longer names are noise: no person, organisation or place has one.
MAX_NAME_CHARS = 80

#: Most words of a person's name, small ones such as "van der" counted.
MAX_PERSON_WORDS = 6

_ROMAN = re.compile(r"[IVX]+")
_PLACE_OF = re.compile(
    r"\b(?:city|town|village|province|region|district|county|capital|port|island|state|suburb) of $"
)
_WORD_AFTER = re.compile(r",? ([a-z]+)")
_AGE = re.compile(r", \d\d?,")


@dataclass(slots=True)
class Mention:
    """One mention: its kind (None where only the rest of the article can tell), name and weight.

    ``weight`` is how sure the kind is: 3 listed or titled, 2 by the shape of the name, 1 by context.
    """

    kind: Kind | None
    name: str
    weight: int
    #: The long form of an organisation, if this mention follows it in brackets.
    stands_for: str = ""


def find_mentions(paragraph: str, known: Words, lower_words: set[str]) -> Iterator[Mention]:
    """Yield the mentions in *paragraph* in order; its white space is single spaces.

    *lower_words* are the words that the article has in lower case: at the start of a sentence they
    are not taken for names.
    """
    long_form = ""
    for run in capitalised_runs(paragraph, known):
        found = _mentions_of_run(run, known, lower_words)
        for mention in found:
            if run.in_brackets and len(found) == 1 and is_short_for(mention.name, long_form):
                mention.kind, mention.stands_for = "org", long_form
            if len(mention.name) <= MAX_NAME_CHARS:
                yield mention
        long_form = found[-1].name if found and found[-1].kind != "place" else ""


def is_short_for(acronym: str, long_form: str) -> bool:
    """Whether the letters of *acronym* are first letters of the words of *long_form*, in order."""
    if " " in acronym or " " not in long_form or not acronym[:2].isupper() or len(acronym) > 10:
        return False
    initials = iter(word[0].lower() for word in re.split(r"[\s-]+", long_form) if word)
    return all(letter.lower() in initials for letter in acronym if letter.isupper())


def known_names(line: str, names: dict[str, tuple[Kind, str]]) -> Iterator[Mention]:
    """Yield mentions of *names* (form -> kind, name) in a heading in title case, longest first."""
    if line.isupper():
        return  # "WHO IS TO BLAME"
    pieces = [word.strip("“”\"‘’',:;!?()[]") for word in line.split()]
    forms = [bare(without_ending(piece)) for piece in pieces]
    at = 0
    while at < len(forms):
        for size in range(min(5, len(forms) - at), 0, -1):
            if found := names.get(" ".join(forms[at : at + size])):
                yield Mention(*found, 1)
                break
        else:
            size = 1
        at += size


def _mentions_of_run(run: CapitalisedRun, known: Words, lower_words: set[str]) -> list[Mention]:
    """Read a run from left to right; each rule says how many words it took."""
    found: list[Mention] = []
    at = _skip_sentence_start(run, known, lower_words)
    while at < len(run.words):
        word = run.words[at]
        if not is_capitalised(word) or word in known.starters:
            at += 1
            continue
        end = run.stretch_end(at, known)
        for rule in _RULES:
            if taken := rule(run, at, end, known, found):
                at += taken
                break
        else:
            at += 1
    return found


def _skip_sentence_start(run: CapitalisedRun, known: Words, lower_words: set[str]) -> int:
    """Return 1 where the first word is capitalised only because it opens a sentence."""
    first = run.words[0]
    if not run.opens_sentence or 0 in run.ends:
        return 0
    if first in known.plain and known.longest.get(first, 1) == 1:
        return 1
    if first in known.first_names or first in known.listed or first in known.demonyms:
        return 0
    if len(run.words) > 1 and (
        first in known.organisation_heads or first in known.organisation_words
    ):
        return 0
    return int(first.lower() in lower_words and first.lower() not in known.titles)


def _listed_phrase(
    run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]
) -> int:
    size = run.listed_at(at, known)
    if not size:
        return 0
    tail = run.words[at + size : end]
    # "New York" but not the New York of "New York University".
    if tail and (tail[-1] in known.organisation_heads or tail[-1] in known.place_heads):
        return 0
    name = " ".join(map(bare, run.words[at : at + size]))
    kind = known.listed[name]
    if kind != "none":
        found.append(Mention(kind, name, 3))
    return size


def _organisation(
    run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]
) -> int:
    """Take "Kenya Meteorological Agency", "Bank of England", "Security and Defence Council"."""
    words = run.words
    # In "National Security and Defence Council" both sides of "and" are made of such words.
    if end + 1 < len(words) and words[end] == "and" and _all_generic(words[at:end], known):
        beyond = run.stretch_end(end + 1, known)
        if words[beyond - 1] in known.organisation_heads:
            end = beyond
    head = next((i for i in range(end - 1, at - 1, -1) if words[i] in known.organisation_heads), -1)
    if head < 0:
        return 0
    last = _organisation_tail(run, head, known)
    before_head = words[at:head]
    if not before_head and last == head + 1:
        return 0  # a bare "Council"
    if all(word in known.corporate_ends for word in words[at:last]):
        return last - at  # what is left of "Merck and Co Inc"
    is_company = words[head] in known.corporate_ends  # "General Motors Corp"
    if (
        before_head
        and _is_title(words[at], known)
        and not (is_company or _all_generic(before_head, known))
    ):
        return 0
    if last - at == 2 and words[at] in known.first_names and words[head] in known.surname_heads:
        return 0
    name = " ".join(words[at:last])
    if is_company:
        name = name.removesuffix(".")  # "Corp." and "Corp" are one
    found.append(Mention("org", name, 3 if last - at > 2 else 2))
    return last - at


def _organisation_tail(run: CapitalisedRun, head: int, known: Words) -> int:
    """Return the end of what "of" or "for" adds to an organisation whose head is at *head*."""
    words, end = run.words, head + 1
    while end + 1 < len(words) and end - 1 not in run.ends and words[end] in ("of", "for", "and"):
        joint, after = words[end], end + 1 + (words[end + 1] in ("the", "la"))
        if after >= len(words) or words[after] in known.starters or _is_title(words[after], known):
            break
        beyond = run.stretch_end(after, known)
        generic = _all_generic(words[after:beyond], known)
        if (joint == "and" and end == head + 1) or (joint != "of" and not generic):
            break
        if size := run.listed_at(after, known):
            beyond = after + size
        elif words[after] in known.listed:
            beyond = after + 1
        end = beyond
    return end


def _all_generic(words: list[str], known: Words) -> bool:
    return all(word in known.organisation_words or word in known.demonyms for word in words)


def _is_title(word: str, known: Words) -> bool:
    return word.lower() in known.titles


def _titled(run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take an office and the name that follows: "Secretary of State Antony Blinken"."""
    words = run.words
    to = _title_end(run, at, known)
    if to == at:
        return 0
    if not any(_is_title(word, known) for word in words[at:to]):
        # What an office is about, without the office: a lone "Health" is nothing.
        return int(to == end == at + 1 and bare(words[at]) not in known.listed)
    if to >= len(words) or to - 1 in run.ends or not words[to][0].isupper():
        return to - at
    first = words[to]
    if first in known.demonyms or first in known.plain or run.listed_at(to, known):
        return to - at
    name_end = _name_end(run, to, known)
    if name_end == to + 1 and known.listed.get(bare(first)) in ("place", "org"):
        return to - at
    found.append(Mention("person", " ".join(words[to:name_end]), 3))
    return name_end - at


def _title_end(run: CapitalisedRun, at: int, known: Words) -> int:
    """Return the end of the words of an office, "of State" and "and Prime Minister" among them."""
    words, to = run.words, at
    while to < len(words) and to - 1 not in run.ends:
        low = words[to].lower()
        following = words[to + 1 : to + 3]
        if low in ("of", "for", "and", "the"):
            belongs = to > at and any(
                w.lower() in known.title_topics or w.lower() in known.titles for w in following
            )
        else:
            belongs = low in known.titles or (low in known.title_topics and words[to][0].isupper())
        if not belongs:
            break
        to += 1
    return to


def _name_end(run: CapitalisedRun, at: int, known: Words) -> int:
    """Return the end of a person's name that begins at *at*."""
    words, end = run.words, at
    while end < len(words) and end - at < MAX_PERSON_WORDS:
        word, following = words[end], words[end + 1 : end + 3]
        if not is_capitalised(word):
            if end == at or word not in PARTICLES or not any(map(is_capitalised, following)):
                break
        elif end > at and (
            word in known.starters
            or word in known.demonyms
            or (len(word) > 1 and word.isupper() and "." not in word and not _ROMAN.fullmatch(word))
            or (len(word) > 3 and _is_title(word, known) and _has_own_name(following))
        ):
            break
        end += 1
        if end - 1 in run.ends:
            break
    return end


def _has_own_name(following: list[str]) -> bool:
    """Whether a title belongs to the name after it, and is no surname as in "Martin Luther King Jr."."""
    return bool(following) and is_capitalised(following[0]) and following[0][:2] not in ("Jr", "Sr")


def _person(run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take a listed given name and what follows it."""
    first = run.words[at]
    if first not in known.first_names or at in run.ends:
        return 0
    name_end = _name_end(run, at, known)
    if name_end - at < 2:
        return 0
    last = run.words[name_end - 1]
    if last in known.event_heads or (last in known.place_heads and first in known.listed):
        return 0
    found.append(Mention("person", " ".join(run.words[at:name_end]), 2))
    return name_end - at


def _shaped(run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take what first or last word gives away: "Paris Agreement" is nothing, "Swan River" a place."""
    words = run.words
    if end - at < 2:
        return 0
    last = words[end - 1]
    if last in known.event_heads:
        return end - at
    if last in known.place_heads and words[at] not in known.demonyms:
        found.append(Mention("place", " ".join(words[at:end]), 2))
        return end - at
    if words[at] in known.place_starts and words[at + 1] not in known.listed:
        found.append(Mention("place", " ".join(words[at : at + 2]), 2))
        return 2
    return 0


def _listed_word(run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take one listed word: a country, a known organisation, a nationality, a month."""
    word = bare(run.words[at])
    kind = known.listed.get(word)
    if kind is None:
        front, hyphen, back = word.partition("-")
        if word in known.demonyms or front in known.demonyms:
            kind = "none"  # "Russian", "Russian-speaking"
        elif hyphen and back.islower() and front in known.listed:
            word, kind = front, known.listed[front]
        elif word.isupper() and len(word) > 3 and known.listed.get(word.title()) == "place":
            word, kind = word.title(), "place"  # a dateline
        else:
            return 0
    if kind != "none":
        found.append(Mention(kind, word, 3))
    return 1


def _unknown(run: CapitalisedRun, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take words of no list: by their number, their capitals and what stands around them."""
    words, to = run.words, at + 1
    while to < end and bare(words[to]) not in known.listed and not _is_title(words[to], known):
        to += 1
    if to == end:
        to = max(to, _name_end(run, at, known))
    name = " ".join(words[at:to])
    if to - at == 1:
        found.append(_lone(run, at, known))
    elif name.isupper() or any(c.isdigit() for c in name):
        pass  # shouting; an aircraft, a road, a product
    elif any(w in known.organisation_words or w in known.plain for w in words[at:to]):
        found.append(Mention(None, name, 1))
    elif (hint := _hint(run, at, to, known)) is not None:
        found.append(Mention(hint, name, 1))
    elif to - at <= 4:
        found.append(Mention("person", name, 1))
    return to - at


def _lone(run: CapitalisedRun, at: int, known: Words) -> Mention:
    """Return the mention of one unlisted word, its kind from its capitals or its neighbours."""
    name = run.words[at]
    if len(name) == 1 or name.title() in known.plain:
        return Mention(None, name, 0)
    if 2 <= len(name) <= 6 and name.replace("&", "").isalpha() and name.isupper():
        return Mention("org", name, 2)
    if any(
        name in words
        for words in (
            known.organisation_words, known.organisation_heads, known.place_heads,
            known.place_starts, known.event_heads,
        )
    ):  # fmt: skip
        return Mention(None, name, 0)
    return Mention(_hint(run, at, at + 1, known), name, 1)


def _hint(run: CapitalisedRun, at: int, to: int, known: Words) -> Kind | None:
    """Return what the words around say of the unlisted name at *at*: "in X", "X airline", "X said"."""
    if kind := known.said_before.get(run.word_before(at)):
        return kind
    if at == 0 and _PLACE_OF.search(run.before):
        return "place"
    if to < len(run.words):
        return None
    if _AGE.match(run.after):
        return "person"
    after = _WORD_AFTER.match(run.after)
    return known.said_after.get(after[1]) if after else None


#: In order: the first that takes words has them.
_RULES = (_listed_phrase, _organisation, _titled, _person, _shaped, _listed_word, _unknown)
