"""Links to further pages: the next page of a section or an article, and an article's single-page version.

For an article, `rel=next` is believed only if the address agrees: many templates put the next *article* there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.limits import MAX_ANCHORS
from scraper.text.patterns import lazy_pattern
from scraper.urls.variants import canonical_or_empty, registrable_site

PAGE_PARAMETER: Final = r"(?:page|paged|p|pg|pagenum|pagina|seite|strana|side|pn|currentpage|_page|onepage)"
NUMBERED: Final = (
    lazy_pattern(
        rf"^(?P<stem>[^?]*?)/(?:{PAGE_PARAMETER}[/_=-]?)?(?P<number>\d{{1,3}})(?P<end>/?(?:\.html?)?)(?P<query>(?:\?.*)?)$",
        re.IGNORECASE,
    ),
    lazy_pattern(
        rf"^(?P<stem>[^?]*?)[-_,.](?:{PAGE_PARAMETER}[-_]?)?(?P<number>\d{{1,3}})(?P<end>(?:\.[a-z]{{2,5}})?/?)(?P<query>(?:\?.*)?)$",
        re.IGNORECASE,
    ),
    lazy_pattern(
        rf"^(?P<stem>[^?]*)\?(?P<query>(?:.*&)?){PAGE_PARAMETER}=(?P<number>\d{{1,3}})(?P<end>(?:&.*)?)$", re.IGNORECASE
    ),
)
"""Addresses of a numbered page: /story/2, /story/page/2, /story-2.html, /story?page=2."""
ENDING: Final = lazy_pattern(r"(?:\.[a-z]{2,5})?/?$", re.IGNORECASE)
NEXT_TEXT: Final = lazy_pattern(
    r"(?:next(?: page)?|older(?: posts| entries| stories)?|more (?:stories|news|articles)|weiter|n(?:ä|ae)chste(?: seite)?|(?:ä|ae)ltere (?:beitr(?:ä|ae)ge|artikel)|"
    r"suivante?|page suivante|articles (?:plus anciens|pr(?:é|e)c(?:é|e)dents)|siguiente|p(?:á|a)gina siguiente|entradas (?:antiguas|anteriores)|pr(?:ó|o)xim[ao]|successiv[ao]|"
    r"avanti|volgende|następna|dalej|nästa|neste|næste|seuraava|další|следующая|далее|вперед|sonraki|次へ|次のページ|下一页|下一頁|다음|التالي|הבא)?\W*[›»→>]*\W*",
    re.IGNORECASE,
)
ARROWS: Final = frozenset("›»→>")
SINGLE_TEXT: Final = lazy_pattern(
    r"(?:view|read|show|see)?\s*(?:as|on|the)?\s*(?:all|single page|one page|full (?:article|story)|(?:article|story) on one page|all pages)(?: on one page)?|"
    r"(?:artikel )?auf einer seite(?: lesen)?|(?:lire|voir)? ?(?:l.article )?(?:sur une seule page|en une page)|(?:ver )?(?:todo )?en una (?:sola )?p(?:á|a)gina|"
    r"tutto in una pagina|op (?:é|e)(?:é|e)n pagina|全文を読む|全文表示|在本页阅读全文|阅读全文|전체보기|на одной странице",
    re.IGNORECASE,
)
SINGLE_ADDRESS: Final = lazy_pattern(
    r"(?:[?&](?:page|pagewanted|showall|view|single|singlepage|mode|seite|onepage|full)=(?:all|full|1|true|single|singlepage|allpages|komplettansicht|print)?(?:&|$)|"
    r"/(?:all|single|singlepage|komplettansicht|full|allpages|all-pages|onepage)(?:/|$|\.html?$)|[-_](?:all|full|komplett|singlepage)\.html?$)",
    re.IGNORECASE,
)
SINGLE_NAME: Final = lazy_pattern(r"single-?page|komplettansicht|onepage|all-?pages", re.IGNORECASE)


def next_listing(tree: LexborHTMLParser, url: str) -> str:
    """The next page of a section page, in canonical form; empty if there is none.

    `rel=next` is tried first, then a link to the next number, then a link that reads "older", "weiter", "次へ".
    """
    base = base_of(tree, url)
    declared = tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:5]
    anchors = tree.css("a[href]")[:MAX_ANCHORS]
    labelled = (node for node in anchors if says_next(node))
    return first_other(declared, url, base) or next_number(anchors, url, base) or first_other(labelled, url, base)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """The address that a page's links are relative to."""
    node = tree.css_first("base[href]")
    return canonical_or_empty(url, (node.attributes.get("href") or "").strip()) or url if node else url


def first_other(nodes: Iterable[LexborNode], url: str, base: str) -> str:
    """The first address of another page of the same site; empty if there is none."""
    here, site = canonical_or_empty(url), registrable_site(url)
    found = (address_of(node, base) for node in nodes)
    return next((address for address in found if address and address != here and registrable_site(address) == site), "")


def says_next(anchor: LexborNode) -> bool:
    """Whether a link's text, or its arrow, means the next page."""
    text = " ".join((anchor.text(separator=" ") or anchor.attributes.get("aria-label") or "").split())
    return (
        bool(text)
        and len(text) <= 40
        and NEXT_TEXT.fullmatch(text) is not None
        and (any(char.isalpha() for char in text) or bool(ARROWS & set(text)))
    )


def address_of(node: LexborNode, base: str) -> str:
    """The canonical address of a link; empty if it has none."""
    return canonical_or_empty(base, (node.attributes.get("href") or "").strip())


def numbered_forms(url: str) -> Iterator[tuple[int, str]]:
    """Readings of an address as a numbered page: the number, and the key of the first page.

    >>> list(numbered_forms("https://a.com/story/2"))
    [(2, 'a.com/story')]
    """
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
    """The key that all pages of one document share: the address without scheme, file ending and final slash."""
    parts = urlsplit(url)
    return f"{parts.netloc.removeprefix('www.')}{ENDING.sub('', parts.path)}" + (
        f"?{parts.query}" if parts.query else ""
    )


def next_number(anchors: Iterable[LexborNode], url: str, base: str) -> str:
    """The link to the next page by the number in its address; empty if there is none."""
    numbered = (node for node in anchors if node.text().strip().isdecimal() or says_next(node))
    return first_following(numbered, url, base)


def first_following(nodes: Iterable[LexborNode], url: str, base: str) -> str:
    """The first address that equals this one with the next number; empty if there is none."""
    here = canonical_or_empty(url)
    following = {(number + 1, first) for number, first in [(1, stem_key(here)), *numbered_forms(here)]}
    found = (address_of(node, base) for node in nodes)
    return next((address for address in found if address and following.intersection(numbered_forms(address))), "")


def next_page(tree: LexborHTMLParser, url: str) -> str:
    """The next page of an article, in canonical form; empty if the article ends here.

    It must be this page's own address with the next number: `rel=next` may name the next article.
    """
    base = base_of(tree, url)
    declared = tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:5]
    return first_following(declared, url, base) or next_number(tree.css("a[href]")[:MAX_ANCHORS], url, base)


def single_page(tree: LexborHTMLParser, url: str) -> str:
    """The address of an article's single-page version, in canonical form; empty if none is offered.

    It must extend this article's own address, and its text or address must name a single page.
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
    """Whether an address is a document's own, or extends it."""
    parts = urlsplit(address)
    path = f"{parts.netloc.removeprefix('www.')}{ENDING.sub('', parts.path)}"
    bare = stem.partition("?")[0]
    return path == bare or path.startswith((f"{bare}/", f"{bare}-", f"{bare}_", f"{bare}."))
