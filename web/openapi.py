"""/openapi.json: what the API promises, in the form that programs read (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, get_args

from flask import Flask, Response, jsonify

from search import __version__
from search.model.article import ARTICLE_ID, PRECISIONS
from search.model.fields import Field, FieldTable
from search.model.histogram import INTERVALS
from search.model.question import AUTO, BARS, Match, Rank, Sort
from search.model.settings import Settings
from search.present.as_json import hit_keys
from search.service.limits import Limits
from search.service.service import SearchService
from web.links import rooted
from web.parameters import CURSOR, KEYS, NAME, NOT, WITHOUT, parameters_of
from web.trends import trends_parameters

Value = dict[str, Any]

_TEXT: Value = {"type": "string"}
_TEXTS: Value = {"type": "array", "items": _TEXT}
_COUNT: Value = {"type": "integer", "minimum": 0}
#: A parameter without a value, as forms of pages send them, is as one that is left out.
_SWITCH: Value = {"type": "string", "enum": ["on", "off", ""]}
_ERRORS = {
    "400": "what is asked for cannot be read, or is not known",
    "401": "a key is asked for",
    "404": "no such article, name or address",
    "410": "the index has changed since the cursor was given",
    "429": "too many requests",
    "503": "the index cannot be searched now, or the server is busy",
}
_OF_A_SEARCH = ("400", "401", "410", "429", "503")
_OF_AN_ARTICLE = ("400", "401", "404", "429", "503")


class OpenApi:
    """The route of the description, which is made once it is asked for."""

    def __init__(self, service: SearchService, settings: Settings) -> None:
        self._fields, self._limits, self._settings = service.fields, service.limits, settings

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/openapi.json", "openapi", self.description)

    def description(self) -> Response:
        """Return what there is to ask, and what is answered."""
        return jsonify(described(self._fields, self._limits, self._settings, rooted("/")))


def described(fields: FieldTable, limits: Limits, settings: Settings, root: str) -> Value:
    """Return the description of the API of a server, which is at the path *root*."""
    search = [*_search_parameters(fields, limits, settings)]
    files = [p for p in search if p["name"] != "page"]
    one_page = search
    names = [_parameter(NAME, {**_TEXT, "minLength": 1}, "the name", required=True)]
    others = (NOT + name for name in fields.narrowing)
    narrowing = {
        *fields.narrowing,
        *others,
        WITHOUT,
        "from",
        "to",
        "added_from",
        "added_to",
        "joined",
    }
    names += [p for p in search if p["name"] in narrowing]
    of_article = [_path("article_id", {**_TEXT, "pattern": f"^{ARTICLE_ID.pattern}$"})]
    limit = _parameter("limit", _number(limits.similar), "how many articles")
    number = _path("number", {**_COUNT, "maximum": 2**31})
    v1 = "/api/v1"
    article = f"{v1}/articles/{{article_id}}"
    paths: dict[str, Value] = {
        f"{v1}/search": _get(
            "search", "Articles that a query finds", one_page, "Page", _OF_A_SEARCH
        ),
        article: _get("article", "A whole article", of_article, "Article", _OF_AN_ARTICLE),
        f"{article}/similar": _get(
            "similar", "Articles like one", [*of_article, limit], "Similar", _OF_AN_ARTICLE
        ),
        f"{article}/revisions": _get(
            "revisions", "What an article was before", of_article, "Revisions", _OF_AN_ARTICLE
        ),
        f"{article}/revisions/{{number}}": _get(
            "revision", "An article as it was", [*of_article, number], "Article", _OF_AN_ARTICLE
        ),
    }
    for row in map(fields.__getitem__, fields.named):
        paths[f"{v1}/{row.name}"] = _get(
            row.name, f"What there is about one of the {row.many}", names, "Name", _OF_AN_ARTICLE
        )
    paths["/trends.json"] = _get(
        "trends",
        "How many articles queries find over time",
        _trends_parameters(fields, search, limits),
        "Trends",
        ("400", "429", "503"),
    )
    bom = _parameter("bom", _SWITCH, "a byte order mark first")
    for ending, kind, asked in (
        ("json", "application/json", one_page),
        ("ndjson", "application/x-ndjson", files),
        ("csv", "text/csv", [*(p for p in files if p["name"] != KEYS), bom]),
        ("atom", "application/atom+xml", [p for p in search if p["name"] != KEYS]),
        ("rss", "application/rss+xml", [p for p in search if p["name"] != KEYS]),
    ):
        name = "Page" if ending == "json" else ""
        paths[f"/search.{ending}"] = _get(
            f"search_{ending}",
            f"Articles that a query finds, as {ending}",
            asked,
            name,
            _OF_A_SEARCH,
            kind,
        )
    key: list[Value] = [{"bearer": []}, {"header": []}] if settings.api_keys else []
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "newssearch",
            "version": __version__,
            "summary": "Full-text search over news articles, read-only",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root.rstrip("/") or "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(fields),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
        "security": key,
    }


def _search_parameters(fields: FieldTable, limits: Limits, settings: Settings) -> list[Value]:
    """Return the parameters of a search, those of `parameters_of` and what the API has besides."""
    schemas: dict[str, tuple[Value, str]] = {
        "q": ({**_TEXT, "maxLength": settings.max_query_chars}, "the query"),
        WITHOUT: (
            _several({"type": "string", "enum": [*fields.choices, ""]}),
            "only articles without a value of it",
        ),
        "from": (_TEXT, "first day or instant"),
        "to": (_TEXT, "last day or instant"),
        "added_from": (_TEXT, "first day or instant at which articles came"),
        "added_to": (_TEXT, "last day or instant at which articles came"),
        "match": (_one_of((*get_args(Match), "")), "how many of the words must occur"),
        "sort": (_one_of((*get_args(Sort), "")), "the order of hits"),
        "rank": (_one_of((*get_args(Rank), "")), "how relevance is reckoned"),
        "recency": (_TEXT, "a half-life by which older articles rank lower"),
        "significant": (_number(limits.significant), "how many significant words to give"),
        "page": (_number(limits.page), "which page, from 1"),
        "page_size": (_number(limits.page_size), "hits of a page"),
        "facet": (_several(_TEXT), "a facet to count, such as author:20"),
        "histogram": (_one_of((AUTO, BARS, *INTERVALS, "")), "counts by date"),
        CURSOR: (_TEXT, "where an earlier answer ended, instead of a page"),
        KEYS: (_TEXT, f"keys of a hit, with commas between: {', '.join(hit_keys(fields))}"),
    }
    for name in ("explain", "group", "joined", "synonyms", "diverse"):
        schemas[name] = (_SWITCH, "see docs/api.md")
    for name in fields.choices:
        schemas[name] = (_several(_TEXT), f"only articles with this value of {name}")
        schemas[NOT + name] = (_several(_TEXT), f"only articles without this value of {name}")
    return [
        _parameter(name, *schemas.get(name, (_TEXT, "see docs/api.md")))
        for name in (*parameters_of(fields), CURSOR, KEYS)
    ]


def _trends_parameters(fields: FieldTable, search: list[Value], limits: Limits) -> list[Value]:
    """Return the parameters of trends, those of a *search* as they are there."""
    known = {each["name"]: each for each in search}
    own = {
        "q": _parameter("q", {**_several(_TEXT), "maxItems": limits.trends}, "a query; several are compared"),
        "by": _parameter("by", _one_of((*INTERVALS, AUTO, "")), "what is counted by"),
    }  # fmt: skip
    return [own.get(name) or known[name] for name in trends_parameters(fields)]


def _get(
    operation: str,
    summary: str,
    parameters: list[Value],
    schema: str,
    errors: tuple[str, ...],
    kind: str = "application/json",
) -> Value:
    content = {kind: {"schema": _reference(schema)}} if schema else {kind: {"schema": _TEXT}}
    headers = {"ETag": {"schema": _TEXT}}
    failed = {"application/json": {"schema": _reference("Error")}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": {"description": "found", "content": content, "headers": headers},
                "304": {"description": "as the client has it"},
                **{s: {"description": _ERRORS[s], "content": failed} for s in errors},
            },
        }
    }


def _schemas(fields: FieldTable) -> dict[str, Value]:
    head = _head(fields)
    entities = {row.key: _TEXTS for row in fields.described(is_entity=True)}
    mention = _object({"in": _one_of(("title", "body")), "start": _COUNT, "end": _COUNT})
    entity = _object(
        {"name": _TEXT, "count": _or_null(_COUNT), "forms": _TEXTS, "mentions": _list(mention)}
    )
    hit = {
        "rank": {"type": "integer", "minimum": 1},
        "score": {"type": "number"},
        **head,
        "title_marks": _list(_MARK),
        "snippet": _object({"text": _TEXT, "marks": _list(_MARK)}),
        **entities,
        "story": _or_null(_reference("Story")),
    }
    similar = _object({"score": {"type": "number"}, "words": _TEXTS, **head})
    copy = _object({"id": _TEXT, "title": _TEXT, "source": _OPTIONAL, "published": _OPTIONAL})
    value = _object({"value": _TEXT, "count": _COUNT, "selected": {"type": "boolean"}})
    bin_of = _object({"from": _TEXT, "to": _TEXT, "start": _TEXT, "count": _COUNT})
    revision = _object(
        {"revision": _COUNT, "added": _OPTIONAL, "replaced": _OPTIONAL, "changed": _TEXTS, "title": _TEXT, "provenance": _or_null(_reference("Provenance"))}
    )  # fmt: skip
    return {
        "Error": _object({"error": _reference("Fault")}),
        "Fault": _object(
            {"code": _TEXT, "message": _TEXT, "position": {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}},
            optional=("position",),
        ),
        "Provenance": _object(
            {"file": _TEXT, "line": _or_null(_COUNT), "member": _OPTIONAL, "url": _OPTIONAL, "reader": _OPTIONAL, "read_at": _OPTIONAL}
        ),
        "Credit": _object({"name": _TEXT, "role": _TEXT}),
        "Story": _object({"articles": _COUNT, "sources": _TEXTS, "copies": _list(copy)}),
        # With `fields` a hit has only the keys that are asked for.
        "Hit": _object(hit, optional=tuple(hit)),
        "Facet": _object({"values": _list(value), "distinct": _COUNT, "other": _COUNT, "missing": _COUNT}),
        "Histogram": _object({"interval": _one_of(INTERVALS), "bins": _list(bin_of), "undated": _COUNT}),
        "Trends": _object({
            "interval": _one_of(INTERVALS), "notices": _TEXTS, "starts": _TEXTS,
            "all_articles": _list(_COUNT), "all_without_date": _COUNT,
            "queries": _list(_reference("Trend")),
        }),
        "Trend": _object({
            "query": _TEXT, "articles": _list(_COUNT), "without_date": _COUNT,
            "shares": _list(_or_null({"type": "number", "minimum": 0, "maximum": 1})),
        }),
        "Clause": _object(
            {"text": _TEXT, "count": _COUNT, "synonyms": _TEXTS, "languages": _TEXTS},
            optional=("synonyms", "languages"),
        ),
        "Page": _object(
            {
                "query": _TEXT,
                "read_as": _list(_reference("Clause")),
                "notices": _TEXTS,
                "total": _COUNT,
                "stories": _or_null(_COUNT),
                "page": {"type": "integer", "minimum": 1},
                "page_size": {"type": "integer", "minimum": 1},
                "took_ms": {"type": "number"},
                "next_cursor": _OPTIONAL,
                "hits": _list(_reference("Hit")),
                "facets": {"type": "object", "additionalProperties": _reference("Facet")},
                "histogram": _reference("Histogram"),
                "suggestions": _list({"type": "object"}),
                "did_you_mean": {"type": "object"},
            },
            optional=("histogram", "suggestions", "did_you_mean"),
        ),
        "Article": _object(
            {
                **head,
                "published_from": _OPTIONAL,
                "byline": _OPTIONAL,
                "language_from": _OPTIONAL,
                "authors_as_read": _TEXTS,
                "tagger": _OPTIONAL,
                "body": _TEXT,
                "added": _OPTIONAL,
                "revision": _COUNT,
                **entities,
                "entities": _object({row: _list(entity) for row in entities}),
                "story": _or_null(_reference("Story")),
            }
        ),
        "Similar": _object(
            {"id": _TEXT, "words": _TEXTS, "notices": _TEXTS, "similar": _list(similar)}
        ),
        "Revisions": _object(
            {"id": _TEXT, "revision": _COUNT, "added": _OPTIONAL, "not_kept": _COUNT, "revisions": _list(revision)}
        ),
        "Name": _object(
            {
                "field": _TEXT,
                "name": _TEXT,
                "notices": _TEXTS,
                "total": _COUNT,
                "articles": _COUNT,
                "joined": _list({"type": "object"}),
                "corrections": _list({"type": "object"}),
                "together": {"type": "object"},
                "forms": {"type": "object"},
                "facets": {"type": "object", "additionalProperties": _reference("Facet")},
                "histogram": _or_null(_reference("Histogram")),
                "newest": _list(_reference("Hit")),
            }
        ),
    }  # fmt: skip


def _head(fields: FieldTable) -> Value:
    """Return the keys of an article that a hit has too."""

    def of(row: Field) -> Value:
        return _TEXTS if row.is_listed else _OPTIONAL

    return {
        "id": _TEXT,
        "title": _TEXT,
        **{row.key: of(row) for row in fields.described(is_entity=False)},
        "credits": _list(_reference("Credit")),
        "published": _OPTIONAL,
        "published_precision": _or_null(_one_of(tuple(filter(None, PRECISIONS)))),
        "provenance": _or_null(_reference("Provenance")),
    }


def _object(properties: Value, optional: tuple[str, ...] = ()) -> Value:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: Value) -> Value:
    return {"type": "array", "items": items}


def _or_null(schema: Value) -> Value:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(values: tuple[str, ...]) -> Value:
    return {"type": "string", "enum": list(values)}


def _several(items: Value) -> Value:
    return {"type": "array", "items": items}


def _number(most: int) -> Value:
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": most}, {"const": ""}]}


def _reference(name: str) -> Value:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, schema: Value, says: str, *, required: bool = False) -> Value:
    said = {"name": name, "in": "query", "description": says, "schema": schema}
    return {**said, "required": True} if required else said


def _path(name: str, schema: Value) -> Value:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_MARK: Value = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}
_OPTIONAL: Value = {"type": ["string", "null"]}
