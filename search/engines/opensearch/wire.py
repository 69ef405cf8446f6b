"""JSON as it goes to a cluster and comes from it. The one module that imports orjson, loaded with the first request.

Python's own makes and reads the few texts that orjson refuses: those with half a surrogate pair, which the cluster refuses then, too.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


class Packed:
    """A value that is JSON already, as a part of one that is not: what many questions send is packed once."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = packed(value)


def packed(value: Any) -> bytes:
    """Return *value* as JSON in one line."""
    try:
        return orjson.dumps(value, _part)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_unpacked)
        return text.encode("utf-8", "surrogatepass")


def packed_in_order(value: Any) -> bytes:
    """Return *value* as JSON in one line with the keys in order, byte by byte what Python's own makes of it."""
    try:
        return orjson.dumps(value, _part, orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode("utf-8", "surrogatepass")


def unpacked(text: str | bytes) -> Any:
    """Return the value of JSON. Raises `ValueError` for what is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _part(value: Any) -> Any:
    if isinstance(value, Packed):
        return orjson.Fragment(value.text)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(type(value).__name__)


def _unpacked(value: Any) -> Any:
    if isinstance(value, Packed):
        return json.loads(value.text)
    raise TypeError(type(value).__name__)
