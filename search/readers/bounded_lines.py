"""Lines of a text stream of which none takes more memory than a record may."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable
from typing import TextIO

#: Read at once where a line is skipped.
_CHUNK_CHARS = 65_536
_ENDS = ("\n", "\r")


class BoundedLines:
    """The lines of a stream, with their ends, one at a time.

    Of a line that is longer than *max_chars* the rest is skipped: what comes of it is one character
    longer than that, or some more. *begun* is text already taken from the stream.
    """

    def __init__(self, stream: TextIO, max_chars: int, begun: str = "") -> None:
        self._stream = stream
        self._most = max_chars + 1
        self._ahead: deque[str] = deque()
        if begun and self._has_cut(begun):
            self._skip_line()

    def take(self) -> str:
        """Return the next line, "" at the end."""
        if self._ahead:
            return self._ahead.popleft()
        line = self._stream.readline(self._most)
        if len(line) >= self._most and not line.endswith(_ENDS):
            self._skip_line()
        return line

    def give_back(self, lines: Iterable[str]) -> None:
        """Have *lines*, which were taken, come again."""
        self._ahead.extendleft(reversed(list(lines)))

    def _skip_line(self) -> None:
        """Read on to the end of a line; what follows it in what was read is ahead."""
        while part := self._stream.read(_CHUNK_CHARS):
            # Each of these searches is many times faster than to look for both at once, as readline does.
            ends = [at for at in map(part.find, _ENDS) if at >= 0]
            if not ends:
                continue
            end = min(ends) + 1
            if part[end - 1] == "\r":  # perhaps the first half of an end
                part += self._stream.read(1) if end == len(part) else ""
                end += part.startswith("\n", end)
            if end == len(part) or not self._has_cut(part[end:]):
                return

    def _has_cut(self, text: str) -> bool:
        """Put the lines of *text*, which was read, ahead; return whether the last is too long and goes on."""
        if not text.endswith("\n"):
            text += self._stream.readline(self._most)
        lines = io.StringIO(text, newline="").readlines()
        self._ahead += lines
        return len(lines[-1]) >= self._most and not lines[-1].endswith(_ENDS)
