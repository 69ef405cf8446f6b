"""The WSGI application: routes, what every request must satisfy, what every response carries."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, g, jsonify, render_template, request
from flask.templating import Environment
from jinja2.runtime import Context
from markupsafe import Markup
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    MethodNotAllowed,
    RequestURITooLarge,
    ServiceUnavailable,
)
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response as AnyResponse

from search.highlight.marked import Marked
from search.model.errors import RequestError, SearchError
from search.model.question import Question
from search.model.settings import Settings
from search.present.as_html import to_html
from search.service.difference import count_words
from search.service.naming import (
    also_in,
    also_weighed,
    capitalised,
    few,
    forms_read,
    listed,
    moved_of,
)
from search.service.service import SearchService
from search.shipped import shipped_folder
from web import compressed, frame, links, rows, wording
from web.access import Access, is_for_programs
from web.addresses import is_loopback
from web.api import Api
from web.article_pages import ArticlePages
from web.conditional import Conditional
from web.downloads import Downloads
from web.errors import Failure, failure_of
from web.facets import Facets
from web.help import Help
from web.names import Names
from web.openapi import OpenApi
from web.opensearch import OpenSearch
from web.operations import Operations
from web.pages import Pages
from web.parameters import question_from
from web.proxy import BehindProxy
from web.saved import Saved
from web.suggest import Suggest
from web.trends import Trends

if TYPE_CHECKING:
    from search.enrich.corrections import Corrections

#: Longest path and query string, in bytes: a query of 2,000 characters percent-encoded has 24,000.
MAX_URL_BYTES = 32 * 1024

#: True in the WSGI environment of a request that the server has no thread for; it is refused here.
REFUSED = "newssearch.refused"
#: When to ask again, in seconds, where there was no thread for a request.
RETRY_SECONDS = 2

#: No page needs a frame, a font, a script in its text or anything from elsewhere; `web/static/keys.js` adds to what works without it.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class _Context(Context):
    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call what a template calls. Nothing of ours wants to be given the context; Jinja would ask each of them, which takes longer than most calls."""
        if named:
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
        return called(*arguments, **named)


class _Environment(Environment):
    context_class = _Context

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names that a template has. Ours have none of their own: a chain of mappings takes longer than the rest of a context."""
        return super().make_globals(d) if d else self.globals


class _App(Flask):
    jinja_environment = _Environment

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return *func*: none of ours has to be awaited, and Flask would look into a dozen for each request."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Refuse a host that no name can be; Flask would raise before any page could say so."""
        try:
            return super().create_url_adapter(request)
        except UnicodeError as exc:
            raise BadRequest("The Host header is not the name of a host.") from exc


