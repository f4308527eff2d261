"""Further pages: where a section page goes on, where an article does, and whether the whole of it stands on one page.

`rel=next` is believed only where the address agrees: many templates put the next *article* there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.urls.variants import canonical_or_empty, registrable_site

PAGE_PARAMETER: Final = r"(?:page|paged|p|pg|pagenum|pagina|seite|strana|side|pn|currentpage|_page|onepage)"
NUMBERED: Final = (
    re.compile(
        rf"^(?P<stem>[^?]*?)/(?:{PAGE_PARAMETER}[/_=-]?)?(?P<number>\d{{1,3}})(?P<end>/?(?:\.html?)?)(?P<query>(?:\?.*)?)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<stem>[^?]*?)[-_,.](?:{PAGE_PARAMETER}[-_]?)?(?P<number>\d{{1,3}})(?P<end>(?:\.[a-z]{{2,5}})?/?)(?P<query>(?:\?.*)?)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<stem>[^?]*)\?(?P<query>(?:.*&)?){PAGE_PARAMETER}=(?P<number>\d{{1,3}})(?P<end>(?:&.*)?)$", re.IGNORECASE
    ),
)
"""Addresses of a numbered page: /story/2, /story/page/2, /story-2.html, /story?page=2."""
ENDING: Final = re.compile(r"(?:\.[a-z]{2,5})?/?$", re.IGNORECASE)
NEXT_TEXT: Final = re.compile(
    r"(?:next(?: page)?|older(?: posts| entries| stories)?|more (?:stories|news|articles)|weiter|n(?:ä|ae)chste(?: seite)?|(?:ä|ae)ltere (?:beitr(?:ä|ae)ge|artikel)|"
    r"suivante?|page suivante|articles (?:plus anciens|pr(?:é|e)c(?:é|e)dents)|siguiente|p(?:á|a)gina siguiente|entradas (?:antiguas|anteriores)|pr(?:ó|o)xim[ao]|successiv[ao]|"
    r"avanti|volgende|następna|dalej|nästa|neste|næste|seuraava|další|следующая|далее|вперед|sonraki|次へ|次のページ|下一页|下一頁|다음|التالي|הבא)?\W*[›»→>]*\W*",
    re.IGNORECASE,
)
ARROWS: Final = frozenset("›»→>")
SINGLE_TEXT: Final = re.compile(
    r"(?:view|read|show|see)?\s*(?:as|on|the)?\s*(?:all|single page|one page|full (?:article|story)|(?:article|story) on one page|all pages)(?: on one page)?|"
    r"(?:artikel )?auf einer seite(?: lesen)?|(?:lire|voir)? ?(?:l.article )?(?:sur une seule page|en une page)|(?:ver )?(?:todo )?en una (?:sola )?p(?:á|a)gina|"
    r"tutto in una pagina|op (?:é|e)(?:é|e)n pagina|全文を読む|全文表示|在本页阅读全文|阅读全文|전체보기|на одной странице",
    re.IGNORECASE,
)
SINGLE_ADDRESS: Final = re.compile(
    r"(?:[?&](?:page|pagewanted|showall|view|single|singlepage|mode|seite|onepage|full)=(?:all|full|1|true|single|singlepage|allpages|komplettansicht|print)?(?:&|$)|"
    r"/(?:all|single|singlepage|komplettansicht|full|allpages|all-pages|onepage)(?:/|$|\.html?$)|[-_](?:all|full|komplett|singlepage)\.html?$)",
    re.IGNORECASE,
)
SINGLE_NAME: Final = re.compile(r"single-?page|komplettansicht|onepage|all-?pages", re.IGNORECASE)
MAX_ANCHORS: Final = 5_000


def next_listing(tree: LexborHTMLParser, url: str) -> str:
    """Where a section page goes on, in canonical form; empty when nowhere.

    `rel=next` first, then the link to the next number, then a link that says "older", "weiter", "次へ".
    """
    base = base_of(tree, url)
    declared = tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:5]
    anchors = tree.css("a[href]")[:MAX_ANCHORS]
    said = (node for node in anchors if says_next(node))
    return first_other(declared, url, base) or next_number(anchors, url, base) or first_other(said, url, base)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """What addresses of a page are relative to."""
    node = tree.css_first("base[href]")
    return canonical_or_empty(url, (node.attributes.get("href") or "").strip()) or url if node else url


def first_other(nodes: Iterable[LexborNode], url: str, base: str) -> str:
    """The first address of another page of the same site; empty when there is none."""
    here, site = canonical_or_empty(url), registrable_site(url)
    found = (address_of(node, base) for node in nodes)
    return next((address for address in found if address and address != here and registrable_site(address) == site), "")


def says_next(anchor: LexborNode) -> bool:
    """Whether a link's words, or a lone arrow, lead to the next page."""
    text = " ".join((anchor.text(separator=" ") or anchor.attributes.get("aria-label") or "").split())
    return (
        bool(text)
        and len(text) <= 40
        and NEXT_TEXT.fullmatch(text) is not None
        and (any(char.isalpha() for char in text) or bool(ARROWS & set(text)))
    )


