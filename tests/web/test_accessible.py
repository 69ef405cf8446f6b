"""What axe-core finds on the pages: nothing, in light and dark, on a desk and on a phone; and no page is wider than a phone."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.browser import show

#: One of each kind. A new page is a line here.
PAGES = (
    "/",
    "/search?q=grain+report+-zebra&from=2024-10-03&author=Anna+Weiss",
    "/search?q=storm&sort=newest",
    "/search?q=grain+zebras",
    "/search?q=grain&from=1990&to=1991",
    "/search?q=%22",
    "/nowhere",
    "/article/summit?q=nato",
    "/article/summit?q=%22blinken+told%22&names=on",
    "/article/storm-wire?q=storm",
    "/article/storm-wire/compare/storm-bold",
    "/author/Pavel%20Polityuk",
    "/org/NATO?from=2024-11-01",
    "/person/Nobody%20At%20All",
    "/facet/author",
    "/facet/author?find=ann&not_source=AFP",
    "/search?q=grain&not_author=Anna+Weiss&without=source",
    "/help",
    "/trends?q=grain&q=storm",
    "/saved",
)
WIDTHS = (1280, 390, 320)
#: The rules of WCAG 2.0 to 2.2, A and AA, and those of good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0]}).then(found => done(found.violations.map(
  each => `${each.id}: ${each.nodes.map(node => node.target.join(" ")).slice(0, 3).join(", ")}`)));
"""


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core; its package is looked up and not imported, as that would start Playwright."""
    package = find_spec("axe_playwright_python")
    if package is None:
        pytest.skip("axe-playwright-python is not installed")
    return (Path(package.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_the_smallest_phone(browser, url, path):
    show(browser, 320)
    browser.get(url + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser, url, axe, path):
    found = {}
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            show(browser, width, scheme)
            browser.get(url + path)
            # Not as a script of the page, which its policy forbids.
            browser.execute_script(axe)
            if violations := browser.execute_async_script(RUN, TAGS):
                found[width, scheme] = violations
    assert found == {}
