"""The answer to a request that fails: status, code, words, and where in the query the fault is."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.exceptions import HTTPException

from search.model.errors import (
    CursorOutdated,
    EngineError,
    QueryError,
    QueryTimeout,
    RequestError,
    SearchError,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer. ``code`` is a stable word for programs; ``position`` as in `QueryError`."""

    status: int
    code: str
    heading: str
    message: str
    position: tuple[int, int] | None = None


_HTTP = {
    400: ("bad-request", "That request cannot be read", "The request is malformed."),
    401: ("key-required", "A key is asked for", "This API asks for a key."),
    404: (
        "not-found",
        "Nothing here",
        "There is no such page or article. It may have been deleted.",
    ),
    405: ("method-not-allowed", "Only reading is possible", "Use GET or HEAD."),
    414: ("uri-too-long", "That address is too long", "Shorten the query or select less."),
    429: (
        "too-many-requests",
        "Too many requests",
        "More requests came from here than this server takes. Ask again later.",
    ),
    500: (
        "internal-error",
        "Something went wrong",
        "The fault is not yours. What happened is in the log of the server.",
    ),
    503: (
        "too-busy",
        "Too many questions at once",
        "The server is busy with other questions. Ask again in a few seconds.",
    ),
}


def failure_of(error: SearchError | HTTPException) -> Failure:
    """Return what to say about *error*."""
    match error:
        case QueryError():
            position = (error.start, error.end)
            return Failure(400, error.kind, "The query cannot be read", error.message, position)
        case CursorOutdated():
            return Failure(410, "cursor-outdated", "The index has changed", str(error))
        case RequestError():
            return Failure(400, "bad-request", "That cannot be searched for", str(error))
        case QueryTimeout():
            return Failure(503, "query-timeout", "That takes too long to find", str(error))
        case EngineError():
            return Failure(503, "engine-error", "The index cannot be searched now", str(error))
        case HTTPException():
            status = error.code or 500
            code, heading, message = _HTTP.get(status, ("error", error.name, error.name))
            # What we raise with a sentence of our own says more than the standard one.
            if error.description and error.description != type(error).description:
                message = error.description
            return Failure(status, code, heading, message)
        case _:
            return Failure(500, "internal-error", "Something went wrong", str(error))
