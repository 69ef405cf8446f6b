"""The pages in a real browser: what only layout, forms and history can show."""

from __future__ import annotations

import itertools

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.browser import show

PAGES = (
    "/",
    "/search?q=grain&page=2",
    "/search?q=%22",
    "/search?q=zebra",
    "/article/summit?q=nato",
    "/article/summit?q=%22blinken+told%22&names=on",
    "/search?q=storm&sort=newest",
    "/article/storm-wire?q=storm",
    "/article/storm-wire/compare/storm-bold",
    "/author/Pavel%20Polityuk",
    "/org/NATO?from=2024-11-01",
    "/person/Nobody%20At%20All",
)


def test_search_narrow_by_author_read_and_go_back(browser, url, see):
    show(browser, 1280)
    browser.get(url)
    see("input[name=q]").send_keys("grain")
    see("button", "Search").click()
    assert see("[role=status]", "26 articles")

    see("#facet-author a", "Anna Weiss").click()
    assert see("[role=status]", "12 articles")
    assert see("#facet-author .selected", "Anna Weiss")

    see(".hits a", "Grain report 24").click()
    assert see("h1", "Grain report 24")
    assert see("h1 mark", "Grain")

    browser.back()
    assert see("[role=status]", "12 articles")
    see(".chip", "Anna Weiss").find_element("tag name", "a").click()
    assert see("[role=status]", "26 articles")


def test_from_a_facet_to_the_page_of_an_author_and_a_part_of_its_time(browser, url, see):
    show(browser, 1280)
    browser.get(f"{url}/search?q=grain")
    see("#facet-author a.to-name").click()
    assert see("h1", "Pavel Polityuk")
    assert see("[role=status]", "14 articles")
    bars = browser.find_elements("css selector", ".chart.tall a")
    assert len(bars) == 14
    assert min(bar.rect["width"] for bar in bars) > 2
    lines = browser.find_element("css selector", ".dates-found table")
    assert not lines.is_displayed()
    see("summary", "As a table").send_keys("\n")  # a key is enough
    assert lines.is_displayed()
    see(".dates-found a", "7 October 2024").click()
    assert see("[role=status]", "1 article")

    browser.back()
    see("input[name=from]").send_keys("2024-10-01")
    see("input[name=to]").send_keys("2024-10-03")
    see("button", "Set").click()
    assert see("[role=status]", "2 articles")
    see(".chips a").click()
    assert see("[role=status]", "14 articles")


def test_back_link_leads_to_the_same_results(browser, url, see):
    browser.get(f"{url}/search?q=grain&sort=oldest&page=2")
    see(".hits a", "Grain report 11").click()
    see("a.back").click()
    assert see("[role=status]", "page 2 of 3")


def test_enter_searches_and_dates_go_along(browser, url, see):
    browser.get(f"{url}/search?q=grain&from=2024-10-03&to=2024-10-04")
    assert see("[role=status]", "2 articles")
    see("input[name=q]").send_keys(" report\n")
    assert see("[role=status]", "2 articles")
    assert "from=2024-10-03" in browser.current_url


def test_where_else_a_story_is_opens_and_leads_to_what_differs(browser, url, see):
    show(browser, 390)
    browser.get(f"{url}/search?q=storm&sort=newest")
    assert see("[role=status]", "in 3 stories")
    summary = see("summary", "Also in 6 sources")
    copies = summary.find_element("xpath", "../ul")
    assert not copies.is_displayed()
    summary.send_keys("\n")  # a key is enough
    assert copies.is_displayed()

    see("details[open] a", "What differs").click()
    assert see("h1", "What differs")
    assert see(".sides").value_of_css_property("border-top-style") == "none"
    see(".sides a", "Storm damage").click()
    assert see("#copies-name", "Also in 6 sources")
    see("a.back").click()
    see(".choices a", "Every copy").click()
    assert see("[role=status]", "10 articles")
    assert browser.find_elements("css selector", ".hits summary") == []


