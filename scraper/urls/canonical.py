"""Canonical URLs: one spelling for each page (RFC 3986, section 6.2), and its host and site.

Any text is accepted. A text that is no http or https URL raises `FetchError` of kind `url`, nothing else is raised.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, unquote, unquote_plus, urlsplit

from scraper.errors import FetchError
from scraper.text.patterns import lazy_pattern

MAX_URL_CHARS: Final = 8_000
"""Longest URL that is accepted; RFC 9110 (4.1) recommends supporting at least 8,000 octets."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
TRACKING_PREFIXES: Final = (
    "utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "itm_", "oly_", "vero_", "trk_", "__hs",
)  # fmt: skip
TRACKING: Final = frozenset(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid _ga _gl _hsenc _hsmi
    mkt_tok cmp cmpid icid ncid ocid smid smtyp xtor spm s_cid sc_campaign soc_src soc_trk ref_src ref_url wt_mc wt.mc_id taid
    at_medium at_campaign at_campaign_type at_link_id at_link_type at_link_origin at_format at_ptr_name at_bbc_team
    at_custom1 at_custom2 at_custom3 at_custom4 ns_mchannel ns_source ns_campaign ns_linkname ns_fee
    guccounter guce_referrer guce_referrer_sig __twitter_impression __source partner_source echobox sh_kit
    """.split()
)
"""Query parameters that say only where a reader came from. `ref` and `source` may select a page, so they are kept."""
INVISIBLE_CHARS: Final = (
    "\xa0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
OUTER_CHARS: Final = "".join(map(chr, range(33))) + INVISIBLE_CHARS
"""White space and control characters, which browsers drop around an address, and invisible ones that come with copied text."""
IGNORED_CHARS: Final = lazy_pattern(r"[\t\r\n]")
ENCODED: Final = lazy_pattern(r"%([0-9A-Fa-f]{2})")
UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
PATH_UNSAFE: Final = lazy_pattern(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
QUERY_UNSAFE: Final = lazy_pattern(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%\[\]]")
STRAY_PERCENT: Final = lazy_pattern(r"%(?![0-9A-Fa-f]{2})")
NUMBER: Final = r"(?:0[xX][0-9a-fA-F]*|[0-9]+)"
NUMERIC_HOST: Final = lazy_pattern(rf"{NUMBER}(?:\.{NUMBER}){{0,3}}")
"""An IPv4 address in one of the spellings that resolvers and browsers accept."""
ENDS_IN_NUMBER: Final = lazy_pattern(rf"(?:.*\.)?{NUMBER}", re.DOTALL)
"""A host that is an IPv4 address or no host at all (WHATWG URL, 3.5): no top-level domain is a number."""
FILE_NAME: Final = r"[^/?#]*\.(?:[sx]?html?|php\d?|aspx?|jspx?|cgi|cfm|pdf|xml|txt|jpe?g|png|gif)(?:[/?#]|$)"
"""A name that is no host: no top-level domain is called so."""
WRONG_SLASHES: Final = lazy_pattern(
    rf"^(https?:)(?:/|/{{3,}})(?!{FILE_NAME})(?=[^/?#]*[^/?#.]\.[^/?#.])", re.IGNORECASE
)
"""Too few or too many slashes before what can only be a host."""
FEED_SCHEME: Final = lazy_pattern(r"^feed:(?://)?(https?://)?", re.IGNORECASE)
BEFORE_QUERY: Final = lazy_pattern(r"[^?#]*")
AMP_VIEWER: Final = lazy_pattern(
    r"https?://(?:www\.google\.[a-z.]{2,6}/amp|[^/]+\.cdn\.ampproject\.org/[a-z]{1,3})/(s/)?([^/?]+\.[^/?]+/.+)"
)
"""AMP copies at Google and in AMP caches; they contain the publisher's own address, with `s/` for https."""
NAME: Final = lazy_pattern(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")


@lru_cache(maxsize=256)  # several steps ask for the form of a page's own address
def canonicalize(url: str) -> str:
    """The canonical form of a URL: without tracking parameters, fragment and AMP viewer.

    Raises `FetchError` of kind `url`.

    >>> canonicalize("HTTPS://Example.com:443/a/../%7Eb?utm_source=x&id=1#top")
    'https://example.com/~b?id=1'
    >>> canonicalize("https://www.google.com/amp/s/example.com/storm")
    'https://example.com/storm'
    """
    found = normalize(url, keep_query=False)
    while viewer := AMP_VIEWER.fullmatch(found):  # shorter each time
        found = normalize(f"http{'s' if viewer[1] else ''}://{viewer[2]}", keep_query=False)
    return found


def normalize(url: str, *, keep_query: bool = True) -> str:
    """The URL in normal form without fragment. `keep_query` keeps tracking parameters, which a redirect may need."""
    text = WRONG_SLASHES.sub(r"\1//", with_slashes(IGNORED_CHARS.sub("", url.strip(OUTER_CHARS))), count=1)
    if len(text) > MAX_URL_CHARS:
        raise FetchError(url[:200] + "…", "url", f"the URL is longer than {MAX_URL_CHARS:,} characters")
    parts = split(text)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise FetchError(url, "url", "the URL must begin with http:// or https://")
    if "@" in parts.netloc:
        raise FetchError(url, "url", "a URL with a user name is not fetched")
    query = parts.query if keep_query else drop_tracking(parts.query)
    path = remove_dots(encode(parts.path, PATH_UNSAFE)) or "/"
    return f"{scheme}://{authority(parts, url)}{path}" + (f"?{encode(query, QUERY_UNSAFE)}" if query else "")


def with_slashes(url: str) -> str:
    r"""A web address or relative link whose backslashes before the query are slashes, as browsers read them (WHATWG URL, 4.4).

    >>> with_slashes(r"http:\\a.example\b?c\d") == r"http://a.example/b?c\d"
    True
    """
    return BEFORE_QUERY.sub(lambda found: found[0].replace("\\", "/"), url, count=1) if "\\" in url else url


def without_feed_scheme(text: str) -> str:
    """An address of the web for one with the scheme by which browsers hand a feed to its reader; another text itself.

    >>> without_feed_scheme("feed://a.example/rss"), without_feed_scheme("feed:https://a.example/rss"), without_feed_scheme("feed")
    ('http://a.example/rss', 'https://a.example/rss', 'feed')
    """
    return FEED_SCHEME.sub(lambda found: found[1] or "http://", text.strip(OUTER_CHARS))


def split(url: str) -> SplitResult:
    """`urlsplit`, with its errors translated to `FetchError`."""
    try:
        url.encode()
        return urlsplit(url)
    except ValueError as exc:  # a lone surrogate (UnicodeEncodeError) or a bad bracket
        raise FetchError(url.encode("utf-8", "replace").decode(), "url", "the URL cannot be parsed") from exc


def authority(parts: SplitResult, url: str) -> str:
    """Host and port in normal form."""
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise FetchError(url, "url", "the port is not a number from 0 to 65535") from exc
    host = normalize_host(host, url)
    return host if port in (None, DEFAULT_PORTS[parts.scheme.lower()]) else f"{host}:{port}"


def normalize_host(host: str, url: str) -> str:
    """The host in lower-case ASCII; numeric spellings of an IP address become the address itself."""
    host = (unquote(host) if ":" not in host else host).rstrip(".")
    if ":" in host:
        try:
            if "%" in host:
                raise ValueError("a zone id has meaning on one machine only")
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError as exc:
            raise FetchError(url, "url", "the host is not a valid IPv6 address") from exc
    if host.isascii() and ENDS_IN_NUMBER.fullmatch(host):
        try:
            if not NUMERIC_HOST.fullmatch(host):
                raise OSError("the last label is a number")
            import socket  # few addresses name a host by its number

            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError as exc:
            raise FetchError(url, "url", "the host is not a valid IPv4 address") from exc
    if not host.isascii():
        try:
            from scraper.urls.international import encode_international  # few pages need its tables

            host = encode_international(host)
        except UnicodeError as exc:
            raise FetchError(url, "url", "the host is not a valid international name") from exc
        if ENDS_IN_NUMBER.fullmatch(host):
            return normalize_host(host, url)
    host = host.lower()
    if len(host) > 253 or not NAME.fullmatch(host):
        raise FetchError(url, "url", "the host is not a valid name")
    return host


def encode(text: str, unsafe: re.Pattern[str]) -> str:
    """A path or query in which exactly the characters that need it are percent-encoded (RFC 3986, 6.2.2)."""
    if "%" in text:
        text = STRAY_PERCENT.sub("%25", text)
        text = ENCODED.sub(
            lambda found: char if (char := chr(int(found[1], 16))) in UNRESERVED else found[0].upper(), text
        )
    return unsafe.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def remove_dots(path: str) -> str:
    """A path without `.` and `..` segments (RFC 3986, 5.2.4), always from the root.

    >>> remove_dots("/a/./b/../../c/.."), remove_dots("/..//x")
    ('/', '//x')
    """
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def drop_tracking(query: str) -> str:
    """The query without tracking parameters. All other parameters are kept unchanged and in order."""
    if not query:
        return ""
    return "&".join(part for part in query.split("&") if part and not is_tracking(part.partition("=")[0]))


def is_tracking(name: str) -> bool:
    """Whether a query parameter only says where the reader came from.

    >>> is_tracking("utm_source"), is_tracking("id")
    (True, False)
    """
    plain = unquote_plus(name).lower()
    return plain in TRACKING or plain.startswith(TRACKING_PREFIXES)


def host_of(url: str) -> str:
    """The host in lower case; empty if there is none."""
    return (split(url).hostname or "").lower()


def host_port(url: str) -> str:
    """Scheme, host and port of a canonical URL: the unit of connections, throttles and robots.txt."""
    return "/".join(url.split("/", 3)[:3])


def site_of(url: str) -> str:
    """The host without a leading `www.`; a port other than the default is kept.

    >>> site_of("https://www.Example.com/a"), site_of("http://127.0.0.1:8000/")
    ('example.com', '127.0.0.1:8000')
    """
    parts = split(url)
    if parts.scheme.lower() not in DEFAULT_PORTS:
        raise FetchError(url, "url", "the URL must begin with http:// or https://")
    return authority(parts, url).removeprefix("www.")


def host_matches(host: str, own: str) -> bool:
    """Whether `host` is `own` or a subdomain of it.

    >>> host_matches("www.example.com", "example.com"), host_matches("badexample.com", "example.com")
    (True, False)
    """
    return host == own or host.endswith("." + own)


def spellings(host: str, port: int) -> tuple[str, ...]:
    """The ways in which a normalized host may be written in `allow_hosts`.

    >>> spellings("::1", 80)
    ('::1', '[::1]', '::1:80', '[::1]:80')
    """
    names = (host, f"[{host}]") if ":" in host else (host,)
    return (*names, *(f"{name}:{port}" for name in names))
