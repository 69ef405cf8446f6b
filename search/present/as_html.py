"""Article text as HTML: the one place that escapes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from search.highlight.marked import Marked
from search.highlight.named import Name
from search.highlight.phrases import Span

#: What HTML does not allow: controls, surrogates, non-characters
#: (https://infra.spec.whatwg.org/#code-points; HTML standard, 13.2.3.5).
_NOT_HTML = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
#: Where a mark begins and ends in a text that is not escaped yet: two of these.
_OPENED, _CLOSED = "\x02", "\x03"


def to_html(marked: Marked, address_of: Callable[[Name], str] | None = None, first: int = 0) -> str:
    """Return the text as HTML for element content and attribute values, marks as ``<mark>``.

    With *first* each has an id, ``m1`` where that is 1, and the next number up for each further one. With *address_of* each name is a link to what that returns, with the kind of entity as a class, and kind and whole name as
    title; a mark that reaches over an edge of a name is parted there, so that elements nest.

    Nothing in the text becomes markup. Characters that HTML does not allow become U+FFFD.
    """
    # At once, as it is quicker than part by part: offsets stay.
    text, marks = _allowed(marked.text), marked.marks
    parts: list[str] = []
    if not first and not (address_of and marked.names):
        done = 0
        for start, end in marks:
            parts += (text[done:start], _OPENED, text[start:end], _CLOSED)
            done = end
        parts.append(text[done:])
        html = escape("".join(parts))
        return html.replace(_OPENED, "<mark>").replace(_CLOSED, "</mark>") if marks else html
    next_mark = done = 0
    for name in marked.names if address_of else ():
        next_mark = _add_part(parts, text, marks, next_mark, done, name.start, first)
        href = escape(address_of(name) if address_of else "")
        title = escape(_allowed(f"{name.field}: {name.name}"))
        parts.append(f'<a class="named {escape(name.field)}" href="{href}" title="{title}">')
        next_mark = _add_part(parts, text, marks, next_mark, name.start, name.end, first)
        parts.append("</a>")
        done = name.end
    _add_part(parts, text, marks, next_mark, done, len(text), first)
    return "".join(parts)


def _add_part(
    parts: list[str],
    text: str,
    marks: Sequence[Span],
    mark: int,
    start: int,
    end: int,
    number: int,
) -> int:
    """Add *text* from *start* to *end*; return the number of the first mark, from *mark* on, that reaches beyond.

    Where *number* is not 0 it is that of the first mark of the text; of a mark in parts the first has it.
    """
    while mark < len(marks) and marks[mark][0] < end:
        first, last = max(marks[mark][0], start), min(marks[mark][1], end)
        is_whole = number and marks[mark][0] >= start
        opened = f'<mark id="m{number + mark}">' if is_whole else "<mark>"
        parts += [escape(text[start:first]), opened, escape(text[first:last]), "</mark>"]
        start = last
        if marks[mark][1] > end:
            break
        mark += 1
    parts.append(escape(text[start:end]))
    return mark


def _allowed(text: str) -> str:
    # What is printable has none of these, and is quicker to see.
    return text if text.isprintable() else _NOT_HTML.sub("\ufffd", text)
