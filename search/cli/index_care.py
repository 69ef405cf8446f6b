"""`newssearch stats` and `doctor`: what the index holds, and whether it is sound."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import open_index, settings_from, settings_options
from search.cli.output import ERROR, print_json, print_lines, tell
from search.model.errors import IndexDamaged
from search.model.installing import command_for

if TYPE_CHECKING:
    from search.engines.protocol.engine import Engine
    from search.enrich.corrections import Corrections
    from search.ingest.hidden_file import Rule
    from search.model.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object")
@settings_options("index")
def stats(as_json: bool, **options: Any) -> None:
    """Show how much the index holds.

    \b
    newssearch stats
    newssearch stats --json
    """
    from search.engines.protocol.engine import KeepsRevisions
    from search.present.as_json import stats_as_json
    from search.present.terminal.reports import corrections_lines, rules_lines, stats_lines

    settings = settings_from(options)
    with open_index(settings) as engine:
        found, terms = engine.stats(), engine.count_terms()
        kept = engine.count_revisions() if isinstance(engine, KeepsRevisions) else None
        rules, corrections = _rules(engine, settings), kept_corrections(engine, settings)
        vectors = _vectors(engine)
    if as_json:
        more: dict[str, object] = {
            "hidden_rules": len(rules),
            "correction_rules": len(corrections.rules),
            "vectors": vectors,
        }
        print_json({**stats_as_json(found, terms, kept), **more})
    else:
        print_lines(stats_lines(found, terms, settings.zone(), kept))
        for model, articles in vectors.items():
            click.echo(f"{articles:>12,}  with vectors by {model}")
        print_lines(rules_lines(rules))
        print_lines(corrections_lines(corrections.rules))


def _vectors(engine: Engine) -> dict[str, int]:
    """Return how many articles have vectors, by the label of the model."""
    from search.engines.protocol.engine import HasVectors

    if not isinstance(engine, HasVectors):
        return {}
    return {model: engine.count_vectors(model).with_vectors for model in engine.vector_models()}


def _rules(engine: Engine, settings: Settings) -> tuple[Rule, ...]:
    """Return the rules of what is hidden that the index keeps. Raises `SettingError`."""
    from search.engines.registry import kept_text

    if not (text := kept_text(engine, "hidden.toml")):
        return ()
    from search.ingest.hidden_file import RULES, takedowns_of  # heavy, and few indexes have rules

    return takedowns_of(text, f"{settings.index}/{RULES}", settings.zone()).rules


def kept_corrections(engine: Engine, settings: Settings) -> Corrections:
    """Return the corrections of entities that the index keeps. Raises `SettingError`."""
    from search.engines.registry import kept_text
    from search.enrich.corrections import NO_CORRECTIONS

    if not (text := kept_text(engine, "entities.toml")):
        return NO_CORRECTIONS
    from search.ingest.entities_file import RULES, corrections_of  # heavy, and few indexes have any

    return corrections_of(text, f"{settings.index}/{RULES}", settings.zone())


@click.command()
@settings_options("index")
def doctor(**options: Any) -> None:
    """Compare all that the index stores with its checksums and name what is damaged.

    \b
    newssearch doctor

    Also says whether the inner loops of the engine are compiled, or slower ones are in use, and whether
    languages can be told; of an index on a cluster how many nodes and copies it has. Exit status 2
    if something is damaged. A damaged index can be made again from the files that were indexed.
    """
    from search.engines.protocol.engine import Checkable
    from search.engines.registry import is_folder, verify_index
    from search.present.terminal.reports import corrections_lines, rules_lines
    from search.readers.language import can_detect

    settings = settings_from(options)
    problems, remarks = verify_index(settings.index, settings), tuple[str, ...]()
    if not problems:
        try:
            with open_index(settings) as engine:
                articles = engine.stats().articles
                engine.count_terms()  # reads every dictionary
                remarks = engine.remarks() if isinstance(engine, Checkable) else ()
                remarks = (*remarks, *rules_lines(_rules(engine, settings)))
                corrections = kept_corrections(engine, settings)
                remarks = (*remarks, *corrections_lines(corrections.rules))
        except IndexDamaged as exc:  # a fault that no checksum shows
            problems = (str(exc),)
    for problem in problems:
        click.echo(problem)
    if problems:
        how = "remove its folder" if is_folder(settings.index) else "erase it, or take another name"
        tell(f"newssearch: the index is damaged; make it again: {how}, then newssearch index PATH")
        sys.exit(ERROR)
    click.echo(f"the index is sound: {articles:,} articles")
    for remark in remarks:
        click.echo(remark)
    if not can_detect():
        click.echo(
            "articles that do not declare their language stay without one, as pycld2 is not installed:"
            f" {command_for('languages')}"
        )
