"""Article text as HTML: the one place that escapes it."""

from __future__ import annotations

import html
import re

from search.highlight.marked import Marked

#: What HTML does not allow: controls, surrogates, non-characters
#: (https://infra.spec.whatwg.org/#code-points; HTML standard, 13.2.3.5).
_NOT_HTML = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)


def to_html(marked: Marked) -> str:
    """Return the text as HTML for element content and attribute values, marks as ``<mark>``.

    Nothing in the text becomes markup. Characters that HTML does not allow become U+FFFD.
    """
    parts = []
    done = 0
    for start, end in marked.marks:
        parts += [_escaped(marked.text[done:start]), "<mark>", _escaped(marked.text[start:end])]
        parts.append("</mark>")
        done = end
    parts.append(_escaped(marked.text[done:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    return html.escape(_NOT_HTML.sub("\ufffd", text))
