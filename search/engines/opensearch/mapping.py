"""What the server keeps of a document: settings and fields of an index, and how these are called.

The server never sees prose to take apart: it gets words that `search.text` has found, joined by blanks, so that both engines
have one definition of a word. Of what it could do it is asked to count; docs/scaling.md says what each field takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from search.engines.ranking import K1, POSITION_GAP, B
from search.model.fields import FIELDS, FieldTable
from search.text.stems import NO_STEMS

#: Prefixes of fields: the forms of words, their stems, the forms of texts that only a query for a field searches, and the
#: distinct forms of each, from which wildcards are expanded.
FORMS: Final = "f."
STEMS: Final = "s."
TEXTS: Final = "t."
VOCABULARY: Final = "w."
#: The keys of the values of a facet (`facet_key`), by which they are chosen; each key, a line break, and the value as it is spelt.
KEYS: Final = "k."
SPELLINGS: Final = "kv."

#: All fields of names that weigh the same are one field of forms and stems: a bare word asks for fewer.
NAMES: Final = "names"
#: The vocabulary of what a bare word searches is that of the main text and what others have beside it.
REST: Final = "rest"

#: All words of an article that a bare word searches, each once with its weighted frequency: only where the cluster scores.
ALL_FORMS: Final = "all.f"
ALL_STEMS: Final = "all.s"

#: Between alternatives for one position of a query, and before the frequency of a word: no word holds it.
ALTERNATIVE: Final = "|"
#: Where the cluster scores, a boost of so much times the weight of a field, plus what the clause is worth, makes that score
#: the saturated weighted frequency times that, by the length of the field, and not the frequency itself.
SATURATED: Final = 1024
#: Longer values of a facet are cut: the server takes no keyword above 32,766 bytes.
MAX_VALUE_BYTES: Final = 8000
_KEPT_CHARS = 1000

#: What of a document is kept to be given back; the rest is only indexed.
KEPT: Final = ("doc", "sum", "batch", "added", "revision", "story", "copied", "revises")


class Place(NamedTuple):
    """A field of forms, that of their stems or "", and what an occurrence weighs there."""

    forms: str
    stems: str
    weight: int


class Layout:
    """Which fields of an index a query searches, by a field table."""

    def __init__(self, fields: FieldTable) -> None:
        self.fields = fields
        weights = sorted({row.weight for row in fields.of_kind("names")})
        names = {weight: NAMES if not n else f"{NAMES}{n}" for n, weight in enumerate(weights)}
        #: For each row that a bare word searches the name of the field that has its words.
        self.field_of = {
            row.name: row.name if row.kind == "text" else names[row.weight]
            for row in fields.searched
        }
        of_fields = {self.field_of[row.name]: row.weight for row in fields.searched}
        self.searched = tuple(
            Place(FORMS + name, STEMS + name, weight) for name, weight in of_fields.items()
        )
        self.filters = frozenset(row.name for row in fields.of_kind("filter"))
        #: The text that has most of the words.
        self.main = [row.name for row in fields.of_kind("text")][-1]

    def places(self, name: str | None) -> tuple[Place, ...]:
        """Return where the words of a query for a field are looked for, for a bare word with None."""
        if name is None:
            return self.searched
        if name in self.fields.texts:
            return (Place(TEXTS + name, "", int(name not in self.filters)),)
        return tuple(place for place in self.searched if place.forms == FORMS + name)

    def vocabularies(self, name: str | None) -> tuple[str, ...]:
        """Return the fields that have the distinct forms of these, no form of a document in two of them."""
        return tuple(VOCABULARY + each for each in ((self.main, REST) if name is None else (name,)))

    def is_exact(self, exact: bool, name: str | None) -> bool:
        """Whether only the form itself is looked for."""
        return exact or (name is not None and name not in self.fields.stemmed)


@lru_cache(maxsize=8)
def layout_of(fields: FieldTable = FIELDS) -> Layout:
    """Return the layout of an index that follows a field table."""
    return Layout(fields)


#: The term of texts without a language whose forms are known.
_NO_LANGUAGE = "-"


def stem_token(language: str, stem: str) -> str:
    """Return the term of a stem: an article has the stems of its own language, so those of two languages are two terms."""
    return f"{language_term(language)}:{stem}"


def language_term(language: str) -> str:
    """Return one of `search.text.stems.LANGUAGES` as a term: none has an empty one."""
    return language if language != NO_STEMS else _NO_LANGUAGE


def language_of(term: str) -> str:
    """Return the language of what `language_term` made."""
    return term if term != _NO_LANGUAGE else NO_STEMS


def bounded(value: str) -> str:
    """Return a value as a keyword: itself, or its beginning and a hash where it is longer than the server takes."""
    if 4 * len(value) <= MAX_VALUE_BYTES:  # nearly all, and no character takes more bytes
        return value
    encoded = value.encode()
    if len(encoded) <= MAX_VALUE_BYTES:
        return value
    digest = blake2b(encoded, digest_size=16).hexdigest()
    return f"{value[:_KEPT_CHARS]}… {digest}"


def index_body(
    fields: FieldTable = FIELDS,
    *,
    shards: int = 1,
    replicas: int = 1,
    codec: str = "best_compression",
    is_native: bool = False,
) -> dict[str, Any]:
    """Return what an index is made with: settings and mapping; with *is_native* what the cluster needs to score by itself."""
    return {
        "settings": {
            "index": {
                "number_of_shards": shards,
                "number_of_replicas": replicas,
                "codec": codec,
                # Who publishes refreshes.
                "refresh_interval": "-1",
                # A fuzzy word is a pattern of all that is within two edits of it.
                "max_regex_length": 100_000,
                "unassigned.node_left.delayed_timeout": "60s",
            },
            "analysis": _ANALYSIS,
            "similarity": {
                # A clause scores the weighted frequency of its word; what that is worth is reckoned around it.
                "count": {
                    "type": "scripted",
                    "script": {"source": _COUNT_OR_SATURATED if is_native else _COUNT},
                },
                **({"native": _BM25} if is_native else {}),
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"includes": list(KEPT)},
            "properties": _properties(fields, _TEXT | {"norms": is_native})
            | ({"all": _ALL} if is_native else {}),
        },
    }


_COUNT = "return query.boost * doc.freq;"
_COUNT_OR_SATURATED = (
    f"double b = query.boost; if (b < {SATURATED}) {{ return b * doc.freq; }}"
    f"double w = Math.floor(b / {SATURATED}); double x = w * doc.freq;"
    "double n = doc.length * (double) field.docCount / field.sumTotalTermFreq;"
    f"return (b - w * {SATURATED}) * x / (x + {K1} * ({1 - B} + {B} * n));"
)
_BM25 = {"type": "BM25", "k1": K1, "b": B, "discount_overlaps": False}

_ANALYSIS = {
    "tokenizer": {
        "blanks": {"type": "char_group", "tokenize_on_chars": [" "], "max_token_length": 400},
        "places": {"type": "char_group", "tokenize_on_chars": [" "], "max_token_length": 1 << 20},
    },
    "filter": {
        # All words of a token of a query are looked for at its position, as one word.
        "alternatives": {
            "type": "pattern_capture",
            "preserve_original": False,
            "patterns": [f"([^{ALTERNATIVE}]+)"],
        },
        "frequencies": {"type": "delimited_term_freq", "delimiter": ALTERNATIVE},
    },
    "analyzer": {
        "words": {"type": "custom", "tokenizer": "blanks"},
        "alternatives": {
            "type": "custom",
            "tokenizer": "places",
            "filter": ["alternatives"],
        },
        "counted": {"type": "custom", "tokenizer": "places", "filter": ["frequencies"]},
    },
}

_TEXT = {
    "type": "text",
    "analyzer": "words",
    "similarity": "count",
    "position_increment_gap": POSITION_GAP,
}
_WORDS = {
    "type": "text",
    "analyzer": "counted",
    "search_analyzer": "words",
    "index_options": "freqs",
    "similarity": "native",
}
_ALL = {"properties": {"f": _WORDS, "s": _WORDS}}
#: Found by, counted by, and both.
_FOUND = {"type": "keyword", "doc_values": False}
_COUNTED = {"type": "keyword", "index": False}
_KEY = {"type": "keyword"}
_NUMBER = {"type": "long"}
_COLUMN = {"type": "long", "index": False}


def _properties(fields: FieldTable, text: Mapping[str, Any]) -> dict[str, Any]:
    layout = layout_of(fields)
    of_words = dict.fromkeys(layout.field_of.values(), text)
    vocabularies = [*fields.stemmed, REST, *fields.texts]
    return {
        "f": {"properties": of_words},
        "s": {"properties": of_words},
        "t": {"properties": dict.fromkeys(fields.texts, text)},
        "w": {"properties": dict.fromkeys(vocabularies, _COUNTED)},
        "k": {"properties": dict.fromkeys(fields.facets, _KEY)},
        "kv": {"properties": dict.fromkeys(fields.facets, _KEY)},
        # The whole document, only given back.
        "doc": {"type": "object", "enabled": False},
        # Its checksum.
        "sum": {"type": "long", "index": False, "doc_values": False},
        "id": _KEY,
        # Which language its stems are of, and the weighted number of its words.
        "stems": _KEY,
        "wl": _COLUMN,
        # Microseconds, for order and bounds; whole seconds, which aggregations can tell apart (they reckon in doubles);
        # the number of the day where no more is known; which of PRECISIONS.
        "published": _NUMBER,
        "published_s": _COLUMN,
        "day": {"type": "integer"},
        "precision": {"type": "byte", "index": False},
        "month": {"type": "integer"},
        # Microseconds; only where publishing does not give it, see `view.added_between`.
        "added": _NUMBER,
        "embargoed_until": _NUMBER,
        "withdrawn": {"type": "boolean"},
        # Tagger and language, for `Stats.tagged`.
        "tagged": _COUNTED,
        "batch": _NUMBER,
        "revises": _FOUND,
        "revision": {"type": "integer", "index": False, "doc_values": False},
        # Stories and names that are one: see stories.py.
        "story": _NUMBER,
        "copied": {"type": "boolean", "doc_values": False},
        "fp": _FOUND,
        "sk": {"type": "binary", "doc_values": True},
        "nf": _COUNTED,
    }
