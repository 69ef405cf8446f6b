"""Text that cannot steer the terminal, whatever is in an article, a query or a file name."""

from __future__ import annotations

import re

#: White space that would break a line; then characters that move the cursor, start an escape sequence
#: or change the direction of the text around them (general category Cc; Unicode UAX 9).
_SPACE = r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]"
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"

#: Those that JSON does not escape by itself.
_CONTROL_IN_JSON = r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"


def visible(text: str) -> str:
    """Return *text* with each character that could steer a terminal replaced by one other character.

    White space becomes a blank, the rest U+FFFD; offsets into the text stay valid.
    """
    if text.isprintable():
        return text
    return re.sub(_CONTROL, "\ufffd", re.sub(_SPACE, " ", text))


def visible_json(text: str) -> str:
    """Return JSON of the same meaning; characters that could steer a terminal become JSON escapes."""
    return re.sub(_CONTROL_IN_JSON, lambda match: f"\\u{ord(match.group()):04x}", text)
