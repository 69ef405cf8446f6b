"""The command ``evaluate``: figures of every tagger on every collection, and how fast each is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.entities import labelled
from benchmarks.entities.labelled import Labelled, Name
from benchmarks.entities.scoring import comparable, scores
from benchmarks.entities.taggers import Tagger, network, ours, spacy_models, word_lists

SPEED_WORDS = 500

#: Loads the model in a new process: milliseconds, numpy's own import among them.
_LOAD = """
import time
started = time.perf_counter()
from search.enrich.entities.network.recogniser import Recogniser
Recogniser.load()
print(1000 * (time.perf_counter() - started))
"""


#: What keeps numpy to one core.
_ONE_CORE = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def evaluate(files: Sequence[Path], folder: Path, report: Path | None, *, speed: bool) -> None:
    """Print a table for each collection, and write all figures to *report*.

    The report has for each tagger "set" and "strict", F1 by kind over all collections together, "articles_per_s" (as
    installed; with "_first" in a new process, and with "_numpy" without what is compiled) and "load_ms", and under "collections" precision, recall and F1 of each.
    """
    collections = given(files) if files else held_out(folder)
    taggers = {
        "newssearch": ours(),
        "network alone": network(),
        "rules": word_lists(),
        **spacy_models(),
    }
    figures: dict[str, dict[str, Any]] = {}
    for name, tagger in taggers.items():
        figures[name] = measured(name, tagger, collections)
        if speed:
            figures[name] |= timed(name, folder, collections)
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def given(files: Sequence[Path]) -> dict[str, list[Labelled]]:
    """Return the documents of *files*. Exits where one has no labels that are names, and says so: 0.0 would be no figure."""
    found = {}
    for path in files:
        documents = [labelled.joined(each) for each in labelled.columns(path)]
        if not any(document.names for document in documents):
            kinds = ", ".join(labelled.KIND_OF)
            sys.exit(
                f"{path} has no names: the last column has tags such as B-PER; labels are {kinds}"
            )
        found[str(path)] = documents
    return found


def held_out(folder: Path) -> dict[str, list[Labelled]]:
    """Return the parts of the gold that nothing is trained on: the last fifth of wikigold and of GMB, and WNUT17's test."""
    return {
        "wikigold, last fifth": labelled.parted(labelled.wikigold(folder))[1],
        "GMB, last fifth": labelled.parted(labelled.gmb(folder))[1],
        "WNUT17, test": labelled.wnut17(folder),
    }


def measured(
    name: str, tagger: Tagger, collections: Mapping[str, Sequence[Labelled]]
) -> dict[str, Any]:
    of_each = {}
    every_text, every_gold, every_found = [], [], []
    for collection, articles in collections.items():
        found = tagger([article.text for article in articles])
        gold = [without_credit(article.text, article.names) for article in articles]
        found = [without_credit(a.text, names) for a, names in zip(articles, found, strict=True)]
        of_each[collection] = scores([a.text for a in articles], gold, found)
        every_text += [article.text for article in articles]
        every_gold += gold
        every_found += found
        for way, table in of_each[collection].items():
            for kind, (precision, recall, f1) in table.items():
                print(
                    f"{name:26} {collection:22} {way:6} {kind:14} P {precision:5.1f}  R {recall:5.1f}  F1 {f1:5.1f}"
                )
    together = scores(every_text, every_gold, every_found)
    return {
        **{way: {kind: each[2] for kind, each in table.items()} for way, table in together.items()},
        "collections": of_each,
    }


#: Who an agency's article is from: "(Reuters) -" after the place.
_CREDIT = re.compile(r"\(\s?(\w[\w .]{1,30}?)\s?\) ?[-–—]")


def without_credit(text: str, names: Sequence[Name]) -> list[Name]:
    """Return *names* without the agency that the head of the article credits: it is its source, and we count it as that.

    Gold has it as an organisation, so it is left out of what is wanted and of what any tagger found.
    """
    credit = _CREDIT.search(text, 0, 500)
    if credit is None:
        return list(names)
    agency = comparable(credit[1])
    return [each for each in names if comparable(text[each[0] : each[1]]) != agency]


def timed(
    name: str, folder: Path, collections: Mapping[str, Sequence[Labelled]]
) -> dict[str, float]:
    """Return articles of `SPEED_WORDS` words a second of one core, and the time to load.

    Each article is read once. "articles_per_s" is in a process that has read others before, as that of an index run has after its
    first minute; "articles_per_s_first" in one that has not.
    """
    before, texts = speed_texts(folder, collections)
    found = {}
    is_ours = name in ("newssearch", "network alone")
    for figure, read, kernels in (
        ("articles_per_s", before, ""),
        ("articles_per_s_first", [], ""),
        *((("articles_per_s_numpy", before, "numpy"),) if is_ours else ()),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.entities.timing", name],
            input=json.dumps({"before": read, "texts": texts}), capture_output=True, text=True, check=True,
            env=_ONE_CORE | ({"NEWSSEARCH_KERNELS": kernels} if kernels else {}),
        )  # fmt: skip
        found[figure] = round(float(ran.stdout), 1)
        print(f"{name}: {figure} {found[figure]:.0f}, articles of {SPEED_WORDS} words on one core")
    if name == "newssearch":
        loads = [
            float(subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True, env=_ONE_CORE).stdout)
            for _ in range(3)
        ]  # fmt: skip
        found["load_ms"] = round(min(loads))
        print(f"{name}: loaded in {found['load_ms']} ms, the best of three")
    return found


def speed_texts(
    folder: Path, collections: Mapping[str, Sequence[Labelled]]
) -> tuple[list[str], list[str]]:
    """Return articles to read before, and those whose reading is timed: other sources, where *folder* has them."""
    wikipedia, news = (folder / "text" / f"{name}.jsonl.gz" for name in ("wikipedia", "voa"))
    if wikipedia.exists() and news.exists():
        return cut(labelled.pieces(wikipedia)), cut(labelled.pieces(news))
    articles = cut([article.text for each in collections.values() for article in each])
    half = len(articles) // 2
    return articles[:half], articles[half:]


def cut(texts: Sequence[str]) -> list[str]:
    """Return *texts* cut at line ends into articles of `SPEED_WORDS` words or a few more."""
    articles, lines, size = [], [], 0
    for text in texts:
        for line in text.splitlines():
            lines.append(line)
            size += len(line.split())
            if size >= SPEED_WORDS:
                articles.append("\n".join(lines))
                lines, size = [], 0
    return articles or ["\n".join(lines)]
