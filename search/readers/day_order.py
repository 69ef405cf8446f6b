"""What comes first in the dates of a column, day or month: told by the rows that can be read in one way only.

A column is all that a file has under one key. It is read through once, before the first date that can be
two days is kept, and by each process that meets one: nothing is known of the rows that are still to come.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TextIO

from search.model.errors import ReadError
from search.readers.csv_rows import layout_of, read_rows
from search.readers.date_texts import possible_orders
from search.readers.decompression import CutShort
from search.readers.options import ReadingOptions
from search.readers.source import Limits, Origin, open_source

#: Characters that are searched at once, and how far a date reaches after them.
_CHUNK_CHARS = 1_000_000
_OVERLAP_CHARS = 1_000

_NUMBER = re.compile(r"\d+")
#: A column of fewer days says nothing by all of them ending with one number; of more, that number is the year.
_MIN_DAYS = 4


def day_order(origin: Origin, key: str) -> str:
    """Return "dmy" or "mdy" for the dates under *key* in a file; "both" if it has both, "" if no row tells.

    "ymd", for years of two digits, is possible too. What cannot be read twice, such as standard input, tells nothing.
    """
    if origin.options.day_order:
        return origin.options.day_order
    try:
        status = os.stat(origin.path)
    except (OSError, ValueError):
        return ""
    if not os.path.isfile(origin.path):
        return ""
    return _order_in_file(
        origin.path,
        key,
        origin.limits,
        origin.options.encoding,
        (status.st_size, status.st_mtime_ns),
    )


def order_of(dates: Iterable[str]) -> str:
    """Return the order that all *dates* can have, which only those tell that can have one alone."""
    orders = set[str]()
    #: Of dates that can begin with a year of two digits: what they begin and end with, and the other orders.
    firsts, lasts, others = set[str](), set[str](), set[str]()
    for text in dates:
        possible = possible_orders(text)
        if "ymd" in possible and len(possible) > 1:
            numbers = _NUMBER.findall(text)
            firsts.add(numbers[0])
            lasts.add(numbers[2])
            if len(possible) == 2:
                others.update(possible)
        elif len(possible) == 1:
            orders.update(possible)
            if len(orders) > 1:
                return "both"
    # No column has the days of many years, and all on the same day of the month: that is the year.
    if len(firsts) >= _MIN_DAYS and len(lasts) == 1:
        orders |= others - {"ymd"}
    return next(iter(orders), "") if len(orders) < 2 else "both"


@lru_cache(maxsize=64)
def _order_in_file(
    path: str, key: str, limits: Limits, encoding: str, version: tuple[int, int]
) -> str:
    """Return the order in a file whose size and time are *version*."""
    try:
        with open_source(path, limits, ReadingOptions(encoding=encoding)) as source:
            head = source.head_text()
            is_json = head.lstrip("\ufeff \t\r\n")[:1] in ("[", "{")
            with source.text() as stream:
                dates = _in_json(stream, key) if is_json else _in_csv(stream, head, key, limits)
                return order_of(dates)
    except (ReadError, CutShort, OSError):  # whoever reads the articles says so
        return ""


def _in_json(stream: TextIO, key: str) -> Iterator[str]:
    """Yield the texts under *key*, wherever it is; to parse them all takes ten times as long."""
    names = {key, key.rpartition(".")[2]}  # a path, of which the end is in the text
    keys = "|".join({re.escape(form) for name in names for form in (name, json.dumps(name)[1:-1])})
    value = re.compile(rf'(?<!\\)"(?:{keys})"\s{{0,9}}:\s{{0,9}}"([^"\n]{{6,60}})"')
    text = ""
    while chunk := stream.read(_CHUNK_CHARS):
        text += chunk
        end = 0
        for match in value.finditer(text):
            yield match[1].replace("\\/", "/")
            end = match.end()
        text = text[max(end, len(text) - _OVERLAP_CHARS) :]


def _in_csv(stream: TextIO, head: str, key: str, limits: Limits) -> Iterator[str]:
    """Yield the cells of the column *key*."""
    rows = read_rows(stream, layout_of(head, key.__eq__), limits.max_record_chars)
    column = -1
    for row in rows:
        if column >= 0:
            yield from row.cells[column : column + 1]
        elif key in (names := [cell.strip("\ufeff") for cell in row.cells]):
            column = names.index(key)
