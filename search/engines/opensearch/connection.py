"""One connection to a cluster: requests go to a node that lives, and each failure is said in a sentence.

The one module that imports opensearchpy, when the first request is made.
"""

from __future__ import annotations

import json.encoder
import random
import threading
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from search.engines.opensearch.location import Location
from search.model.errors import EngineError, IndexMissing, RequestError, SettingError
from search.model.installing import command_for

if TYPE_CHECKING:
    from opensearchpy import Transport

#: Seconds that a request may take that writes, and one that reads, where nothing else is said.
WRITE_TIMEOUT_S = 120.0
READ_TIMEOUT_S = 60.0
#: Seconds for which a request is sent again while the cluster says that it cannot take it now: 429, or no manager.
PATIENCE_S = 60.0
#: Seconds between two tries: doubled each time, and never all clients at once.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
#: Connections to one node that are kept open: one for each thread of the web page, at most.
_CONNECTIONS = 64
_JSON = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}
#: What a bulk request says of a document that it could not take now, and may take later.
_PASSING = (429, 503)
#: Errors with status 500 while another node takes the place of one that was lost.
_OF_A_LOST_NODE = (
    "node_closed_exception",
    "node_disconnected_exception",
    "node_not_connected_exception",
    "retry_on_primary_exception",
    "shard_not_in_primary_mode_exception",
)
#: What a search is refused with by a node that has handed its part of the index over to another one, while a point in time keeps it.
_OF_A_MOVED_PART = "Analyzer is closed"

#: Versions of OpenSearch: the first that was tried, and the first that was not.
OLDEST, TOO_NEW = (2, 19), (4,)

#: What is in each answer to a request, by its method and what its path names.
_ANSWERED = {
    ("POST", "_aliases"): ("acknowledged",),
    ("POST", "_bulk"): ("errors",),
    ("POST", "_delete_by_query"): ("failures",),
    ("POST", "_mget"): ("docs",),
    ("POST", "_msearch"): ("responses",),
    ("POST", "_refresh"): ("_shards",),
    ("POST", "_search"): ("_shards", "hits"),
    ("POST", "_update_by_query"): ("failures",),
    ("POST", "point_in_time"): ("pit_id",),
    ("PUT", ""): ("acknowledged",),
    ("PUT", "_doc"): ("_seq_no", "_primary_term"),
    ("PUT", "_mapping"): ("acknowledged",),
}

Body = Mapping[str, Any]


class NotThere(EngineError):
    """What a request names is not there: 404."""


class Conflict(EngineError):
    """Another client changed a document in between: 409."""


class Unanswered(EngineError):
    """A search lost a node, or the point in time that it was asked of: all of it can be asked anew."""


class Credentials(NamedTuple):
    """Who asks, and which certificates are believed. Never printed."""

    user: str = ""
    password: str = ""
    api_key: str = ""
    #: A file of certificates, "" for those that this computer trusts.
    authorities: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"


NOBODY = Credentials()


