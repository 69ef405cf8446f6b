"""Which keys of a record stand for which part of an article, and where in nested values they lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from search.readers import shapes
from search.readers.shapes import PARTS, bare

#: A key of a record; or a key and what follows in the values below it, as `shapes.bare` makes names.
Key: TypeAlias = str | tuple[str, ...]

#: What ``--map`` says: (part, key or path).
Mapped: TypeAlias = tuple[tuple[str, str], ...]

#: Records have the same keys again and again, and matching keys takes longer than parsing JSON.
_known: dict[tuple[tuple[str, ...], Mapped], Keys] = {}
_known_names: dict[tuple[str, ...], dict[str, str]] = {}
_MAX_KEPT = 256
_MAX_KEPT_CHARS = 4000
#: Longer lists of names, such as the columns of a wide table: of these the last one is kept.
_known_long: dict[tuple[tuple[str, ...], Mapped], Keys] = {}
_MAX_LONG_CHARS = 2_000_000
#: Keys without a meaning of which each is named: more would take longer than the article.
_MAX_NAMED = 200


class Plan(NamedTuple):
    """The one key of each part, "" without one, where nothing is to be said of any key of a record."""

    title: str
    body: str
    authors: str
    published: str
    url: str
    source: str
    section: str
    topics: str
    language: str
    id: str


class Keys(NamedTuple):
    """The keys of a record, sorted by what they stand for."""

    #: Part of an article -> keys, best first.
    of: Mapping[str, tuple[Key, ...]]
    #: Keys that stand for nothing that is known, the first `_MAX_NAMED` of them.
    unknown: tuple[str, ...]
    #: How many more there are.
    unnamed: int
    #: (key, part) of those that give a part only where a better key is empty.
    spare: tuple[tuple[str, str], ...]
    #: Keys and paths of ``--map`` that the record has not.
    missing: tuple[tuple[str, str], ...]
    #: (best key, part) of each part that has one, but for dates, which are compared elsewhere.
    first: tuple[tuple[str, str], ...] = ()
    #: The name of a known shape, "" without one.
    shape: str = ""
    #: A key that wraps the whole record, "" without one.
    envelope: str = ""
    #: None where more than one key may give a part, or something is to be said of a key.
    plan: Plan | None = None


def keys_of(record: Mapping[str, object], mapped: Mapped = ()) -> Keys:
    """Return what the keys of *record* stand for; *mapped* comes before what is known."""
    names = tuple(record)
    found = _known.get((names, mapped)) or _known_long.get((names, mapped))
    if found is None:
        found = _sorted(names, mapped)
        found = found._replace(plan=_plan(found))
        chars = len("".join(names))
        if chars <= _MAX_KEPT_CHARS:
            if len(_known) >= _MAX_KEPT:
                _known.clear()
            _known[names, mapped] = found
        elif chars <= _MAX_LONG_CHARS:
            _known_long.clear()
            _known_long[names, mapped] = found
    return found


def shown(key: Key) -> str:
    """Return *key* as a person writes it: with dots between the keys of a path."""
    return key if isinstance(key, str) else ".".join(each.partition("?")[0] for each in key)


def top(key: Key) -> str:
    return key if isinstance(key, str) else key[0].partition("?")[0]


def value_at(record: Mapping[str, object], key: Key) -> object:
    """Return what *record* has under *key*; of a list on the way a list of what its elements have."""
    if isinstance(key, str):
        return record[key]
    first, *rest = key
    first, _, condition = first.partition("?")
    value: object = record.get(first)
    if condition:
        name, _, wanted = condition.partition("=")
        listed = value if isinstance(value, list) else []
        value = [each for each in listed if isinstance(each, dict) and _inner(each, name) == wanted]
    for name in rest:
        value = _below(value, name)
    return value


def _below(value: object, name: str) -> object:
    if isinstance(value, dict):
        return _inner(value, name)
    if isinstance(value, list):
        found: list[object] = []
        for each in value:
            inner = _below(each, name)
            found += inner if isinstance(inner, list) else [inner]
        return [each for each in found if each is not None]
    return None


def _inner(value: Mapping[str, object], name: str) -> object:
    if name in value:
        return value[name]
    key = _by_bare_name(tuple(value)).get(name)
    return None if key is None else value[key]


def _by_bare_name(keys: tuple[str, ...]) -> dict[str, str]:
    known = _known_names.get(keys)
    if known is None:
        known = {}
        for key in keys:
            known.setdefault(bare(key), key)
        if len("".join(keys)) <= _MAX_KEPT_CHARS:
            if len(_known_names) >= _MAX_KEPT:
                _known_names.clear()
            _known_names[keys] = known
    return known


def _sorted(keys: tuple[str, ...], mapped: Mapped) -> Keys:
    names = _by_bare_name(keys)
    shape = shapes.shape_of(names)
    said: dict[str, list[Key]] = {}
    missing = []
    for part, path in mapped:
        if (key := _mapped_key(path, keys, names)) is None:
            missing.append((part, path))
        else:
            said.setdefault(part, []).append(key)
    taken = {key for listed in said.values() for key in listed}
    of: dict[str, tuple[Key, ...]] = {}
    for part, listed in shapes.table(shape).items():
        known = [
            key for name in listed if (key := _key(name, names)) is not None and key not in taken
        ]
        of[part] = tuple(dict.fromkeys([*said.get(part, ()), *known]))
    for part, key in _longer(keys, of):
        if key not in taken:
            of[part] = (*of[part], key)
    if "authors" in said:
        of["byline"] = (*said["authors"], *of["byline"])
    wraps = not of["title"] and not of["body"]
    used = {top(key) for listed in of.values() for key in listed}
    unknown = [key for key in keys if key not in used]
    return Keys(
        of=of,
        unknown=tuple(unknown[:_MAX_NAMED]),
        unnamed=len(unknown[_MAX_NAMED:]),
        spare=tuple(_spare(of)),
        missing=tuple(missing),
        first=tuple([(top(of[part][0]), part) for part in PARTS if of[part] and part != "published"]),
        shape=shape,
        envelope=next((names[name] for name in shapes.ENVELOPES if name in names), "") if wraps else "",
    )  # fmt: skip


def _longer(keys: tuple[str, ...], of: Mapping[str, tuple[Key, ...]]) -> Iterator[tuple[str, str]]:
    """Yield (part, key) of those that count after others: they have a known name in them."""
    used = {top(key) for listed in of.values() for key in listed}
    for key in keys:
        if key not in used and (name := shapes.core(key)):
            yield shapes.part_of(name), key


def _spare(of: Mapping[str, tuple[Key, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the keys that may give nothing, with their part: all but a lone first one of each part."""
    sure = {top(of[part][0]) for part in PARTS if of[part]}
    seen = set()
    for part in PARTS:
        if part in ("topics", "published"):  # all topics count, and dates are compared elsewhere
            continue
        for key in map(top, of[part]):
            if key not in sure and key not in seen:
                seen.add(key)
                yield key, part