def test_names_are_marked_by_lines_of_their_own_and_a_name_leads_to_its_articles(browser, url, see):
    show(browser, 1280)
    browser.get(f"{url}/article/summit?q=nato")
    assert browser.find_elements("css selector", "a.named") == []
    see(".choices a", "Names marked").send_keys("\n")
    lines = [
        see(f".body a.{kind}").value_of_css_property("text-decoration-style")
        for kind in ("person", "org", "place")
    ]
    assert len(set(lines)) == 3
    assert see("mark", "NATO")
    see(".body a.place", "Brussels").click()
    assert see("[role=status]", "1 article")


def test_marks_are_stepped_through_by_keys_buttons_and_numbers(browser, url, see):
    show(browser, 1280)
    browser.get(f"{url}/article/summit?q=nato+brussels")
    body = see("body")
    for press, at in (("n", "#m1"), ("n", "#m2"), ("p", "#m1")):
        body.send_keys(press)
        assert browser.current_url.endswith(at)
    see(".marks a", "Next").click()
    assert browser.current_url.endswith("#m2")
    see(".steps a", "1").click()
    assert see("mark:target", "NATO")


def test_from_an_article_to_the_next_hit_and_back_to_the_results(browser, url, see):
    browser.get(f"{url}/search?q=grain&sort=oldest")
    see(".hits a", "Grain report 10").click()
    see("a[rel=next]").click()
    assert see("h1", "Grain report 11")
    see("a.back").click()
    assert "page=2" in browser.current_url


def test_on_paper_marks_of_the_query_stay_and_those_of_names_go(browser, url, see):
    show(browser, 1280)
    browser.get(f"{url}/article/summit?q=nato&names=on")
    assert see(".choices", "Names marked").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.find_element("css selector", ".choices").is_displayed()
        assert see("h1 mark", "NATO").is_displayed()
        name = see("a.named.person", "Blinken")
        assert name.value_of_css_property("text-decoration-line") == "none"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_on_paper_stands_what_was_searched_for(browser, url, see):
    show(browser, 1280)
    for path, is_shown in (("/search?q=grain", True), ("/article/summit", False)):
        browser.get(url + path)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        try:
            assert browser.find_element("id", "q").is_displayed() == is_shown
            assert not browser.find_element("css selector", ".search button").is_displayed()
        finally:
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("query", ["lighthouse", "title:november", "title:july", "title:february"])
def test_the_highest_share_is_written_beside_other_labels(browser, archive_url, query, width):
    show(browser, width)
    browser.get(f"{archive_url}/trends?q={query}&by=month")
    highest = browser.find_element("css selector", ".plot .say").rect
    others = browser.find_elements("css selector", "#share, .plot .step")
    assert [each.text for each in others if _overlap(highest, each.rect)] == []
    assert highest["x"] >= 0
    assert highest["x"] + highest["width"] <= width


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_label_of_the_dates_lies_under_another_text(browser, archive_url, width):
    show(browser, width)
    browser.get(f"{archive_url}/search")
    texts = browser.find_elements("css selector", ".band text, .band summary")
    labels = [(text.get_attribute("textContent").strip(), text.rect) for text in texts]
    assert {"1987", "1988", "Table"} <= {name for name, _ in labels}
    pairs = itertools.combinations(labels, 2)
    assert [pair for pair in pairs if _overlap(pair[0][1], pair[1][1])] == []


