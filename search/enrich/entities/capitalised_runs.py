"""Runs of capitalised words in a text, and the text around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from search.enrich.entities.word_lists import Words, bare
from search.text.names import ABBREVIATIONS, PARTICLES

#: A longer run of capitalised words is a table or a shout; only its first words are looked at.
MAX_RUN_WORDS = 200

#: A longer line is no heading, even in capitals.
MAX_HEADING_CHARS = 250

_SENTENCE_END = ".!?…:;•"
_OPENING = "“\"‘«([-–—*'’”» "
#: Endings that make an adjective of a name: "NATO-led", "Tokyo-based".
_JOINED = re.compile(
    r"(?<=\w)[-‑](?:based|led|backed|born|run|owned|controlled|area|style|made|wide|sponsored|funded"
    r"|brokered|trained|held|supported|listed|dominated|occupied|allied|friendly|drafted|ruled)$"
)
#: An editor's insertion into a quotation: "prevent (President Vladimir) Putin".
_INSERTED = re.compile(r"\(([^()]{1,60})\) (?=[^\W\d_])")


@dataclass(slots=True)
class CapitalisedRun:
    """Capitalised words and the small words between them, as "Bank of England and Joe Biden"."""

    words: list[str]
    opens_sentence: bool
    #: Up to 24 characters of text before and 20 after.
    before: str
    after: str
    #: Whether the run is in brackets of its own, right after the run before.
    in_brackets: bool
    #: Indexes of words that were followed by a possessive 's or a "-based": a name ends there.
    ends: set[int] = field(default_factory=set)

    def stretch_end(self, at: int, known: Words) -> int:
        """Return the end of the capitalised words from *at*: small words and possessives end them."""
        end = at
        while end < len(self.words):
            word = self.words[end]
            if end > at and (not is_capitalised(word) or word in known.starters):
                break
            end += 1
            is_last = word in known.corporate_ends and (
                end == len(self.words) or self.words[end] not in known.corporate_ends
            )
            if end - 1 in self.ends or is_last:
                break
        return end

    def listed_at(self, at: int, known: Words) -> int:
        """Return how many words the longest listed name of at least two words at *at* has, or 0."""
        longest = known.longest.get(bare(self.words[at]), 1)
        for size in range(min(longest, len(self.words) - at), 1, -1):
            inside = range(at, at + size - 1)
            if " ".join(map(bare, self.words[at : at + size])) in known.listed and not (
                self.ends.intersection(inside)
            ):
                return size
        return 0

    def word_before(self, at: int) -> str:
        """Return the word right before the word at *at*, "" if punctuation separates them."""
        if at:
            return self.words[at - 1]
        return self.before[:-1].rpartition(" ")[2] if self.before[-1:] == " " else ""


@cache
def _run_pattern() -> re.Pattern[str]:
    """Compile the pattern of a run. Its parts begin differently, so that nothing is tried twice."""
    capital = "[" + "".join(chr(c) for c in range(0x2000) if chr(c).isupper()) + "]"
    word = (
        rf"(?:(?:{capital}\.){{2,}}(?:{capital}(?!\w))?"
        rf"|(?:{'|'.join(ABBREVIATIONS)})\.(?= )"
        rf"|{capital}\.(?= {capital})"
        rf"|(?:(?:al|el|as|an|ad)-)?{capital}\w*(?:[&'’‑-]\w+)*\+?)"
    )
    between = (
        rf"(?:(?:of|for|and|{'|'.join(sorted(PARTICLES))})"
        " (?:the |la |los |las |der |den )?)?"
    )
    return re.compile(rf"(?<![\w&-]){word}(?: {between}{word})*")


def capitalised_runs(paragraph: str, known: Words) -> Iterator[CapitalisedRun]:
    """Yield the runs of *paragraph* in order; its white space is single spaces."""
    if ") " in paragraph:
        paragraph = _INSERTED.sub(lambda found: _without_brackets(found, known), paragraph)
    last_end = -2
    for match in _run_pattern().finditer(paragraph):
        start, end = match.span()
        run = CapitalisedRun(
            match.group().split(" ", MAX_RUN_WORDS)[:MAX_RUN_WORDS],
            _opens_sentence(paragraph, start),
            paragraph[max(0, start - 24) : start],
            paragraph[end : end + 20],
            start == last_end + 2
            and paragraph.startswith(" (", last_end)
            and paragraph[end : end + 1] == ")",
        )
        for at, word in enumerate(run.words):
            stem = without_ending(word)
            if stem != word and word.replace("’", "'") not in known.listed:
                run.words[at] = stem
                run.ends.add(at)
        yield run
        last_end = end


def is_capitalised(word: str) -> bool:
    """Whether *word* can stand in a name by itself: "Assad", "al-Assad", not "of"."""
    return word[0].isupper() or word[2:3] == "-"


def without_ending(word: str) -> str:
    """Return *word* without a possessive 's or a "-based"."""
    if word[-2:] in ("'s", "’s", "'S", "’S"):
        return word[:-2]
    if "-" in word or "‑" in word:
        return _JOINED.sub("", word)
    return word


def is_heading(line: str) -> bool:
    """Whether *line* is in title case or capitals, where a capital says nothing about a word."""
    if len(line) > MAX_HEADING_CHARS:
        return False
    content = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    if line.isupper():
        return " " in line
    if len(content) < 3 or line.endswith((".", "”")):
        return False
    return sum(word[0].isupper() for word in content[1:]) >= 0.75 * (len(content) - 1)


def _without_brackets(insertion: re.Match[str], known: Words) -> str:
    last = insertion[1].rpartition(" ")[2]
    following = insertion.string[insertion.end()]
    if last in known.first_names and following.isupper() and "," not in insertion[1]:
        return insertion[1] + " "
    return insertion[0]


def _opens_sentence(paragraph: str, start: int) -> bool:
    # Eight characters are more than quotes, brackets and spaces take between two sentences.
    before = paragraph[max(0, start - 8) : start]
    if before[-1:] in ("“", '"', "‘"):
        return True
    before = before.rstrip(_OPENING)
    return (not before and start < 8) or before[-1:] in tuple(_SENTENCE_END)
