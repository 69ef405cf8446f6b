"""A browser finds how to add the archive to its search engines, wherever the server stands."""

from __future__ import annotations

from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest

from search.model.settings import Settings
from tests.support.web_site import site

SPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


@pytest.mark.parametrize("prefix", ["", "/news"])
@pytest.mark.parametrize(
    "kind", ["text/html", "application/atom+xml", "application/x-suggestions+json"]
)
def test_its_templates_lead_to_answers(prefix: str, kind: str) -> None:
    client = site(settings=Settings(serve_prefix=prefix))
    response = client.get(f"{prefix}/opensearch.xml")
    root = ElementTree.fromstring(response.data)
    (template,) = [u.get("template") for u in root.iter(f"{SPACE}Url") if u.get("type") == kind]
    address = urlsplit(template.replace("{searchTerms}", quote("grain & corn")))

    assert response.mimetype == "application/opensearchdescription+xml"
    assert (address.scheme, address.netloc) == ("http", "localhost")
    assert address.path.startswith(f"{prefix}/s")
    assert client.get(f"{address.path}?{address.query}").mimetype == kind
    assert len(root.findtext(f"{SPACE}ShortName", "")) <= 16


@pytest.mark.parametrize("path", ["/", "/search?q=grain", "/article/summit"])
def test_every_page_leads_to_it(path: str) -> None:
    link = 'rel="search" type="application/opensearchdescription+xml" title="newssearch" href="/opensearch.xml"'

    assert f"<link {link}>" in site().get(path).text
