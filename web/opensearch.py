"""/opensearch.xml: how a browser adds the archive to its search engines (OpenSearch 1.1)."""

from __future__ import annotations

from html import escape

from flask import Flask, Response

from web.downloads import absolute
from web.links import rooted

_TYPE = "application/opensearchdescription+xml"


class OpenSearch:
    """The route of the description, to which the head of every page leads."""

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/opensearch.xml", "opensearch", self.description)

    def description(self) -> Response:
        """Return where to search, under the name by which the server was asked."""

        def url(path: str) -> str:
            return escape(absolute(rooted(path)))

        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">',
            "<ShortName>newssearch</ShortName>",
            "<Description>Search the news archive</Description>",
            "<InputEncoding>UTF-8</InputEncoding>",
            f'<Image width="16" height="16" type="image/svg+xml">{url("/static/icon.svg")}</Image>',
            f'<Url type="text/html" template="{url("/search?q=")}{{searchTerms}}"/>',
            f'<Url type="application/x-suggestions+json" template="{url("/suggest?q=")}{{searchTerms}}"/>',
            f'<Url type="application/atom+xml" template="{url("/search.atom?q=")}{{searchTerms}}"/>',
            f'<Url type="{_TYPE}" rel="self" template="{url("/opensearch.xml")}"/>',
            "</OpenSearchDescription>",
            "",
        ]
        return Response("\n".join(lines), mimetype=_TYPE)
