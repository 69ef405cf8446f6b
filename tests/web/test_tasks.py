"""What people come for, done with the pages alone: in at most four clicks or keys after the query is typed."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.archive_site import ARTICLES
from tests.support.browser import show
from tests.support.waiting import wait_until

#: Clicks and keys that a task may take.
MOST_STEPS = 4
#: Stops of the Tab key after which a page is said not to have what was looked for.
MOST_STOPS = 150


class Person:
    """Somebody at a browser, whose clicks and keys are counted."""

    def __init__(self, browser, see):
        self.browser = browser
        self.see = see
        self.steps = 0

    def types(self, query):
        self.see("input[name=q]").send_keys(query)

    def presses_enter(self):
        self.steps += 1
        self.see("input[name=q]").send_keys("\n")

    def clicks(self, selector, text=""):
        self.steps += 1
        self.see(selector, text).click()

    def clicks_bar(self, label):
        """Click the bar of a chart whose title begins with *label*."""
        self.steps += 1
        self.see(".band .chart")
        bars = self.browser.find_elements("css selector", ".band .chart a")
        next(bar for bar in bars if bar.get_attribute("textContent").startswith(label)).click()


@pytest.fixture
def person(browser, see, archive_url):
    """A person who looks at the start page."""
    show(browser, 1280)
    browser.get(archive_url)
    return Person(browser, see)


@pytest.fixture
def downloads(browser, tmp_path):
    """The folder where the browser puts what it downloads."""
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    return tmp_path


def matching(word):
    """Return the articles that have *word*, the oldest first."""
    articles = [document.article for document in ARTICLES]
    found = [each for each in articles if word in f"{each.title} {each.body}".lower()]
    return sorted(found, key=lambda article: article.published)


def test_who_wrote_most_on_dredging_in_march(person, see):
    person.types("dredging")
    person.presses_enter()
    assert see("#facet-author li", "").text.startswith("Ivo Castell")
    person.clicks_bar("March 1987")
    assert see("[role=status]", "5 articles")
    assert see("#facet-author li", "").text.startswith("Marta Linden")
    assert person.steps <= MOST_STEPS


def test_the_first_article_that_mentioned_the_lighthouse(person, see):
    first = matching("lighthouse")[0]
    person.types("lighthouse")
    person.presses_enter()
    person.clicks(".choices a", "Oldest")
    person.clicks(".hits a")
    assert see("h1", first.title)
    assert first.article_id in person.browser.current_url
    assert see(".body mark", "lighthouse")
    assert person.steps <= MOST_STEPS


def test_everything_without_an_author_in_1987(person, see):
    wanted = [each for each in matching("") if each.published.year == 1987 and not each.authors]
    person.presses_enter()
    person.clicks("#facet-year a", "1987")
    person.clicks("#facet-author a", "without an author")
    assert see("[role=status]", f"{len(wanted)} articles")
    papers = {line.text for line in person.browser.find_elements("css selector", ".hit .byline")}
    assert papers == {"Coast Wire", "Tillmouth Courier"}
    assert person.steps <= MOST_STEPS


def test_what_else_the_author_of_an_article_wrote_on_the_same_place(person, see):
    wanted = [each for each in matching("osel bay") if each.authors == ("Marta Linden",)]
    person.types("channel 22 feet")
    person.presses_enter()
    person.clicks(".hits a")
    person.clicks(".side a", "Marta Linden on Osel Bay")
    assert see("[role=status]", f"{len(wanted)} articles")
    assert person.steps <= MOST_STEPS


def test_all_hits_in_a_spreadsheet(person, see, downloads):
    wanted = matching("council")
    person.types("council")
    person.presses_enter()
    assert see("[role=status]", f"{len(wanted)} articles")
    person.clicks(".files a", "CSV for spreadsheets")
    wait_until(lambda: list(downloads.glob("*.csv")))
    (file,) = downloads.glob("*.csv")
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == len(wanted) == 60
    assert {row["id"] for row in rows} == {article.article_id for article in wanted}
    assert {"title", "authors", "published"} <= rows[0].keys()
    assert person.steps <= MOST_STEPS


class Keyboard:
    """Somebody who has keys alone."""

    def __init__(self, browser, see, *, is_scripted):
        self.browser = browser
        self.see = see
        self.is_scripted = is_scripted

    def presses(self, keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(keys).perform()

    def goes_to(self, selector, text=""):
        """Press Tab until what has the focus is what *selector* and *text* name; each stop has to be seen."""
        from selenium.webdriver.common.keys import Keys

        for _ in range(MOST_STOPS):
            self.presses(Keys.TAB)
            stop = self.browser.switch_to.active_element
            if stop.tag_name != "body":
                assert stop.value_of_css_property("outline-style") != "none", stop.text
            wanted = self.browser.find_elements("css selector", selector)
            if stop in wanted and text in stop.text:
                return
        raise AssertionError(f"no stop at {selector} with {text!r}")

    def follows(self, selector, text=""):
        self.goes_to(selector, text)
        self.presses("\ue007")


@pytest.fixture(params=["with script", "without script"])
def keyboard(request, browser, see):
    """A browser without a mouse, and for one of two tests without JavaScript."""
    show(browser, 1280)
    is_off = request.param == "without script"
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": is_off})
    yield Keyboard(browser, see, is_scripted=not is_off)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_whole_way_by_keyboard(keyboard, archive_url, see):
    keyboard.browser.get(archive_url)
    keyboard.goes_to("input[name=q]")
    assert (see("input[name=q]").get_attribute("role") == "combobox") == keyboard.is_scripted
    keyboard.presses("council\ue007")
    assert see("[role=status]", "60 articles")

    keyboard.follows("#facet-author a", "Ivo Castell")
    assert see("[role=status]", "17 articles")
    keyboard.follows(".pager a", "Next")
    assert see("[role=status]", "page 2")
    results = keyboard.browser.current_url

    keyboard.follows(".hits a")
    assert see(".way", "11 of 17")
    first = see("h1").text
    keyboard.follows(".steps a", "1")
    assert keyboard.browser.current_url.endswith("#m1")
    keyboard.follows("[rel=next]")
    assert see(".way", "12 of 17")
    assert see("h1").text != first

    keyboard.follows("a.back")
    assert see("[role=status]", "page 2")
    assert keyboard.browser.current_url == results
