"""The title of an article on a page, without the name of its site and its section."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from search.readers.html_site import Site
from search.readers.html_tags import Tags
from search.readers.html_tree import MAX_ELEMENTS, text_of, words_of
from search.readers.json_ld import Graph, Node

_TITLE_METAS = (
    "og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title",
)  # fmt: skip
#: What parts a title from the name of a site: bars of any script, a dash or colon with a blank on a side.
_BREAK = re.compile(r"\s+[|–—»«·•:‹›/~-]+\s+|\s*[|｜ㅣ¦]\s*|\s+[–—-]|[–—]\s+|:\s+")
_QUOTES = tuple("\"'“„«»”’‘")
_MAX_KICKER_WORDS = 6
_MAX_TITLE_CHARS = 1000
#: Share of the words of a heading that is no h1 which the other titles must have.
_MUCH_SHARED = 0.6
_MOST_CUTS = 3
#: Elements that may hold the headline of a page without headings.
_LARGE = ("font", "b", "strong", "big", "div", "span", "p", "td")
_MAX_LARGE = 500


def title_of(
    tags: Tags, graph: Graph, node: Node, site: Site, section: str
) -> tuple[str, HtmlElement | None]:
    """Return the title, "" if there is none, and the element of the page that shows it.

    Neither the *site* nor the *section* is a title.
    """

    def usable(text: str) -> str:
        """Return *text* without soft hyphens, "" if it is no title."""
        text = text.replace("\N{SOFT HYPHEN}", "").replace("\N{ZERO WIDTH SPACE}", "")
        return "" if site.is_named(text) or words_of(text) == words_of(section) else text

    window = usable(next(filter(None, map(text_of, tags.titles)), ""))
    metas = [text for name in _TITLE_METAS if (text := usable(tags.meta(name)))]
    headline = usable(graph.text(node.get("headline")) or graph.text(node.get("name")))
    # The title of the window often has the name of the section too, the others seldom have: it is asked last.
    heading = _heading(tags, [*metas, headline], site)
    if heading is None:
        heading = _heading(tags, [window], site)
    shown = usable(text_of(heading)) if heading is not None else ""
    cut = [_without_site(text, site, []) for text in (headline, shown, *metas, window)]
    sources = [text for text in (headline, shown, *metas, window) if text]
    if not sources:
        return "", heading
    title = _chosen(headline, shown, metas, window, site)
    others = [text for text in (*sources, *cut) if text != title]
    return _without_site(title, site, others)[:_MAX_TITLE_CHARS], heading


def _chosen(headline: str, shown: str, metas: list[str], window: str, site: Site) -> str:
    """Return the best of the titles that a page gives."""
    headline, shown, shared, window = (
        next((whole for whole in (shown, *metas, window) if _is_cut(text, whole)), text)
        for text in (headline, shown, metas[0] if metas else "", window)
    )
    bare = _without_site(shared, site, [headline, shown])
    if headline:
        bare_window = _without_site(window, site, [headline, shared])
        repeats = words_of(headline) in (words_of(window), words_of(bare_window))
        # A headline that only repeats the title of the window is a program's; og:title is from an editor.
        return bare if bare and repeats and not _is_shortened(bare, headline) else headline
    if shown and bare and _is_framed(bare, shown):
        return bare  # the heading has a kicker or a day as well
    return shown or shared or window


def _is_cut(text: str, whole: str) -> bool:
    """Whether *text* is *whole* up to a quotation mark that ended it too early, in a script or a tag."""
    begun = text.rstrip(" \\")
    return (
        len(begun) > 3 and whole.startswith(begun) and whole[len(begun) :].lstrip()[:1] in _QUOTES
    )


def _is_shortened(bare: str, headline: str) -> bool:
    """Whether *bare* is *headline* without its end, or without more of its beginning than a kicker."""
    short, whole = words_of(bare), words_of(headline)
    dropped = len(whole.split()) - len(short.split())
    return whole.startswith(short) or (whole.endswith(short) and dropped > _MAX_KICKER_WORDS)


def _is_framed(bare: str, shown: str) -> bool:
    """Whether *shown* is the title *bare* with more before or after it."""
    title, more = words_of(bare), words_of(shown)
    return len(title.split()) > 2 and title != more and (f" {more} ").find(f" {title} ") >= 0


def _heading(tags: Tags, titles: list[str], site: Site) -> HtmlElement | None:
    """Return the h1 that shares most words with *titles*, other titles of the page.

    It must share one: menus, sections and brands are headings too. Without such an h1 another heading
    counts that has hardly any other words. A page without *titles* has its first h1 as its headline.
    """
    words = {word for title in titles for word in words_of(title).split()}
    if not words and not tags.meta("og:title") and not any(map(text_of, tags.titles)):
        return next((each for each in tags.headings if words_of(text_of(each))), None)
    best, most = None, 0.0
    for element in tags.headings[:MAX_ELEMENTS]:
        text = text_of(element)
        if site.is_named(text) or _is_tail(text, titles, tags):
            continue
        own = set(words_of(text).split())
        shared = len(own & words) / (len(own) + 1)
        if shared > most:
            best, most = element, shared
    if best is None and words:
        for element in islice(tags.root.iter("h2", "h3"), MAX_ELEMENTS):
            own = set(words_of(text_of(element)).split())
            shared = len(own & words) / (len(own) + 1)
            if shared > max(most, _MUCH_SHARED):
                best, most = element, shared
    if best is None and words:
        # Before there were styles, a headline was what stood in large letters.
        wholes = {words_of(part) for title in titles for part in (title, _before_tail(title))}
        for element in islice(tags.root.iter(*_LARGE), _MAX_LARGE):
            if words_of(text_of(element, _MAX_TITLE_CHARS)) in wholes - {""}:
                return element
    return best


def _before_tail(title: str) -> str:
    breaks = list(_BREAK.finditer(title))
    return title[: breaks[-1].start()] if breaks else ""


def _is_tail(text: str, titles: list[str], tags: Tags) -> bool:
    """Whether *text* is the end of a title, of which another heading has all before: it is the name of the site."""
    said = words_of(text)
    before = {
        words_of(rest)
        for title in titles
        if (rest := _before_tail(title)) and words_of(title[len(rest) :]) == said
    }
    return bool(before) and any(
        words_of(text_of(each)) in before
        for each in islice(tags.root.iter("h1", "h2", "h3"), MAX_ELEMENTS)
    )


def _without_site(title: str, site: Site, titles: list[str]) -> str:
    """Return *title* without the site's name at either end, or without a tail that none of *titles* has."""
    for _ in range(_MOST_CUTS):
        breaks = list(_BREAK.finditer(title))
        if not breaks:
            break
        first, last = breaks[0], breaks[-1]
        if site.is_in(title[last.end() :]) and title[: last.start()].strip():
            title = title[: last.start()].strip()
        elif site.is_named(title[: first.start()]) and title[first.end() :].strip():
            title = title[first.end() :].strip()
        else:
            break
    others = {words_of(text) for text in titles if text}
    for each in _BREAK.finditer(title):
        if ":" in each[0]:
            continue  # "Kenya: Nairobi from below" is a title with its kicker
        left, right = title[: each.start()].strip(), title[each.end() :].strip()
        if left and words_of(left) in others:
            return left
        if len(left.split()) == 1 and len(right.split()) > 2 and words_of(right) in others:
            return right
    return title