def _overlap(first, second):
    return all(
        first[at] < second[at] + second[size] and second[at] < first[at] + first[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_the_screen(browser, url, path, width):
    show(browser, width)
    browser.get(url + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_text_stands_out_from_its_background(browser, url, path, scheme):
    """At least 4.5:1 (WCAG 2.2, success criterion 1.4.3) for every text, marks and buttons too."""
    show(browser, 1280, scheme)
    browser.get(url + path)
    ratios = browser.execute_script(CONTRASTS)
    assert ratios
    assert [entry for entry in ratios if entry["ratio"] < 4.5] == []


def test_the_page_breaks_no_rule_of_its_own_policy(browser, url):
    browser.get_log("browser")
    for path in ("/", "/search?q=nato", "/article/summit", "/article/summit?names=on", "/org/NATO"):
        browser.get(url + path)
    assert browser.get_log("browser") == []


#: Contrast of each text with the nearest background under it (WCAG 2.2, "relative luminance").
CONTRASTS = """
const luminance = rgb => {
  const [r, g, b] = rgb.map(v => v / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const numbers = color => color.match(/[\\d.]+/g).map(Number);
const background = element => {
  for (let e = element; e; e = e.parentElement) {
    const color = numbers(getComputedStyle(e).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color.slice(0, 3);
  }
  return [255, 255, 255];
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || element.closest(".unseen, .skip")) continue;
  const a = luminance(numbers(getComputedStyle(element).color).slice(0, 3));
  const b = luminance(background(element));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  found.push({ text: texts.currentNode.data.trim().slice(0, 40), ratio });
}
return found;
"""


def test_what_a_query_may_go_on_as_is_chosen_by_keys(browser, url, see):
    show(browser, 1280)
    browser.get(url)
    box = see("main input[name=q]")
    box.send_keys("bli")
    assert see("#suggested li", "person:").is_displayed()
    box.send_keys(Keys.ARROW_DOWN)
    assert box.get_attribute("value") == "blinken"
    assert box.get_attribute("aria-activedescendant") == "suggested-0"
    box.send_keys(Keys.ARROW_UP)
    assert box.get_attribute("value") == "bli"
    box.send_keys(Keys.ARROW_UP, Keys.ENTER)
    assert see("[role=status]", "1 article")
    assert see("input[name=q]").get_attribute("value") == 'person:"Antony Blinken"'


def press(browser, key):
    """Press a key wherever the focus is."""
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(key).perform()


class TestKeys:
    """What a script adds; everything else on the pages is tested without asking for it."""

    def test_slash_goes_to_the_box_and_j_and_k_to_hits(self, browser, url, see):
        show(browser, 1280)
        browser.get(f"{url}/search?q=grain")
        assert see(".hits")
        hits = browser.find_elements("css selector", ".hits h2 a")
        for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            press(browser, key)
            assert browser.switch_to.active_element == hits[number]
        press(browser, "/")
        box = browser.switch_to.active_element
        assert box.get_attribute("id") == "q"
        box.send_keys("jk")  # in the box they are letters
        assert box.get_attribute("value") == "jk"
        box.send_keys(Keys.ESCAPE)
        assert browser.switch_to.active_element.tag_name == "body"

    def test_n_and_p_go_from_mark_to_mark(self, browser, url, see):
        browser.get(f"{url}/article/summit?q=nato+blinken")
        assert see("#m1")
        for key, target in (("n", "#m1"), ("n", "#m2"), ("n", "#m2"), ("p", "#m1")):
            press(browser, key)
            assert browser.current_url.endswith(target)

    def test_a_drag_over_the_band_asks_for_these_dates(self, browser, url, see):
        from selenium.webdriver.common.action_chains import ActionChains

        show(browser, 1280)
        browser.get(f"{url}/search?q=grain+report&histogram=day")
        bars = browser.find_elements("css selector", ".band .chart a .pad")
        ActionChains(browser).move_to_element(bars[2]).click_and_hold().move_to_element(
            bars[3]
        ).move_to_element(bars[5]).release().perform()
        assert see("[role=status]", "4 articles")
        assert see("#from").get_attribute("value") == "3 October 2024"
        assert see("#to").get_attribute("value") == "6 October 2024"


def test_the_whole_way_goes_by_keyboard_alone_without_a_script(browser, url, see):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, 1280)
        browser.get(url)
        see("input[name=q]").send_keys("grain", Keys.ENTER)
        assert see("[role=status]", "26 articles")
        see("#facet-author a", "Anna Weiss").send_keys(Keys.ENTER)
        assert see("[role=status]", "12 articles")
        see("summary", "Table").send_keys(Keys.ENTER)
        see("#dates th a", "24 October 2024").send_keys(Keys.ENTER)
        assert see("[role=status]", "1 article")
        see(".chip", "Anna Weiss").find_element("tag name", "a").send_keys(Keys.ENTER)
        see(".gutter a", "↑ Oct 2024").send_keys(Keys.ENTER)
        assert see("[role=status]", "25 articles")
        see(".pager a", "Next").send_keys(Keys.ENTER)
        assert see("[role=status]", "page 2 of 3")
        see(".hits h2 a", "Grain report").send_keys(Keys.ENTER)
        assert see("h1 mark", "Grain")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
