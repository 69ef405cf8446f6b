"""What the index holds, how far a run is, and what became of its articles, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from search.model.fields import FIELDS
from search.model.remark import REMARK_KINDS
from search.present.dates import known_day
from search.present.terminal.safe import visible

if TYPE_CHECKING:
    from search.engines.protocol import Stats
    from search.ingest.rebuild import RebuildNeeds, RebuildReport
    from search.ingest.run import IndexReport


def stats_lines(stats: Stats, terms: int, zone: tzinfo = UTC) -> Iterator[str]:
    """Yield what an index holds, a line each: number, then of what. Days are those of *zone*."""
    yield f"{stats.articles:>12,}  articles"
    yield f"{terms:>12,}  terms"
    yield f"{stats.segments:>12,}  segment{'' if stats.segments == 1 else 's'}"
    yield f"{stats.size_bytes:>12,}  bytes"
    for field, count in stats.facet_values.items():
        yield f"{count:>12,}  {FIELDS[field].many}"
    if stats.oldest is not None and stats.newest is not None:
        yield f"{known_day(*stats.oldest, zone).short:>12}  oldest article"
        yield f"{known_day(*stats.newest, zone).short:>12}  newest article"


def report_lines(report: IndexReport) -> Iterator[str]:
    """Yield what became of the articles of an index run."""
    retagged = f"{report.retagged:,} re-tagged, " if report.retagged else ""
    yield (
        f"{report.added:,} added, {report.changed:,} changed, {retagged}{report.unchanged:,} unchanged, "
        f"{report.deleted:,} deleted, {report.refused_total:,} refused "
        f"({_counted(report.files_read, 'file')} read, {report.files_unchanged:,} unchanged)"
    )
    if report.refused_earlier:
        yield f"{report.refused_earlier:,} refused earlier, in files that are unchanged: --force names them"
    if report.duplicates:
        named = ", ".join(report.duplicate_ids[:5]) + (" ..." if report.duplicates > 5 else "")
        articles = _counted(report.duplicates, "article")
        yield f"{articles} replaced an earlier one of the same id: {named}"


def remark_lines(report: IndexReport) -> Iterator[str]:
    """Yield what was refused and why, and what else a person should know of a run."""
    for bad in report.refused:
        yield visible(f"refused: {bad}")
    more = report.refused_total - len(report.refused)
    if more:
        yield f"refused: and {more:,} more"
    for kind, times in report.remarks.items():
        yield f"note: {times:,} {REMARK_KINDS[kind]}"
    for notice in report.notices:
        yield visible(f"note: {notice}")


def rebuild_needs_line(needs: RebuildNeeds) -> str:
    """Return what a rebuild is about to take."""
    from search.ingest.rebuild import megabytes

    return (
        f"rebuilding {_counted(needs.articles, 'article')}: takes up to {megabytes(needs.needed_bytes)} of disk "
        f"beside the index, {megabytes(needs.free_bytes)} are free"
    )


def rebuild_lines(report: RebuildReport) -> Iterator[str]:
    """Yield what became of the articles of an index that was rebuilt."""
    before = f", {report.made_before:,} made before" if report.made_before else ""
    yield (
        f"{_counted(report.articles, 'article')} rebuilt: {report.other_authors:,} with other authors, "
        f"{report.other_entities:,} with other entities{before}"
    )


def rebuild_remarks(report: RebuildReport) -> Iterator[str]:
    """Yield what else a person should know of a rebuild."""
    for notice in report.notices:
        yield visible(f"note: {notice}")


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def progress_line(share: float, articles: int, file: str, columns: int) -> str:
    """Return one line that tells how far a run is; *share* is from 0 to 1."""
    done = round(20 * share)
    bar = "#" * done + "-" * (20 - done)
    return visible(f"[{bar}] {share:4.0%}  {articles:,} articles  {file}")[: max(0, columns - 1)]
