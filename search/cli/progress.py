"""The progress bar of a long run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from search.cli.output import columns

if TYPE_CHECKING:
    from search.ingest.run import Progress

#: Seconds between two drawings of the progress bar.
_REDRAW_S = 0.1


class ProgressBar:
    """A line at the bottom of the terminal, drawn again as a run goes on and wiped at its end."""

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._drawn_at = 0.0

    def update(self, progress: Progress) -> None:
        """Show how far an index run is."""
        share = progress.bytes_done / progress.bytes_total if progress.bytes_total else 0.0
        self.show(share, progress.articles, progress.file)

    def show(self, share: float, articles: int, file: str = "") -> None:
        """Draw how far a run is, unless that was done just now; *share* is from 0 to 1."""
        from search.present.terminal.reports import progress_line

        if self._is_shown:
            self.draw(progress_line(share, articles, file, columns()))

    def draw(self, line: str) -> None:
        """Draw *line*, unless one was drawn just now."""
        now = time.monotonic()
        if not self._is_shown or now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        click.echo(f"\r\x1b[K{line}", nl=False, err=True, color=True)

    def clear(self) -> None:
        if self._drawn_at:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)