def _key(name: str, names: Mapping[str, str]) -> Key | None:
    """Return the key of a record that *name* of the table of words stands for."""
    if "/" not in name:
        return names.get(name)
    first, *rest = name.split("/")
    first, mark, condition = first.partition("?")
    if (flat := names.get(first + "".join(rest))) is not None:
        return flat
    if (key := names.get(first)) is not None:
        return (key + mark + condition, *rest)
    return None


def _mapped_key(path: str, keys: tuple[str, ...], names: Mapping[str, str]) -> Key | None:
    """Return what ``--map`` names: a key to the letter, else but for case and signs, else a path with dots."""
    if path in keys:
        return path
    if (key := names.get(bare(path))) is not None:
        return key
    first, _, rest = path.partition(".")
    key = first if first in keys else names.get(bare(first))
    if key is None or not rest:
        return None
    return (key, *(part if part in rest else bare(part) for part in rest.split(".")))


def _plan(keys: Keys) -> Plan | None:
    """Return the plan of records with these *keys*, if there is one."""
    if keys.shape or keys.envelope or keys.unknown or keys.spare or keys.missing:
        return None
    of = {part: listed for part, listed in keys.of.items() if listed}
    if not {"title", "body"} <= of.keys() <= set(Plan._fields):
        return None
    found: dict[str, str] = dict.fromkeys(Plan._fields, "")
    for part, (key, *after) in of.items():
        # Another key that leads into the value of the first one gives nothing where that is a text.
        if not isinstance(key, str) or any(top(other) != key for other in after):
            return None
        found[part] = key
    return Plan(**found)
