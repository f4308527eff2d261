"""Community site rules (https://github.com/fivefilters/ftr-site-config) as rules of ours.

A file of the collection is named after its host. A line is `directive: value`; `DIRECTIVES` says what becomes of each
directive. What cannot be read is a fault with its line: nothing is left out in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.html.encoding import read_bytes
from scraper.rules.model import Rule, is_xpath
from scraper.rules.xpath import xpath_fault
from scraper.rules.xpath_as_css import as_css

COLLECTION: Final = "ftr-site-config"
LINE: Final = re.compile(r"(?P<name>[\w-]+)\s*(?:\((?P<argument>.*?)\))?\s*:\s*(?P<value>.*)")
HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")

Use = Literal["body", "remove", "names", "next-page", "single-page", "condition", "unused"]
"""What a directive becomes: a rule that keeps, removes, removes by a part of class or id, or names a link; a condition of
the line before, which no rule can say; nothing.
"""

OWN_METADATA: Final = "title, authors and dates are read from the page's own declarations"
OWN_PARSER: Final = "the page is read as browsers read it"
OWN_PICTURES: Final = "pictures are addresses beside the text"
LOGIN: Final = "logins are not used; give cookies in the source list"
DIRECTIVES: Final[dict[str, tuple[Use, str]]] = {
    "body": ("body", ""),
    "strip": ("remove", ""),
    "strip_id_or_class": ("names", ""),
    "next_page_link": ("next-page", ""),
    "single_page_link": ("single-page", ""),
    "if_page_contains": ("condition", ""),
    **dict.fromkeys(("title", "author", "date", "skip_json_ld", "native_ad_clue"), ("unused", OWN_METADATA)),
    **dict.fromkeys(("tidy", "parser", "convert_double_br_tags", "find_string", "replace_string", "dissolve", "wrap_in", "move_into", "post_strip_attr", "strip_attr", "footnotes", "src_lazy_load_attr"), ("unused", OWN_PARSER)),
    **dict.fromkeys(("strip_image_src", "insert_detected_image"), ("unused", OWN_PICTURES)),
    **dict.fromkeys(("requires_login", "not_logged_in_xpath", "login_uri", "login_username_field", "login_password_field", "login_extra_fields"), ("unused", LOGIN)),
    **dict.fromkeys(("http_header",), ("unused", "give headers in the source list")),
    **dict.fromkeys(("prune", "strip_comments", "autodetect_on_failure", "autodetect_next_page", "skip_id_or_class"), ("unused", "the classifier decides about what no rule names")),
    **dict.fromkeys(("test_url", "test_contains"), ("unused", "tests of the collection")),
}  # fmt: skip
"""Directive → its use, and for an unused one the reason."""

KINDS_BY_NAME: Final[tuple[tuple[str, str], ...]] = (
    ("newsletter", r"newsletter|subscri|signup|sign-up|mailing"),
    ("related", r"related|readmore|read-more|recommend|more-on|see-also|most-read|popular"),
    ("social", r"social|share|sharing|facebook|twitter|follow"),
    ("comment", r"comment|disqus"),
    ("author-box", r"author|byline|bio\b"),
    ("ad", r"\bad\b|\bads\b|advert|sponsor|banner|promoted"),
    ("promo", r"promo|teaser|app-"),
    ("tags", r"\btags?\b|topics?|keyword"),
    ("caption", r"caption"),
    ("navigation", r"\bnav|menu|breadcrumb|pagination|pager|footer|header"),
)
"""Removal kind → words of a selector that tell it; `other` without any."""


NO_DIRECTIVE: Final = "no directive"
UNKNOWN_DIRECTIVE: Final = "unknown directive"
"""Reasons of faults that a file of another kind has in every line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was not understood. `line` counts from 1."""

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: {self.reason}: {self.text[:100]}"


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of the collection: its host, its lines as rules, how many lines are not used by directive, and its faults."""

    name: str
    host: str
    rules: tuple[Rule, ...]
    unused: Counter[str]
    faults: tuple[Fault, ...]

    @property
    def is_foreign(self) -> bool:
        """Whether the file has lines, and none of them begins with a known directive: it is of another kind."""
        foreign = all(fault.reason in {NO_DIRECTIVE, UNKNOWN_DIRECTIVE} for fault in self.faults)
        return bool(self.faults) and foreign and not self.rules and not self.unused


