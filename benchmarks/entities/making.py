"""The command ``train``: texts, labels of the teacher, gold and made-up articles in, the model file out."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.entities.evaluate import held_out
from benchmarks.entities.labelled import (
    Labelled,
    cleaned,
    gmb,
    parted,
    pieces,
    taught,
    tokens_and_tags,
    wikigold,
)
from benchmarks.entities.scoring import scores
from benchmarks.entities.templates import Fillers, Templates
from benchmarks.entities.training import Example, Knowledge, pack, train, vectors_by_key
from benchmarks.entities.varied import varied
from benchmarks.entities.word_bits import as_bits, cities, lists, names_of_faker
from search.enrich.entities.network.model import load
from search.enrich.entities.network.recogniser import Recogniser
from search.enrich.entities.word_lists import entries

TEXTS = ("voa", "wikipedia")

#: Made-up articles of each pass, and how often gold is repeated.
MADE_UP, GOLD_TIMES = 1600, 2


def make(folder: Path, output: Path, labels: Path | None, *, seed: int, passes: int) -> None:
    """Write the model file *output*. *labels* keeps what the teacher found, for the next time.

    Says how well the model does on the gold held out, of which nothing was trained on.
    """
    listed = lists()
    keys, rows, vectors = vectors_by_key()
    knowledge = Knowledge(keys, rows, vectors, *as_bits(listed), tuple(sorted(listed)))
    texts = labelled_texts(folder, labels)
    trained = train(examples(folder, texts, seed), knowledge, passes=passes, seed=seed)
    pack(output, trained, knowledge, version=f"en-{seed}")
    print(f"{output}: {output.stat().st_size} bytes")
    recogniser = Recogniser(load(output))
    for name, articles in held_out(folder).items():
        found = recogniser.spans([each.text for each in articles])
        table = scores([a.text for a in articles], [a.names for a in articles], found)["set"]
        print(name, {kind: f1 for kind, (_, _, f1) in table.items()})


def labelled_texts(folder: Path, labels: Path | None) -> list[Labelled]:
    """Return the texts with the teacher's labels, from *labels* where that file is there."""
    if labels and labels.exists():
        stored = json.loads(labels.read_text("utf-8"))
        return [Labelled(text, tuple((s, e, k) for s, e, k in names)) for text, names in stored]
    found = taught(
        [text for name in TEXTS for text in pieces(folder / "text" / f"{name}.jsonl.gz")]
    )
    if labels:
        labels.write_text(json.dumps([(each.text, each.names) for each in found]), "utf-8")
    return found


def examples(
    folder: Path, texts: Sequence[Labelled], seed: int
) -> Callable[[int], Sequence[Example]]:
    """Return what gives the examples of each pass, changed by chance.

    Texts with a sentence of the held-out part of GMB are left out: it is of the same articles.
    """
    held = {_letters(line) for each in parted(gmb(folder))[1] for line in each.text.split("\n")}
    kept = [t for t in texts if not any(_letters(line) in held for line in t.text.split("\n"))]
    fixed = [tokens_and_tags(each) for each in cleaned(kept)]
    fixed += GOLD_TIMES * [tokens_and_tags(each) for each in parted(wikigold(folder))[0]]
    given, family = (sorted(names) for names in names_of_faker())
    large, every = cities()
    made_up = Templates(Fillers(given, family, 3 * large + every, entries("countries")), seed)
    by_chance = random.Random(seed)
    single = [name for name in every if " " not in name]

    def of_pass(_: int) -> list[Example]:
        new = [tokens_and_tags(each) for each in made_up.articles(MADE_UP)]
        return [varied(each, by_chance, given, family, single) for each in (*fixed, *new)]

    return of_pass


def _letters(line: str) -> str:
    return re.sub(r"\W", "", line)
