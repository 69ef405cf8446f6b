"""Text that cannot steer the terminal, whatever an article, a query or the name of a file holds."""

from __future__ import annotations

import re

#: White space that would break a line, and what moves the cursor, starts an escape sequence or
#: turns the direction of the text around it (Unicode UAX 9; general category Cc).
_SPACE = r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]"
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"

#: Those of them that JSON leaves as they are.
_CONTROL_IN_JSON = r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"


def visible(text: str) -> str:
    """Return *text* with every character that could steer a terminal replaced, one by one.

    White space becomes a blank, the rest U+FFFD; so offsets into the text stay true.
    """
    if text.isprintable():
        return text
    return re.sub(_CONTROL, "\ufffd", re.sub(_SPACE, " ", text))


def visible_json(text: str) -> str:
    """Return JSON of the same meaning, in which whatever could steer a terminal is a JSON escape."""
    return re.sub(_CONTROL_IN_JSON, lambda match: f"\\u{ord(match.group()):04x}", text)