def create_app(
    service: SearchService,
    settings: Settings | None = None,
    corrections: Callable[[], Corrections] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Flask:
    """Return the application that answers from *service*; *corrections* gives those of entities that are in force.

    *clock* returns seconds that only ever grow.

    ``settings.host`` is the address it will be served on: where it stands for a loopback address, requests for
    other host names are refused, so that no page elsewhere can read the index through a name that it
    points here (DNS rebinding). Raises `SettingError` where the time zone does not exist.
    """
    settings = settings or Settings()
    package = Path(__file__).resolve().parent
    app = _App(
        "web",
        root_path=str(package),
        template_folder=str(shipped_folder(package, "templates")),
        static_folder=str(package / "static"),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["marked"] = _marked
    app.jinja_env.filters["with_names"] = _with_names
    app.jinja_env.filters["capitalised"] = capitalised
    app.jinja_env.tests["day"] = wording.is_day
    app.jinja_env.globals.update(
        rooted=links.rooted,
        article_url=links.article_url,
        compare_url=links.compare_url,
        revision_url=links.revision_url,
        value_url=links.value_url,
        saved_url=links.saved_url,
        query_url=links.query_url,
        name_url=links.name_url,
        trends_url=links.trends_url,
        is_web_address=wording.is_web_address,
        named=service.fields.named,
        kept_by_form=links.kept_by_form,
        counted=wording.counted,
        times=wording.times,
        share=wording.share,
        span_in_words=wording.span_in_words,
        joined_where=wording.joined_where,
        few=few,
        count_words=count_words,
        listed=listed,
        also_in=also_in,
        also_weighed=also_weighed,
        forms_read=forms_read,
        moved_of=moved_of,
    )
    # First, so that what is refused is counted too.
    Operations(service, settings, clock).add_to(app)
    access = Access(settings, clock)
    _guard(app, _trusted_hosts(settings), access)
    access.add_to(app)
    Conditional(service, settings).add_to(app)
    compressed.add_to(app)
    _answer_failures(app)
    frame.add_to(app, service, settings)
    pages = Pages(service, settings)
    rows.add_to(app, service.fields.named, pages.published)
    pages.add_to(app)
    ArticlePages(service, settings).add_to(app)
    Facets(service, settings).add_to(app)
    Suggest(service).add_to(app)
    Help(service).add_to(app)
    Trends(service, settings).add_to(app)
    Names(service, settings, corrections).add_to(app)
    Saved(service, settings).add_to(app)
    Api(service, settings).add_to(app)
    Downloads(service, settings).add_to(app)
    OpenApi(service, settings).add_to(app)
    OpenSearch().add_to(app)
    taken = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    app.wsgi_app = BehindProxy(app.wsgi_app, settings, taken)  # type: ignore[method-assign]
    return app


def _marked(text: Marked, first: int = 0) -> Markup:
    """One of the two filters that give markup; `to_html` has escaped everything but its own marks, numbered from *first* on."""
    return Markup(to_html(text, first=first))  # noqa: S704


def _with_names(text: Marked, first: int = 0) -> Markup:
    """The same with its names as links to their pages."""
    return Markup(  # noqa: S704
        to_html(text, lambda name: links.name_url(name.field, name.name), first)
    )


def _trusted_hosts(settings: Settings) -> frozenset[str] | None:
    """Return the host names to answer to, None for any."""
    host = settings.host
    named = {name.strip().lower() for name in settings.serve_hosts.split(",") if name.strip()}
    if not named and not is_loopback(host):
        return None
    return _LOOPBACK_NAMES | named | {f"[{host}]" if ":" in host else host.lower()}


def _guard(app: Flask, trusted_hosts: frozenset[str] | None, access: Access) -> None:
    """Refuse what is not a plain read of this site, and put the security headers on everything."""

    @app.before_request
    def check() -> None:
        links.set_root(request.script_root)
        if request.environ.get(REFUSED):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        host = request.environ.get("HTTP_HOST", "").lower()
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if trusted_hosts is not None and name not in trusted_hosts:
            raise BadRequest(
                "This address is not served here; open the one that the server printed, or name "
                "its host in the setting serve_hosts."
            )
        if request.method not in ("GET", "HEAD") and not access.is_preflight():
            raise MethodNotAllowed(valid_methods=["GET", "HEAD"])
        if len(request.environ["PATH_INFO"]) + len(request.query_string) > MAX_URL_BYTES:
            raise RequestURITooLarge
        try:
            request.query_string.decode()
        except UnicodeDecodeError as exc:
            raise BadRequest("The address holds bytes that are not UTF-8.") from exc

    @app.after_request
    def add_headers(response: Response) -> Response:
        # `setdefault` raises and catches an error for each that is missing: a thirtieth of the time of a page.
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend([each for each in _HEADERS.items() if each[0].lower() not in given])
        return response


def _answer_failures(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http_failure(error: HTTPException) -> AnyResponse:
        response = _failure_response(failure_of(error))
        # Allow (405) and the like; the type and length are those of our own body.
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(SearchError)
    def search_failure(error: SearchError) -> AnyResponse:
        failure = failure_of(error)
        g.is_engine_down = failure.code == "engine-error"
        if failure.status >= 500:
            app.logger.error("%s: %s", request.path, error)
        return _failure_response(failure)


def _failure_response(failure: Failure) -> AnyResponse:
    """Return the page, or under /api/ the object, that says what failed."""
    if is_for_programs(request.path):
        error: dict[str, object] = {"code": failure.code, "message": failure.message}
        if failure.position:
            error["position"] = list(failure.position)
        response: AnyResponse = jsonify({"error": error})
    else:
        question = _question_asked()
        html = render_template(
            "error.html",
            failure=failure,
            question=question,
            query=_marked_fault(question.text, failure.position) if failure.position else None,
        )
        response = Response(html)
    response.status_code = failure.status
    return response


def _question_asked() -> Question:
    """Return what was asked as far as it can be read, for the box of an error page to keep."""
    try:
        return question_from(request.args.to_dict(flat=False), 1)
    except RequestError:
        return Question(text=request.args.get("q", ""))
    except UnicodeDecodeError:
        return Question()


def _marked_fault(text: str, position: tuple[int, int]) -> Marked:
    """Return the query text with *position* marked; at its end a blank stands for what is missing."""
    if position[0] >= len(text):
        return Marked(text + " ", ((len(text), len(text) + 1),))
    start = max(position[0], 0)
    return Marked(text, ((start, max(start + 1, min(position[1], len(text)))),))
