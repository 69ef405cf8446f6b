"""Records inside one JSON value: tables as pandas writes them, and lists that programs put somewhere in an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from search.readers.keys import keys_of, value_at
from search.readers.shapes import ENVELOPES, bare

#: How deep a list of articles may be, and how many values are looked at to find it.
_MAX_DEPTH = 6
_MAX_LOOKED_AT = 10_000

#: What an object has that is a record itself, and no mere wrapping of a list.
_OWN_PARTS = ("id", "url", "published")


def records_within(value: Mapping[str, object]) -> Sequence[object]:
    """Return the records that *value*, which is none itself, holds; () where it holds none for certain.

    A table is one whose columns are objects (`to_json` of pandas), whose rows are objects under their numbers or
    ids, or one of "columns" and "data". Of several lists in it the one counts whose first record says most.
    """
    return _table(value) or _best_list(value)


def is_table(value: Mapping[str, object]) -> bool:
    """Whether each value of *value* is a column: an object from the numbers of the rows to their cells."""
    first = next(iter(value.values()), None)
    if not isinstance(first, dict) or not first or not all(map(str.isdecimal, first)):
        return False
    rows = first.keys()
    return all(isinstance(column, dict) and column.keys() == rows for column in value.values())


def _table(value: Mapping[str, object]) -> Sequence[object]:
    if is_table(value) and says_something(value):
        columns = [(name, column) for name, column in value.items() if isinstance(column, dict)]
        return [{name: column[row] for name, column in columns} for row in columns[0][1]]
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list):
        if not all(isinstance(name, str) for name in names):
            return ()
        if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
            return ()
        return [dict(zip(names, row, strict=True)) for row in rows]
    if value and all(
        isinstance(row, dict) and says_something(row) and bare(name) not in ENVELOPES
        for name, row in value.items()
    ):
        # Not as "id": what the keys are, an object does not tell.
        return [
            row if name.isdecimal() or not isinstance(row, dict) else {**row, "key": name}
            for name, row in value.items()
        ]
    return ()


def says_something(record: Mapping[str, object]) -> int:
    """Return how many of title and text *record* has keys for."""
    of = keys_of(record).of
    return bool(of["title"]) + bool(of["body"])


def _best_list(value: Mapping[str, object]) -> Sequence[object]:
    best: Sequence[object] = ()
    most = (0, 0)
    for listed in islice(_lists(value, 0), _MAX_LOOKED_AT):
        first = listed[0]
        if not isinstance(first, dict):
            continue
        said = says_something(first)
        if not said and isinstance(inner := first.get(keys_of(first).envelope), dict):
            said = says_something(inner)
        if said and (said, len(listed)) > most:
            best, most = listed, (said, len(listed))
    return best


def _lists(value: object, depth: int) -> Iterator[list[object]]:
    """Yield the lists in *value* that are not inside a record."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        if _is_record(value):
            return
        for inner in value.values():
            yield from _lists(inner, depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield value
        yield from _lists(value[0], depth + 1)


def _is_record(value: Mapping[str, object]) -> bool:
    of = keys_of(value).of
    keys = [key for part in ("title", "body", *_OWN_PARTS) for key in of[part]]
    # "data" is a date in Italian, and "content" may hold a list.
    return any(isinstance(value_at(value, key), str | int | float) for key in keys)
