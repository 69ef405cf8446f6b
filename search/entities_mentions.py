"""Find where a text mentions people, organisations and places, by capitals, lists and context.

The rules are in docs/entities.md. What one mention is called over the whole article is decided in
entities.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from search.entities_words import Kind, Words, bare

#: A longer run of capitalised words is a table or a shout; only its first words are looked at.
MAX_RUN_WORDS = 200

#: Longer names are noise: no person, organisation or place has one.
MAX_NAME_CHARS = 80

_NAME_PARTICLES = frozenset(
    "de da do dos das del della di du des la le van von der den ter ten zu bin ibn al el y".split()
)
_PLACE_BEFORE = frozenset("in near around outside across inside throughout".split())
_PLACE_NOUNS = frozenset(
    "city town village district province region county port capital suburb island river lake station airport state "
    "neighbourhood neighborhood municipality peninsula valley".split()
)
_COMPANY_NOUNS = frozenset(
    "company firm operator maker carmaker automaker giant group airline bank lender retailer producer utility agency "
    "broadcaster newspaper magazine platform startup subsidiary party militia charity insurer supplier manufacturer "
    "brewer miner club union website".split()
)
_SAYING = re.compile(
    r",? (?:said|says|told|added|wrote|argued|warned|asked|replied|who|whose|was born)\b|, \d\d?,"
)
_SAYING_BEFORE = frozenset("said says added".split())
_CORPORATE_END = frozenset(
    "Inc Inc. Corp Corp. Co Co. Ltd Ltd. LLC LLP plc PLC AG GmbH SA NV SE".split()
)
_SENTENCE_END = ".!?…:;•"
_OPENING = "“\"‘«([-–—*'’”» "


@dataclass(slots=True)
class Mention:
    """One mention: its kind (None where only the rest of the article can tell), name and weight.

    ``weight`` is how sure the kind is: 3 listed or titled, 2 by the shape of the name, 1 by context.
    """

    kind: Kind | None
    name: str
    weight: int
    #: The organisation's long form right before, where this stands behind it in brackets.
    stands_for: str = ""


@dataclass(slots=True)
class _Run:
    """A run of capitalised words and the small words between them, with what stands around it."""

    words: list[str]
    opens_sentence: bool
    before: str
    after: str
    #: Where a possessive ends a name: indexes of words that had an 's.
    ends: set[int] = field(default_factory=set)


@cache
def _run_pattern() -> re.Pattern[str]:
    """Compile the pattern of a run. Each part begins differently, so that nothing is tried twice."""
    capital = "[" + "".join(chr(c) for c in range(0x2000) if chr(c).isupper()) + "]"
    word = (
        rf"(?:(?:{capital}\.){{2,}}(?:{capital}(?!\w))?"
        r"|(?:Mrs?|Ms|Dr|Prof|Rev|Gen|Lt|Col|Sgt|Capt|Maj|Adm|Sen|Rep|Gov|St|Jr|Sr|Inc|Corp|Co|Ltd|Hon)\.(?= )"
        rf"|{capital}\.(?= {capital})"
        rf"|(?:(?:al|el|as|an|ad)-)?{capital}\w*(?:[&'’‑-]\w+)*\+?)"
    )
    between = (
        "(?:(?:of|for|and|de|da|do|dos|das|del|della|di|du|des|la|le|van|von|der|den|ter|ten|zu|bin|ibn|al|el|y)"
        " (?:the |la |los |las |der |den )?)?"
    )
    return re.compile(rf"(?<![\w&-]){word}(?: {between}{word})*")


def find_mentions(paragraph: str, known: Words, lower_words: set[str]) -> Iterator[Mention]:
    """Yield the mentions in *paragraph* in order; its white space is single spaces.

    *lower_words* are the words that the article has in lower case: at the start of a sentence they
    are not taken for names.
    """
    last_end, long_form = -1, ""
    for match in _run_pattern().finditer(paragraph):
        start, end = match.span()
        run = _Run(
            match.group().split(" ", MAX_RUN_WORDS)[:MAX_RUN_WORDS],
            _opens_sentence(paragraph, start),
            paragraph[max(0, start - 24) : start],
            paragraph[end : end + 12],
        )
        in_brackets = paragraph[last_end:start] == " (" and paragraph[end : end + 1] == ")"
        found = _mentions_of_run(run, known, lower_words)
        for mention in found:
            if in_brackets and len(found) == 1 and is_short_for(mention.name, long_form):
                mention.kind, mention.stands_for = "org", long_form
            if len(mention.name) <= MAX_NAME_CHARS:
                yield mention
        last_end = end
        long_form = found[-1].name if found and found[-1].kind != "place" else ""


def is_short_for(acronym: str, long_form: str) -> bool:
    """Whether the letters of *acronym* are first letters of the words of *long_form*, in order."""
    letters = [c for c in acronym if c.isalpha()]
    if not 2 <= len(letters) <= 10 or " " in acronym or not acronym[:2].isupper():
        return False
    initials = iter(word[0].lower() for word in re.split(r"[\s-]+", long_form) if word)
    return " " in long_form and all(c.lower() in initials for c in letters if c.isupper())


def is_heading(line: str) -> bool:
    """Whether *line* is in title case or capitals, where a capital says nothing about a word."""
    content = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    if len(content) < 3 or line.endswith((".", "”")):
        return len(content) > 1 and line.isupper()
    return sum(word[0].isupper() for word in content[1:]) >= 0.75 * (len(content) - 1)


def known_names(line: str, names: dict[str, tuple[Kind, str]]) -> Iterator[Mention]:
    """Yield mentions of *names* (form -> kind, name) in a heading, longest first."""
    pieces = [word.strip("“”\"‘’',:;!?()[]") for word in line.split()]
    forms = [_without_possessive(piece) for piece in pieces]
    at = 0
    while at < len(forms):
        for size in range(min(5, len(forms) - at), 0, -1):
            if hit := names.get(" ".join(forms[at : at + size])):
                yield Mention(hit[0], hit[1], 1)
                break
        else:
            size = 1
        at += size


def _opens_sentence(paragraph: str, start: int) -> bool:
    # Eight characters are more than quotes, brackets and spaces take between two sentences.
    before = paragraph[max(0, start - 8) : start]
    if before[-1:] in ("“", '"', "‘"):
        return True
    before = before.rstrip(_OPENING)
    return (not before and start < 8) or before[-1:] in _SENTENCE_END


def _without_possessive(word: str) -> str:
    if word[-2:] in ("'s", "’s", "'S", "’S"):
        return word[:-2]
    return word


def _mentions_of_run(run: _Run, known: Words, lower_words: set[str]) -> list[Mention]:
    """Read a run from left to right; each rule says how many words it took."""
    found: list[Mention] = []
    _drop_possessives(run, known)
    at = _skip_sentence_start(run, known, lower_words)
    while at < len(run.words):
        word = run.words[at]
        if not (word[0].isupper() or "-" in word[1:4]) or word in known.starters:
            at += 1
            continue
        end = _stretch_end(run, at, known)
        for rule in (
            _listed_phrase,
            _organisation,
            _titled,
            _person,
            _shaped,
            _listed_word,
            _unknown,
        ):
            if taken := rule(run, at, end, known, found):
                at += taken
                break
        else:
            at += 1
    return found


def _drop_possessives(run: _Run, known: Words) -> None:
    for at, word in enumerate(run.words):
        stem = _without_possessive(word)
        if stem is not word and word.replace("’", "'") not in known.listed:
            run.words[at] = stem
            run.ends.add(at)


def _skip_sentence_start(run: _Run, known: Words, lower_words: set[str]) -> int:
    """Return 1 where the first word is capitalised only because it opens a sentence."""
    first = run.words[0]
    if not run.opens_sentence or 0 in run.ends:
        return 0
    if first in known.plain and known.longest.get(first, 1) == 1:
        return 1
    is_name = first in known.first_names or first in known.listed or first in known.demonyms
    is_common = first.lower() in lower_words and first.lower() not in known.titles
    heads = first in known.organisation_heads or first in known.organisation_words
    return int(is_common and not is_name and not (heads and len(run.words) > 1))


def _stretch_end(run: _Run, at: int, known: Words) -> int:
    """Return the end of the capitalised words from *at*: a small word, possessive or suffix ends them."""
    end = at
    while end < len(run.words):
        word = run.words[end]
        if end > at and (not word[0].isupper() and "-" not in word or word in known.starters):
            break
        end += 1
        if end - 1 in run.ends or word in _CORPORATE_END:
            break
    return end


def _listed_at(run: _Run, at: int, known: Words) -> int:
    """Return how many words the longest listed name of at least two words at *at* has, or 0."""
    first = bare(run.words[at])
    for size in range(min(known.longest.get(first, 1), len(run.words) - at), 1, -1):
        if any(inner in run.ends for inner in range(at, at + size - 1)):
            continue
        if " ".join(map(bare, run.words[at : at + size])) in known.listed:
            return size
    return 0


def _listed_phrase(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    size = _listed_at(run, at, known)
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


def _organisation(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take "Kenya Meteorological Agency", "Bank of England", "Security and Defence Council"."""
    words = run.words
    # "National Security and Defence Council": the "and" is inside when both sides are made of such words.
    if (
        end + 1 < len(words)
        and words[end] == "and"
        and all(
            word in known.organisation_words or word in known.demonyms for word in words[at:end]
        )
    ):
        beyond = _stretch_end(run, end + 1, known)
        if words[beyond - 1] in known.organisation_heads:
            end = beyond
    head = next((i for i in range(end - 1, at - 1, -1) if words[i] in known.organisation_heads), -1)
    if head < 0:
        return 0
    last = _organisation_tail(run, head, known)
    if head == at and last == head + 1:
        return 0
    stretch = words[at:last]
    before_head = words[at:head]
    if any(_is_title(word, known) for word in before_head[:1]) and not _all_generic(
        before_head, known
    ):
        return 0
    is_person_sized = last - at == 2 and words[at] in known.first_names
    if is_person_sized and words[head] not in _CORPORATE_END | {
        "Foundation",
        "University",
        "Institute",
    }:
        return 0
    if at > 0 and _is_title(words[at - 1], known) and last - at <= 2 and words[head] != "Party":
        return 0
    found.append(Mention("org", " ".join(stretch), 3 if len(stretch) > 2 else 2))
    return last - at


