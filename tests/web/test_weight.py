"""What a page costs: requests, bytes, and that nothing on it moves while it loads."""

from __future__ import annotations

import pytest

from tests.support.browser import show
from tests.support.seeds_site import seeds_served

MOST_REQUESTS = 3
MOST_BYTES = 60_000
PAGES = (
    "/search",
    "/search?q=Ukraine+NATO+winter+Brussels&match=any&explain=on",
    "/search?q=zebra",
    "/",
    "/help",
)

#: What was asked for to show the page, with the bytes of body and heads as they came over the wire.
REQUESTS = """
return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(entry => [entry.name, entry.transferSize]);
"""
SHIFTS = """
const observer = new PerformanceObserver(() => {});
observer.observe({type: "layout-shift", buffered: true});
return observer.takeRecords().map(shift => shift.value);
"""


@pytest.fixture(scope="module")
def seeds_url(tmp_path_factory):
    """The address of a site of the sample articles."""
    with seeds_served(tmp_path_factory.mktemp("seeds")) as address:
        yield address


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_three_requests_to_us_of_60_kb_and_stands_still(browser, seeds_url, path, width):
    show(browser, width)
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get(seeds_url + path)
    requests = browser.execute_script(REQUESTS)
    assert len(requests) <= MOST_REQUESTS
    assert [name for name, _ in requests if not name.startswith(seeds_url)] == []
    sizes = dict(requests)
    assert all(sizes.values()), sizes  # nothing of it lay in the cache
    assert sum(sizes.values()) <= MOST_BYTES
    assert browser.execute_script(SHIFTS) == []


def test_a_shift_would_be_seen(browser, seeds_url):
    browser.get(seeds_url + "/search")
    browser.execute_async_script(
        "const done = arguments[0], block = document.createElement('div');"
        "block.style.height = '200px'; document.body.prepend(block);"
        "requestAnimationFrame(() => requestAnimationFrame(() => done()));"
    )
    assert len(browser.execute_script(SHIFTS)) > 0