def address_of(node: LexborNode, base: str) -> str:
    """The canonical address of a link, empty when it has none."""
    return canonical_or_empty(base, (node.attributes.get("href") or "").strip())


def page_number(url: str, stem_of: str) -> int:
    """Which page of the document at `stem_of` (its first page) an address is; 0 when of another.

    >>> page_number("https://a.com/story/2", "https://a.com/story"), page_number("https://a.com/story-2.html", "https://a.com/story.html")
    (2, 2)
    >>> page_number("https://a.com/other/2", "https://a.com/story"), page_number("https://a.com/s?id=1&page=3", "https://a.com/s?id=1")
    (0, 3)
    """
    return next((number for number, first in numbered_forms(url) if first == stem_key(stem_of)), 0)


def numbered_forms(url: str) -> Iterator[tuple[int, str]]:
    """The ways to read an address as a numbered page: the number, and the key of the first page."""
    for form in NUMBERED:
        found = form.match(url)
        if found and int(found["number"]) > 0:
            query = (
                found["query"].strip("?&") + "&" + found["end"].strip("?&")
                if "=" in found["end"]
                else found["query"].strip("?&")
            ).strip("&")
            yield int(found["number"]), stem_key(found["stem"] + (f"?{query}" if query else ""))


def stem_key(url: str) -> str:
    """An address without scheme, file ending and slash at its end: what the pages of one document share."""
    parts = urlsplit(url)
    return f"{parts.netloc.removeprefix('www.')}{ENDING.sub('', parts.path)}" + (
        f"?{parts.query}" if parts.query else ""
    )


def next_number(anchors: Iterable[LexborNode], url: str, base: str) -> str:
    """The link to the page after this one, by the numbers in addresses; empty when there is none."""
    turning = (node for node in anchors if node.text().strip().isdecimal() or says_next(node))
    return first_following(turning, url, base)


def first_following(nodes: Iterable[LexborNode], url: str, base: str) -> str:
    """The first address that is this one's with the next number; empty when there is none."""
    here = canonical_or_empty(url)
    following = {(number + 1, first) for number, first in [(1, stem_key(here)), *numbered_forms(here)]}
    found = (address_of(node, base) for node in nodes)
    return next((address for address in found if address and following.intersection(numbered_forms(address))), "")


def next_page(tree: LexborHTMLParser, url: str) -> str:
    """Where an article goes on, in canonical form; empty when it ends here.

    Only an address that is this article's own with the next number: `rel=next` may name the next article.
    """
    base = base_of(tree, url)
    declared = tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:5]
    return first_following(declared, url, base) or next_number(tree.css("a[href]")[:MAX_ANCHORS], url, base)


def single_page(tree: LexborHTMLParser, url: str) -> str:
    """The address that has the whole of an article on one page, in canonical form; empty when none is offered.

    Only one that adds to this article's own address, and is named for what it is by its text or by the address.
    """
    here, base = canonical_or_empty(url), base_of(tree, url)
    stems = [stem_key(here), *(first for _, first in numbered_forms(here))]
    for anchor in tree.css("a[href]")[:MAX_ANCHORS]:
        address = address_of(anchor, base)
        if (
            not SINGLE_ADDRESS.search(address)
            or address == here
            or not any(same_document(address, stem) for stem in stems)
        ):
            continue
        text = " ".join(anchor.text(separator=" ").split())
        if SINGLE_TEXT.fullmatch(text) or SINGLE_NAME.search(address):
            return address
    return ""


def same_document(address: str, stem: str) -> bool:
    """Whether an address is a stem with a mark added to it."""
    parts = urlsplit(address)
    path = f"{parts.netloc.removeprefix('www.')}{ENDING.sub('', parts.path)}"
    bare = stem.partition("?")[0]
    return path == bare or path.startswith((f"{bare}/", f"{bare}-", f"{bare}_", f"{bare}."))
