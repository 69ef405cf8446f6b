"""Texts that an index keeps under names of files: rules, saved searches. Documents of the control index."""

from __future__ import annotations

from search.engines.opensearch.connection import Conflict
from search.engines.opensearch.control import Control
from search.model.errors import IndexLocked

#: Before the name of a text, so that no other document of the control index is meant.
_PREFIX = "text."
#: Tries to keep a text that others keep at the same moment.
_ATTEMPTS = 50


def text(control: Control, name: str) -> str:
    """Return the text that the index keeps under *name*, "" where there is none."""
    kept = control.get(_PREFIX + name)
    return str(kept.value["text"]) if kept is not None else ""


def keep_text(control: Control, name: str, new: str, before: str | None) -> bool:
    """Keep the text *new* under *name*, where that has the text *before* or this is None; return whether.

    It is on disk when this returns. Raises `IndexLocked` where others change it all the time, `EngineError`.
    """
    has_tried = False
    for _ in range(_ATTEMPTS):
        kept = control.get(_PREFIX + name)
        now = "" if kept is None else kept.value["text"]
        # Where the answer of a node was lost, this may have been kept by the try before.
        is_ours = has_tried and now == new
        if before is not None and now != before and not is_ours:
            return False
        if kept is not None and now == new:
            return True
        has_tried = True
        try:
            control.put(_PREFIX + name, {"text": new}, kept)
        except Conflict:
            continue
        return True
    raise IndexLocked(f"index {control.name}: others change {name} all the time; try again")
