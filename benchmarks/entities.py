"""How well and how fast people, organisations and places are found: ``python -m benchmarks.entities``.

Compares the set of names in each text with the gold of ../shared/data/entities, exact but for case
and full stops; wikigold and WNUT17 a document, GMB (which has no documents) a sentence at a time. In
GMB `gpe` are nationalities, but country names under it are places. Both sides go through the list
of aliases, as "U.S." and "United States" are one name to a facet. Offices before a name ("President
Bush"), which GMB counts as part of it, are removed.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from search.enrich.entities.tagger import extract
from search.enrich.entities.word_lists import words
from search.model.article import Article

ENTITIES = Path(__file__).resolve().parents[2] / "shared" / "data" / "entities"
KINDS = {
    "PER": "people", "per": "people", "person": "people",
    "ORG": "organisations", "org": "organisations", "corporation": "organisations", "group": "organisations",
    "LOC": "places", "geo": "places", "location": "places", "gpe": "places",
}  # fmt: skip
SPEED_WORDS = 500

Name = tuple[str, str]
Text = list[tuple[str, str]]  # (token, tag)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.entities",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--folder", type=Path, default=ENTITIES, help="where the gold lies")
    options = parser.parse_args()
    figures: dict[str, object] = {}
    for name, texts in (
        ("wikigold", wikigold(options.folder)),
        ("wnut17", wnut17(options.folder)),
        ("gmb", gmb(options.folder)),
    ):
        figures[name] = scores = score(texts)
        for kind, (precision, recall, f1) in scores.items():
            print(f"{name:10} {kind:14} P {precision:5.1f}  R {recall:5.1f}  F1 {f1:5.1f}")
    figures["articles_per_second"] = speed = round(articles_per_second(options.folder))
    print(f"{speed} articles of {SPEED_WORDS} words a second on one core")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def score(texts: Iterable[Text]) -> dict[str, tuple[float, float, float]]:
    """Return kind -> (precision, recall, F1) in percent; "untyped" asks for the name alone."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for text in texts:
        gold, ours = set(gold_names(text)), set(our_names(plain(token for token, _ in text)))
        for kind in ("people", "organisations", "places"):
            g, o = ({n for k, n in names if k == kind} for names in (gold, ours))
            count(kind, g, o, right, found, wanted)
        count("all", gold, ours, right, found, wanted)
        count("untyped", {n for _, n in gold}, {n for _, n in ours}, right, found, wanted)
    scores = {}
    for kind in wanted:
        precision = 100 * right[kind] / max(1, found[kind])
        recall = 100 * right[kind] / max(1, wanted[kind])
        scores[kind] = (precision, recall, 2 * precision * recall / max(1e-9, precision + recall))
    return scores


def count(
    kind: str, gold: set[object], ours: set[object],
    right: Counter[str], found: Counter[str], wanted: Counter[str],
) -> None:  # fmt: skip
    right[kind] += len(gold & ours)
    found[kind] += len(ours)
    wanted[kind] += len(gold)


def our_names(body: str) -> Iterator[Name]:
    entities = extract(Article(article_id="a", title="", body=body))
    for kind in ("people", "organisations", "places"):
        for entity in getattr(entities, kind):
            yield kind, comparable(entity.name, kind)


def gold_names(text: Text) -> Iterator[Name]:
    """Yield (kind, name); "I-" after another tag begins a name too, as in CoNLL 2003."""
    for tag, group in itertools.groupby(numbered(text), key=lambda each: each[1:]):
        kind = KINDS.get(tag[1])
        name = plain(token for token, *_ in group)
        if kind is None or (tag[1] == "gpe" and words().listed.get(name) != "place"):
            continue
        yield kind, comparable(name, kind)


def numbered(text: Text) -> Iterator[tuple[str, int, str]]:
    """Yield (token, number of the name, kind) so that two names side by side stay two."""
    number, before = 0, ""
    for token, tag in text:
        kind = tag.partition("-")[2]
        if tag.startswith("B-") or kind != before:
            number += 1
        before = kind
        yield token, number, kind


def comparable(name: str, kind: str) -> str:
    if kind == "people":
        offices = words().titles | words().title_topics
        parts = name.split()
        name = (
            " ".join(itertools.dropwhile(lambda p: p.lower() in offices, parts[:-1]))
            + " "
            + parts[-1]
        )
    name = re.sub(r"^(?:the|The) |['’]s$", "", name.strip())
    name = words().aliases.get(name.removesuffix("."), name)
    return re.sub(r"[.\s]+", " ", name).strip().casefold()


def plain(tokens: Iterable[str]) -> str:
    """Put tokens back into running text."""
    text = " ".join(tokens)
    text = re.sub(r" ([.,;:!?%)\]]|'s\b|n't\b|''|'(?= ))", r"\1", text)
    return re.sub(r"([(\[$`]) ", r"\1", text).replace("``", '"').replace("''", '"')


def conll(path: Path, separator: str) -> Iterator[Text]:
    """Yield the sentences of a file of "token tag" lines."""
    sentence: Text = []
    for line in path.read_text("utf-8").splitlines():
        token, _, tag = line.strip().rpartition(separator)
        if token:
            sentence.append((token, tag))
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def wikigold(folder: Path) -> Iterator[Text]:
    document: Text = []
    for sentence in conll(folder / "wikigold" / "wikigold.conll.txt", " "):
        if sentence[0][0] == "-DOCSTART-":
            yield document
            document = []
        else:
            document += sentence
    yield document


def wnut17(folder: Path) -> Iterator[Text]:
    return conll(folder / "WNUT17" / "emerging.test.annotated", "\t")


def gmb(folder: Path) -> Iterator[Text]:
    lines = (folder / "gmb" / "GMB_dataset.txt").read_text("latin-1").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    for _, group in itertools.groupby(rows, key=lambda row: row[1]):
        yield [(row[2], row[4]) for row in group]


def articles_per_second(folder: Path) -> float:
    """Time Voice of America text, cut into articles of `SPEED_WORDS` words at line ends."""
    articles, lines, size = [], [], 0
    with gzip.open(folder / "text" / "voa.jsonl.gz", "rt", encoding="utf-8") as pieces:
        for piece in pieces:
            for line in json.loads(piece)["text"].splitlines():
                lines.append(line)
                size += len(line.split())
                if size >= SPEED_WORDS:
                    articles.append(
                        Article(article_id="a", title=lines[0], body="\n".join(lines[1:]))
                    )
                    lines, size = [], 0
    extract(articles[0])  # the lists are read once
    started = time.perf_counter()
    for article in articles:
        extract(article)
    return len(articles) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