def _organisation_tail(run: _Run, head: int, known: Words) -> int:
    """Return the end of what "of" or "for" adds to an organisation whose head is at *head*."""
    words, end = run.words, head + 1
    while end + 1 < len(words) and end - 1 not in run.ends and words[end] in ("of", "for", "and"):
        joint, after = words[end], end + 1 + (words[end + 1] in ("the", "la"))
        if after >= len(words) or words[after] in known.starters or _is_title(words[after], known):
            break
        beyond = _stretch_end(run, after, known)
        generic = all(word in known.organisation_words for word in words[after:beyond])
        if joint == "and" and (end == head + 1 or not generic):
            break
        if joint == "for" and not generic:
            break
        if size := _listed_at(run, after, known):
            beyond = after + size
        elif words[after] in known.listed:
            beyond = after + 1
        end = beyond
    return end


def _all_generic(words: list[str], known: Words) -> bool:
    return all(w in known.organisation_words or w in known.demonyms for w in words)


def _is_title(word: str, known: Words) -> bool:
    return word.lower() in known.titles


def _titled(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take an office and the name that follows: "Secretary of State Antony Blinken"."""
    words, to, has_office = run.words, at, False
    while to < len(words) and to - 1 not in run.ends:
        low = words[to].lower()
        if low in known.titles:
            has_office = True
        elif low in known.title_topics and words[to][0].isupper():
            pass
        elif to > at and low in ("of", "for", "and", "the") and _goes_on_as_title(words, to, known):
            pass
        else:
            break
        to += 1
    if to == at:
        return 0
    if not has_office:
        # Topics alone: "Health", or the start of a name such as "House of Cards"; a lone one is dropped.
        return to - at if to == end and to - at == 1 else 0
    if to >= len(words) or to - 1 in run.ends or not words[to][0].isupper():
        return to - at
    name_end = _name_end(run, to, known)
    first = words[to]
    if name_end == to or first in known.demonyms or _listed_at(run, to, known):
        return to - at
    lone_listed = name_end == to + 1 and known.listed.get(bare(first)) in ("place", "org")
    if not lone_listed and first not in known.plain:
        found.append(Mention("person", " ".join(words[to:name_end]), 3))
        return name_end - at
    return to - at


def _goes_on_as_title(words: list[str], to: int, known: Words) -> bool:
    following = words[to + 1 : to + 3]
    return any(w.lower() in known.title_topics or w.lower() in known.titles for w in following)


def _name_end(run: _Run, at: int, known: Words) -> int:
    """Return the end of a person's name that begins at *at*; at most five words and particles."""
    words, end = run.words, at
    while end < len(words) and end - at < 6:
        word = words[end]
        if not word[0].isupper() and "-" not in word:
            following = words[end + 1 : end + 3]
            if (
                end == at
                or word not in _NAME_PARTICLES
                or not any(w[0].isupper() for w in following)
            ):
                break
        elif end > at and (
            word in known.starters
            or word in known.demonyms
            or (_is_title(word, known) and len(word) > 3 and word not in known.first_names)
            or (word.isupper() and len(word) > 1 and "." not in word)
        ):
            break
        end += 1
        if end - 1 in run.ends:
            break
    return end


def _person(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take a listed given name and what follows it."""
    first = run.words[at]
    if first not in known.first_names or at in run.ends:
        return 0
    name_end = _name_end(run, at, known)
    if name_end - at < 2:
        return 0
    last = run.words[name_end - 1]
    if last in known.event_heads or last in known.place_heads and first in known.listed:
        return 0
    found.append(Mention("person", " ".join(run.words[at:name_end]), 2))
    return name_end - at


def _shaped(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take what the last or first word gives away: "Paris Agreement" is nothing, "Swan River" a place."""
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


def _listed_word(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take one listed word: a country, a known organisation, a nationality, a month."""
    word = bare(run.words[at])
    front = word.partition("-")[0]
    if word in known.demonyms or front in known.demonyms and word not in known.listed:
        return 1
    kind = known.listed.get(word)
    if (
        kind is None
        and word.isupper()
        and len(word) > 3
        and known.listed.get(word.title()) == "place"
    ):
        kind, word = "place", word.title()
    if kind is None and front != word and word[len(front) + 1 :].islower():
        word, kind = front, known.listed.get(front, "none")
    if kind is None:
        return 0
    if kind != "none":
        found.append(Mention(kind, word, 3))
    return 1


def _unknown(run: _Run, at: int, end: int, known: Words, found: list[Mention]) -> int:
    """Take words of no list: by their number, their capitals and what stands around them."""
    words, to = run.words, at + 1
    while to < end and bare(words[to]) not in known.listed and not _is_title(words[to], known):
        to += 1
    to = max(to, _name_end(run, at, known)) if to == end else to
    name = " ".join(words[at:to])
    if to - at == 1:
        found.append(_lone(run, at, to, known))
    elif all(word.isupper() for word in words[at:to]) and len(name) > 8:
        pass  # shouting, or a dateline
    elif any(w in known.organisation_words or w in known.plain for w in words[at:to]):
        found.append(Mention(None, name, 1))
    elif _word_before(run, at) in _PLACE_BEFORE:
        found.append(Mention("place", name, 1))
    elif to - at <= 4:
        found.append(Mention("person", name, 1))
    return to - at


def _lone(run: _Run, at: int, to: int, known: Words) -> Mention:
    """Return the mention of one unlisted word, its kind from its capitals or its neighbours."""
    name = run.words[at]
    before = _word_before(run, at)
    is_acronym = 2 <= len(name) <= 6 and name.replace("&", "").isalpha() and name.isupper()
    generic = name in known.organisation_words or name in known.organisation_heads
    if is_acronym:
        return Mention("org", name, 2)
    if (
        generic
        or name in known.place_heads
        or name in known.event_heads
        or name in known.place_starts
    ):
        return Mention(None, name, 0)
    if before in _PLACE_BEFORE or before in _PLACE_NOUNS:
        return Mention("place", name, 1)
    if before in _COMPANY_NOUNS:
        return Mention("org", name, 1)
    ends_run = to == len(run.words)
    if before in _SAYING_BEFORE or (ends_run and _SAYING.match(run.after)):
        return (
            Mention("person", name, 1) if not run.opens_sentence or at else Mention(None, name, 1)
        )
    return Mention(None, name, 1)


def _word_before(run: _Run, at: int) -> str:
    """Return the lower-case word right before the word at *at*, "" where punctuation parts them."""
    if at:
        return run.words[at - 1]
    return run.before[:-1].rpartition(" ")[2] if run.before[-1:] == " " else ""
