"""The forms in which `newssearch query` prints hits for programs: NDJSON, CSV, ids, and templates of a person's own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from search.cli.output import json_text
from search.model.errors import RequestError

if TYPE_CHECKING:
    from search.service.answer import Hit, HitStream, ResultPage

#: Those that have a name; every other form is a template.
NAMED = ("text", "json", "ndjson", "csv", "ids")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}
_BLANKS = re.compile(r"\s+")


def form_of(text: str) -> str:
    """Return the form that ``--format`` names. Raises `RequestError` where that is neither a form nor a template."""
    if text in NAMED:
        return text
    if "{" not in text:
        from search.model.nearest import did_you_mean

        ways = f"there are {', '.join(NAMED)}, and templates such as '{{published}} {{title}}'"
        raise RequestError(f"unknown format {text!r}{did_you_mean(text, NAMED) or f'; {ways}'}")
    _pieces(text)
    return text


def print_hits(form: str, hits: Iterable[Hit], page: ResultPage | HitStream) -> None:
    """Print *hits* of *page* one by one in a form that is neither "text" nor "json"."""
    if form == "ids":
        write_lines(f"{hit.article.article_id}\n" for hit in hits)
    elif form == "ndjson":
        write_lines(_as_ndjson(hits, page))
    elif form == "csv":
        from search.present.as_csv import csv_columns, hit_rows

        write_lines([csv_line(csv_columns())])
        write_lines(map(csv_line, hit_rows(hits, page)))
    else:
        write_lines(filled(form, hit_values_by_name(hit, page)) for hit in hits)


def write_lines(lines: Iterable[str]) -> None:
    """Write whole lines. On a terminal nothing of them steers it; in a file or pipe characters stay as they are."""
    if not sys.stdout.isatty():
        sys.stdout.writelines(lines)
        return
    from search.present.terminal.safe import visible

    for line in lines:
        print(visible(line.removesuffix("\n")))


def csv_line(cells: Iterable[object]) -> str:
    """Return a row of a CSV."""
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def hit_values_by_name(hit: Hit, page: ResultPage | HitStream) -> dict[str, object]:
    """Return what a template can name of a hit."""
    from search.present.as_csv import csv_columns, hit_values
    from search.present.as_json import hit_as_json

    shown = hit_as_json(hit, page, whole_paths=True)
    columns = zip(csv_columns(), hit_values(shown), strict=True)
    asked = {"query": page.question.text, "total": page.total}
    return shown | dict(columns) | asked | {"body": hit.article.body}


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return the line that a template makes of *values*, in which white space is single blanks but for the template's own."""
    pieces = _pieces(template)
    return "".join(_written(values.get(name)) if name else text for name, text in pieces) + "\n"


def _as_ndjson(hits: Iterable[Hit], page: ResultPage | HitStream) -> Iterator[str]:
    from search.present.as_json import hit_as_json

    for hit in hits:
        yield ndjson_line(hit_as_json(hit, page, whole_paths=True))


def ndjson_line(value: object) -> str:
    """Return a line of NDJSON."""
    return json_text(value, separators=(",", ":")) + "\n"


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_written, value))
    return _BLANKS.sub(" ", str(value)).strip()


def template_fields() -> tuple[str, ...]:
    """Return what a template can name."""
    from search.model.fields import FIELDS
    from search.present.as_csv import csv_columns

    entities = (row.key for row in FIELDS.described(is_entity=True))
    return ("query", "total", *csv_columns(), *entities, "body")


@lru_cache(maxsize=1)
def _pieces(template: str) -> list[tuple[str, str]]:
    """Return a template in pieces: the name of a field and "", or "" and a text. Raises `RequestError`."""
    known = template_fields()
    pieces: list[tuple[str, str]] = []
    done = 0
    for match in _FIELD.finditer(template):
        pieces.append(("", _unescaped(template[done : match.start()])))
        done = match.end()
        whole, name = match.group(), match[1]
        if whole in ("{{", "}}"):
            pieces.append(("", whole[0]))
        elif name is None:
            raise RequestError(f"a single {whole} in the template; to print one write {whole * 2}")
        elif name in known:
            pieces.append((name, ""))
        else:
            from search.model.nearest import nearest

            hint = f"did you mean {{{found}}}?" if (found := nearest(name, known)) else ""
            listed = ", ".join(known)
            raise RequestError(f"a hit has no {{{name}}}; {hint or f'there are {listed}'}")
    return [*pieces, ("", _unescaped(template[done:]))]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match.group()), text)
