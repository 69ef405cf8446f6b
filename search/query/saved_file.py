"""The file of saved searches, searches.toml: reading it, and writing a search for it. docs/saved.md says what it looks like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from search.model.errors import SettingError
from search.model.fields import FIELDS, FieldTable
from search.model.question import Match, Question, Selection, Sort
from search.model.toml_file import toml_string, toml_table, toml_text
from search.model.whole_file import held, put_text
from search.query.saved import SavedSearch
from search.text.spacing import single_spaced

#: Larger than any list that people keep by hand.
MAX_FILE_BYTES = 1_000_000
MAX_NAME_CHARS = 64

_WHAT = "saved searches"
_EXAMPLE = (
    'a saved search looks like [[search]] and below it name = "Night ferry" and '
    'query = "ferry (night OR fog)"'
)
_HEAD = re.compile(r"\s*\[\[\s*search\s*\]\]")
#: Keys that say the same as the parameters of a page, the facets aside, and the field of `Question`.
_TEXTS = {"query": "text", "from": "start", "to": "end", "match": "match", "sort": "sort"}
_CHOICES = {"match": get_args(Match), "sort": get_args(Sort)}
_LISTS = ("without",)
#: Before the name of a facet: values that no article has.
NOT = "not_"


def read_saved(path: str | Path, fields: FieldTable = FIELDS) -> tuple[SavedSearch, ...]:
    """Return the searches of the file at *path*, in its order.

    Raises `SettingError`, which names the line and says what to do, where it cannot be used.
    """
    text = toml_text(str(path), _WHAT, MAX_FILE_BYTES)
    return searches_of(text, str(path), fields)


def searches_of(text: str, path: str, fields: FieldTable = FIELDS) -> tuple[SavedSearch, ...]:
    """Return the searches that *text*, of the file at *path*, has. Raises as `read_saved`."""
    table = toml_table(text, path, _EXAMPLE)
    listed = table.pop("search", [])
    if table or not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        what = f"{next(iter(table))!r} is not known" if table else "search is no list of searches"
        raise SettingError(f"{path}: {what}; {_EXAMPLE}")
    heads = [n for n, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    searches: list[SavedSearch] = []
    seen: dict[str, str] = {}
    for number, said in enumerate(listed):
        # A list that is written in one line has no heads.
        where = f"{path}:{heads[number]}" if len(heads) == len(listed) else path
        search = _search(said, where, fields)
        if search.key in seen:
            raise SettingError(
                f"{where}: {search.name!r} is the name of an earlier search ({seen[search.key]!r}); rename one"
            )
        seen[search.key] = search.name
        searches.append(search)
    return tuple(searches)


def _search(said: dict[str, Any], where: str, fields: FieldTable) -> SavedSearch:
    known = ("name", *_TEXTS, *_LISTS, *fields.choices, *(NOT + name for name in fields.choices))
    if unknown := [key for key in said if key not in known]:
        raise SettingError(
            f"{where}: {unknown[0]!r} is not known; a saved search can have {', '.join(known)}"
        )
    name = said.get("name")
    if not isinstance(name, str) or not is_name(name):
        raise SettingError(
            f"{where}: a saved search has a name of at most {MAX_NAME_CHARS} characters, with a letter or digit; {_EXAMPLE}"
        )
    changes: dict[str, Any] = {}
    for key, attribute in _TEXTS.items():
        value = said.get(key, "")
        if not isinstance(value, str):
            raise SettingError(f"{where}: {key} is a text in quotation marks")
        if key in said and value not in (choices := _CHOICES.get(key, (value,))):
            raise SettingError(f"{where}: {key} is one of {', '.join(choices)}")
        if value.strip():
            changes[attribute] = value.strip()
    without = _values(said, "without", where)
    if foreign := [field for field in without if field not in fields.choices]:
        raise SettingError(
            f"{where}: without {foreign[0]!r}: choose from {', '.join(fields.choices)}"
        )
    selections = tuple(
        Selection(field, values)
        for field in fields.choices
        if (values := _values(said, field, where))
    )
    excluded = tuple(
        Selection(field, values)
        for field in fields.choices
        if (values := _values(said, NOT + field, where))
    )
    question = Question(selections=selections, excluded=excluded, without=without, **changes)
    return SavedSearch(single_spaced(name), question)


def _values(said: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = said.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise SettingError(f"{where}: {key} is a text in quotation marks, or a list of such texts")
    return tuple(dict.fromkeys(values))


def is_name(name: str) -> bool:
    """Whether a search can be called *name*."""
    return (
        len(name) <= MAX_NAME_CHARS
        and name.isprintable()
        and any(map(str.isalnum, name))
        and '"' not in name
    )


def toml_of(search: SavedSearch) -> str:
    """Return *search* as a part of a file of saved searches."""
    question = search.question
    lines = ["[[search]]", f"name = {toml_string(search.name)}"]
    default = Question()
    for key, attribute in _TEXTS.items():
        value = getattr(question, attribute)
        if key == "query" or value != getattr(default, attribute):
            lines.append(f"{key} = {toml_string(value)}")
    lists = {s.field: s.values for s in question.selections}
    lists |= {NOT + s.field: s.values for s in question.excluded}
    lists["without"] = question.without
    for key, values in lists.items():
        if values:
            lines.append(f"{key} = [{', '.join(map(toml_string, values))}]")
    return "\n".join(lines) + "\n"


def save_search(
    path: str | Path, search: SavedSearch, *, replace: bool = False, fields: FieldTable = FIELDS
) -> None:
    """Write *search* at the end of the file at *path*, or in the place of the one of its name where *replace* says so.

    What else stands in the file stays as it is. Raises `SettingError` where the file, or the name of *search*, cannot be
    used, and where the name is taken.
    """
    if not is_name(search.name):
        raise SettingError(
            f"{search.name[:MAX_NAME_CHARS]!r}: a name has a letter or digit, no quotation mark, and at most {MAX_NAME_CHARS} characters"
        )
    path = Path(path)
    target = path.resolve()  # of a link what it names
    try:
        with held(target.parent):
            put_text(target, _with(path, search, replace, fields))
    except OSError as exc:
        raise SettingError(f"{path}: cannot be written: {exc.strerror}") from exc


def _with(path: Path, search: SavedSearch, replace: bool, fields: FieldTable) -> str:
    """Return the text of the file at *path* with *search* in it."""
    text = toml_text(str(path), _WHAT, MAX_FILE_BYTES) if path.exists() else ""
    known = [each.key for each in searches_of(text, str(path), fields)]
    if search.key in known:
        if not replace:
            raise SettingError(
                f"{path}: there is a search named {search.name!r} already; --replace puts this one in its place"
            )
        text = _without(text, known.index(search.key), len(known), path, toml_of(search))
    else:
        text = f"{text.rstrip()}\n\n" if text.strip() else ""
        text += toml_of(search)
    searches_of(text, str(path), fields)  # what is written can be read
    return text


def _without(text: str, number: int, searches: int, path: Path, new: str) -> str:
    """Return *text* with *new* in the place of the search numbered *number* of all *searches*; comments after it stay."""
    lines = text.splitlines(keepends=True)
    heads = [n for n, line in enumerate(lines) if _HEAD.match(line)]
    if len(heads) != searches:
        raise SettingError(f"{path}: write each search below its own [[search]], then try again")
    end = heads[number + 1] if number + 1 < len(heads) else len(lines)
    while end > heads[number] + 1 and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return "".join(lines[: heads[number]]) + new + "".join(lines[end:])
