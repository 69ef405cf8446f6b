"""Lines of a text stream of which none takes more memory than a record may."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable
from typing import TextIO

#: Read at once where a line is skipped.
_CHUNK_CHARS = 65_536


class BoundedLines:
    """The lines of a stream, with their ends, one at a time.

    Of a line that is longer than *max_chars* the rest is skipped: what comes of it is one character
    longer than that, or some more. *begun* is text already taken from the stream.
    """

    def __init__(self, stream: TextIO, max_chars: int, begun: str = "") -> None:
        self._stream = stream
        self._most = max_chars + 1
        self._ahead: deque[str] = deque()
        if begun:
            self._skip_after(self._put_ahead(begun))

    def take(self) -> str:
        """Return the next line, "" at the end."""
        if self._ahead:
            return self._ahead.popleft()
        line = self._stream.readline(self._most)
        if len(line) >= self._most:
            self._skip_after(line)
        return line

    def give_back(self, lines: Iterable[str]) -> None:
        """Have *lines*, which were taken, come again."""
        self._ahead.extendleft(reversed(list(lines)))

    def _skip_after(self, line: str) -> None:
        """Read on to the end of *line* if it is cut; what follows it in what was read is ahead."""
        while len(line) >= self._most and not line.endswith("\n"):
            part = line[-1]
            # Each of these searches is many times faster than to look for both at once, as readline does.
            while part and not (ends := [at for at in map(part.find, "\r\n") if at >= 0]):
                part = self._stream.read(_CHUNK_CHARS)
            if not part:
                return
            end = min(ends) + 1
            if part[end - 1] == "\r":  # perhaps the first half of an end
                part += self._stream.read(1) if end == len(part) else ""
                end += part.startswith("\n", end)
            line = self._put_ahead(part[end:])

    def _put_ahead(self, text: str) -> str:
        """Put the lines of *text*, which was read, ahead; return the last of them, which may be cut."""
        if text and not text.endswith("\n"):
            text += self._stream.readline(self._most)
        lines = io.StringIO(text, newline="").readlines()
        self._ahead += lines
        return lines[-1] if lines else ""