class Connection:
    """Requests to one cluster, from any thread. Nothing is opened before the first."""

    def __init__(
        self,
        location: Location,
        credentials: Credentials = NOBODY,
        *,
        read_timeout_s: float = READ_TIMEOUT_S,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Raises `SettingError` where a password would go over the network in clear."""
        has_secret = credentials.password or credentials.api_key
        if has_secret and not (location.is_encrypted or location.is_here):
            raise SettingError(
                f"{','.join(location.addresses)}: a password or key is not sent without encryption to another "
                "computer; write https: in the name of the index"
            )
        if credentials.user and credentials.api_key:
            raise SettingError(
                "opensearch_user and opensearch_api_key are both set; set one of them"
            )
        self.location = location
        self._credentials = credentials
        self._read_timeout_s = read_timeout_s
        self._write_timeout_s = write_timeout_s
        self._patience_s = patience_s
        self._guard = threading.Lock()
        self._transport: Transport | None = None

    def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        with self._guard:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def request(
        self,
        method: str,
        path: str,
        body: Body | Sequence[Body] | bytes | None = None,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float | None = None,
        is_patient: bool = True,
    ) -> dict[str, Any]:
        """Return the answer to a request; several bodies are sent as a line each, *body* as bytes are such lines.

        A node that does not answer is passed over, and a cluster that cannot take the request now is asked again for
        `PATIENCE_S` seconds where *is_patient*. So a request may be carried out twice: it has to be one that this does not
        harm. Raises `NotThere`, `Conflict`, `Unanswered`, `IndexMissing` and `EngineError`; the first request of all also
        `RequestError` without the package, and `SettingError` for certificates that cannot be read.
        """
        self._opened()
        import opensearchpy.exceptions as errors

        if timeout_s is None:
            timeout_s = self._read_timeout_s if method in ("GET", "HEAD") else self._write_timeout_s
        asked = {name: _parameter(value) for name, value in (params or {}).items()}
        is_lines = not isinstance(body, Mapping)
        sent = self._packed(body)
        end = time.monotonic() + (self._patience_s if is_patient else 0.0)
        pause, lost = _FIRST_PAUSE_S, 0
        while True:
            try:
                answer = self.send(method, path, asked, sent, timeout_s, is_lines=is_lines)
                found = answer if isinstance(answer, dict) else {"answer": answer}
                return self._believable(found, method, path)
            except errors.TransportError as exc:
                if isinstance(exc, errors.ConnectionTimeout):
                    lost += 1
                    self._pass_over(exc)
                left = end - time.monotonic()
                if left <= 0 or not _is_passing(exc) or lost > 1:
                    raise self._told(exc, path) from exc
            except errors.SerializationError as exc:
                raise self._another_program("neither JSON nor an error") from exc
            except errors.OpenSearchException as exc:
                raise EngineError(f"{self._where}: {type(exc).__name__}: {exc}") from exc
            pause = _paused(pause, left)

    @staticmethod
    def _packed(body: Body | Sequence[Body] | bytes | None) -> bytes | None:
        if body is None or isinstance(body, bytes):
            return body
        from search.engines.opensearch.wire import packed

        if isinstance(body, Mapping):
            return packed(body)
        return b"\n".join([*map(packed, body), b""])

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, object],
        body: bytes | None,
        timeout_s: float,
        *,
        is_lines: bool,
    ) -> Any:
        """Return the answer of the first node that gives one. Raises what opensearchpy does."""
        return self._opened().perform_request(
            method,
            path,
            # A dict of its own each time: the transport takes its own parameters out of it.
            params={**params, "request_timeout": timeout_s},
            body=body,
            headers=dict(_LINES if is_lines else _JSON),
        )

    def bulk(self, index: str, items: Sequence[bytes], **params: object) -> None:
        """Carry out *items* in order: each an action with its document, as `put_item` and `erase_item` make them.

        Erasing what is not there is right. What the cluster could not take now is sent again, and only that.
        Raises `EngineError`.
        """
        waiting = list(items)
        end = time.monotonic() + self._patience_s
        pause = _FIRST_PAUSE_S
        while waiting:
            answer = self.request(
                "POST", f"/{index}/_bulk", b"".join(waiting), {"filter_path": _OF_BULK, **params}
            )
            if not answer.get("errors"):
                return
            refused: list[bytes] = []
            told = ""
            for sent, item in zip(waiting, answer["items"], strict=True):
                [(action, said)] = item.items()
                status = said["status"]
                if status in _PASSING and not _is_blocked(said.get("error")):
                    refused.append(sent)
                    told = _reason(said["error"])
                elif status >= 300 and not (action == "delete" and status == 404):
                    raise self.refusal(status, said.get("error"), index)
            waiting = refused
            left = end - time.monotonic()
            if waiting and left <= 0:
                raise EngineError(
                    f"{self._where}: the cluster took no more documents for {self._patience_s:.0f} seconds ({told}); "
                    "run the same command again with fewer --jobs, or give it more nodes"
                )
            if waiting:
                pause = _paused(pause, left)

    def refresh(self, *indexes: str) -> None:
        """Make what was written visible to searches, on all shards. Raises `EngineError`."""
        answer = self.request("POST", f"/{','.join(indexes)}/_refresh")
        # A shard without a node is no failure to OpenSearch: it is only counted among the total.
        if answer["_shards"]["failed"]:
            reason = _reason(answer["_shards"].get("failures", [{}])[0].get("reason"))
            raise EngineError(f"{self._where}: not every part could be refreshed ({reason})")

    def version(self) -> tuple[int, ...]:
        """Return the version of OpenSearch, (3, 8); raise `EngineError` where that was not tried, and for another program."""
        answer = self.request("GET", "/").get("version")
        said = answer if isinstance(answer, dict) else {}
        number = str(said.get("number", ""))
        found = tuple(int(part) for part in number.split(".")[:2] if part.isdecimal())
        if said.get("distribution") != "opensearch" or not OLDEST <= found < TOO_NEW:
            raise self._another_program(number or "no version")
        return found

    def checked(self, answer: dict[str, Any], *keys: str) -> dict[str, Any]:
        """Return an *answer* that has these *keys*, as each of OpenSearch has. Raises `EngineError` for any other."""
        if not answer.keys() >= set(keys):
            raise self._another_program(f"an answer without {min(set(keys) - answer.keys())}")
        return answer

    def _believable(self, answer: dict[str, Any], method: str, path: str) -> dict[str, Any]:
        """Return an *answer* that has what each of OpenSearch has. Raises `EngineError` for any other, of a proxy perhaps.

        What was not carried out would be taken for done else.
        """
        if path.startswith("/_cat/"):
            rows = answer.get("answer")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise self._another_program("no list of rows")
            return answer
        what = [part for part in path.split("/") if part.startswith("_") or part == "point_in_time"]
        return self.checked(answer, *_ANSWERED.get((method, what[-1] if what else ""), ()))

    def _another_program(self, why: str) -> EngineError:
        return EngineError(
            f"{self._where}: what answers there is no OpenSearch from 2.19 to 3 ({why}); correct the address in the "
            "name of the index"
        )

    @property
    def _where(self) -> str:
        return ",".join(self.location.addresses)

    def _opened(self) -> Transport:
        with self._guard:
            if self._transport is None:
                self._transport = _transport(
                    self.location.addresses, self._credentials, self._read_timeout_s
                )
            return self._transport

    def _pass_over(self, exc: Any) -> None:
        """Ask the other nodes for a while, not the one that did not answer in time: it may hang."""
        silent = getattr(exc.info, "pool", None)
        pool = self._opened().connection_pool
        for connection in list(pool.connections):
            if silent is not None and connection.host.endswith(f"//{silent.host}:{silent.port}"):
                pool.mark_dead(connection)

    def _told(self, exc: Any, path: str) -> EngineError:
        """Return a failure of opensearchpy as one of ours."""
        import opensearchpy.exceptions as errors

        if isinstance(exc, errors.SSLError):
            if "WRONG_VERSION_NUMBER" in str(exc):
                return EngineError(
                    f"{self._where}: what answers there does not encrypt; if that is right, write http: in the name of "
                    "the index"
                )
            return EngineError(
                f"{self._where}: its certificate is not believed ({_last(exc)}); set opensearch_ca to the file "
                "with the certificate of who signed it, and name the host as the certificate does"
            )
        if isinstance(exc, errors.ConnectionTimeout):
            return Unanswered(
                f"{self._where}: no answer in time; is the cluster overloaded? Try again later"
            )
        if _is_encrypted_port(exc):
            return EngineError(
                f"{self._where}: what listens there gives no answer that can be read; if it encrypts, "
                "write https: in the name of the index, else see whether all nodes run"
            )
        if isinstance(exc, errors.ConnectionError):
            return EngineError(
                f"{self._where}: no OpenSearch answers there ({_last(exc)}); start it, or correct the address in "
                "the name of the index"
            )
        is_json = isinstance(exc.info, dict)
        if not is_json and (exc.status_code == 404 or exc.status_code < 400):
            return self._another_program(f"status {exc.status_code} without JSON")
        error = exc.info.get("error") if is_json else None
        said = str(exc.error)
        if said.lstrip().startswith("<"):  # the page of a proxy
            said = f"status {exc.status_code} without JSON"
        return self.refusal(exc.status_code, error or said, path)

    def refusal(self, status: int | str, error: object, of: str) -> EngineError:
        """Return what the cluster refused, and what to do."""
        kind = error.get("type", "") if isinstance(error, dict) else ""
        where, reason = self._where, _reason(error) or f"status {status}"
        if status == 401:
            return EngineError(
                f"{where}: OpenSearch does not know the user, password or key; set NEWSSEARCH_OPENSEARCH_USER and "
                "NEWSSEARCH_OPENSEARCH_PASSWORD, or NEWSSEARCH_OPENSEARCH_API_KEY"
            )
        if _is_blocked(error):
            return EngineError(
                f"{where}: OpenSearch takes no more ({reason}); where its disks are full, free some and it goes on, "
                "or lift the block of the index"
            )
        if status == 403:
            return EngineError(f"{where}: OpenSearch does not allow this ({reason})")
        if status == 404 and kind == "index_not_found_exception":
            return IndexMissing(
                f"{where}: {reason}; was it deleted there? Restore it from a snapshot, or begin anew: delete the document "
                f"{self.location.name!r} of newssearch-control, and index again"
            )
        if status == 404 or "search_context_missing_exception" in str(error):
            return NotThere(f"{where}: not there: {of}")
        if status == 409:
            return Conflict(f"{where}: another program changed the same in between ({reason})")
        if kind == "index_closed_exception":
            closed = _cause(error).get("index", of)
            return EngineError(
                f"{where}: the index {closed} is closed; was that done there? Open it again: POST /{closed}/_open"
            )
        if status == 413:
            return EngineError(
                f"{where}: a request is larger than http.max_content_length of the cluster"
            )
        is_passing = status in (429, 500, 502, 503, 504) or _OF_A_MOVED_PART in reason
        if is_passing or kind == "no_shard_available_action_exception":
            return Unanswered(
                f"{where}: the cluster cannot answer now ({reason}); see whether all its nodes run"
            )
        return EngineError(f"{where}: OpenSearch refuses a request ({status}: {reason})")


def put_item(key: str, source: bytes, index: str = "") -> bytes:
    """Return what puts a document, as JSON in one line, in the place of what there is under its key; in *index*, where that is said."""
    return b'{"index":%s}\n%s\n' % (_place(key, index), source)


def erase_item(key: str, index: str = "") -> bytes:
    """Return what erases the document under a key."""
    return b'{"delete":%s}\n' % _place(key, index)


def _place(key: str, index: str) -> bytes:
    of_index = f'"_index":{_as_json(index)},' if index else ""
    return f'{{{of_index}"_id":{_as_json(key)}}}'.encode()


_as_json = json.encoder.encode_basestring_ascii


#: What of an answer to a bulk request is read: the rest would be as long as what was sent.
_OF_BULK = "errors,items.*.status,items.*.error"


def _transport(addresses: Sequence[str], credentials: Credentials, timeout_s: float) -> Transport:
    """Return what sends requests to one node after another. Raises `RequestError` without the package."""
    import logging

    try:
        from opensearchpy import (
            JSONSerializer,
            SerializationError,
            Transport,
            Urllib3HttpConnection,
        )

        from search.engines.opensearch.wire import unpacked
    except ModuleNotFoundError as exc:
        raise RequestError(
            f"an index of OpenSearch needs a package that is not there: {command_for('opensearch')}"
        ) from exc

    class Answers(JSONSerializer):  # type: ignore[misc]
        """Reads answers."""

        def loads(self, s: str) -> Any:
            try:
                return unpacked(s)
            except ValueError as exc:
                raise SerializationError(s, exc) from exc

    # It writes each node that it lost to the log, which ends on the terminal where nobody else listens.
    logging.getLogger("opensearch").addHandler(logging.NullHandler())
    secret: dict[str, Any] = {}
    if credentials.user:
        # Made here: opensearchpy sends no letters beyond those of Latin 1.
        pair = b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()
        secret["headers"] = {"authorization": f"Basic {pair}"}
    if credentials.api_key:
        secret["headers"] = {"authorization": f"ApiKey {credentials.api_key}"}
    if credentials.authorities:
        secret["ca_certs"] = _believed(credentials.authorities)
    return Transport(
        [_host(address) for address in addresses],
        connection_class=Urllib3HttpConnection,
        timeout=timeout_s,
        # The next node, and all of them once more: those thought dead are tried where none else is left.
        max_retries=2 * len(addresses),
        retry_on_timeout=False,
        retry_on_status=(),
        pool_maxsize=_CONNECTIONS,
        serializers={JSONSerializer.mimetype: Answers()},
        **secret,
    )


def _believed(path: str) -> str:
    """Return *path* where certificates are in that file. Raises `SettingError`."""
    import ssl

    try:
        ssl.create_default_context(cafile=path)
    except OSError as exc:
        raise SettingError(
            f"opensearch_ca: {path} is no file of certificates ({exc.strerror or exc})"
        ) from exc
    return path


def _host(address: str) -> dict[str, Any]:
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    is_encrypted = parts.scheme == "https"
    verified = {"verify_certs": True} if is_encrypted else {}
    return {"host": parts.hostname, "port": parts.port, "use_ssl": is_encrypted, **verified}


def _parameter(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _paused(pause_s: float, left_s: float) -> float:
    """Wait about *pause_s*, not all processes equally long, and at most *left_s*; return the next pause in seconds."""
    time.sleep(min(pause_s * random.uniform(0.5, 1), left_s))  # noqa: S311  # no secret
    return min(pause_s * 2, _LONGEST_PAUSE_S)


def _is_encrypted_port(exc: Any) -> bool:
    """Whether a server may have failed because it was not spoken to with TLS: it hangs up, or says so itself."""
    said = str(exc.error)
    has_hung_up = type(exc.info).__name__ == "ProtocolError"  # of urllib3
    return has_hung_up or "HTTPS port" in said or "HTTPS server" in said


def _is_passing(exc: Any) -> bool:
    """Whether the same request may succeed in a moment."""
    import opensearchpy.exceptions as errors

    if isinstance(exc, errors.ConnectionTimeout):
        return True
    if isinstance(exc, errors.ConnectionError):
        return False
    error = exc.info.get("error") if isinstance(exc.info, dict) else None
    if isinstance(error, dict) and error.get("type") in _OF_A_LOST_NODE:
        return True
    return exc.status_code in (429, 502, 503, 504) and not _is_blocked(error)


def _is_blocked(error: object) -> bool:
    """Whether an index refuses to be written because somebody, or a full disk, has blocked it."""
    if not isinstance(error, dict) or error.get("type") != "cluster_block_exception":
        return False
    reason = str(error.get("reason"))
    # SERVICE_UNAVAILABLE/1 and /2 pass: the state is not recovered, or there is no manager.
    return "SERVICE_UNAVAILABLE" not in reason


def _reason(error: object) -> str:
    """Return what an error says, in one line without the query that it may repeat."""
    if isinstance(error, dict):
        cause = _cause(error)
        error = cause.get("reason") or error.get("reason") or error.get("type") or "no reason given"
    return " ".join(str(error).split())[:300]


def _cause(error: object) -> Mapping[str, Any]:
    """Return the first cause of an error that the cluster tells."""
    if not isinstance(error, dict):
        return {}
    causes = error.get("root_cause") or [error]
    return causes[0] if isinstance(causes[0], dict) else error


def _last(exc: Any) -> str:
    """Return the innermost reason of a failed connection, in one line."""
    found = exc.info if isinstance(exc.info, BaseException) else exc
    while isinstance(inner := getattr(found, "reason", None), BaseException):
        found = inner
    said = str(found.args[-1]) if found.args else type(found).__name__
    return " ".join(said.split())[:200]