def host_of_file(name: str) -> str:
    """The host that a file is named after; empty if it is named after none.

    >>> host_of_file("www.example.com.txt"), host_of_file(".blog.example.com.txt"), host_of_file("LICENSE.txt")
    ('example.com', 'blog.example.com', '')
    """
    host = PurePosixPath(name).name.removesuffix(".txt").lower().strip(".").removeprefix("www.")
    return host if HOST.fullmatch(host) else ""


def parse_site_file(body: bytes, *, name: str, host: str) -> SiteFile:
    """The rules of a file. Never fails: what is not understood is a fault."""
    rules: list[Rule] = []
    faults: list[Fault] = []
    unused: Counter[str] = Counter()
    for number, text in statements(body):
        found = LINE.fullmatch(text)
        use, reason = DIRECTIVES.get(found["name"].lower(), ("", UNKNOWN_DIRECTIVE)) if found else ("", NO_DIRECTIVE)
        if found is None or not use:
            faults.append(Fault(name, number, text, reason))
        elif use == "unused":
            unused[found["name"].lower()] += 1
        elif use == "condition":
            if rules and rules[-1].stage == "link":
                rules.pop()
            faults.append(Fault(name, number, text, "a condition, which no rule of ours has; its link is left out"))
        else:
            made = make_rule(use, found["value"].strip(), name=name, host=host, number=number)
            (faults if isinstance(made, Fault) else rules).append(made)  # type: ignore[arg-type]
    return SiteFile(name, host, tuple(rules), unused, tuple(faults))


def statements(body: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a file that are no comment, each with its number."""
    text = read_bytes(body, "text/plain; charset=utf-8").lstrip("\ufeff").replace("\0", "")
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            yield number, line.strip()


def make_rule(use: str, value: str, *, name: str, host: str, number: int) -> Rule | Fault:
    """The rule of one line, or its fault."""
    value = value.strip().strip(",").strip() if use == "names" else value
    if not value:
        return Fault(name, number, value, "the value is empty")
    link = use in {"next-page", "single-page"}
    if use == "names":
        own = value.replace("\\", "\\\\").replace('"', '\\"')
        pattern = f'[class*="{own}"], [id*="{own}"]'
    else:
        if not is_xpath(value):
            return Fault(name, number, value, "no XPath")
        if fault := xpath_fault(value, for_links=link):
            return Fault(name, number, value, f"bad XPath ({fault})")
        css = as_css(value)
        pattern = css if css and is_selector(css) else value
    if not is_xpath(pattern) and not is_selector(pattern):
        return Fault(name, number, value, "no selector of CSS can say it")
    values: dict[str, Any] = {
        "id": f"ftr.{host.replace('.', '-')}.{number}",
        "stage": "link" if link else "element",
        "kind": use if link or use == "body" else kind_of(value),
        "pattern": pattern,
        "hosts": (host,),
        "why": f"community rule for the site: {name}, line {number}",
        "imported": COLLECTION,
    }
    return Rule(hit=(), miss=(), origin=name, line=number, **values)


def is_selector(pattern: str) -> bool:
    """Whether a selector can be searched."""
    try:
        LexborHTMLParser("<p></p>").css(pattern)
    except SelectolaxError:
        return False
    return True


def kind_of(value: str) -> str:
    """The removal kind that a selector's words tell."""
    return next((kind for kind, words in KINDS_BY_NAME if re.search(words, value, re.IGNORECASE)), "other")


def as_toml_rows(rules: tuple[Rule, ...], *, quote: Any) -> Iterator[str]:
    """The rows of a rule file. `quote` writes a value in TOML."""
    for rule in rules:
        yield "\n[[rule]]"
        for key in ("id", "stage", "kind", "pattern", "hosts", "why", "imported"):
            yield f"{key} = {quote(getattr(rule, key))}"
