"""How well and how fast people, organisations and places are found, and how the network is made.

evaluate: precision, recall and F1 of names, each mention ("strict") and as the set of names of an article
("set"), by kind; articles a second on one core, and the time to load. On the gold held out from training, or
on files of CoNLL columns: first column the token, last column the tag.
train: makes the model file anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

ENTITIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "entities"

MODEL = Path(__file__).resolve().parents[2] / "search/enrich/entities/network/model.npz"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.entities",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    evaluate = commands.add_parser("evaluate", help="say how well and how fast names are found")
    evaluate.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="CoNLL columns; else the gold held out"
    )
    evaluate.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures here as well"
    )
    evaluate.add_argument("--folder", type=Path, default=ENTITIES, help="where the gold lies")
    evaluate.add_argument("--no-speed", action="store_true", help="leave out speed and loading")
    train = commands.add_parser("train", help="make the model file anew (needs newssearch[train])")
    train.add_argument("--folder", type=Path, default=ENTITIES, help="where texts and gold lie")
    train.add_argument("--output", type=Path, default=MODEL, help="where the model goes")
    train.add_argument("--labels", type=Path, metavar="FILE", help="keep the teacher's labels here")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--passes", type=int, default=7)
    options = parser.parse_args()
    if options.command == "train":
        from benchmarks.entities.making import make

        make(
            options.folder, options.output, options.labels, seed=options.seed, passes=options.passes
        )
    if options.command == "evaluate":
        if missing := [path for path in options.files or [options.folder] if not path.exists()]:
            parser.error(f"{missing[0]} does not exist")
        from benchmarks.entities.evaluate import evaluate as run

        run(options.files, options.folder, options.json, speed=not options.no_speed)


if __name__ == "__main__":
    main()
