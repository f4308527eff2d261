"""Variants of a page: AMP copies, mobile hosts and parameters of the same article; which claimed addresses to believe.

Any text is accepted, and addresses are returned in canonical form. Only `FetchError` of kind `url` is raised.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

from scraper.errors import FetchError
from scraper.text.patterns import lazy_pattern
from scraper.urls.canonical import canonicalize, site_of, with_slashes

SAME_SITE_LABELS: Final = frozenset({"www", "m", "mobile", "amp"})
"""First labels of a host that serves the same pages as the host without the label."""
AMP_START: Final = lazy_pattern(r"^/amp(?=/.)", re.IGNORECASE)
AMP_END: Final = lazy_pattern(r"(?<=[^/])(?:/amp|\.amp)?(?:/amp\.html?|\.amp\.html?|/amp/?|\.amp)$", re.IGNORECASE)
INDEX: Final = lazy_pattern(r"/(?:index|default)\.(?:html?|php|aspx?|shtml)$", re.IGNORECASE)
AMP_PARAMETER: Final = lazy_pattern(
    r"(?:amp(?:=(?:1|true|amp)?)?|(?:outputtype|output|view|platform)=amp)", re.IGNORECASE
)
AMP_WORD: Final = lazy_pattern(r"(?<![a-z0-9])amp(?:html)?(?![a-z0-9])", re.IGNORECASE)
FRONT: Final = lazy_pattern(r"[a-z]{1,15}|index\.[a-z]{3,5}")
PAGE_MARK: Final = lazy_pattern(
    r"(?:amp|print|printable|full|single|all|comments?|(?:page|p|seite|pagina|pagina|strona)?[/_-]?\d{1,3})(?:\.html?)?",
    re.IGNORECASE,
)
"""Endings that the address of an article's copy or part adds to the article's own."""
WORD: Final = lazy_pattern(r"[^\W\d_]{3,}")
NUMBER: Final = lazy_pattern(r"\d{5,}|(?=[0-9a-f]*\d)[0-9a-f]{12,}")
MIN_SLUG_WORDS: Final = 3
"""Words of a path segment that name an article."""


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """The domain that a publisher registered, by the public suffix list. Empty for an IP address or unknown suffix."""
    from tld import get_fld  # at first use: hosts decide most questions, and the suffix list takes long to load

    return str(get_fld(f"https://{host}/", fail_silently=True, search_private=True) or "")


def registrable_site(url: str) -> str:
    """The registered domain of a URL; `site_of` for an IP address or unknown suffix.

    >>> registrable_site("https://www.bbc.co.uk/news"), registrable_site("http://127.0.0.1:8000/")
    ('bbc.co.uk', '127.0.0.1:8000')
    """
    site = site_of(url)
    return registrable_domain(site.partition(":")[0]) or site if not site.startswith("[") else site


def same_publisher(one: str, other: str) -> bool:
    """Whether two URLs have the same `registrable_site`. The suffix list is read only if the hosts do not decide it.

    >>> same_publisher("https://www.bbc.co.uk/news", "https://m.bbc.co.uk/"), same_publisher("https://bbc.co.uk/", "https://theguardian.co.uk/")
    (True, False)
    """
    sites = site_of(one), site_of(other)
    ends = {tuple(site.partition(":")[0].split(".")[-2:]) for site in sites}
    return sites[0] == sites[1] or (len(ends) == 1 and registrable_site(one) == registrable_site(other))


def page_key(url: str) -> str:
    """The key that all variants of a page share. The key is for comparing, not for fetching.

    >>> page_key("https://m.example.com/a/storm/amp/?outputType=amp") == page_key("http://www.example.com/a/storm")
    True
    """
    parts = urlsplit(url)
    labels = parts.netloc.split(".")
    while len(labels) > 2 and labels[0] in SAME_SITE_LABELS:
        del labels[0]
    path = INDEX.sub("/", AMP_END.sub("", AMP_START.sub("", parts.path))).rstrip("/")
    query = "&".join(sorted(part for part in parts.query.split("&") if part and not AMP_PARAMETER.fullmatch(part)))
    return f"{'.'.join(labels)}{path}" + (f"?{query}" if query else "")


def is_copy(url: str) -> bool:
    """Whether a URL is an AMP or mobile copy: of two variants, the other one is fetched."""
    parts = urlsplit(url)
    on_copy_host = parts.netloc.partition(".")[0] in SAME_SITE_LABELS - {"www"}
    return (
        on_copy_host
        or bool(AMP_START.search(parts.path) or AMP_END.search(parts.path))
        or any(AMP_PARAMETER.fullmatch(part) for part in parts.query.split("&"))
    )


def believable_canonical(url: str, claimed: str) -> str:
    """The canonical URL that a page claims, if it can be believed, else `url`; both in canonical form.

    Not believed are: another site; a home page or section front, for a page that lies deeper; another article. Such
    mistakes of templates would merge all articles of a site into one. Without a `url` (a file) the claim is believed.

    >>> believable_canonical("", "https://example.com/x/1"), believable_canonical("", "/x/1")
    ('https://example.com/x/1', '')
    >>> believable_canonical("https://a.example.com/x/1?page=2", "/x/1"), believable_canonical("https://example.com/x/1", "/")
    ('https://a.example.com/x/1', 'https://example.com/x/1')
    """
    own, claimed = canonical_or_empty(url), claimed.strip()
    other = own if claimed == url else canonical_or_empty(own, claimed)
    if not own or not other or own == other:
        return own or other
    if not claimed or not same_publisher(other, own):
        return own
    if (is_front(other) and not is_front(own)) or is_parent(other, own) or is_other_article(own, other):
        return own
    return other


def believable_amp(url: str, claimed: str) -> str:
    """The AMP copy that a page claims, in canonical form; empty if it cannot be believed.

    Believed is a URL of the same site that contains "amp" and could belong to this article. A URL in an AMP cache is
    read as the publisher's own. Aliases are not fetched, so a template's mistake must not turn another article into one.

    >>> believable_amp("https://example.com/x/storm", "https://example-com.cdn.ampproject.org/c/s/amp.example.com/x/storm")
    'https://amp.example.com/x/storm'
    >>> believable_amp("https://example.com/x/storm", "/amp/"), believable_amp("https://example.com/x/1", "https://example.net/amp/x/1")
    ('', '')
    """
    own = canonical_or_empty(url) if claimed.strip() else ""
    copy = canonical_or_empty(own, claimed.strip()) if own else ""
    if not copy or copy == own or not same_publisher(copy, own):
        return ""
    if not AMP_WORD.search(copy) or is_front(copy) or is_parent(copy, own) or is_other_article(own, copy):
        return ""
    own_numbers, copy_numbers = (set(NUMBER.findall(address.lower())) for address in (own, copy))
    return "" if own_numbers and copy_numbers and not own_numbers & copy_numbers else copy


def canonical_or_empty(*parts: str) -> str:
    """The canonical form of a URL, or of a base URL and a reference; empty if it has none."""
    try:
        return canonicalize(urljoin(parts[0], with_slashes(parts[1])) if len(parts) == 2 else parts[0])
    except (FetchError, ValueError):
        return ""


def is_front(url: str) -> bool:
    """Whether a URL looks like a home page or a section front: at most one short word in its path, no query."""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word]
    return not parts.query and (not words or (len(words) == 1 and FRONT.fullmatch(words[0]) is not None))


def is_parent(other: str, own: str) -> bool:
    """Whether `other` is a folder above `own`, and not an article of which `own` is a part or copy.

    >>> is_parent("https://a.com/news/world/", "https://a.com/news/world/storm-hits-coast-again")
    True
    >>> is_parent("https://a.com/news/storm-hits-coast", "https://a.com/news/storm-hits-coast/page/2")
    False
    """
    above, below = urlsplit(other), urlsplit(own)
    folder = above.path.rstrip("/") + "/"
    if above.query or above.netloc != below.netloc or not below.path.startswith(folder):
        return False
    rest = below.path[len(folder) :].strip("/")
    return bool(rest) and not PAGE_MARK.fullmatch(rest) and not article_marks(folder)[1]


def is_other_article(own: str, other: str) -> bool:
    """Whether two URLs both name an article by words, with no word or number in common.

    >>> is_other_article("https://a.com/storm-hits-the-coast", "https://a.com/village-rejoices-over-bridge")
    True
    >>> is_other_article("https://a.com/storm-hits-the-coast-123456", "https://a.com/great-wave-seen-123456")
    False
    """
    mine, mine_named = article_marks(urlsplit(own).path)
    theirs, theirs_named = article_marks(urlsplit(other).path)
    return mine_named and theirs_named and not mine & theirs


def article_marks(path: str) -> tuple[frozenset[str], bool]:
    """Words of a path's longest segment and long numbers of the path, and whether the words can name an article."""
    last = max(path.lower().split("/"), key=len)
    words = frozenset(WORD.findall(last))
    return words | frozenset(NUMBER.findall(path.lower())), len(words) >= MIN_SLUG_WORDS
